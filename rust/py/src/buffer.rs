//! numpy memory as views of bytes. All `unsafe` of the binding is here, but that of numpy's strings (`strings.rs`).

use std::sync::Arc;

use bytes::Bytes;
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
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
    check_shape(array, selection)?;
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

/// Refuses an array of another shape than the selection's memory.
pub fn check_shape(array: &Bound<'_, PyUntypedArray>, selection: &Selection) -> PyResult<()> {
    let wanted = selection.counts();
    if array.shape() != wanted {
        return Err(PyValueError::new_err(format!("array has shape {:?}, expected {wanted:?}", array.shape())));
    }
    Ok(())
}

/// Refuses an array of anything but Python objects.
pub fn check_objects(array: &Bound<'_, PyUntypedArray>) -> PyResult<()> {
    if array.dtype().kind() != b'O' {
        return Err(PyTypeError::new_err(format!("array has dtype {}, expected Python objects", array.dtype())));
    }
    Ok(())
}

/// Refuses a shape that is not at most the array's.
pub fn check_within(array: &Bound<'_, PyUntypedArray>, shape: &[u64]) -> PyResult<()> {
    if shape.len() != array.ndim() || shape.iter().zip(array.shape()).any(|(wanted, found)| *wanted > *found as u64) {
        return Err(PyValueError::new_err(format!("array has shape {:?}, expected {shape:?}", array.shape())));
    }
    Ok(())
}

/// Where the first element of an array lies, and whether the array may be written to.
pub fn data(array: &Bound<'_, PyUntypedArray>) -> (*mut u8, bool) {
    // SAFETY: the pointer comes from a live array; `data` and `flags` are plain fields of it.
    let fields = unsafe { &(*array.as_array_ptr()).fields };
    (fields.data.cast(), fields.flags & WRITEABLE != 0)
}

/// Calls `visit` with the place of each element, in C order over `shape`, which is at most the array's.
pub fn places<E>(
    array: &Bound<'_, PyUntypedArray>,
    shape: &[u64],
    mut visit: impl FnMut(*mut u8) -> Result<(), E>,
) -> Result<(), E> {
    let (base, _) = data(array);
    let strides = array.strides();
    let total: u64 = shape.iter().product();
    let (mut at, mut offset) = (vec![0_u64; shape.len()], 0_isize);
    for _ in 0..total {
        visit(base.wrapping_offset(offset))?;
        for ((n, length), stride) in at.iter_mut().zip(shape).zip(strides).rev() {
            *n += 1;
            offset = offset.wrapping_add(*stride);
            if *n < *length {
                break;
            }
            offset = offset.wrapping_sub(stride.wrapping_mul(*length as isize));
            *n = 0;
        }
    }
    Ok(())
}

/// Calls `visit` with each object of an array, in C order over `shape`, which is at most the array's; an object that it
/// returns takes the place.
pub fn objects<'py>(
    array: &Bound<'py, PyUntypedArray>,
    shape: &[u64],
    mut visit: impl FnMut(&Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>>,
) -> PyResult<()> {
    check_objects(array)?;
    let py = array.py();
    check_within(array, shape)?;
    let (_, writable) = data(array);
    let none = py.None().into_bound(py);
    places(array, shape, |place| {
        let place = place.cast::<*mut pyo3::ffi::PyObject>();
        // SAFETY: `place` is inside the shape of a live array of objects, whose elements are pointers, owned or null. Objects
        // of numpy arrays are aligned unless a caller makes them otherwise, so the read is not taken to be.
        let found = unsafe { Bound::from_borrowed_ptr_or_opt(py, place.read_unaligned()) };
        if let Some(made) = visit(found.as_ref().unwrap_or(&none))? {
            if !writable {
                return Err(PyValueError::new_err("array is read-only, expected one to write into"));
            }
            // SAFETY: as above, and `visit` may have changed the array, so the old pointer is read again. The array takes
            // over the reference to the new object, and the one to the old object is given up.
            unsafe {
                let old = place.read_unaligned();
                place.write_unaligned(made.into_ptr());
                pyo3::ffi::Py_XDECREF(old);
            }
        }
        Ok(())
    })
}

/// Memory that views write to and that is read when they have ended.
pub struct Memory(Arc<Cells>);

struct Cells(std::cell::UnsafeCell<Vec<u8>>);

// SAFETY: while views are used, only they touch the bytes, each task its own; `take` is called when they have ended.
unsafe impl Sync for Cells {}

impl Memory {
    /// Memory with these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Cells(std::cell::UnsafeCell::new(bytes))))
    }

    /// A view of it; the memory stays alive with it.
    pub fn view(&self, strides: Vec<isize>) -> View {
        // SAFETY: nobody has a reference to the vector; its bytes never move, and live as long as the owner.
        unsafe {
            let base = (*self.0.0.get()).as_mut_ptr();
            View::new(base, strides, self.0.clone())
        }
    }

    /// The bytes, once all work on views has ended; a copy if a view is still about.
    pub fn take(self) -> Vec<u8> {
        match Arc::try_unwrap(self.0) {
            Ok(cells) => cells.0.into_inner(),
            // SAFETY: the job has ended, so the views that are left are not written through.
            Err(shared) => unsafe { (*shared.0.get()).clone() },
        }
    }
}
