//! [`ConfigError`]: what is wrong in a file, and where.

use std::fmt;
use std::path::Path;

use crate::base::text::Text;

/// Something wrong in a file of the user: where, what, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigError {
    /// The file as the user names it.
    pub file: Text,
    /// Line, counted from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// Column in characters, counted from 1; 0 when the file as a whole is meant.
    pub column: usize,
    /// What is wrong and what is allowed, on one line.
    pub message: Text,
}

impl ConfigError {
    /// An error about a file as a whole.
    pub fn whole(file: &Path, message: impl AsRef<str>) -> Self {
        Self {
            file: Text::new(file.to_string_lossy()),
            line: 0,
            column: 0,
            message: Text::new(message),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
        }
    }
}

impl std::error::Error for ConfigError {}
