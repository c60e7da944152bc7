//! From a selection and a chunk grid to tasks: which chunk, which part of it, where in the output.
//!
//! Pure integers. A plan of steps is lazy: task `i` is computed from `i`, so a selection of a million chunks costs as much
//! memory as one of a single chunk. A plan of lists or points costs memory by their length, never by the number of chunks.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::grid::Edges;
use crate::selection::{Axis, List, Points, Selection};

/// What one task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The chunk's coordinates.
    pub chunk: Vec<u64>,
    /// The elements within the chunk.
    pub inside: Selection,
    /// The first of them in the caller's memory, along each axis of it.
    pub out: Vec<u64>,
}

/// A selection of a grid, as tasks numbered in C order of their chunks.
#[derive(Clone, Debug)]
pub struct Plan {
    grid: Vec<Edges>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Box(Vec<Along>),
    Points {
        points: Points,
        /// The points, those of one chunk together; none where they lie so already.
        order: Option<Vec<usize>>,
        /// Where in that order each chunk's points begin, and the end.
        starts: Vec<usize>,
    },
}

/// One axis of a box on a grid.
#[derive(Clone, Debug)]
struct Along {
    axis: Axis,
    /// Number of chunks touched.
    count: u64,
    /// Of a list, and of steps over chunks of several lengths: where each chunk's elements begin, and the end.
    starts: Vec<usize>,
}

impl Plan {
    /// Plans a selection of an array of `shape` in chunks of `chunk_shape`.
    pub fn new(selection: Selection, shape: &[u64], chunk_shape: &[u64]) -> Result<Self> {
        Self::on(selection, shape, chunk_shape.iter().map(|length| Edges::Regular(*length)).collect())
    }

    /// Plans a selection of an array of `shape` on a grid, which reaches that far.
    pub fn on(selection: Selection, shape: &[u64], grid: Vec<Edges>) -> Result<Self> {
        selection.check(shape)?;
        let kind = match selection {
            Selection::Box(axes) => {
                Kind::Box(axes.into_iter().zip(&grid).map(|(axis, edges)| Along::new(axis, edges)).collect())
            }
            Selection::Points(points) => {
                let (order, starts) = by_chunk(&points, shape, &grid)?;
                Kind::Points { points, order, starts }
            }
        };
        Ok(Self { grid, kind })
    }

    /// Number of tasks.
    pub fn tasks(&self) -> Result<u64> {
        match &self.kind {
            Kind::Box(axes) => axes
                .iter()
                .try_fold(1_u64, |product, axis| product.checked_mul(axis.count))
                .ok_or_else(|| too_many("the selection touches more than 2^64 chunks")),
            Kind::Points { starts, .. } => Ok(starts.len() as u64 - 1),
        }
    }

    /// Task `index`.
    pub fn task(&self, index: u64) -> Task {
        match &self.kind {
            Kind::Box(axes) => self.box_task(axes, index),
            Kind::Points { points, order, starts } => {
                let range = starts[index as usize]..starts[index as usize + 1];
                match order {
                    Some(order) => self.points_task(points, order[range].iter().copied()),
                    None => self.points_task(points, range),
                }
            }
        }
    }

    fn box_task(&self, axes: &[Along], index: u64) -> Task {
        let (mut chunk, mut out) = (vec![0; axes.len()], vec![0; axes.len()]);
        let mut rest = index;
        for i in (0..axes.len()).rev() {
            let count = axes[i].count.max(1);
            // Numbers now, coordinates below: the axes come out in order only in a second pass.
            chunk[i] = rest % count;
            rest /= count;
        }
        let mut inside = Vec::with_capacity(axes.len());
        for (i, along) in axes.iter().enumerate() {
            let part = along.part(&self.grid[i], chunk[i]);
            (chunk[i], out[i]) = (part.chunk, part.out);
            inside.push(part.axis);
        }
        Task { chunk, inside: Selection::Box(inside), out }
    }

    fn points_task(&self, points: &Points, mut group: impl Iterator<Item = usize> + Clone) -> Task {
        let local = |i| points.point(i).iter().zip(&self.grid).map(|(at, edges)| at - edges.start(edges.chunk(*at)));
        let coordinates = group.clone().flat_map(local).collect();
        let out = group.clone().map(|i| points.out(i)).collect();
        let chunk = group.next().map_or_else(Vec::new, |first| {
            points.point(first).iter().zip(&self.grid).map(|(at, edges)| edges.chunk(*at)).collect()
        });
        let inside = Selection::Points(Points::from_parts(self.grid.len(), coordinates, out));
        Task { chunk, inside, out: Vec::new() }
    }
}

fn too_many(message: &str) -> Error {
    Error::new(ErrorKind::InvalidSelection, message.to_owned())
}

/// Points by chunk: an order, where they need one, and where each chunk's begin in it.
type ByChunk = (Option<Vec<usize>>, Vec<usize>);

/// The order of points in which those of one chunk lie together; points of one chunk keep their order.
fn by_chunk(points: &Points, shape: &[u64], grid: &[Edges]) -> Result<ByChunk> {
    let counts: Vec<u64> = shape.iter().zip(grid).map(|(length, edges)| edges.count(*length).max(1)).collect();
    if counts.iter().try_fold(1_u128, |product, count| product.checked_mul((*count).into())).is_none() {
        return Err(too_many("points of an array of more than 2^128 chunks"));
    }
    let number = |i| {
        let chunks = points.point(i).iter().zip(&counts).zip(grid);
        chunks.fold(0_u128, |number, ((at, count), edges)| number * u128::from(*count) + u128::from(edges.chunk(*at)))
    };
    // A mask's points often lie in order, and then need no memory here.
    if (0..points.count()).is_sorted_by_key(number) {
        return Ok((None, starts((0..points.count()).map(number))));
    }
    let mut numbered: Vec<(u128, usize)> = (0..points.count()).map(|i| (number(i), i)).collect();
    numbered.sort_unstable();
    let starts = starts(numbered.iter().map(|(number, _)| *number));
    Ok((Some(numbered.into_iter().map(|(_, i)| i).collect()), starts))
}

/// Where runs of equal keys begin, and the end.
fn starts<K: PartialEq>(sorted: impl Iterator<Item = K>) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut last = None;
    let mut end = 0;
    for key in sorted {
        if last.as_ref() != Some(&key) {
            starts.push(end);
            last = Some(key);
        }
        end += 1;
    }
    starts.push(end);
    starts
}

/// What one task does along one axis.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    chunk: u64,
    axis: Axis,
    out: u64,
}

impl Along {
    fn new(axis: Axis, edges: &Edges) -> Self {
        let starts = match (&axis, edges) {
            (Axis::Steps { start, count, step }, Edges::Regular(length)) => {
                return Self { count: chunks_touched(*start, *count, *step, *length), axis, starts: Vec::new() };
            }
            (Axis::Steps { start, count, step }, Edges::Varying(_)) => steps_starts(*start, *count, *step, edges),
            (Axis::List(list), _) => starts(list.entries().iter().map(|entry| edges.chunk(entry.index - list.base()))),
        };
        Self { count: starts.len() as u64 - 1, axis, starts }
    }

    fn part(&self, edges: &Edges, nth: u64) -> Part {
        let range = || self.starts[nth as usize]..self.starts[nth as usize + 1];
        match (&self.axis, edges) {
            (Axis::Steps { start, count, step }, Edges::Regular(length)) => {
                steps_part(*start, *count, *step, *length, nth)
            }
            (Axis::Steps { start, step, .. }, Edges::Varying(_)) => {
                let Range { start: first, end } = range();
                let at = start + first as u64 * step;
                let chunk = edges.chunk(at);
                let axis = Axis::Steps { start: at - edges.start(chunk), count: (end - first) as u64, step: *step };
                Part { chunk, axis, out: first as u64 }
            }
            (Axis::List(list), _) => list_part(list, range(), edges),
        }
    }
}

/// Where the elements of each chunk touched begin among the steps, and the end.
fn steps_starts(start: u64, count: u64, step: u64, edges: &Edges) -> Vec<usize> {
    let mut starts = vec![0];
    let mut next = 0;
    while next < count {
        let end = edges.start(edges.chunk(start + next * step) + 1);
        next = (end - start).div_ceil(step).min(count);
        starts.push(next as usize);
    }
    starts
}

/// A step within a chunk's length meets every chunk on its way; a longer one meets one chunk per element.
fn chunks_touched(start: u64, count: u64, step: u64, length: u64) -> u64 {
    if count == 0 {
        0
    } else if step <= length {
        (start + (count - 1) * step) / length - start / length + 1
    } else {
        count
    }
}

fn steps_part(start: u64, count: u64, step: u64, length: u64, nth: u64) -> Part {
    if step > length {
        let at = start + nth * step;
        let inner = Axis::Steps { start: at % length, count: 1, step: 1 };
        return Part { chunk: at / length, axis: inner, out: nth };
    }
    let chunk = start / length + nth;
    let begin = chunk * length;
    let first = begin.saturating_sub(start).div_ceil(step);
    // The chunk's end may pass u64's end for the last chunk of a huge axis; the count bounds it either way.
    let end = begin.saturating_add(length).saturating_sub(start).div_ceil(step).min(count);
    let inner = Axis::Steps { start: start + first * step - begin, count: end - first, step };
    Part { chunk, axis: inner, out: first }
}

/// The entries know their places in the caller's memory themselves, so the part begins at its beginning.
fn list_part(list: &List, entries: Range<usize>, edges: &Edges) -> Part {
    let chunk = list.entries().get(entries.start).map_or(0, |first| edges.chunk(first.index - list.base()));
    Part { chunk, axis: Axis::List(list.part(entries, edges.start(chunk))), out: 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(start: u64, count: u64, step: u64) -> Axis {
        Axis::Steps { start, count, step }
    }

    fn plan(axes: &[Axis], shape: &[u64], chunk_shape: &[u64]) -> Result<Plan> {
        Plan::new(Selection::Box(axes.to_vec()), shape, chunk_shape)
    }

    #[test]
    fn a_box_across_two_chunks_is_two_tasks() {
        let plan = plan(&[steps(3, 4, 1), steps(0, 2, 1)], &[10, 2], &[5, 2]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 2);
        let task = |chunk, first, out| Task {
            chunk: vec![chunk, 0],
            inside: Selection::Box(vec![steps(first, 2, 1), steps(0, 2, 1)]),
            out: vec![out, 0],
        };
        assert_eq!((plan.task(0), plan.task(1)), (task(0, 3, 0), task(1, 0, 2)));
    }

    #[test]
    fn an_empty_selection_has_no_task_and_a_scalar_array_has_one() {
        assert_eq!(plan(&[steps(0, 0, 1)], &[0], &[1]).unwrap().tasks().unwrap(), 0);
        assert_eq!(plan(&[Axis::list(&[])], &[0], &[1]).unwrap().tasks().unwrap(), 0);
        assert_eq!(plan(&[], &[], &[]).unwrap().tasks().unwrap(), 1);
        let none = Selection::Points(Points::new(&[&[], &[]]).unwrap());
        assert_eq!(Plan::new(none, &[3, 3], &[2, 2]).unwrap().tasks().unwrap(), 0);
    }

    #[test]
    fn selections_outside_the_array_are_refused() {
        let boxes = [
            steps(5, 1, 1),
            steps(0, 3, 2),
            steps(1, 2, u64::MAX),
            steps(0, 1, 0),
            Axis::list(&[0, 4]),
            Axis::list(&[2, -1]),
        ];
        for axis in boxes {
            assert_eq!(plan(&[axis], &[4], &[2]).unwrap_err().kind(), ErrorKind::InvalidSelection);
        }
        for points in [[&[0, 4][..], &[0, 0]], [&[0, 0], &[0, -1]]] {
            let points = Selection::Points(Points::new(&points).unwrap());
            assert_eq!(Plan::new(points, &[4, 4], &[2, 2]).unwrap_err().kind(), ErrorKind::InvalidSelection);
        }
        assert!(Points::new(&[&[0], &[0, 1]]).is_err());
    }

    #[test]
    fn a_corner_of_a_huge_array_is_one_small_plan() {
        let plan = plan(&[steps(u64::MAX - 3, 2, 1)], &[u64::MAX], &[1 << 40]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 1);
        assert_eq!(plan.task(0).inside.counts(), [2]);
        let far = Selection::Points(Points::new(&[&[i64::MAX, 0, i64::MAX - 1], &[i64::MAX, 0, i64::MAX]]).unwrap());
        let plan = Plan::new(far, &[1 << 63, 1 << 63], &[4, 4]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 2);
        assert_eq!(plan.task(1).inside.counts(), [2]);
    }

    #[test]
    fn a_list_in_any_order_is_one_task_per_chunk() {
        let plan = plan(&[Axis::list(&[9, 0, 4, 9, 1])], &[10], &[4]).unwrap();
        assert_eq!(plan.tasks().unwrap(), 3);
        let chunks: Vec<_> = (0..3).map(|i| (plan.task(i).chunk[0], plan.task(i).inside.counts()[0])).collect();
        assert_eq!(chunks, [(0, 2), (1, 1), (2, 2)]);
    }

    proptest! {
        #[test]
        fn tasks_visit_every_selected_element_once_and_in_place(
            length in 1_u64..60, chunk in 1_u64..20, start in 0_u64..60, count in 0_u64..60, step in 1_u64..30,
        ) {
            let start = start % length;
            let count = count.min((length - start).div_ceil(step));
            let plan = plan(&[steps(start, count, step)], &[length], &[chunk]).unwrap();
            let mut seen = Vec::new();
            for index in 0..plan.tasks().unwrap() {
                let task = plan.task(index);
                let Selection::Box(axes) = task.inside else { panic!("a box became points") };
                let Axis::Steps { start, count, step } = axes[0] else { panic!("steps became a list") };
                prop_assert!(count > 0);
                for i in 0..count {
                    let inside = start + i * step;
                    prop_assert!(inside < chunk);
                    seen.push((task.out[0] + i, task.chunk[0] * chunk + inside));
                }
            }
            let wanted: Vec<_> = (0..count).map(|i| (i, start + i * step)).collect();
            prop_assert_eq!(seen, wanted);
        }

        #[test]
        fn tasks_on_chunks_of_several_lengths_do_too(
            lengths in prop::collection::vec(1_u64..9, 1..12), start in 0_u64..60, count in 0_u64..60, step in 1_u64..30,
        ) {
            let length: u64 = lengths.iter().sum();
            let start = start % length;
            let count = count.min((length - start).div_ceil(step));
            let edges: Edges = serde_json::from_value(serde_json::json!(lengths)).unwrap();
            let entries: Vec<i64> = (0..count).rev().map(|i| (start + i * step) as i64).collect();
            for (axis, down) in [(steps(start, count, step), false), (Axis::list(&entries), true)] {
                let plan = Plan::on(Selection::Box(vec![axis]), &[length], vec![edges.clone()]).unwrap();
                let mut seen = Vec::new();
                for index in 0..plan.tasks().unwrap() {
                    let task = plan.task(index);
                    let begin = edges.start(task.chunk[0]);
                    let Selection::Box(axes) = task.inside else { panic!("a box became points") };
                    match &axes[0] {
                        Axis::Steps { start, count, step } => {
                            prop_assert!(*count > 0 && start + (count - 1) * step < edges.length(task.chunk[0]));
                            seen.extend((0..*count).map(|i| (task.out[0] + i, begin + start + i * step)));
                        }
                        Axis::List(list) => {
                            seen.extend(list.entries().iter().map(|entry| (entry.out, entry.index)));
                        }
                    }
                }
                let wanted = (0..count).map(|i| (if down { count - 1 - i } else { i }, start + i * step));
                prop_assert_eq!(seen, wanted.collect::<Vec<_>>());
            }
        }
    }
}
