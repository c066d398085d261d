//! Questions of libvirt itself while it connects: its test driver can ask for a name and a
//! password.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;

mod common;

use common::Console;

const NODE: &str = "<node><auth><user password='s3cret-word'>alice</user></auth></node>";

fn asking(log: &str) -> (Rc<tempfile::TempDir>, Console) {
    let home = Rc::new(tempfile::tempdir().unwrap());
    let node = home.path().join("node.xml");
    std::fs::write(&node, NODE).unwrap();
    let uri = format!("test://{}", node.display());
    let log = home.path().join(log).display().to_string();
    let console = Console::start_in(&home, &[], &["-c", &uri, "--log", &log]);
    (home, console)
}

#[test]
fn name_and_password_are_asked_for() {
    let (home, mut console) = asking("log");
    console.wait_for("asks for");
    console.wait_for("> Answer");
    console.press("alice\r");
    console.wait_for("> Password");
    // an Enter that was meant for something else answers nothing
    console.press("\r");
    console.wait_for("! nothing was typed; Esc cancels");
    console.press("s3cret-word");
    console.wait_for("> Password •••••••••••");
    console.press("\r");
    console.wait_for("1 up");
    console.quit();
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    assert!(log.contains("asks") && !log.contains("s3cret"), "{log}");
}

#[test]
fn wrong_answers_and_cancelled_questions_wait_for_the_user() {
    let (_home, mut console) = asking("log");
    console.wait_for("> Answer");
    console.press("alice\r");
    console.wait_for("> Password");
    console.press("wrong\r");
    console.wait_for("1 down");
    console.wait_for("authentication failed");
    // asked again at once when the user wants it, and told why
    console.press("Hc");
    console.wait_for("> Answer");
    console.press("alice\r");
    console.wait_for("> Password");
    console.wait_for("What was answered before was not accepted.");
    console.press("\x1b");
    console.wait_until_gone("> Password");
    console.press("G");
    console.wait_for("only when asked (reconnect)");
    console.press("Hq");
    console.wait_for("no host asks anything");
}

#[test]
fn a_question_takes_no_keys_from_what_is_being_typed() {
    let (_home, mut console) = asking("log");
    console.wait_for("> Answer");
    console.press("\x1b");
    console.wait_for("1 down");
    // the command line is open again before the question can come
    console.press(":host.reconnect\r:");
    console.press("alice");
    console.wait_for("asks a question");
    console.wait_for(":alice");
    assert!(!console.screen().contains("asks for"), "{}", console.screen());
    console.press("\x1b");
    console.wait_for("asks for");
}
