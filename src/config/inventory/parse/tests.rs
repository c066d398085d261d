//! Inventory files, right and wrong.

use super::*;

const FULL: &str = r##"version = 1
future = "kept"

[environment.prod]
word = "LIVE"
[environment.lab]
colour = "#102030"

[[datacenter]]
name = "Prague"
environment = "prod"

[[datacenter.cluster]]
name = "compute"

[[datacenter.cluster.host]]
name = "kvm1"
uri = "qemu+ssh://root@kvm1/system"
read_only = false
enabled = true
tags = ["ssd", "old"]
environment = "lab"
ssh = { keyfile = "k", jump = "j", config = "c", connect_timeout = 7, options = ["A=b"] }

[[host]]
name = "alone"
uri = "qemu:///system"
rack = 7

[[datacenter.host]]
name = "loose"
uri = "test:///default"

[[cluster]]
name = "compute"
host = [{ name = "inline", uri = "qemu:///session" }]
"##;

fn parse(text: &str) -> Result<Inventory, ConfigError> {
    Inventory::parse(Path::new("inventory.toml"), text)
}

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn everything_is_read_in_the_order_of_the_file() {
    let inventory = parse(FULL).unwrap();
    let hosts: Vec<(&str, Option<&str>, Option<&str>)> = inventory
        .hosts
        .iter()
        .map(|host| {
            (
                host.name.raw(),
                host.place.datacenter.as_ref().map(Text::raw),
                host.place.cluster.as_ref().map(Text::raw),
            )
        })
        .collect();
    assert_eq!(
        hosts,
        [
            ("kvm1", Some("Prague"), Some("compute")),
            ("alone", None, None),
            ("loose", Some("Prague"), None),
            ("inline", None, Some("compute")),
        ]
    );
    let kvm1 = &inventory.hosts[0];
    assert_eq!((kvm1.read_only, kvm1.enabled), (Some(false), Some(true)));
    assert_eq!(kvm1.tags, [Text::new("ssd"), Text::new("old")]);
    assert_eq!(kvm1.ssh.connect_timeout, Some(7));
    assert_eq!(kvm1.ssh.options, ["A=b"]);
    let prod = inventory.environment(&Text::new("prod")).unwrap();
    assert_eq!((prod.word.raw(), prod.strict), ("LIVE", true));
    let lab = inventory.environment(&Text::new("lab")).unwrap();
    assert_eq!((lab.word.raw(), lab.colour.as_deref()), ("LAB", Some("#102030")));
    let lines: Vec<usize> = inventory.warnings.iter().map(|w| w.line).collect();
    assert_eq!(lines, [2, 28]);
    assert!(
        inventory.warnings[1]
            .to_string()
            .contains("'rack' is not known in a host")
    );
}

#[test]
fn an_empty_file_is_an_empty_inventory() {
    assert_eq!(parse(""), Ok(Inventory::default()));
}

#[test]
fn errors_say_where_what_and_what_is_allowed() {
    for (text, expected) in [
        ("[[host]]\nname = \"a\"\n", "inventory.toml:1:1: a host needs a 'uri'"),
        ("[[host]]\nuri = \"test:///default\"\n", ":1:1: a host needs a 'name'"),
        ("\n[[datacenter]]\n", ":2:1: a data center needs a 'name'"),
        (
            "[[host]]\nname = 3\nuri = \"test:///default\"\n",
            ":2:8: 'name' must be a text in quotes, not 3",
        ),
        (
            "[[host]]\nname = \" a\"\nuri = \"test:///d\"\n",
            ":2:8: 'name' must not begin",
        ),
        (
            "[[host]]\nname = \"a\\u0007\"\nuri = \"test:///d\"\n",
            "control characters",
        ),
        (
            "[[host]]\nname = \"a\"\nuri = \"kvm1\"\n",
            ":3:7: 'kvm1' is no libvirt URI",
        ),
        ("[[host]]\nname = \"a\"\nuri = \"qemu+rsh://h/s\"\n", "libssh2"),
        ("[[host]]\nname = \"a\"\nuri = \"qemu+ssh://u:p@h/s\"\n", "password"),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\nenabled = 1\n",
            ":4:11: 'enabled' must be true or false, not 1",
        ),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\ntags = [1]\n",
            ":4:8: 'tags' must be a list of texts",
        ),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\nenvironment = \"x\"\n",
            "there are prod, staging, test, dev",
        ),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\nssh = { connect_timeout = 0 }\n",
            ":4:27: 'connect_timeout' must be 1 to 3600 seconds, not 0",
        ),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\nssh = { jump = \"-oProxyCommand=x\" }\n",
            ":4:16: 'jump' must not",
        ),
        ("[host]\nname = \"a\"\n", "[[host]] with two brackets"),
        ("host = [1]\n", ":1:9: every host must be a table"),
        ("version = 2\n", ":1:11: 'version' must be 1, not 2"),
        ("[environment.prod]\ncolour = \"rot\"\n", ":2:10: 'rot' is no colour"),
        ("[environment]\nprod = 1\n", ":2:8: 'prod' must be a section"),
        ("[[host]\n", ":1:8: "),
        ("[[host]]\nname = \"a\n", ":2:"),
        (
            "[[host]]\nname = \"a\"\nuri = \"test:///d\"\n[[cluster]]\nname = \"c\"\n[[cluster.host]]\nname = \"a\"\nuri = \"test:///d\"\n",
            "there is a host 'a' already",
        ),
        (
            "[[cluster]]\nname = \"c\"\n[[cluster]]\nname = \"c\"\n",
            ":4:8: there is a cluster 'c' already",
        ),
        (
            "[[datacenter]]\nname = \"c\"\n[[datacenter]]\nname = \"c\"\n",
            ":4:8: there is a data center 'c' already",
        ),
    ] {
        let shown = error(text);
        assert!(shown.contains(expected), "{text:?}: {shown}");
    }
}

#[test]
fn the_first_error_in_the_file_is_told() {
    let text = "[[cluster]]\nname = 1\n[[datacenter]]\nname = 2\n";
    assert!(error(text).contains(":2:8:"), "{}", error(text));
}

#[test]
fn hostile_names_are_shown_escaped() {
    let shown = error("[[host]]\nname = \"a\"\nuri = \"\u{202e}x\"\n");
    assert!(shown.contains("<U+202E>"), "{shown}");
}
