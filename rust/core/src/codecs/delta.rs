//! `numcodecs.delta`: each number minus the one before it, the first as it is.
//!
//! Source: numcodecs `delta.py`. Differences and sums wrap in the type of the decoded numbers.

use serde::Deserialize;
use serde_json::Value;

use super::number::{Number, NumberType, convert, convert_native, map_pairs, stage, with_number};
use super::{ArrayCodec, Chunk, Step, configuration, wide};
use crate::element::Kind;
use crate::error::{Error, Result};

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

/// Bytes that are worked on at once where there are two steps, so that the second finds them in the nearest cache.
const BLOCK: usize = 8192;

/// Whether numbers of the type are integers.
fn is_whole(number: NumberType) -> bool {
    matches!(number.kind, Kind::Int | Kind::Uint)
}

/// Differences of native numbers, the first of them to `before`; the last number comes back.
#[inline]
fn differences<T: Number>(data: &[u8], out: &mut [u8], before: T) -> T {
    let Some((first, rest)) = out.split_at_mut_checked(T::SIZE) else { return before };
    T::load(data).minus(before).store(first);
    map_pairs::<T, T>(data, rest, T::minus);
    T::load(&data[data.len() - T::SIZE..])
}

impl Delta {
    fn encode_numbers<T: Number>(&self, decoded: &[u8], encoded: &mut [u8]) {
        let Some((first, rest)) = decoded.split_at_checked(T::SIZE) else { return };
        let (to, more) = encoded.split_at_mut(self.encoded.size);
        convert(self.decoded, first, self.encoded, to);
        let first = T::load(&self.decoded.to_native(first));
        let is_native = self.decoded == self.decoded.native();
        if is_native && self.decoded == self.encoded {
            differences::<T>(rest, more, first);
            return;
        }
        if is_native && is_whole(self.decoded) && is_whole(self.encoded) && self.encoded.size < self.decoded.size {
            return self.encode_narrow(decoded, encoded);
        }
        let (mut native, mut steps, mut before) = ([0; BLOCK], [0; BLOCK], first);
        for (from, to) in rest.chunks(BLOCK).zip(more.chunks_mut(BLOCK / T::SIZE * self.encoded.size)) {
            let (native, steps) = (&mut native[..from.len()], &mut steps[..from.len()]);
            let from = match is_native {
                true => from,
                false => {
                    convert(self.decoded, from, self.decoded.native(), native);
                    native
                }
            };
            before = differences::<T>(from, steps, before);
            convert_native(self.decoded, steps, self.encoded, to);
        }
    }

    /// Differences of native integers of which fewer bytes are stored, whose signs do not matter.
    fn encode_narrow(&self, decoded: &[u8], encoded: &mut [u8]) {
        let more = &mut encoded[self.encoded.size..];
        macro_rules! narrow {
            ($from:ty, $to:ty) => {
                map_pairs::<$from, $to>(decoded, more, |after, before| after.wrapping_sub(before) as $to)
            };
        }
        match (self.decoded.size, self.encoded.size) {
            (8, 4) => narrow!(u64, u32),
            (8, 2) => narrow!(u64, u16),
            (8, _) => narrow!(u64, u8),
            (4, 2) => narrow!(u32, u16),
            (4, _) => narrow!(u32, u8),
            _ => narrow!(u16, u8),
        }
        self.encoded.store(more);
    }

    fn decode_numbers<T: Number>(&self, encoded: &[u8], decoded: &mut [u8]) {
        let Some((first, rest)) = encoded.split_at_checked(self.encoded.size) else { return };
        let (to, more) = decoded.split_at_mut(T::SIZE);
        convert(self.encoded, first, self.decoded.native(), to);
        // From the first number on, as numpy's sums are: adding to a zero would lose the sign of another one.
        let mut sum = T::load(to);
        if self.encoded == self.decoded.native() {
            wide::sums::<T>(rest, more, sum);
        } else {
            let mut steps = [0; BLOCK];
            for (from, to) in rest.chunks(BLOCK / T::SIZE * self.encoded.size).zip(more.chunks_mut(BLOCK)) {
                let steps = &mut steps[..to.len()];
                convert(self.encoded, from, self.decoded.native(), steps);
                sum = wide::sums::<T>(steps, to, sum);
            }
        }
        self.decoded.store(decoded);
    }
}

impl ArrayCodec for Delta {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        with_number!(self.decoded, T => self.encode_numbers::<T>(decoded, encoded));
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        with_number!(self.decoded, T => self.decode_numbers::<T>(encoded, decoded));
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len() / self.decoded.size * self.encoded.size];
        convert(self.decoded, fill, self.encoded, &mut out);
        Ok(out)
    }
}
