//! Where the chunks along an axis begin and end: all of one length, or each of a length of its own.
//!
//! Source: zarr-extensions, chunk grids "regular" (Zarr v3 core specification) and "rectilinear".

use std::sync::Arc;

use serde::Deserialize;

/// The chunks along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Lengths")]
pub enum Edges {
    /// All of this length, which is not zero.
    Regular(u64),
    /// Where each of them ends: ascending, at least one.
    Varying(Arc<[u64]>),
}

/// As the caller says it: one length for all chunks, or that of each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lengths {
    One(u64),
    Each(Vec<u64>),
}

impl TryFrom<Lengths> for Edges {
    type Error = String;

    fn try_from(lengths: Lengths) -> std::result::Result<Self, String> {
        match lengths {
            Lengths::One(0) => Err("a chunk has no elements".to_owned()),
            Lengths::One(length) => Ok(Self::Regular(length)),
            Lengths::Each(lengths) if lengths.is_empty() || lengths.contains(&0) => {
                Err("an axis has no chunks, or one without elements".to_owned())
            }
            Lengths::Each(lengths) => {
                let mut end = 0_u64;
                let ends = lengths.into_iter().map(|length| {
                    end = end.checked_add(length)?;
                    Some(end)
                });
                ends.collect::<Option<_>>().map(Self::Varying).ok_or_else(|| "chunks end beyond 2^64".to_owned())
            }
        }
    }
}

impl Edges {
    /// The chunk that holds element `at`.
    pub fn chunk(&self, at: u64) -> u64 {
        match self {
            Self::Regular(length) => at / length,
            Self::Varying(ends) => ends.partition_point(|end| *end <= at) as u64,
        }
    }

    /// The first element of a chunk.
    pub fn start(&self, chunk: u64) -> u64 {
        match self {
            Self::Regular(length) => chunk * length,
            Self::Varying(ends) => match usize::try_from(chunk) {
                Ok(0) => 0,
                Ok(chunk) => ends[(chunk - 1).min(ends.len() - 1)],
                Err(_) => ends[ends.len() - 1],
            },
        }
    }

    /// The elements of a chunk as it is stored; none for one that is not there.
    pub fn length(&self, chunk: u64) -> u64 {
        match self {
            Self::Regular(length) => *length,
            Self::Varying(_) => self.start(chunk.saturating_add(1)) - self.start(chunk),
        }
    }

    /// The number of chunks that hold the first `extent` elements.
    pub fn count(&self, extent: u64) -> u64 {
        if extent == 0 { 0 } else { self.chunk(extent - 1) + 1 }
    }

    /// Whether `extent` elements all have a chunk.
    pub fn reaches(&self, extent: u64) -> bool {
        match self {
            Self::Regular(_) => true,
            Self::Varying(ends) => ends[ends.len() - 1] >= extent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(text: &str) -> Edges {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn chunks_have_their_own_lengths() {
        let edges = edges("[2, 3, 1]");
        let chunks: Vec<_> = (0..6).map(|at| edges.chunk(at)).collect();
        assert_eq!(chunks, [0, 0, 1, 1, 1, 2]);
        assert_eq!(
            (0..4).map(|chunk| (edges.start(chunk), edges.length(chunk))).collect::<Vec<_>>(),
            [(0, 2), (2, 3), (5, 1), (6, 0)]
        );
        assert_eq!([0, 1, 2, 3, 6].map(|extent| edges.count(extent)), [0, 1, 1, 2, 3]);
        assert!(edges.reaches(6) && !edges.reaches(7));
        assert_eq!(edges.length(u64::MAX), 0);
    }

    #[test]
    fn one_length_is_that_of_all() {
        let edges = edges("4");
        assert_eq!((edges.chunk(9), edges.start(2), edges.length(2), edges.count(9)), (2, 8, 4, 3));
    }

    #[test]
    fn lengths_that_make_no_grid_are_refused() {
        for text in ["0", "[]", "[1, 0]", "[18446744073709551615, 1]", "-1", "\"a\""] {
            assert!(serde_json::from_str::<Edges>(text).is_err(), "{text}");
        }
    }
}
