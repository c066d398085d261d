//! Drawing into a test backend.
