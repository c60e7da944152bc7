//! Shards that are written: what stays of the old one, and how inner chunks lie in the new one.
//!
//! Long inner chunks are not copied: the store gets the shard in parts.

use bytes::Bytes;

use crate::codecs::sharding::{Index, Sharding};
use crate::encoded::Encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::read::Blob;
use crate::scratch::Output;

/// Shorter inner chunks are joined: a part costs a store about as much as copying so many bytes.
const LONG: usize = 64 << 10;

/// A shard that is being written over.
pub(crate) struct OldShard<'a> {
    bytes: &'a [u8],
    index: Index,
}

impl<'a> OldShard<'a> {
    pub(crate) fn read(sharding: &Sharding, bytes: &'a [u8]) -> Result<Self> {
        let size = bytes.len() as u64;
        let range = sharding.index_range().resolve(size);
        let stored = &bytes[range.start as usize..range.end as usize];
        Ok(Self { bytes, index: sharding.decode_index(stored, Some(size))? })
    }

    pub(crate) fn inner(&self, number: usize) -> Result<Option<&'a [u8]>> {
        let Some(range) = self.index.range(number)? else { return Ok(None) };
        match Blob::Bytes(self.bytes).part(range)? {
            Blob::Bytes(bytes) => Ok(Some(bytes)),
            Blob::File { .. } => Ok(None),
        }
    }
}

/// An inner chunk on its way into a shard.
enum Inner<'a> {
    Made(Encoded),
    Old(&'a [u8]),
}

impl Inner<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Made(encoded) => encoded.len(),
            Self::Old(bytes) => bytes.len(),
        }
    }

    /// Whether it is copied beside its neighbours.
    fn is_joined(&self) -> bool {
        matches!(self, Self::Old(_)) || self.len() < LONG
    }
}

/// Lays out a shard of the chunks just made and the old ones that were not touched; none when it has no chunk.
pub(crate) fn assemble(
    sharding: &Sharding,
    old: Option<OldShard<'_>>,
    made: impl Iterator<Item = (usize, Option<Encoded>)>,
) -> Result<Option<Encoded>> {
    let mut chunks: Vec<(usize, Inner<'_>)> = Vec::new();
    let mut touched = vec![false; sharding.count()];
    for (number, chunk) in made {
        touched[number] = true;
        chunks.extend(chunk.map(|chunk| (number, Inner::Made(chunk))));
    }
    if let Some(old) = &old {
        for number in (0..sharding.count()).filter(|number| !touched[*number]) {
            chunks.extend(old.inner(number)?.map(|chunk| (number, Inner::Old(chunk))));
        }
    }
    if chunks.is_empty() {
        return Ok(None);
    }
    sharding.sort(&mut chunks, |(number, _)| *number);
    let mut index = sharding.empty_index()?;
    let mut end = if sharding.index_at_start() { sharding.index_size() } else { 0 };
    for (number, chunk) in &chunks {
        index.set(*number, end as u64, chunk.len() as u64);
        end = end.checked_add(chunk.len()).ok_or_else(too_large)?;
    }
    // Its buffer goes back to the stock: it may be the one with room for a shard.
    let index = Bytes::copy_from_slice(&sharding.encode_index(&index)?);
    let mut parts = joined(chunks.into_iter().map(|(_, chunk)| chunk).collect())?;
    parts.insert(if sharding.index_at_start() { 0 } else { parts.len() }, index);
    Ok(Some(Encoded::Parts(parts)))
}

/// The chunks in their order, long ones as they are.
fn joined(chunks: Vec<Inner<'_>>) -> Result<Vec<Bytes>> {
    // How many bytes are joined from each chunk on.
    let mut runs: Vec<usize> = Vec::with_capacity(chunks.len());
    for chunk in chunks.iter().rev() {
        let after = runs.last().copied().unwrap_or(0);
        runs.push(if chunk.is_joined() { after + chunk.len() } else { 0 });
    }
    let (mut parts, mut open): (Vec<Bytes>, Option<Output>) = (Vec::new(), None);
    for (chunk, run) in chunks.into_iter().zip(runs.into_iter().rev()) {
        match chunk {
            Inner::Made(long) if long.len() >= LONG => {
                parts.extend(open.take().map(Bytes::from_owner));
                parts.extend(long.parts());
            }
            chunk => {
                let out = match &mut open {
                    Some(out) => out,
                    None => open.insert(Output::with_room(run).ok_or_else(too_large)?),
                };
                match chunk {
                    Inner::Made(encoded) => encoded.append_to(out),
                    Inner::Old(bytes) => out.extend_from_slice(bytes),
                }
            }
        }
    }
    parts.extend(open.map(Bytes::from_owner));
    Ok(parts)
}

pub(crate) fn too_large() -> Error {
    Error::new(ErrorKind::Memory, "no memory for a shard of this size")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(length: usize, byte: u8) -> Inner<'static> {
        let mut bytes = Output::take();
        bytes.resize(length, byte);
        Inner::Made(Encoded::Bytes(bytes))
    }

    #[test]
    fn short_chunks_and_old_ones_are_joined_and_long_ones_are_not_copied() {
        let old = vec![9; 2 * LONG];
        let chunks = vec![
            made(3, 1),
            made(0, 2),
            made(LONG, 3),
            made(LONG - 1, 4),
            Inner::Old(&old),
            made(2, 5),
            made(LONG + 1, 6),
            Inner::Made(Encoded::Parts(vec![Bytes::from_static(&[7; LONG]), Bytes::from_static(&[8; 4])])),
        ];
        let parts = joined(chunks).unwrap();
        let lengths: Vec<usize> = parts.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [3, LONG, LONG - 1 + 2 * LONG + 2, LONG + 1, LONG, 4]);
        let whole: Vec<u8> = parts.concat();
        let runs: [(u8, usize); 8] =
            [(1, 3), (3, LONG), (4, LONG - 1), (9, 2 * LONG), (5, 2), (6, LONG + 1), (7, LONG), (8, 4)];
        assert_eq!(whole, runs.iter().flat_map(|(byte, count)| vec![*byte; *count]).collect::<Vec<u8>>());
        assert!(joined(vec![made(0, 1)]).unwrap().concat().is_empty());
    }
}
