//! Names, XML of hypervisors, and files that users write.

use std::path::Path;

use virt_deck::base::text::{self as shown, Text};
use virt_deck::config::inventory::{Edit, HostSpec, Inventory, Place, apply};
use virt_deck::config::keymap::KeymapFile;
use virt_deck::config::settings::Settings;
use virt_deck::config::theme::ThemeFile;
use virt_deck::config::{ConfigError, import};
use virt_deck::xml::describe::describe;
use virt_deck::xml::display::{displays, domain_name, with_attributes};
use virt_deck::xml::highlight::{highlight, outline};

use super::{Input, assert_harmless};

/// A name as it is shown, on lines of any width. The first byte is a width.
pub fn text(data: &[u8]) {
    let mut input = Input(data);
    let cells = usize::from(input.byte());
    let text = Text::from_bytes(input.0);
    let show = text.show();
    assert_harmless(&show);
    assert_eq!(text.width(), shown::width(&show));
    assert_harmless(&format!("{text:?}{text:>20}{text:.3}"));
    let fit = text.fit(cells);
    assert!(shown::width(&fit) <= cells, "{fit:?}");
    assert_harmless(&fit);
    for padded in [shown::pad(&show, cells), shown::pad_left(&show, cells)] {
        assert_eq!(shown::width(&padded), cells, "{padded:?}");
    }
    for line in text.show_lines() {
        assert_harmless(&line);
    }
    if let Ok(raw) = str::from_utf8(input.0) {
        assert_eq!(text.raw(), raw);
    }
}

/// The XML of a VM.
pub fn xml(data: &[u8]) {
    let xml = String::from_utf8_lossy(data);
    let seen = describe(&xml);
    // whatever is told of it goes to a screen by way of `Debug` at the most
    assert_harmless(&format!("{:?}", seen.title));
    assert_harmless(&domain_name(&xml).show());
    for display in displays(&xml) {
        assert!(xml.get(display.range.clone()).is_some(), "{:?}", display.range);
        let element = &xml[display.range.clone()];
        let changes = [("passwd", Some("a'<&\"\u{1b}\n")), ("passwdValidTo", None)];
        if let Some(changed) = with_attributes(element, &changes) {
            let again = displays(&format!("<domain><devices>{changed}</devices></domain>"));
            assert!(again.len() <= 1);
        }
    }
    let lines: Vec<&str> = xml.lines().collect();
    let coloured = highlight(&xml);
    let places = outline(&xml);
    assert_eq!((coloured.len(), places.len()), (lines.len(), lines.len()));
    for ((line, spans), places) in lines.iter().zip(&coloured).zip(&places) {
        let joined: String = spans.iter().map(|span| span.text).collect();
        assert_eq!(joined, *line);
        let placed: String = places.iter().map(|(_, place)| &xml[place.clone()]).collect();
        assert_eq!(placed, *line);
    }
}

/// Files that users write: an inventory, a keymap, a theme, settings, ssh's own and virt-manager's.
/// The first byte says which.
pub fn config(data: &[u8]) {
    let mut input = Input(data);
    let (kind, path) = (input.byte() % 6, Path::new("file"));
    let text = String::from_utf8_lossy(input.0);
    match kind {
        0 => inventory(path, &text),
        1 => {
            let file = KeymapFile::parse(path, &text);
            problems_are_harmless(&file.problems);
        }
        2 => {
            let file = ThemeFile::parse(path, &text);
            problems_are_harmless(&file.problems);
        }
        3 => {
            let (_, problems) = Settings::parse(path, &text, &["name", "state"]);
            problems_are_harmless(&problems);
        }
        4 => {
            let names = import::host_names(&text, &mut |_| vec![text.to_string()]);
            for name in names {
                assert_harmless(&name);
            }
        }
        _ => {
            let uris: Vec<String> = import::keyfile_uris(&text)
                .into_iter()
                .chain(import::string_array(&text))
                .collect();
            for candidate in import::candidates(&uris, &[]) {
                assert_harmless(&format!("{candidate:?}"));
            }
        }
    }
}

fn problems_are_harmless(problems: &[ConfigError]) {
    for problem in problems {
        assert_harmless(&problem.to_string());
    }
}

fn inventory(path: &Path, text: &str) {
    let before = match Inventory::parse(path, text) {
        Ok(before) => before,
        Err(error) => return assert_harmless(&error.to_string()),
    };
    let added = Edit::AddHost(Box::new(HostSpec::new("added-by-fuzz", "qemu:///system")));
    if let Ok(edited) = apply(path, text, &added) {
        let after = Inventory::parse(path, &edited).expect("what was written can be read");
        assert_eq!(after.hosts.len(), before.hosts.len() + 1);
    }
    let Some(host) = before.hosts.first() else {
        return;
    };
    let name = host.name.clone();
    let to = Place::default();
    if let Ok(edited) = apply(path, text, &Edit::MoveHost { name: name.clone(), to }) {
        let after = Inventory::parse(path, &edited).expect("what was written can be read");
        assert_eq!(after.hosts.len(), before.hosts.len());
    }
    if let Ok(edited) = apply(path, text, &Edit::RemoveHost { name }) {
        let after = Inventory::parse(path, &edited).expect("what was written can be read");
        assert_eq!(after.hosts.len(), before.hosts.len() - 1);
    }
}
