//! What the engine must know of a data type: how many bytes an element has and which of them swap.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::heap::SLOT;

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
    /// Slots of UTF-8; see [`crate::heap`].
    Text,
    /// Slots of any bytes.
    Binary,
    /// Bytes that no codec computes with.
    #[default]
    Other,
}

/// Numbers inside of a record: offset in bytes, bytes of one number, how many follow each other.
pub type Run = (usize, usize, usize);

/// The layout of one array element in memory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
    /// The numbers of a record, whose `swap` is 1; none where elements have one kind of number.
    #[serde(default)]
    pub runs: Vec<Run>,
}

/// The largest element accepted: numpy's own limit for one item.
const MAX_ELEMENT: usize = i32::MAX as usize;

impl Element {
    /// Bytes without a meaning of their own, `size` of them.
    pub fn bytes(size: usize) -> Self {
        Self { size, swap: 1, order: None, kind: Kind::Other, runs: Vec::new() }
    }

    /// Whether elements are slots, whose bytes lie elsewhere.
    pub fn is_slot(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Binary)
    }

    /// Refuses layouts that cannot exist.
    pub fn check(&self) -> Result<()> {
        if self.size == 0 || self.size > MAX_ELEMENT {
            return Err(Error::metadata(format!("element size is {} bytes, expected 1 to {MAX_ELEMENT}", self.size)));
        }
        if self.is_slot() && (self.size != SLOT || self.swap != 1 || !self.runs.is_empty()) {
            return Err(Error::metadata(format!("element of any length has a slot of {} bytes", self.size)));
        }
        if self.swap == 0 || !self.size.is_multiple_of(self.swap) {
            return Err(Error::metadata(format!(
                "swap unit is {} bytes, which does not divide the element size {}",
                self.swap, self.size
            )));
        }
        let inside = |(offset, unit, count): &Run| {
            let end = unit.checked_mul(*count).and_then(|length| length.checked_add(*offset));
            *unit > 1 && end.is_some_and(|end| end <= self.size)
        };
        if !self.runs.iter().all(inside) || (self.swap != 1 && !self.runs.is_empty()) {
            return Err(Error::metadata(format!("fields {:?} do not lie in {} bytes", self.runs, self.size)));
        }
        Ok(())
    }

    /// What turns elements in memory into stored ones and back.
    ///
    /// # Errors
    /// If the byte order of the store matters and is not given.
    pub fn swap_to(&self, stored: Option<Endian>) -> Result<Swap> {
        if self.is_slot() {
            return Err(Error::metadata(
                "codec bytes: the data type has no fixed size, expected a codec like vlen-utf8",
            ));
        }
        // zarr-python 3.1 stored records without a byte order: as in memory, on machines that are little-endian.
        let stored = stored.or_else(|| (!self.runs.is_empty()).then_some(Endian::Little));
        match (self.swap, self.order, stored) {
            (1, _, _) if self.runs.is_empty() => Ok(Swap::None),
            (_, Some(memory), Some(stored)) if memory == stored => Ok(Swap::None),
            (1, Some(_), Some(_)) => Ok(Swap::Record { size: self.size, runs: self.runs.clone() }),
            (unit, Some(_), Some(_)) => Ok(Swap::Unit(unit)),
            (unit, ..) => {
                Err(Error::metadata(format!("codec bytes: no endian, but the data type has {unit}-byte numbers")))
            }
        }
    }
}

/// Which bytes change places between memory and store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// None.
    None,
    /// All groups of so many bytes are reversed.
    Unit(usize),
    /// The numbers of each record are reversed.
    Record {
        /// Bytes of a record.
        size: usize,
        /// Its numbers.
        runs: Vec<Run>,
    },
}

impl Swap {
    /// Copies elements, swapped; both sides have as many bytes.
    pub fn copy(&self, from: &[u8], to: &mut [u8]) {
        match self {
            Self::None => to.copy_from_slice(from),
            Self::Unit(unit) => copy_swapped(from, to, *unit),
            Self::Record { .. } => {
                to.copy_from_slice(from);
                self.apply(to);
            }
        }
    }

    /// Swaps elements in place.
    pub fn apply(&self, data: &mut [u8]) {
        match self {
            Self::None => {}
            Self::Unit(unit) => swap_bytes(data, *unit),
            Self::Record { size, runs } => {
                for record in data.chunks_exact_mut(*size) {
                    for (offset, unit, count) in runs.iter() {
                        swap_bytes(&mut record[*offset..offset + unit * count], *unit);
                    }
                }
            }
        }
    }
}

/// Reverses the bytes of every `unit`-byte group, in place.
pub fn swap_bytes(data: &mut [u8], unit: usize) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { swap_wide(data, unit) };
    }
    swap_each(data, unit);
}

/// The same loops, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn swap_wide(data: &mut [u8], unit: usize) {
    swap_each(data, unit);
}

#[inline(always)]
fn swap_each(data: &mut [u8], unit: usize) {
    match unit {
        0 | 1 => {}
        2 => {
            data.as_chunks_mut::<2>().0.iter_mut().for_each(|x| *x = u16::from_ne_bytes(*x).swap_bytes().to_ne_bytes())
        }
        4 => {
            data.as_chunks_mut::<4>().0.iter_mut().for_each(|x| *x = u32::from_ne_bytes(*x).swap_bytes().to_ne_bytes())
        }
        8 => {
            data.as_chunks_mut::<8>().0.iter_mut().for_each(|x| *x = u64::from_ne_bytes(*x).swap_bytes().to_ne_bytes())
        }
        _ => data.chunks_exact_mut(unit).for_each(<[u8]>::reverse),
    }
}

/// Copies groups of `unit` bytes, each reversed; both sides have as many bytes.
fn copy_swapped(from: &[u8], to: &mut [u8], unit: usize) {
    assert_eq!(from.len(), to.len(), "both sides have as many bytes");
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { copy_swapped_wide(from, to, unit) };
    }
    copy_swapped_each(from, to, unit);
}

/// The same loops, compiled for AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_swapped_wide(from: &[u8], to: &mut [u8], unit: usize) {
    copy_swapped_each(from, to, unit);
}

#[inline(always)]
fn copy_swapped_each(from: &[u8], to: &mut [u8], unit: usize) {
    macro_rules! copy {
        ($type:ty) => {{
            let pairs = from.as_chunks().0.iter().zip(to.as_chunks_mut().0);
            pairs.for_each(|(from, to)| *to = <$type>::from_ne_bytes(*from).swap_bytes().to_ne_bytes())
        }};
    }
    match unit {
        2 => copy!(u16),
        4 => copy!(u32),
        8 => copy!(u64),
        _ => {
            to.copy_from_slice(from);
            swap_each(to, unit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_record_swap_and_its_other_bytes_stay() {
        let element = Element { runs: vec![(0, 2, 1), (3, 4, 2)], order: Some(Endian::Little), ..Element::bytes(11) };
        element.check().unwrap();
        let swap = element.swap_to(Some(Endian::Big)).unwrap();
        let mut data: Vec<u8> = (0..22).collect();
        swap.apply(&mut data);
        assert_eq!(data[..11], [1, 0, 2, 6, 5, 4, 3, 10, 9, 8, 7]);
        assert_eq!(data[11..13], [12, 11]);
        assert_eq!(element.swap_to(Some(Endian::Little)).unwrap(), Swap::None);
        assert_eq!(element.swap_to(None).unwrap(), Swap::None);
    }

    #[test]
    fn what_is_copied_is_swapped_as_in_place() {
        let data: Vec<u8> = (0..=255).collect();
        let record = Swap::Record { size: 8, runs: vec![(1, 2, 1), (4, 4, 1)] };
        for swap in [Swap::None, Swap::Unit(2), Swap::Unit(4), Swap::Unit(8), Swap::Unit(16), record] {
            for length in [0, 16, 48, 240, 256] {
                let (mut copied, mut swapped) = (vec![9; length], data[..length].to_vec());
                swap.copy(&data[..length], &mut copied);
                swap.apply(&mut swapped);
                assert_eq!(copied, swapped, "{swap:?}, {length} bytes");
            }
        }
        let mut swapped = data[1..17].to_vec();
        copy_swapped_each(&data[1..17], &mut swapped, 8);
        let mut copied = vec![0; 16];
        copy_swapped(&data[1..17], &mut copied, 8);
        assert_eq!(copied, swapped);
        assert_eq!(copied[..8], [8, 7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn numbers_outside_of_the_record_are_refused() {
        for run in [(8, 4, 1), (0, 4, usize::MAX), (0, 1, 1), (usize::MAX, 2, 1)] {
            let element = Element { runs: vec![run], order: Some(Endian::Little), ..Element::bytes(11) };
            assert!(element.check().is_err(), "{run:?}");
        }
    }
}
