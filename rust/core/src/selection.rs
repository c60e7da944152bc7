//! What is selected of an array: every combination of what its axes take, or single points.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// A selection of an array, or of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every combination of what the axes take; the caller's memory has the same axes.
    Box(Vec<Axis>),
    /// Point by point; the caller's memory has one axis.
    Points(Points),
}

/// One axis of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    /// `count` elements from `start`, every `step`-th.
    Steps {
        /// First element.
        start: u64,
        /// Number of elements.
        count: u64,
        /// Distance of neighbours, at least 1.
        step: u64,
    },
    /// The elements of a list, in any order.
    List(List),
}

/// An element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies in the array.
    pub index: u64,
    /// Where it lies in the caller's memory.
    pub out: u64,
}

/// Elements of an axis, sorted by where they lie in the array. What lies in one chunk is a range of the same entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    entries: Arc<[Entry]>,
    range: Range<usize>,
    /// The array's element that counts as 0: the first of the chunk.
    base: u64,
}

/// Single elements, in the order in which later ones win over earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    ndim: usize,
    /// The coordinates of a point beside each other, points one after the other.
    coordinates: Vec<u64>,
    /// Where each point lies in the caller's memory.
    out: Vec<u64>,
}

impl Axis {
    /// Every element of an axis of this length.
    pub fn all(length: u64) -> Self {
        Self::Steps { start: 0, count: length, step: 1 }
    }

    /// The elements of a list. Negative numbers are outside of every axis.
    pub fn list(indices: &[i64]) -> Self {
        let mut entries: Vec<Entry> =
            indices.iter().zip(0..).map(|(index, out)| Entry { index: *index as u64, out }).collect();
        if !entries.is_sorted_by_key(|entry| entry.index) {
            // Of equal elements the later stays later: it wins when it is written.
            entries.sort_unstable_by_key(|entry| (entry.index, entry.out));
        }
        Self::List(List { range: 0..entries.len(), entries: entries.into(), base: 0 })
    }

    /// Number of elements.
    pub fn count(&self) -> u64 {
        match self {
            Self::Steps { count, .. } => *count,
            Self::List(list) => list.range.len() as u64,
        }
    }

    /// Whether the axis takes every element of `length` in order.
    pub fn is_all(&self, length: u64) -> bool {
        matches!(self, Self::Steps { start: 0, count, step } if *count == length && (*step == 1 || length <= 1))
    }

    /// Whether the axis takes every element of `length`, in any order.
    fn covers(&self, length: u64) -> bool {
        match self {
            Self::Steps { .. } => self.is_all(length),
            Self::List(list) => {
                list.range.len() as u64 >= length
                    && list.entries().chunk_by(|a, b| a.index == b.index).count() as u64 == length
            }
        }
    }

    fn check(&self, length: u64) -> Result<()> {
        let (inside, what) = match self {
            Self::Steps { start, count, step } => {
                let last = count.saturating_sub(1).checked_mul(*step).and_then(|x| x.checked_add(*start));
                let inside = *step > 0 && (*count == 0 || last.is_some_and(|last| last < length));
                (inside, format_args!("{count} elements from {start} in steps of {step}").to_string())
            }
            Self::List(list) => {
                let last = list.entries().last().map(|entry| entry.index - list.base);
                (last.is_none_or(|last| last < length), format!("a list of {} elements", list.range.len()))
            }
        };
        if inside { Ok(()) } else { Err(outside(&what, &format!("an axis of length {length}"))) }
    }
}

fn outside(what: &str, of: &str) -> Error {
    Error::new(ErrorKind::InvalidSelection, format!("selection of {what} does not lie in {of}"))
}

impl List {
    /// The elements, sorted.
    pub fn entries(&self) -> &[Entry] {
        &self.entries[self.range.clone()]
    }

    /// The array's element that counts as 0.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The entries `part` of this list, seen from element `first` of it.
    pub(crate) fn part(&self, part: Range<usize>, first: u64) -> Self {
        let range = self.range.start + part.start..self.range.start + part.end;
        Self { entries: self.entries.clone(), range, base: self.base + first }
    }
}

impl Points {
    /// Points of their coordinates, one list per axis, all of one length. Negative numbers are outside of every axis.
    pub fn new(axes: &[&[i64]]) -> Result<Self> {
        let count = axes.first().map_or(0, |axis| axis.len());
        if axes.iter().any(|axis| axis.len() != count) {
            return Err(Error::new(ErrorKind::InvalidSelection, "points have coordinate lists of different lengths"));
        }
        let coordinates = (0..count).flat_map(|i| axes.iter().map(move |axis| axis[i] as u64)).collect();
        Ok(Self { ndim: axes.len(), coordinates, out: (0..count as u64).collect() })
    }

    pub(crate) fn from_parts(ndim: usize, coordinates: Vec<u64>, out: Vec<u64>) -> Self {
        Self { ndim, coordinates, out }
    }

    /// Number of points.
    pub fn count(&self) -> usize {
        self.out.len()
    }

    /// The coordinates of point `i`.
    pub fn point(&self, i: usize) -> &[u64] {
        &self.coordinates[i * self.ndim..(i + 1) * self.ndim]
    }

    /// Where point `i` lies in the caller's memory.
    pub fn out(&self, i: usize) -> u64 {
        self.out[i]
    }

    /// The points of a C-ordered chunk of `shape`, each at its number.
    pub(crate) fn entries(&self, shape: &[u64]) -> Vec<Entry> {
        (0..self.count()).map(|i| Entry { index: c_number(self.point(i), shape), out: self.out[i] }).collect()
    }

    fn covers(&self, shape: &[u64]) -> bool {
        let Some(size) = shape.iter().try_fold(1_u64, |size, length| size.checked_mul(*length)) else { return false };
        if (self.count() as u64) < size {
            return false;
        }
        let mut numbers: Vec<u64> = (0..self.count()).map(|i| c_number(self.point(i), shape)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len() as u64 == size
    }
}

fn c_number(point: &[u64], shape: &[u64]) -> u64 {
    point.iter().zip(shape).fold(0, |number, (at, length)| number * length + at)
}

impl Selection {
    /// Every element of an array of `shape`.
    pub fn all(shape: &[u64]) -> Self {
        Self::Box(shape.iter().map(|length| Axis::all(*length)).collect())
    }

    /// The shape of the caller's memory.
    pub fn counts(&self) -> Vec<usize> {
        match self {
            Self::Box(axes) => axes.iter().map(|axis| axis.count() as usize).collect(),
            Self::Points(points) => vec![points.count()],
        }
    }

    /// Number of elements; as many as there are numbers if there are more.
    pub fn elements(&self) -> usize {
        self.counts().into_iter().fold(1, usize::saturating_mul)
    }

    /// Whether it is every element of `shape` in order.
    pub fn is_all(&self, shape: &[u64]) -> bool {
        match self {
            Self::Box(axes) => axes.iter().zip(shape).all(|(axis, length)| axis.is_all(*length)),
            Self::Points(_) => false,
        }
    }

    /// Whether it is every element of `shape`, in any order.
    pub fn covers(&self, shape: &[u64]) -> bool {
        match self {
            Self::Box(axes) => axes.iter().zip(shape).all(|(axis, length)| axis.covers(*length)),
            Self::Points(points) => points.covers(shape),
        }
    }

    /// An error unless every element lies in an array of `shape`.
    pub fn check(&self, shape: &[u64]) -> Result<()> {
        let ndim = match self {
            Self::Box(axes) => axes.len(),
            Self::Points(points) => points.ndim,
        };
        if ndim != shape.len() {
            return Err(Error::new(
                ErrorKind::InvalidSelection,
                format!("selection has {ndim} axes, the array has {}", shape.len()),
            ));
        }
        match self {
            Self::Box(axes) => axes.iter().zip(shape).try_for_each(|(axis, length)| axis.check(*length)),
            Self::Points(points) => {
                let inside = |i| points.point(i).iter().zip(shape).all(|(at, length)| at < length);
                match (0..points.count()).all(inside) {
                    true => Ok(()),
                    false => Err(outside("points", &format!("an array of shape {shape:?}"))),
                }
            }
        }
    }

    /// The selection for an array with its axes in another order.
    pub fn permute(&self, order: &[usize]) -> Self {
        match self {
            Self::Box(axes) => Self::Box(order.iter().map(|axis| axes[*axis].clone()).collect()),
            Self::Points(points) => {
                let at = |i| order.iter().map(move |axis| points.point(i)[*axis]);
                let coordinates = (0..points.count()).flat_map(at).collect();
                Self::Points(Points { ndim: points.ndim, coordinates, out: points.out.clone() })
            }
        }
    }
}

/// Where a selection lies in a C-ordered chunk.
pub struct Place<'a> {
    /// Bytes before the first selected element.
    pub start: usize,
    /// Bytes from the first selected element to the last one's start.
    pub reach: usize,
    /// The axes of the caller's memory.
    pub axes: Vec<Along<'a>>,
}

/// One axis of a [`Place`].
pub struct Along<'a> {
    /// Number of elements.
    pub count: usize,
    /// Bytes between neighbours; with entries, between elements of the chunk that follow each other.
    pub stride: isize,
    /// Where the elements are, and the index that lies at `start`; none where they follow each other.
    pub list: Option<(Cow<'a, [Entry]>, u64)>,
}

impl<'a> Place<'a> {
    /// The place in a chunk of `shape` with elements of `item` bytes.
    pub fn new(selection: &'a Selection, shape: &[u64], item: usize) -> Self {
        let strides = c_strides(shape, item);
        let mut place = Self { start: 0, reach: 0, axes: Vec::with_capacity(strides.len()) };
        match selection {
            Selection::Box(axes) => {
                for (axis, stride) in axes.iter().zip(strides) {
                    place.add(axis, stride);
                }
            }
            Selection::Points(points) => {
                let entries = points.entries(shape);
                let (first, last) = entries
                    .iter()
                    .fold((u64::MAX, 0), |(first, last), entry| (first.min(entry.index), last.max(entry.index)));
                place.add_list(Cow::Owned(entries), (first, 0), last, item as isize);
            }
        }
        place
    }

    /// A place that is a single element in memory: what is copied from it fills.
    pub fn still(selection: &'a Selection) -> Self {
        Self::new(selection, &vec![0; selection.counts().len()], 0)
    }

    fn add(&mut self, axis: &'a Axis, stride: isize) {
        match axis {
            Axis::Steps { start, count, step } => {
                self.start += *start as usize * stride.unsigned_abs();
                // A single element has no neighbour, and its step may be far beyond the chunk.
                let stride = if *count > 1 { *step as isize * stride } else { stride };
                self.reach += (*count as usize).saturating_sub(1) * stride.unsigned_abs();
                self.axes.push(Along { count: *count as usize, stride, list: None });
            }
            Axis::List(list) => {
                let entries = list.entries();
                let ends = entries.first().zip(entries.last());
                let (first, last) = ends.map_or((list.base, list.base), |(first, last)| (first.index, last.index));
                self.add_list(Cow::Borrowed(entries), (first, list.base), last, stride);
            }
        }
    }

    fn add_list(&mut self, entries: Cow<'a, [Entry]>, (first, base): (u64, u64), last: u64, stride: isize) {
        self.start += (first - base) as usize * stride.unsigned_abs();
        self.reach += (last - first) as usize * stride.unsigned_abs();
        self.axes.push(Along { count: entries.len(), stride, list: Some((entries, first)) });
    }
}

/// Bytes between neighbours along each axis of a C-ordered block.
pub fn c_strides(shape: &[u64], item: usize) -> Vec<isize> {
    let mut strides = vec![0_isize; shape.len()];
    let mut stride = item as isize;
    for (slot, length) in strides.iter_mut().zip(shape).rev() {
        *slot = stride;
        stride = stride.saturating_mul((*length).max(1) as isize);
    }
    strides
}
