//! From a selection and a regular chunk grid to tasks: which chunk, which part of it, where in the output.
//!
//! Pure integers. A plan is lazy: task `i` is computed from `i`, so a selection of a million chunks costs as much
//! memory as one of a single chunk.

use crate::error::{Error, ErrorKind, Result};

/// One axis of a selection: `count` elements from `start`, every `step`-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// First element.
    pub start: u64,
    /// Number of elements.
    pub count: u64,
    /// Distance of neighbours, at least 1.
    pub step: u64,
}

impl Axis {
    /// Every element of an axis of this length.
    pub fn all(length: u64) -> Self {
        Self { start: 0, count: length, step: 1 }
    }

    /// Whether the axis takes every element of `length` in order.
    pub fn is_all(&self, length: u64) -> bool {
        self.start == 0 && self.count == length && (self.step == 1 || length <= 1)
    }

    fn check(&self, length: u64) -> Result<()> {
        let last = (self.count.saturating_sub(1)).checked_mul(self.step).and_then(|x| x.checked_add(self.start));
        let inside = self.count == 0 || last.is_some_and(|last| last < length);
        if self.step == 0 || !inside {
            return Err(Error::new(
                ErrorKind::InvalidSelection,
                format!(
                    "selection of {} elements from {} in steps of {} does not lie in an axis of length {length}",
                    self.count, self.start, self.step
                ),
            ));
        }
        Ok(())
    }
}

/// What one task does along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The chunk's coordinate.
    pub chunk: u64,
    /// The elements within the chunk.
    pub axis: Axis,
    /// The first of them in the selection.
    pub out: u64,
}

/// A selection of a regular grid, as tasks numbered in C order.
#[derive(Clone, Debug)]
pub struct Plan {
    axes: Vec<Axis>,
    chunk_shape: Vec<u64>,
    /// Number of chunks touched along each axis.
    counts: Vec<u64>,
}

impl Plan {
    /// Plans `axes` over an array of `shape` in chunks of `chunk_shape`.
    pub fn new(axes: &[Axis], shape: &[u64], chunk_shape: &[u64]) -> Result<Self> {
        if axes.len() != shape.len() || chunk_shape.len() != shape.len() {
            return Err(Error::new(
                ErrorKind::InvalidSelection,
                format!("selection has {} axes, the array has {}", axes.len(), shape.len()),
            ));
        }
        for (axis, length) in axes.iter().zip(shape) {
            axis.check(*length)?;
        }
        let counts = axes.iter().zip(chunk_shape).map(|(axis, length)| chunks_touched(axis, *length)).collect();
        Ok(Self { axes: axes.to_vec(), chunk_shape: chunk_shape.to_vec(), counts })
    }

    /// Number of tasks.
    pub fn tasks(&self) -> Result<u64> {
        self.counts.iter().try_fold(1_u64, |product, count| product.checked_mul(*count)).ok_or_else(|| {
            Error::new(ErrorKind::InvalidSelection, "the selection touches more than 2^64 chunks".to_owned())
        })
    }

    /// Task `index`, axis by axis.
    pub fn task(&self, index: u64) -> Vec<Part> {
        let mut parts = vec![Part { chunk: 0, axis: Axis::all(0), out: 0 }; self.axes.len()];
        let mut rest = index;
        for i in (0..self.axes.len()).rev() {
            let count = self.counts[i].max(1);
            parts[i] = part(&self.axes[i], self.chunk_shape[i], rest % count);
            rest /= count;
        }
        parts
    }
}

/// A step within a chunk's length meets every chunk on its way; a longer one meets one chunk per element.
fn chunks_touched(axis: &Axis, length: u64) -> u64 {
    if axis.count == 0 {
        0
    } else if axis.step <= length {
        (axis.start + (axis.count - 1) * axis.step) / length - axis.start / length + 1
    } else {
        axis.count
    }
}

fn part(axis: &Axis, length: u64, nth: u64) -> Part {
    if axis.step > length {
        let at = axis.start + nth * axis.step;
        let inner = Axis { start: at % length, count: 1, step: 1 };
        return Part { chunk: at / length, axis: inner, out: nth };
    }
    let chunk = axis.start / length + nth;
    let begin = chunk * length;
    let first = begin.saturating_sub(axis.start).div_ceil(axis.step);
    // The chunk's end may pass u64's end for the last chunk of a huge axis; the count bounds it either way.
    let end = begin.saturating_add(length).saturating_sub(axis.start).div_ceil(axis.step).min(axis.count);
    let start = axis.start + first * axis.step - begin;
    Part { chunk, axis: Axis { start, count: end - first, step: axis.step }, out: first }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_box_across_two_chunks_is_two_tasks() {
        let axes = [Axis { start: 3, count: 4, step: 1 }, Axis { start: 0, count: 2, step: 1 }];
        let plan = Plan::new(&axes, &[10, 2], &[5, 2]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 2);
        let whole = Axis { start: 0, count: 2, step: 1 };
        assert_eq!(
            plan.task(0),
            [
                Part { chunk: 0, axis: Axis { start: 3, count: 2, step: 1 }, out: 0 },
                Part { chunk: 0, axis: whole, out: 0 }
            ]
        );
        assert_eq!(
            plan.task(1),
            [
                Part { chunk: 1, axis: Axis { start: 0, count: 2, step: 1 }, out: 2 },
                Part { chunk: 0, axis: whole, out: 0 }
            ]
        );
    }

    #[test]
    fn an_empty_selection_has_no_task_and_a_scalar_array_has_one() {
        let none = Axis { start: 0, count: 0, step: 1 };
        assert_eq!(Plan::new(&[none], &[0], &[1]).unwrap().tasks().unwrap(), 0);
        assert_eq!(Plan::new(&[], &[], &[]).unwrap().tasks().unwrap(), 1);
    }

    #[test]
    fn selections_outside_the_array_are_refused() {
        for axis in [
            Axis { start: 5, count: 1, step: 1 },
            Axis { start: 0, count: 3, step: 2 },
            Axis { start: 1, count: 2, step: u64::MAX },
            Axis { start: 0, count: 1, step: 0 },
        ] {
            assert_eq!(Plan::new(&[axis], &[4], &[2]).unwrap_err().kind(), ErrorKind::InvalidSelection);
        }
    }

    #[test]
    fn a_corner_of_a_huge_array_is_one_small_plan() {
        let axis = Axis { start: u64::MAX - 3, count: 2, step: 1 };
        let plan = Plan::new(&[axis], &[u64::MAX], &[1 << 40]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 1);
        assert_eq!(plan.task(0)[0].axis.count, 2);
    }

    proptest! {
        #[test]
        fn tasks_visit_every_selected_element_once_and_in_place(
            length in 1_u64..60, chunk in 1_u64..20, start in 0_u64..60, count in 0_u64..60, step in 1_u64..30,
        ) {
            let start = start % length;
            let count = count.min((length - start).div_ceil(step));
            let axis = Axis { start, count, step };
            let plan = Plan::new(&[axis], &[length], &[chunk]).unwrap();
            let mut seen = Vec::new();
            for index in 0..plan.tasks().unwrap() {
                let part = plan.task(index)[0];
                prop_assert!(part.axis.count > 0);
                for i in 0..part.axis.count {
                    let inside = part.axis.start + i * part.axis.step;
                    prop_assert!(inside < chunk);
                    seen.push((part.out + i, part.chunk * chunk + inside));
                }
            }
            let wanted: Vec<_> = (0..count).map(|i| (i, start + i * step)).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}
