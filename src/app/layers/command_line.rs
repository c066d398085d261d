//! The command line: names of actions with completion.

use crate::app::input::Input;

/// The command line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CommandLine {
    /// What was typed.
    pub input: Input,
    /// What would complete it: text to insert and what it means.
    pub completions: Vec<(String, String)>,
    /// The completion under the cursor, if one was chosen.
    pub index: Option<usize>,
    /// What is wrong with what was typed.
    pub error: Option<String>,
    /// Which of the former commands is shown, counted from the newest.
    pub recalled: Option<usize>,
}
