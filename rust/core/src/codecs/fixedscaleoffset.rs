//! `numcodecs.fixedscaleoffset`: `(x - offset) * scale`, rounded, as another type.
//!
//! Source: numcodecs `fixedscaleoffset.py`, whose arithmetic is numpy's: floating point numbers compute in their own type,
//! integers with integer parameters in theirs, wrapping, and with other parameters in float64.

use half::f16;
use serde::Deserialize;
use serde_json::{Number as JsonNumber, Value};

use super::number::{NumberType, convert_native, map, stage};
use super::{ArrayCodec, Chunk, Step, configuration};
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
    decoded: NumberType,
    encoded: NumberType,
}

/// Builds the codec from its parameters and data types.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { offset, scale, dtype, astype } = configuration("fixedscaleoffset", value)?;
    let encoded = astype.unwrap_or(dtype);
    if dtype.kind != Kind::Float {
        return Err(Error::metadata("fixedscaleoffset: only floating point numbers are scaled here"));
    }
    let (Some(offset), Some(scale)) = (offset.as_f64(), scale.as_f64()) else {
        return Err(Error::metadata(format!(
            "fixedscaleoffset: offset is {offset}, scale is {scale}, expected numbers"
        )));
    };
    let codec = FixedScaleOffset { offset, scale, decoded: dtype, encoded };
    stage("fixedscaleoffset", codec, chunk, dtype, encoded).map(Step::Stage)
}

impl ArrayCodec for FixedScaleOffset {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.decoded.to_native(decoded);
        let mut scaled = Scratch::sized(native.len())?;
        match self.decoded.size {
            2 => {
                let (offset, scale) = (f16::from_f64(self.offset), f16::from_f64(self.scale));
                let round = |x: f16| f16::from_f32(x.to_f32().round_ties_even());
                map::<f16, f16>(&native, &mut scaled, |x| round((x - offset) * scale));
            }
            4 => {
                let (offset, scale) = (self.offset as f32, self.scale as f32);
                map::<f32, f32>(&native, &mut scaled, |x| ((x - offset) * scale).round_ties_even());
            }
            _ => map::<f64, f64>(&native, &mut scaled, |x| ((x - self.offset) * self.scale).round_ties_even()),
        }
        convert_native(self.decoded, &scaled, self.encoded, encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        // Integers divide in float64, floating point numbers in their own type.
        let size = if self.encoded.kind == Kind::Float { self.encoded.size } else { 8 };
        let between = NumberType { kind: Kind::Float, size, order: self.decoded.order }.native();
        let mut numbers = Scratch::sized(encoded.len() / self.encoded.size * size)?;
        super::number::convert(self.encoded, encoded, between, &mut numbers);
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
            _ => map::<f64, f64>(&numbers, &mut scaled, |x| x / self.scale + self.offset),
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
