//! Elements without a fixed size: an element in memory is a slot that says where its bytes lie.
//!
//! Slots are all of one size, so plans, strided copies, fill values and partial writes know nothing of them. The bytes lie in
//! arenas that live as long as one operation: what was decoded of a chunk, or what the caller gave. A decoded chunk is an
//! arena as it is, nothing is copied out of it.

use std::sync::{RwLock, RwLockReadGuard};

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// Bytes of a slot: number of the arena and length as u32, offset as u64.
pub const SLOT: usize = 16;

/// Where the bytes of an element lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// Number of the arena.
    pub arena: u32,
    /// Length in bytes.
    pub length: u32,
    /// Offset in the arena.
    pub offset: u64,
}

impl Slot {
    /// The slot as it lies in memory.
    pub fn to_bytes(self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        bytes[..4].copy_from_slice(&self.arena.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.length.to_ne_bytes());
        bytes[8..].copy_from_slice(&self.offset.to_ne_bytes());
        bytes
    }

    /// The slots that lie in memory.
    pub fn all(memory: &[u8]) -> impl Iterator<Item = Self> {
        memory.as_chunks::<SLOT>().0.iter().map(|bytes| {
            let [a, b, c, d, e, f, g, h, rest @ ..] = *bytes;
            Self {
                arena: u32::from_ne_bytes([a, b, c, d]),
                length: u32::from_ne_bytes([e, f, g, h]),
                offset: u64::from_ne_bytes(rest),
            }
        })
    }
}

/// The arenas of one operation. The first one is the fill value.
#[derive(Debug)]
pub struct Heap(RwLock<Vec<Bytes>>);

impl Heap {
    /// A heap with the bytes of the fill value.
    pub fn new(fill: Bytes) -> Self {
        Self(RwLock::new(vec![fill]))
    }

    /// Adds an arena and returns its number.
    pub fn add(&self, arena: Bytes) -> Result<u32> {
        let mut arenas = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let number =
            u32::try_from(arenas.len()).map_err(|_| Error::new(ErrorKind::Memory, "too many chunks at once"))?;
        arenas.push(arena);
        Ok(number)
    }

    /// The arenas, to look slots up in; nothing can be added meanwhile.
    pub fn arenas(&self) -> Arenas<'_> {
        Arenas(self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// The arenas of a heap.
pub struct Arenas<'a>(RwLockReadGuard<'a, Vec<Bytes>>);

impl Arenas<'_> {
    /// The bytes of an element.
    pub fn get(&self, slot: Slot) -> Result<&[u8]> {
        let start = usize::try_from(slot.offset).ok();
        let range = start.and_then(|start| Some(start..start.checked_add(slot.length as usize)?));
        self.0
            .get(slot.arena as usize)
            .and_then(|arena| arena.get(range?))
            .ok_or_else(|| Error::metadata(format!("{slot:?} lies in no arena")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_outside_of_its_arena_is_an_error() {
        let heap = Heap::new(Bytes::from_static(b"fill"));
        let arena = heap.add(Bytes::from_static(b"abc")).unwrap();
        let arenas = heap.arenas();
        let slot = |arena, length, offset| Slot { arena, length, offset };
        assert_eq!(arenas.get(slot(arena, 2, 1)).unwrap(), b"bc");
        assert_eq!(arenas.get(slot(0, 4, 0)).unwrap(), b"fill");
        for bad in [slot(arena, 3, 1), slot(2, 0, 0), slot(arena, 1, u64::MAX), slot(u32::MAX, 1, 0)] {
            assert!(arenas.get(bad).is_err(), "{bad:?}");
        }
        let memory = [slot(1, 2, 3).to_bytes(), Slot::default().to_bytes()].concat();
        assert_eq!(Slot::all(&memory).collect::<Vec<_>>(), [slot(1, 2, 3), Slot::default()]);
    }
}
