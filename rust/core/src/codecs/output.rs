//! Room for what decoders make: bounded by the metadata, never sized by what a stored file claims.

use crate::error::{Error, ErrorKind, Result};

/// Makes room for `more` bytes behind `out`.
pub(super) fn reserve(codec: &str, out: &mut Vec<u8>, more: usize) -> Result<()> {
    out.try_reserve_exact(more).map_err(|_| out_of_memory(codec, more))
}

/// Memory of `size` bytes that the system refuses.
pub(super) fn out_of_memory(codec: &str, size: usize) -> Error {
    Error::new(ErrorKind::Memory, format!("{codec}: no memory for {size} bytes"))
}

/// A chunk that holds more than its metadata allows.
pub(super) fn too_long(codec: &str, limit: usize) -> Error {
    Error::corrupt(format!("{codec}: decodes to more than {limit} bytes"))
}

/// Refuses a chunk that holds fewer bytes than it must.
pub(super) fn check_size(codec: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::corrupt(format!("{codec}: decodes to {found} bytes, expected {expected}")))
}

/// Decodes a stream that does not say how long its data is: `attempt` fills the spare room of the buffer and answers
/// whether it sufficed. The room starts at `first` bytes and grows up to `limit`.
pub(super) fn decode_within(
    codec: &str,
    first: usize,
    limit: usize,
    mut attempt: impl FnMut(&mut Vec<u8>) -> Result<bool>,
) -> Result<Vec<u8>> {
    let mut room = first.min(limit);
    loop {
        let mut out = Vec::new();
        reserve(codec, &mut out, room)?;
        // The allocator may have given more room than asked for.
        if attempt(&mut out)? && out.len() <= limit {
            return Ok(out);
        }
        if room == limit {
            return Err(too_long(codec, limit));
        }
        room = room.saturating_mul(4).min(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for a decoder of `size` bytes; counts its attempts.
    fn decode(size: usize, first: usize, limit: usize) -> (Result<Vec<u8>>, usize) {
        let mut attempts = 0;
        let data = decode_within("test", first, limit, |out| {
            attempts += 1;
            let fits = size <= out.capacity();
            out.resize(if fits { size } else { 0 }, 1);
            Ok(fits)
        });
        (data, attempts)
    }

    #[test]
    fn room_grows_until_the_data_fits() {
        let (data, attempts) = decode(1000, 10, 4096);
        assert_eq!((data.unwrap().len(), attempts), (1000, 5));
    }

    #[test]
    fn room_stops_at_the_limit() {
        let (data, attempts) = decode(4097, 1024, 4096);
        let message = data.unwrap_err().message().to_owned();
        assert_eq!((message.as_str(), attempts), ("test: decodes to more than 4096 bytes", 2));
        assert!(decode(4096, 1024, 4096).0.is_ok());
        assert!(decode(0, 1024, 0).0.is_ok());
    }

    #[test]
    fn memory_that_cannot_be_had_is_an_error() {
        let mut out = Vec::new();
        // Seen by a black box, so that the optimiser does not leave out an allocation that nobody looks at.
        let error = reserve("test", std::hint::black_box(&mut out), isize::MAX as usize).unwrap_err();
        std::hint::black_box(&out);
        assert_eq!(error.kind(), ErrorKind::Memory);
    }
}
