//! How `ssh` is started for tunnels: one process for each host, that keeps the connection and
//! opens further ways through it on demand.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::backend::console::route::Target;
use crate::backend::libvirt::AskpassEnv;
use crate::backend::libvirt::ssh::{quote, script};
use crate::hv::topology::SshOptions;

/// The end of a tunnel, as its host sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Far {
    /// A listener.
    Tcp {
        /// Address or name.
        address: String,
        /// Port.
        port: u16,
    },
    /// A unix socket.
    Socket(String),
}

impl std::fmt::Display for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { address, port } if address.contains(':') => write!(f, "[{address}]:{port}"),
            Self::Tcp { address, port } => write!(f, "{address}:{port}"),
            Self::Socket(path) => f.write_str(path),
        }
    }
}

/// A path inside a forwarding, whose parts colons divide.
fn part(path: &str) -> String {
    path.replace('\\', "\\\\").replace(':', "\\:")
}

/// What `ssh -L` takes; `None` for what a host cannot mean.
pub fn forwarding(local: &Path, far: &Far) -> Option<String> {
    let local = part(local.to_str()?);
    match far {
        Far::Tcp { address, port } => {
            let known = |c: char| c.is_ascii_alphanumeric() || ".:%-_".contains(c);
            let fit = !address.is_empty() && address.chars().all(known);
            let address = if address.contains(':') {
                format!("[{address}]")
            } else {
                address.clone()
            };
            fit.then(|| format!("{local}:{address}:{port}"))
        }
        Far::Socket(path) => {
            let fit = path.starts_with('/') && !path.contains(|c: char| c.is_control());
            fit.then(|| format!("{local}:{}", part(path)))
        }
    }
}

/// Arguments that lead to the host, from its URI. The inventory's own come before them and win.
pub(super) fn place(target: &Target, options: &SshOptions) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut option = |text: String| arguments.extend(["-o".to_owned(), text]);
    if let Some(known) = &target.known_hosts {
        option(format!("UserKnownHostsFile={known}"));
    }
    if target.no_verify {
        option("StrictHostKeyChecking=no".to_owned());
    }
    for (flag, value) in [
        ("-i", target.keyfile.clone().filter(|_| options.keyfile.is_none())),
        ("-p", target.port.map(|port| port.to_string())),
        ("-l", target.user.clone()),
    ] {
        if let Some(value) = value {
            arguments.extend([flag.to_owned(), value]);
        }
    }
    // a name that starts with a dash is no option
    arguments.extend(["--".to_owned(), target.host.clone().unwrap_or_default()]);
    arguments
}

/// The files of one connection of ssh, all in this program's private directory.
#[derive(Debug)]
pub struct Files {
    directory: PathBuf,
    number: u64,
}

impl Files {
    /// Writes the scripts.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(
        directory: PathBuf,
        number: u64,
        target: &Target,
        options: &SshOptions,
        askpass: Option<&AskpassEnv>,
    ) -> std::io::Result<Self> {
        let files = Self { directory, number };
        let own = target
            .command
            .as_deref()
            .filter(|_| target.transport.as_deref() == Some("ssh"));
        write(&files.ssh(), &script(options, askpass, own))?;
        write(&files.master(), &master(&files, target, options))?;
        Ok(files)
    }

    fn path(&self, letter: char) -> PathBuf {
        self.directory.join(format!("{letter}{}", self.number))
    }

    /// The script that starts ssh with the inventory's options.
    pub fn ssh(&self) -> PathBuf {
        self.path('s')
    }

    /// The script that keeps the connection until its standard input ends.
    pub fn master(&self) -> PathBuf {
        self.path('m')
    }

    /// The socket by which ssh takes orders; there as soon as the login has succeeded.
    pub fn control(&self) -> PathBuf {
        self.path('c')
    }

    /// The socket that leads through the tunnel, one for each end.
    pub fn entrance(&self, number: usize) -> PathBuf {
        self.directory.join(format!("f{}-{number}", self.number))
    }

    /// Arguments of [`Files::ssh`] that open one more way.
    pub fn forward(&self, target: &Target, options: &SshOptions, spec: &str) -> Vec<String> {
        let mut arguments: Vec<String> = ["-O", "forward", "-S"].map(str::to_owned).into();
        arguments.extend([self.control().display().to_string(), "-L".to_owned(), spec.to_owned()]);
        arguments.extend(place(target, options));
        arguments
    }

    /// Removes what is left of so many ways.
    pub fn remove(&self, entrances: usize) {
        let own = [self.ssh(), self.master(), self.control()];
        for path in own
            .into_iter()
            .chain((0..entrances).map(|number| self.entrance(number)))
        {
            // ssh has removed some already, or the whole directory has gone
            let _ = std::fs::remove_file(path);
        }
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// The script that keeps the connection. However this program ends, its end of the pipe closes,
/// and everything that the script has started goes with it.
fn master(files: &Files, target: &Target, options: &SshOptions) -> String {
    let mut words = vec!["sh".to_owned(), files.ssh().display().to_string()];
    words.extend(["-N", "-M", "-S"].map(str::to_owned));
    words.push(files.control().display().to_string());
    // whatever the user's configuration has for this host besides the way to it is not for us
    words.extend(["-T", "-a", "-x"].map(str::to_owned));
    for option in [
        "ControlPersist=no",
        "ClearAllForwardings=yes",
        "PermitLocalCommand=no",
        "RemoteCommand=none",
        "StreamLocalBindMask=0177",
    ] {
        words.extend(["-o".to_owned(), option.to_owned()]);
    }
    words.extend(place(target, options));
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    let lines = [
        "exec 3<&0".to_owned(),
        format!("{} </dev/null 3<&- &", words.join(" ")),
        "ssh=$!".to_owned(),
        "(exec >/dev/null 2>&1; cat <&3; kill -s TERM -- -$$) &".to_owned(),
        "exec 3<&-".to_owned(),
        "wait $ssh".to_owned(),
        String::new(),
    ];
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwardings_are_what_they_seem() {
        let tcp = |address: &str| {
            let far = Far::Tcp {
                address: address.to_owned(),
                port: 5900,
            };
            forwarding(Path::new("/run/a:b"), &far)
        };
        assert_eq!(tcp("127.0.0.1").as_deref(), Some("/run/a\\:b:127.0.0.1:5900"));
        assert_eq!(tcp("::1").as_deref(), Some("/run/a\\:b:[::1]:5900"));
        assert_eq!((tcp(""), tcp("a b"), tcp("x\n")), (None, None, None));
        let socket = |path: &str| forwarding(Path::new("/l"), &Far::Socket(path.to_owned()));
        assert_eq!(socket("/var/vnc 1:2.sock").as_deref(), Some("/l:/var/vnc 1\\:2.sock"));
        assert_eq!((socket("relative"), socket("/a\nb")), (None, None));
    }

    #[test]
    fn the_scripts_quote_what_comes_from_outside() {
        let directory = tempfile::tempdir().unwrap();
        let target = Target::parse("qemu+ssh://ad'min@-host:2200/system?keyfile=/k&command=/own");
        let options = SshOptions {
            jump: Some("gate".to_owned()),
            ..SshOptions::default()
        };
        let files = Files::write(directory.path().to_owned(), 3, &target, &options, None).unwrap();
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let (ssh, master) = (read(files.ssh()), read(files.master()));
        assert!(ssh.contains("exec '/own' -o 'BatchMode=yes' -J 'gate' \"$@\""), "{ssh}");
        assert!(
            master.contains("'-i' '/k' '-p' '2200' '-l' 'ad'\\''min' '--' '-host'"),
            "{master}"
        );
        let forward = files.forward(&target, &options, "/l:/r").join(" ");
        assert!(
            forward.starts_with("-O forward -S ") && forward.contains(" -L /l:/r -i /k "),
            "{forward}"
        );
        files.remove(0);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
