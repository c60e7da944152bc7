//! Compressors that give their data piece by piece, as the codecs that have a size to keep to want it.

use std::borrow::Cow;

use super::output::{check_size, decode_within, too_long};
use crate::error::Result;

/// How far a decoder came with the room that it was given.
pub(super) enum Step {
    /// Out of room, with more to come.
    Full,
    /// At the end of the data: so many bytes.
    Done(usize),
}

/// Decodes to exactly the bytes of `out`.
pub(super) fn decode_exactly(name: &str, out: &mut [u8], decode: impl FnOnce(&mut [u8]) -> Result<Step>) -> Result<()> {
    let expected = out.len();
    match decode(out)? {
        Step::Full => Err(too_long(name, expected)),
        Step::Done(found) => check_size(name, found, expected),
    }
}

/// Decodes to at most `limit` bytes.
pub(super) fn decode_at_most<'a>(
    name: &str,
    encoded: &[u8],
    limit: usize,
    decode: impl Fn(&mut [u8]) -> Result<Step>,
) -> Result<Cow<'a, [u8]>> {
    let first = encoded.len().saturating_mul(8).max(64 << 10);
    let data = decode_within(name, first, limit, |out| {
        out.resize(out.capacity().min(limit), 0);
        match decode(out)? {
            Step::Full => Ok(false),
            Step::Done(found) => {
                out.truncate(found);
                Ok(true)
            }
        }
    })?;
    Ok(Cow::Owned(data))
}
