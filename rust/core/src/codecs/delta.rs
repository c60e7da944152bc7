//! `numcodecs.delta`: each number minus the one before it, the first as it is.
//!
//! Source: numcodecs `delta.py`. Differences and sums wrap in the type of the decoded numbers.

use serde::Deserialize;
use serde_json::Value;

use super::number::{Number, NumberType, convert, convert_native, stage, with_number};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::element::Kind;
use crate::error::{Error, Result};
use crate::scratch::Scratch;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    dtype: NumberType,
    astype: Option<NumberType>,
}

struct Delta {
    decoded: NumberType,
    encoded: NumberType,
}

/// Builds the codec from its two data types.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { dtype, astype } = configuration("delta", value)?;
    let astype = astype.unwrap_or(dtype);
    if dtype.kind == Kind::Bool || astype.kind == Kind::Bool {
        return Err(Error::metadata("delta: data type is bool, expected one of numbers"));
    }
    stage("delta", Delta { decoded: dtype, encoded: astype }, chunk, dtype, astype).map(Step::Stage)
}

/// Differences of native numbers.
fn difference<T: Number>(data: &[u8], out: &mut [u8]) {
    let Some((first, rest)) = out.split_at_mut_checked(T::SIZE) else { return };
    first.copy_from_slice(&data[..T::SIZE]);
    let pairs = data.chunks_exact(T::SIZE).zip(data[T::SIZE..].chunks_exact(T::SIZE));
    for ((before, after), out) in pairs.zip(rest.chunks_exact_mut(T::SIZE)) {
        T::load(after).minus(T::load(before)).store(out);
    }
}

/// Sums of native numbers.
fn sums<T: Number>(data: &[u8], out: &mut [u8]) {
    let Some((first, rest)) = data.split_at_checked(T::SIZE) else { return };
    let Some((out, more)) = out.split_at_mut_checked(T::SIZE) else { return };
    let mut sum = T::load(first);
    sum.store(out);
    // From the first number on, as numpy's sums are: adding to a zero would lose the sign of another one.
    for (step, out) in rest.chunks_exact(T::SIZE).zip(more.chunks_exact_mut(T::SIZE)) {
        sum = sum.plus(T::load(step));
        sum.store(out);
    }
}

/// Sums of native numbers, in place.
fn accumulate<T: Number>(data: &mut [u8]) {
    let mut items = data.chunks_exact_mut(T::SIZE);
    let Some(first) = items.next() else { return };
    let mut sum = T::load(first);
    for item in items {
        sum = sum.plus(T::load(item));
        sum.store(item);
    }
}

impl ArrayCodec for Delta {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        let native = self.decoded.to_native(decoded);
        if self.decoded == self.encoded {
            with_number!(self.decoded, T => difference::<T>(&native, encoded));
            self.encoded.store(encoded);
            return Ok(());
        }
        let mut steps = Scratch::sized(native.len())?;
        with_number!(self.decoded, T => difference::<T>(&native, &mut steps));
        convert_native(self.decoded, &steps, self.encoded, encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        if self.encoded == self.decoded.native() {
            with_number!(self.decoded, T => sums::<T>(encoded, decoded));
        } else {
            convert(self.encoded, encoded, self.decoded.native(), decoded);
            with_number!(self.decoded, T => accumulate::<T>(decoded));
        }
        self.decoded.store(decoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len() / self.decoded.size * self.encoded.size];
        convert(self.decoded, fill, self.encoded, &mut out);
        Ok(out)
    }
}
