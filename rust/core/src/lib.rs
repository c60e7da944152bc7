//! The engine of zarrust: chunks, codecs, shards and stores of Zarr formats 2 and 3, without Python.
//!
//! A read is one straight line: [`array::Array::read`] makes a lazy [`plan`] of tasks, [`runtime`] runs them, [`read`]
//! fetches and decodes each into the caller's memory through [`copy`]. [`write`](mod@write) is the same line backwards.

pub mod array;
mod assemble;
pub mod codecs;
pub mod copy;
pub mod element;
mod encoded;
pub mod error;
pub mod fork;
pub mod grid;
mod groups;
pub mod heap;
pub mod indexes;
pub mod key;
pub mod landing;
mod locks;
pub mod plan;
mod random;
pub mod read;
mod room;
pub mod runtime;
mod scratch;
pub mod selection;
pub mod stores;
mod threads;
pub mod under;
pub mod write;

pub use array::{Array, Spec};
pub use element::{Element, Endian, Kind};
pub use error::{Error, ErrorKind, Result};
pub use selection::{Axis, Selection};
