//! Which fields `list` prints, and what they mean; all of it comes from the tables' columns.

use clap::ValueEnum as _;

use crate::cli::args::{Kind, List};
use crate::inventory::tables::{self, TableKind};
use crate::inventory::value::{ColumnInfo, Unit};

/// The table of a kind.
pub fn table_kind(kind: Kind) -> TableKind {
    match kind {
        Kind::Vms => TableKind::Vms,
        Kind::Hosts => TableKind::Hosts,
        Kind::Clusters => TableKind::Clusters,
        Kind::Datacenters => TableKind::Datacenters,
        Kind::Pools => TableKind::Pools,
        Kind::Volumes => TableKind::Volumes,
        Kind::Networks => TableKind::Networks,
        Kind::Events => TableKind::Events,
    }
}

/// The fields to print, as their places among all columns of the table.
///
/// # Errors
/// One line that names the unknown field and those there are.
pub fn choose(list: &List) -> Result<Vec<usize>, String> {
    let columns = tables::columns(table_kind(list.kind));
    if !list.fields.is_empty() {
        return list
            .fields
            .iter()
            .map(|id| find(list.kind, &columns, id.trim()))
            .collect();
    }
    let wanted = |column: &ColumnInfo| list.full || column.shown || (list.extended && column.unit != Unit::Plain);
    let places = columns.iter().enumerate().filter(|(_, column)| wanted(column));
    Ok(places.map(|(place, _)| place).collect())
}

fn find(kind: Kind, columns: &[&ColumnInfo], id: &str) -> Result<usize, String> {
    columns.iter().position(|column| column.id == id).ok_or_else(|| {
        let known: Vec<_> = columns.iter().map(|column| column.id).collect();
        format!(
            "'{}' is no field of {}; there are {}",
            crate::base::text::show(id),
            kind.name(),
            known.join(", ")
        )
    })
}

/// What a number of this unit is in JSON and CSV.
fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Plain => "",
        Unit::Percent => " [percent]",
        Unit::Bytes => " [bytes]",
        Unit::BytesPerSecond => " [bytes/s]",
        Unit::PerSecond => " [1/s]",
        Unit::Latency | Unit::Age => " [seconds]",
        Unit::Moment => " [milliseconds since 1970, UTC]",
    }
}

/// Every field of every kind with its meaning, for the long help.
pub fn help() -> String {
    let mut out = String::from(
        "Fields (* printed unless chosen otherwise; --extended adds all numbers, --full everything).\n\
         JSON and CSV use these names and plain numbers in the unit given; null or empty means not known.\n",
    );
    for kind in Kind::value_variants() {
        out.push_str(&["\n", kind.name(), ":\n"].concat());
        for column in tables::columns(table_kind(*kind)) {
            let sign = if column.shown { "*" } else { " " };
            let name = crate::base::text::pad(column.id, 18);
            out.push_str(&["  ", sign, " ", &name, " ", column.help, unit(column.unit), "\n"].concat());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn list(line: &str) -> List {
        let words = ["virt-deck", "list"].into_iter().chain(line.split_whitespace());
        match crate::cli::args::parse(words.map(std::ffi::OsString::from)).map(|cli| cli.command) {
            Ok(Some(crate::cli::args::Command::List(list))) => list,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sets_grow() {
        for kind in Kind::value_variants() {
            let count = |flag: &str| choose(&list(&format!("{} {flag}", kind.name()))).unwrap().len();
            assert!(count("") > 0 && count("") <= count("--extended") && count("--extended") <= count("--full"));
            assert_eq!(count("--full"), tables::columns(table_kind(*kind)).len());
        }
    }

    #[test]
    fn fields_are_taken_in_the_order_given() {
        let columns = tables::columns(TableKind::Vms);
        let chosen = choose(&list("--fields host,name")).unwrap();
        assert_eq!(
            chosen.iter().map(|place| columns[*place].id).collect::<Vec<_>>(),
            ["host", "name"]
        );
    }

    #[test]
    fn names_are_stable_and_documented() {
        let help = help();
        for kind in Kind::value_variants() {
            let columns = tables::columns(table_kind(*kind));
            let ids: BTreeSet<_> = columns.iter().map(|column| column.id).collect();
            assert_eq!(ids.len(), columns.len(), "{kind:?}");
            for column in columns {
                assert!(
                    column
                        .id
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                );
                assert!(help.contains(column.help) && !column.help.is_empty(), "{}", column.id);
            }
        }
    }
}
