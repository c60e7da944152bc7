//! Random bits for names and pauses; nothing that has to be secret.

use std::hash::{BuildHasher, RandomState};

/// Bits that another call, thread or process does not have.
pub(crate) fn bits() -> u64 {
    // Hashing with fresh keys is the standard library's one source of randomness; a forked child goes on with its parent's.
    RandomState::new().hash_one(std::process::id())
}

/// A number from 0 to 1.
pub(crate) fn fraction() -> f64 {
    f64::from(bits() as u32) / f64::from(u32::MAX)
}
