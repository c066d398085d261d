//! What README says of keys, commands and files is what the program has.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use virt_deck::app::keymap::Keymap;
use virt_deck::docgen::key_tables;

const BEGIN: &str = "<!-- keys:begin -->";
const END: &str = "<!-- keys:end -->";

fn readme() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

#[test]
fn the_key_table_is_the_registry() {
    let (keymap, problems) = Keymap::new(&virt_deck::config::keymap::load("default", None));
    assert!(problems.is_empty(), "{problems:?}");
    let table = key_tables(&keymap);
    let (path, text) = readme();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (now, after) = rest.split_once(END).unwrap();
    if now.trim() != table && std::env::var_os("VIRT_DECK_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}\n{table}\n{END}{after}")).unwrap();
        return;
    }
    assert!(
        now.trim() == table,
        "the key table in README.md is out of date: run VIRT_DECK_BLESS=1 cargo test --test docs_current"
    );
}

#[test]
fn make_targets_of_the_readme_exist() {
    let makefile = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile")).unwrap();
    let (_, text) = readme();
    let mut found = 0;
    for line in text.lines() {
        if let Some(target) = line.trim().strip_prefix("make ") {
            let target = target.split_whitespace().next().unwrap();
            assert!(
                makefile.contains(&format!("\n{target}:")),
                "README names 'make {target}', which does not exist"
            );
            found += 1;
        }
    }
    assert!(found >= 2, "README names the two commands a newcomer needs");
}

#[test]
fn flags_of_the_readme_exist() {
    use clap::CommandFactory as _;
    let help = virt_deck::cli::args::Cli::command().render_long_help().to_string();
    let (_, text) = readme();
    let flags: std::collections::BTreeSet<&str> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .collect();
    let of_list = ["--search", "--fields", "--full", "--extended", "--active", "--wait"];
    for flag in flags.into_iter().filter(|flag| !of_list.contains(flag)) {
        assert!(help.contains(flag), "README names {flag}, which does not exist");
    }
}
