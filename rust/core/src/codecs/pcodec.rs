//! `numcodecs.pcodec`: a chunk of numbers as one file of the library `pco`, in its standalone format.
//!
//! Source: numcodecs `pcodec.py`; pco's `format.md`. The numbers are the chunk's in C order, whatever its shape. What pco sets
//! aside beside the numbers (tables, a window for repetitions) is bounded by constants of the format, not by the file.

use std::borrow::Cow;
use std::sync::Arc;

use half::f16;
use pco::data_types::Number;
use pco::errors::{ErrorKind as Cause, PcoError};
use pco::standalone::{ChunkDecompressor, DecompressorItem, FileDecompressor, simple_compress};
use pco::{ChunkConfig, DeltaSpec, ModeSpec, PagingSpec};
use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Chunk, configuration};
use crate::element::{Element, Endian, Kind, swap_bytes};
use crate::error::{Error, ErrorKind, Result};

const NAME: &str = "pcodec";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "default_level")]
    level: usize,
    #[serde(default)]
    mode_spec: Mode,
    #[serde(default)]
    delta_spec: Delta,
    #[serde(default)]
    paging_spec: Paging,
    #[serde(default)]
    delta_encoding_order: Option<usize>,
    #[serde(default = "default_page")]
    equal_pages_up_to: usize,
}

fn default_level() -> usize {
    8
}

fn default_page() -> usize {
    1 << 18
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Auto,
    Classic,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Delta {
    #[default]
    Auto,
    None,
    TryConsecutive,
    TryLookback,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Paging {
    #[default]
    EqualPagesUpTo,
}

/// The levels, and the orders of differences, that pco has.
const LEVELS: usize = 12;
const ORDERS: usize = 7;
/// The most numbers that pco puts into one chunk of a file.
const PAGE: usize = 1 << 24;

/// What one file of pco may have beside its numbers, and one chunk of it.
const HEADER: usize = 64;
const CHUNK: usize = 1 << 10;

struct PCodec<T> {
    config: ChunkConfig,
    page: usize,
    /// Whether the numbers in memory have the other byte order.
    swaps: bool,
    number: std::marker::PhantomData<fn(T) -> T>,
}

/// Builds the codec for the numbers of `chunk`.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Arc<dyn BytesCodec>> {
    let options: Configuration = configuration(NAME, value)?;
    let Paging::EqualPagesUpTo = options.paging_spec;
    let (level, page, order) = (options.level, options.equal_pages_up_to, options.delta_encoding_order);
    if level > LEVELS || page == 0 || page > PAGE || order.is_some_and(|order| order > ORDERS) {
        return Err(Error::metadata(format!(
            "{NAME}: level is {level} of 0 to {LEVELS}, equal_pages_up_to {page} of 1 to {PAGE}, \
             delta_encoding_order {order:?} of 0 to {ORDERS}"
        )));
    }
    let delta = match (options.delta_spec, order) {
        // Older files name an order alone.
        (Delta::TryConsecutive | Delta::Auto, Some(order)) => DeltaSpec::TryConsecutive(order),
        (Delta::Auto, None) => DeltaSpec::Auto,
        (Delta::None, None) => DeltaSpec::NoOp,
        (Delta::TryLookback, None) => DeltaSpec::TryLookback,
        (Delta::TryConsecutive, None) => return Err(wrong("delta_encoding_order is missing")),
        (Delta::None | Delta::TryLookback, Some(_)) => {
            return Err(wrong("delta_encoding_order belongs to delta_spec \"try_consecutive\""));
        }
    };
    let mode = match options.mode_spec {
        Mode::Auto => ModeSpec::Auto,
        Mode::Classic => ModeSpec::Classic,
    };
    let config = ChunkConfig::default()
        .with_compression_level(level)
        .with_mode_spec(mode)
        .with_delta_spec(delta)
        .with_paging_spec(PagingSpec::EqualPagesUpTo(page));
    typed(config, page, &chunk.element)
}

fn wrong(what: &str) -> Error {
    Error::metadata(format!("{NAME}: {what}"))
}

fn typed(config: ChunkConfig, page: usize, element: &Element) -> Result<Arc<dyn BytesCodec>> {
    fn of<T: Number>(config: ChunkConfig, page: usize, swaps: bool) -> Arc<dyn BytesCodec> {
        Arc::new(PCodec::<T> { config, page, swaps, number: std::marker::PhantomData })
    }
    let native = if cfg!(target_endian = "little") { Endian::Little } else { Endian::Big };
    let swaps = element.order.is_some_and(|order| order != native);
    Ok(match (element.kind, element.size) {
        (Kind::Uint, 2) => of::<u16>(config, page, swaps),
        (Kind::Uint, 4) => of::<u32>(config, page, swaps),
        (Kind::Uint, 8) => of::<u64>(config, page, swaps),
        (Kind::Int, 2) => of::<i16>(config, page, swaps),
        (Kind::Int, 4) => of::<i32>(config, page, swaps),
        (Kind::Int, 8) => of::<i64>(config, page, swaps),
        // Times and durations are counts.
        (Kind::Other, 8) if element.swap == 8 => of::<i64>(config, page, swaps),
        (Kind::Float, 2) => of::<f16>(config, page, swaps),
        (Kind::Float, 4) => of::<f32>(config, page, swaps),
        (Kind::Float, 8) => of::<f64>(config, page, swaps),
        _ => return Err(wrong("the data type is none of numbers of 2, 4 or 8 bytes")),
    })
}

fn failed(error: &PcoError) -> Error {
    match error.kind {
        Cause::Corruption | Cause::InsufficientData => Error::corrupt(format!("{NAME}: {}", error.message)),
        _ => wrong(&error.message),
    }
}

/// Numbers as bytes.
fn as_bytes<T: Number>(numbers: &[T]) -> &[u8] {
    // SAFETY: a number has no padding, and bytes no alignment.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}

/// Numbers as bytes that may be written.
fn as_bytes_mut<T: Number>(numbers: &mut [T]) -> &mut [u8] {
    // SAFETY: as above, and every pattern of bits is a number; the borrow is exclusive.
    unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), size_of_val(numbers)) }
}

/// Bytes as numbers, if they lie as those must.
fn as_numbers<T: Number>(data: &[u8]) -> Option<&[T]> {
    // SAFETY: every pattern of bits is a number.
    match unsafe { data.align_to::<T>() } {
        ([], numbers, []) => Some(numbers),
        _ => None,
    }
}

/// The same for bytes that may be written.
fn as_numbers_mut<T: Number>(data: &mut [u8]) -> Option<&mut [T]> {
    // SAFETY: every pattern of bits is a number, and a number has no padding.
    match unsafe { data.align_to_mut::<T>() } {
        ([], numbers, []) => Some(numbers),
        _ => None,
    }
}

/// Room for `count` more numbers, all zero.
fn grow<T: Number + Default>(numbers: &mut Vec<T>, count: usize) -> Result<()> {
    numbers.try_reserve_exact(count).map_err(|_| {
        let size = count.saturating_mul(size_of::<T>());
        Error::new(ErrorKind::Memory, format!("{NAME}: no memory for {size} bytes"))
    })?;
    numbers.resize(numbers.len() + count, T::default());
    Ok(())
}

/// The least window for repetitions that a chunk may have, in numbers; pco's own go no further.
const WINDOW: usize = 1 << 16;

/// Refuses a chunk of a file, from its type on, for which pco would set memory aside that the chunk cannot fill: a dictionary
/// that is longer than what is left of the file, a window for repetitions that is longer than the chunk. No chunk has more
/// than `most` numbers of `size` bytes.
fn check_claims(file: &FileDecompressor, chunk: &[u8], size: usize, most: usize) -> Result<()> {
    if let None | Some(0) = chunk.first() {
        return Ok(());
    }
    // In bits, behind the type of the numbers.
    let bits = |at: usize, count: usize| {
        let byte = |i: usize| chunk.get(at / 8 + i).copied().map_or(0, u64::from);
        let word = (0..5).fold(0, |word, i| word | (byte(i) << (8 * i)));
        (word >> (at % 8) & ((1 << count) - 1)) as usize
    };
    let count = bits(8, 24) + 1;
    if count > most {
        return Err(too_long(NAME, most * size));
    }
    let next = match bits(32, 4) {
        // A factor, and a number of bits that are cut off.
        1 | 2 => 36 + 8 * size,
        3 => 36 + 8,
        4 => {
            let dictionary = bits(36, 25) * size;
            if dictionary > chunk.len() {
                let found = chunk.len();
                return Err(Error::corrupt(format!("{NAME}: a dictionary of {dictionary} bytes in {found} bytes")));
            }
            64 + 8 * dictionary
        }
        _ => 36,
    };
    if file.format_version().major >= 3 && bits(next, 4) == 2 {
        let window = 2_usize << bits(next + 4, 5);
        if window > WINDOW.max(2 * count) {
            return Err(Error::corrupt(format!("{NAME}: repetitions within {window} of {count} numbers")));
        }
    }
    Ok(())
}

impl<T: Number + Default> PCodec<T> {
    /// Reads a file of at most `most` numbers chunk by chunk; `take` takes the numbers of each.
    fn read<'a>(
        encoded: &'a [u8],
        most: usize,
        mut take: impl FnMut(&mut ChunkDecompressor<T, &'a [u8]>) -> Result<()>,
    ) -> Result<()> {
        let (file, mut rest) = FileDecompressor::new(encoded).map_err(|e| failed(&e))?;
        loop {
            check_claims(&file, rest, size_of::<T>(), most)?;
            match file.chunk_decompressor(rest).map_err(|e| failed(&e))? {
                DecompressorItem::Chunk(mut chunk) => {
                    take(&mut chunk)?;
                    rest = chunk.into_src();
                }
                DecompressorItem::EndOfData([]) => return Ok(()),
                DecompressorItem::EndOfData(more) => {
                    return Err(Error::corrupt(format!("{NAME}: {} bytes follow the last number", more.len())));
                }
            }
        }
    }

    fn read_into(encoded: &[u8], out: &mut [T]) -> Result<()> {
        let size = size_of_val(out);
        let (most, mut rest) = (out.len(), out);
        Self::read(encoded, most, |chunk| {
            let next = std::mem::take(&mut rest).split_at_mut_checked(chunk.n());
            let (next, after) = next.ok_or_else(|| too_long(NAME, size))?;
            rest = after;
            chunk.read(next).map(drop).map_err(|e| failed(&e))
        })?;
        check_size(NAME, size - size_of_val(rest), size)
    }

    fn unit(&self) -> usize {
        if self.swaps { size_of::<T>() } else { 1 }
    }
}

impl<T: Number + Default> BytesCodec for PCodec<T> {
    fn encoded_bound(&self, decoded: usize) -> usize {
        let chunks = (decoded / size_of::<T>()).div_ceil(self.page);
        decoded.saturating_add(chunks.saturating_mul(CHUNK)).saturating_add(HEADER)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let numbers: Cow<'_, [T]> = match as_numbers(decoded) {
            Some(numbers) if !self.swaps => Cow::Borrowed(numbers),
            _ => {
                let mut numbers = Vec::new();
                grow(&mut numbers, decoded.len() / size_of::<T>())?;
                let bytes = as_bytes_mut(&mut numbers);
                bytes.copy_from_slice(decoded);
                swap_bytes(bytes, self.unit());
                Cow::Owned(numbers)
            }
        };
        let encoded = simple_compress(&numbers, &self.config).map_err(|e| failed(&e))?;
        reserve(NAME, out, encoded.len())?;
        out.extend_from_slice(&encoded);
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        if let Some(numbers) = as_numbers_mut::<T>(out) {
            Self::read_into(encoded, numbers)?;
        } else {
            let mut numbers = Vec::<T>::new();
            grow(&mut numbers, out.len() / size_of::<T>())?;
            Self::read_into(encoded, &mut numbers)?;
            check_size(NAME, size_of_val(&numbers[..]), out.len())?;
            out.copy_from_slice(as_bytes(&numbers));
        }
        swap_bytes(out, self.unit());
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let mut numbers = Vec::<T>::new();
        Self::read(encoded, limit / size_of::<T>(), |chunk| {
            let start = numbers.len();
            if (start + chunk.n()).saturating_mul(size_of::<T>()) > limit {
                return Err(too_long(NAME, limit));
            }
            grow(&mut numbers, chunk.n())?;
            chunk.read(&mut numbers[start..]).map(drop).map_err(|e| failed(&e))
        })?;
        let mut out = Vec::new();
        reserve(NAME, &mut out, size_of_val(&numbers[..]))?;
        out.extend_from_slice(as_bytes(&numbers));
        swap_bytes(&mut out, self.unit());
        Ok(Cow::Owned(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codec(kind: Kind, size: usize, order: Endian, options: Value) -> Result<Arc<dyn BytesCodec>> {
        let element = Element { kind, swap: size, order: Some(order), ..Element::bytes(size) };
        build(&options, &Chunk { shape: vec![1000], element })
    }

    fn encode(codec: &dyn BytesCodec, decoded: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        codec.encode(decoded, &mut out).unwrap();
        assert!(out.len() <= codec.encoded_bound(decoded.len()));
        out
    }

    /// Numbers of which some compress.
    fn data(size: usize) -> Vec<u8> {
        (0..size as u64).map(|i| if i % 1024 < 512 { (i / 8) as u8 } else { ((i * i * 40_503) >> 7) as u8 }).collect()
    }

    const TYPES: [(Kind, usize); 10] = [
        (Kind::Uint, 2),
        (Kind::Uint, 4),
        (Kind::Uint, 8),
        (Kind::Int, 2),
        (Kind::Int, 4),
        (Kind::Int, 8),
        (Kind::Float, 2),
        (Kind::Float, 4),
        (Kind::Float, 8),
        (Kind::Other, 8),
    ];

    #[test]
    fn numbers_of_every_type_come_back_whatever_their_place_in_memory() {
        for (kind, size) in TYPES {
            let mut numbers = data(8 * 2000);
            let little = codec(kind, size, Endian::Little, json!({"equal_pages_up_to": 700})).unwrap();
            let encoded = encode(&*little, &numbers);
            assert_eq!(encode(&*little, &[&[0], &numbers[..]].concat()[1..]), encoded);
            assert_eq!(*little.decode(&encoded, numbers.len()).unwrap(), numbers);
            for start in 0..2 {
                let mut out = vec![0; start + numbers.len()];
                little.decode_into(&encoded, &mut out[start..]).unwrap();
                assert_eq!(out[start..], numbers);
            }
            swap_bytes(&mut numbers, size);
            let big = codec(kind, size, Endian::Big, json!({"equal_pages_up_to": 700})).unwrap();
            assert_eq!(encode(&*big, &numbers), encoded);
            assert_eq!(*big.decode(&encoded, numbers.len()).unwrap(), numbers);
        }
        let empty = codec(Kind::Int, 4, Endian::Little, Value::Null).unwrap();
        // By numcodecs 0.16.6 with pcodec 1.1.0.
        assert_eq!(encode(&*empty, &[]), b"pco!\x03\x00\x00\x04\x01\x00");
    }

    #[test]
    fn options_that_pco_does_not_have_are_refused() {
        let wrong = [
            json!({"level": 13}),
            json!({"level": -1}),
            json!({"equal_pages_up_to": 0}),
            json!({"equal_pages_up_to": (1 << 24) + 1}),
            json!({"delta_encoding_order": 8}),
            json!({"delta_spec": "try_consecutive"}),
            json!({"delta_spec": "none", "delta_encoding_order": 1}),
            json!({"mode_spec": "other"}),
            json!({"more": 1}),
        ];
        for options in wrong {
            assert!(codec(Kind::Int, 4, Endian::Little, options.clone()).is_err(), "{options}");
        }
        for (kind, size) in [(Kind::Uint, 1), (Kind::Bool, 1), (Kind::Complex, 8), (Kind::Text, 16)] {
            assert!(codec(kind, size, Endian::Little, Value::Null).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn every_cut_anything_appended_and_another_size_are_refused() {
        let decoded = data(4096);
        for options in [json!({}), json!({"delta_spec": "try_lookback"}), json!({"delta_encoding_order": 2})] {
            for (kind, size) in TYPES {
                let codec = codec(kind, size, Endian::Little, options.clone()).unwrap();
                let encoded = encode(&*codec, &decoded);
                let mut out = vec![0; 4096];
                let damaged = (0..encoded.len()).map(|cut| encoded[..cut].to_vec());
                for damaged in damaged.chain([[&encoded[..], &[0]].concat()]) {
                    assert_eq!(codec.decode_into(&damaged, &mut out).unwrap_err().kind(), ErrorKind::CorruptChunk);
                    assert_eq!(codec.decode(&damaged, 4096).unwrap_err().kind(), ErrorKind::CorruptChunk);
                }
                for wrong in [0, 8, 4088, 4104] {
                    let error = codec.decode_into(&encoded, &mut vec![0; wrong]).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::CorruptChunk);
                }
                assert_eq!(codec.decode(&encoded, 4095).unwrap_err().kind(), ErrorKind::CorruptChunk);
            }
        }
    }

    #[test]
    fn a_claim_of_more_than_the_chunk_can_fill_is_refused() {
        let decoded = data(4096);
        for (size, mode) in
            [(4, 4 | (u32::MAX >> 7 << 4)), (8, 4 | (4096 << 4)), (4, 2 << 4 | 23 << 8), (8, 2 << 4 | 17 << 8)]
        {
            let codec = codec(Kind::Int, size, Endian::Little, Value::Null).unwrap();
            let mut encoded = encode(&*codec, &decoded);
            let start = encoded.len() - FileDecompressor::new(&encoded[..]).unwrap().1.len();
            encoded[start + 4..start + 8].copy_from_slice(&mode.to_le_bytes());
            let error = codec.decode_into(&encoded, &mut vec![0; 4096]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptChunk);
            let what = error.message().contains("a dictionary of") || error.message().contains("repetitions within");
            assert!(what, "{error}");
        }
    }

    #[test]
    fn a_flip_of_any_bit_is_no_panic() {
        let decoded = data(4096);
        for options in [json!({}), json!({"delta_spec": "try_lookback"}), json!({"delta_encoding_order": 2})] {
            for (kind, size) in [(Kind::Float, 4), (Kind::Int, 8), (Kind::Uint, 2)] {
                let codec = codec(kind, size, Endian::Little, options.clone()).unwrap();
                let mut encoded = encode(&*codec, &decoded);
                let mut out = vec![0; 4096];
                for bit in 0..encoded.len() * 8 {
                    encoded[bit / 8] ^= 1 << (bit % 8);
                    // Without a checksum a flip inside of the numbers cannot show.
                    if let Err(error) = codec.decode_into(&encoded, &mut out) {
                        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "bit {bit}: {error}");
                    }
                    encoded[bit / 8] ^= 1 << (bit % 8);
                }
            }
        }
    }
}
