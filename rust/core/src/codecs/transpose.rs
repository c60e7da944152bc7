//! `transpose`: another order of axes. No byte moves for it: chunks are copied to and from the caller's memory with the
//! strides in that order.
//!
//! Source: Zarr v3 codec "transpose"; format 2's `order: "F"` is the reversed order.

use serde::Deserialize;
use serde_json::Value;

use super::{Chunk, Step, configuration};
use crate::error::{Error, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    order: Order,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Order {
    Axes(Vec<usize>),
    /// Early drafts had `"C"` and `"F"`.
    Letter(String),
}

/// For each stored axis the axis it comes from.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let ndim = chunk.shape.len();
    let order = match configuration::<Configuration>("transpose", value)?.order {
        Order::Axes(axes) => axes,
        Order::Letter(letter) if letter == "C" => (0..ndim).collect(),
        Order::Letter(letter) if letter == "F" => (0..ndim).rev().collect(),
        Order::Letter(letter) => {
            return Err(Error::metadata(format!("codec transpose: order is {letter:?}, expected a list of axes")));
        }
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..ndim) {
        return Err(Error::metadata(format!("codec transpose: order is {order:?}, expected each of 0 to {ndim} once")));
    }
    Ok(Step::Order(order))
}
