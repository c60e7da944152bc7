//! numpy memory as views of bytes. All `unsafe` of the binding is here.

use std::sync::Arc;

use bytes::Bytes;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zarrust_core::copy::View;
use zarrust_core::selection::Selection;

/// numpy's flag of arrays that may be written to.
const WRITEABLE: i32 = 0x0400;

/// A view of `array`, which must have the shape of the selection's memory; the array stays alive with it.
pub fn view(array: &Bound<'_, PyUntypedArray>, selection: &Selection, item: usize, writable: bool) -> PyResult<View> {
    let wanted = selection.counts();
    if array.shape() != wanted {
        return Err(PyValueError::new_err(format!("array has shape {:?}, expected {wanted:?}", array.shape())));
    }
    let found = array.dtype().getattr("itemsize")?.extract::<usize>()?;
    if found != item {
        return Err(PyTypeError::new_err(format!("array has elements of {found} bytes, expected {item}")));
    }
    let strides = array.strides().to_vec();
    // SAFETY: the pointer comes from a live array; `data` and `flags` are plain fields of it.
    let fields = unsafe { &(*array.as_array_ptr()).fields };
    let data = fields.data;
    if writable && fields.flags & WRITEABLE == 0 {
        return Err(PyValueError::new_err("array is read-only, expected one to write into"));
    }
    let owner: Arc<Py<PyUntypedArray>> = Arc::new(array.clone().unbind());
    // SAFETY: shape, element size and strides are numpy's own, so every element of the selection is inside the array, which
    // `owner` keeps alive. The package allocates outputs itself just before the call; a caller's own `out` is his to keep still.
    Ok(unsafe { View::new(data.cast(), strides, owner) })
}

/// The bytes of a bytes-like object: shared for `bytes`, copied for memory that can change.
pub fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    if let Ok(value) = value.cast::<PyBytes>() {
        return Ok(Bytes::from_owner(Shared::new(value)));
    }
    let buffer = PyBuffer::<u8>::get(value)?;
    Ok(buffer.to_vec(value.py())?.into())
}

/// A `bytes` object kept alive; it never changes.
struct Shared(pyo3::pybacked::PyBackedBytes);

impl Shared {
    fn new(value: &Bound<'_, PyBytes>) -> Self {
        Self(value.clone().into())
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes of the core that become a `bytes` object when Python gets them.
pub struct Value(pub Bytes);

impl<'py> IntoPyObject<'py> for Value {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(PyBytes::new(py, &self.0))
    }
}
