//! The model drawn into cells.
