//! Fields to fill in, described as data.

use crate::app::actions::ActionId;
use crate::app::effect::HostDraft;
use crate::app::input::Input;
use crate::app::msg::ImportCandidate;
use crate::base::ids::{HostId, PromptId, VmKey};
use crate::base::text::Text;

/// Identity of a form while it is open, for answers that come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormId(pub u64);

/// What a form is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// Add a host, or change one found by its present name.
    Host {
        /// Present name when changing.
        name: Option<Text>,
        /// Entry as it was, for what the form does not show.
        draft: Box<HostDraft>,
    },
    /// Add a data center.
    Datacenter,
    /// Add a cluster.
    Cluster,
    /// Rename a data center.
    RenameDatacenter(Text),
    /// Rename a cluster of a data center.
    RenameCluster(Option<Text>, Text),
    /// Choose hosts to import.
    Import(Vec<ImportCandidate>),
    /// Path of a core dump of these VMs.
    CoreDump(Vec<VmKey>),
    /// Key combination for these VMs.
    SendKeys(Vec<VmKey>),
    /// Answer a connection's question.
    Prompt(HostId, PromptId),
    /// Columns of the list, in order.
    Columns,
    /// The argument of an action, in the field `value`.
    Argument(ActionId),
    /// ssh to this VM's guest.
    Shell(VmKey),
}

/// What can be entered in a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// One line of text.
    Text(Input),
    /// One line that is not shown.
    Secret(Input),
    /// Yes or no.
    Toggle(bool),
    /// One of several; already shown texts.
    Choice {
        /// What there is to choose from.
        options: Vec<String>,
        /// Which one is chosen.
        index: usize,
    },
    /// Does something, such as testing a connection.
    Button,
    /// Text to read; the cursor passes it.
    Note,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Machine name.
    pub key: &'static str,
    /// What is written before it; already shown text.
    pub label: String,
    /// What is entered.
    pub control: Control,
    /// One line of help shown while the cursor is on it.
    pub help: &'static str,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// A field without an error.
    pub fn new(key: &'static str, label: impl Into<String>, control: Control, help: &'static str) -> Self {
        Self {
            key,
            label: label.into(),
            control,
            help,
            error: None,
        }
    }

    /// The text entered, or an empty one for what is no text.
    pub fn text(&self) -> &str {
        match &self.control {
            Control::Text(input) | Control::Secret(input) => input.text(),
            Control::Choice { options, index } => options.get(*index).map_or("", String::as_str),
            Control::Toggle(_) | Control::Button | Control::Note => "",
        }
    }
}

/// A form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Identity.
    pub id: FormId,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field under the cursor.
    pub index: usize,
    /// The first field on the screen.
    pub offset: usize,
    /// What there is to say about the form as a whole, and whether it is bad news.
    pub message: Option<(bool, String)>,
}

impl Form {
    /// A field by its machine name.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The text of a field, trimmed; empty when there is no such field.
    pub fn text(&self, key: &str) -> &str {
        self.field(key).map_or("", |field| field.text().trim())
    }

    /// Whether a toggle is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.field(key)
            .is_some_and(|field| field.control == Control::Toggle(true))
    }

    /// Moves to the next field that can be entered, around the ends.
    pub fn step(&mut self, by: isize) {
        let count = self.fields.len() as isize;
        if count == 0 {
            return;
        }
        let mut index = self.index as isize;
        for _ in 0..count {
            index = (index + by).rem_euclid(count);
            if self
                .fields
                .get(index as usize)
                .is_some_and(|field| field.control != Control::Note)
            {
                self.index = index as usize;
                return;
            }
        }
    }

    /// Marks a field as wrong and goes there if nothing was wrong before it.
    pub fn refuse(&mut self, key: &str, error: impl Into<String>) {
        let clean = self.fields.iter().all(|field| field.error.is_none());
        if let Some(at) = self.fields.iter().position(|field| field.key == key) {
            self.fields[at].error = Some(error.into());
            if clean {
                self.index = at;
            }
        }
    }

    /// Forgets all errors before checking again.
    pub fn clear_errors(&mut self) {
        self.message = None;
        for field in &mut self.fields {
            field.error = None;
        }
    }

    /// Whether a field is marked as wrong.
    pub fn has_errors(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some())
    }
}
