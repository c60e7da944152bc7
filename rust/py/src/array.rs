//! The handle of an opened array.

use std::sync::Arc;

use numpy::PyUntypedArray;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use zarrust_core::array::{Array, Spec};
use zarrust_core::plan::Axis;
use zarrust_core::runtime;

use crate::awaitable::awaitable;
use crate::buffer::view;
use crate::enter;
use crate::error::to_python;
use crate::store::PyStore;

/// An opened array.
#[pyclass(name = "Array", module = "zarrust._core", frozen)]
pub struct PyArray {
    array: Arc<Array>,
    item: usize,
}

fn selection(axes: Vec<(u64, u64, u64)>) -> Vec<Axis> {
    axes.into_iter().map(|(start, count, step)| Axis { start, count, step }).collect()
}

#[pymethods]
impl PyArray {
    #[new]
    fn new(py: Python<'_>, store: &PyStore, spec: &str, fill: &[u8]) -> PyResult<Self> {
        let spec: Spec = serde_json::from_str(spec).map_err(|e| PyValueError::new_err(format!("array spec: {e}")))?;
        let item = spec.element.size;
        let array = Array::new(store.inner.clone(), spec, fill.to_vec()).map_err(|e| to_python(py, &e))?;
        Ok(Self { array: Arc::new(array), item })
    }

    fn read(&self, py: Python<'_>, axes: Vec<(u64, u64, u64)>, out: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
        let axes = selection(axes);
        let out = view(out, &axes, self.item, true)?;
        enter::job(py, self.array.read(&axes, out))
    }

    fn write(&self, py: Python<'_>, axes: Vec<(u64, u64, u64)>, value: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
        let axes = selection(axes);
        let value = view(value, &axes, self.item, false)?;
        enter::job(py, self.array.write(&axes, value))
    }

    fn read_async<'py>(
        &self,
        py: Python<'py>,
        axes: Vec<(u64, u64, u64)>,
        out: &Bound<'py, PyUntypedArray>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let axes = selection(axes);
        let out = view(out, &axes, self.item, true)?;
        let array = self.array.clone();
        awaitable(py, async move { runtime::run_async(array.read(&axes, out)?).await })
    }

    fn write_async<'py>(
        &self,
        py: Python<'py>,
        axes: Vec<(u64, u64, u64)>,
        value: &Bound<'py, PyUntypedArray>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let axes = selection(axes);
        let value = view(value, &axes, self.item, false)?;
        let array = self.array.clone();
        awaitable(py, async move { runtime::run_async(array.write(&axes, value)?).await })
    }

    fn stored_objects<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let found = enter::call(py, self.array.store().mode(), self.array.stored_objects())?;
        found.into_iter().map(|coordinates| PyTuple::new(py, coordinates)).collect()
    }

    fn stored_objects_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (mode, found) = (self.array.store().mode(), self.array.stored_objects());
        awaitable(py, async move {
            Ok(runtime::call_async(mode, found).await?.into_iter().map(Coordinates).collect::<Vec<_>>())
        })
    }

    fn key(&self, coordinates: Vec<u64>) -> String {
        self.array.key(&coordinates)
    }
}

/// Chunk coordinates that become a tuple when the loop is told.
struct Coordinates(Vec<u64>);

impl<'py> IntoPyObject<'py> for Coordinates {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        PyTuple::new(py, self.0)
    }
}
