//! Single codecs, apart from any array.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Deserialize;
use serde_json::Value;
use zarrust_core::codecs::chain::Chain;
use zarrust_core::codecs::{BYTES_CODECS, BytesCodec, Chunk, Context};
use zarrust_core::{Element, Error, ErrorKind};

use crate::buffer::bytes;
use crate::error::to_python;
use crate::plug;

/// No chunk decodes to more than memory can have.
const MOST: usize = isize::MAX as usize;

#[pyfunction]
pub fn python_codec_calls() -> u64 {
    plug::calls()
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|e| PyValueError::new_err(format!("codec: {e}")))
}

/// Whether the engine can run a list of codecs by itself.
#[pyfunction]
pub fn supports(codecs: &str, shape: Vec<u64>, element: &str) -> PyResult<bool> {
    let chunk = Chunk { shape, element: parse::<Element>(element)? };
    Ok(Chain::build(&parse::<Vec<Value>>(codecs)?, &chunk, &[]).is_ok())
}

fn find(codec: &str, element: &str) -> PyResult<Result<std::sync::Arc<dyn BytesCodec>, Error>> {
    let (codec, element) = (parse::<Value>(codec)?, parse::<Element>(element)?);
    let name = codec.get("name").and_then(Value::as_str).unwrap_or_default();
    let found = BYTES_CODECS.iter().find(|(known, _)| *known == name);
    Ok(match found {
        Some((_, build)) => build(codec.get("configuration").unwrap_or(&Value::Null), Context { element }),
        None => Err(Error::new(ErrorKind::UnknownCodec, format!("codec {name:?} is none over bytes"))),
    })
}

/// Runs a codec over bytes without the interpreter.
fn run<'py>(
    py: Python<'py>,
    codec: &str,
    element: &str,
    data: &Bound<'py, PyAny>,
    work: impl Fn(&dyn BytesCodec, &[u8]) -> Result<Vec<u8>, Error> + Send + Sync,
) -> PyResult<Bound<'py, PyBytes>> {
    let (codec, data) = (find(codec, element)?, bytes(data)?);
    let made = py.detach(|| codec.and_then(|codec| work(&*codec, &data)));
    made.map(|made| PyBytes::new(py, &made)).map_err(|e| to_python(py, &e))
}

#[pyfunction]
pub fn encode_bytes<'py>(
    py: Python<'py>,
    codec: &str,
    element: &str,
    data: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    run(py, codec, element, data, |codec, data| {
        let mut out = Vec::new();
        codec.encode(data, &mut out).map(|()| out)
    })
}

#[pyfunction]
pub fn decode_bytes<'py>(
    py: Python<'py>,
    codec: &str,
    element: &str,
    data: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    run(py, codec, element, data, |codec, data| codec.decode(data, MOST).map(std::borrow::Cow::into_owned))
}
