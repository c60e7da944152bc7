//! What lz4-java's `LZ4BlockOutputStream` writes: LZ4 blocks, each behind a header with sizes and a checksum. N5 has its
//! "lz4" so, and names it no otherwise than numcodecs' own form; the magic number tells them apart.
//!
//! Source: lz4-java, `LZ4BlockInputStream.java`.

use twox_hash::XxHash32;

use super::lz4;
use super::output::{check_size, too_long};
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"LZ4Block";
const HEADER: usize = 21;
const RAW: u8 = 0x10;
const COMPRESSED: u8 = 0x20;
const SEED: u32 = 0x9747_b28c;

/// Java's `Checksum` has 28 bits of it.
const KEPT: u32 = 0x0fff_ffff;

/// Whether a chunk is written so.
pub(super) fn is_stream(encoded: &[u8]) -> bool {
    encoded.starts_with(MAGIC)
}

/// Decodes to exactly the bytes of `out`.
pub(super) fn decode_into(encoded: &[u8], out: &mut [u8]) -> Result<()> {
    let (mut rest, mut done) = (encoded, 0);
    loop {
        let Some((header, data)) = rest.split_first_chunk::<HEADER>() else {
            return Err(Error::corrupt(format!("lz4: a block of LZ4BlockOutputStream is cut at {} bytes", rest.len())));
        };
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (stored, size, checksum) = (number(9) as usize, number(13) as usize, number(17));
        if !header.starts_with(MAGIC) || stored > data.len() {
            return Err(Error::corrupt("lz4: a block of LZ4BlockOutputStream is damaged"));
        }
        // An empty block ends the stream.
        if size == 0 {
            return check_size("lz4", done, out.len());
        }
        let (block, after) = data.split_at(stored);
        let Some(place) = out[done..].get_mut(..size) else { return Err(too_long("lz4", out.len())) };
        match header[MAGIC.len()] & 0xf0 {
            COMPRESSED => lz4::decompress(block, place)?,
            RAW if stored == size => place.copy_from_slice(block),
            method => {
                return Err(Error::corrupt(format!("lz4: a block of method {method:#x}, {stored} bytes for {size}")));
            }
        }
        if XxHash32::oneshot(SEED, place) & KEPT != checksum {
            return Err(Error::corrupt("lz4: the checksum of a block is wrong"));
        }
        (rest, done) = (after, done + size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(method: u8, stored: &[u8], data: &[u8]) -> Vec<u8> {
        let sum = if data.is_empty() { 0 } else { XxHash32::oneshot(SEED, data) & KEPT };
        let mut out = MAGIC.to_vec();
        out.push(method | 6);
        for number in [stored.len() as u32, data.len() as u32, sum] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(stored);
        out
    }

    fn stream() -> (Vec<u8>, Vec<u8>) {
        // A block of LZ4 by hand: three literals, then nine bytes from three back.
        let packed = [0x35, b'a', b'b', b'c', 3, 0, 0x50, b'a', b'b', b'c', b'a', b'b'];
        let data = b"abcabcabcabcabcab";
        (
            [block(COMPRESSED, &packed, data), block(RAW, b"xyz", b"xyz"), block(RAW, b"", b"")].concat(),
            [&data[..], b"xyz"].concat(),
        )
    }

    #[test]
    fn blocks_follow_one_another_to_an_empty_one() {
        let (encoded, data) = stream();
        assert!(is_stream(&encoded));
        let mut out = vec![0; data.len()];
        decode_into(&encoded, &mut out).unwrap();
        assert_eq!(out, data);
        assert!(decode_into(&encoded, &mut vec![0; data.len() - 1]).is_err());
        assert!(decode_into(&encoded, &mut vec![0; data.len() + 1]).is_err());
    }

    #[test]
    fn whatever_is_cut_or_changed_is_an_error() {
        let (encoded, data) = stream();
        let mut out = vec![0; data.len()];
        for length in 0..encoded.len() {
            assert!(decode_into(&encoded[..length], &mut out).is_err(), "cut at {length}");
        }
        // The compression level in the token, and the checksum of the block that ends the stream, mean nothing here.
        let first = HEADER + 12;
        let told = |at: usize| ![8, first + 8, first + HEADER + 3 + 8].contains(&at) && at < encoded.len() - 4;
        for at in (0..encoded.len()).filter(|at| told(*at)) {
            for bit in 0..8 {
                let mut spoilt = encoded.clone();
                spoilt[at] ^= 1 << bit;
                assert!(decode_into(&spoilt, &mut out).is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}
