//! Reading: one task fetches one stored object, decodes what is selected of it and puts it into the caller's memory.
//!
//! An object is either at hand (memory, an opened file) or a number of requests away. [`read_blob`] decodes the first kind,
//! down through nested shards; for the second kind [`ReadJob`] first asks for the index and for the byte ranges of the inner
//! chunks wanted, coalesced, and then decodes those by the same code.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::IoSliceMut;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::try_join_all;

use crate::array::Array;
use crate::codecs::chain::{Chain, Serializer, Staged};
use crate::codecs::sharding::{Index, Sharding};
use crate::codecs::vlen::VLen;
use crate::copy::View;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{Group, Wanted, coalesce, land};
use crate::heap::SLOT;
use crate::indexes::{self, Known};
use crate::landing::Landing;
use crate::plan::Plan;
use crate::runtime::{self, Job, Runtime};
use crate::scratch::Scratch;
use crate::selection::{Place, Selection};
use crate::stores::{Answer, ByteRange, Mode, Pending, ReadAt, Source};

/// So many missing objects are named in an error.
const NAMED: usize = 16;

/// A shard that is replaced so often while it is read is given up.
const MOST_VERSIONS: usize = 8;

/// Of files, smaller indexes are read again as fast as they are found.
const SMALLEST_KEPT: usize = 8 << 10;

/// A shard that may be longer than this is never fetched whole by one request: its index first, then its parts side by side.
const LARGEST_AT_ONCE: usize = 8 << 20;

/// Vectored reads take as many rows at once as the systems at hand allow.
const ROWS_AT_ONCE: usize = 1024;

/// A read of a selection.
pub struct ReadJob {
    array: Arc<Array>,
    plan: Plan,
    tasks: u64,
    out: View,
    bytes: usize,
    stop: AtomicBool,
    /// Keys of objects that are not there and have to be.
    missing: Mutex<BTreeSet<String>>,
}

impl ReadJob {
    pub(crate) fn new(array: Arc<Array>, plan: Plan, out: View, bytes: usize) -> Result<Self> {
        Ok(Self {
            tasks: plan.tasks()?,
            array,
            plan,
            out,
            bytes,
            stop: AtomicBool::new(false),
            missing: Mutex::default(),
        })
    }

    /// Fills in for an object that is not there, or notes it where that is an error.
    fn absent(&self, key: &str, out: &View, inside: &Selection) {
        if !self.array.spec.reading.missing {
            self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        }
        out.fill(inside, &self.array.fill);
    }

    async fn read_object(self: Arc<Self>, key: &str, chain: Arc<Chain>, inside: Selection, out: View) -> Result<()> {
        let runtime = runtime::current()?;
        let fill = &self.array.fill[..];
        match self.array.store.open(key).await? {
            None => self.absent(key, &out, &inside),
            Some(Source::Bytes(bytes)) => read_blob(runtime, &chain, Blob::Bytes(&bytes), &inside, &out, fill)?,
            Some(Source::File(file)) => {
                let blob = Blob::File { file: &*file, range: 0..file.size() };
                read_blob(runtime, &chain, blob, &inside, &out, fill)?;
            }
            Some(Source::Remote) => self.read_remote(runtime, key, chain, inside, out).await?,
        }
        Ok(())
    }

    async fn read_remote(
        self: Arc<Self>,
        runtime: &'static Runtime,
        key: &str,
        chain: Arc<Chain>,
        inside: Selection,
        out: View,
    ) -> Result<()> {
        let (inside, out) = in_stored_order(&chain, &inside, &out);
        if let Serializer::Sharding(sharding) = chain.serializer()
            && !chain.has_codecs()
        {
            let inner = Plan::new(inside.clone().into_owned(), chain.stored_shape(), sharding.inner_shape())?;
            if inner.tasks()? < sharding.count() as u64 || chain.encoded_bound() > LARGEST_AT_ONCE {
                return self.read_ranges(runtime, key, &chain, sharding, inner, out.into_owned()).await;
            }
        }
        let mut landing = Landing::new(chain.decoded_size() as u64);
        let lands = land(&mut landing, 0, &chain, &inside, &out).then_some(&mut landing);
        let _room = runtime.room(if lands.is_some() { 0 } else { chain.decoded_size() }).await?;
        let bytes = match runtime.request(self.array.store.read(key, ByteRange::All, None, lands)).await? {
            Answer::Landed => return Ok(()),
            Answer::Found(piece) => piece.bytes,
            Answer::Missing | Answer::Changed => {
                self.absent(key, &out, &inside);
                return Ok(());
            }
        };
        let (job, inside, out) = (self.clone(), inside.into_owned(), out.into_owned());
        let is_light = chain.is_copied(bytes.len());
        let decode = move || read_stored(runtime, &chain, Blob::Bytes(&bytes), &inside, &out, &job.array.fill);
        self.on_cpu(runtime, is_light, decode).await
    }

    /// The index by one request, then the inner chunks that `plan` wants by as few as pay, all of one version of the shard.
    async fn read_ranges(
        self: Arc<Self>,
        runtime: &'static Runtime,
        key: &str,
        chain: &Arc<Chain>,
        sharding: &Sharding,
        plan: Plan,
        out: View,
    ) -> Result<()> {
        let store = &self.array.store;
        let place = indexes::place(store.identity(), key);
        let mut kept = indexes::get(&place, sharding.layout());
        for _ in 0..MOST_VERSIONS {
            let spared = kept.is_some();
            let (index, tag) = match kept.take() {
                Some(known) => (known.index, Some(known.tag)),
                None => {
                    let Answer::Found(found) =
                        runtime.request(store.read(key, sharding.index_range(), None, None)).await?
                    else {
                        (0..plan.tasks()?).map(|task| plan.task(task)).for_each(|task| {
                            self.absent(key, &out.offset(&task.out), &task.inside);
                        });
                        return Ok(());
                    };
                    let index = Arc::new(sharding.decode_index(&found.bytes, found.size)?);
                    if let Some(tag) = found.tag.as_ref().filter(|_| found.settled) {
                        let (index, tag) = (index.clone(), tag.clone());
                        indexes::keep(place.clone(), Known { index, tag, layout: sharding.layout() });
                    }
                    (index, found.tag)
                }
            };
            let mut wanted = Vec::new();
            let found = (0..plan.tasks()?).map(|task| plan.task(task)).try_for_each(|task| {
                let number = sharding.number(&task.chunk);
                match index.range(number)? {
                    Some(range) => wanted.push(Wanted { range, task, number }),
                    None => out.offset(&task.out).fill(&task.inside, &self.array.fill),
                }
                Ok(())
            });
            if spared && (wanted.is_empty() || found.is_err()) {
                // No chunk is asked for, so nobody would say that the shard has others by now.
                continue;
            }
            found?;
            let read = try_join_all(coalesce(wanted, &self.array.spec.reading).into_iter().map(|group| {
                let (job, chain, out, tag) = (self.clone(), chain.clone(), out.clone(), tag.as_deref());
                async move {
                    let span = ByteRange::Bounded { start: group.span.start, end: group.span.end };
                    let views: Vec<View> = group.wanted.iter().map(|wanted| out.offset(&wanted.task.out)).collect();
                    let mut landing = Landing::new(group.span.end - group.span.start);
                    let lands = group.land(&mut landing, sharding.inner(), &views).then_some(&mut landing);
                    let length = usize::try_from(group.span.end - group.span.start).unwrap_or(usize::MAX);
                    let _room = runtime.room(if lands.is_some() { 0 } else { length }).await?;
                    let piece = match runtime.request(job.array.store.read(key, span, tag, lands)).await? {
                        Answer::Landed => return Ok(true),
                        Answer::Found(piece) => piece,
                        Answer::Missing | Answer::Changed => return Ok(false),
                    };
                    let is_light = group.wanted.len() == 1 && sharding.inner().is_copied(piece.bytes.len());
                    let same = job.clone();
                    let decode = move || job.decode_group(runtime, &chain, &group, &piece.bytes, &out);
                    same.on_cpu(runtime, is_light, decode).await.map(|()| true)
                }
            }))
            .await?;
            if read.into_iter().all(|same| same) {
                if spared {
                    indexes::hit();
                }
                return Ok(());
            }
            indexes::forget(&place);
        }
        Err(Error::new(ErrorKind::Store, "cannot read: the shard keeps changing between its index and its chunks"))
    }

    fn decode_group(&self, runtime: &Runtime, chain: &Chain, group: &Group, bytes: &Bytes, out: &View) -> Result<()> {
        let Serializer::Sharding(sharding) = chain.serializer() else { return Ok(()) };
        runtime.parallel(group.wanted.len() as u64, |i| {
            let wanted = &group.wanted[i as usize];
            let (start, end) = (wanted.range.start - group.span.start, wanted.range.end - group.span.start);
            let blob = Blob::Bytes(bytes).part(start..end)?;
            let out = out.offset(&wanted.task.out);
            read_blob(runtime, sharding.inner(), blob, &wanted.task.inside, &out, &self.array.fill)
                .map_err(|e| e.within(&inner_name(sharding, wanted.number)))
        })
    }

    /// Decodes where it does not keep requests waiting.
    async fn on_cpu(
        &self,
        runtime: &Runtime,
        is_light: bool,
        work: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Result<()> {
        match self.array.store.mode() {
            Mode::Network if !is_light => runtime.compute(work).await,
            _ => work(),
        }
    }
}

impl Job for ReadJob {
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
            let out = self.out.offset(&task.out);
            let chain = self.array.chain(&task.chunk)?;
            self.clone()
                .read_object(&key, chain, task.inside, out)
                .await
                .map_err(|e| e.at(&key).of(self.array.store.identity()))
        })
    }

    fn close(&self) -> Result<()> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = missing.first() else { return Ok(()) };
        let named = missing.iter().take(NAMED).map(|key| format!("{key:?}")).collect::<Vec<_>>().join(", ");
        let more = if missing.len() > NAMED { ", ..." } else { "" };
        let text = format!(
            "{} chunk(s) not found: {named}{more}; with read_missing_chunks they would be read as the fill value",
            missing.len()
        );
        Err(Error::new(ErrorKind::MissingChunk, text).at(first).of(self.array.store.identity()))
    }
}

/// An encoded chunk that is at hand: bytes, or part of an opened file.
#[derive(Clone)]
pub(crate) enum Blob<'a> {
    Bytes(&'a [u8]),
    File { file: &'a dyn ReadAt, range: Range<u64> },
}

impl<'a> Blob<'a> {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { range, .. } => range.end - range.start,
        }
    }

    pub(crate) fn part(&self, part: Range<u64>) -> Result<Self> {
        if part.start > part.end || part.end > self.len() {
            return Err(Error::corrupt(format!("bytes {part:?} are wanted of {}", self.len())));
        }
        Ok(match self {
            Self::Bytes(bytes) => Self::Bytes(&bytes[part.start as usize..part.end as usize]),
            Self::File { file, range } => {
                Self::File { file: *file, range: range.start + part.start..range.start + part.end }
            }
        })
    }

    /// Hands the bytes to `use_`, read into a buffer of the thread if need be. `most` bounds what a sound chunk can have.
    fn with<T>(&self, most: usize, use_: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        match self {
            Self::Bytes(bytes) => use_(bytes),
            Self::File { file, range } => {
                // One byte more than the most is enough for every decoder to notice that there is too much.
                let length = usize::try_from(self.len()).unwrap_or(usize::MAX).min(most.saturating_add(1));
                let mut buffer = Scratch::sized(length)?;
                file.read_at(range.start, &mut buffer)?;
                use_(&buffer)
            }
        }
    }
}

/// Decodes the selected part of a chunk into the caller's memory.
pub(crate) fn read_blob(
    runtime: &Runtime,
    chain: &Chain,
    blob: Blob<'_>,
    inside: &Selection,
    out: &View,
    fill: &[u8],
) -> Result<()> {
    let (inside, out) = in_stored_order(chain, inside, out);
    read_stored(runtime, chain, blob, &inside, &out, fill)
}

/// The same for axes in stored order.
fn read_stored(
    runtime: &Runtime,
    chain: &Chain,
    blob: Blob<'_>,
    inside: &Selection,
    out: &View,
    fill: &[u8],
) -> Result<()> {
    match chain.serializer() {
        Serializer::Sharding(sharding) if chain.has_codecs() => blob.with(chain.encoded_bound(), |encoded| {
            let shard = chain.decode_codecs(encoded)?;
            read_shard(runtime, chain, sharding, Blob::Bytes(&shard), inside, out, fill)
        }),
        Serializer::Sharding(sharding) => read_shard(runtime, chain, sharding, blob, inside, out, fill),
        Serializer::Bytes(_) => read_leaf(chain, blob, inside, out),
        Serializer::VLen(vlen) => read_slots(chain, vlen, blob, inside, out),
        Serializer::Staged(staged) => read_staged(runtime, chain, staged, blob, inside, out, fill),
    }
}

/// A computation needs its chunk whole, so all of it is decoded for any part.
fn read_staged(
    runtime: &Runtime,
    chain: &Chain,
    staged: &Staged,
    blob: Blob<'_>,
    inside: &Selection,
    out: &View,
    fill: &[u8],
) -> Result<()> {
    let (shape, item) = (chain.stored_shape(), chain.element().size);
    let inner = staged.inner();
    let decode = |decoded: &mut [u8]| {
        if let Blob::Bytes(encoded) = blob
            && inner.is_plain()
            && inner.order().is_none()
            && encoded.len() == inner.decoded_size()
        {
            return staged.decode_stored(encoded, decoded);
        }
        staged.decode(decoded, |encoded| {
            let (all, fill) = (Selection::all(staged.shape()), staged.fill(fill)?);
            View::lend(encoded, staged.shape(), inner.element().size, |view| {
                read_blob(runtime, inner, blob, &all, view, &fill)
            })
        })
    };
    if inside.is_all(shape)
        && let Some(slice) = out.contiguous_mut(&inside.counts(), item)
    {
        return decode(slice);
    }
    let mut decoded = Scratch::sized(chain.decoded_size())?;
    decode(&mut decoded)?;
    let place = Place::new(inside, shape, item);
    out.scatter(&decoded, place.start, &place, item);
    Ok(())
}

fn read_shard(
    runtime: &Runtime,
    chain: &Chain,
    sharding: &Sharding,
    blob: Blob<'_>,
    inside: &Selection,
    out: &View,
    fill: &[u8],
) -> Result<()> {
    let index = index_of(sharding, &blob)?;
    let plan = Plan::new(inside.clone(), chain.stored_shape(), sharding.inner_shape())?;
    runtime.parallel(plan.tasks()?, |task| {
        let task = plan.task(task);
        let number = sharding.number(&task.chunk);
        let out = out.offset(&task.out);
        let within = |e: Error| e.within(&inner_name(sharding, number));
        match index.range(number).map_err(within)? {
            None => out.fill(&task.inside, fill),
            Some(range) => {
                let inner = blob.part(range)?;
                read_blob(runtime, sharding.inner(), inner, &task.inside, &out, fill).map_err(within)?;
            }
        }
        Ok(())
    })
}

/// The index of a shard at hand, or the one that is kept of a file's version.
fn index_of(sharding: &Sharding, blob: &Blob<'_>) -> Result<Arc<Index>> {
    let read = || {
        let stored = blob.part(sharding.index_range().resolve(blob.len()))?;
        stored.with(sharding.index_size(), |stored| sharding.decode_index(stored, Some(blob.len()))).map(Arc::new)
    };
    let version = match blob {
        Blob::File { file, range } if sharding.index_size() >= SMALLEST_KEPT && *range == (0..file.size()) => {
            file.version()
        }
        _ => None,
    };
    let Some(version) = version else { return read() };
    let (place, layout) = (indexes::place("", &version.file), sharding.layout());
    if let Some(known) = indexes::get(&place, layout)
        && known.tag == version.tag
    {
        indexes::hit();
        return Ok(known.index);
    }
    let index = read()?;
    indexes::keep(place, Known { index: index.clone(), tag: version.tag, layout });
    Ok(index)
}

fn read_leaf(chain: &Chain, blob: Blob<'_>, inside: &Selection, out: &View) -> Result<()> {
    let (shape, item) = (chain.stored_shape(), chain.element().size);
    let whole = inside.is_all(shape);
    if chain.is_plain() {
        if blob.len() != chain.decoded_size() as u64 {
            return Err(Error::corrupt(format!(
                "bytes: chunk has {} bytes, expected {}",
                blob.len(),
                chain.decoded_size()
            )));
        }
        if let Blob::File { file, range } = &blob
            && whole
            && let Some(rows) = out.rows(&inside.counts(), item)
        {
            return read_rows(*file, range.start, rows);
        }
        // Only the bytes from the first selected element to the last are read.
        let place = Place::new(inside, shape, item);
        let length = place.reach + item;
        let span = blob.part(place.start as u64..(place.start + length) as u64)?;
        return span.with(length, |bytes| {
            out.scatter(bytes, 0, &place, item);
            Ok(())
        });
    }
    blob.with(chain.encoded_bound(), |encoded| {
        if whole && let Some(slice) = out.contiguous_mut(&inside.counts(), item) {
            return chain.decode_into(encoded, slice);
        }
        let mut decoded = Scratch::sized(chain.decoded_size())?;
        chain.decode_into(encoded, &mut decoded)?;
        let place = Place::new(inside, shape, item);
        out.scatter(&decoded, place.start, &place, item);
        Ok(())
    })
}

/// Elements of any length: their slots are copied as elements of a fixed size are, their bytes stay where they were decoded.
fn read_slots(chain: &Chain, vlen: &VLen, blob: Blob<'_>, inside: &Selection, out: &View) -> Result<()> {
    let (shape, heap) = (chain.stored_shape(), out.heap()?);
    let serialized = blob.with(chain.encoded_bound(), |encoded| chain.decode_codecs(encoded).map(Cow::into_owned))?;
    if inside.is_all(shape)
        && let Some(slots) = out.contiguous_mut(&inside.counts(), SLOT)
    {
        return vlen.decode(serialized.into(), slots, heap);
    }
    let mut slots = Scratch::sized(chain.decoded_size())?;
    vlen.decode(serialized.into(), &mut slots, heap)?;
    let place = Place::new(inside, shape, SLOT);
    out.scatter(&slots, place.start, &place, SLOT);
    Ok(())
}

fn read_rows<'a>(file: &dyn ReadAt, start: u64, rows: impl Iterator<Item = &'a mut [u8]>) -> Result<()> {
    let mut offset = start;
    let mut batch: Vec<IoSliceMut<'a>> = Vec::with_capacity(ROWS_AT_ONCE);
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        batch.clear();
        batch.extend(rows.by_ref().take(ROWS_AT_ONCE).map(IoSliceMut::new));
        let length: u64 = batch.iter().map(|row| row.len() as u64).sum();
        file.read_rows(offset, &mut batch)?;
        offset += length;
    }
    Ok(())
}

/// A selection and its memory in the order of axes in which the chunk is stored.
pub(crate) fn in_stored_order<'a>(
    chain: &Chain,
    inside: &'a Selection,
    view: &'a View,
) -> (Cow<'a, Selection>, Cow<'a, View>) {
    match (chain.order(), inside) {
        (None, _) => (Cow::Borrowed(inside), Cow::Borrowed(view)),
        (Some(order), Selection::Box(_)) => (Cow::Owned(inside.permute(order)), Cow::Owned(view.permute(order))),
        // The memory of points has one axis, whatever the chunk has.
        (Some(order), Selection::Points(_)) => (Cow::Owned(inside.permute(order)), Cow::Borrowed(view)),
    }
}

/// Names an inner chunk in a message.
pub(crate) fn inner_name(sharding: &Sharding, number: usize) -> String {
    format!("inner chunk {:?}", sharding.coordinates(number))
}
