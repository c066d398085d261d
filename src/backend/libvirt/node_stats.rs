//! node_stats
