//! `zstd`: Zstandard frames; several may follow one another.
//!
//! Source: Zarr v3 codec "zstd"; RFC 8878.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::Cursor;
use std::ops::RangeInclusive;
use std::sync::Arc;

use ::zstd::zstd_safe::{self, CCtx, CParameter, DCtx, zstd_sys::ZSTD_ErrorCode};
use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, decode_within, out_of_memory, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

const LEVELS: RangeInclusive<i32> = -131_072..=22;
const MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE: RangeInclusive<u32> = 0x184d_2a50..=0x184d_2a5f;

/// A block takes 4 bytes at least and makes 128 KiB at most (RFC 8878, 3.1.1.2), so no honest frame is denser.
const DENSEST: u64 = (128 << 10) / 4;

/// Contexts that outgrow this are not kept: at level 22 one takes hundreds of MiB.
const KEPT: usize = 32 << 20;

thread_local! {
    static ENCODER: Cell<Option<CCtx<'static>>> = const { Cell::new(None) };
    static DECODER: Cell<Option<DCtx<'static>>> = const { Cell::new(None) };
}

struct Zstd {
    level: i32,
    checksum: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    /// 0 is zstd's own default, 3.
    #[serde(default)]
    level: i32,
    #[serde(default)]
    checksum: bool,
}

/// Builds the codec; `level` is -131072 to 22, `checksum` puts 4 bytes behind each frame.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { level, checksum } = configuration("zstd", value)?;
    if !LEVELS.contains(&level) {
        let (low, high) = (LEVELS.start(), LEVELS.end());
        return Err(Error::metadata(format!("zstd: level is {level}, expected {low} to {high}")));
    }
    Ok(Arc::new(Zstd { level, checksum }))
}

/// Checks that `encoded` is whole frames of the standard format; answers the size of their data where all frames tell.
/// The pre-standard formats, whose decoders nobody maintains, are refused.
pub(super) fn content_size(encoded: &[u8]) -> Result<Option<u64>> {
    let mut rest = encoded;
    let mut total = Some(0_u64);
    loop {
        let magic = rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        if !magic.is_some_and(|magic| magic == MAGIC || SKIPPABLE.contains(&magic)) {
            let place = if rest.len() == encoded.len() { "are no frame" } else { "follow the last frame" };
            return Err(Error::corrupt(format!("zstd: {} bytes {place}", rest.len())));
        }
        let length = zstd_safe::find_frame_compressed_size(rest).map_err(damaged)?;
        let size = zstd_safe::get_frame_content_size(rest)
            .map_err(|_| Error::corrupt("zstd: frame header is cut or damaged"))?;
        total = total.zip(size).and_then(|(total, size)| total.checked_add(size));
        rest = &rest[length..];
        if rest.is_empty() {
            return Ok(total);
        }
    }
}

fn damaged(code: usize) -> Error {
    Error::corrupt(format!("zstd: frame is cut or damaged: {}", zstd_safe::get_error_name(code)))
}

/// Runs `decode` with the thread's context; none when the output does not fit.
fn with_decoder(decode: impl FnOnce(&mut DCtx<'static>) -> Result<usize, usize>) -> Result<Option<usize>> {
    let made = DECODER.take().or_else(DCtx::try_create);
    let mut decoder = made.ok_or_else(|| out_of_memory("zstd", 128 << 10))?;
    match decode(&mut decoder) {
        Ok(written) => {
            DECODER.set(Some(decoder));
            Ok(Some(written))
        }
        // The library's errors are the negated numbers of its enumeration.
        Err(code) if code.wrapping_neg() == ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall as usize => Ok(None),
        Err(code) => Err(damaged(code)),
    }
}

impl BytesCodec for Zstd {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // Chunks come from other writers too, and those who flush often make more, smaller blocks.
        zstd_safe::compress_bound(decoded).saturating_add(decoded / 8).saturating_add(1024)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // 4 bytes more than without a checksum, which the library's bound leaves out.
        reserve("zstd", out, zstd_safe::compress_bound(decoded.len()) + 4)?;
        let made = ENCODER.take().or_else(CCtx::try_create);
        let mut encoder = made.ok_or_else(|| out_of_memory("zstd", 1 << 20))?;
        let start = out.len() as u64;
        let mut target = Cursor::new(out);
        target.set_position(start);
        let parameters = [CParameter::CompressionLevel(self.level), CParameter::ChecksumFlag(self.checksum)];
        parameters
            .into_iter()
            .try_for_each(|parameter| encoder.set_parameter(parameter).map(drop))
            .and_then(|()| encoder.compress2(&mut target, decoded))
            .map_err(|code| {
                let kind = match code.wrapping_neg() == ZSTD_ErrorCode::ZSTD_error_memory_allocation as usize {
                    true => ErrorKind::Memory,
                    false => ErrorKind::Internal,
                };
                Error::new(kind, format!("zstd: cannot compress: {}", zstd_safe::get_error_name(code)))
            })?;
        if encoder.sizeof() <= KEPT {
            ENCODER.set(Some(encoder));
        }
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let expected = out.len();
        if content_size(encoded)?.is_some_and(|size| size > expected as u64) {
            return Err(too_long("zstd", expected));
        }
        let found = with_decoder(|decoder| decoder.decompress(out, encoded))?;
        check_size("zstd", found.ok_or_else(|| too_long("zstd", expected))?, expected)
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let first = match content_size(encoded)? {
            Some(size) if size > limit as u64 => return Err(too_long("zstd", limit)),
            Some(size) if size > DENSEST.saturating_mul(encoded.len() as u64) => {
                return Err(Error::corrupt(format!("zstd: {} bytes cannot hold {size}", encoded.len())));
            }
            Some(size) => size as usize,
            None => encoded.len().saturating_mul(8).max(128 << 10),
        };
        // A frame that hides behind one without a size may claim any.
        let most = usize::try_from(DENSEST.saturating_mul(encoded.len() as u64)).unwrap_or(usize::MAX);
        let data = decode_within("zstd", first, limit.min(most), |out| {
            Ok(with_decoder(|decoder| decoder.decompress(out, encoded))?.is_some())
        })?;
        Ok(Cow::Owned(data))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::Element;

    /// numcodecs 0.16: `Zstd(0).encode(b"zarr" * 8)`.
    const PLAIN: &[u8] = b"\x28\xb5\x2f\xfd\x20\x20\x55\x00\x00\x20\x7a\x61\x72\x72\x01\x00\x33\x8e\x08";
    /// numcodecs 0.16: `Zstd(0, checksum=True).encode(b"zarr" * 8)`.
    const SUMMED: &[u8] =
        b"\x28\xb5\x2f\xfd\x24\x20\x55\x00\x00\x20\x7a\x61\x72\x72\x01\x00\x33\x8e\x08\x51\x4c\xb1\x21";
    /// `printf zarrzarrzarrzarrzarrzarrzarrzarr | zstd --no-check`: a stream, so without the size of its content.
    const STREAM: &[u8] = b"\x28\xb5\x2f\xfd\x00\x58\x55\x00\x00\x20\x7a\x61\x72\x72\x01\x00\x33\x8e\x08";

    fn codec(configuration: Value) -> Result<Arc<dyn BytesCodec>> {
        build(&configuration, Context { element: Element::bytes(1) })
    }

    #[test]
    fn bytes_of_others_are_read() {
        for encoded in [PLAIN, SUMMED, STREAM] {
            let data = codec(Value::Null).unwrap().decode(encoded, 32).unwrap();
            assert_eq!(&*data, b"zarr".repeat(8));
        }
        assert_eq!((content_size(PLAIN).unwrap(), content_size(STREAM).unwrap()), (Some(32), None));
    }

    #[test]
    fn frames_in_a_row_are_one_chunk() {
        let skipped = b"\x50\x2a\x4d\x18\x02\x00\x00\x00hi";
        let encoded = [PLAIN, skipped, STREAM, SUMMED].concat();
        let mut out = [0; 96];
        codec(Value::Null).unwrap().decode_into(&encoded, &mut out).unwrap();
        assert_eq!(out.as_slice(), b"zarr".repeat(24));
    }

    #[test]
    fn a_frame_without_a_size_does_not_hide_the_claim_of_the_next() {
        // One segment, 8 bytes of content size, then a block of one byte over and over.
        let claim = [&b"\x28\xb5\x2f\xfd\xe0"[..], &(1_u64 << 50).to_le_bytes(), b"\x03\x00\x10\x00"].concat();
        let error = codec(Value::Null).unwrap().decode(&[STREAM, &claim].concat(), isize::MAX as usize).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{error}");
    }

    #[test]
    fn the_size_and_the_checksum_are_in_the_frame() {
        for (checksum, more) in [(false, 0), (true, 4)] {
            let mut out = vec![7];
            codec(json!({"level": 1, "checksum": checksum})).unwrap().encode(&[5; 1000], &mut out).unwrap();
            assert_eq!((out[0], content_size(&out[1..]).unwrap()), (7, Some(1000)));
            assert_eq!(out[5] & 4, more, "checksum flag of the frame header");
        }
    }

    #[test]
    fn errors_say_what_was_found() {
        let codec = codec(Value::Null).unwrap();
        let message = |encoded: &[u8], limit| codec.decode(encoded, limit).unwrap_err().message().to_owned();
        assert_eq!(message(PLAIN, 31), "zstd: decodes to more than 31 bytes");
        assert_eq!(message(STREAM, 31), "zstd: decodes to more than 31 bytes");
        assert_eq!(message(b"", 31), "zstd: 0 bytes are no frame");
        assert_eq!(message(&[PLAIN, b"x"].concat(), 32), "zstd: 1 bytes follow the last frame");
        let error = codec.decode_into(PLAIN, &mut [0; 33]).unwrap_err();
        assert_eq!(error.message(), "zstd: decodes to 32 bytes, expected 33");
        let mut damaged = SUMMED.to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(message(&damaged, 32).starts_with("zstd: frame is cut or damaged: "));
    }

    #[test]
    fn formats_before_the_standard_are_refused() {
        let old = [b"\x27\xb5\x2f\xfd", &PLAIN[4..]].concat();
        assert!(codec(Value::Null).unwrap().decode(&old, 32).is_err());
    }

    #[test]
    fn configurations_are_checked() {
        for good in [json!({"level": -131072}), json!({"level": 22, "checksum": true}), json!({})] {
            assert!(codec(good).is_ok());
        }
        for bad in [json!({"level": 23}), json!({"level": -131073}), json!({"checksum": 1}), json!({"window": 3})] {
            assert!(codec(bad).is_err());
        }
    }
}
