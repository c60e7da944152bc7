//! `enter`: release the GIL, watch for Ctrl-C, map the error. Every call that can take long goes through here.

use std::sync::Arc;

use pyo3::prelude::*;
use zarrust_core::error::Result;
use zarrust_core::runtime::{self, Job};
use zarrust_core::stores::{Mode, Pending};

use crate::error::Failure;
use crate::exit;

/// Looks for signals; only the main thread ever finds one.
fn watch() -> Result<(), Failure> {
    // A thread of Python's own, which its end knows what to do with.
    Python::try_attach(|py| py.check_signals()).ok_or_else(exit::ended)?.map_err(Failure::Python)
}

/// Plans a job and runs it to its end.
pub fn job<J: Job>(py: Python<'_>, plan: impl FnOnce() -> Result<Arc<J>> + Send) -> PyResult<()> {
    py.detach(|| exit::keep(plan().map_err(Failure::from).and_then(|job| runtime::run(job, watch))))
        .map_err(|failure: Failure| failure.into_python(py))
}

/// Runs one call of a store to its end.
pub fn call<T: Send + 'static>(py: Python<'_>, mode: Mode, call: Pending<'static, T>) -> PyResult<T> {
    py.detach(|| exit::keep(runtime::call(mode, call, watch))).map_err(|failure: Failure| failure.into_python(py))
}
