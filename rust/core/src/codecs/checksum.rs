//! `numcodecs.crc32`, `numcodecs.crc32c`, `numcodecs.adler32`, `numcodecs.fletcher32`, `numcodecs.jenkins_lookup3`: four
//! bytes of checksum, little-endian, before or behind the data.
//!
//! Source: numcodecs `checksum32.py`, `fletcher32.pyx`, `jenkins.pyx`; the last two are HDF5's (`H5checksum.c`).

use std::borrow::Cow;
use std::sync::Arc;

use libdeflate_sys as sys;
use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, Result};

/// Bytes of the checksum.
const CHECKSUM: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Location {
    Start,
    End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    location: Option<Location>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeded {
    #[serde(default)]
    initval: u32,
    /// Bytes that count as standing before the data: only their absence is followed here.
    prefix: Option<()>,
}

struct Checksum<F> {
    name: &'static str,
    location: Location,
    sum: F,
}

fn located(name: &'static str, usual: Location, value: &Value, sum: fn(&[u8]) -> u32) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { location } = configuration(name, value)?;
    Ok(Arc::new(Checksum { name, location: location.unwrap_or(usual), sum }))
}

/// Builds CRC-32, by default before the data.
pub(super) fn build_crc32(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    located("crc32", Location::Start, value, super::crc32)
}

/// Builds Castagnoli's CRC-32, by default behind the data.
pub(super) fn build_crc32c(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    located("crc32c", Location::End, value, ::crc32c::crc32c)
}

/// Builds Adler-32, by default before the data.
pub(super) fn build_adler32(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    located("adler32", Location::Start, value, adler32)
}

/// Builds Fletcher's checksum, behind the data.
pub(super) fn build_fletcher32(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Nothing {} = configuration("fletcher32", value)?;
    Ok(Arc::new(Checksum { name: "fletcher32", location: Location::End, sum: fletcher32 }))
}

/// Builds Jenkins' hash, behind the data, from its seed.
pub(super) fn build_jenkins_lookup3(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Seeded { initval, prefix: None } = configuration("jenkins_lookup3", value)? else {
        return Err(Error::metadata("jenkins_lookup3: no prefix is known here"));
    };
    let sum = move |data: &[u8]| jenkins_lookup3(data, initval);
    Ok(Arc::new(Checksum { name: "jenkins_lookup3", location: Location::End, sum }))
}

impl<F: Fn(&[u8]) -> u32> Checksum<F> {
    /// The data beside the checksum, once both agree.
    fn checked<'a>(&self, encoded: &'a [u8]) -> Result<&'a [u8]> {
        let parts = match self.location {
            Location::Start => encoded.split_first_chunk::<CHECKSUM>().map(|(stored, data)| (data, stored)),
            Location::End => encoded.split_last_chunk::<CHECKSUM>(),
        };
        let (name, found) = (self.name, encoded.len());
        let Some((data, stored)) = parts else {
            return Err(Error::corrupt(format!("{name}: {found} bytes are too few for a checksum of {CHECKSUM}")));
        };
        let (computed, stored) = ((self.sum)(data), u32::from_le_bytes(*stored));
        if computed != stored {
            return Err(Error::corrupt(format!("{name}: checksum is {computed:#010x}, stored {stored:#010x}")));
        }
        Ok(data)
    }
}

impl<F: Fn(&[u8]) -> u32 + Send + Sync> BytesCodec for Checksum<F> {
    fn encoded_bound(&self, decoded: usize) -> usize {
        decoded.saturating_add(CHECKSUM)
    }

    fn has_fixed_size(&self) -> bool {
        true
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        reserve(self.name, out, self.encoded_bound(decoded.len()))?;
        let sum = (self.sum)(decoded).to_le_bytes();
        let (before, behind) = if self.location == Location::Start { (&sum[..], decoded) } else { (decoded, &sum[..]) };
        out.extend_from_slice(before);
        out.extend_from_slice(behind);
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let data = self.decode(encoded, out.len())?;
        check_size(self.name, data.len(), out.len())?;
        out.copy_from_slice(&data);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        if encoded.len().saturating_sub(CHECKSUM) > limit {
            return Err(too_long(self.name, limit));
        }
        self.checked(encoded).map(Cow::Borrowed)
    }
}

fn adler32(data: &[u8]) -> u32 {
    // SAFETY: pointer and length are those of a live slice.
    unsafe { sys::libdeflate_adler32(1, data.as_ptr().cast(), data.len()) }
}

/// Sums of words of two bytes, the first of them the higher one; an odd last byte is the higher half of a word.
fn fletcher32(data: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut sum1, mut sum2) = (0_u32, 0_u32);
    let (words, odd) = data.as_chunks::<2>();
    // As many words as can be summed before a fold without an overflow.
    for block in words.chunks(360) {
        for word in block {
            sum1 = sum1.wrapping_add(u32::from(u16::from_be_bytes(*word)));
            sum2 = sum2.wrapping_add(sum1);
        }
        (sum1, sum2) = (fold(sum1), fold(sum2));
    }
    if let [last] = odd {
        sum1 = sum1.wrapping_add(u32::from(*last) << 8);
        sum2 = sum2.wrapping_add(sum1);
        (sum1, sum2) = (fold(sum1), fold(sum2));
    }
    (sum1, sum2) = (fold(sum1), fold(sum2));
    sum2 << 16 | sum1
}

/// `hashlittle` of Bob Jenkins' `lookup3.c`, in the public domain.
fn jenkins_lookup3(data: &[u8], seed: u32) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(data.len() as u32).wrapping_add(seed);
    let (mut a, mut b, mut c) = (start, start, start);
    let word = |bytes: &[u8], at: usize| {
        bytes.iter().skip(at).take(4).rev().fold(0, |word: u32, byte| word << 8 | u32::from(*byte))
    };
    let mut rest = data;
    while rest.len() > 12 {
        let (block, after) = rest.split_at(12);
        (a, b, c) = (a.wrapping_add(word(block, 0)), b.wrapping_add(word(block, 4)), c.wrapping_add(word(block, 8)));
        (a, b, c) = mix(a, b, c);
        rest = after;
    }
    if rest.is_empty() {
        return c;
    }
    (a, b, c) = (a.wrapping_add(word(rest, 0)), b.wrapping_add(word(rest, 4)), c.wrapping_add(word(rest, 8)));
    last_mix(a, b, c)
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    (a, b, c)
}

fn last_mix(mut a: u32, mut b: u32, mut c: u32) -> u32 {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}
