//! From text to [`Inventory`], with the place of everything that is wrong.

use std::ops::Range;
use std::path::Path;

use toml_edit::{Item, TableLike, Value};

use super::super::ConfigError;
use super::super::source::{Fields, Source, describe};
use super::{ClusterSpec, DatacenterSpec, HostSpec, Inventory, Place, uri};
use crate::base::text::Text;

const DATACENTER_KEYS: &[&str] = &["name", "environment", "cluster", "host"];
const CLUSTER_KEYS: &[&str] = &["name", "environment", "host"];
const HOST_KEYS: &[&str] = &["name", "uri", "read_only", "enabled", "tags", "environment", "ssh"];

impl Inventory {
    /// Reads an inventory; `path` is for messages. The error is the first one in the file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source::new(path, text);
        let root = source.parse()?;
        let mut reader = Reader {
            source: &source,
            errors: Vec::new(),
            inventory: Self::default(),
            places: Vec::new(),
        };
        reader.read_root(&root);
        let Reader {
            mut errors,
            mut inventory,
            mut places,
            ..
        } = reader;
        errors.sort_by_key(|error| (error.line, error.column));
        if let Some(error) = errors.into_iter().next() {
            return Err(error);
        }
        // hosts of a group may be spread over the file; the fleet has the order of the file
        places.sort_by_key(|(offset, _)| *offset);
        inventory.hosts = places.into_iter().map(|(_, host)| host).collect();
        inventory.warnings.sort_by_key(|warning| (warning.line, warning.column));
        Ok(inventory)
    }
}

struct Reader<'a> {
    source: &'a Source<'a>,
    errors: Vec<ConfigError>,
    inventory: Inventory,
    /// Hosts with their offset in the file.
    places: Vec<(usize, HostSpec)>,
}

/// A table of a list, and where it begins.
struct Entry<'t> {
    table: &'t dyn TableLike,
    span: Option<Range<usize>>,
}

impl<'t> Entry<'t> {
    fn of(table: &'t dyn TableLike, span: Option<Range<usize>>) -> Self {
        Self { table, span }
    }
}

impl<'a> Reader<'a> {
    fn error(&mut self, span: Option<Range<usize>>, message: impl AsRef<str>) {
        self.errors.push(self.source.error(span, message));
    }

    fn fields<'t>(&self, entry: &Entry<'t>, what: &'t str) -> Fields<'t>
    where
        'a: 't,
    {
        Fields {
            source: self.source,
            table: entry.table,
            span: entry.span.clone(),
            what,
        }
    }

    fn read_root(&mut self, root: &toml_edit::Table) {
        let fields = self.fields(&Entry::of(root, None), "the inventory");
        let known = &["version", "environment", "datacenter", "cluster", "host"];
        fields.unknown(known, &mut self.inventory.warnings);
        fields.read("version", "1", &mut self.errors, |item| {
            item.as_integer().filter(|version| *version == 1)
        });
        self.read_environments(&fields);
        for entry in self.list(root, "datacenter") {
            self.read_datacenter(&entry);
        }
        for entry in self.list(root, "cluster") {
            self.read_cluster(&entry, None);
        }
        for entry in self.list(root, "host") {
            self.read_host(&entry, &Place::default());
        }
    }

    /// The tables of `[[key]]`, or of `key = [{ ... }]`.
    fn list<'t>(&mut self, table: &'t dyn TableLike, key: &str) -> Vec<Entry<'t>> {
        let mut entries: Vec<Entry<'t>> = Vec::new();
        match table.get(key) {
            None | Some(Item::None) => {}
            Some(Item::ArrayOfTables(tables)) => {
                for table in tables {
                    entries.push(Entry::of(table, table.span()));
                }
            }
            Some(Item::Value(Value::Array(array))) => {
                for value in array {
                    match value {
                        Value::InlineTable(table) => entries.push(Entry::of(table, table.span())),
                        other => self.error(
                            other.span(),
                            format!("every {key} must be a table such as {{ name = \"...\" }}"),
                        ),
                    }
                }
            }
            Some(other) => {
                let found = describe(other);
                self.error(
                    other.span(),
                    format!("'{key}' must be a list of tables, each below [[{key}]] with two brackets, not {found}"),
                );
            }
        }
        entries
    }

    fn read_datacenter(&mut self, entry: &Entry<'_>) {
        let fields = self.fields(entry, "a data center");
        fields.unknown(DATACENTER_KEYS, &mut self.inventory.warnings);
        let name = self.name(&fields);
        let environment = self.environment(&fields);
        if self.inventory.datacenters.iter().any(|other| other.name == name) {
            self.twice(&fields, "data center", &name);
        }
        self.inventory.datacenters.push(DatacenterSpec {
            name: name.clone(),
            environment,
        });
        for cluster in self.list(entry.table, "cluster") {
            self.read_cluster(&cluster, Some(&name));
        }
        let place = Place {
            datacenter: Some(name),
            cluster: None,
        };
        for host in self.list(entry.table, "host") {
            self.read_host(&host, &place);
        }
    }

    fn read_cluster(&mut self, entry: &Entry<'_>, datacenter: Option<&Text>) {
        let fields = self.fields(entry, "a cluster");
        fields.unknown(CLUSTER_KEYS, &mut self.inventory.warnings);
        let name = self.name(&fields);
        let environment = self.environment(&fields);
        let same = |other: &ClusterSpec| other.name == name && other.datacenter.as_ref() == datacenter;
        if self.inventory.clusters.iter().any(same) {
            self.twice(&fields, "cluster", &name);
        }
        self.inventory.clusters.push(ClusterSpec {
            name: name.clone(),
            datacenter: datacenter.cloned(),
            environment,
        });
        let place = Place {
            datacenter: datacenter.cloned(),
            cluster: Some(name),
        };
        for host in self.list(entry.table, "host") {
            self.read_host(&host, &place);
        }
    }

    fn read_host(&mut self, entry: &Entry<'_>, place: &Place) {
        let offset = entry.span.as_ref().map_or(0, |span| span.start);
        let fields = self.fields(entry, "a host");
        fields.unknown(HOST_KEYS, &mut self.inventory.warnings);
        let name = self.name(&fields);
        if self.places.iter().any(|(_, other)| other.name == name) {
            self.twice(&fields, "host", &name);
        }
        let uri = self.required(&fields, "uri");
        if let Some(uri) = &uri
            && let Err(message) = uri::check(uri)
        {
            self.error(fields.value_span("uri"), message);
        }
        let ssh = self.read_ssh(&fields);
        let tags = fields.strings("tags", &mut self.errors).unwrap_or_default();
        let host = HostSpec {
            uri: Text::new(uri.unwrap_or_default()),
            place: place.clone(),
            read_only: fields.boolean("read_only", &mut self.errors),
            enabled: fields.boolean("enabled", &mut self.errors),
            environment: self.environment(&fields),
            tags: tags.into_iter().map(Text::from).collect(),
            ssh,
            name,
        };
        self.places.push((offset, host));
    }

    fn required(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        if fields.table.get(key).is_none_or(Item::is_none) {
            self.error(
                fields.span.clone(),
                format!("{} needs a '{key}', such as {key} = \"...\"", fields.what),
            );
            return None;
        }
        fields.string(key, &mut self.errors)
    }

    fn name(&mut self, fields: &Fields<'_>) -> Text {
        let name = self.required(fields, "name");
        self.check_name(fields, "name", name.as_deref());
        Text::new(name.unwrap_or_default())
    }

    fn check_name(&mut self, fields: &Fields<'_>, key: &str, name: Option<&str>) {
        if let Some(name) = name
            && let Err(message) = check_name(name)
        {
            self.error(fields.value_span(key), format!("'{key}' {message}"));
        }
    }

    fn environment(&mut self, fields: &Fields<'_>) -> Option<Text> {
        let name = Text::new(fields.string("environment", &mut self.errors)?);
        if self.inventory.environment(&name).is_none() {
            let known: Vec<&str> = self
                .inventory
                .environments
                .iter()
                .map(|environment| environment.name.raw())
                .collect();
            let message = format!(
                "there is no environment '{}'; there are {}, and [environment.NAME] makes another",
                name.raw(),
                known.join(", ")
            );
            self.error(fields.value_span("environment"), message);
        }
        Some(name)
    }

    fn twice(&mut self, fields: &Fields<'_>, what: &str, name: &Text) {
        // an absent name is an error of its own
        if !name.is_empty() {
            self.error(
                fields.value_span("name"),
                format!("there is a {what} '{}' already; names must be unique", name.raw()),
            );
        }
    }
}

/// Says what is wrong with the name of a host, cluster or data center.
pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() {
        Err("must not be empty")
    } else if name.trim() != name {
        Err("must not begin or end with a blank")
    } else if name.chars().any(char::is_control) {
        Err("must not hold control characters")
    } else if name.chars().count() > 200 {
        Err("must not be longer than 200 characters")
    } else {
        Ok(())
    }
}

mod parts;
#[cfg(test)]
mod tests;
