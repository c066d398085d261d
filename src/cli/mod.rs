//! The command line: flags, check, list.
