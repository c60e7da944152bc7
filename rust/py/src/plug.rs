//! Codecs and chunk key encodings that users write in Python, as implementations of the core's traits.
//!
//! A worker thread attaches to the interpreter and calls: for a codec a bridge object (`zarrust.codecs.bridge`) that has it
//! in plain form, bytes in and bytes out. An exception comes out as the same object.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use zarrust_core::array::{Codecs, Listed};
use zarrust_core::codecs::plug::{Plug, nothing};
use zarrust_core::error::{Error, Result};
use zarrust_core::key::Spelling;

use crate::buffer::bytes;
use crate::exit;

/// How often a codec written in Python has run in this process.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// How often a codec written in Python has run in this process.
pub fn calls() -> u64 {
    CALLS.load(Ordering::Relaxed)
}

/// A codec behind a bridge object.
pub struct PythonCodec(Py<PyAny>);

impl PythonCodec {
    /// The codecs of a list of bridge objects.
    pub fn list(bridges: Vec<Py<PyAny>>) -> Vec<Arc<dyn Plug>> {
        bridges.into_iter().map(|bridge| Arc::new(Self(bridge)) as Arc<dyn Plug>).collect()
    }

    /// Bytes in and bytes out; None says that there is nothing to store.
    fn call(&self, method: &'static str, data: &[u8]) -> Result<Bytes> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        let failed = || format!("{method} of the codec failed");
        let made = exit::call(failed, |py| {
            let data = PyBytes::new(py, data);
            let made = self.0.bind(py).call_method1(method, (data,))?;
            if made.is_none() { Ok(None) } else { bytes(&made).map(Some) }
        })?;
        made.ok_or_else(nothing)
    }
}

/// A function of Python that makes the codecs for chunks of a shape: their list as JSON, and the bridge objects.
pub struct PythonCodecs(Py<PyAny>);

impl PythonCodecs {
    /// As the core takes it.
    pub fn boxed(function: Py<PyAny>) -> Arc<dyn Codecs> {
        Arc::new(Self(function))
    }
}

impl Codecs for PythonCodecs {
    fn of(&self, shape: &[u64]) -> Result<Listed> {
        let failed = || "the codecs of a chunk cannot be told".to_owned();
        let (codecs, bridges) = exit::call(failed, |py| {
            let shape = PyTuple::new(py, shape)?;
            self.0.bind(py).call1((shape,))?.extract::<(String, Vec<Py<PyAny>>)>()
        })?;
        let codecs = serde_json::from_str(&codecs).map_err(|e| Error::metadata(format!("codecs: {e}")))?;
        Ok((codecs, PythonCodec::list(bridges)))
    }
}

impl Plug for PythonCodec {
    fn encode(&self, decoded: &[u8]) -> Result<Bytes> {
        self.call("encode", decoded)
    }

    fn decode(&self, encoded: &[u8]) -> Result<Bytes> {
        self.call("decode", encoded)
    }
}

/// A chunk key encoding: an object with the methods of zarr-python's `ChunkKeyEncoding`.
pub struct PythonSpelling(pub Py<PyAny>);

impl PythonSpelling {
    fn call<T>(&self, method: &'static str, call: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T> {
        exit::call(|| format!("{method} failed"), |py| call(self.0.bind(py)))
    }
}

impl Spelling for PythonSpelling {
    fn encode(&self, coordinates: &[u64]) -> Result<String> {
        let method = "encode_chunk_key";
        self.call(method, |encoding| {
            encoding.call_method1(method, (PyTuple::new(encoding.py(), coordinates)?,))?.extract()
        })
    }

    fn decode(&self, name: &str) -> Result<Option<Vec<u64>>> {
        let method = "decode_chunk_key";
        self.call(method, |encoding| match encoding.call_method1(method, (name,)) {
            Ok(coordinates) => coordinates.extract().map(Some),
            // Something else that lies beside the chunks.
            Err(e) if e.is_instance_of::<PyValueError>(encoding.py()) => Ok(None),
            Err(e) => Err(e),
        })
    }
}
