//! How libvirt starts the system's `ssh` for `+ssh` URIs: through a small script of our own.
//!
//! libvirt gives ssh neither a connect timeout nor keepalives, and lets it write questions to the
//! terminal. The script adds both and sends questions to this program's askpass helper.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use tempfile::TempDir;

use crate::backend::libvirt::request::{AskpassEnv, OpenRequest};
use crate::backend::libvirt::ssh_uri::{has_parameter, parameter, transport, with_parameter, without_parameter};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::topology::SshOptions;

/// Seconds for connecting when the inventory says nothing else.
const CONNECT_TIMEOUT: u16 = 5;

/// The URI to open, and the directory with the script, which must live as long as the opening.
pub(super) fn prepare(request: &OpenRequest) -> Result<(String, Option<TempDir>), HvError> {
    let uri = request.uri.raw();
    // a command of the user's own must not ask on our terminal either
    if transport(uri) != Some("ssh") {
        return Ok((uri.to_owned(), None));
    }
    if let (true, None) = (has_parameter(uri, "command"), &request.askpass) {
        let silent = if has_parameter(uri, "no_tty") {
            uri.to_owned()
        } else {
            with_parameter(uri, "no_tty", "1")
        };
        return Ok((silent, None));
    }
    let failed = |error: std::io::Error| {
        HvError::own(
            ErrorKind::Internal,
            "ssh",
            format!("the script that starts ssh cannot be written: {error}"),
        )
    };
    let directory = tempfile::Builder::new()
        .prefix("virt-deck-ssh-")
        .tempdir()
        .map_err(failed)?;
    let path = directory.path().join("ssh");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o700)
        .open(&path)
        .map_err(failed)?;
    let own = parameter(uri, "command");
    file.write_all(script(&request.ssh, request.askpass.as_ref(), own.as_deref()).as_bytes())
        .map_err(failed)?;
    drop(file);
    Ok((
        with_parameter(&without_parameter(uri, "command"), "command", &path.to_string_lossy()),
        Some(directory),
    ))
}

/// The script's text.
fn script(options: &SshOptions, askpass: Option<&AskpassEnv>, own: Option<&str>) -> String {
    let mut lines = vec!["#!/bin/sh".to_owned()];
    // a command of the user's own is started in ssh's place, with the same environment
    let mut command = vec![format!("exec {}", own.map_or_else(|| "ssh".to_owned(), quote))];
    let mut option = |text: String| command.push(format!("-o {}", quote(&text)));
    option(format!(
        "ConnectTimeout={}",
        options.connect_timeout.unwrap_or(CONNECT_TIMEOUT)
    ));
    option("ServerAliveInterval=5".to_owned());
    option("ServerAliveCountMax=2".to_owned());
    match askpass {
        Some(askpass) => {
            for (name, value) in [
                ("SSH_ASKPASS", askpass.program.to_string_lossy().into_owned()),
                // OpenSSH 8.4 and later ask the helper even when there is a terminal
                ("SSH_ASKPASS_REQUIRE", "force".to_owned()),
                (
                    "VIRT_DECK_ASKPASS_SOCKET",
                    askpass.socket.to_string_lossy().into_owned(),
                ),
                ("VIRT_DECK_ASKPASS_TOKEN", askpass.token.clone()),
            ] {
                lines.push(format!("{name}={}; export {name}", quote(&value)));
            }
            // older ones want a display to be set
            lines.push("DISPLAY=${DISPLAY:-:virt-deck}; export DISPLAY".to_owned());
            option("NumberOfPasswordPrompts=1".to_owned());
        }
        None => option("BatchMode=yes".to_owned()),
    }
    for text in &options.options {
        option(text.clone());
    }
    for (flag, value) in [("-i", &options.keyfile), ("-J", &options.jump), ("-F", &options.config)] {
        if let Some(value) = value {
            command.push(format!("{flag} {}", quote(value)));
        }
    }
    command.push("\"$@\"".to_owned());
    lines.push(command.join(" "));
    lines.push(String::new());
    lines.join("\n")
}

/// One word for the shell, whatever is in it.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_quotes_everything() {
        let options = SshOptions {
            keyfile: Some("/k'; rm -rf /".into()),
            jump: Some("bastion".into()),
            options: vec!["Port=2222".into()],
            ..SshOptions::default()
        };
        let text = script(&options, None, None);
        assert!(
            text.contains("-o 'BatchMode=yes' -o 'Port=2222' -i '/k'\\''; rm -rf /' -J 'bastion' \"$@\""),
            "{text}"
        );
        assert!(text.contains("ConnectTimeout=5"));
        let asked = script(
            &SshOptions::default(),
            Some(&AskpassEnv {
                program: "/bin/x".into(),
                socket: "/run/s".into(),
                token: "t".into(),
            }),
            None,
        );
        assert!(
            !asked.contains("BatchMode") && asked.contains("SSH_ASKPASS_REQUIRE='force'"),
            "{asked}"
        );
    }
}
