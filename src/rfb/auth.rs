//! VNC authentication: a challenge encrypted by DES with the password.

use des::Des;
use des::cipher::{BlockEncrypt as _, KeyInit as _};

use crate::rfb::RfbError;

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
