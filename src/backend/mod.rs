//! Talks to hosts: commands in, messages out. The only part that names libvirt.

pub mod libvirt;
pub mod limits;
pub mod machine;
