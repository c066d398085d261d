//! Words on a screen that call for a look.

/// What is looked for, without regard to case, and the word that stands for it.
const SIGNS: &[(&str, &str)] = &[
    ("kernel panic", "Kernel panic"),
    ("panic", "panic"),
    ("end trace", "Oops"),
    ("oops:", "Oops"),
    ("bug: unable to handle", "Oops"),
    ("out of memory: kill", "out of memory"),
    ("soft lockup", "soft lockup"),
    ("blocked for more than", "hung task"),
    ("i/o error", "I/O error"),
    ("remounting filesystem read-only", "read-only"),
    ("unexpected inconsistency", "fsck"),
    ("fsck", "fsck"),
    ("grub rescue", "grub rescue"),
    ("grub>", "grub>"),
    ("emergency mode", "emergency mode"),
    ("rescue mode", "rescue mode"),
    ("dracut:/#", "initramfs"),
    ("(initramfs)", "initramfs"),
    ("give root password for maintenance", "emergency mode"),
    ("no bootable device", "No bootable device"),
    ("no bootable option or device", "No bootable device"),
    ("boot failed", "Boot failed"),
    ("failed to load boot", "Boot failed"),
    ("failed to start boot", "Boot failed"),
    ("operating system not found", "No bootable device"),
    ("missing operating system", "No bootable device"),
    ("bootmgr is missing", "Boot failed"),
    ("start pxe", "network boot"),
    ("shell>", "UEFI shell"),
    ("system halted", "System halted"),
    ("press any key", "press any key"),
    ("login:", "login:"),
];

/// The words found in the lines of a screen, each once, the gravest first.
pub fn words(lines: &[impl AsRef<str>]) -> Vec<&'static str> {
    let lines: Vec<String> = lines.iter().map(|line| line.as_ref().to_lowercase()).collect();
    let mut found: Vec<&'static str> = Vec::new();
    for (sought, word) in SIGNS {
        if !found.contains(word) && lines.iter().any(|line| line.contains(sought)) {
            found.push(word);
        }
    }
    // said already, and better
    if found.contains(&"Kernel panic") {
        found.retain(|word| *word != "panic");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_once_and_the_gravest_first() {
        let lines = [
            "debian login: ",
            "[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs",
            "end Kernel panic - not syncing",
        ];
        assert_eq!(words(&lines), ["Kernel panic", "login:"]);
        assert_eq!(words(&["grub rescue> "]), ["grub rescue"]);
        assert_eq!(words(&["panic(cpu 0): x", "FSCK"]), ["panic", "fsck"]);
        assert_eq!(words(&["all is well"; 3]), [""; 0]);
    }
}
