//! Tables in the document: found, taken out and put in, whichever way they are written.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::Place;
use super::edit::EditError;
use super::values::{comments, indent_of};
use crate::base::text::Text;

/// A table, below a `[[header]]` or in braces.
pub(super) enum Node<'a> {
    /// Below a header, or the whole document.
    Table(&'a mut Table),
    /// In braces.
    Inline(&'a mut InlineTable),
}

impl<'a> Node<'a> {
    pub(super) fn fields(&mut self) -> &mut dyn TableLike {
        match self {
            Self::Table(table) => *table,
            Self::Inline(table) => *table,
        }
    }

    fn into_fields(self) -> &'a mut dyn TableLike {
        match self {
            Self::Table(table) => table,
            Self::Inline(table) => table,
        }
    }

    /// The table of this name in the list `key`.
    pub(super) fn child(self, key: &str, name: &Text) -> Option<Self> {
        match self.into_fields().get_mut(key)? {
            Item::ArrayOfTables(tables) => tables.iter_mut().find(|table| is_named(*table, name)).map(Self::Table),
            Item::Value(Value::Array(array)) => array
                .iter_mut()
                .filter_map(Value::as_inline_table_mut)
                .find(|table| is_named(*table, name))
                .map(Self::Inline),
            _ => None,
        }
    }

    /// The position of the header this stands below, if it has one.
    pub(super) fn position(&self) -> Option<isize> {
        match self {
            Self::Table(table) => table.position(),
            Self::Inline(_) => None,
        }
    }
}

fn is_named(table: &dyn TableLike, name: &Text) -> bool {
    table.get("name").and_then(Item::as_str) == Some(name.raw())
}

/// The table of a place: the document, a data center or a cluster.
pub(super) fn group<'a>(document: &'a mut DocumentMut, place: &Place) -> Option<Node<'a>> {
    let mut node = Node::Table(document.as_table_mut());
    if let Some(name) = &place.datacenter {
        node = node.child("datacenter", name)?;
    }
    if let Some(name) = &place.cluster {
        node = node.child("cluster", name)?;
    }
    Some(node)
}

/// A table on its own.
pub(super) enum Element {
    /// From below a header.
    Table(Table),
    /// From a list in brackets.
    Inline(InlineTable),
}

/// A table that was taken out.
pub(super) struct Taken {
    pub(super) element: Element,
    /// Where its header stood.
    pub(super) position: Option<isize>,
    /// What stood before its header; what stood before braces is left where it was.
    pub(super) prefix: String,
}

/// Takes a table out of a list; an emptied list of headers is gone with it.
pub(super) fn take(parent: Node<'_>, key: &str, name: &Text) -> Option<Taken> {
    let fields = parent.into_fields();
    let (taken, emptied) = match fields.get_mut(key)? {
        Item::ArrayOfTables(tables) => {
            let index = tables.iter().position(|table| is_named(table, name))?;
            let mut table = tables.remove(index);
            let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str());
            let prefix = prefix.unwrap_or_default().to_owned();
            table.decor_mut().set_prefix("\n");
            let taken = Taken {
                position: table.position(),
                element: Element::Table(table),
                prefix,
            };
            (taken, tables.is_empty())
        }
        Item::Value(Value::Array(array)) => {
            let is_it = |value: &Value| value.as_inline_table().is_some_and(|table| is_named(table, name));
            let index = array.iter().position(is_it)?;
            let Value::InlineTable(mut table) = array.remove(index) else {
                return None;
            };
            let decor = format!("{}\n{}\n", raw(table.decor().prefix()), raw(table.decor().suffix()));
            let left: String = comments(&decor)
                .into_iter()
                .flat_map(|line| ["\n  ".to_owned(), line])
                .collect();
            if !left.is_empty() {
                if let Some(next) = array.get_mut(index) {
                    let prefix = raw(next.decor().prefix()).to_owned();
                    next.decor_mut().set_prefix(format!("{left}\n{prefix}"));
                } else {
                    let trailing = array.trailing().as_str().unwrap_or_default().to_owned();
                    array.set_trailing(format!("{left}\n{trailing}"));
                }
            }
            table.decor_mut().clear();
            let taken = Taken {
                element: Element::Inline(table),
                position: None,
                prefix: String::new(),
            };
            (taken, false)
        }
        _ => return None,
    };
    if emptied {
        fields.remove(key);
    }
    Some(taken)
}

fn raw(text: Option<&toml_edit::RawString>) -> &str {
    text.and_then(toml_edit::RawString::as_str).unwrap_or_default()
}

/// Whether a new table of the list `key` is to be written in braces.
pub(super) fn wants_inline(parent: &mut Node<'_>, key: &str) -> bool {
    match parent.fields().get(key) {
        Some(Item::ArrayOfTables(_)) => false,
        Some(Item::Value(Value::Array(_))) => true,
        _ => matches!(parent, Node::Inline(_)),
    }
}

/// Puts a table at the end of a list. `fallback` is the position to take when there is neither a
/// sibling nor a header above.
pub(super) fn put(mut parent: Node<'_>, key: &str, element: Element, fallback: isize) -> Result<(), EditError> {
    if wants_inline(&mut parent, key) {
        let Element::Inline(table) = element else {
            return Err(EditError::awkward(format!(
                "the {key}s there are written in braces, this one below a header"
            )));
        };
        return put_inline(parent.into_fields(), key, table);
    }
    let mut table = match element {
        Element::Table(table) => table,
        Element::Inline(inline) => {
            let mut table = inline.into_table();
            table.fmt();
            table
        }
    };
    let Node::Table(parent) = parent else {
        return Err(EditError::awkward("the group is written in braces"));
    };
    let above = last_position(parent).unwrap_or(fallback);
    let siblings = parent
        .entry(key)
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Item::ArrayOfTables(siblings) = siblings else {
        return Err(EditError::awkward(format!("'{key}' is no list of tables")));
    };
    let last = siblings.iter().last();
    let position = last.and_then(last_position).unwrap_or(above);
    if let Some(last) = last {
        indent_like(&mut table, last);
    }
    place_at(&mut table, position);
    siblings.push(table);
    Ok(())
}

/// Indents a table's header, and its keys that are new, as a sibling's.
fn indent_like(table: &mut Table, sibling: &Table) {
    let indent = indent_of(raw(sibling.decor().prefix()));
    let own = table.decor().prefix().and_then(|own| own.as_str());
    let own = own.unwrap_or("\n").trim_end_matches([' ', '\t']).to_owned();
    table.decor_mut().set_prefix(format!("{own}{indent}"));
    let name = sibling.key("name").and_then(|name| name.leaf_decor().prefix());
    let indent = indent_of(raw(name)).to_owned();
    for (mut key, item) in table.iter_mut() {
        if item.is_value() && key.leaf_decor().prefix().is_none() {
            key.leaf_decor_mut().set_prefix(indent.clone());
        }
    }
}

fn put_inline(parent: &mut dyn TableLike, key: &str, mut table: InlineTable) -> Result<(), EditError> {
    let list = parent
        .entry(key)
        .or_insert_with(|| Item::Value(Value::Array(toml_edit::Array::new())));
    let Some(array) = list.as_array_mut() else {
        return Err(EditError::awkward(format!("'{key}' is no list of tables")));
    };
    let count = array.len();
    if let Some(last) = count.checked_sub(1).and_then(|last| array.get_mut(last)) {
        let prefix = raw(last.decor().prefix()).to_owned();
        if prefix.contains('\n') {
            table.decor_mut().set_prefix(format!("\n{}", indent_of(&prefix)));
        } else {
            table.decor_mut().set_prefix(" ");
        }
        // the line end before the bracket moves to the new last one
        let suffix = raw(last.decor().suffix()).to_owned();
        if suffix.contains('\n') && !suffix.contains('#') {
            last.decor_mut().set_suffix("");
            table.decor_mut().set_suffix(suffix);
        }
    }
    array.push_formatted(Value::InlineTable(table));
    Ok(())
}

/// Calls for each table with a header, in no particular order.
fn each_table(table: &mut Table, visit: &mut dyn FnMut(&mut Table)) {
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => {
                visit(inner);
                each_table(inner, visit);
            }
            Item::ArrayOfTables(tables) => {
                for inner in tables.iter_mut() {
                    visit(inner);
                    each_table(inner, visit);
                }
            }
            _ => {}
        }
    }
}

/// The position of the last header in a table, its own included.
fn last_position(table: &Table) -> Option<isize> {
    let inside = table.iter().filter_map(|(_, item)| match item {
        Item::Table(inner) => last_position(inner),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(last_position).max(),
        _ => None,
    });
    inside.max().max(table.position())
}

/// The position of the last header in the document; 0 without any.
pub(super) fn end_of(document: &DocumentMut) -> isize {
    last_position(document.as_table()).unwrap_or(0)
}

/// Gives a table and all in it one position: those of equal position are written in the order of
/// the lists they are in.
fn place_at(table: &mut Table, position: isize) {
    table.set_position(Some(position));
    each_table(table, &mut |inner| {
        if inner.position().is_some() {
            inner.set_position(Some(position));
        }
    });
}

/// Puts comments before the first header after a position, or at the end of the document.
pub(super) fn leave_behind(document: &mut DocumentMut, position: isize, comments: &str) {
    let comments = comments.trim_end_matches([' ', '\t']);
    if !comments.contains('#') {
        return;
    }
    let later = |table: &Table| {
        let shown = !table.is_implicit() && !table.is_dotted();
        table.position().filter(|at| shown && *at > position)
    };
    let mut nearest: Option<isize> = None;
    each_table(document.as_table_mut(), &mut |table| {
        if let Some(at) = later(table) {
            nearest = Some(nearest.map_or(at, |found| found.min(at)));
        }
    });
    let line_end = if comments.ends_with('\n') { "" } else { "\n" };
    let Some(nearest) = nearest else {
        let rest = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{comments}{line_end}{rest}"));
        return;
    };
    each_table(document.as_table_mut(), &mut |table| {
        if later(table) == Some(nearest) {
            let prefix = raw(table.decor().prefix()).to_owned();
            let gap = if prefix.starts_with(['\n', '\r']) { "" } else { "\n" };
            table
                .decor_mut()
                .set_prefix(format!("{comments}{line_end}{gap}{prefix}"));
        }
    });
}
