//! Edits of inventory files.

use proptest::prelude::*;

use super::*;

const FILE: &str = "# head of the file

version = 1 # v
future = 1

# about Prague
[[datacenter]]
name = \"Prague\" # p
color = \"kept\"

  # about compute
  [[datacenter.cluster]]
  name = \"compute\"

    # about one
    [[datacenter.cluster.host]] # h
    name = 'one' # n
    uri = \"test:///one\"
    # because
    enabled = false # off
    rack = 7

    [[datacenter.cluster.host]]
    name = \"two\"
    uri = \"test:///two\"
    ssh.keyfile = \"k\" # ssh

  [[datacenter.host]]
  name = \"loose\"
  uri = \"test:///loose\"

# detached

# about alone
[[host]]
name = \"alone\"
uri = \"test:///alone\"

[[datacenter]]
name = \"Brno\"
host = [
  # inline one
  { name = \"in1\", uri = \"test:///in1\" }, # after one
  { name = \"in2\", uri = \"test:///in2\" }
]
# end of the file
";

fn path() -> &'static Path {
    Path::new("inventory.toml")
}

fn run(text: &str, edit: &Edit) -> String {
    apply(path(), text, edit).unwrap_or_else(|error| panic!("{edit:?}: {error}"))
}

fn text(name: &str) -> Text {
    Text::new(name)
}

fn place(datacenter: Option<&str>, cluster: Option<&str>) -> Place {
    Place {
        datacenter: datacenter.map(Text::new),
        cluster: cluster.map(Text::new),
    }
}

fn host(name: &str, place: Place) -> Edit {
    Edit::AddHost(Box::new(HostSpec {
        place,
        ..HostSpec::new(name, "test:///new")
    }))
}

#[test]
fn a_change_touches_its_own_lines_only() {
    let before = Inventory::parse(path(), FILE).unwrap();
    let mut one = before.host(&text("one")).unwrap().clone();
    one.uri = text("test:///elsewhere");
    one.name = text("uno");
    let after = run(
        FILE,
        &Edit::UpdateHost {
            name: text("one"),
            to: Box::new(one),
        },
    );
    let expected = FILE
        .replace("name = 'one' # n", "name = \"uno\" # n")
        .replace("\"test:///one\"", "\"test:///elsewhere\"");
    assert_eq!(after, expected);
}

#[test]
fn an_unset_value_leaves_its_comments() {
    let before = Inventory::parse(path(), FILE).unwrap();
    let mut one = before.host(&text("one")).unwrap().clone();
    one.enabled = None;
    let after = run(
        FILE,
        &Edit::UpdateHost {
            name: text("one"),
            to: Box::new(one),
        },
    );
    assert!(after.contains("rack = 7\n# because\n# off\n"), "{after}");
}

#[test]
fn new_hosts_stand_with_their_siblings() {
    let after = run(FILE, &host("new", place(Some("Prague"), Some("compute"))));
    let expected = "ssh.keyfile = \"k\" # ssh\n\n    [[datacenter.cluster.host]]\n    name = \"new\"\n    uri = \"test:///new\"\n\n  [[datacenter.host]]";
    assert!(after.contains(expected), "{after}");
    let after = run(FILE, &host("new", place(Some("Brno"), None)));
    let expected = "  { name = \"in2\", uri = \"test:///in2\" },\n  { name = \"new\", uri = \"test:///new\" }\n]";
    assert!(after.contains(expected), "{after}");
}

#[test]
fn a_removed_host_leaves_the_comments_before_it() {
    let after = run(FILE, &Edit::RemoveHost { name: text("alone") });
    assert!(
        after.contains("# detached\n\n# about alone\n\n[[datacenter]]\nname = \"Brno\""),
        "{after}"
    );
    let after = run(FILE, &Edit::RemoveHost { name: text("in1") });
    assert!(
        after.contains("# inline one") && after.contains("# after one"),
        "{after}"
    );
}

#[test]
fn a_moved_cluster_takes_its_hosts_and_comments() {
    let after = run(
        FILE,
        &Edit::UpdateCluster {
            datacenter: Some(text("Prague")),
            name: text("compute"),
            to: ClusterSpec {
                name: text("compute"),
                datacenter: None,
                environment: Some(text("test")),
            },
        },
    );
    let at = after.find("# about compute").unwrap();
    assert!(after[at..].contains("[[cluster]]"), "{after}");
    assert!(after.contains("[[cluster.host]] # h"), "{after}");
    assert_eq!(sorted_comments(&after), sorted_comments(FILE));
}

#[test]
fn groups_with_something_in_them_are_not_removed_by_accident() {
    let remove = |force| Edit::RemoveDatacenter {
        name: text("Prague"),
        force,
    };
    let error = apply(path(), FILE, &remove(false)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "data center 'Prague' is not empty: cluster compute, host one, host two, host loose"
    );
    let after = run(FILE, &remove(true));
    let names: Vec<String> = Inventory::parse(path(), &after)
        .unwrap()
        .hosts
        .iter()
        .map(|host| host.name.to_string())
        .collect();
    assert_eq!(names, ["alone", "in1", "in2"]);
    assert!(after.contains("# about Prague") && after.contains("# end of the file"));
}

#[test]
fn wrong_edits_are_refused() {
    let bad_uri = Edit::AddHost(Box::new(HostSpec::new("x", "nonsense")));
    for (edit, words) in [
        (host("one", Place::default()), "already"),
        (host("x", place(Some("Nowhere"), None)), "no data center"),
        (host("x", place(None, Some("compute"))), "no cluster"),
        (host(" x", Place::default()), "blank"),
        (bad_uri, "no libvirt URI"),
        (Edit::RemoveHost { name: text("x") }, "no host 'x'"),
        (
            Edit::MoveHost {
                name: text("one"),
                to: place(Some("Brno"), None),
            },
            "by hand",
        ),
    ] {
        let error = apply(path(), FILE, &edit).unwrap_err().to_string();
        assert!(error.contains(words), "{edit:?}: {error}");
    }
    let broken = apply(path(), "[[host", &host("x", Place::default())).unwrap_err();
    assert!(matches!(broken, EditError::File(_)));
}

#[test]
fn other_line_ends_and_bare_comments_stay() {
    let dos = FILE.replace('\n', "\r\n");
    let after = run(&dos, &host("new", Place::default()));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    let marked = format!("\u{feff}{FILE}");
    let after = run(&marked, &host("new", Place::default()));
    assert_eq!(after.matches('\u{feff}').count(), 1);
    assert!(after.starts_with("\u{feff}# head"));
    let after = run("# only\n# comments", &host("new", Place::default()));
    assert!(after.starts_with("# only\n# comments\n\n[[host]]\n"), "{after}");
}

#[test]
fn a_group_spread_over_the_file_stays_one() {
    let spread = "[[datacenter]]\nname = \"A\"\n[[datacenter.host]]\nname = \"h1\"\nuri = \"test:///1\"\n[[datacenter.cluster]]\nname = \"c\"\n[[host]]\nname = \"x\"\nuri = \"test:///x\"\n[[datacenter.host]]\nname = \"h2\"\nuri = \"test:///2\"\n";
    let datacenter = DatacenterSpec {
        name: text("B"),
        environment: None,
    };
    let after = run(spread, &Edit::AddDatacenter(datacenter));
    run(&after, &host("h3", place(Some("A"), Some("c"))));
    run(&after, &host("h3", place(Some("B"), None)));
}

const DATACENTERS: [Option<&str>; 4] = [None, Some("Prague"), Some("Brno"), Some("Other")];
const CLUSTERS: [Option<&str>; 3] = [None, Some("compute"), Some("lab")];
const HOSTS: [&str; 6] = ["one", "two", "loose", "alone", "in1", "fresh"];

fn any_edit() -> impl Strategy<Value = Edit> {
    use proptest::option::of;
    use proptest::sample::select;
    let datacenter = || select(&DATACENTERS[..]).prop_map(|name| name.map(Text::new));
    let cluster = || select(&CLUSTERS[..]).prop_map(|name| name.map(Text::new));
    let environment = || of(select(&["prod", "dev"][..]).prop_map(Text::new));
    let name = || select(&HOSTS[..]).prop_map(Text::new);
    let somewhere = move || (datacenter(), cluster()).prop_map(|(datacenter, cluster)| Place { datacenter, cluster });
    let tags = || proptest::collection::vec("[a-z#\"]{1,3}".prop_map(Text::from), 0..3);
    let ssh = || {
        let words = || of("[a-z#' \"]{1,4}");
        let list = proptest::collection::vec("[a-z#=]{1,4}", 0..2);
        (words(), words(), of(1u16..9), list).prop_map(|(keyfile, jump, connect_timeout, options)| {
            crate::hv::topology::SshOptions {
                keyfile,
                jump,
                config: None,
                connect_timeout,
                options,
            }
        })
    };
    let spec = move || {
        (
            name(),
            somewhere(),
            of(any::<bool>()),
            of(any::<bool>()),
            environment(),
            tags(),
            ssh(),
        )
            .prop_map(|(name, place, read_only, enabled, environment, tags, ssh)| {
                Box::new(HostSpec {
                    uri: Text::new(format!("test:///{}", name.raw())),
                    name,
                    place,
                    read_only,
                    enabled,
                    environment,
                    tags,
                    ssh,
                })
            })
    };
    let a_datacenter = move || {
        (datacenter(), environment()).prop_map(|(name, environment)| DatacenterSpec {
            name: name.unwrap_or_else(|| Text::new("Prague")),
            environment,
        })
    };
    let a_cluster = move || {
        (cluster(), datacenter(), environment()).prop_map(|(name, datacenter, environment)| ClusterSpec {
            name: name.unwrap_or_else(|| Text::new("compute")),
            datacenter,
            environment,
        })
    };
    prop_oneof![
        3 => spec().prop_map(Edit::AddHost),
        3 => (name(), spec()).prop_map(|(name, to)| Edit::UpdateHost { name, to }),
        3 => (name(), somewhere()).prop_map(|(name, to)| Edit::MoveHost { name, to }),
        2 => name().prop_map(|name| Edit::RemoveHost { name }),
        1 => a_datacenter().prop_map(Edit::AddDatacenter),
        1 => (a_datacenter(), a_datacenter())
            .prop_map(|(old, to)| Edit::UpdateDatacenter { name: old.name, to }),
        1 => (a_datacenter(), any::<bool>())
            .prop_map(|(old, force)| Edit::RemoveDatacenter { name: old.name, force }),
        2 => a_cluster().prop_map(Edit::AddCluster),
        2 => (a_cluster(), a_cluster()).prop_map(|(old, to)| Edit::UpdateCluster {
            datacenter: old.datacenter,
            name: old.name,
            to,
        }),
        1 => (a_cluster(), any::<bool>()).prop_map(|(old, force)| Edit::RemoveCluster {
            datacenter: old.datacenter,
            name: old.name,
            force,
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn edits_change_what_they_say_and_nothing_else(
        edits in proptest::collection::vec(any_edit(), 1..8)
    ) {
        let mut now = FILE.to_owned();
        for edit in &edits {
            let before = Inventory::parse(path(), &now).unwrap();
            match apply(path(), &now, edit) {
                Ok(after) => {
                    let inventory = Inventory::parse(path(), &after).unwrap();
                    prop_assert!(inventory.same_as(&before.edited(edit).unwrap()));
                    let removes = matches!(
                        edit,
                        Edit::RemoveHost { .. } | Edit::RemoveCluster { .. } | Edit::RemoveDatacenter { .. }
                    );
                    if !removes {
                        prop_assert_eq!(sorted_comments(&after), sorted_comments(&now));
                        for key in ["future = 1", "color = \"kept\"", "rack = 7"] {
                            prop_assert_eq!(after.contains(key), now.contains(key), "{}", after);
                        }
                    }
                    // what stands outside of every entry is never touched
                    for line in ["# head of the file", "# detached", "# end of the file", "future = 1"] {
                        prop_assert!(after.contains(line), "{}", after);
                    }
                    now = after;
                }
                Err(EditError::Awkward(why)) => {
                    // only moves into lists that are written in braces
                    prop_assert!(why.raw().contains("braces"), "{:?}: {}\n{}", edit, why, now);
                }
                Err(_) => prop_assert!(
                    before.edited(edit).is_err(),
                    "{:?} {:?}\n{}",
                    edit,
                    apply(path(), &now, edit),
                    now
                ),
            }
        }
    }
}
