//! Hashes as outputs carry them.

use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256 (FIPS 180-4) of `bytes`.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
