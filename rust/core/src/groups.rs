//! Inner chunks of a shard that one request brings, and whether they go straight to where they are wanted.

use std::ops::Range;

use crate::array::Reading;
use crate::codecs::chain::Chain;
use crate::copy::View;
use crate::landing::Landing;
use crate::plan::Task;
use crate::selection::Selection;

/// So many bytes for nothing cost less than another request, whatever they lead to.
const SMALL_GAP: u64 = 64 << 10;

/// So many cost more, as the other request is on its way at the same time. Between the two, what is fetched for nothing is
/// no more than what it leads to.
const LARGE_GAP: u64 = 1 << 20;

/// Rows shorter than this do not pay for being told apart as they arrive.
const SHORTEST_ROW: usize = 512;

/// An inner chunk to be read from a shard.
pub(crate) struct Wanted {
    pub(crate) range: Range<u64>,
    pub(crate) task: Task,
    pub(crate) number: usize,
}

/// Inner chunks that one request brings.
pub(crate) struct Group {
    pub(crate) span: Range<u64>,
    pub(crate) wanted: Vec<Wanted>,
}

impl Group {
    /// Whether its inner chunks can go straight to where they are wanted, each to its view; `landing` then has them.
    pub(crate) fn land<'m>(&self, landing: &mut Landing<'m>, inner: &Chain, views: &'m [View]) -> bool {
        inner.order().is_none()
            && self.wanted.iter().zip(views).all(|(wanted, view)| {
                let Range { start, end } = wanted.range;
                let is_sound = end - start == inner.decoded_size() as u64;
                is_sound && land(landing, start - self.span.start, inner, &wanted.task.inside, view)
            })
    }
}

/// Whether a chunk that lies at `start` of a body can go straight to where it is wanted; `landing` then has its rows. Axes
/// are in stored order.
pub(crate) fn land<'m>(
    landing: &mut Landing<'m>,
    start: u64,
    chain: &Chain,
    inside: &Selection,
    out: &'m View,
) -> bool {
    if !chain.is_plain() || !inside.is_all(chain.stored_shape()) {
        return false;
    }
    let counts = inside.counts();
    let Some(mut rows) = out.rows(&counts, chain.element().size) else { return false };
    let mut at = start;
    rows.all(|row| {
        let length = row.len();
        let is_long = length >= SHORTEST_ROW.min(chain.decoded_size());
        let lands = is_long && landing.want(at, row);
        at += length as u64;
        lands
    })
}

pub(crate) fn coalesce(mut wanted: Vec<Wanted>, reading: &Reading) -> Vec<Group> {
    wanted.sort_by_key(|wanted| (wanted.range.start, wanted.range.end));
    let mut groups: Vec<Group> = Vec::new();
    for item in wanted {
        if let Some(group) = groups.last_mut() {
            let end = group.span.end.max(item.range.end);
            let length = item.range.end - item.range.start;
            let gap = reading.coalesce_gap.unwrap_or(length.clamp(SMALL_GAP, LARGE_GAP));
            if item.range.start <= group.span.end.saturating_add(gap) && end - group.span.start <= reading.coalesce_most
            {
                group.span.end = end;
                group.wanted.push(item);
                continue;
            }
        }
        groups.push(Group { span: item.range.clone(), wanted: vec![item] });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn spans(reading: &Reading, wanted: &[Range<u64>]) -> Vec<(u64, u64)> {
        let plan = Plan::new(Selection::all(&[1]), &[1], &[1]).unwrap();
        let wanted =
            wanted.iter().map(|range| Wanted { range: range.clone(), task: plan.task(0), number: 0 }).collect();
        coalesce(wanted, reading).into_iter().map(|group| (group.span.start, group.span.end)).collect()
    }

    #[test]
    fn small_gaps_are_fetched_along_and_long_ones_only_before_long_parts() {
        let (usual, kib) = (Reading::default(), 1 << 10);
        assert_eq!(spans(&usual, &[70 * kib..71 * kib, 0..6 * kib]), [(0, 71 * kib)], "64 KiB apart");
        assert_eq!(spans(&usual, &[0..6 * kib, 71 * kib..72 * kib]).len(), 2, "65 KiB apart");
        assert_eq!(spans(&usual, &[0..6 * kib, 256 * kib..506 * kib]), [(0, 506 * kib)], "as far apart as long");
        assert_eq!(spans(&usual, &[0..6 * kib, 256 * kib..505 * kib]).len(), 2);
        assert_eq!(spans(&usual, &[0..1, 1025 * kib..9999 * kib]).len(), 2, "never more than 1 MiB");
        assert_eq!(
            spans(&usual, &[0..9000 * kib, 9000 * kib..17000 * kib]).len(),
            2,
            "16 MiB are enough for one request"
        );
    }

    #[test]
    fn a_gap_that_is_set_counts_as_it_is() {
        let set = Reading { coalesce_gap: Some(5 << 20), ..Reading::default() };
        assert_eq!(spans(&set, &[0..1, 5 << 20..(5 << 20) + 1]).len(), 1);
        let none = Reading { coalesce_gap: Some(0), ..Reading::default() };
        assert_eq!(spans(&none, &[0..1, 1..2, 3..4]), [(0, 2), (3, 4)]);
    }
}
