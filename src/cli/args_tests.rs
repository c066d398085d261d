//! Command lines.

use super::*;

fn read(line: &str) -> Result<Cli, Refusal> {
    parse(
        std::iter::once("virt-deck")
            .chain(line.split(' ').filter(|word| !word.is_empty()))
            .map(OsString::from),
    )
}

fn wrong(line: &str) -> String {
    match read(line) {
        Err(Refusal::Wrong(text)) => text,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn global_flags_stand_before_and_after() {
    for (before, after) in [
        ("--demo list", "list --demo"),
        ("--read-only check", "check --read-only"),
        ("-c test:///default check", "check -c test:///default"),
        ("--inventory x list hosts", "list hosts --inventory x"),
        (
            "--log x --theme y --keymap z --ascii --no-mouse list",
            "list --log x --theme y --keymap z --ascii --no-mouse",
        ),
    ] {
        let (before, after) = (read(before).unwrap(), read(after).unwrap());
        assert_eq!(before.global, after.global);
        assert_eq!(before.command, after.command);
    }
}

#[test]
fn hosts_before_and_after_add_up() {
    let cli = read("-c a:///x --connect=b:///x check -c c:///x --connect d:///x -ce:///x").unwrap();
    assert_eq!(cli.global.connect, ["a:///x", "b:///x", "c:///x", "d:///x", "e:///x"]);
    let cli = read("list --search -c -c a:///x");
    assert!(cli.is_err(), "a value that looks like an option needs an equals sign");
}

#[test]
fn list_has_defaults() {
    let Some(Command::List(list)) = read("list").unwrap().command else {
        panic!("no list")
    };
    assert_eq!((list.kind, list.output, list.wait), (Kind::Vms, Format::Table, 30));
    let Some(Command::List(list)) = read("list pools --active -o json --fields name,host --wait 5")
        .unwrap()
        .command
    else {
        panic!("no list")
    };
    assert_eq!(
        (list.kind, list.output, list.wait, list.active),
        (Kind::Pools, Format::Json, 5, true)
    );
    assert_eq!(list.fields, ["name", "host"]);
}

#[test]
fn mistakes_are_one_line_that_says_what_is_allowed() {
    for (line, part) in [
        ("--nonsense", "--nonsense"),
        ("list -o yaml", "table, json, csv"),
        ("list nothings", "volumes"),
        ("list --wait 0", "1..=3600"),
        ("list --full --extended", "--extended"),
        ("list --fields nme", "name"),
        ("--demo -c test:///default", "-c cannot be used together with --demo"),
        (
            "--inventory x list --demo",
            "--inventory cannot be used together with --demo",
        ),
        ("completions fsh", "fish"),
        ("lst", "list"),
        ("--theme", "--theme"),
    ] {
        let text = wrong(line);
        assert!(text.contains(part), "{line}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("Usage"), "{text}");
    }
    assert!(!wrong("--bad\u{1b}[31m").contains('\u{1b}'));
}

#[test]
fn help_and_version_are_shown() {
    for line in ["--help", "-h", "--version", "help", "list --help"] {
        assert!(matches!(read(line), Err(Refusal::Shown(_))), "{line}");
    }
    let Err(Refusal::Shown(help)) = read("list --help") else {
        panic!("no help")
    };
    for part in ["vcpus", "memory_used", "bytes"] {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn scripts_and_manual_are_made() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        assert!(
            String::from_utf8(completions(shell)).unwrap().contains("read-only"),
            "{shell}"
        );
    }
    let manual = String::from_utf8(manual().unwrap()).unwrap();
    assert!(manual.contains("COMMAND LIST") && manual.contains("read\\-only"));
}
