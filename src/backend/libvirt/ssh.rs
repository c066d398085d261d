//! How libvirt starts the system's `ssh` for `+ssh` URIs: through a small script of our own.
//!
//! libvirt gives ssh neither a connect timeout nor keepalives, and lets it write questions to the
//! terminal. The script sends questions to this program's askpass helper, and adds both where
//! neither the user's ssh configuration nor the inventory says anything: ssh is asked what it has
//! understood (`ssh -G`, which connects to nothing), for it has no options that come last.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use tempfile::TempDir;

use crate::backend::libvirt::request::{AskpassEnv, OpenRequest};
use crate::backend::libvirt::ssh_uri::{has_parameter, parameter, transport, with_parameter, without_parameter};
use crate::backend::scratch;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::topology::SshOptions;

/// What holds where nobody has said anything else: the name in what `ssh -G` prints, its value
/// there when untouched, and our option.
const DEFAULTS: [(&str, &str, &str); 2] = [
    ("connecttimeout", "none", "ConnectTimeout=5"),
    // with OpenSSH's three counts a silent connection ends after 15 seconds
    ("serveraliveinterval", "0", "ServerAliveInterval=5"),
];

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
        .prefix("ssh-")
        .tempdir_in(scratch::directory().map_err(failed)?)
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

/// The text of a script that starts ssh with further arguments.
pub(in crate::backend) fn script(options: &SshOptions, askpass: Option<&AskpassEnv>, own: Option<&str>) -> String {
    let mut lines = vec!["#!/bin/sh".to_owned()];
    // a command of the user's own is started in ssh's place, with the same environment
    let mut command = vec![own.map_or_else(|| "ssh".to_owned(), quote)];
    let mut add = |(flag, value): (&str, String)| command.push(format!("{flag} {}", quote(&value)));
    settings(options).for_each(&mut add);
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
        }
        None => add(("-o", "BatchMode=yes".to_owned())),
    }
    files(options).for_each(add);
    let command = command.join(" ");
    lines.push(format!("known=$({command} -G \"$@\" 2>/dev/null </dev/null)"));
    for (name, untouched, value) in DEFAULTS {
        // without a word about it, ssh is older than the question or is no ssh at all
        lines.push(format!(
            "case $known in *{name}\\ {untouched}*) set -- -o {value} \"$@\";; *{name}\\ *) ;; *) set -- -o {value} \"$@\";; esac"
        ));
    }
    lines.push(format!("exec {command} \"$@\""));
    lines.push(String::new());
    lines.join("\n")
}

/// The inventory's settings for ssh as arguments.
pub(in crate::backend) fn settings(options: &SshOptions) -> impl Iterator<Item = (&'static str, String)> {
    let timeout = options
        .connect_timeout
        .map(|seconds| format!("ConnectTimeout={seconds}"));
    timeout
        .into_iter()
        .chain(options.options.iter().cloned())
        .map(|setting| ("-o", setting))
}

/// The inventory's key, jump host and configuration file for ssh as arguments.
pub(in crate::backend) fn files(options: &SshOptions) -> impl Iterator<Item = (&'static str, String)> {
    [("-i", &options.keyfile), ("-J", &options.jump), ("-F", &options.config)]
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value.clone()?)))
}

/// One word for the shell, whatever is in it.
pub(in crate::backend) fn quote(word: &str) -> String {
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
            text.contains("ssh -o 'Port=2222' -o 'BatchMode=yes' -i '/k'\\''; rm -rf /' -J 'bastion' \"$@\""),
            "{text}"
        );
        let asked = script(&SshOptions::default(), Some(&askpass()), None);
        assert!(
            !asked.contains("BatchMode") && asked.contains("SSH_ASKPASS_REQUIRE='force'"),
            "{asked}"
        );
    }

    fn askpass() -> AskpassEnv {
        AskpassEnv {
            program: "/bin/x".into(),
            socket: "/run/s".into(),
            token: "t".into(),
        }
    }

    /// What a command in ssh's place is started with in the end, when `-G` prints this.
    fn started(known: &str, options: &SshOptions) -> String {
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("own ssh");
        let text = format!("case \"$*\" in *-G*) printf '{known}';; *) echo \"$@\";; esac\n");
        std::fs::write(&own, text).unwrap();
        // sh reads it, so that no test has to execute what it has just written
        let text = script(options, None, Some(&own.to_string_lossy()));
        let text = text.replace("'/", "sh '/");
        let path = directory.path().join("script");
        std::fs::write(&path, text).unwrap();
        let output = std::process::Command::new("sh")
            .arg(&path)
            .args(["-T", "-e", "none", "--", "host a", "sh -c 'x'"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[test]
    fn what_the_user_has_set_stays() {
        let none = SshOptions::default();
        let end = "-T -e none -- host a sh -c 'x'";
        let untouched = "user root\\nconnecttimeout none\\nserveraliveinterval 0\\nserveralivecountmax 3\\n";
        assert_eq!(
            started(untouched, &none),
            format!("-o BatchMode=yes -o ServerAliveInterval=5 -o ConnectTimeout=5 {end}")
        );
        assert_eq!(
            started("connecttimeout 30\\nserveraliveinterval 60\\n", &none),
            format!("-o BatchMode=yes {end}")
        );
        // a command that does not know the question
        assert_eq!(
            started("", &none),
            format!("-o BatchMode=yes -o ServerAliveInterval=5 -o ConnectTimeout=5 {end}")
        );
        let set = SshOptions {
            connect_timeout: Some(9),
            options: vec!["ServerAliveInterval=7".into()],
            ..SshOptions::default()
        };
        assert!(
            started("connecttimeout 9\\nserveraliveinterval 7\\n", &set)
                .starts_with("-o ConnectTimeout=9 -o ServerAliveInterval=7 -o BatchMode=yes -T")
        );
    }
}
