//! ssh_uri
