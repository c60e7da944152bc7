//! `crc32c`: a 4-byte little-endian Castagnoli checksum behind the data.
//!
//! Source: Zarr v3 codec "crc32c", version 1.0; RFC 3720, appendix B.4.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, Result};

/// Bytes of the checksum.
const CHECKSUM: usize = 4;

struct Crc32c;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {}

/// Builds the codec, which has no configuration.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration {} = configuration("crc32c", value)?;
    Ok(Arc::new(Crc32c))
}

/// The data before the checksum, once both agree.
fn checked(encoded: &[u8]) -> Result<&[u8]> {
    let Some((data, stored)) = encoded.split_last_chunk::<CHECKSUM>() else {
        let found = encoded.len();
        return Err(Error::corrupt(format!("crc32c: {found} bytes are too few for a checksum of {CHECKSUM}")));
    };
    let (computed, stored) = (::crc32c::crc32c(data), u32::from_le_bytes(*stored));
    if computed != stored {
        return Err(Error::corrupt(format!("crc32c: checksum is {computed:#010x}, stored {stored:#010x}")));
    }
    Ok(data)
}

impl BytesCodec for Crc32c {
    fn encoded_bound(&self, decoded: usize) -> usize {
        decoded.saturating_add(CHECKSUM)
    }

    fn has_fixed_size(&self) -> bool {
        true
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        reserve("crc32c", out, self.encoded_bound(decoded.len()))?;
        out.extend_from_slice(decoded);
        out.extend_from_slice(&::crc32c::crc32c(decoded).to_le_bytes());
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let data = self.decode(encoded, out.len())?;
        check_size("crc32c", data.len(), out.len())?;
        out.copy_from_slice(&data);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let data = checked(encoded)?;
        if data.len() > limit {
            return Err(too_long("crc32c", limit));
        }
        Ok(Cow::Borrowed(data))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::Element;

    fn codec(configuration: Value) -> Result<Arc<dyn BytesCodec>> {
        build(&configuration, Context { element: Element::bytes(1) })
    }

    #[test]
    fn examples_of_the_rfc_hold() {
        let ascending: Vec<u8> = (0..32).collect();
        let cases = [(vec![0; 32], 0x8a91_36aa_u32), (vec![0xff; 32], 0x62a8_ab43), (ascending, 0x46dd_794e)];
        for (data, checksum) in cases {
            let mut out = vec![7];
            codec(Value::Null).unwrap().encode(&data, &mut out).unwrap();
            assert_eq!(out, [vec![7], data, checksum.to_le_bytes().to_vec()].concat());
        }
    }

    #[test]
    fn data_is_borrowed() {
        let codec = codec(json!({})).unwrap();
        // numcodecs 0.16: `CRC32C().encode(b"123456789")`.
        let encoded = b"123456789\x83\x92\x06\xe3";
        assert!(matches!(codec.decode(encoded, 9), Ok(Cow::Borrowed(b"123456789"))));
        assert_eq!(codec.decode(encoded, 8).unwrap_err().message(), "crc32c: decodes to more than 8 bytes");
    }

    #[test]
    fn errors_say_what_was_found() {
        let codec = codec(json!({})).unwrap();
        let error = codec.decode(&[0; 36], 32).unwrap_err();
        assert_eq!(error.message(), "crc32c: checksum is 0x8a9136aa, stored 0x00000000");
        let error = codec.decode(&[0; 3], 32).unwrap_err();
        assert_eq!(error.message(), "crc32c: 3 bytes are too few for a checksum of 4");
    }

    #[test]
    fn a_configuration_is_refused() {
        let error = codec(json!({"location": "start"})).err().unwrap();
        assert!(error.message().contains("`location`"), "{error}");
    }
}
