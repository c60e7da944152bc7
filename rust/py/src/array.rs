//! The handle of an opened array.

use std::sync::Arc;

use numpy::{PyReadonlyArray1, PyUntypedArray};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use zarrust_core::array::{Array, Spec};
use zarrust_core::copy::View;
use zarrust_core::key::ChunkKey;
use zarrust_core::runtime;
use zarrust_core::selection::{Axis, Points, Selection};

use crate::awaitable::awaitable;
use crate::buffer::view;
use crate::enter;
use crate::error::to_python;
use crate::objects::{self, Finished, Scatter};
use crate::plug::{PythonCodec, PythonCodecs, PythonSpelling};
use crate::store::PyStore;

/// An opened array.
#[pyclass(name = "Array", module = "zarrust._core", frozen)]
pub struct PyArray {
    array: Arc<Array>,
    item: usize,
}

/// One axis of a selection as Python gives it: start, count and step, or a list.
#[derive(FromPyObject)]
enum AxisArgument<'py> {
    Steps((u64, u64, u64)),
    List(PyReadonlyArray1<'py, i64>),
}

impl AxisArgument<'_> {
    fn list(&self) -> PyResult<&[i64]> {
        match self {
            Self::Steps(_) => Err(PyTypeError::new_err("points need an int64 array for every axis")),
            Self::List(list) => Ok(list.as_slice()?),
        }
    }
}

fn selection(py: Python<'_>, axes: &[AxisArgument<'_>], points: bool) -> PyResult<Selection> {
    if points {
        let lists = axes.iter().map(AxisArgument::list).collect::<PyResult<Vec<_>>>()?;
        return Ok(Selection::Points(Points::new(&lists).map_err(|e| to_python(py, &e))?));
    }
    let axis = |axis: &AxisArgument<'_>| match axis {
        AxisArgument::Steps((start, count, step)) => Ok(Axis::Steps { start: *start, count: *count, step: *step }),
        AxisArgument::List(list) => Ok(Axis::list(list.as_slice()?)),
    };
    axes.iter().map(axis).collect::<PyResult<_>>().map(Selection::Box)
}

impl PyArray {
    /// Where a read goes: the caller's memory, or slots that become objects of it afterwards.
    fn target(&self, out: &Bound<'_, PyUntypedArray>, selection: &Selection) -> PyResult<(View, Option<Scatter>)> {
        if !self.array.element().is_slot() {
            return Ok((view(out, selection, self.item, true)?, None));
        }
        let scatter = Scatter::new(out, selection, self.array.element().kind, self.array.heap())?;
        Ok((scatter.view(out.py()), Some(scatter)))
    }

    /// What a write takes: the caller's memory, or slots of its objects.
    fn source(&self, value: &Bound<'_, PyUntypedArray>, selection: &Selection) -> PyResult<View> {
        match self.array.element().is_slot() {
            true => objects::gather(value, selection, self.array.element().kind, self.array.heap()),
            false => view(value, selection, self.item, false),
        }
    }
}

#[pymethods]
impl PyArray {
    #[new]
    #[pyo3(signature = (store, spec, fill, plugs = Vec::new(), spelling = None, codecs_of = None))]
    fn new(
        py: Python<'_>,
        store: &PyStore,
        spec: &str,
        fill: &[u8],
        plugs: Vec<Py<PyAny>>,
        spelling: Option<Py<PyAny>>,
        codecs_of: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let mut spec: Spec =
            serde_json::from_str(spec).map_err(|e| PyValueError::new_err(format!("array spec: {e}")))?;
        let item = spec.element.size;
        if let Some(encoding) = spelling {
            spec.chunk_key = ChunkKey::Foreign(Arc::new(PythonSpelling(encoding)));
        }
        let plugs = PythonCodec::list(plugs);
        let array = Array::new(store.inner.clone(), spec, fill.to_vec(), &plugs).map_err(|e| to_python(py, &e))?;
        Ok(Self { array: Arc::new(array.with_codecs(codecs_of.map(PythonCodecs::boxed))), item })
    }

    #[pyo3(signature = (axes, out, *, points = false))]
    fn read(
        &self,
        py: Python<'_>,
        axes: Vec<AxisArgument<'_>>,
        out: &Bound<'_, PyUntypedArray>,
        points: bool,
    ) -> PyResult<()> {
        let selection = selection(py, &axes, points)?;
        let (out, scatter) = self.target(out, &selection)?;
        enter::job(py, || self.array.read(selection, out))?;
        scatter.map_or(Ok(()), |scatter| scatter.finish(py))
    }

    #[pyo3(signature = (axes, value, *, points = false, parts = Vec::new()))]
    fn write(
        &self,
        py: Python<'_>,
        axes: Vec<AxisArgument<'_>>,
        value: &Bound<'_, PyUntypedArray>,
        points: bool,
        parts: Vec<(usize, usize)>,
    ) -> PyResult<()> {
        let selection = selection(py, &axes, points)?;
        let value = self.source(value, &selection)?;
        enter::job(py, || self.array.write(selection, value, parts))
    }

    #[pyo3(signature = (axes, out, *, points = false))]
    fn read_async<'py>(
        &self,
        py: Python<'py>,
        axes: Vec<AxisArgument<'py>>,
        out: &Bound<'py, PyUntypedArray>,
        points: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let selection = selection(py, &axes, points)?;
        let (out, scatter) = self.target(out, &selection)?;
        let array = self.array.clone();
        awaitable(py, async move {
            runtime::run_async(array.read(selection, out)?).await?;
            Ok(Finished(scatter))
        })
    }

    #[pyo3(signature = (axes, value, *, points = false, parts = Vec::new()))]
    fn write_async<'py>(
        &self,
        py: Python<'py>,
        axes: Vec<AxisArgument<'py>>,
        value: &Bound<'py, PyUntypedArray>,
        points: bool,
        parts: Vec<(usize, usize)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let selection = selection(py, &axes, points)?;
        let value = self.source(value, &selection)?;
        let array = self.array.clone();
        awaitable(py, async move { runtime::run_async(array.write(selection, value, parts)?).await })
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

    fn key(&self, py: Python<'_>, coordinates: Vec<u64>) -> PyResult<String> {
        self.array.key(&coordinates).map_err(|e| to_python(py, &e))
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
