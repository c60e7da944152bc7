//! Numbers that zfp does not have, as the next larger ones that it has.
//!
//! Source: zarr-extensions, codec "zfp", "Compression"; for integers without a sign zarrs, since that says nothing of them.

use half::f16;

use super::stream::Scalar;
use crate::codecs::number::{Number, NumberType, map};
use crate::element::Kind;
use crate::error::{Error, Result};

/// What becomes of numbers before they are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    None,
    Int8,
    Int16,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float16,
}

/// Integers of 8 and 16 bits take the high bits of one of 32, below its sign.
const SHIFT_8: u32 = 31 - 8;
const SHIFT_16: u32 = 31 - 16;

impl Promotion {
    pub fn of(number: NumberType) -> Self {
        match (number.kind, number.size) {
            (Kind::Int, 1) => Self::Int8,
            (Kind::Int, 2) => Self::Int16,
            (Kind::Uint, 1) => Self::Uint8,
            (Kind::Uint, 2) => Self::Uint16,
            (Kind::Uint, 4) => Self::Uint32,
            (Kind::Uint, 8) => Self::Uint64,
            (Kind::Float, 2) => Self::Float16,
            (Kind::Bool, _) => Self::Uint8,
            _ => Self::None,
        }
    }

    /// The numbers that are compressed.
    pub fn scalar(self, number: NumberType) -> Scalar {
        match (self, number.kind, number.size) {
            (Self::None, Kind::Float, 8) => Scalar::Float64,
            (Self::None, Kind::Float, _) | (Self::Float16, ..) => Scalar::Float32,
            (Self::None, _, 8) | (Self::Uint64, ..) => Scalar::Int64,
            _ => Scalar::Int32,
        }
    }

    /// Makes numbers of this machine's byte order larger.
    ///
    /// # Errors
    /// If one is none of the larger numbers, which have a sign.
    pub fn promote(self, name: &str, from: &[u8], to: &mut [u8]) -> Result<()> {
        match self {
            Self::None => to.copy_from_slice(from),
            Self::Int8 => map::<i8, i32>(from, to, |x| i32::from(x) << SHIFT_8),
            Self::Int16 => map::<i16, i32>(from, to, |x| i32::from(x) << SHIFT_16),
            Self::Uint8 => map::<u8, i32>(from, to, |x| (i32::from(x) - 0x80) << SHIFT_8),
            Self::Uint16 => map::<u16, i32>(from, to, |x| (i32::from(x) - 0x8000) << SHIFT_16),
            Self::Uint32 => {
                check_sign::<4>(name, from)?;
                to.copy_from_slice(from);
            }
            Self::Uint64 => {
                check_sign::<8>(name, from)?;
                to.copy_from_slice(from);
            }
            Self::Float16 => map::<f16, f32>(from, to, f16::to_f32),
        }
        Ok(())
    }

    /// Makes them small again; what zfp has made of them may have left the range.
    pub fn demote(self, from: &[u8], to: &mut [u8]) {
        match self {
            Self::None => to.copy_from_slice(from),
            Self::Int8 => map::<i32, i8>(from, to, |x| (x >> SHIFT_8).clamp(-0x80, 0x7f) as i8),
            Self::Int16 => map::<i32, i16>(from, to, |x| (x >> SHIFT_16).clamp(-0x8000, 0x7fff) as i16),
            Self::Uint8 => map::<i32, u8>(from, to, |x| ((x >> SHIFT_8) + 0x80).clamp(0, 0xff) as u8),
            Self::Uint16 => map::<i32, u16>(from, to, |x| ((x >> SHIFT_16) + 0x8000).clamp(0, 0xffff) as u16),
            Self::Uint32 => map::<i32, u32>(from, to, |x| x.max(0) as u32),
            Self::Uint64 => map::<i64, u64>(from, to, |x| x.max(0) as u64),
            Self::Float16 => map::<f32, f16>(from, to, f16::from_f32),
        }
    }
}

/// Refuses numbers without a sign whose highest bit would become one.
fn check_sign<const SIZE: usize>(name: &str, numbers: &[u8]) -> Result<()> {
    let highest = if cfg!(target_endian = "little") { SIZE - 1 } else { 0 };
    match numbers.as_chunks::<SIZE>().0.iter().find(|number| number[highest] & 0x80 != 0) {
        None => Ok(()),
        Some(number) => {
            let value = if SIZE == 4 { u64::from(u32::load(number)) } else { u64::load(number) };
            let bits = 8 * SIZE;
            Err(Error::metadata(format!("{name}: {value} is none of the numbers of an int{bits}, which zfp stores")))
        }
    }
}
