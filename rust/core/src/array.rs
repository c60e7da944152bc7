//! An opened array: what never changes between two reads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::codecs::Chunk;
use crate::codecs::chain::Chain;
use crate::codecs::plug::Plug;
use crate::copy::View;
use crate::element::Element;
use crate::error::{Error, Result};
use crate::grid::Edges;
use crate::heap::{Heap, Slot};
use crate::key::{self, ChunkKey};
use crate::plan::Plan;
use crate::read::ReadJob;
use crate::selection::Selection;
use crate::stores::{Pending, Store};
use crate::write::{ElementPart, WriteJob};

/// What the metadata says, in the engine's terms; format 2 has been translated by the caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The node's path; empty for the root.
    pub path: String,
    /// Length of each axis in elements.
    pub shape: Vec<u64>,
    /// Lengths of the stored objects along each axis, in elements: of the shards where there are shards.
    pub chunk_shape: Vec<Edges>,
    /// How chunk coordinates are spelled.
    #[serde(default)]
    pub chunk_key: ChunkKey,
    /// The element in memory.
    pub element: Element,
    /// Format 3's list of codecs.
    pub codecs: Vec<Value>,
    /// Whether chunks of nothing but the fill value are stored.
    pub write_empty_chunks: bool,
    /// How stored objects are read.
    #[serde(default)]
    pub reading: Reading,
    /// How stored objects are written in part.
    #[serde(default)]
    pub write_mode: WriteMode,
}

/// What becomes of a stored object that others write parts of as well; nothing of it is in the metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteMode {
    /// It is written over. Within the process nothing is lost.
    #[default]
    Replace,
    /// It is written over if it is as it was read, and read again if not: nothing is lost that other processes write.
    CompareAndSwap,
}

/// How stored objects are read; nothing of it is in the metadata.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// Whether an object that is not there reads as the fill value, rather than being an error.
    pub missing: bool,
    /// Two byte ranges of an object this close are one request; none for what pays where requests travel side by side.
    pub coalesce_gap: Option<u64>,
    /// A request of several ranges does not grow beyond this, in bytes, so that its parts still travel side by side.
    pub coalesce_most: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self { missing: true, coalesce_gap: None, coalesce_most: 16 << 20 }
    }
}

/// A list of codecs, and those of the caller that it has by number.
pub type Listed = (Vec<Value>, Vec<Arc<dyn Plug>>);

/// What makes the list of codecs for chunks of a shape, and the codecs that it has by number: those of the caller may
/// differ from shape to shape.
pub trait Codecs: Send + Sync {
    /// The codecs of chunks of `shape`.
    fn of(&self, shape: &[u64]) -> Result<Listed>;
}

/// An array of a store, ready to read and write.
pub struct Array {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) spec: Spec,
    /// One element in memory.
    pub(crate) fill: Vec<u8>,
    /// Its bytes, where elements are slots.
    fill_bytes: Bytes,
    /// The codecs of the first chunk.
    chain: Arc<Chain>,
    /// Where chunks have several shapes: the codecs of each shape met so far.
    others: Mutex<HashMap<Vec<u64>, Arc<Chain>>>,
    plugs: Vec<Arc<dyn Plug>>,
    codecs: Option<Arc<dyn Codecs>>,
}

impl Array {
    /// Checks the metadata and resolves the codecs. `fill` is one element as in memory, or its bytes where elements have
    /// no fixed size; `plugs` are the codecs that the
    /// list has by number.
    pub fn new(store: Arc<dyn Store>, spec: Spec, fill: Vec<u8>, plugs: &[Arc<dyn Plug>]) -> Result<Self> {
        key::check_prefix(&spec.path)?;
        let fits = spec.chunk_shape.len() == spec.shape.len()
            && spec.chunk_shape.iter().zip(&spec.shape).all(|(edges, length)| edges.reaches(*length));
        if !fits {
            return Err(Error::metadata(format!(
                "chunk shape {:?} does not fit an array of shape {:?}",
                spec.chunk_shape, spec.shape
            )));
        }
        let shape = spec.chunk_shape.iter().map(|edges| edges.length(0)).collect();
        let chain = Chain::build(&spec.codecs, &Chunk { shape, element: spec.element.clone() }, plugs)?;
        let (mut fill, mut fill_bytes) = (fill, Bytes::new());
        if spec.element.is_slot() {
            let length = u32::try_from(fill.len()).map_err(|_| Error::metadata("fill value is too long"))?;
            fill_bytes = fill.into();
            fill = Slot { arena: 0, length, offset: 0 }.to_bytes().to_vec();
        }
        if fill.len() != spec.element.size {
            return Err(Error::metadata(format!(
                "fill value has {} bytes, the element {}",
                fill.len(),
                spec.element.size
            )));
        }
        let (chain, others, plugs) = (Arc::new(chain), Mutex::default(), plugs.to_vec());
        Ok(Self { store, spec, fill, fill_bytes, chain, others, plugs, codecs: None })
    }

    /// Asks `codecs` for those of each shape of chunks, where there are several.
    #[must_use]
    pub fn with_codecs(self, codecs: Option<Arc<dyn Codecs>>) -> Self {
        Self { codecs, ..self }
    }

    /// The codecs of a chunk.
    pub(crate) fn chain(&self, chunk: &[u64]) -> Result<Arc<Chain>> {
        let grid = &self.spec.chunk_shape;
        if grid.iter().all(|edges| matches!(edges, Edges::Regular(_))) {
            return Ok(self.chain.clone());
        }
        let shape: Vec<u64> = grid.iter().zip(chunk).map(|(edges, at)| edges.length(*at)).collect();
        let known = || self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = known().get(&shape) {
            return Ok(chain.clone());
        }
        // Without the lock: the caller's code may wait for another thread that is here.
        let chunk = Chunk { shape: shape.clone(), element: self.spec.element.clone() };
        let chain = match &self.codecs {
            Some(codecs) => {
                let (codecs, plugs) = codecs.of(&shape)?;
                Chain::build(&codecs, &chunk, &plugs)?
            }
            None => Chain::build(&self.spec.codecs, &chunk, &self.plugs)?,
        };
        Ok(known().entry(shape).or_insert(Arc::new(chain)).clone())
    }

    /// The elements' layout in memory.
    pub fn element(&self) -> &Element {
        &self.spec.element
    }

    /// A heap for one operation on elements that are slots.
    pub fn heap(&self) -> Arc<Heap> {
        Arc::new(Heap::new(self.fill_bytes.clone()))
    }

    /// The job that reads a selection into `out`, whose element `(i, j, …)` receives the selection's.
    pub fn read(self: &Arc<Self>, selection: Selection, out: View) -> Result<Arc<ReadJob>> {
        let bytes = self.bytes(&selection);
        Ok(Arc::new(ReadJob::new(self.clone(), self.plan(selection)?, out, bytes)?))
    }

    /// The job that writes `value` to a selection; where it names an element twice, the later value stays.
    /// `parts` are offset and length of the bytes that are written of each element; all of them when there are none.
    pub fn write(
        self: &Arc<Self>,
        selection: Selection,
        value: View,
        parts: Vec<ElementPart>,
    ) -> Result<Arc<WriteJob>> {
        let size = self.spec.element.size;
        if parts.iter().any(|(offset, length)| offset.checked_add(*length).is_none_or(|end| end > size)) {
            return Err(Error::metadata(format!("parts {parts:?} do not lie in {size} bytes")));
        }
        let bytes = self.bytes(&selection);
        Ok(Arc::new(WriteJob::new(self.clone(), self.plan(selection)?, value, parts, bytes)?))
    }

    fn plan(&self, selection: Selection) -> Result<Plan> {
        Plan::on(selection, &self.spec.shape, self.spec.chunk_shape.clone())
    }

    /// Bytes that a selection touches: of the caller's memory, and of the chunks around it.
    fn bytes(&self, selection: &Selection) -> usize {
        self.spec.element.size.saturating_mul(selection.elements()).max(self.chain.decoded_size())
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The key of the stored object at `coordinates`.
    pub fn key(&self, coordinates: &[u64]) -> Result<String> {
        self.spec.chunk_key.encode(&self.spec.path, coordinates)
    }

    /// The coordinates of the objects that are stored, in no order; names that are no chunks of the grid are left out.
    pub fn stored_objects(self: &Arc<Self>) -> Pending<'static, Vec<Vec<u64>>> {
        let array = self.clone();
        Box::pin(async move {
            let path = &array.spec.path;
            let (keys, prefix) = match array.spec.chunk_key {
                // One folder has all chunks, and other nodes may lie below it.
                ChunkKey::Default { separator: '.' } | ChunkKey::V2 { separator: '.' } => {
                    (array.store.list_dir(path).await?, String::new())
                }
                _ => {
                    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
                    (array.store.list(path).await?, prefix)
                }
            };
            let grid: Vec<u64> =
                array.spec.shape.iter().zip(&array.spec.chunk_shape).map(|(n, edges)| edges.count(*n)).collect();
            let names = keys.iter().filter_map(|key| key.strip_prefix(&prefix));
            let coordinates = names.filter_map(|name| array.spec.chunk_key.decode(name, grid.len()).transpose());
            let inside = |at: &Vec<u64>| at.iter().zip(&grid).all(|(at, length)| at < length);
            coordinates.filter(|at| at.as_ref().map_or(true, inside)).collect()
        })
    }
}
