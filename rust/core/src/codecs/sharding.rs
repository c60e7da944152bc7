//! `sharding_indexed`: many inner chunks in one object, with an index of where each lies.
//!
//! Source: Zarr v3 codec "sharding_indexed", version 1.0. The index holds an offset and a length for every inner chunk in C
//! order, as u64; both are 2^64 - 1 for a chunk that is not there.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::chain::{Chain, Serializer};
use super::plug::Plug;
use super::{Chunk, configuration};
use crate::element::{Element, Endian, Kind};
use crate::error::{Error, Result};
use crate::scratch::{Output, Scratch};
use crate::stores::ByteRange;

/// An index larger than this is taken for damage: it would describe 64 million inner chunks.
const MAX_INDEX_BYTES: usize = 1 << 30;

/// Both halves of the index entry of an inner chunk that is not there.
const ABSENT: u64 = u64::MAX;

/// Bytes of an index entry in memory: offset and length.
const ENTRY: usize = 16;

/// How a shard is laid out.
pub struct Sharding {
    inner: Chain,
    inner_shape: Vec<u64>,
    grid: Vec<u64>,
    count: usize,
    index: Chain,
    index_at_start: bool,
    order: WriteOrder,
    layout: u64,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Location {
    Start,
    End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    chunk_shape: Vec<u64>,
    codecs: Vec<Value>,
    index_codecs: Vec<Value>,
    #[serde(default = "at_end")]
    index_location: Location,
    /// Never in a document: a wish of the writer.
    #[serde(default)]
    order: WriteOrder,
}

/// The order in which a write lays out the inner chunks.
#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum WriteOrder {
    /// Along a curve that keeps neighbours together on all axes.
    #[default]
    Morton,
    /// Any; here that of the index.
    Unordered,
    /// The last axis first.
    Lexicographic,
    /// The first axis first.
    Colexicographic,
}

fn at_end() -> Location {
    Location::End
}

/// Builds the codec for shards like `chunk`.
pub fn build(value: &Value, chunk: &Chunk, plugs: &[Arc<dyn Plug>]) -> Result<Serializer> {
    let shape = &chunk.shape;
    let config: Configuration = configuration("sharding_indexed", value)?;
    let inner_shape = config.chunk_shape;
    let fits = inner_shape.len() == shape.len()
        && shape.iter().zip(&inner_shape).all(|(outer, inner)| *inner > 0 && outer.is_multiple_of(*inner));
    if !fits {
        return Err(Error::metadata(format!(
            "codec sharding_indexed: chunk_shape {inner_shape:?} does not divide the shard's shape {shape:?}"
        )));
    }
    let grid: Vec<u64> = shape.iter().zip(&inner_shape).map(|(outer, inner)| outer / inner).collect();
    let mut index_shape = grid.clone();
    index_shape.push(2);
    let entry = Element { swap: 8, order: Some(Endian::Little), kind: Kind::Uint, ..Element::bytes(8) };
    let entries = Chunk { shape: index_shape, element: entry };
    let index = Chain::build(&config.index_codecs, &entries, plugs).map_err(|e| e.within("index_codecs"))?;
    if !index.has_fixed_size() || index.order().is_some() {
        return Err(Error::metadata(
            "codec sharding_indexed: index_codecs must give every index the same size and order",
        ));
    }
    if index.decoded_size() > MAX_INDEX_BYTES {
        return Err(Error::metadata(format!(
            "codec sharding_indexed: the index has {} bytes, at most {MAX_INDEX_BYTES} are accepted",
            index.decoded_size()
        )));
    }
    let part = Chunk { shape: inner_shape.clone(), element: chunk.element.clone() };
    let inner = Chain::build(&config.codecs, &part, plugs).map_err(|e| e.within("sharding_indexed"))?;
    Ok(Serializer::Sharding(Box::new(Sharding {
        inner,
        inner_shape,
        grid,
        count: index.decoded_size() / ENTRY,
        index,
        index_at_start: config.index_location == Location::Start,
        order: config.order,
        layout: {
            let mut hasher = DefaultHasher::new();
            (value.to_string(), shape).hash(&mut hasher);
            hasher.finish()
        },
    })))
}

impl Sharding {
    /// The codecs of an inner chunk.
    pub fn inner(&self) -> &Chain {
        &self.inner
    }

    /// The shape of an inner chunk.
    pub fn inner_shape(&self) -> &[u64] {
        &self.inner_shape
    }

    /// Tells this layout of shards from others.
    pub fn layout(&self) -> u64 {
        self.layout
    }

    /// Number of inner chunks.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes of the index as stored.
    pub fn index_size(&self) -> usize {
        self.index.encoded_bound()
    }

    /// Whether the index comes before the chunks.
    pub fn index_at_start(&self) -> bool {
        self.index_at_start
    }

    /// Where the index lies.
    pub fn index_range(&self) -> ByteRange {
        let size = self.index_size() as u64;
        if self.index_at_start { ByteRange::Bounded { start: 0, end: size } } else { ByteRange::Suffix(size) }
    }

    /// The most bytes a shard has; saturates for shards that no memory could hold.
    pub fn encoded_bound(&self) -> usize {
        self.inner.encoded_bound().saturating_mul(self.count).saturating_add(self.index_size())
    }

    /// The number of the inner chunk at these coordinates.
    pub fn number(&self, coordinates: &[u64]) -> usize {
        self.grid.iter().zip(coordinates).fold(0, |number, (length, at)| number * *length as usize + *at as usize)
    }

    /// The coordinates of inner chunk `number`.
    pub fn coordinates(&self, number: usize) -> Vec<u64> {
        let mut rest = number as u64;
        let mut coordinates = vec![0; self.grid.len()];
        for (slot, length) in coordinates.iter_mut().zip(&self.grid).rev() {
            *slot = rest % length;
            rest /= length;
        }
        coordinates
    }

    /// Sorts inner chunks, of which `number` tells the numbers, into the order in which they are written.
    pub fn sort<T>(&self, chunks: &mut [T], number: impl Fn(&T) -> usize) {
        match self.order {
            WriteOrder::Unordered | WriteOrder::Lexicographic => chunks.sort_by_key(number),
            WriteOrder::Colexicographic => chunks.sort_by_cached_key(|chunk| {
                let mut coordinates = self.coordinates(number(chunk));
                coordinates.reverse();
                coordinates
            }),
            WriteOrder::Morton => {
                let bits = self.grid.iter().map(|length| length.ilog2() + 1).max().unwrap_or(0);
                chunks.sort_by_cached_key(|chunk| morton(&self.coordinates(number(chunk)), bits));
            }
        }
    }

    /// Reads the index from its stored bytes.
    pub fn decode_index(&self, stored: &[u8], shard_size: Option<u64>) -> Result<Index> {
        if stored.len() < self.index_size() {
            return Err(Error::corrupt(format!(
                "sharding_indexed: the shard has {} bytes, its index alone {}",
                stored.len(),
                self.index_size()
            )));
        }
        let mut entries = Scratch::sized(self.index.decoded_size())?;
        self.index.decode_into(stored, &mut entries).map_err(|e| e.within("index of the shard"))?;
        let mut list = Vec::new();
        list.try_reserve_exact(self.count).map_err(|_| Error::metadata("no memory for the index of a shard"))?;
        let (start, end) = match (self.index_at_start, shard_size) {
            (true, size) => (self.index_size() as u64, size.unwrap_or(u64::MAX)),
            (false, Some(size)) => (0, size.saturating_sub(self.index_size() as u64)),
            (false, None) => (0, u64::MAX),
        };
        for entry in entries.as_chunks::<ENTRY>().0 {
            let (offset, length) = entry.split_at(ENTRY / 2);
            list.push((number(offset), number(length)));
        }
        Ok(Index { entries: list, start, end })
    }

    /// An index without any chunk.
    pub fn empty_index(&self) -> Result<Index> {
        let mut entries = Vec::new();
        entries.try_reserve_exact(self.count).map_err(|_| Error::metadata("no memory for the index of a shard"))?;
        entries.resize(self.count, (ABSENT, ABSENT));
        Ok(Index { entries, start: 0, end: u64::MAX })
    }

    /// The stored bytes of an index.
    pub fn encode_index(&self, index: &Index) -> Result<Output> {
        let mut bytes: Vec<u8> =
            index.entries.iter().flat_map(|(o, l)| [o.to_le_bytes(), l.to_le_bytes()]).flatten().collect();
        self.index.swap(&mut bytes);
        self.index.encode_codecs(&bytes)
    }
}

/// The last `bits` bits of the coordinates, one of each axis in turn from the highest on, the last axis first.
fn morton(coordinates: &[u64], bits: u32) -> Vec<u64> {
    let turns = (0..bits).rev().flat_map(|bit| coordinates.iter().rev().map(move |at| at >> bit & 1));
    let mut words = vec![0; (bits as usize * coordinates.len()).div_ceil(64)];
    turns.enumerate().for_each(|(i, bit)| words[i / 64] |= bit << (63 - i % 64));
    words
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where the inner chunks of a shard lie.
pub struct Index {
    entries: Vec<(u64, u64)>,
    /// Where chunks may lie: not in the index, not past the end.
    start: u64,
    end: u64,
}

impl Index {
    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<(u64, u64)>()
    }

    #[cfg(test)]
    pub(crate) fn unchecked(count: usize) -> Self {
        Self { entries: vec![(ABSENT, ABSENT); count], start: 0, end: u64::MAX }
    }

    /// The bytes of inner chunk `number`, checked; none when it is not there.
    pub fn range(&self, number: usize) -> Result<Option<std::ops::Range<u64>>> {
        let (offset, length) = self.entries[number];
        match (offset, length) {
            (ABSENT, ABSENT) => Ok(None),
            _ => match offset.checked_add(length) {
                Some(end) if offset >= self.start && end <= self.end && length != ABSENT => Ok(Some(offset..end)),
                _ => Err(Error::corrupt(format!(
                    "sharding_indexed: {length} bytes at {offset}, but chunks lie between {} and {}",
                    self.start, self.end
                ))),
            },
        }
    }

    /// Sets where inner chunk `number` lies.
    pub fn set(&mut self, number: usize, offset: u64, length: u64) {
        self.entries[number] = (offset, length);
    }
}
