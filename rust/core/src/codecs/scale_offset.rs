//! `scale_offset`: `(x - offset) * scale`, in the type of the elements, without rounding and without overflow.
//!
//! Source: zarr-extensions codec "scale_offset". What an integer type cannot hold, and what `scale` does not divide, is an
//! error; floating point numbers compute in their own type.

use half::f16;
use serde::Deserialize;
use serde_json::{Number as JsonNumber, Value};

use super::number::{Number, NumberType, map, stage};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::element::Kind;
use crate::error::{Error, ErrorKind, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "zero")]
    offset: JsonNumber,
    #[serde(default = "one")]
    scale: JsonNumber,
}

fn zero() -> JsonNumber {
    0.into()
}

fn one() -> JsonNumber {
    1.into()
}

enum ScaleOffset {
    Integer { number: NumberType, offset: i128, scale: i128 },
    Float { number: NumberType, offset: f64, scale: f64 },
}

/// Builds the codec for numbers.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { offset, scale } = configuration("scale_offset", value)?;
    let wrong = || Error::metadata(format!("scale_offset: offset is {offset}, scale is {scale}, for other elements"));
    let number = NumberType::of(&chunk.element).filter(|number| number.kind != Kind::Bool).ok_or_else(wrong)?;
    let codec = if number.kind == Kind::Float {
        let (offset, scale) = offset.as_f64().zip(scale.as_f64()).ok_or_else(wrong)?;
        ScaleOffset::Float { number, offset, scale }
    } else {
        let (offset, scale) = offset.as_i128().zip(scale.as_i128()).ok_or_else(wrong)?;
        ScaleOffset::Integer { number, offset, scale }
    };
    if matches!(codec, ScaleOffset::Integer { scale: 0, .. }) || scale.as_f64() == Some(0.0) {
        return Err(Error::metadata("scale_offset: scale is 0, expected another number"));
    }
    stage("scale_offset", codec, chunk, number, number).map(Step::Stage)
}

/// An integer type.
trait Integer: Number + TryFrom<i128> + Into<i128> {}
impl<T: Number + TryFrom<i128> + Into<i128>> Integer for T {}

/// Applies `f` to native integers; none of it is a value that the type cannot hold.
fn each<T: Integer>(from: &[u8], to: &mut [u8], f: impl Fn(i128) -> Option<i128>) -> bool {
    let mut fits = true;
    map::<T, T>(from, to, |x| {
        let made = f(x.into()).and_then(|x| T::try_from(x).ok());
        fits &= made.is_some();
        made.unwrap_or_default()
    });
    fits
}

fn each_integer(number: NumberType, from: &[u8], to: &mut [u8], f: impl Fn(i128) -> Option<i128>) -> bool {
    match (number.kind, number.size) {
        (Kind::Int, 1) => each::<i8>(from, to, f),
        (Kind::Int, 2) => each::<i16>(from, to, f),
        (Kind::Int, 4) => each::<i32>(from, to, f),
        (Kind::Int, _) => each::<i64>(from, to, f),
        (_, 1) => each::<u8>(from, to, f),
        (_, 2) => each::<u16>(from, to, f),
        (_, 4) => each::<u32>(from, to, f),
        (_, _) => each::<u64>(from, to, f),
    }
}

fn each_float(
    number: NumberType,
    from: &[u8],
    to: &mut [u8],
    [offset, scale]: [f64; 2],
    half: impl Fn(f16, f16, f16) -> f16,
    single: impl Fn(f32, f32, f32) -> f32,
    double: impl Fn(f64, f64, f64) -> f64,
) {
    match number.size {
        2 => {
            let (offset, scale) = (f16::from_f64(offset), f16::from_f64(scale));
            map::<f16, f16>(from, to, |x| half(x, offset, scale));
        }
        4 => map::<f32, f32>(from, to, |x| single(x, offset as f32, scale as f32)),
        _ => map::<f64, f64>(from, to, |x| double(x, offset, scale)),
    }
}

impl ScaleOffset {
    fn number(&self) -> NumberType {
        match self {
            Self::Integer { number, .. } | Self::Float { number, .. } => *number,
        }
    }
}

impl ArrayCodec for ScaleOffset {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.number().to_native(decoded);
        match *self {
            Self::Integer { number, offset, scale } => {
                let scaled = |x: i128| x.checked_sub(offset)?.checked_mul(scale);
                if !each_integer(number, &native, encoded, scaled) {
                    let text = "scale_offset: a value outside the range of the data type comes out";
                    return Err(Error::new(ErrorKind::InvalidMetadata, text));
                }
            }
            Self::Float { number, offset, scale } => each_float(
                number,
                &native,
                encoded,
                [offset, scale],
                |x, offset, scale| (x - offset) * scale,
                |x, offset, scale| (x - offset) * scale,
                |x, offset, scale| (x - offset) * scale,
            ),
        }
        self.number().store(encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        let native = self.number().to_native(encoded);
        match *self {
            Self::Integer { number, offset, scale } => {
                let back = |x: i128| if x % scale == 0 { (x / scale).checked_add(offset) } else { None };
                if !each_integer(number, &native, decoded, back) {
                    return Err(Error::corrupt(format!(
                        "scale_offset: a value is no multiple of the scale {scale}, or too large"
                    )));
                }
            }
            Self::Float { number, offset, scale } => each_float(
                number,
                &native,
                decoded,
                [offset, scale],
                |x, offset, scale| x / scale + offset,
                |x, offset, scale| x / scale + offset,
                |x, offset, scale| x / scale + offset,
            ),
        }
        self.number().store(decoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len()];
        self.encode(fill, &mut out)?;
        Ok(out)
    }
}
