//! `gzip`: DEFLATE with a CRC-32 and the size behind it; several members may follow one another.
//!
//! Source: Zarr v3 codec "gzip", version 1.0; RFC 1952.

use std::sync::Arc;

use libdeflate_sys as sys;
use serde::Deserialize;
use serde_json::Value;

use super::deflate::{Deflate, Wrapper};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, Result};

static GZIP: Wrapper = Wrapper {
    name: "gzip",
    next: Some(&[0x1f, 0x8b]),
    bound: sys::libdeflate_gzip_compress_bound,
    compress: sys::libdeflate_gzip_compress,
    decompress: sys::libdeflate_gzip_decompress_ex,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "default_level")]
    level: i32,
}

/// zarr-python's.
fn default_level() -> i32 {
    5
}

/// Builds the codec; `level` is 0 to 9.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { level } = configuration("gzip", value)?;
    if !(0..=9).contains(&level) {
        return Err(Error::metadata(format!("gzip: level is {level}, expected 0 to 9")));
    }
    Ok(Arc::new(Deflate { wrapper: &GZIP, level }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::Element;

    /// Python 3.11: `gzip.GzipFile("chunk", "wb", 5, mtime=0)`, so with a file name in the header.
    const PYTHON: &[u8] = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff\x63\x68\x75\x6e\x6b\x00\xab\x4a\x2c\x2a\xaa\xc2\x83\x01\x3a\xe6\xce\xa6\x20\x00\x00\x00";

    fn codec(configuration: Value) -> Result<Arc<dyn BytesCodec>> {
        build(&configuration, Context { element: Element::bytes(1) })
    }

    #[test]
    fn bytes_of_python_are_read() {
        let data = codec(Value::Null).unwrap().decode(PYTHON, 32).unwrap();
        assert_eq!(&*data, b"zarr".repeat(8));
    }

    #[test]
    fn members_in_a_row_are_one_chunk() {
        let twice = PYTHON.repeat(2);
        let mut out = [0; 64];
        codec(Value::Null).unwrap().decode_into(&twice, &mut out).unwrap();
        assert_eq!(out.as_slice(), b"zarr".repeat(16));
    }

    #[test]
    fn what_follows_the_stream_is_refused() {
        let padded = [PYTHON, &[0; 3]].concat();
        let error = codec(Value::Null).unwrap().decode(&padded, 32).unwrap_err();
        assert_eq!(error.message(), "gzip: 3 bytes follow the stream");
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut damaged = PYTHON.to_vec();
        damaged[PYTHON.len() - 8] ^= 1;
        let error = codec(Value::Null).unwrap().decode(&damaged, 32).unwrap_err();
        assert_eq!(error.message(), "gzip: stream is cut or damaged");
    }

    #[test]
    fn configurations_are_checked() {
        for good in [Value::Null, json!({}), json!({"level": 0}), json!({"level": 9})] {
            assert!(codec(good).is_ok());
        }
        for bad in [json!({"level": 10}), json!({"level": -1}), json!({"level": "5"}), json!({"level": 1.5}), json!([])]
        {
            assert!(codec(bad).is_err());
        }
        let error = codec(json!({"levle": 5})).err().unwrap();
        assert!(error.message().contains("`levle`"), "{error}");
    }
}
