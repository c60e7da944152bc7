//! The only place that turns an error of the core into a Python exception.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use zarrust_core::error::Error;

/// An error on its way to Python: the core's, or an exception that is one already.
pub enum Failure {
    /// To be converted.
    Core(Error),
    /// To be raised as it is.
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl Failure {
    /// The exception to raise.
    pub fn into_python(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Core(error) => to_python(py, &error),
            Self::Python(error) => error,
        }
    }
}

/// The exception for an error: the class that `zarrust.errors` has for its code, or the very object that a user's store raised.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(raised) = error.foreign_object().and_then(|object| object.downcast_ref::<PyErr>()) {
        return raised.clone_ref(py);
    }
    build(py, error).unwrap_or_else(|_| PyRuntimeError::new_err(error.to_string()))
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let classes = py.import("zarrust.errors")?.getattr("BY_CODE")?;
    let exception = classes.get_item(error.kind().code())?.call1((error.to_string(),))?;
    exception.setattr("key", error.key())?;
    if let Some(errno) = error.errno() {
        exception.setattr("errno", errno)?;
    }
    Ok(PyErr::from_value(exception))
}
