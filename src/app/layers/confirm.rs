//! A question before something is done.
//!
//! The default is no. Enter and a held key never confirm; neither does the very key that opened
//! the question.

use std::time::Duration;

use crate::app::effect::InventoryChange;
use crate::app::input::Input;
use crate::base::ids::VmKey;
use crate::base::key::Key;
use crate::base::text::Text;
use crate::hv::command::PowerVerb;

/// What is done on yes.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// A verb on VMs; looked up again when confirmed.
    Power {
        /// The verb.
        verb: PowerVerb,
        /// The VMs and their names when asked.
        targets: Vec<(VmKey, Text)>,
        /// How long they may take.
        wait: Duration,
    },
    /// A change of the inventory.
    Inventory(InventoryChange),
    /// Leave the program.
    Quit,
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirmation {
    /// Title such as `Force off`.
    pub title: String,
    /// What will happen to what and where; already shown text.
    pub lines: Vec<String>,
    /// The environment word, when one of the targets has a strict environment.
    pub environment: Option<String>,
    /// What has to be typed; `None` asks for y or n.
    pub phrase: Option<String>,
    /// What was typed so far.
    pub input: Input,
    /// What is done on yes.
    pub intent: Intent,
    /// The key that opened it, which cannot confirm it.
    pub opened_by: Option<Key>,
}
