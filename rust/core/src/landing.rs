//! Memory into which the bytes of an object go as they arrive, where they are stored as they are wanted.
//!
//! Without it a body is gathered in a buffer and copied from there: at the speed of a network's cards, clearing and
//! copying that buffer is what a read costs most.

use std::ops::Range;

/// A body of known length: parts of it that are wanted, and where each goes.
pub struct Landing<'a> {
    length: u64,
    /// In the order of the body, none over another.
    parts: Vec<(u64, &'a mut [u8])>,
}

impl<'a> Landing<'a> {
    /// For a body of `length` bytes of which nothing is wanted yet.
    pub fn new(length: u64) -> Self {
        Self { length, parts: Vec::new() }
    }

    /// Wants the bytes from `start` on in `memory`; false where they lie before or over those of an earlier part, or past
    /// the end.
    #[must_use]
    pub fn want(&mut self, start: u64, memory: &'a mut [u8]) -> bool {
        let free = self.parts.last().map_or(0, |part| span(part).end);
        let fits = start >= free && start.checked_add(memory.len() as u64).is_some_and(|end| end <= self.length);
        if fits {
            self.parts.push((start, memory));
        }
        fits
    }

    /// Whether it is made for a body of so many bytes.
    pub fn takes(&self, length: u64) -> bool {
        self.length == length
    }

    /// Copies what is wanted of the bytes that lie at `at` of the body.
    pub fn put(&mut self, at: u64, bytes: &[u8]) {
        let end = at.saturating_add(bytes.len() as u64);
        let first = self.parts.partition_point(|part| span(part).end <= at);
        for part in self.parts[first..].iter_mut().take_while(|part| part.0 < end) {
            let Range { start, end: last } = span(part);
            let (from, to) = (start.max(at), last.min(end));
            let wanted = &bytes[(from - at) as usize..(to - at) as usize];
            part.1[(from - start) as usize..(to - start) as usize].copy_from_slice(wanted);
        }
    }
}

fn span((start, memory): &(u64, &mut [u8])) -> Range<u64> {
    *start..start + memory.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts 2..5, 5..6 and 8..10 of a body of the bytes 0 to 9 that comes in pieces of `step`.
    fn landed(step: usize) -> Vec<u8> {
        let body: Vec<u8> = (0..10).collect();
        let mut memory = vec![99; 6];
        let (first, rest) = memory.split_at_mut(3);
        let (second, third) = rest.split_at_mut(1);
        let mut landing = Landing::new(10);
        assert!(landing.want(2, first) && landing.want(5, second) && landing.want(8, third));
        body.chunks(step).enumerate().for_each(|(i, piece)| landing.put((i * step) as u64, piece));
        memory
    }

    #[test]
    fn parts_land_whatever_the_pieces() {
        (1..=10).for_each(|step| assert_eq!(landed(step), [2, 3, 4, 5, 8, 9], "pieces of {step}"));
    }

    #[test]
    fn bytes_that_come_again_land_again_and_others_are_dropped() {
        let mut memory = [0; 2];
        let mut landing = Landing::new(4);
        assert!(landing.want(1, &mut memory));
        landing.put(0, &[9, 9]);
        landing.put(0, &[1, 2, 3, 4, 5, 6]);
        landing.put(u64::MAX, &[7]);
        assert!(landing.takes(4) && !landing.takes(3));
        assert_eq!(memory, [2, 3]);
    }

    #[test]
    fn parts_over_each_other_or_past_the_end_are_refused() {
        let (mut first, mut other) = ([0; 3], vec![0; 2]);
        let mut landing = Landing::new(6);
        assert!(landing.want(1, &mut first));
        for start in [0, 3, 5, u64::MAX] {
            assert!(!landing.want(start, other.clone().leak()), "{start}");
        }
        assert!(landing.want(4, &mut other));
    }
}
