//! A guest that writes text without end on a VGA text screen: a boot sector, no system.

use std::io::Write as _;
use std::process::Command;

use crate::fleet::Fleet;

/// Machine code for 0000:7c00. Text mode of 80x25 without a cursor; with every tick of the clock
/// (18.2 a second) three lines of random words of 16 to 79 characters are written at the bottom
/// and rows 1 to 24 scroll up. Row 0 stays, and takes the colour of the last key's character code
/// (its lower three bits: `1` is blue, `2` green, `4` red).
const CODE: [u8; 139] = [
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xb8, 0x03, 0x00, 0xcd, 0x10, 0xb8, 0x00, 0x01, 0xb9, 0x00,
    0x20, 0xb4, 0x01, 0xcd, 0x10, 0xb8, 0x00, 0xb8, 0x8e, 0xc0, 0xbe, 0x34, 0x12, 0xfb, 0xfc, 0xa0, 0x6c, 0x04, 0xf4,
    0x3a, 0x06, 0x6c, 0x04, 0x74, 0xf9, 0xb4, 0x01, 0xcd, 0x16, 0x74, 0x15, 0x30, 0xe4, 0xcd, 0x16, 0x88, 0xc4, 0xc0,
    0xe4, 0x04, 0x80, 0xcc, 0x0f, 0xb0, 0x20, 0x31, 0xff, 0xb9, 0x50, 0x00, 0xf3, 0xab, 0xbd, 0x03, 0x00, 0xb8, 0x01,
    0x06, 0xb7, 0x07, 0xb9, 0x00, 0x01, 0xba, 0x4f, 0x18, 0xcd, 0x10, 0xbf, 0x00, 0x0f, 0xe8, 0x1f, 0x00, 0x83, 0xe0,
    0x3f, 0x83, 0xc0, 0x10, 0x89, 0xc1, 0xe8, 0x14, 0x00, 0x24, 0x1f, 0x04, 0x61, 0x3c, 0x7a, 0x76, 0x02, 0xb0, 0x20,
    0xb4, 0x07, 0xab, 0xe2, 0xee, 0x4d, 0x75, 0xd0, 0xeb, 0xa6, 0x89, 0xf0, 0xba, 0x55, 0x62, 0xf7, 0xe2, 0x05, 0x19,
    0x36, 0x89, 0xc6, 0x88, 0xe0, 0xc3,
];

/// The guest's name.
pub const NAME: &str = "scroller";

/// A running guest of a private libvirtd.
pub struct Guest {
    pub uri: String,
    pub port: u16,
    _fleet: Fleet,
}

fn virsh(uri: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("virsh")
        .args(["-q", "-c", uri])
        .args(arguments)
        .output()
        .map_err(|error| format!("virsh: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

impl Guest {
    pub fn start() -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        let fleet = Fleet::up(1, 1)?;
        let uri = format!("qemu+unix:///session?socket={}", fleet.socket(0).display());
        let home = fleet.directory.join("host1/home");
        let disk = home.join("boot.img");
        let mut sector = CODE.to_vec();
        sector.resize(510, 0);
        sector.extend_from_slice(&[0x55, 0xaa]);
        // a floppy's size, which the firmware knows
        sector.resize(1440 * 1024, 0);
        let mut file = std::fs::File::create(&disk).map_err(text)?;
        file.write_all(&sector).map_err(text)?;
        let xml = home.join("scroller.xml");
        let definition = format!(
            "<domain type='qemu'><name>{NAME}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='fd'/></os><devices>\
             <disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='{}'/><readonly/>\
             <target dev='fda'/></disk>\
             <video><model type='vga'/></video>\
             <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>\
             <memballoon model='none'/></devices></domain>",
            disk.display()
        );
        std::fs::write(&xml, definition).map_err(text)?;
        for path in [&disk, &xml] {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).map_err(text)?;
        }
        virsh(&uri, &["create", &xml.display().to_string()])?;
        let display = virsh(&uri, &["vncdisplay", NAME])?;
        let number: u16 = display
            .rsplit(':')
            .next()
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| format!("no VNC display: {display}"))?;
        Ok(Self {
            uri,
            port: 5900 + number,
            _fleet: fleet,
        })
    }
}
