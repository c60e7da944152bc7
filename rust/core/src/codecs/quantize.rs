//! `numcodecs.quantize`: floating point numbers rounded to so many decimal digits, in binary steps.
//!
//! Source: numcodecs `quantize.py`. The arithmetic is that of the decoded type.

use half::f16;
use serde::Deserialize;
use serde_json::Value;

use super::number::{NumberType, Round, convert, convert_native, map, stage};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::element::Kind;
use crate::error::{Error, Result};
use crate::scratch::Scratch;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    digits: i32,
    dtype: NumberType,
    astype: Option<NumberType>,
}

struct Quantize {
    scale: f64,
    decoded: NumberType,
    encoded: NumberType,
}

/// Builds the codec from digits and data types.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { digits, dtype, astype } = configuration("quantize", value)?;
    let encoded = astype.unwrap_or(dtype);
    if dtype.kind != Kind::Float || encoded.kind != Kind::Float {
        return Err(Error::metadata("quantize: only floating point numbers are rounded"));
    }
    // The same steps in the same order as numcodecs, since each of them rounds.
    let exponent = 10_f64.powf(f64::from(-digits)).log10();
    let exponent = if exponent < 0.0 { exponent.floor() } else { exponent.ceil() };
    let scale = 10_f64.powf(-exponent).log2().ceil().exp2();
    let codec = Quantize { scale, decoded: dtype, encoded };
    stage("quantize", codec, chunk, dtype, encoded).map(Step::Stage)
}

impl Quantize {
    /// Rounds numbers of this machine's byte order. The scale is a power of two: its inverse divides as exactly.
    fn round(&self, native: &[u8], rounded: &mut [u8]) {
        match self.decoded.size {
            2 => {
                let scale = f16::from_f64(self.scale);
                map::<f16, f16>(native, rounded, |x| (scale * x).round() / scale);
            }
            4 => {
                let scale = self.scale as f32;
                let inverse = 1.0 / scale;
                match inverse.is_normal() {
                    true => map::<f32, f32>(native, rounded, |x| Round::round(scale * x) * inverse),
                    false => map::<f32, f32>(native, rounded, |x| Round::round(scale * x) / scale),
                }
            }
            _ => {
                let (scale, inverse) = (self.scale, 1.0 / self.scale);
                match inverse.is_normal() {
                    true => map::<f64, f64>(native, rounded, |x| Round::round(scale * x) * inverse),
                    false => map::<f64, f64>(native, rounded, |x| Round::round(scale * x) / scale),
                }
            }
        }
    }
}

impl ArrayCodec for Quantize {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.decoded.to_native(decoded);
        if self.decoded == self.encoded {
            self.round(&native, encoded);
            self.encoded.store(encoded);
            return Ok(());
        }
        let mut rounded = Scratch::sized(native.len())?;
        self.round(&native, &mut rounded);
        convert_native(self.decoded, &rounded, self.encoded, encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        convert(self.encoded, encoded, self.decoded, decoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len() / self.decoded.size * self.encoded.size];
        self.encode(fill, &mut out)?;
        Ok(out)
    }
}
