//! `vlen-utf8`, `vlen-bytes` and `vlen-array`: elements of any length, each after its length.
//!
//! Source: numcodecs, "VLenUTF8", "VLenBytes" and "VLenArray"; zarr-extensions, codecs "vlen-utf8" and "vlen-bytes". A count
//! of elements as u32, then for each its length in bytes as u32 and the bytes, all little-endian.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::chain::Serializer;
use super::plug::Plug;
use super::{Chunk, configuration};
use crate::element::Kind;
use crate::error::{Error, Result};
use crate::heap::{Heap, SLOT, Slot};
use crate::scratch::Output;

/// Bytes of a count or a length.
const LENGTH: usize = 4;

/// Elements of any length, one after the other.
pub struct VLen {
    name: &'static str,
    count: usize,
    text: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {}

fn build(name: &'static str, kind: Kind, value: &Value, chunk: &Chunk) -> Result<Serializer> {
    let Configuration {} = configuration(name, value)?;
    if chunk.element.kind != kind {
        return Err(Error::metadata(format!("codec {name}: the data type is none that it stores")));
    }
    Ok(Serializer::VLen(VLen { name, count: chunk.size()? / SLOT, text: kind == Kind::Text }))
}

/// Builds `vlen-utf8`.
pub fn build_text(value: &Value, chunk: &Chunk, _: &[Arc<dyn Plug>]) -> Result<Serializer> {
    build("vlen-utf8", Kind::Text, value, chunk)
}

/// Builds `vlen-bytes`.
pub fn build_bytes(value: &Value, chunk: &Chunk, _: &[Arc<dyn Plug>]) -> Result<Serializer> {
    build("vlen-bytes", Kind::Binary, value, chunk)
}

impl VLen {
    /// Finds the elements of a serialized chunk, which becomes an arena.
    pub fn decode(&self, serialized: Bytes, out: &mut [u8], heap: &Heap) -> Result<()> {
        let arena = heap.add(serialized.clone())?;
        let corrupt = |text: String| Error::corrupt(format!("{}: {text}", self.name));
        let short = || corrupt(format!("{} bytes end before the last of {} elements", serialized.len(), self.count));
        let number = |at: usize| {
            let bytes = serialized.get(at..at.checked_add(LENGTH)?)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let found = number(0).ok_or_else(short)?;
        if found as usize != self.count {
            return Err(corrupt(format!("chunk has {found} elements, expected {}", self.count)));
        }
        let mut at = LENGTH;
        for slot in out.as_chunks_mut::<SLOT>().0 {
            let length = number(at).ok_or_else(short)?;
            let start = at + LENGTH;
            let bytes = serialized.get(start..).and_then(|rest| rest.get(..length as usize)).ok_or_else(short)?;
            if self.text && std::str::from_utf8(bytes).is_err() {
                return Err(corrupt(format!("{length} bytes at {start} are no UTF-8")));
            }
            *slot = Slot { arena, length, offset: start as u64 }.to_bytes();
            at = start + bytes.len();
        }
        match serialized.len() - at {
            0 => Ok(()),
            more => Err(corrupt(format!("{more} bytes follow the last of {} elements", self.count))),
        }
    }

    /// The serialized form of a chunk.
    pub fn encode(&self, slots: &[u8], heap: &Heap) -> Result<Output> {
        let arenas = heap.arenas();
        let size = Slot::all(slots).map(|slot| LENGTH + slot.length as usize).sum::<usize>() + LENGTH;
        let mut out = Output::take();
        super::output::reserve(self.name, &mut out, size)?;
        let count = u32::try_from(self.count)
            .map_err(|_| Error::metadata(format!("{}: a chunk has too many elements", self.name)))?;
        out.extend_from_slice(&count.to_le_bytes());
        for slot in Slot::all(slots) {
            out.extend_from_slice(&slot.length.to_le_bytes());
            out.extend_from_slice(arenas.get(slot)?);
        }
        Ok(out)
    }
}

/// Whether all elements have the same bytes as `element`, wherever they lie.
pub fn is_filled(slots: &[u8], element: &[u8], heap: &Heap) -> Result<bool> {
    let arenas = heap.arenas();
    let Some(element) = Slot::all(element).next() else { return Ok(false) };
    let expected = arenas.get(element)?;
    for slot in Slot::all(slots) {
        if slot.length != element.length || arenas.get(slot)? != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(count: usize, text: bool) -> VLen {
        VLen { name: "vlen-utf8", count, text }
    }

    fn decode(serialized: &'static [u8], count: usize) -> Result<Vec<Vec<u8>>> {
        let heap = Heap::new(Bytes::new());
        let mut slots = vec![0; count * SLOT];
        codec(count, true).decode(Bytes::from_static(serialized), &mut slots, &heap)?;
        let back = codec(count, true).encode(&slots, &heap)?;
        assert_eq!(back[..], *serialized);
        let arenas = heap.arenas();
        Slot::all(&slots).map(|slot| arenas.get(slot).map(<[u8]>::to_vec)).collect()
    }

    #[test]
    fn the_layout_of_numcodecs_is_read_and_written() {
        let stored = b"\x03\0\0\0\x02\0\0\0ab\0\0\0\0\x02\0\0\0\xc3\xa4";
        assert_eq!(decode(stored, 3).unwrap(), [&b"ab"[..], b"", "ä".as_bytes()]);
    }

    #[test]
    fn damage_is_an_error_and_allocates_nothing() {
        let damaged: [&[u8]; 7] = [
            b"",
            b"\x02\0\0",
            b"\x03\0\0\0\0\0\0\0\0\0\0\0",
            b"\x02\0\0\0\x01\0\0\0a\xff\xff\xff\xff",
            b"\x02\0\0\0\x01\0\0\0a",
            b"\x02\0\0\0\0\0\0\0\0\0\0\0x",
            b"\x02\0\0\0\0\0\0\0\x01\0\0\0\xff",
        ];
        for stored in damaged {
            assert!(decode(stored, 2).is_err(), "{stored:?}");
        }
    }

    #[test]
    fn empty_means_equal_bytes_wherever_they_lie() {
        let heap = Heap::new(Bytes::from_static(b"x"));
        let arena = heap.add(Bytes::from_static(b"yxx")).unwrap();
        let fill = Slot { arena: 0, length: 1, offset: 0 }.to_bytes();
        let slots = [fill, Slot { arena, length: 1, offset: 2 }.to_bytes()].concat();
        assert!(is_filled(&slots, &fill, &heap).unwrap());
        let slots = [fill, Slot { arena, length: 1, offset: 0 }.to_bytes()].concat();
        assert!(!is_filled(&slots, &fill, &heap).unwrap());
    }
}
