//! What a blosc chunk says about itself, checked before c-blosc follows it.
//!
//! Source: c-blosc 1.21.6, README_CHUNK_FORMAT.rst and `blosc_d` in blosc.c.

use blosc_src as sys;

use crate::codecs::zstd;
use crate::error::{Error, Result};

/// Bytes of the header.
const HEADER: usize = sys::BLOSC_MIN_HEADER_LENGTH as usize;

/// Elements up to this size may be split into a part for each of their bytes (`MAX_SPLITS` in blosc.c).
const LARGEST_SPLIT: usize = 16;

/// Parts are never smaller than this (`MIN_BUFFERSIZE` in blosc.c).
const SMALLEST_PART: usize = 128;

/// No compressor of c-blosc makes more than this of one byte; zstd comes closest, with blocks of 128 KiB in 4 bytes.
const DENSEST: usize = 32 << 10;

/// BloscLZ parts below this cannot spell a match long enough to overflow the decoder's 32-bit length.
const OVERFLOWING: usize = i32::MAX as usize / 255 - 64;

const FLAG_COPIED: u8 = sys::BLOSC_MEMCPYED as u8;
const FLAG_RESERVED: u8 = 0x08;
const FLAG_WHOLE: u8 = 0x10;

/// The fields that decoding needs.
#[derive(Debug)]
pub(super) struct Header {
    flags: u8,
    typesize: usize,
    /// Bytes of the data.
    pub nbytes: usize,
    /// Bytes of a block's data; the last may have fewer.
    pub blocksize: usize,
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

impl Header {
    /// Reads the header and checks every place that the chunk names.
    pub fn read(encoded: &[u8]) -> Result<Self> {
        let length = encoded.len();
        let (Some(&[version, _, flags, typesize]), Some(nbytes), Some(blocksize), Some(cbytes)) =
            (encoded.first_chunk(), word(encoded, 4), word(encoded, 8), word(encoded, 12))
        else {
            return Err(Error::corrupt(format!("blosc: {length} bytes are too few for a header of {HEADER}")));
        };
        if u32::from(version) != sys::BLOSC_VERSION_FORMAT {
            let expected = sys::BLOSC_VERSION_FORMAT;
            return Err(Error::corrupt(format!("blosc: format version is {version}, expected {expected}")));
        }
        if flags & FLAG_RESERVED != 0 {
            return Err(Error::corrupt(format!("blosc: flags are {flags:#04x}, expected bit 3 to be 0")));
        }
        if cbytes != length {
            return Err(Error::corrupt(format!("blosc: chunk has {length} bytes, its header says {cbytes}")));
        }
        if typesize == 0 || nbytes > sys::BLOSC_MAX_BUFFERSIZE as usize {
            return Err(Error::corrupt(format!("blosc: header says {nbytes} bytes of typesize {typesize}")));
        }
        let header = Self { flags, typesize: typesize.into(), nbytes, blocksize };
        if flags & FLAG_COPIED != 0 || nbytes == 0 {
            // Nothing but the data follows. Checked here also for no data, where c-blosc does not look.
            if nbytes + HEADER != length {
                return Err(Error::corrupt(format!("blosc: chunk has {length} bytes, expected {}", nbytes + HEADER)));
            }
        }
        if nbytes > 0 {
            if blocksize == 0 || blocksize > nbytes.min(sys::BLOSC_MAX_BLOCKSIZE as usize) {
                return Err(Error::corrupt(format!("blosc: block size is {blocksize}, of {nbytes} bytes")));
            }
            if flags & FLAG_COPIED == 0 {
                header.check_blocks(encoded)?;
            }
        }
        Ok(header)
    }

    /// Refuses a size that so few bytes cannot make, before it is allocated.
    pub fn check_density(&self, encoded: usize) -> Result<()> {
        if self.nbytes > encoded.saturating_mul(DENSEST) {
            return Err(Error::corrupt(format!("blosc: {encoded} bytes cannot hold {}", self.nbytes)));
        }
        Ok(())
    }

    fn check_blocks(&self, encoded: &[u8]) -> Result<()> {
        let blocks = self.nbytes.div_ceil(self.blocksize);
        let parts_start = blocks.saturating_mul(4).saturating_add(HEADER);
        if parts_start > encoded.len() {
            return Err(Error::corrupt(format!("blosc: the table of {blocks} blocks runs past the end")));
        }
        for block in 0..blocks {
            let size = self.blocksize.min(self.nbytes - block * self.blocksize);
            let parts = self.parts(size);
            // The table has just been found to be inside.
            let mut at = word(encoded, HEADER + 4 * block).unwrap_or(0);
            for _ in 0..parts {
                let part = word(encoded, at).and_then(|length| encoded.get(at + 4..)?.get(..length));
                let Some(part) = part.filter(|_| at >= parts_start) else {
                    return Err(Error::corrupt(format!("blosc: block {block} of {blocks} runs past the end")));
                };
                if part.len() != size / parts {
                    self.check_part(part, size / parts)?;
                }
                at += 4 + part.len();
            }
        }
        Ok(())
    }

    /// Number of parts of a block with `size` bytes.
    fn parts(&self, size: usize) -> usize {
        let split = self.flags & FLAG_WHOLE == 0
            && self.typesize <= LARGEST_SPLIT
            && size / self.typesize >= SMALLEST_PART
            && size == self.blocksize;
        if split { self.typesize } else { 1 }
    }

    /// Looks into a compressed part where its decoder is not safe by itself.
    fn check_part(&self, part: &[u8], size: usize) -> Result<()> {
        match u32::from(self.flags >> 5) {
            // A match length is 255 a byte, which wraps at 2 GiB (https://github.com/Blosc/c-blosc/issues/405). A real
            // one is at most `size`.
            sys::BLOSC_BLOSCLZ_FORMAT if part.len() >= OVERFLOWING => {
                let longest = size / 255 + 64;
                match part.split(|byte| *byte != 255).all(|run| run.len() <= longest) {
                    true => Ok(()),
                    false => Err(Error::corrupt(format!("blosc: match is longer than its block part of {size} bytes"))),
                }
            }
            // Keeps out the pre-standard formats of zstd.
            sys::BLOSC_ZSTD_FORMAT => zstd::content_size(part).map(drop).map_err(|error| error.within("blosc")),
            _ => Ok(()),
        }
    }
}
