//! Single values in the document: changed in place, so that comments and the way they are
//! written stay.

use toml_edit::{Array, Item, TableLike, Value};

use super::HostSpec;
use crate::base::text::Text;
use crate::hv::topology::SshOptions;

/// Sets a text, or takes it out. Returns the comments that lost their place.
pub(super) fn text(table: &mut dyn TableLike, key: &str, value: Option<&str>) -> Vec<String> {
    match value {
        Some(value) if table.get(key).and_then(Item::as_str) == Some(value) => Vec::new(),
        value => scalar(table, key, value.map(Value::from)),
    }
}

fn boolean(table: &mut dyn TableLike, key: &str, value: Option<bool>) -> Vec<String> {
    match value {
        Some(value) if table.get(key).and_then(Item::as_bool) == Some(value) => Vec::new(),
        value => scalar(table, key, value.map(Value::from)),
    }
}

fn scalar(table: &mut dyn TableLike, key: &str, value: Option<Value>) -> Vec<String> {
    let Some(mut value) = value else {
        return take_out(table, key);
    };
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
        return Vec::new();
    }
    insert(table, key, value);
    Vec::new()
}

/// Adds a key, indented as the table's `name` is.
fn insert(table: &mut dyn TableLike, key: &str, value: Value) {
    let indent = table
        .key("name")
        .and_then(|name| name.leaf_decor().prefix()?.as_str())
        .map(|prefix| indent_of(prefix).to_owned())
        .unwrap_or_default();
    table.insert(key, Item::Value(value));
    if !indent.is_empty()
        && let Some(mut key) = table.key_mut(key)
    {
        key.leaf_decor_mut().set_prefix(indent);
    }
}

/// The blanks at the end of what stands before a key or header.
pub(super) fn indent_of(prefix: &str) -> &str {
    let last = prefix.rsplit('\n').next().unwrap_or(prefix);
    if last.trim().is_empty() { last } else { "" }
}

/// Removes a key; returns the comments that stood with it.
fn take_out(table: &mut dyn TableLike, key: &str) -> Vec<String> {
    let before = table
        .key(key)
        .and_then(|key| key.leaf_decor().prefix()?.as_str().map(str::to_owned));
    let Some(item) = table.remove(key) else {
        return Vec::new();
    };
    let mut kept = comments(&before.unwrap_or_default());
    // a comment after the value must not swallow what follows it here
    kept.extend(comments(&format!("{item}\n")));
    kept
}

/// Sets a list of texts; an empty one is taken out.
fn texts(table: &mut dyn TableLike, key: &str, values: &[String]) -> Vec<String> {
    if values.is_empty() {
        // an empty list that is written down stays so
        let empty = table.get(key).and_then(Item::as_array).is_some_and(Array::is_empty);
        return if empty { Vec::new() } else { take_out(table, key) };
    }
    let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else {
        insert(table, key, Value::Array(values.iter().map(String::as_str).collect()));
        return Vec::new();
    };
    let mut kept = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match array.get(index) {
            Some(old) if old.as_str() == Some(value) => {}
            Some(_) => {
                array.replace(index, value.as_str());
            }
            None => array.push(value.as_str()),
        }
    }
    while array.len() > values.len() {
        let removed = array.remove(array.len() - 1);
        kept.extend(comments(&format!("{removed}\n")));
    }
    kept
}

/// Writes a host into its table. Returns the comments that lost their place.
pub(super) fn host(table: &mut dyn TableLike, spec: &HostSpec) -> Vec<String> {
    let mut kept = text(table, "name", Some(spec.name.raw()));
    kept.extend(text(table, "uri", Some(spec.uri.raw())));
    kept.extend(boolean(table, "read_only", spec.read_only));
    kept.extend(boolean(table, "enabled", spec.enabled));
    let environment = spec.environment.as_ref().map(Text::raw);
    kept.extend(text(table, "environment", environment));
    let tags: Vec<String> = spec.tags.iter().map(|tag| tag.raw().to_owned()).collect();
    kept.extend(texts(table, "tags", &tags));
    kept.extend(ssh(table, &spec.ssh));
    kept
}

fn ssh(table: &mut dyn TableLike, options: &SshOptions) -> Vec<String> {
    if let Some(existing) = table.get_mut("ssh").and_then(Item::as_table_like_mut) {
        let mut kept = ssh_fields(existing, options);
        // an empty { } says nothing; an empty section may have its reason
        let empty = table.get("ssh").and_then(Item::as_inline_table);
        if empty.is_some_and(toml_edit::InlineTable::is_empty) {
            kept.extend(take_out(table, "ssh"));
        }
        return kept;
    }
    if *options != SshOptions::default() {
        let mut fresh = toml_edit::InlineTable::new();
        ssh_fields(&mut fresh, options);
        insert(table, "ssh", Value::InlineTable(fresh));
    }
    Vec::new()
}

fn ssh_fields(table: &mut dyn TableLike, options: &SshOptions) -> Vec<String> {
    let mut kept = text(table, "keyfile", options.keyfile.as_deref());
    kept.extend(text(table, "jump", options.jump.as_deref()));
    kept.extend(text(table, "config", options.config.as_deref()));
    let timeout = options.connect_timeout.map(i64::from);
    if table.get("connect_timeout").and_then(Item::as_integer) != timeout {
        kept.extend(scalar(table, "connect_timeout", timeout.map(Value::from)));
    }
    kept.extend(texts(table, "options", &options.options));
    kept
}

/// The comments in a piece of TOML, each from its `#` to the end of its line.
pub(super) fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        let here = &rest[at..];
        let after = if here.starts_with('#') {
            let end = here.find('\n').unwrap_or(here.len());
            found.push(here[..end].trim_end().to_owned());
            &here[end..]
        } else {
            after_string(here)
        };
        rest = after;
    }
    found
}

/// What follows the string that a piece of TOML begins with.
fn after_string(text: &str) -> &str {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let (open, close) = if text.starts_with(&triple) {
        (3, triple.as_str())
    } else {
        (1, quote)
    };
    let mut rest = &text[open..];
    loop {
        if let Some(after) = rest.strip_prefix(close) {
            // up to two quotes may stand right before the closing three
            return if open == 3 {
                after.trim_start_matches(quote)
            } else {
                after
            };
        }
        let mut chars = rest.chars();
        match chars.next() {
            None => return "",
            Some('\\') if quote == "\"" => {
                chars.next();
            }
            Some(_) => {}
        }
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_strings() {
        let text = "# one\na = \"#no \\\" #no\" # two\nb = '#no' # three\nc = \"\"\"\n#no \"\" #no\"\"\"\" # four\nd = '''#no\n''' #five";
        assert_eq!(comments(text), ["# one", "# two", "# three", "# four", "#five"]);
    }

    #[test]
    fn values_keep_their_comments() {
        let mut doc: toml_edit::DocumentMut = "  name = 'a' # n\n  uri = \"u\"\n  # why\n  enabled = false # off\n  tags = [\n    \"x\", # first\n    \"y\", # second\n  ]\n"
            .parse()
            .unwrap();
        let mut spec = HostSpec::new("b", "u");
        spec.tags = vec!["x2".into()];
        spec.ssh.jump = Some("gw".to_owned());
        let kept = host(doc.as_table_mut(), &spec);
        let text = doc.to_string();
        assert!(text.contains("name = \"b\" # n\n"), "{text}");
        assert!(text.contains("\"x2\""), "{text}");
        assert!(text.contains("\n  ssh = { jump = \"gw\" }"), "{text}");
        let mut all = comments(&text);
        all.extend(kept);
        all.sort();
        assert_eq!(all, ["# first", "# n", "# off", "# second", "# why"]);
    }
}
