//! numpy's strings of any length (`StringDType`): taken and filled by numpy's C interface, without objects of Python.
//!
//! Source: numpy's C API reference, "NpyString". The functions are those of its table since version 2.0, the first with the
//! data type.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};
use zarrust_core::error::{Error, Result};

use crate::buffer;
use crate::error::to_python;

/// Places in the table `_ARRAY_API`.
const LOAD: usize = 313;
const PACK: usize = 314;
const ACQUIRE: usize = 316;
const RELEASE: usize = 318;

/// `npy_static_string`: a string that the array's memory holds.
#[repr(C)]
struct Unpacked {
    size: usize,
    data: *const c_char,
}

type Load = unsafe extern "C" fn(*mut c_void, *const c_void, *mut Unpacked) -> c_int;
type Pack = unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char, usize) -> c_int;
type Acquire = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type Release = unsafe extern "C" fn(*mut c_void);

/// Whether an array has such strings.
pub fn has(array: &Bound<'_, PyUntypedArray>) -> bool {
    array.dtype().kind() == b'T'
}

/// The allocator of an array's strings, locked. Nothing of Python may run before it is dropped: it could want the lock.
struct Allocator {
    raw: *mut c_void,
    load: Load,
    pack: Pack,
    release: Release,
}

impl Allocator {
    fn of(array: &Bound<'_, PyUntypedArray>) -> PyResult<Self> {
        let module = array.py().import("numpy._core._multiarray_umath")?;
        let capsule = module.getattr("_ARRAY_API")?.cast_into::<PyCapsule>()?;
        let table = capsule.pointer_checked(None)?.cast::<*const c_void>().as_ptr();
        if !has(array) {
            return Err(PyTypeError::new_err(format!("array has dtype {}, expected strings", array.dtype())));
        }
        // SAFETY: numpy has put its table of functions into the capsule, and that an array has this data type says that it is
        // the table of version 2.0 or later, with these functions at these places. The descriptor is that of an array of such
        // strings, which lives as long as the caller's reference to the array.
        unsafe {
            let load = std::mem::transmute::<*const c_void, Load>(*table.add(LOAD));
            let pack = std::mem::transmute::<*const c_void, Pack>(*table.add(PACK));
            let acquire = std::mem::transmute::<*const c_void, Acquire>(*table.add(ACQUIRE));
            let release = std::mem::transmute::<*const c_void, Release>(*table.add(RELEASE));
            Ok(Self { raw: acquire(array.dtype().as_ptr().cast()), load, pack, release })
        }
    }
}

impl Drop for Allocator {
    fn drop(&mut self) {
        // SAFETY: it was acquired from numpy, once, and is not used after this.
        unsafe { (self.release)(self.raw) }
    }
}

/// Gives each string of an array to `visit`, in C order over `shape`, which is at most the array's. A missing one is the text
/// of what stands for it.
pub fn each(
    array: &Bound<'_, PyUntypedArray>,
    shape: &[u64],
    mut visit: impl FnMut(&[u8]) -> PyResult<()>,
) -> PyResult<()> {
    buffer::check_within(array, shape)?;
    let missing = match array.dtype().getattr_opt("na_object")? {
        Some(object) => object.str()?.to_str()?.as_bytes().to_vec(),
        None => Vec::new(),
    };
    let allocator = Allocator::of(array)?;
    buffer::places(array, shape, |place| {
        let mut found = Unpacked { size: 0, data: ptr::null() };
        // SAFETY: `place` is an element of a live array of strings, whose allocator is locked; numpy fills `found`.
        let status = unsafe { (allocator.load)(allocator.raw, place.cast(), &raw mut found) };
        match status {
            0 if found.size == 0 => visit(&[]),
            // SAFETY: numpy says that so many bytes lie there; they stay until the allocator is released.
            0 => visit(unsafe { std::slice::from_raw_parts(found.data.cast(), found.size) }),
            1 => visit(&missing),
            _ => Err(PyMemoryError::new_err("numpy cannot read a string of the array")),
        }
    })
}

/// Why a string was not put.
enum Failure {
    Core(Error),
    NoText(Vec<u8>),
    Memory,
}

/// Puts strings into an array, in C order; `next` gives the bytes of each.
pub fn fill<'a>(array: &Bound<'_, PyUntypedArray>, mut next: impl FnMut() -> Result<&'a [u8]>) -> PyResult<()> {
    let py = array.py();
    let (_, writable) = buffer::data(array);
    if !writable {
        return Err(PyValueError::new_err("array is read-only, expected one to write into"));
    }
    let shape: Vec<u64> = array.shape().iter().map(|length| *length as u64).collect();
    let allocator = Allocator::of(array)?;
    let filled = buffer::places(array, &shape, |place| {
        let text = next().map_err(Failure::Core)?;
        if std::str::from_utf8(text).is_err() {
            return Err(Failure::NoText(text.to_vec()));
        }
        // SAFETY: `place` is an element of a live array of strings that may be written, whose allocator is locked; numpy
        // copies the bytes, which are UTF-8.
        let status = unsafe { (allocator.pack)(allocator.raw, place.cast(), text.as_ptr().cast(), text.len()) };
        if status < 0 { Err(Failure::Memory) } else { Ok(()) }
    });
    // Before an error of Python is made of a failure.
    drop(allocator);
    match filled {
        Ok(()) => Ok(()),
        Err(Failure::Core(error)) => Err(to_python(py, &error)),
        // The same error as for objects.
        Err(Failure::NoText(bytes)) => PyString::from_bytes(py, &bytes).map(drop),
        Err(Failure::Memory) => Err(PyMemoryError::new_err("numpy has no memory for the strings of an array")),
    }
}
