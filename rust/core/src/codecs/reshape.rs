//! `reshape`: the same elements in the same order, as an array of another shape.
//!
//! Source: zarr-extensions, codec "reshape". Each length is a number, `-1` for what is left, or the axes whose product it is.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{ArrayCodec, Chunk, Stage, Step, configuration};
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    shape: Vec<Length>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Length {
    Number(i64),
    Axes(Vec<usize>),
}

struct Reshape;

/// Builds the codec, whose output has as many elements as `chunk`.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { shape } = configuration("reshape", value)?;
    let shape = resolve(&shape, &chunk.shape)?;
    let encoded = Chunk { shape, element: chunk.element.clone() };
    Ok(Step::Stage(Stage { codec: Arc::new(Reshape), encoded }))
}

fn product(lengths: &[u64]) -> Option<u64> {
    lengths.iter().try_fold(1_u64, |product, length| product.checked_mul(*length))
}

/// The lengths of the output for an input of lengths `before`.
fn resolve(shape: &[Length], before: &[u64]) -> Result<Vec<u64>> {
    let wrong = |what: String| Error::metadata(format!("reshape: {what}, the chunk has shape {before:?}"));
    let axes: Vec<usize> = shape.iter().filter_map(Length::axes).flatten().copied().collect();
    if !axes.is_sorted_by(|a, b| a < b) || axes.last().is_some_and(|axis| *axis >= before.len()) {
        return Err(wrong(format!("shape names the axes {axes:?}, expected existing ones in rising order")));
    }
    let mut open = None;
    let mut after = Vec::with_capacity(shape.len());
    for (at, length) in shape.iter().enumerate() {
        after.push(match length {
            Length::Number(-1) if open.is_none() => {
                open = Some(at);
                1
            }
            Length::Number(number) => u64::try_from(*number)
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| wrong(format!("shape[{at}] is {number}, expected a positive number or one -1")))?,
            Length::Axes(axes) => axes
                .iter()
                .try_fold(1_u64, |product, axis| product.checked_mul(before[*axis]))
                .ok_or_else(|| wrong(format!("shape[{at}] is too large")))?,
        });
    }
    let size = product(before);
    if let (Some(at), Some(size), Some(rest)) = (open, size, product(&after)) {
        after[at] = size.checked_div(rest).unwrap_or(0);
    }
    if size.is_none() || product(&after) != size {
        return Err(wrong(format!("shape makes {after:?}, expected as many elements")));
    }
    for (at, length) in shape.iter().enumerate() {
        let (Some([first, ..]), Some([.., last])) = (length.axes(), length.axes()) else { continue };
        let lines_up = product(&after[..at]) == product(&before[..*first])
            && product(&after[at + 1..]) == product(&before[last + 1..]);
        if !lines_up {
            return Err(wrong(format!("shape[{at}] names axes that end elsewhere than axis {at} of {after:?}")));
        }
    }
    Ok(after)
}

impl Length {
    fn axes(&self) -> Option<&[usize]> {
        match self {
            Self::Number(_) => None,
            Self::Axes(axes) => Some(axes),
        }
    }
}

impl ArrayCodec for Reshape {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        encoded.copy_from_slice(decoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        decoded.copy_from_slice(encoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        Ok(fill.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::Element;

    fn reshaped(shape: Value, before: &[u64]) -> Result<Vec<u64>> {
        let chunk = Chunk { shape: before.to_vec(), element: Element::bytes(4) };
        match build(&json!({"shape": shape}), &chunk)? {
            Step::Stage(stage) => Ok(stage.encoded.shape),
            Step::Order(order) => panic!("an order of axes: {order:?}"),
        }
    }

    #[test]
    fn the_example_of_the_specification_joins_the_first_axes() {
        assert_eq!(reshaped(json!([[0, 1], [2], 3]), &[100, 50, 64, 3]).unwrap(), [5000, 64, 3]);
    }

    #[test]
    fn lengths_are_numbers_products_of_axes_and_what_is_left() {
        assert_eq!(reshaped(json!([24]), &[2, 3, 4]).unwrap(), [24]);
        assert_eq!(reshaped(json!([-1]), &[2, 3, 4]).unwrap(), [24]);
        assert_eq!(reshaped(json!([[0], -1]), &[2, 3, 4]).unwrap(), [2, 12]);
        assert_eq!(reshaped(json!([1, [0], 1, [1, 2], []]), &[2, 3, 4]).unwrap(), [1, 2, 1, 12, 1]);
        assert_eq!(reshaped(json!([]), &[1]).unwrap(), [0_u64; 0]);
        assert_eq!(reshaped(json!([4, 3, -1]), &[2, 3, 4]).unwrap(), [4, 3, 2]);
    }

    #[test]
    fn a_shape_that_does_not_fit_is_refused() {
        let wrong = [
            json!([5, -1]),
            json!([23]),
            json!([0, -1]),
            json!([-2, 12]),
            json!([-1, -1]),
            json!([[1], [0], [2]]),
            json!([[1, 0], [2]]),
            json!([[0, 0], -1]),
            json!([[0], [3]]),
            json!([3, [0], 4]),
            json!([[0, 2], 3]),
            json!([i64::MAX, i64::MAX]),
            json!([1.5]),
            json!("24"),
        ];
        for shape in wrong {
            assert!(reshaped(shape.clone(), &[2, 3, 4]).is_err(), "{shape}");
        }
        assert!(reshaped(json!([[0, 1]]), &[1 << 40, 1 << 40]).is_err());
    }
}
