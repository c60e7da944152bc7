//! The binding: converts arguments, releases the GIL, converts errors; decides nothing.

mod array;
mod awaitable;
mod buffer;
mod codec;
mod enter;
mod error;
mod exit;
mod object;
mod objects;
mod pages;
mod plug;
mod python;
mod store;
mod strings;

use pyo3::prelude::*;
use zarrust_core::error::ErrorKind;
use zarrust_core::under::Under;

/// The codes of the core's errors; `zarrust.errors` has a class for each, save `foreign`.
#[pyfunction]
fn error_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().filter(|kind| **kind != ErrorKind::Foreign).map(|kind| kind.code()).collect()
}

/// The codecs that the engine runs itself.
#[pyfunction]
fn codec_names() -> Vec<&'static str> {
    zarrust_core::codecs::names()
}

/// Sets the limits of the process, None for the defaults.
#[pyfunction]
#[pyo3(signature = (*, threads = None, requests = None, bytes = None, index_bytes = None))]
fn configure(
    py: Python<'_>,
    threads: Option<usize>,
    requests: Option<usize>,
    bytes: Option<usize>,
    index_bytes: Option<usize>,
) {
    py.detach(|| {
        zarrust_core::runtime::configure(threads, requests, bytes);
        zarrust_core::indexes::configure(index_bytes);
    });
}

/// Tells the engine that coroutines run on this thread that it waits for.
#[pyfunction]
fn serve_coroutines() {
    Under::Loop.mark();
}

/// Whether this thread works for a call that was made on such a thread, which waits for it and can run no coroutine.
#[pyfunction]
fn is_awaited_by_loop() -> bool {
    Under::here() == Under::NestedInLoop
}

/// What the process cost since it began: requests, retries, bytes received, bytes sent, and what caches spared.
#[pyfunction]
fn traffic() -> (u64, u64, u64, u64, u64) {
    let counts = zarrust_core::stores::traffic();
    (counts.requests, counts.retries, counts.received, counts.sent, zarrust_core::indexes::hits())
}

/// Counts a value that a cache of Python's had.
#[pyfunction]
fn count_cache_hit() {
    zarrust_core::indexes::hit();
}

#[pyfunction]
fn before_fork() {
    zarrust_core::fork::prepare();
}

#[pyfunction]
fn after_fork() {
    zarrust_core::fork::release();
}

#[pyfunction]
fn after_fork_in_child() {
    exit::forget();
    zarrust_core::fork::release();
}

/// Memory stores hold still while the process forks.
#[cfg(unix)]
fn watch_forks(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let hooks = pyo3::types::PyDict::new(py);
    hooks.set_item("before", wrap_pyfunction!(before_fork, module)?)?;
    hooks.set_item("after_in_parent", wrap_pyfunction!(after_fork, module)?)?;
    hooks.set_item("after_in_child", wrap_pyfunction!(after_fork_in_child, module)?)?;
    py.import("os")?.call_method("register_at_fork", (), Some(&hooks))?;
    Ok(())
}

#[pymodule(gil_used = false)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("build_profile", if cfg!(debug_assertions) { "debug" } else { "release" })?;
    module.add_class::<store::PyStore>()?;
    module.add_class::<pages::PyPages>()?;
    module.add_class::<array::PyArray>()?;
    for function in [
        wrap_pyfunction!(error_codes, module)?,
        wrap_pyfunction!(codec_names, module)?,
        wrap_pyfunction!(codec::python_codec_calls, module)?,
        wrap_pyfunction!(codec::supports, module)?,
        wrap_pyfunction!(codec::encode_bytes, module)?,
        wrap_pyfunction!(codec::decode_bytes, module)?,
        wrap_pyfunction!(configure, module)?,
        wrap_pyfunction!(serve_coroutines, module)?,
        wrap_pyfunction!(is_awaited_by_loop, module)?,
        wrap_pyfunction!(traffic, module)?,
        wrap_pyfunction!(count_cache_hit, module)?,
    ] {
        module.add_function(function)?;
    }
    // Pickle finds the builders by this name, under which they enter `sys.modules`; `zarrust.store` is the package's own.
    pyo3_object_store::register_store_module(module.py(), module, "zarrust._core", "store")?;
    #[cfg(unix)]
    watch_forks(module)?;
    let at_exit = wrap_pyfunction!(exit::at_exit, module)?;
    module.py().import("atexit")?.call_method1("register", (at_exit,))?;
    Ok(())
}
