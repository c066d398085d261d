//! VNC authentication: a challenge encrypted by DES with the password.

use des::Des;
use des::cipher::{BlockEncrypt as _, KeyInit as _};

use crate::rfb::RfbError;

/// The key of password files, the same everywhere: they hide a password from a glance only.
const FILE_KEY: &str = "\x17Rk\x06#NX\x07";

/// The answer to a challenge.
///
/// # Errors
/// [`RfbError::PasswordTooLong`]: more than 8 bytes would be cut off silently.
pub fn answer(password: &str, challenge: [u8; 16]) -> Result<[u8; 16], RfbError> {
    if password.len() > 8 {
        return Err(RfbError::PasswordTooLong);
    }
    let mut key = [0_u8; 8];
    for (place, byte) in key.iter_mut().zip(password.bytes()) {
        // the first implementation read the key's bits backwards, and so does everybody since
        *place = byte.reverse_bits();
    }
    let des = Des::new(&key.into());
    let mut out = challenge;
    for block in out.chunks_exact_mut(8) {
        let mut copy = des::cipher::generic_array::GenericArray::clone_from_slice(block);
        des.encrypt_block(&mut copy);
        block.copy_from_slice(&copy);
    }
    Ok(out)
}

/// What `vncpasswd` writes into a file, for viewers that take a password by `-passwd`.
///
/// # Errors
/// [`RfbError::PasswordTooLong`].
pub fn password_file(password: &str) -> Result<[u8; 8], RfbError> {
    if password.len() > 8 {
        return Err(RfbError::PasswordTooLong);
    }
    let mut block = [0_u8; 16];
    for (place, byte) in block.iter_mut().zip(password.bytes()) {
        *place = byte;
    }
    let hidden = answer(FILE_KEY, block)?;
    let mut file = [0_u8; 8];
    for (place, byte) in file.iter_mut().zip(hidden) {
        *place = byte;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_files_are_those_of_vncpasswd() {
        let file = password_file("password").unwrap();
        assert_eq!(file, [0xdb, 0xd8, 0x3c, 0xfd, 0x72, 0x7a, 0x14, 0x58]);
        assert_eq!(password_file("ninechars"), Err(RfbError::PasswordTooLong));
    }
}
