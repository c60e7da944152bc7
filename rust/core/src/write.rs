//! Writing: one task makes one stored object and puts it, whole.
//!
//! The task holds the object's lock from before it reads the old object until the new one is stored. An object that is
//! replaced whole is not read first. All inner chunks of a shard that a call touches end in one put.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::array::{Array, WriteMode};
use crate::assemble::{OldShard, assemble, too_large};
use crate::codecs::chain::{Chain, Serializer, Staged};
use crate::codecs::plug::is_nothing;
use crate::codecs::sharding::Sharding;
use crate::codecs::vlen::{self, VLen};
use crate::copy::{View, fill_slice, is_filled};
use crate::encoded::Encoded;
use crate::error::{Error, ErrorKind, Result};
use crate::indexes;
use crate::plan::{Plan, Task};
use crate::read::{Blob, in_stored_order, inner_name, read_blob};
use crate::runtime::{self, Job, Runtime};
use crate::scratch::Scratch;
use crate::selection::{Place, Selection};
use crate::stores::{ByteRange, Contest, Held, Mark, Mode, Pending, Swapped};

/// Some bytes of an element: offset and length.
pub type ElementPart = (usize, usize);

/// A write of a selection.
pub struct WriteJob {
    array: Arc<Array>,
    plan: Plan,
    tasks: u64,
    value: View,
    parts: Vec<ElementPart>,
    bytes: usize,
    stop: AtomicBool,
}

impl WriteJob {
    pub(crate) fn new(
        array: Arc<Array>,
        plan: Plan,
        value: View,
        parts: Vec<ElementPart>,
        bytes: usize,
    ) -> Result<Self> {
        Ok(Self { tasks: plan.tasks()?, array, plan, value, parts, bytes, stop: AtomicBool::new(false) })
    }

    async fn write_object(self: Arc<Self>, key: &str, task: Task, value: View) -> Result<()> {
        let runtime = runtime::current()?;
        let store = &self.array.store;
        let spec = &self.array.spec;
        let chain = self.array.chain(&task.chunk)?;
        let bounds: Vec<u64> = (task.chunk.iter().zip(&spec.shape).zip(&spec.chunk_shape))
            .map(|((at, length), edges)| match spec.write_mode {
                WriteMode::Replace => (length - edges.start(*at)).min(edges.length(*at)),
                // Other processes may have made the array longer.
                WriteMode::CompareAndSwap => edges.length(*at),
            })
            .collect();
        let whole = self.parts.is_empty() && task.inside.covers(&bounds);
        let _lock = runtime.lock(store.identity(), key).await;
        let _room = match store.mode() {
            Mode::Network => Some(runtime.room(chain.decoded_size()).await?),
            Mode::Blocking { .. } => None,
        };
        let is_shard = matches!(chain.serializer(), Serializer::Sharding(_));
        let object = Arc::new(Object { job: self.clone(), chain, bounds, inside: task.inside, value });
        match spec.write_mode {
            WriteMode::Replace => object.replace(runtime, key, whole).await?,
            WriteMode::CompareAndSwap => object.swap(runtime, key, whole).await?,
        }
        if is_shard && store.mode() == Mode::Network {
            indexes::forget(&indexes::place(store.identity(), key));
        }
        Ok(())
    }
}

/// A stored object that is being written.
struct Object {
    job: Arc<WriteJob>,
    chain: Arc<Chain>,
    /// The part of it that can have elements of the array.
    bounds: Vec<u64>,
    inside: Selection,
    value: View,
}

impl Object {
    /// Writes it over what was there when nobody else of the process wrote it.
    async fn replace(self: &Arc<Self>, runtime: &'static Runtime, key: &str, whole: bool) -> Result<()> {
        let store = &self.job.array.store;
        let old = if whole { None } else { runtime.request(store.get(key, ByteRange::All)).await? };
        let may_exist = whole || old.is_some();
        match self.encoded(runtime, old, false).await? {
            Some(encoded) => runtime.request(store.set_parts(key, encoded.parts())).await,
            None if may_exist => runtime.request(store.delete(key)).await,
            None => Ok(()),
        }
    }

    /// Writes it over what is there, whoever wrote that.
    async fn swap(self: &Arc<Self>, runtime: &'static Runtime, key: &str, whole: bool) -> Result<()> {
        let store = &self.job.array.store;
        let mut contest = Contest::default();
        loop {
            let held = match whole {
                true => Held { bytes: None, mark: Mark::Any },
                false => runtime.request(store.hold(key)).await?,
            };
            let encoded = self.encoded(runtime, held.bytes.clone(), false).await?;
            if encoded.is_none() && !whole && held.bytes.is_none() {
                return Ok(());
            }
            let is_empty = encoded.is_none();
            let mut swapped = runtime.request(store.swap(key, encoded.map(Encoded::parts), &held.mark)).await?;
            if swapped == Swapped::Unable && is_empty {
                // Services do not remove an object on a condition: it stays, full of nothing.
                let encoded = self.encoded(runtime, held.bytes, true).await?;
                swapped = runtime.request(store.swap(key, encoded.map(Encoded::parts), &held.mark)).await?;
            }
            match swapped {
                Swapped::Done => return Ok(()),
                Swapped::Unable => {
                    let unable = "the store cannot replace an object only while it is the one that was read, as the \
                                  write mode 'compare_and_swap' needs";
                    return Err(Error::new(ErrorKind::Store, unable));
                }
                Swapped::Changed if self.job.stop.load(Ordering::Relaxed) => return Err(abandoned()),
                Swapped::Changed => contest.pause(store.mode()).await?,
            }
        }
    }

    /// Its bytes after the write over the `old` ones; none when it need not be stored.
    async fn encoded(
        self: &Arc<Self>,
        runtime: &'static Runtime,
        old: Option<Bytes>,
        keep_empty: bool,
    ) -> Result<Option<Encoded>> {
        let (object, is_light) = (self.clone(), self.chain.is_copied(self.chain.decoded_size()));
        let work = move || {
            let Self { job, chain, bounds, inside, value } = &*object;
            let keep_empty = keep_empty || job.array.spec.write_empty_chunks;
            let encoder = Encoder { runtime, stop: &job.stop, fill: &job.array.fill, keep_empty, parts: &job.parts };
            encoder.chunk(chain, old.as_deref(), bounds, inside, value)
        };
        match self.job.array.store.mode() {
            Mode::Network if !is_light => runtime.compute(work).await,
            _ => work(),
        }
    }
}

fn abandoned() -> Error {
    Error::new(ErrorKind::Cancelled, "the write was abandoned")
}

impl Job for WriteJob {
    fn len(&self) -> u64 {
        self.tasks
    }

    fn mode(&self) -> Mode {
        self.array.store.mode()
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    fn run(self: Arc<Self>, task: u64) -> Pending<'static, ()> {
        Box::pin(async move {
            let task = self.plan.task(task);
            let key = self.array.key(&task.chunk)?;
            let value = self.value.offset(&task.out);
            self.clone().write_object(&key, task, value).await.map_err(|e| e.at(&key).of(self.array.store.identity()))
        })
    }
}

/// Makes the stored bytes of chunks.
struct Encoder<'a> {
    runtime: &'static Runtime,
    /// Nobody waits any more: what is left of a shard need not be made, and its lock is wanted.
    stop: &'a AtomicBool,
    fill: &'a [u8],
    keep_empty: bool,
    /// What is written of each element; none for all of it.
    parts: &'a [ElementPart],
}

impl Encoder<'_> {
    /// Whether nothing of what lies in these bounds stays.
    fn replaces(&self, inside: &Selection, bounds: &[u64]) -> bool {
        self.parts.is_empty() && inside.covers(bounds)
    }

    /// The bytes of a chunk after `value` was written to `inside` over the `old` one; none when the chunk is empty and need not be
    /// stored. `bounds` is the part of the chunk that lies in the array.
    fn chunk(
        &self,
        chain: &Chain,
        old: Option<&[u8]>,
        bounds: &[u64],
        inside: &Selection,
        value: &View,
    ) -> Result<Option<Encoded>> {
        let bounds: Cow<'_, [u64]> = match chain.order() {
            None => Cow::Borrowed(bounds),
            Some(order) => order.iter().map(|axis| bounds[*axis]).collect(),
        };
        let (inside, value) = in_stored_order(chain, inside, value);
        let encoded = match chain.serializer() {
            Serializer::Bytes(_) => self.leaf(chain, old, &bounds, &inside, &value),
            Serializer::VLen(vlen) => self.slots(chain, vlen, old, &bounds, &inside, &value),
            Serializer::Staged(staged) => self.staged(chain, staged, old, &bounds, &inside, &value),
            Serializer::Sharding(sharding) => {
                let old = old.map(|old| chain.decode_codecs(old)).transpose()?;
                let shard = self.shard(chain, sharding, old.as_deref(), &bounds, &inside, &value)?;
                match shard {
                    Some(shard) if chain.has_codecs() => {
                        chain.encode_codecs(&shard.whole()?).map(Encoded::Bytes).map(Some)
                    }
                    shard => Ok(shard),
                }
            }
        };
        match encoded {
            Err(error) if is_nothing(&error) => Ok(None),
            encoded => encoded,
        }
    }

    fn leaf(
        &self,
        chain: &Chain,
        old: Option<&[u8]>,
        bounds: &[u64],
        inside: &Selection,
        value: &View,
    ) -> Result<Option<Encoded>> {
        if self.parts.is_empty()
            && inside.is_all(chain.stored_shape())
            && let Some(elements) = value.contiguous(&inside.counts(), chain.element().size)
        {
            let Some(elements) = self.stored(elements) else { return Ok(None) };
            if !chain.swaps() {
                return chain.encode_codecs(elements).map(Encoded::Bytes).map(Some);
            }
            let mut stored = Scratch::sized(elements.len())?;
            chain.store(elements, &mut stored);
            return encoded(chain, stored).map(Some);
        }
        let old = old.filter(|_| !self.replaces(inside, bounds));
        let Some(mut elements) = self.elements(chain, old, inside, value, |old, out| chain.decode_into(old, out))?
        else {
            return Ok(None);
        };
        chain.swap(&mut elements);
        encoded(chain, elements).map(Some)
    }

    /// All elements of a chunk: `value` over those of `old` or over the fill value; none when they are not to be stored.
    fn elements(
        &self,
        chain: &Chain,
        old: Option<&[u8]>,
        inside: &Selection,
        value: &View,
        decode: impl FnOnce(&[u8], &mut [u8]) -> Result<()>,
    ) -> Result<Option<Scratch>> {
        let (shape, item) = (chain.stored_shape(), chain.element().size);
        let mut elements = Scratch::sized(chain.decoded_size())?;
        match old {
            Some(old) => decode(old, &mut elements)?,
            None if self.replaces(inside, shape) => {}
            None => fill_slice(&mut elements, self.fill),
        }
        let place = Place::new(inside, shape, item);
        if self.parts.is_empty() {
            value.gather(&mut elements, place.start, &place, item);
        }
        for (offset, length) in self.parts {
            value.inside(*offset).gather(&mut elements, place.start + offset, &place, *length);
        }
        Ok(self.stored(&elements).is_some().then_some(elements))
    }

    fn slots(
        &self,
        chain: &Chain,
        vlen: &VLen,
        old: Option<&[u8]>,
        bounds: &[u64],
        inside: &Selection,
        value: &View,
    ) -> Result<Option<Encoded>> {
        let heap = value.heap()?;
        let decode = |old: &[u8], out: &mut [u8]| {
            let serialized = chain.decode_codecs(old)?.into_owned();
            vlen.decode(serialized.into(), out, heap)
        };
        let old = old.filter(|_| !self.replaces(inside, bounds));
        let Some(slots) = self.elements(chain, old, inside, value, decode)? else { return Ok(None) };
        if !self.keep_empty && vlen::is_filled(&slots, self.fill, heap)? {
            return Ok(None);
        }
        let serialized = vlen.encode(&slots, heap)?;
        Ok(Some(Encoded::Bytes(match chain.has_codecs() {
            true => chain.encode_codecs(&serialized)?,
            false => serialized,
        })))
    }

    fn staged(
        &self,
        chain: &Chain,
        staged: &Staged,
        old: Option<&[u8]>,
        bounds: &[u64],
        inside: &Selection,
        value: &View,
    ) -> Result<Option<Encoded>> {
        let (inner, all) = (staged.inner(), Selection::all(staged.shape()));
        let fill = staged.fill(self.fill)?;
        let decode = |old: &[u8], out: &mut [u8]| {
            staged.decode(out, |encoded| {
                View::lend(encoded, staged.shape(), inner.element().size, |view| {
                    read_blob(self.runtime, inner, Blob::Bytes(old), &all, view, &fill)
                })
            })
        };
        let slice = || value.contiguous(&inside.counts(), chain.element().size);
        let mut stage = if self.parts.is_empty()
            && inside.is_all(chain.stored_shape())
            && let Some(slice) = slice()
        {
            let Some(elements) = self.stored(slice) else { return Ok(None) };
            staged.encode(elements)?
        } else {
            let old = old.filter(|_| !self.replaces(inside, bounds));
            let Some(elements) = self.elements(chain, old, inside, value, decode)? else { return Ok(None) };
            staged.encode(&elements)?
        };
        if inner.is_plain() && inner.order().is_none() {
            return Ok(Some(Encoded::Elements(stage)));
        }
        // What is encoded may look empty and is not: differences of equal steps are the fill value all over.
        let encoder = Encoder { fill: &fill, keep_empty: true, parts: &[], ..*self };
        View::lend(&mut stage, staged.shape(), inner.element().size, |view| {
            encoder.chunk(inner, None, staged.shape(), &all, view)
        })
    }

    /// The elements, if they are to be stored.
    fn stored<'e>(&self, elements: &'e [u8]) -> Option<&'e [u8]> {
        (self.keep_empty || !is_filled(elements, self.fill)).then_some(elements)
    }

    fn shard(
        &self,
        chain: &Chain,
        sharding: &Sharding,
        old: Option<&[u8]>,
        bounds: &[u64],
        inside: &Selection,
        value: &View,
    ) -> Result<Option<Encoded>> {
        let old = old.map(|old| OldShard::read(sharding, old)).transpose()?;
        let plan = Plan::new(inside.clone(), chain.stored_shape(), sharding.inner_shape())?;
        let count = usize::try_from(plan.tasks()?).map_err(|_| too_large())?;
        let mut made: Vec<OnceLock<(usize, Option<Encoded>)>> = Vec::new();
        made.try_reserve_exact(count).map_err(|_| too_large())?;
        made.resize_with(count, OnceLock::new);
        self.runtime.parallel(count as u64, |slot| {
            if self.stop.load(Ordering::Relaxed) {
                return Err(abandoned());
            }
            let Task { chunk, inside, out } = plan.task(slot);
            let number = sharding.number(&chunk);
            let inner_bounds: Vec<u64> = (chunk.iter().zip(bounds).zip(sharding.inner_shape()))
                .map(|((at, length), inner)| length.saturating_sub(at * inner).min(*inner))
                .collect();
            let old = match &old {
                Some(old) if !self.replaces(&inside, &inner_bounds) => old.inner(number)?,
                _ => None,
            };
            let value = value.offset(&out);
            let chunk = self
                .chunk(sharding.inner(), old, &inner_bounds, &inside, &value)
                .map_err(|e| e.within(&inner_name(sharding, number)))?;
            // Each task has a slot of its own, so it is always free.
            let _ = made[slot as usize].set((number, chunk));
            Ok(())
        })?;
        assemble(sharding, old, made.into_iter().filter_map(OnceLock::into_inner))
    }
}

/// What becomes of elements in stored order of bytes.
fn encoded(chain: &Chain, stored: Scratch) -> Result<Encoded> {
    Ok(match chain.has_codecs() {
        true => Encoded::Bytes(chain.encode_codecs(&stored)?),
        false => Encoded::Elements(stored),
    })
}
