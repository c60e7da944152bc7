//! Elements of any length: between numpy's Python objects, or its strings, and the engine's slots.
//!
//! Both ways one pass holds the interpreter, before a write begins and after a read has ended.

use std::sync::Arc;

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyNone, PyString};
use zarrust_core::copy::View;
use zarrust_core::element::Kind;
use zarrust_core::heap::{Heap, SLOT, Slot};
use zarrust_core::selection::{Selection, c_strides};

use crate::buffer::{self, Memory};
use crate::error::to_python;
use crate::strings;

/// Slots of the values of an array, whose bytes become an arena of `heap`. What is broadcast is converted once.
pub fn gather(value: &Bound<'_, PyUntypedArray>, selection: &Selection, kind: Kind, heap: Arc<Heap>) -> PyResult<View> {
    let py = value.py();
    buffer::check_shape(value, selection)?;
    let still = |axis: usize| value.strides()[axis] == 0;
    let shape: Vec<u64> =
        (0..value.ndim()).map(|axis| if still(axis) { 1 } else { value.shape()[axis] as u64 }).collect();
    let mut arena = Vec::new();
    let mut slots = Vec::new();
    let mut add = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len())
            .map_err(|_| PyValueError::new_err("an element has 4 GiB or more, which no codec stores"))?;
        // The arena that is added below is the first one after the fill value.
        slots.extend_from_slice(&Slot { arena: 1, length, offset: arena.len() as u64 }.to_bytes());
        arena.extend_from_slice(bytes);
        PyResult::Ok(())
    };
    if strings::has(value) && matches!(kind, Kind::Text) {
        strings::each(value, &shape, &mut add)?;
    } else {
        buffer::objects(value, &shape, |item| {
            match kind {
                Kind::Text => match item.cast::<PyString>() {
                    Ok(text) => add(text.to_str()?.as_bytes())?,
                    Err(_) => add(item.str()?.to_str()?.as_bytes())?,
                },
                _ => add(&buffer::bytes(item)?)?,
            }
            Ok(None)
        })?;
    }
    heap.add(arena.into()).map_err(|e| to_python(py, &e))?;
    let mut strides = c_strides(&shape, SLOT);
    for (axis, stride) in strides.iter_mut().enumerate() {
        if still(axis) {
            *stride = 0;
        }
    }
    Ok(Memory::new(slots).view(strides).with_heap(heap))
}

/// Slots that a read fills, and the array of the objects that they become.
pub struct Scatter {
    memory: Memory,
    heap: Arc<Heap>,
    kind: Kind,
    out: Py<PyUntypedArray>,
}

impl Scatter {
    /// Slots for a selection that goes into `out`.
    pub fn new(out: &Bound<'_, PyUntypedArray>, selection: &Selection, kind: Kind, heap: Arc<Heap>) -> PyResult<Self> {
        buffer::check_shape(out, selection)?;
        if !(strings::has(out) && matches!(kind, Kind::Text)) {
            buffer::check_objects(out)?;
        }
        let memory = Memory::new(vec![0; out.len() * SLOT]);
        Ok(Self { memory, heap, kind, out: out.clone().unbind() })
    }

    /// What the engine fills.
    pub fn view(&self, py: Python<'_>) -> View {
        let shape: Vec<u64> = self.out.bind(py).shape().iter().map(|length| *length as u64).collect();
        self.memory.view(c_strides(&shape, SLOT)).with_heap(self.heap.clone())
    }

    /// Makes the objects, once the read has ended.
    pub fn finish(self, py: Python<'_>) -> PyResult<()> {
        let out = self.out.bind(py);
        let arenas = self.heap.arenas();
        let slots = self.memory.take();
        let mut slots = Slot::all(&slots);
        if strings::has(out) {
            return strings::fill(out, || arenas.get(slots.next().unwrap_or_default()));
        }
        let shape: Vec<u64> = out.shape().iter().map(|length| *length as u64).collect();
        buffer::objects(out, &shape, |_| {
            let bytes = arenas.get(slots.next().unwrap_or_default()).map_err(|e| to_python(py, &e))?;
            Ok(Some(match self.kind {
                Kind::Text => PyString::from_bytes(py, bytes)?.into_any(),
                _ => PyBytes::new(py, bytes).into_any(),
            }))
        })
    }
}

/// A read whose objects are made when the loop is told that it has ended.
pub struct Finished(pub Option<Scatter>);

impl<'py> IntoPyObject<'py> for Finished {
    type Target = PyNone;
    type Output = Bound<'py, PyNone>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        if let Some(scatter) = self.0 {
            scatter.finish(py)?;
        }
        Ok(PyNone::get(py).to_owned())
    }
}
