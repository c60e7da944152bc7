//! `numcodecs.shuffle`: the first bytes of all elements, then the second ones, and so on.
//!
//! Source: numcodecs `shuffle.py`, whose default is elements of 4 bytes. netCDF-C writes an `elementsize` of 0 for the
//! array's own.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "four")]
    elementsize: usize,
}

fn four() -> usize {
    4
}

struct Shuffle {
    size: usize,
}

/// Builds the codec from the bytes of an element.
pub(super) fn build(value: &Value, context: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { elementsize } = configuration("shuffle", value)?;
    Ok(Arc::new(Shuffle { size: if elementsize == 0 { context.element.size } else { elementsize } }))
}

// c-blosc's own, which is linked in anyway: it chooses among the processor's instructions.
unsafe extern "C" {
    fn blosc_internal_shuffle(size: usize, length: usize, data: *const u8, out: *mut u8);
    fn blosc_internal_unshuffle(size: usize, length: usize, data: *const u8, out: *mut u8);
}

/// Sizes of elements that c-blosc has special code for.
const FAST: [usize; 4] = [2, 4, 8, 16];

impl Shuffle {
    fn shuffle(&self, data: &[u8], out: &mut [u8]) {
        let count = data.len() / self.size;
        for byte in 0..self.size {
            let row = &mut out[byte * count..(byte + 1) * count];
            row.iter_mut().zip(data.chunks_exact(self.size)).for_each(|(out, element)| *out = element[byte]);
        }
    }

    fn unshuffle(&self, data: &[u8], out: &mut [u8]) {
        if FAST.contains(&self.size) && data.len() == out.len() {
            // SAFETY: both ranges are `data.len()` bytes and do not overlap.
            unsafe { blosc_internal_unshuffle(self.size, data.len(), data.as_ptr(), out.as_mut_ptr()) };
            return;
        }
        let count = data.len() / self.size;
        for byte in 0..self.size {
            let row = &data[byte * count..(byte + 1) * count];
            row.iter().zip(out.chunks_exact_mut(self.size)).for_each(|(value, element)| element[byte] = *value);
        }
    }

    fn fits(&self, length: usize) -> bool {
        self.size <= 1 || length.is_multiple_of(self.size)
    }

    fn check(&self, length: usize) -> Result<()> {
        if self.fits(length) {
            return Ok(());
        }
        Err(Error::corrupt(format!("shuffle: {length} bytes are no whole number of {}-byte elements", self.size)))
    }
}

impl BytesCodec for Shuffle {
    fn encoded_bound(&self, decoded: usize) -> usize {
        decoded
    }

    fn has_fixed_size(&self) -> bool {
        true
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if !self.fits(decoded.len()) {
            let (found, size) = (decoded.len(), self.size);
            let text = format!("shuffle: {found} bytes are no whole number of {size}-byte elements");
            return Err(Error::new(ErrorKind::InvalidMetadata, text));
        }
        reserve("shuffle", out, decoded.len())?;
        let start = out.len();
        if FAST.contains(&self.size) {
            let room = out.spare_capacity_mut()[..decoded.len()].as_mut_ptr();
            // SAFETY: both ranges are `decoded.len()` bytes and do not overlap; all of a whole number of elements is written,
            // so that the bytes behind those that were there are set.
            unsafe {
                blosc_internal_shuffle(self.size, decoded.len(), decoded.as_ptr(), room.cast());
                out.set_len(start + decoded.len());
            }
            return Ok(());
        }
        out.extend_from_slice(decoded);
        // The loops run as often as an element has bytes, which a document may set to anything where there is no data.
        if self.size > 1 && !decoded.is_empty() {
            self.shuffle(decoded, &mut out[start..]);
        }
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        if encoded.len() > out.len() {
            return Err(too_long("shuffle", out.len()));
        }
        check_size("shuffle", encoded.len(), out.len())?;
        self.check(encoded.len())?;
        if self.size > 1 && !encoded.is_empty() {
            self.unshuffle(encoded, out);
        } else {
            out.copy_from_slice(encoded);
        }
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        if encoded.len() > limit {
            return Err(too_long("shuffle", limit));
        }
        if self.size <= 1 {
            return Ok(Cow::Borrowed(encoded));
        }
        let mut out = Vec::new();
        reserve("shuffle", &mut out, encoded.len())?;
        out.resize(encoded.len(), 0);
        self.decode_into(encoded, &mut out)?;
        Ok(Cow::Owned(out))
    }
}
