//! The stored bytes of a chunk, in buffers that go back to the stock when the store has them.

use std::borrow::Cow;

use bytes::Bytes;

use crate::assemble::too_large;
use crate::error::Result;
use crate::scratch::{Output, Scratch};

/// What is to be stored of a chunk.
pub(crate) enum Encoded {
    /// The elements themselves, where no codec follows.
    Elements(Scratch),
    /// What codecs made of them.
    Bytes(Output),
    /// A shard, one part after the other.
    Parts(Vec<Bytes>),
}

impl Encoded {
    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Elements(elements) => elements.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Parts(parts) => parts.iter().map(Bytes::len).sum(),
        }
    }

    /// All of them as one slice, for a codec.
    pub(crate) fn whole(&self) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::Elements(elements) => Ok(Cow::Borrowed(elements)),
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Parts(_) => {
                let mut whole = Vec::new();
                whole.try_reserve_exact(self.len()).map_err(|_| too_large())?;
                self.append_to(&mut whole);
                Ok(Cow::Owned(whole))
            }
        }
    }

    /// Copies all of them to the end of `out`.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Elements(elements) => out.extend_from_slice(elements),
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Parts(parts) => parts.iter().for_each(|part| out.extend_from_slice(part)),
        }
    }

    /// All of them without a copy.
    pub(crate) fn parts(self) -> Vec<Bytes> {
        match self {
            Self::Elements(elements) => vec![Bytes::from_owner(elements)],
            Self::Bytes(bytes) => vec![Bytes::from_owner(bytes)],
            Self::Parts(parts) => parts,
        }
    }
}
