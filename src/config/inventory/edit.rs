//! Changes to the inventory file that keep everything else in it as the user wrote it: comments,
//! order, unknown keys.

use std::path::Path;

use toml_edit::{DocumentMut, InlineTable, Table, TableLike};

use super::super::ConfigError;
use super::nodes::{self, Element, Node, Taken};
use super::values::{self, comments};
use super::{ClusterSpec, DatacenterSpec, HostSpec, Inventory, Place};
use crate::base::text::Text;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A new data center.
    AddDatacenter(DatacenterSpec),
    /// Another name or environment for a data center.
    UpdateDatacenter {
        /// Its name so far.
        name: Text,
        /// What it becomes.
        to: DatacenterSpec,
    },
    /// A data center is gone.
    RemoveDatacenter {
        /// Its name.
        name: Text,
        /// Also with everything that is in it.
        force: bool,
    },
    /// A new cluster.
    AddCluster(ClusterSpec),
    /// Another name, environment or data center for a cluster; its hosts stay in it.
    UpdateCluster {
        /// Its data center so far.
        datacenter: Option<Text>,
        /// Its name so far.
        name: Text,
        /// What it becomes.
        to: ClusterSpec,
    },
    /// A cluster is gone.
    RemoveCluster {
        /// Its data center.
        datacenter: Option<Text>,
        /// Its name.
        name: Text,
        /// Also with the hosts in it.
        force: bool,
    },
    /// A new host.
    AddHost(Box<HostSpec>),
    /// Another anything for a host, also another place.
    UpdateHost {
        /// Its name so far.
        name: Text,
        /// What it becomes.
        to: Box<HostSpec>,
    },
    /// Another place for a host.
    MoveHost {
        /// Its name.
        name: Text,
        /// Where it goes.
        to: Place,
    },
    /// A host is gone.
    RemoveHost {
        /// Its name.
        name: Text,
    },
}

/// Why a change was not made. The file is then as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is nothing of that name.
    #[error("there is no {what} '{name}'")]
    Absent {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: Text,
    },
    /// The name is taken.
    #[error("there is a {what} '{name}' already; names must be unique")]
    Exists {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: Text,
    },
    /// Something is still inside.
    #[error("{what} '{name}' is not empty: {contents}")]
    NotEmpty {
        /// What was to be removed.
        what: &'static str,
        /// Its name.
        name: Text,
        /// What is in it, by name.
        contents: Text,
    },
    /// A value that the inventory would not accept.
    #[error("{0}")]
    Wrong(Text),
    /// The file is written in a way that cannot be changed without losing something.
    #[error("the inventory cannot be changed without losing something ({0}); change the file by hand")]
    Awkward(Text),
    /// The file was changed by another program since it was read.
    #[error("{0} was changed by another program since it was read; reload it and try again")]
    Changed(Text),
    /// The file does not parse, or cannot be read or written.
    #[error("{0}")]
    File(#[from] ConfigError),
}

impl EditError {
    pub(super) fn absent(what: &'static str, name: &Text) -> Self {
        let name = name.clone();
        Self::Absent { what, name }
    }

    pub(super) fn exists(what: &'static str, name: &Text) -> Self {
        let name = name.clone();
        Self::Exists { what, name }
    }

    pub(super) fn not_empty(what: &'static str, name: &Text, contents: String) -> Self {
        Self::NotEmpty {
            what,
            name: name.clone(),
            contents: Text::from(contents),
        }
    }

    pub(super) fn awkward(why: impl AsRef<str>) -> Self {
        Self::Awkward(Text::new(why))
    }
}

/// The text of the inventory after a change. The result is read again and compared with what the
/// change means, so that nothing but the change happens; `path` is for messages.
pub fn apply(path: &Path, text: &str, edit: &Edit) -> Result<String, EditError> {
    let before = Inventory::parse(path, text)?;
    let expected = before.edited(edit)?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| EditError::awkward(error.message()))?;
    change(&mut document, &before, edit)?;
    let edited = like(text, &document.to_string());
    let after = Inventory::parse(path, &edited).map_err(|error| EditError::Wrong(error.message))?;
    if !after.same_as(&expected) {
        return Err(EditError::awkward("the result would say something else"));
    }
    let removes = matches!(
        edit,
        Edit::RemoveHost { .. } | Edit::RemoveCluster { .. } | Edit::RemoveDatacenter { .. }
    );
    if !removes && sorted_comments(&edited) != sorted_comments(text) {
        return Err(EditError::awkward("a comment would be lost"));
    }
    Ok(edited)
}

fn sorted_comments(text: &str) -> Vec<String> {
    let mut all = comments(text);
    all.sort();
    all
}

/// Line ends as in the original, and its byte order mark.
fn like(original: &str, edited: &str) -> String {
    let lines = original.matches('\n').count();
    let mut edited = if lines > 0 && original.matches("\r\n").count() == lines {
        edited.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        edited.to_owned()
    };
    if original.starts_with('\u{feff}') && !edited.starts_with('\u{feff}') {
        edited.insert(0, '\u{feff}');
    }
    edited
}

fn change(document: &mut DocumentMut, before: &Inventory, edit: &Edit) -> Result<(), EditError> {
    let in_datacenter = |datacenter: &Option<Text>| Place {
        datacenter: datacenter.clone(),
        cluster: None,
    };
    let root = Place::default();
    match edit {
        Edit::AddDatacenter(spec) => add(document, &root, "datacenter", |table| {
            group_fields(table, &spec.name, spec.environment.as_ref());
        }),
        Edit::UpdateDatacenter { name, to } => update(document, [&root; 2], "datacenter", name, |table| {
            group_fields(table, &to.name, to.environment.as_ref())
        }),
        Edit::RemoveDatacenter { name, .. } => remove(document, &root, "datacenter", name),
        Edit::AddCluster(spec) => add(document, &in_datacenter(&spec.datacenter), "cluster", |table| {
            group_fields(table, &spec.name, spec.environment.as_ref());
        }),
        Edit::UpdateCluster { datacenter, name, to } => {
            let (from, into) = (in_datacenter(datacenter), in_datacenter(&to.datacenter));
            update(document, [&from, &into], "cluster", name, |table| {
                group_fields(table, &to.name, to.environment.as_ref())
            })
        }
        Edit::RemoveCluster { datacenter, name, .. } => remove(document, &in_datacenter(datacenter), "cluster", name),
        Edit::AddHost(spec) => add(document, &spec.place, "host", |table| {
            values::host(table, spec);
        }),
        Edit::UpdateHost { name, to } => {
            let from = &host_of(before, name)?.place;
            update(document, [from, &to.place], "host", name, |table| {
                values::host(table, to)
            })
        }
        Edit::MoveHost { name, to } => {
            let from = &host_of(before, name)?.place;
            update(document, [from, to], "host", name, |_| Vec::new())
        }
        Edit::RemoveHost { name } => remove(document, &host_of(before, name)?.place, "host", name),
    }
}

fn host_of<'a>(inventory: &'a Inventory, name: &Text) -> Result<&'a HostSpec, EditError> {
    inventory.host(name).ok_or_else(|| EditError::absent("host", name))
}

fn group_fields(table: &mut dyn TableLike, name: &Text, environment: Option<&Text>) -> Vec<String> {
    let mut kept = values::text(table, "name", Some(name.raw()));
    kept.extend(values::text(table, "environment", environment.map(Text::raw)));
    kept
}

fn group<'a>(document: &'a mut DocumentMut, place: &Place) -> Result<Node<'a>, EditError> {
    nodes::group(document, place).ok_or_else(|| EditError::awkward("the group was not found"))
}

fn add(
    document: &mut DocumentMut,
    place: &Place,
    key: &str,
    fill: impl FnOnce(&mut dyn TableLike),
) -> Result<(), EditError> {
    let end = nodes::end_of(document);
    let inline = nodes::wants_inline(&mut group(document, place)?, key);
    let element = if inline {
        let mut table = InlineTable::new();
        fill(&mut table);
        Element::Inline(table)
    } else {
        let mut table = Table::new();
        fill(&mut table);
        // in a file of comments only these come first, as the user sees them
        let lonely = document.as_table().is_empty();
        let head = document.trailing().as_str().unwrap_or_default().to_owned();
        if lonely && !head.is_empty() {
            document.set_trailing("");
            let line_end = if head.ends_with('\n') { "" } else { "\n" };
            table.decor_mut().set_prefix(format!("{head}{line_end}\n"));
        }
        Element::Table(table)
    };
    nodes::put(group(document, place)?, key, element, end)
}

/// Changes a table, and moves it when it goes to another group. It is changed while it stands
/// in neither group, for its old name may be taken in the one and its new name in the other.
fn update(
    document: &mut DocumentMut,
    [from, into]: [&Place; 2],
    key: &str,
    name: &Text,
    fill: impl FnOnce(&mut dyn TableLike) -> Vec<String>,
) -> Result<(), EditError> {
    if from == into {
        let parent = group(document, from)?;
        let above = parent.position();
        let node = parent.child(key, name);
        let mut node = node.ok_or_else(|| EditError::awkward("the entry was not found"))?;
        let position = node.position().or(above).unwrap_or(-1);
        let kept = fill(node.fields());
        nodes::leave_behind(document, position, &lines(&kept));
        return Ok(());
    }
    let mut taken = take(document, from, key, name)?;
    // a prefix that begins the file has no blank line before it
    let gap = taken.prefix.rfind("\n\n").map_or(0, |at| at + 1);
    let (stays, goes) = taken.prefix.split_at(gap);
    let kept = match &mut taken.element {
        Element::Table(table) => {
            // the comments right above the header are about this entry
            let goes = goes.trim_start_matches('\n');
            table.decor_mut().set_prefix(format!("\n{goes}"));
            fill(table)
        }
        Element::Inline(table) => fill(table),
    };
    let stays = format!("{}{stays}", lines(&kept));
    nodes::leave_behind(document, taken.position.unwrap_or(-1), &stays);
    let end = nodes::end_of(document);
    nodes::put(group(document, into)?, key, taken.element, end)
}

fn lines(comments: &[String]) -> String {
    comments.iter().flat_map(|line| [line, "\n"]).collect()
}

fn remove(document: &mut DocumentMut, place: &Place, key: &str, name: &Text) -> Result<(), EditError> {
    let taken = take(document, place, key, name)?;
    // comments before a header may be about more than this entry, so all of them stay
    nodes::leave_behind(document, taken.position.unwrap_or(-1), &taken.prefix);
    Ok(())
}

fn take(document: &mut DocumentMut, place: &Place, key: &str, name: &Text) -> Result<Taken, EditError> {
    let taken = nodes::take(group(document, place)?, key, name);
    taken.ok_or_else(|| EditError::awkward("the entry was not found"))
}

#[cfg(test)]
mod tests;
