//! The inventory changed by keys, and the file as it is afterwards.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::rc::Rc;

mod common;

use common::Console;

const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const RIGHT: &str = "\x1b[C";
/// Deletes what stands before the cursor.
const WIPE: &str = "\x15";

const BEFORE: &str = r#"# my fleet
version = 1

# the old part of town
[[datacenter]]
name = "Prague"   # capital
motto = "kept"    # unknown

  [[datacenter.cluster]]
  name = "compute"

    # first host
    [[datacenter.cluster.host]]
    name = "alpha"
    uri = "test:///default"  # in this process
    rack = 7
"#;

/// A home with an inventory that only this user and the group may read.
fn home(inventory: &str) -> (Rc<tempfile::TempDir>, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("deck");
    std::fs::create_dir(&directory).unwrap();
    let path = directory.join("inventory.toml");
    std::fs::write(&path, inventory).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    (Rc::new(home), path)
}

fn open(home: &Rc<tempfile::TempDir>, path: &std::path::Path) -> Console {
    let mut console = Console::start_in(home, &[], &["--inventory", &path.display().to_string()]);
    console.wait_for("1 up");
    console
}

#[test]
fn the_inventory_is_changed_by_forms() {
    let (home, path) = home(BEFORE);
    let mut console = open(&home, &path);
    let text = || std::fs::read_to_string(&path).unwrap();

    console.press("HD");
    console.wait_for("Add data center");
    console.press("Prague\r\r");
    console.wait_for("! this name is taken");
    console.press(WIPE);
    console.press("Brno\r\r");
    console.wait_until_gone("Add data center");
    // the cursor is on what was added
    console.wait_for("Data center Brno");

    console.press("HC");
    console.wait_for("Add cluster");
    console.press("edge\r");
    // the data center under the cursor is chosen already
    console.wait_for("< Brno >");
    console.press("\r\r");
    console.wait_for("Cluster edge");

    console.press("Ha");
    console.wait_for("Add host");
    console.wait_for("< edge >");
    console.press("alpha");
    console.press(DOWN);
    console.press("qemu+rsh://beta/system");
    // up from the first field is the last one, Save
    console.press(&[UP, UP, "\r"].concat());
    console.wait_for("! another host has this name");
    console.wait_for("! 'rsh' is no transport; write one of");
    console.press(WIPE);
    console.press("beta");
    console.press(DOWN);
    console.press(WIPE);
    console.press("test:///nowhere.xml");
    // another data center has other clusters
    console.press(&[DOWN, RIGHT].concat());
    console.wait_for("< (none) >  1/3");
    console.wait("no cluster", |screen| !screen.contents().contains("edge >"));
    console.press("\x1b[D");
    console.wait_for("< Brno >");
    console.press(DOWN);
    console.press(RIGHT);
    console.wait_for("< edge >");
    // Test connection
    console.press(&[UP; 5].concat());
    console.wait_for("> [ Test connection ]");
    console.press("\r");
    console.wait_for("failed to parse xml document");
    console.press(&[DOWN, DOWN, DOWN].concat());
    console.press(WIPE);
    console.press("test:///default");
    console.press(&[UP; 3].concat());
    console.wait_for("> [ Test connection ]");
    console.press("\r");
    console.wait_for("driver TEST");
    assert_eq!(
        text().matches("[[").count(),
        5,
        "nothing of the host is written yet: {}",
        text()
    );
    console.press(DOWN);
    console.press("\r");
    console.wait_for("2 up");
    console.wait_for("Host beta");

    console.press("He");
    console.wait_for("Edit host");
    console.press(WIPE);
    console.press("gamma");
    console.press(&[DOWN; 5].concat());
    console.press("ssd fast");
    console.press(&[UP; 6].concat());
    console.press("\r");
    console.wait_for("Host gamma");
    // no other connection for another name
    console.wait_for("2 up");

    let expected = format!(
        "{BEFORE}\n[[datacenter]]\nname = \"Brno\"\n\n  [[datacenter.cluster]]\n  name = \"edge\"\n\n    [[datacenter.cluster.host]]\n    name = \"gamma\"\n    uri = \"test:///default\"\n    tags = [\"ssd\", \"fast\"]\n"
    );
    assert_eq!(squeezed(&text()), squeezed(&expected));

    console.press("Hr");
    console.wait_for("Take gamma out of the inventory?");
    console.press("y");
    console.wait_until_gone("gamma");
    console.wait_for("1 up");
    console.press("/edge\r");
    console.wait_for("Cluster edge");
    console.press("HnX\r\r");
    console.wait_for("Cluster edgeX");
    console.press("Hx");
    console.wait_for("Take edgeX out of the inventory?");
    console.press("edgeX\r");
    console.wait_for("nothing matches");
    console.press("\x1b");
    console.wait_for("Prague");
    console.press("/Brno\r");
    console.wait_for("Data center Brno");
    console.press("Hx");
    console.wait_for("Take Brno out of the inventory?");
    console.press("Brno\r");
    console.wait_for("nothing matches");
    console.press("\x1b");
    console.wait_for("Prague");
    assert_eq!(text(), BEFORE);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "something was left beside the file");
    console.quit();
}

/// Without blank lines and indents, which are a matter of taste.
fn squeezed(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_file_that_does_not_parse_is_never_written() {
    let (home, path) = home(BEFORE);
    let mut console = open(&home, &path);
    let broken = format!("{BEFORE}name = \n");
    std::fs::write(&path, &broken).unwrap();
    console.press("HD");
    console.wait_for("Add data center");
    console.press("Brno\r\r");
    console.wait_for("inventory.toml:17:8:");
    console.press("\x1b");
    console.wait_until_gone("Add data center");
    console.press("Hl");
    console.wait_for("inventory.toml:17:8:");
    // the hosts stay
    console.wait_for("alpha");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
    std::fs::write(&path, BEFORE.replace("alpha", "omega")).unwrap();
    console.press("Hl");
    console.wait_for("omega");
    console.wait_for("1 up");
    console.quit();

    std::fs::write(&path, &broken).unwrap();
    let mut refused = Console::start_in(&home, &[], &["--inventory", &path.display().to_string()]);
    assert_eq!(refused.end(), 2);
    assert!(
        refused.screen().contains("inventory.toml:17:8:"),
        "{}",
        refused.screen()
    );
}

#[test]
fn imports_are_offered_once() {
    let home = Rc::new(tempfile::tempdir().unwrap());
    let settings = home.path().join(".config/glib-2.0/settings");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(
        settings.join("keyfile"),
        "[org/virt-manager/virt-manager/connections]\nuris=['test:///default']\n",
    )
    .unwrap();
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    std::fs::write(home.path().join(".ssh/config"), "Host kvm1 *.lab\n").unwrap();
    let inventory = home.path().join(".config/virt-deck/inventory.toml");
    let state = home.path().join(".local/state/virt-deck/state.toml");

    // hosts of the command line offer nothing, and do not count as an offer
    let mut console = Console::start_in(&home, &[], &["-c", "test:///default"]);
    console.wait_for("1 up");
    console.quit();
    assert!(
        std::fs::read_to_string(&state)
            .unwrap()
            .contains("import_offered = false")
    );

    let mut console = Console::start_in(&home, &[], &[]);
    console.wait_for("Import hosts");
    console.wait_for("test:///default (virt-manager)");
    console.wait_for("qemu+ssh://kvm1/system (~/.ssh/config)");
    console.press("\x1b");
    console.wait_until_gone("Import hosts");
    console.quit();
    assert!(!inventory.exists());
    assert!(
        std::fs::read_to_string(&state)
            .unwrap()
            .contains("import_offered = true")
    );

    let mut console = Console::start_in(&home, &[], &[]);
    console.wait_for("there is no inventory");
    console.press("Hi");
    console.wait_for("Import hosts");
    console.press(" ");
    console.wait_for("[x] yes");
    console.press(UP);
    console.press("\r");
    console.wait_for("inventory saved");
    console.wait_for("1 up");
    console.quit();
    let text = std::fs::read_to_string(&inventory).unwrap();
    assert!(
        text.contains("uri = \"test:///default\"") && !text.contains("kvm1"),
        "{text}"
    );
    assert_eq!(std::fs::metadata(&inventory).unwrap().permissions().mode() & 0o077, 0);
}
