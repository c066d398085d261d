//! ssh with the screen lent to it.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tokio::sync::mpsc::UnboundedSender;

use crate::app::effect::ShellRequest;
use crate::app::msg::Msg;
use crate::backend::console::proxy_command;
use crate::base::text::show;
use crate::runtime::input::Input;
use crate::runtime::keyboard::Tap;
use crate::runtime::terminal;

/// The exit code of ssh when it fails itself.
const SSH_FAILED: i32 = 255;

/// The arguments of ssh for a request. None of them can be taken for an option.
pub fn arguments(request: &ShellRequest) -> Vec<String> {
    let mut arguments = Vec::new();
    let jump = request.jump.as_ref();
    if let Some(command) = jump.and_then(|jump| proxy_command(&jump.uri, &jump.ssh)) {
        arguments.extend(["-o".to_owned(), format!("ProxyCommand={command}")]);
    }
    if let Some(port) = request.port {
        arguments.extend(["-p".to_owned(), port.to_string()]);
    }
    if let Some(user) = &request.user {
        arguments.extend(["-l".to_owned(), user.clone()]);
    }
    arguments.extend(["--".to_owned(), request.address.to_string()]);
    arguments
}

/// What is being done, for whoever looks at an empty screen meanwhile.
fn words(request: &ShellRequest) -> String {
    let port = request.port.map_or_else(String::new, |port| format!(" port {port}"));
    let user = request
        .user
        .as_ref()
        .map_or_else(String::new, |user| format!(" as {user}"));
    let jump = request.jump.as_ref();
    let through = jump.map_or_else(String::new, |jump| format!(" through {}", show(&jump.name)));
    format!("ssh to {}{port}{user}{through}", request.address)
}

/// Lends the screen to ssh on a thread and takes it back when that ends.
pub fn start(request: ShellRequest, tap: Arc<Tap>, input: UnboundedSender<Input>, answers: UnboundedSender<Msg>) {
    let failed = answers.clone();
    let thread = std::thread::Builder::new().name("shell".to_owned()).spawn(move || {
        tap.set_closed(true);
        terminal::set_lent(true);
        terminal::leave();
        let outcome = run(&request);
        let entered = terminal::enter();
        terminal::set_lent(false);
        tap.set_closed(false);
        let _ = input.send(if entered.is_ok() { Input::Resumed } else { Input::HungUp });
        let _ = answers.send(Msg::ShellEnded(outcome));
    });
    if let Err(error) = thread {
        let _ = failed.send(Msg::ShellEnded(Err(format!("no thread for the shell: {error}"))));
    }
}

fn run(request: &ShellRequest) -> Result<(), String> {
    let shown = words(request);
    let mut screen = std::fs::File::from(
        terminal::output()
            .as_fd()
            .try_clone_to_owned()
            .map_err(|error| error.to_string())?,
    );
    let _ = writeln!(screen, "virt-deck: {shown}");
    let errors = screen.try_clone().map_err(|error| error.to_string())?;
    let child = Command::new("ssh")
        .args(arguments(request))
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::from(errors))
        .spawn()
        .map_err(|error| format!("ssh cannot be started: {error}"))?;
    let code = wait(child.id())?;
    if code != SSH_FAILED {
        return Ok(());
    }
    // the reason stands on the screen that is about to go away
    let _ = write!(screen, "virt-deck: ssh failed; press Enter to go back ");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    Err(format!("{shown} failed"))
}

/// Waits for the child's exit code. A child that is stopped goes on: nobody else could wake it.
fn wait(id: u32) -> Result<i32, String> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw).ok_or("no process")?;
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                let _ = kill_process(pid, Signal::CONT);
            }
            Ok(Some((_, status))) => return Ok(status.exit_status().unwrap_or(0)),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::effect::Jump;
    use crate::hv::topology::SshOptions;

    #[test]
    fn nothing_can_be_taken_for_an_option() {
        let request = ShellRequest {
            address: "fd00::7".parse().unwrap(),
            user: Some("root".to_owned()),
            port: Some(2222),
            jump: Some(Jump {
                name: "lab2".to_owned(),
                uri: "qemu+ssh://admin@-lab2/system".into(),
                ssh: SshOptions::default(),
            }),
        };
        let proxy = "ProxyCommand='ssh' '-T' '-a' '-x' -W '[%h]:%p' '-l' 'admin' '--' '-lab2'";
        let expected = ["-o", proxy, "-p", "2222", "-l", "root", "--", "fd00::7"];
        assert_eq!(arguments(&request), expected);
        assert_eq!(words(&request), "ssh to fd00::7 port 2222 as root through lab2");
    }
}
