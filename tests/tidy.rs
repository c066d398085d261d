//! Rules that hold for the sources as a whole; `src/ARCHITECTURE.md` says why.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may import whom inside the crate.
const IMPORTS: &[(&str, &[&str])] = &[
    ("base", &["base"]),
    ("hv", &["base", "hv"]),
    ("xml", &["base", "hv", "xml"]),
    ("emulator", &["base", "hv", "emulator"]),
    ("rfb", &["base", "hv", "rfb"]),
    ("picture", &["base", "hv", "picture"]),
    ("config", &["base", "hv", "config"]),
    ("inventory", &["base", "hv", "xml", "inventory"]),
    (
        "backend",
        &["base", "hv", "xml", "emulator", "rfb", "picture", "backend"],
    ),
    ("app", &["base", "hv", "xml", "config", "inventory", "app"]),
    ("ui", &["base", "hv", "xml", "config", "inventory", "app", "ui"]),
    ("docgen", &["app"]),
    ("cli", &["base", "hv", "config", "inventory", "backend", "cli"]),
    (
        "runtime",
        &[
            "base",
            "hv",
            "xml",
            "emulator",
            "rfb",
            "picture",
            "config",
            "inventory",
            "backend",
            "app",
            "ui",
            "docgen",
            "cli",
            "runtime",
        ],
    ),
];

/// Where an external crate may be named: path prefixes below `src`.
const FENCES: &[(&str, &[&str])] = &[
    ("virt::", &["backend/libvirt"]),
    ("virt_sys", &["backend/libvirt"]),
    ("ratatui", &["ui", "runtime"]),
    ("crossterm", &["runtime"]),
    ("tui_textarea", &["app/input.rs"]),
    ("tokio", &["backend", "cli", "runtime"]),
    ("clap", &["cli"]),
    ("nucleo_matcher", &["app/layers/palette.rs"]),
    ("toml_edit", &["config"]),
    ("color_eyre", &["runtime"]),
    ("alacritty_terminal", &["emulator"]),
    ("vte", &["emulator"]),
    ("flate2", &["rfb", "picture"]),
    ("png", &["picture"]),
    ("jiff", &["base/moment.rs", "backend"]),
];

/// What may stand at the top level.
const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "themes",
    "keymaps",
    "tests",
    "assets",
    "README.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "Makefile",
    "target",
];

/// The longest a source file may be.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = vec![root().join("src")];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root().join("src")).unwrap().display().to_string();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/")
}

/// The part of a file before its own tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    code(text).lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn imports_go_one_way() {
    let mut problems = Vec::new();
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().unwrap().to_owned();
        if is_test(&name) || module == "lib" || module == "main" {
            continue;
        }
        let Some((_, allowed)) = IMPORTS.iter().find(|(known, _)| *known == module) else {
            problems.push(format!("src/{name}: module '{module}' has no rule"));
            continue;
        };
        for line in code_lines(&text) {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let target: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let before = line[..at].chars().last();
                if before != Some('$') && !target.is_empty() && !allowed.contains(&target.as_str()) {
                    problems.push(format!(
                        "src/{name}: {module} must not import {target}: {}",
                        line.trim()
                    ));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn external_crates_stay_behind_their_fence() {
    let mut problems = Vec::new();
    for (name, text) in sources() {
        for (word, places) in FENCES {
            let named = code_lines(&text).find(|line| {
                line.match_indices(word).any(|(at, _)| {
                    let before = line[..at].chars().last();
                    !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '"')
                })
            });
            if let Some(line) = named.filter(|_| !is_test(&name) && !places.iter().any(|place| name.starts_with(place)))
            {
                problems.push(format!("src/{name} names {word}: {}", line.trim()));
            }
        }
    }
    report(&problems);
}

#[test]
fn files_are_documented_short_and_quiet() {
    let mut problems = Vec::new();
    for (name, text) in sources() {
        let lines = text.lines().count();
        if lines > LONGEST {
            problems.push(format!("src/{name} has {lines} lines; split it below {LONGEST}"));
        }
        if !text.starts_with("//!") && !text.starts_with("#![doc") {
            problems.push(format!("src/{name} does not say what it is (//!)"));
        }
        let is_unsafe = code_lines(&text).any(|line| line.contains("unsafe ") && !line.contains("unsafe_code"));
        if is_unsafe && !name.starts_with("backend/libvirt") {
            problems.push(format!("src/{name} contains unsafe"));
        }
        for word in ["println!", "todo!(", "unimplemented!(", "FIXME", "/work/"] {
            if !is_test(&name) && code_lines(&text).any(|line| line.contains(word)) {
                problems.push(format!("src/{name} contains {word}"));
            }
        }
    }
    report(&problems);
}

#[test]
fn nothing_else_stands_at_the_top() {
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.starts_with('.') && !TOP.contains(&name.as_str()) {
            problems.push(format!("{name} does not belong at the top level"));
        }
    }
    report(&problems);
}

#[test]
fn shipped_themes_know_every_scope_and_load_clean() {
    for (name, _) in virt_deck::config::embedded::THEMES {
        let loaded = virt_deck::config::theme::load(name, None);
        assert_eq!(loaded.problems, [], "{name}");
        for (scope, _) in virt_deck::config::theme::SCOPES {
            assert!(
                loaded.theme.defined(scope).is_some(),
                "theme {name} says nothing of {scope}"
            );
        }
    }
}
