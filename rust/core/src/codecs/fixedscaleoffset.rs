//! `numcodecs.fixedscaleoffset`: `(x - offset) * scale`, rounded, as another type.
//!
//! Source: numcodecs `fixedscaleoffset.py`, whose arithmetic is numpy's: floating point numbers compute in their own type,
//! integers with integer parameters in theirs, wrapping, and with other parameters in float64.

use half::f16;
use serde::Deserialize;
use serde_json::{Number as JsonNumber, Value};

use super::number::{Cast, Number, NumberType, Round, convert, convert_native, map, stage, with_number};
use super::{ArrayCodec, Chunk, Step, configuration, wide};
use crate::element::Kind;
use crate::error::{Error, Result};
use crate::scratch::Scratch;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    offset: JsonNumber,
    scale: JsonNumber,
    dtype: NumberType,
    astype: Option<NumberType>,
}

struct FixedScaleOffset {
    offset: f64,
    scale: f64,
    /// The same as integers of the decoded type, where they are and it is one.
    whole: (Option<i128>, Option<i128>),
    decoded: NumberType,
    encoded: NumberType,
}

/// Builds the codec from its parameters and data types.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { offset, scale, dtype, astype } = configuration("fixedscaleoffset", value)?;
    let encoded = astype.unwrap_or(dtype);
    if dtype.kind == Kind::Bool {
        return Err(Error::metadata("fixedscaleoffset: data type is bool, expected one of numbers"));
    }
    let whole = (integer(&offset, dtype)?, integer(&scale, dtype)?);
    let (Some(offset), Some(scale)) = (offset.as_f64(), scale.as_f64()) else {
        return Err(Error::metadata(format!(
            "fixedscaleoffset: offset is {offset}, scale is {scale}, expected numbers"
        )));
    };
    let codec = FixedScaleOffset { offset, scale, whole, decoded: dtype, encoded };
    stage("fixedscaleoffset", codec, chunk, dtype, encoded).map(Step::Stage)
}

/// A parameter that computes in an integer type; none where it or the type is of floating point.
fn integer(parameter: &JsonNumber, dtype: NumberType) -> Result<Option<i128>> {
    let value = parameter.as_i64().map(i128::from).or(parameter.as_u64().map(i128::from));
    let (Some(value), Kind::Int | Kind::Uint) = (value, dtype.kind) else { return Ok(None) };
    let bits = 8 * dtype.size as u32;
    let (low, high) = match dtype.kind {
        Kind::Int => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
        _ => (0, (1_i128 << bits) - 1),
    };
    match (low..=high).contains(&value) {
        true => Ok(Some(value)),
        false => Err(Error::metadata(format!("fixedscaleoffset: {value} is out of bounds of the data type"))),
    }
}

/// An integer of the type, whose range it is in.
fn constant<T: Number>(value: i128) -> T {
    let bytes = value.to_le_bytes();
    let mut bytes = bytes.into_iter().take(T::SIZE).collect::<Vec<u8>>();
    if cfg!(target_endian = "big") {
        bytes.reverse();
    }
    T::load(&bytes)
}

/// Numbers on their way, in this machine's byte order.
struct Numbers {
    of: NumberType,
    data: Scratch,
}

impl Numbers {
    fn of_size(&self, of: NumberType) -> Result<Scratch> {
        Scratch::sized(self.data.len() / self.of.size * of.size)
    }

    /// Applies an operation with a parameter: in the integers' own type if both are integers, in float64 otherwise.
    fn apply(self, whole: Option<i128>, number: f64, on: Operation) -> Result<Self> {
        let float = NumberType { kind: Kind::Float, size: 8, ..self.of };
        if let (Some(value), Kind::Int | Kind::Uint) = (whole, self.of.kind) {
            let mut data = self.of_size(self.of)?;
            with_number!(self.of, T => {
                let value = constant::<T>(value);
                match on {
                    Operation::Minus => map::<T, T>(&self.data, &mut data, |x| x.minus(value)),
                    Operation::Times => map::<T, T>(&self.data, &mut data, |x| x.times(value)),
                }
            });
            return Ok(Self { of: self.of, data });
        }
        let mut floats = self.of_size(float)?;
        convert(self.of, &self.data, float, &mut floats);
        let mut data = Scratch::sized(floats.len())?;
        match on {
            Operation::Minus => map::<f64, f64>(&floats, &mut data, |x| x - number),
            Operation::Times => map::<f64, f64>(&floats, &mut data, |x| Round::round(x * number)),
        }
        Ok(Self { of: float, data })
    }
}

#[derive(Clone, Copy)]
enum Operation {
    Minus,
    /// And rounded, the last step.
    Times,
}

impl FixedScaleOffset {
    fn encode_integers(&self, native: &[u8], encoded: &mut [u8]) -> Result<()> {
        if let ((Some(offset), Some(scale)), true) = (self.whole, self.encoded == self.decoded) {
            with_number!(self.decoded, T => {
                let (offset, scale) = (constant::<T>(offset), constant::<T>(scale));
                map::<T, T>(native, encoded, |x| x.minus(offset).times(scale));
            });
            self.encoded.store(encoded);
            return Ok(());
        }
        let mut data = Scratch::sized(native.len())?;
        data.copy_from_slice(native);
        let numbers = Numbers { of: self.decoded.native(), data };
        let moved = numbers.apply(self.whole.0, self.offset, Operation::Minus)?;
        let scaled = moved.apply(self.whole.1, self.scale, Operation::Times)?;
        convert_native(scaled.of, &scaled.data, self.encoded, encoded);
        Ok(())
    }
}

impl ArrayCodec for FixedScaleOffset {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.decoded.to_native(decoded);
        if self.decoded.kind != Kind::Float {
            return self.encode_integers(&native, encoded);
        }
        match self.decoded.size {
            2 => {
                let (offset, scale) = (f16::from_f64(self.offset), f16::from_f64(self.scale));
                let mut scaled = Scratch::sized(native.len())?;
                map::<f16, f16>(&native, &mut scaled, |x| Round::round((x - offset) * scale));
                convert_native(self.decoded, &scaled, self.encoded, encoded);
                return Ok(());
            }
            4 => {
                let (offset, scale) = (self.offset as f32, self.scale as f32);
                with_number!(self.encoded, U => {
                    wide::scaled_f32::<U>(&native, encoded, offset, scale, self.encoded);
                });
            }
            _ => {
                let (offset, scale) = (self.offset, self.scale);
                with_number!(self.encoded, U => {
                    wide::scaled_f64::<U>(&native, encoded, offset, scale, self.encoded);
                });
            }
        }
        self.encoded.store(encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        // Integers divide in float64, floating point numbers in their own type.
        let size = if self.encoded.kind == Kind::Float { self.encoded.size } else { 8 };
        let (offset, scale) = (self.offset, self.scale);
        if size == 8 && self.encoded == self.decoded {
            let native = self.encoded.to_native(encoded);
            with_number!(self.encoded, T => {
                map::<T, T>(&native, decoded, |x| Cast::<T>::cast(Cast::<f64>::cast(x) / scale + offset));
            });
            self.decoded.store(decoded);
            return Ok(());
        }
        if size == 8 && self.decoded.kind == Kind::Float && self.decoded.size > 2 {
            let native = self.encoded.to_native(encoded);
            with_number!(self.encoded, T => match self.decoded.size {
                4 => map::<T, f32>(&native, decoded, |x| (Cast::<f64>::cast(x) / scale + offset) as f32),
                _ => map::<T, f64>(&native, decoded, |x| Cast::<f64>::cast(x) / scale + offset),
            });
            self.decoded.store(decoded);
            return Ok(());
        }
        let between = NumberType { kind: Kind::Float, size, order: self.decoded.order }.native();
        let mut numbers = Scratch::sized(encoded.len() / self.encoded.size * size)?;
        convert(self.encoded, encoded, between, &mut numbers);
        let mut scaled = Scratch::sized(numbers.len())?;
        match size {
            2 => {
                let (offset, scale) = (f16::from_f64(self.offset), f16::from_f64(self.scale));
                map::<f16, f16>(&numbers, &mut scaled, |x| x / scale + offset);
            }
            4 => {
                let (offset, scale) = (self.offset as f32, self.scale as f32);
                map::<f32, f32>(&numbers, &mut scaled, |x| x / scale + offset);
            }
            _ => map::<f64, f64>(&numbers, &mut scaled, |x| x / scale + offset),
        }
        convert_native(between, &scaled, self.decoded, decoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len() / self.decoded.size * self.encoded.size];
        self.encode(fill, &mut out)?;
        Ok(out)
    }
}
