//! `cast_value`: numbers stored as another type, with rules for rounding, for what is out of range, and for single values.
//!
//! Source: zarr-extensions codec "cast_value".

use half::f16;
use serde::Deserialize;
use serde_json::Value;

use super::number::{Bool, Number, NumberType, map, stage, with_number};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::element::Kind;
use crate::error::{Error, ErrorKind, Result};

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rounding {
    #[default]
    NearestEven,
    TowardsZero,
    TowardsPositive,
    TowardsNegative,
    NearestAway,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OutOfRange {
    Clamp,
    Wrap,
}

/// Pairs of a value and what becomes of it; the caller knows how documents write numbers.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScalarMap {
    #[serde(default)]
    encode: Vec<[Scalar; 2]>,
    #[serde(default)]
    decode: Vec<[Scalar; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    data_type: NumberType,
    #[serde(default)]
    rounding: Rounding,
    out_of_range: Option<OutOfRange>,
    scalar_map: Option<ScalarMap>,
}

/// A number of any type, exactly.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scalar {
    Int(i128),
    /// By its bits, as JSON has no NaN.
    #[serde(deserialize_with = "bits")]
    Float(f64),
}

fn bits<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<f64, D::Error> {
    u64::deserialize(deserializer).map(f64::from_bits)
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            _ => false,
        }
    }
}

/// A number type that can be any [`Scalar`] and come of one.
trait Exact: Number {
    fn exact(self) -> Scalar;
    fn of(scalar: Scalar) -> Self;
}

macro_rules! exact_integers {
    ($($type:ty),*) => {$(
        impl Exact for $type {
            fn exact(self) -> Scalar {
                Scalar::Int(self.into())
            }

            fn of(scalar: Scalar) -> Self {
                match scalar {
                    Scalar::Int(x) => x as Self,
                    Scalar::Float(x) => x as Self,
                }
            }
        }
    )*};
}

exact_integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! exact_floats {
    ($($type:ty, $to:expr, $from:expr;)*) => {$(
        impl Exact for $type {
            fn exact(self) -> Scalar {
                Scalar::Float($to(self))
            }

            fn of(scalar: Scalar) -> Self {
                match scalar {
                    Scalar::Int(x) => $from(x as f64),
                    Scalar::Float(x) => $from(x),
                }
            }
        }
    )*};
}

impl Exact for Bool {
    fn exact(self) -> Scalar {
        Scalar::Int(i128::from(self.is_true()))
    }

    fn of(scalar: Scalar) -> Self {
        Self::new(scalar != Scalar::Int(0))
    }
}

exact_floats! {
    f16, f16::to_f64, f16::from_f64;
    f32, f64::from, |x| x as f32;
    f64, |x| x, |x| x;
}

/// How numbers become numbers of one type.
#[derive(Clone, Copy)]
struct Rules {
    to: NumberType,
    rounding: Rounding,
    out_of_range: Option<OutOfRange>,
}

impl Rules {
    /// None for what the type does not have.
    fn cast(self, x: Scalar) -> Option<Scalar> {
        match (self.to.kind, x) {
            (Kind::Float, Scalar::Float(x)) if !x.is_finite() || self.to.size == 8 => Some(Scalar::Float(x)),
            (Kind::Float, x) => self.to_float(x).map(Scalar::Float),
            (_, Scalar::Int(x)) => self.to_integer(x).map(Scalar::Int),
            (_, Scalar::Float(x)) => self.rounded(x).map(Scalar::Int),
        }
    }

    fn range(self) -> (i128, i128) {
        let bits = self.to.size as u32 * 8;
        match self.to.kind {
            Kind::Int => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
            _ => (0, (1_i128 << bits) - 1),
        }
    }

    fn to_integer(self, x: i128) -> Option<i128> {
        let (low, high) = self.range();
        match self.out_of_range {
            _ if (low..=high).contains(&x) => Some(x),
            None => None,
            Some(OutOfRange::Clamp) => Some(x.clamp(low, high)),
            Some(OutOfRange::Wrap) => Some((x - low).rem_euclid(high - low + 1) + low),
        }
    }

    fn rounded(self, x: f64) -> Option<i128> {
        let (low, high) = self.range();
        if !x.is_finite() {
            let bound = if x > 0.0 { high } else { low };
            return (!x.is_nan() && self.out_of_range == Some(OutOfRange::Clamp)).then_some(bound);
        }
        let x = match self.rounding {
            Rounding::NearestEven => x.round_ties_even(),
            Rounding::NearestAway => x.round(),
            Rounding::TowardsZero => x.trunc(),
            Rounding::TowardsPositive => x.ceil(),
            Rounding::TowardsNegative => x.floor(),
        };
        // Larger numbers than 2^100 are taken to the same remainder, so that they fit here.
        let small = if x.abs() < 1.3e30 { x } else { x % 18_446_744_073_709_551_616.0 };
        match self.out_of_range {
            Some(OutOfRange::Wrap) => self.to_integer(small as i128),
            _ => self.to_integer(x as i128),
        }
    }

    /// Infinity stands for what is too large: what would be more than the largest number had the exponent no bound.
    fn to_float(self, x: Scalar) -> Option<f64> {
        let (is_positive, size) = match x {
            Scalar::Int(x) => (x > 0, x.unsigned_abs() as f64),
            Scalar::Float(x) => (x > 0.0, x.abs()),
        };
        let beyond = match self.to.size {
            2 => size >= 65_536.0,
            4 => size >= 2.0_f64.powi(128),
            _ => false,
        };
        let nearest = match (self.to.size, x) {
            (2, Scalar::Int(x)) => f16::from_f64(x as f64).to_f64(),
            (4, Scalar::Int(x)) => f64::from(x as f32),
            (_, Scalar::Int(x)) => x as f64,
            (2, Scalar::Float(x)) => f16::from_f64(x).to_f64(),
            (_, Scalar::Float(x)) => f64::from(x as f32),
        };
        let order = compare(nearest, x);
        let found = if order == std::cmp::Ordering::Equal {
            nearest
        } else {
            let below = order == std::cmp::Ordering::Less;
            let lower = if below { nearest } else { self.next(nearest, false) };
            let upper = if below { self.next(nearest, true) } else { nearest };
            match self.rounding {
                Rounding::NearestEven => nearest,
                Rounding::TowardsPositive => upper,
                Rounding::TowardsNegative => lower,
                Rounding::TowardsZero => {
                    if is_positive {
                        lower
                    } else {
                        upper
                    }
                }
                Rounding::NearestAway if is_middle(lower, x, upper) => {
                    if is_positive {
                        upper
                    } else {
                        lower
                    }
                }
                Rounding::NearestAway => nearest,
            }
        };
        match self.out_of_range {
            _ if found.is_finite() && !beyond => Some(found),
            Some(OutOfRange::Clamp) => Some(if is_positive { f64::INFINITY } else { f64::NEG_INFINITY }),
            _ => None,
        }
    }

    /// The neighbour of a number of the type.
    fn next(self, x: f64, up: bool) -> f64 {
        match self.to.size {
            2 => {
                // All numbers of 16 bits have neighbours whose bits, as an integer, are neighbours too.
                let bits = f16::from_f64(x).to_bits();
                let away = (x > 0.0) == up && x != 0.0;
                let next = match bits & 0x7fff {
                    0 => {
                        if up {
                            1
                        } else {
                            0x8001
                        }
                    }
                    _ if away => bits + 1,
                    _ => bits - 1,
                };
                f16::from_bits(next).to_f64()
            }
            4 => f64::from(if up { (x as f32).next_up() } else { (x as f32).next_down() }),
            _ => {
                if up {
                    x.next_up()
                } else {
                    x.next_down()
                }
            }
        }
    }
}

fn compare(found: f64, x: Scalar) -> std::cmp::Ordering {
    match x {
        Scalar::Float(x) => found.total_cmp(&x),
        // A float of this size is whole, and a smaller one of these types holds any integer it is the nearest of.
        Scalar::Int(x) if found.is_finite() => (found as i128).cmp(&x),
        Scalar::Int(_) => found.total_cmp(&0.0),
    }
}

fn is_middle(lower: f64, x: Scalar, upper: f64) -> bool {
    match x {
        Scalar::Float(x) => x - lower == upper - x,
        Scalar::Int(x) => lower.is_finite() && upper.is_finite() && x - lower as i128 == upper as i128 - x,
    }
}

struct CastValue {
    from: NumberType,
    encode: Rules,
    decode: Rules,
    map: ScalarMap,
}

/// Builds the codec from the stored data type and the rules.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let found: Configuration = configuration("cast_value", value)?;
    let wrong = || Error::metadata("cast_value: only integers and floating point numbers are cast");
    let from = NumberType::of(&chunk.element).filter(|number| number.kind != Kind::Bool).ok_or_else(wrong)?;
    if found.data_type.kind == Kind::Bool {
        return Err(wrong());
    }
    let rules = |to: NumberType| {
        // What wraps is the stored integer; there is no such arithmetic on the way back to a floating point number.
        let keeps = to.kind != Kind::Float || found.out_of_range != Some(OutOfRange::Wrap);
        Rules { to, rounding: found.rounding, out_of_range: found.out_of_range.filter(|_| keeps) }
    };
    let codec = CastValue {
        from,
        encode: rules(found.data_type),
        decode: rules(from),
        map: found.scalar_map.unwrap_or_default(),
    };
    stage("cast_value", codec, chunk, from, found.data_type).map(Step::Stage)
}

/// Casts numbers of type `from`; none if there is one that the rules refuse.
fn cast(from: NumberType, data: &[u8], rules: Rules, scalars: &[[Scalar; 2]], out: &mut [u8]) -> Option<()> {
    let native = from.to_native(data);
    let mut fits = true;
    let one = |x: Scalar| match scalars.iter().find(|[key, _]| *key == x) {
        Some([_, value]) => Some(*value),
        None => rules.cast(x),
    };
    with_number!(from, T => with_number!(rules.to, U => map::<T, U>(&native, out, |x| {
        let made = one(Exact::exact(x));
        fits &= made.is_some();
        made.map_or_else(U::default, <U as Exact>::of)
    })));
    rules.to.store(out);
    fits.then_some(())
}

impl ArrayCodec for CastValue {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        cast(self.from, decoded, self.encode, &self.map.encode, encoded).ok_or_else(|| {
            let text =
                "cast_value: a value is not one of the stored data type, and out_of_range does not say what then";
            Error::new(ErrorKind::InvalidMetadata, text)
        })
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        cast(self.encode.to, encoded, self.decode, &self.map.decode, decoded)
            .ok_or_else(|| Error::corrupt("cast_value: a stored value is not one of the array's data type"))
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; self.encode.to.size];
        self.encode(fill, &mut out)?;
        Ok(out)
    }
}
