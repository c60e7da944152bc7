//! `numcodecs.lz4`: the size of the data in four bytes, little-endian, and one LZ4 block.
//!
//! Source: numcodecs `lz4.pyx`; LZ4's block format.

use std::borrow::Cow;
use std::ffi::c_int;
use std::sync::Arc;

use lz4_sys as sys;
use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

/// Bytes of the size before the block.
const HEADER: usize = 4;

/// LZ4's own limit for the input of one block.
const LARGEST: usize = 0x7e00_0000;

/// A byte of a block makes 255 bytes of data at most.
const DENSEST: usize = 255;

struct Lz4 {
    acceleration: c_int,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "one")]
    acceleration: c_int,
}

fn one() -> c_int {
    1
}

/// Builds the codec; a larger `acceleration` is faster and compresses less.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { acceleration } = configuration("lz4", value)?;
    Ok(Arc::new(Lz4 { acceleration }))
}

/// The claimed size, and the block.
fn split(encoded: &[u8]) -> Result<(usize, &[u8])> {
    let Some((size, block)) = encoded.split_first_chunk::<HEADER>() else {
        return Err(Error::corrupt(format!("lz4: {} bytes are too few for the size of the data", encoded.len())));
    };
    let size = u32::from_le_bytes(*size) as usize;
    if size > LARGEST || size > block.len().saturating_mul(DENSEST) {
        return Err(Error::corrupt(format!("lz4: {} bytes cannot hold {size}", block.len())));
    }
    Ok((size, block))
}

/// Decodes one block to exactly the bytes of `out`.
pub(super) fn decompress(block: &[u8], out: &mut [u8]) -> Result<()> {
    let (Ok(length), Ok(room)) = (c_int::try_from(block.len()), c_int::try_from(out.len())) else {
        return Err(Error::corrupt(format!("lz4: a block of {} bytes is larger than any", block.len())));
    };
    // SAFETY: the pointers and lengths are those of live slices that do not overlap; LZ4 stays inside of both whatever the
    // block says.
    let written = unsafe { sys::LZ4_decompress_safe(block.as_ptr().cast(), out.as_mut_ptr().cast(), length, room) };
    match usize::try_from(written) {
        Ok(written) => check_size("lz4", written, out.len()),
        Err(_) => Err(Error::corrupt("lz4: block is cut or damaged")),
    }
}

impl BytesCodec for Lz4 {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // `LZ4_compressBound`, which is no function of `usize`.
        decoded.saturating_add(decoded / 255).saturating_add(16 + HEADER)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if decoded.len() > LARGEST {
            let found = decoded.len();
            let text = format!("lz4: a chunk of {found} bytes, at most {LARGEST} are compressed");
            return Err(Error::new(ErrorKind::InvalidMetadata, text));
        }
        reserve("lz4", out, self.encoded_bound(decoded.len()))?;
        out.extend_from_slice(&(decoded.len() as u32).to_le_bytes());
        let room = out.spare_capacity_mut();
        let most = c_int::try_from(room.len()).unwrap_or(c_int::MAX);
        // SAFETY: the pointers and lengths are those of live slices that do not overlap, `room` being exclusive.
        let written = unsafe {
            sys::LZ4_compress_fast(
                decoded.as_ptr().cast(),
                room.as_mut_ptr().cast(),
                decoded.len() as c_int,
                most,
                self.acceleration,
            )
        };
        if written <= 0 {
            return Err(Error::new(ErrorKind::Internal, "lz4: output is larger than its bound"));
        }
        // SAFETY: LZ4 has written this many bytes into the spare room.
        unsafe { out.set_len(out.len() + written as usize) };
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let (size, block) = split(encoded)?;
        if size > out.len() {
            return Err(too_long("lz4", out.len()));
        }
        check_size("lz4", size, out.len())?;
        decompress(block, out)
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let (size, block) = split(encoded)?;
        if size > limit {
            return Err(too_long("lz4", limit));
        }
        let mut out = Vec::new();
        reserve("lz4", &mut out, size)?;
        out.resize(size, 0);
        decompress(block, &mut out)?;
        Ok(Cow::Owned(out))
    }
}
