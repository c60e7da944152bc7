//! `blosc`: blocks that are shuffled, then compressed by one of several compressors, by c-blosc.
//!
//! c-blosc trusts much of what it reads, so the header, the table of blocks and the parts of each block are checked here
//! before it runs. Only its `_ctx` functions are called, which need no `blosc_init` and share no state.
//!
//! Source: Zarr v3 codec "blosc", version 1.0; c-blosc 1.21.6, README_CHUNK_FORMAT.rst.

mod header;

use std::borrow::Cow;
use std::ffi::CStr;
use std::sync::Arc;

use blosc_src as sys;
use serde::Deserialize;
use serde_json::Value;

use self::header::Header;
use super::output::{check_size, out_of_memory, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

/// The most bytes of one chunk: 2 GiB less 17.
const LARGEST: usize = sys::BLOSC_MAX_BUFFERSIZE as usize;

/// Bytes that c-blosc may add: its header.
const OVERHEAD: usize = sys::BLOSC_MAX_OVERHEAD as usize;

/// Temporary buffers from here on are tried first, because c-blosc writes through a null pointer when it gets none.
const TRIED: usize = 1 << 20;

struct Blosc {
    typesize: usize,
    cname: Compressor,
    clevel: u8,
    shuffle: Shuffle,
    blocksize: usize,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compressor {
    Blosclz,
    Lz4,
    Lz4hc,
    Snappy,
    Zlib,
    Zstd,
}

impl Compressor {
    fn name(self) -> &'static CStr {
        match self {
            Self::Blosclz => c"blosclz",
            Self::Lz4 => c"lz4",
            Self::Lz4hc => c"lz4hc",
            Self::Snappy => c"snappy",
            Self::Zlib => c"zlib",
            Self::Zstd => c"zstd",
        }
    }
}

/// What happens to the bytes of elements before compression, with c-blosc's numbers.
#[derive(Clone, Copy, Deserialize)]
enum Shuffle {
    #[serde(rename = "noshuffle")]
    None = sys::BLOSC_NOSHUFFLE as isize,
    #[serde(rename = "shuffle")]
    Bytes = sys::BLOSC_SHUFFLE as isize,
    #[serde(rename = "bitshuffle")]
    Bits = sys::BLOSC_BITSHUFFLE as isize,
}

/// The defaults are zarr-python's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    typesize: Option<usize>,
    #[serde(default = "default_cname")]
    cname: Compressor,
    #[serde(default = "default_clevel")]
    clevel: u8,
    shuffle: Option<Shuffle>,
    /// 0 lets c-blosc choose.
    #[serde(default)]
    blocksize: usize,
}

fn default_cname() -> Compressor {
    Compressor::Zstd
}

fn default_clevel() -> u8 {
    5
}

/// Builds the codec; `typesize` and `shuffle` default to what suits the element.
pub(super) fn build(value: &Value, context: Context) -> Result<Arc<dyn BytesCodec>> {
    let found: Configuration = configuration("blosc", value)?;
    if found.clevel > 9 {
        return Err(Error::metadata(format!("blosc: clevel is {}, expected 0 to 9", found.clevel)));
    }
    let typesize = match (found.typesize, found.shuffle) {
        // The format's specification says that it means nothing then.
        (Some(0), Some(Shuffle::None)) => 1,
        (Some(0), _) => return Err(Error::metadata("blosc: typesize is 0, expected 1 or more")),
        (given, _) => given.unwrap_or(context.element.size),
    };
    let suitable = if typesize == 1 { Shuffle::Bits } else { Shuffle::Bytes };
    Ok(Arc::new(Blosc {
        // As c-blosc does: zarr-python writes the size of large elements into the metadata as it is.
        typesize: if typesize > sys::BLOSC_MAX_TYPESIZE as usize { 1 } else { typesize },
        cname: found.cname,
        clevel: found.clevel,
        shuffle: found.shuffle.unwrap_or(suitable),
        blocksize: found.blocksize.min(sys::BLOSC_MAX_BLOCKSIZE as usize),
    }))
}

/// Refuses work whose temporary buffer, two blocks and a little, is not to be had.
fn check_memory(blocksize: usize) -> Result<()> {
    let temporary = 2 * blocksize + 4 * sys::BLOSC_MAX_TYPESIZE as usize;
    if temporary >= TRIED {
        Vec::<u8>::new().try_reserve_exact(temporary).map_err(|_| out_of_memory("blosc", temporary))?;
    }
    Ok(())
}

/// Decodes a checked chunk to `out`.
///
/// # Safety
///
/// `header` is that of `encoded`, and `out` is valid for writes of `header.nbytes` bytes outside of `encoded`.
unsafe fn decompress(encoded: &[u8], header: &Header, out: *mut u8) -> Result<()> {
    if header.nbytes == 0 {
        return Ok(());
    }
    check_memory(header.blocksize)?;
    // SAFETY: the caller guarantees `out`; `Header::read` has checked that all places in the chunk lie inside it and
    // that its size is the slice's, which is what c-blosc relies on for reading.
    let written = unsafe { sys::blosc_decompress_ctx(encoded.as_ptr().cast(), out.cast(), header.nbytes, 1) };
    // Fewer bytes: parts of a block that do not add up to it.
    if usize::try_from(written) != Ok(header.nbytes) {
        return Err(Error::corrupt("blosc: block is damaged"));
    }
    Ok(())
}

impl BytesCodec for Blosc {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // What `encode` needs is `OVERHEAD`: without more room c-blosc copies. GDAL gives more, and keeps what zlib grew.
        decoded.saturating_add(decoded / 8).saturating_add(4096)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if decoded.len() > LARGEST {
            let size = decoded.len();
            return Err(Error::metadata(format!("blosc: chunk has {size} bytes, expected at most {LARGEST}")));
        }
        check_memory(self.blocksize.min(decoded.len()))?;
        reserve("blosc", out, decoded.len() + OVERHEAD)?;
        let room = out.spare_capacity_mut();
        // SAFETY: the pointers and lengths are those of live slices that do not overlap, `room` being exclusive; the
        // size is within c-blosc's limit, and the name is a C string that lives forever.
        let written = unsafe {
            sys::blosc_compress_ctx(
                self.clevel.into(),
                self.shuffle as _,
                self.typesize,
                decoded.len(),
                decoded.as_ptr().cast(),
                room.as_mut_ptr().cast(),
                decoded.len() + OVERHEAD,
                self.cname.name().as_ptr(),
                self.blocksize,
                1,
            )
        };
        match usize::try_from(written) {
            Ok(written) if written > 0 => {
                // SAFETY: c-blosc has written this many bytes into the spare room.
                unsafe { out.set_len(out.len() + written) };
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::Internal, format!("blosc: cannot compress, code {written}"))),
        }
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let header = Header::read(encoded)?;
        if header.nbytes > out.len() {
            return Err(too_long("blosc", out.len()));
        }
        check_size("blosc", header.nbytes, out.len())?;
        // SAFETY: the header is of `encoded`, and `out` is an exclusive slice of just that many bytes.
        unsafe { decompress(encoded, &header, out.as_mut_ptr()) }
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let header = Header::read(encoded)?;
        if header.nbytes > limit {
            return Err(too_long("blosc", limit));
        }
        header.check_density(encoded.len())?;
        let mut out = Vec::new();
        reserve("blosc", &mut out, header.nbytes)?;
        // SAFETY: the header is of `encoded`, and the spare room has just been made that large.
        unsafe { decompress(encoded, &header, out.as_mut_ptr()) }?;
        // SAFETY: c-blosc has written that many bytes from the start.
        unsafe { out.set_len(header.nbytes) };
        Ok(Cow::Owned(out))
    }
}

#[cfg(test)]
mod tests;
