//! Views of the caller's memory and strided copies between them and chunks.
//!
//! Every raw pointer of the crate that belongs to a caller lives behind [`View`]: offsets inside it are computed only from
//! counts that were checked against its shape when the selection was planned.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::selection::{Along, Entry, Place, Selection};

/// Strided memory of the caller: a base address and, per axis, a distance in bytes. Keeps its owner alive.
#[derive(Clone)]
pub struct View {
    base: *mut u8,
    strides: Vec<isize>,
    heap: Option<Arc<Heap>>,
    _owner: Arc<dyn Any + Send + Sync>,
}

// SAFETY: the memory is kept alive by `_owner`, and `View::new`'s caller promised that it may be used from other threads;
// tasks touch disjoint elements of it.
unsafe impl Send for View {}
// SAFETY: as for `Send`; a shared `View` gives access only through methods whose callers keep to disjoint elements.
unsafe impl Sync for View {}

impl View {
    /// A view of memory that starts at `base` with these strides in bytes.
    ///
    /// # Safety
    /// Every element that the planned selections reach lies in memory that stays valid while `owner` lives, that is
    /// writable if the view is written to, and that no other code writes to meanwhile.
    pub unsafe fn new(base: *mut u8, strides: Vec<isize>, owner: Arc<dyn Any + Send + Sync>) -> Self {
        Self { base, strides, heap: None, _owner: owner }
    }

    /// The view of slots whose bytes lie in this heap.
    pub fn with_heap(self, heap: Arc<Heap>) -> Self {
        Self { heap: Some(heap), ..self }
    }

    /// Where the bytes of slots lie.
    ///
    /// # Errors
    /// If the view is none of slots.
    pub fn heap(&self) -> Result<&Heap> {
        self.heap.as_deref().ok_or_else(|| Error::metadata("elements of any length need a heap"))
    }

    /// Lends a chunk's memory as a view of its elements in C order. `use_` keeps no copy of the view.
    pub(crate) fn lend<T>(memory: &mut [u8], shape: &[u64], item: usize, use_: impl FnOnce(&Self) -> T) -> T {
        let mut strides = vec![0; shape.len()];
        let mut size = item;
        for (stride, length) in strides.iter_mut().zip(shape).rev() {
            *stride = size as isize;
            size = size.saturating_mul(*length as usize);
        }
        assert_eq!(size, memory.len(), "memory is lent as a chunk of another size");
        // SAFETY: the strides are those of the whole slice, whose length has just been checked; it is borrowed exclusively
        // until `use_` returns, and callers hand the view on only to work that ends before that.
        use_(&unsafe { Self::new(memory.as_mut_ptr(), strides, Arc::new(())) })
    }

    /// The view that starts at element `offset` of this one.
    pub fn offset(&self, offset: &[u64]) -> Self {
        let bytes: isize = self.strides.iter().zip(offset).map(|(stride, n)| stride.wrapping_mul(*n as isize)).sum();
        Self {
            base: self.base.wrapping_offset(bytes),
            strides: self.strides.clone(),
            heap: self.heap.clone(),
            _owner: self._owner.clone(),
        }
    }

    /// The view of what lies `bytes` further on in each element.
    pub fn inside(&self, bytes: usize) -> Self {
        let base = self.base.wrapping_add(bytes);
        Self { base, strides: self.strides.clone(), heap: self.heap.clone(), _owner: self._owner.clone() }
    }

    /// The view with its axes in another order.
    pub fn permute(&self, order: &[usize]) -> Self {
        let strides = order.iter().map(|axis| self.strides[*axis]).collect();
        Self { base: self.base, strides, heap: self.heap.clone(), _owner: self._owner.clone() }
    }

    /// The `counts` elements as one slice, when they lie without a gap in C order.
    #[allow(clippy::mut_from_ref, reason = "the memory is the caller's; tasks hold disjoint parts")]
    pub fn contiguous_mut(&self, counts: &[usize], item: usize) -> Option<&mut [u8]> {
        let length = self.contiguous_length(counts, item)?;
        // SAFETY: `View::new`'s caller vouches for every element of the selection, and `contiguous_length` found them to
        // be these `length` bytes; no other task has elements of this one.
        Some(unsafe { std::slice::from_raw_parts_mut(self.base, length) })
    }

    /// The same for reading.
    pub fn contiguous(&self, counts: &[usize], item: usize) -> Option<&[u8]> {
        self.contiguous_mut(counts, item).map(|slice| &*slice)
    }

    fn contiguous_length(&self, counts: &[usize], item: usize) -> Option<usize> {
        let mut expected = item;
        for (count, stride) in counts.iter().zip(&self.strides).rev() {
            if *count != 1 && *stride != expected as isize {
                return None;
            }
            expected = expected.checked_mul(*count)?;
        }
        Some(expected)
    }

    /// The rows of the `counts` elements in C order, each without a gap; none when single elements are apart.
    pub fn rows<'a>(&'a self, counts: &[usize], item: usize) -> Option<impl Iterator<Item = &'a mut [u8]>> {
        let mut outer: Vec<(usize, isize)> = counts.iter().copied().zip(self.strides.iter().copied()).collect();
        let mut run = item;
        while let Some((count, stride)) = outer.last().copied() {
            if count != 1 && stride != run as isize {
                break;
            }
            run = run.checked_mul(count)?;
            outer.pop();
        }
        if run == item && !outer.is_empty() {
            return None;
        }
        let total: usize = outer.iter().map(|(count, _)| count).product();
        Some((0..total).map(move |index| {
            let mut rest = index;
            let mut bytes = 0_isize;
            for (count, stride) in outer.iter().rev() {
                bytes += *stride * (rest % count) as isize;
                rest /= count;
            }
            // SAFETY: `index` counts over the selection that `View::new`'s caller vouches for, so the row is inside; rows
            // of different indices are different elements.
            unsafe { std::slice::from_raw_parts_mut(self.base.wrapping_offset(bytes), run) }
        }))
    }

    /// Copies the elements at `place` of a chunk into the view. `start` is where `place` starts in `chunk`, in bytes.
    pub fn scatter(&self, chunk: &[u8], start: usize, place: &Place<'_>, item: usize) {
        let Some(dims) = Dim::list(place, &self.strides, Direction::Scatter) else { return };
        check_inside(chunk.len(), start, place, item);
        // SAFETY: the view's side is vouched for by `View::new`'s caller, the chunk's side has just been checked.
        unsafe { copy_dims(self.base, chunk.as_ptr().add(start), &dims, item) }
    }

    /// Copies elements of the view to `place` in `chunk`.
    pub fn gather(&self, chunk: &mut [u8], start: usize, place: &Place<'_>, item: usize) {
        let Some(dims) = Dim::list(place, &self.strides, Direction::Gather) else { return };
        check_inside(chunk.len(), start, place, item);
        // SAFETY: as in `scatter`, with the sides exchanged.
        unsafe { copy_dims(chunk.as_mut_ptr().add(start), self.base, &dims, item) }
    }

    /// Writes one element's bytes into each of the elements of a selection.
    pub fn fill(&self, selection: &Selection, element: &[u8]) {
        // A source that never moves: copying with source strides of 0 is filling.
        let mut place = Place::still(selection);
        let (mut to, mut item) = (Cow::Borrowed(&self.strides), element.len());
        if element.iter().all(|byte| *byte == element[0]) {
            // Equal bytes are set by memset, which wants the bytes of an element as an axis of their own.
            place.axes.push(Along { count: item, stride: 0, list: None });
            to.to_mut().push(1);
            item = 1;
        }
        let Some(dims) = Dim::list(&place, &to, Direction::Scatter) else { return };
        // SAFETY: the view's side is vouched for by `View::new`'s caller; the source is one element and never moves.
        unsafe { copy_dims(self.base, element.as_ptr(), &dims, item) }
    }
}

/// Fills `out` with copies of `element`.
pub fn fill_slice(out: &mut [u8], element: &[u8]) {
    match element {
        [byte] => out.fill(*byte),
        _ if element.iter().all(|byte| *byte == element[0]) => out.fill(element[0]),
        _ => out.chunks_exact_mut(element.len()).for_each(|slot| slot.copy_from_slice(element)),
    }
}

/// Whether `data` is copies of `element`, bit for bit: -0.0 is not 0.0 and NaN payloads count.
pub fn is_filled(data: &[u8], element: &[u8]) -> bool {
    let item = element.len();
    // The first element is compared, then every byte with the one an element before it.
    data.len() < item || (data[..item] == *element && data[item..] == data[..data.len() - item])
}

/// A defect of the planner would otherwise become a wild read: this stays in release builds and costs one pass over axes.
fn check_inside(length: usize, start: usize, place: &Place<'_>, item: usize) {
    assert!(start + place.reach + item <= length, "a strided copy would leave its chunk");
}

/// Which side of a copy is the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// From the chunk into the caller's memory.
    Scatter,
    /// From the caller's memory into the chunk.
    Gather,
}

/// One axis of a copy.
#[derive(Clone, Copy, Debug)]
struct Dim<'a> {
    count: usize,
    to: isize,
    from: isize,
    list: Option<Listed<'a>>,
}

/// Elements that follow a list instead of each other.
#[derive(Clone, Copy, Debug)]
struct Listed<'a> {
    entries: &'a [Entry],
    first: u64,
    direction: Direction,
}

impl<'a> Dim<'a> {
    /// The addresses one element on. Stepping, since a checked product per element keeps loops from being vectorised.
    fn next(self, to: *mut u8, from: *const u8) -> (*mut u8, *const u8) {
        (to.wrapping_offset(self.to), from.wrapping_offset(self.from))
    }

    /// The addresses of a listed element.
    fn at(self, listed: Listed<'_>, entry: Entry, to: *mut u8, from: *const u8) -> (*mut u8, *const u8) {
        let (index, out) = ((entry.index - listed.first) as isize, entry.out as isize);
        let (at, of) = if listed.direction == Direction::Scatter { (out, index) } else { (index, out) };
        (to.wrapping_offset(self.to.wrapping_mul(at)), from.wrapping_offset(self.from.wrapping_mul(of)))
    }

    /// The axes of a copy, merged where they lie one after the other; none when nothing is to be copied.
    fn list(place: &'a Place<'_>, view: &[isize], direction: Direction) -> Option<Vec<Self>> {
        let mut dims: Vec<Self> = Vec::with_capacity(view.len());
        for (along, view) in place.axes.iter().zip(view) {
            let (to, from) =
                if direction == Direction::Scatter { (*view, along.stride) } else { (along.stride, *view) };
            let list = along.list.as_ref().map(|(entries, first)| Listed { entries, first: *first, direction });
            match along.count {
                0 => return None,
                1 if list.is_none() => {}
                count => dims.push(Self { count, to, from, list }),
            }
        }
        // Walk the destination in the order of its memory, whatever the order of axes.
        dims.sort_by_key(|dim| std::cmp::Reverse(dim.to.unsigned_abs()));
        let mut merged: Vec<Self> = Vec::with_capacity(dims.len());
        for dim in dims {
            match merged.last_mut() {
                Some(last) if last.continues(&dim) => *last = Self { count: last.count * dim.count, ..dim },
                _ => merged.push(dim),
            }
        }
        Some(merged)
    }

    /// Whether each step of this axis is all of the other one.
    fn continues(&self, inner: &Self) -> bool {
        self.list.is_none()
            && inner.list.is_none()
            && self.to == inner.to * inner.count as isize
            && self.from == inner.from * inner.count as isize
    }
}

/// # Safety
/// Both sides must be valid for every element that `dims` reaches, and must not overlap.
unsafe fn copy_dims(to: *mut u8, from: *const u8, dims: &[Dim<'_>], item: usize) {
    match dims {
        // SAFETY: one element on each side, by this function's contract.
        [] => unsafe { std::ptr::copy_nonoverlapping(from, to, item) },
        [last] => {
            // SAFETY: this function's contract, for the one axis left.
            unsafe { copy_row(to, from, *last, item) }
        }
        [first @ Dim { list: Some(listed), .. }, rest @ ..] => {
            for entry in listed.entries {
                let (to, from) = first.at(*listed, *entry, to, from);
                // SAFETY: the entries are elements of this axis, so both addresses are inside by contract.
                unsafe { copy_dims(to, from, rest, item) }
            }
        }
        [first, rest @ ..] => {
            let (mut to, mut from) = (to, from);
            for _ in 0..first.count {
                // SAFETY: both addresses are those of an index below the axis' count, so inside by contract.
                unsafe { copy_dims(to, from, rest, item) }
                (to, from) = first.next(to, from);
            }
        }
    }
}

/// # Safety
/// As `copy_dims`, for one axis.
unsafe fn copy_row(to: *mut u8, from: *const u8, dim: Dim<'_>, item: usize) {
    // SAFETY: the contract is handed on in every arm; `Copied<N>` has the size `item` there, and alignment 1.
    unsafe {
        match item {
            _ if dim.list.is_none() && dim.to == item as isize && dim.from == item as isize => {
                std::ptr::copy_nonoverlapping(from, to, item * dim.count);
            }
            1 if dim.list.is_none() && dim.to == 1 && dim.from == 0 => std::ptr::write_bytes(to, *from, dim.count),
            1 => copy_items::<1>(to, from, dim),
            2 => copy_items::<2>(to, from, dim),
            4 => copy_items::<4>(to, from, dim),
            8 => copy_items::<8>(to, from, dim),
            16 => copy_items::<16>(to, from, dim),
            _ => each(to, from, dim, |to, from| std::ptr::copy_nonoverlapping(from, to, item)),
        }
    }
}

/// # Safety
/// As `copy_dims`, for one axis of elements of `N` bytes.
unsafe fn copy_items<const N: usize>(to: *mut u8, from: *const u8, dim: Dim<'_>) {
    // SAFETY: `each` hands out the addresses of this axis' elements; arrays of bytes have alignment 1.
    each(to, from, dim, |to, from| unsafe { *to.cast::<[u8; N]>() = *from.cast::<[u8; N]>() });
}

/// Calls `copy` with the addresses of each element of an axis.
#[inline(always)]
fn each(mut to: *mut u8, mut from: *const u8, dim: Dim<'_>, copy: impl Fn(*mut u8, *const u8)) {
    match dim.list {
        None => {
            for _ in 0..dim.count {
                copy(to, from);
                (to, from) = dim.next(to, from);
            }
        }
        Some(listed) => {
            for entry in listed.entries {
                let (to, from) = dim.at(listed, *entry, to, from);
                copy(to, from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::selection::c_strides;

    fn view(data: &mut Vec<u8>, strides: Vec<isize>) -> View {
        // SAFETY: the tests keep `data` alive and unmoved while the view is used.
        unsafe { View::new(data.as_mut_ptr(), strides, Arc::new(())) }
    }

    #[test]
    fn contiguous_memory_is_seen_as_one_slice_and_gaps_are_not() {
        let mut data = vec![0_u8; 24];
        assert_eq!(view(&mut data, vec![12, 4]).contiguous(&[2, 3], 4).map(<[u8]>::len), Some(24));
        assert_eq!(view(&mut data, vec![99, 4]).contiguous(&[1, 3], 4).map(<[u8]>::len), Some(12));
        assert!(view(&mut data, vec![12, 4]).contiguous(&[2, 2], 4).is_none());
        assert_eq!(view(&mut data, vec![12, 4]).rows(&[2, 2], 4).unwrap().count(), 2);
        assert!(view(&mut data, vec![4, 8]).rows(&[2, 2], 4).is_none());
    }

    #[test]
    fn filled_means_bit_for_bit() {
        assert!(is_filled(&0.0_f64.to_le_bytes().repeat(5), &0.0_f64.to_le_bytes()));
        assert!(!is_filled(&(-0.0_f64).to_le_bytes().repeat(5), &0.0_f64.to_le_bytes()));
        assert!(is_filled(&f32::NAN.to_le_bytes().repeat(3), &f32::NAN.to_le_bytes()));
        let mut last = vec![7_u8; 40];
        last[39] = 8;
        assert!(!is_filled(&last, &[7, 7]));
    }

    proptest! {
        #[test]
        fn what_is_gathered_is_scattered_back(
            counts in proptest::collection::vec(1_usize..5, 0..4), item in 1_usize..18, rotate in 0_usize..4,
        ) {
            let total: usize = counts.iter().product();
            let mut data: Vec<u8> = (0..total * item).map(|i| (i * 37 % 251) as u8).collect();
            let shape: Vec<u64> = counts.iter().map(|count| *count as u64).collect();
            let mut order: Vec<usize> = (0..counts.len()).collect();
            order.rotate_left(if counts.is_empty() { 0 } else { rotate % counts.len() });
            let permuted: Vec<usize> = order.iter().map(|axis| counts[*axis]).collect();
            let chunk_shape: Vec<u64> = permuted.iter().map(|count| *count as u64).collect();
            let whole = Selection::all(&chunk_shape);
            let place = Place::new(&whole, &chunk_shape, item);
            let original = data.clone();
            let mut chunk = vec![0; data.len()];
            view(&mut data, c_strides(&shape, item)).permute(&order).gather(&mut chunk, 0, &place, item);
            let mut back = vec![0; data.len()];
            view(&mut back, c_strides(&shape, item)).permute(&order).scatter(&chunk, 0, &place, item);
            prop_assert_eq!(back, original);
        }

        #[test]
        fn filling_touches_the_selection_alone(counts in proptest::collection::vec(1_usize..5, 1..4), item in 1_usize..9) {
            let shape: Vec<u64> = counts.iter().map(|count| *count as u64 + 1).collect();
            let total: usize = shape.iter().map(|length| *length as usize).product();
            let mut data = vec![0_u8; total * item];
            let inside = Selection::all(&counts.iter().map(|count| *count as u64).collect::<Vec<_>>());
            view(&mut data, c_strides(&shape, item)).fill(&inside, &vec![9; item]);
            let filled = data.iter().filter(|byte| **byte == 9).count();
            prop_assert_eq!(filled, counts.iter().product::<usize>() * item);
        }
    }
}
