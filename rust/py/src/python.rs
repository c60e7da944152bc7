//! Stores that users write in Python, as implementations of the core's trait.
//!
//! The engine's worker threads call a bridge object (`zarrust.storage.bridge`) that has the store's methods in synchronous form;
//! while it waits for the user's coroutines it has let go of the GIL. An exception comes out as the same object.

use bytes::Bytes;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use zarrust_core::runtime;
use zarrust_core::stores::{ByteRange, Mode, Pending, Source, Store};

use crate::buffer::{Value, bytes};
use crate::exit;

/// A store behind a bridge object.
pub struct PythonStore {
    bridge: Py<PyAny>,
    identity: String,
    threads: Option<usize>,
    waits: bool,
}

impl PythonStore {
    /// A store that calls `bridge` from as many as `threads` threads at once. Where its calls wait for something else than
    /// this process, the settings of the time say how many, if they say anything.
    pub fn new(bridge: Py<PyAny>, identity: String, threads: Option<usize>, waits: bool) -> Self {
        Self { bridge, identity, threads, waits }
    }

    /// Calls a method of the bridge and converts its answer while the GIL is there.
    fn call<'a, T: Send + 'a>(
        &'a self,
        method: &'static str,
        args: impl for<'py> PyCallArgs<'py> + Send + 'a,
        convert: impl FnOnce(Bound<'_, PyAny>) -> PyResult<T> + Send + 'a,
    ) -> Pending<'a, T> {
        Box::pin(async move {
            exit::call(
                || format!("{method} of the store failed"),
                |py| convert(self.bridge.bind(py).call_method1(method, args)?),
            )
        })
    }
}

fn optional_bytes(answer: Bound<'_, PyAny>) -> PyResult<Option<Bytes>> {
    if answer.is_none() { Ok(None) } else { bytes(&answer).map(Some) }
}

fn nothing(_: Bound<'_, PyAny>) -> PyResult<()> {
    Ok(())
}

fn extract<T: for<'a, 'py> FromPyObject<'a, 'py, Error: Into<PyErr>>>(answer: Bound<'_, PyAny>) -> PyResult<T> {
    answer.extract().map_err(Into::into)
}

/// Start, end and suffix, as the bridge wants them.
type Parts = (Option<u64>, Option<u64>, Option<u64>);

fn parts(range: ByteRange) -> Parts {
    match range {
        ByteRange::All => (None, None, None),
        ByteRange::Bounded { start, end } => (Some(start), Some(end), None),
        ByteRange::From(start) => (Some(start), None, None),
        ByteRange::Suffix(length) => (None, None, Some(length)),
    }
}

impl Store for PythonStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn mode(&self) -> Mode {
        Mode::Blocking { threads: self.threads.map(|usual| if self.waits { runtime::at_once(usual) } else { usual }) }
    }

    fn is_foreign(&self) -> bool {
        true
    }

    fn open<'a>(&'a self, _key: &'a str) -> Pending<'a, Option<Source>> {
        Box::pin(async { Ok(Some(Source::Remote)) })
    }

    fn get<'a>(&'a self, key: &'a str, range: ByteRange) -> Pending<'a, Option<Bytes>> {
        let (start, end, suffix) = parts(range);
        self.call("get", (key, start, end, suffix), optional_bytes)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, ()> {
        self.call("set", (key, Value(value)), nothing)
    }

    fn set_if_absent<'a>(&'a self, key: &'a str, value: Bytes) -> Pending<'a, bool> {
        self.call("set_if_absent", (key, Value(value)), extract)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Pending<'a, ()> {
        self.call("delete", (key,), nothing)
    }

    fn delete_prefix<'a>(&'a self, prefix: &'a str) -> Pending<'a, ()> {
        self.call("delete_prefix", (prefix,), nothing)
    }

    fn size<'a>(&'a self, key: &'a str) -> Pending<'a, Option<u64>> {
        self.call("size", (key,), extract)
    }

    fn total<'a>(&'a self, prefix: &'a str) -> Pending<'a, Option<u64>> {
        Box::pin(async move {
            let total = |py: Python<'_>| {
                let bridge = self.bridge.bind(py);
                // Few know better than one size after the other.
                bridge.hasattr("total")?.then(|| extract(bridge.call_method1("total", (prefix,))?)).transpose()
            };
            exit::call(|| "total of the store failed".to_owned(), total)
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        self.call("list", (prefix,), extract)
    }

    fn list_dir<'a>(&'a self, prefix: &'a str) -> Pending<'a, Vec<String>> {
        self.call("list_dir", (prefix,), extract)
    }
}
