//! `zfp` and `numcodecs.zfpy`: a chunk of numbers as one stream of the library zfp, without and with its header.
//!
//! Source: zarr-extensions, codec "zfp"; numcodecs `zfpy.py`. The stream's fields are the chunk's axes, the last one first.

mod library;
mod promote;
mod stream;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use self::library::Field;
use self::promote::Promotion;
use self::stream::Params;
use super::number::NumberType;
use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Chunk, configuration};
use crate::element::{Element, Kind};
use crate::error::{Error, Result};
use crate::scratch::Scratch;

/// How much of the numbers is kept.
#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
enum Mode {
    Reversible {},
    Expert { minbits: u32, maxbits: u32, maxprec: u32, minexp: i32 },
    FixedAccuracy { tolerance: f64 },
    FixedRate { rate: f64 },
    FixedPrecision { precision: u32 },
}

/// The options of numcodecs, of which all are written and one is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Zfpy {
    #[serde(default = "accuracy")]
    mode: u64,
    #[serde(default = "unset")]
    tolerance: f64,
    #[serde(default = "unset")]
    rate: f64,
    #[serde(default = "unset_precision")]
    precision: i32,
    /// What numcodecs makes of the others.
    #[serde(default, rename = "compression_kwargs")]
    _compression_kwargs: Value,
}

fn accuracy() -> u64 {
    4
}

fn unset() -> f64 {
    -1.0
}

fn unset_precision() -> i32 {
    -1
}

impl Zfpy {
    fn mode(&self) -> Result<Mode> {
        Ok(match (self.mode, u32::try_from(self.precision)) {
            (2, _) if self.rate >= 0.0 => Mode::FixedRate { rate: self.rate },
            (3, Ok(precision)) => Mode::FixedPrecision { precision },
            (4, _) if self.tolerance >= 0.0 => Mode::FixedAccuracy { tolerance: self.tolerance },
            // An option below zero is one that is not given.
            (2..=5, _) => Mode::Reversible {},
            (mode, _) => return Err(Error::metadata(format!("zfpy: mode is {mode}, expected 2 to 5"))),
        })
    }
}

struct Zfp {
    name: &'static str,
    number: NumberType,
    promotion: Promotion,
    field: Field,
    params: Params,
    has_header: bool,
    /// Bytes of the chunk, and the most of a stream.
    decoded: usize,
    bound: usize,
}

/// Builds `zfp`.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Arc<dyn BytesCodec>> {
    let mode: Mode = configuration("zfp", value)?;
    let number = number(&chunk.element).ok_or_else(|| wrong("zfp", "the data type is none that it stores"))?;
    if matches!(mode, Mode::FixedAccuracy { .. }) && number.kind != Kind::Float {
        return Err(wrong("zfp", "fixed_accuracy is a mode for floating point numbers, the data type has integers"));
    }
    typed("zfp", &mode, number, chunk, false)
}

/// Builds `numcodecs.zfpy`.
pub(super) fn build_zfpy(value: &Value, chunk: &Chunk) -> Result<Arc<dyn BytesCodec>> {
    let options: Zfpy = configuration("zfpy", value)?;
    let number = NumberType::of(&chunk.element)
        .filter(|number| *number == number.native() && Promotion::of(*number) == Promotion::None)
        .ok_or_else(|| wrong("zfpy", "the data type is none of int32, int64, float32, float64 of this machine"))?;
    typed("zfpy", &options.mode()?, number, chunk, true)
}

/// The numbers of an element, as far as one of zfp's can hold them. Times and durations are counts.
fn number(element: &Element) -> Option<NumberType> {
    let counts = element.kind == Kind::Other && element.size == 8 && element.swap == 8;
    let element = if counts { Element { kind: Kind::Int, ..element.clone() } } else { element.clone() };
    NumberType::of(&element).filter(|number| number.kind != Kind::Bool)
}

fn typed(
    name: &'static str,
    mode: &Mode,
    number: NumberType,
    chunk: &Chunk,
    has_header: bool,
) -> Result<Arc<dyn BytesCodec>> {
    let promotion = Promotion::of(number);
    let scalar = promotion.scalar(number);
    let field = Field::new(scalar, &chunk.shape)
        .ok_or_else(|| wrong(name, &format!("chunks have shape {:?}, expected 1 to 4 axes", chunk.shape)))?;
    if has_header && !field.fits_header() {
        return Err(wrong(name, &format!("chunks of shape {:?} are too long for its header", chunk.shape)));
    }
    let params = match *mode {
        Mode::Reversible {} => Some(Params::reversible()),
        Mode::Expert { minbits, maxbits, maxprec, minexp } => Some(Params { minbits, maxbits, maxprec, minexp }),
        Mode::FixedAccuracy { tolerance } => Some(Params::accuracy(tolerance)),
        Mode::FixedRate { rate } => Params::rate(rate, scalar, field.dimensions()),
        Mode::FixedPrecision { precision } => Some(Params::precision(precision)),
    };
    let params = params
        .filter(|params| params.are_sound(scalar) && params.come_back(scalar))
        .ok_or_else(|| wrong(name, "no stream has these parameters, see the modes of zfp"))?;
    let bound = field.most_bytes(&params)?;
    Ok(Arc::new(Zfp { name, number, promotion, field, params, has_header, decoded: chunk.size()?, bound }))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::metadata(format!("{name}: {what}"))
}

/// A part of a buffer that lies as zfp's words and numbers must.
fn aligned(buffer: &mut [u8], length: usize) -> &mut [u8] {
    let start = buffer.as_ptr().align_offset(library::ALIGNMENT);
    &mut buffer[start..start + length]
}

/// A buffer with a part of `length` bytes that [`aligned`] finds.
fn scratch(length: usize) -> Result<Scratch> {
    Scratch::sized(length.saturating_add(library::ALIGNMENT))
}

impl Zfp {
    /// What a stream holds: its numbers, how they are coded, and where they start.
    fn header(&self, encoded: &[u8]) -> Result<(Field, Params, u64)> {
        if !self.has_header {
            return Ok((self.field, self.params, 0));
        }
        let (field, params, bits) =
            library::read_header(encoded).ok_or_else(|| Error::corrupt(format!("{}: no header of zfp", self.name)))?;
        if field.scalar() != self.field.scalar() {
            let (found, expected) = (field.scalar(), self.field.scalar());
            return Err(Error::corrupt(format!("{}: header says {found:?}, expected {expected:?}", self.name)));
        }
        // numcodecs takes the same number of elements in any shape.
        let size = field.bytes().unwrap_or(usize::MAX);
        if size > self.decoded {
            return Err(too_long(self.name, self.decoded));
        }
        check_size(self.name, size, self.decoded)?;
        if !params.are_sound(field.scalar()) {
            return Err(Error::corrupt(format!("{}: header has parameters of no stream", self.name)));
        }
        Ok((field, params, bits))
    }

    /// Decodes to numbers that lie as zfp must have them.
    fn read(&self, encoded: &[u8], numbers: &mut [u8]) -> Result<()> {
        let (field, params, start) = self.header(encoded)?;
        let room = field.room(&params, start, encoded.len())?;
        let mut buffer = scratch(room)?;
        let padded = aligned(&mut buffer, room);
        // More than any stream has is not looked at, and no stream ends before it.
        let kept = encoded.len().min(room);
        padded[..kept].copy_from_slice(&encoded[..kept]);
        padded[kept..].fill(0);
        let used = library::decompress(&field, &params, start, encoded.len(), padded, numbers)?;
        if used != encoded.len() {
            return Err(Error::corrupt(format!("{}: takes {used} bytes, found {}", self.name, encoded.len())));
        }
        Ok(())
    }
}

impl BytesCodec for Zfp {
    fn encoded_bound(&self, _decoded: usize) -> usize {
        self.bound
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        check_size(self.name, decoded.len(), self.decoded)?;
        let native = self.number.to_native(decoded);
        let size = self.field.bytes().unwrap_or(usize::MAX);
        let mut promoted = None;
        let numbers: &[u8] = match self.promotion {
            Promotion::None if self.field.takes(&native) => &native,
            promotion => {
                let numbers = aligned(promoted.insert(scratch(size)?), size);
                promotion.promote(self.name, &native, numbers)?;
                numbers
            }
        };
        let mut buffer = scratch(self.bound)?;
        let room = aligned(&mut buffer, self.bound);
        let length = library::compress(&self.field, &self.params, self.has_header, numbers, room)?;
        reserve(self.name, out, length)?;
        out.extend_from_slice(&room[..length]);
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() < self.decoded {
            return Err(too_long(self.name, out.len()));
        }
        check_size(self.name, self.decoded, out.len())?;
        if self.promotion == Promotion::None && self.field.takes(out) {
            self.read(encoded, out)?;
        } else {
            let size = self.field.bytes().unwrap_or(usize::MAX);
            let mut buffer = scratch(size)?;
            let numbers = aligned(&mut buffer, size);
            self.read(encoded, numbers)?;
            self.promotion.demote(numbers, out);
        }
        self.number.store(out);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        if self.decoded > limit {
            return Err(too_long(self.name, limit));
        }
        let mut out = Vec::new();
        reserve(self.name, &mut out, self.decoded)?;
        out.resize(self.decoded, 0);
        self.decode_into(encoded, &mut out)?;
        Ok(Cow::Owned(out))
    }
}
