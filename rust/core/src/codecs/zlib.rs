//! `zlib` and `numcodecs.zlib`: DEFLATE with an Adler-32 behind it.
//!
//! Source: RFC 1950; numcodecs `zlib.py`, whose default level is 1.

use std::sync::Arc;

use libdeflate_sys as sys;
use serde::Deserialize;
use serde_json::Value;

use super::deflate::{Deflate, Wrapper};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, Result};

static ZLIB: Wrapper = Wrapper {
    name: "zlib",
    next: None,
    bound: sys::libdeflate_zlib_compress_bound,
    compress: sys::libdeflate_zlib_compress,
    decompress: sys::libdeflate_zlib_decompress_ex,
};

/// What zlib's own level -1 stands for.
const DEFAULT_OF_ZLIB: i32 = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "default_level")]
    level: i32,
}

fn default_level() -> i32 {
    1
}

/// Builds the codec; `level` is 0 to 9, or -1 for zlib's own default.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { level } = configuration("zlib", value)?;
    let level = match level {
        0..=9 => level,
        -1 => DEFAULT_OF_ZLIB,
        _ => return Err(Error::metadata(format!("zlib: level is {level}, expected -1 to 9"))),
    };
    Ok(Arc::new(Deflate { wrapper: &ZLIB, level }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::element::Element;

    /// Python 3.11: `zlib.compress(b"zarr" * 8, 1)`.
    const PYTHON: &[u8] = b"\x78\x01\xab\x4a\x2c\x2a\xaa\xc2\x83\x01\xe6\xb8\x0d\xf9";

    fn codec(configuration: Value) -> Result<Arc<dyn BytesCodec>> {
        build(&configuration, Context { element: Element::bytes(1) })
    }

    #[test]
    fn bytes_of_python_are_read() {
        let data = codec(Value::Null).unwrap().decode(PYTHON, 32).unwrap();
        assert_eq!(&*data, b"zarr".repeat(8));
    }

    #[test]
    fn only_one_stream_is_a_chunk() {
        let error = codec(Value::Null).unwrap().decode(&PYTHON.repeat(2), 64).unwrap_err();
        assert_eq!(error.message(), format!("zlib: {} bytes follow the stream", PYTHON.len()));
    }

    #[test]
    fn configurations_are_checked() {
        for good in [Value::Null, json!({"level": -1}), json!({"level": 0}), json!({"level": 9})] {
            assert!(codec(good).is_ok());
        }
        for bad in [json!({"level": 10}), json!({"level": -2}), json!({"level": null}), json!({"id": "zlib"})] {
            assert!(codec(bad).is_err());
        }
    }
}
