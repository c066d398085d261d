//! Domain XML read into plain descriptions.
