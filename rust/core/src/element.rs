//! What the engine must know of a data type: how many bytes an element has and which of them swap.

use serde::Deserialize;

use crate::error::{Error, Result};

/// Byte order of multi-byte numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// What the bytes of an element mean, where a codec computes with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// True and false, one byte each.
    Bool,
    /// Signed integers.
    Int,
    /// Unsigned integers.
    Uint,
    /// IEEE 754 numbers.
    Float,
    /// Pairs of them.
    Complex,
    /// Bytes that no codec computes with.
    #[default]
    Other,
}

/// The layout of one array element in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Element {
    /// Bytes of one element, at least 1.
    pub size: usize,
    /// Bytes that swap together: 4 for a float32, 4 for a complex64, 1 where order means nothing.
    pub swap: usize,
    /// Byte order of the elements in memory; none when `swap` is 1.
    #[serde(default)]
    pub order: Option<Endian>,
    /// What the bytes mean.
    #[serde(default)]
    pub kind: Kind,
}

/// The largest element accepted: numpy's own limit for one item.
const MAX_ELEMENT: usize = i32::MAX as usize;

impl Element {
    /// Bytes without a meaning of their own, `size` of them.
    pub const fn bytes(size: usize) -> Self {
        Self { size, swap: 1, order: None, kind: Kind::Other }
    }

    /// Refuses layouts that cannot exist.
    pub fn check(self) -> Result<Self> {
        if self.size == 0 || self.size > MAX_ELEMENT {
            return Err(Error::metadata(format!("element size is {} bytes, expected 1 to {MAX_ELEMENT}", self.size)));
        }
        if self.swap == 0 || !self.size.is_multiple_of(self.swap) {
            return Err(Error::metadata(format!(
                "swap unit is {} bytes, which does not divide the element size {}",
                self.swap, self.size
            )));
        }
        Ok(self)
    }
}

/// Reverses the bytes of every `unit`-byte group, in place.
pub fn swap_bytes(data: &mut [u8], unit: usize) {
    match unit {
        0 | 1 => {}
        2 => data.as_chunks_mut::<2>().0.iter_mut().for_each(|x| x.reverse()),
        4 => data.as_chunks_mut::<4>().0.iter_mut().for_each(|x| x.reverse()),
        8 => data.as_chunks_mut::<8>().0.iter_mut().for_each(|x| x.reverse()),
        _ => data.chunks_exact_mut(unit).for_each(<[u8]>::reverse),
    }
}
