//! The handle of a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use zarrust_core::error::Result;
use zarrust_core::key;
use zarrust_core::runtime;
use zarrust_core::stores::{
    ByteRange, Contest, Entry, Held, LocalStore, Mark, MemoryStore, Mode, N5Store, ObjectStore, Pending, PrefixStore,
    SplitStore, Store, Swapped, ZipStore,
};

use crate::awaitable::awaitable;
use crate::buffer::{Value, bytes};
use crate::enter;
use crate::error::to_python;
use crate::exit;
use crate::object::Builder;
use crate::pages::PyPages;
use crate::python::PythonStore;

/// A store as the engine sees it.
#[pyclass(name = "Store", module = "zarrust._core", frozen)]
pub struct PyStore {
    pub inner: Arc<dyn Store>,
}

fn range(start: Option<u64>, end: Option<u64>, suffix: Option<u64>) -> PyResult<ByteRange> {
    match (start, end, suffix) {
        (None, None, None) => Ok(ByteRange::All),
        (None, None, Some(length)) => Ok(ByteRange::Suffix(length)),
        (start, Some(end), None) => Ok(ByteRange::Bounded { start: start.unwrap_or(0), end }),
        (Some(start), None, None) => Ok(ByteRange::From(start)),
        _ => Err(PyValueError::new_err("a byte range has a start and an end, or a suffix alone")),
    }
}

type Shared = Arc<dyn Store>;

/// Futures of one call that are polled together; the budget of requests is the process's.
const MOST_AT_ONCE: usize = 256;

// What each method does, once; the synchronous and the awaitable form differ in who waits.

/// One key's call: the key is checked before anything happens, and named in what goes wrong.
async fn about<T>(store: &dyn Store, key: &str, call: Pending<'_, T>) -> Result<T> {
    key::check(key)?;
    call.await.map_err(|error| error.at(key).of(store.identity()))
}

fn get(store: Shared, key: String, range: ByteRange) -> Pending<'static, Option<Value>> {
    Box::pin(async move { Ok(about(&*store, &key, store.get(&key, range)).await?.map(Value)) })
}

/// Does the same with many things, in their order: side by side where a store waits for something else than this process.
fn each<I, T>(
    store: Shared,
    items: Vec<I>,
    what: impl Fn(Shared, I) -> Pending<'static, T> + Send + Sync + 'static,
) -> Pending<'static, Vec<T>>
where
    I: Send + 'static,
    T: Send + 'static,
{
    Box::pin(async move {
        let mode = store.mode();
        let (at_once, runtime) = match mode {
            Mode::Network => (usize::MAX, Some(runtime::current()?)),
            Mode::Blocking { threads: Some(threads) } => (threads, None),
            Mode::Blocking { threads: None } => (1, None),
        };
        let calls = items.into_iter().map(|item| {
            let call = what(store.clone(), item);
            async move {
                match runtime {
                    Some(runtime) => runtime.request(call).await,
                    None if at_once > 1 => runtime::part_async(mode, call).await,
                    None => call.await,
                }
            }
        });
        futures::stream::iter(calls).buffered(at_once.min(MOST_AT_ONCE)).try_collect().await
    })
}

fn get_many(store: Shared, keys: Vec<String>) -> Pending<'static, Vec<Option<Value>>> {
    each(store, keys, |store, key| get(store, key, ByteRange::All))
}

fn set_many(store: Shared, values: Vec<(String, bytes::Bytes)>) -> Pending<'static, ()> {
    let all = each(store, values, |store, (key, value)| set(store, key, value));
    Box::pin(async move { all.await.map(drop) })
}

/// Reads objects, the `late` last of them after the others, has Python say what becomes of them, and writes that. No other edit
/// in the process has one of them meanwhile; where another process has changed one, it is done again.
fn edit(store: Shared, keys: Vec<String>, late: usize, change: Py<PyAny>) -> Pending<'static, Py<PyAny>> {
    Box::pin(async move {
        let runtime = runtime::current()?;
        // In one order everywhere, so that no two edits wait for each other.
        let order = BTreeSet::from_iter(&keys);
        let mut held = Vec::with_capacity(order.len());
        for key in order {
            held.push(runtime.lock(store.identity(), key).await);
        }
        let (early, late) = keys.split_at(keys.len().saturating_sub(late));
        let mut contest = Contest::default();
        loop {
            let mut found = each(store.clone(), early.to_vec(), hold).await?;
            found.extend(each(store.clone(), late.to_vec(), hold).await?);
            let values: Vec<_> = found.iter().map(|held| held.bytes.clone().map(Value)).collect();
            let (values, result) = exit::call(
                || "the change failed".to_owned(),
                |py| {
                    let (values, result): (Values<'_>, _) = change.bind(py).call1((values,))?.extract()?;
                    Ok((owned(values)?, result))
                },
            )?;
            let found: BTreeMap<&String, Arc<Held>> = keys.iter().zip(found.into_iter().map(Arc::new)).collect();
            let swaps = values.into_iter().map(|(key, value)| (found.get(&key).cloned(), key, value)).collect();
            if !each(store.clone(), swaps, swap).await?.contains(&Swapped::Changed) {
                return Ok(result);
            }
            contest.pause(store.mode()).await?;
        }
    })
}

fn hold(store: Shared, key: String) -> Pending<'static, Held> {
    Box::pin(async move { about(&*store, &key, store.hold(&key)).await })
}

/// Writes an object if it still is what was read, where the store can tell.
fn swap(store: Shared, (held, key, value): (Option<Arc<Held>>, String, bytes::Bytes)) -> Pending<'static, Swapped> {
    Box::pin(async move {
        if let Some(held) = held {
            if held.bytes.as_ref() == Some(&value) {
                return Ok(Swapped::Done);
            }
            let swapped = about(&*store, &key, store.swap(&key, Some(vec![value.clone()]), &held.mark)).await?;
            if swapped != Swapped::Unable {
                return Ok(swapped);
            }
        }
        set(store, key, value).await.map(|()| Swapped::Done)
    })
}

fn set_absent(store: Shared, values: Vec<(String, bytes::Bytes)>) -> Pending<'static, Vec<bool>> {
    each(store, values, |store, (key, value)| create(store, key, value))
}

fn delete_many(store: Shared, keys: Vec<String>) -> Pending<'static, ()> {
    Box::pin(async move {
        keys.iter().try_for_each(|key| key::check(key))?;
        store.delete_many(&keys).await
    })
}

fn sizes(store: Shared, keys: Vec<String>) -> Pending<'static, Vec<Option<u64>>> {
    each(store, keys, size)
}

fn list_dirs(store: Shared, prefixes: Vec<String>) -> Pending<'static, Vec<Vec<String>>> {
    each(store, prefixes, list_dir)
}

fn set(store: Shared, key: String, value: bytes::Bytes) -> Pending<'static, ()> {
    Box::pin(async move { about(&*store, &key, store.set(&key, value)).await })
}

/// Creates an object; false when there was one. Where the store has no request for that, it is asked first.
fn create(store: Shared, key: String, value: bytes::Bytes) -> Pending<'static, bool> {
    Box::pin(async move {
        match about(&*store, &key, store.swap(&key, Some(vec![value.clone()]), &Mark::Absent)).await? {
            Swapped::Done => Ok(true),
            Swapped::Changed => Ok(false),
            Swapped::Unable if size(store.clone(), key.clone()).await?.is_some() => Ok(false),
            Swapped::Unable => set(store, key, value).await.map(|()| true),
        }
    })
}

/// Writes documents of new nodes; false where there was one. Stores of users are asked for no more than zarr-python asks.
fn make_many(store: Shared, values: Vec<(String, bytes::Bytes)>) -> Pending<'static, Vec<bool>> {
    each(store, values, |store, (key, value)| match store.is_foreign() {
        true => Box::pin(async move { set(store, key, value).await.map(|()| true) }),
        false => create(store, key, value),
    })
}

fn set_if_absent(store: Shared, key: String, value: bytes::Bytes) -> Pending<'static, bool> {
    Box::pin(async move { about(&*store, &key, store.set_if_absent(&key, value)).await })
}

fn delete(store: Shared, key: String) -> Pending<'static, ()> {
    Box::pin(async move { about(&*store, &key, store.delete(&key)).await })
}

fn delete_prefix(store: Shared, prefix: String) -> Pending<'static, ()> {
    Box::pin(async move {
        key::check_prefix(&prefix)?;
        store.delete_prefix(&prefix).await
    })
}

fn size(store: Shared, key: String) -> Pending<'static, Option<u64>> {
    Box::pin(async move { about(&*store, &key, store.size(&key)).await })
}

fn total(store: Shared, prefix: String) -> Pending<'static, u64> {
    Box::pin(async move {
        key::check_prefix(&prefix)?;
        if let Some(total) = store.total(&prefix).await? {
            return Ok(total);
        }
        let keys = store.list(&prefix).await?;
        Ok(sizes(store, keys).await?.into_iter().flatten().sum())
    })
}

fn exists(store: Shared, key: String) -> Pending<'static, bool> {
    Box::pin(async move { Ok(size(store, key).await?.is_some()) })
}

fn list(store: Shared, prefix: String) -> Pending<'static, Vec<String>> {
    Box::pin(async move {
        key::check_prefix(&prefix)?;
        store.list(&prefix).await
    })
}

fn list_dir(store: Shared, prefix: String) -> Pending<'static, Vec<String>> {
    Box::pin(async move {
        key::check_prefix(&prefix)?;
        store.list_dir(&prefix).await
    })
}

/// Values by key, as Python hands them over.
type Values<'py> = Vec<(String, Bound<'py, PyAny>)>;

fn owned(values: Values<'_>) -> PyResult<Vec<(String, bytes::Bytes)>> {
    values.into_iter().map(|(key, value)| Ok((key, bytes(&value)?))).collect()
}

/// An entry of a ZIP archive, as Python hands it over.
#[derive(FromPyObject)]
struct ZipEntry(String, u64, u64, u64, u32, u16, bool);

impl From<ZipEntry> for Entry {
    fn from(entry: ZipEntry) -> Self {
        let ZipEntry(name, header, stored, size, crc, method, encrypted) = entry;
        Self { name, header, stored, size, crc, method, encrypted }
    }
}

impl PyStore {
    fn new(inner: impl Store) -> Self {
        Self { inner: Arc::new(inner) }
    }

    fn mode(&self) -> Mode {
        self.inner.mode()
    }

    fn wait<T: Send + 'static>(&self, py: Python<'_>, call: Pending<'static, T>) -> PyResult<T> {
        enter::call(py, self.mode(), call)
    }

    fn later<'py, T>(&self, py: Python<'py>, call: Pending<'static, T>) -> PyResult<Bound<'py, PyAny>>
    where
        T: for<'a> IntoPyObject<'a> + Send + 'static,
    {
        awaitable(py, runtime::call_async(self.mode(), call))
    }
}

#[pymethods]
impl PyStore {
    #[staticmethod]
    #[pyo3(signature = (root, *, durable = false))]
    fn local(root: PathBuf, durable: bool) -> Self {
        Self::new(LocalStore::new(root, durable))
    }

    #[staticmethod]
    fn memory() -> Self {
        Self::new(MemoryStore::new())
    }

    #[staticmethod]
    #[pyo3(signature = (store, *, missing = vec![]))]
    fn object(store: Bound<'_, PyAny>, missing: Vec<u16>) -> PyResult<Self> {
        let py = store.py();
        let made: Result<ObjectStore> = ObjectStore::connect(Builder::new(store, missing)?);
        Ok(Self::new(made.map_err(|e| to_python(py, &e))?))
    }

    #[staticmethod]
    #[pyo3(signature = (bridge, identity, *, threads = None, waits = false))]
    fn python(bridge: Py<PyAny>, identity: String, threads: Option<usize>, waits: bool) -> Self {
        Self::new(PythonStore::new(bridge, identity, threads, waits))
    }

    #[staticmethod]
    fn zip(py: Python<'_>, inner: &Self, key: String, entries: Vec<ZipEntry>, end: u64) -> PyResult<Self> {
        let entries = entries.into_iter().map(Entry::from).collect();
        let made = ZipStore::new(inner.inner.clone(), key, entries, end);
        Ok(Self::new(made.map_err(|e| to_python(py, &e))?))
    }

    fn prefixed(&self, py: Python<'_>, folder: &str) -> PyResult<Self> {
        Ok(Self::new(PrefixStore::new(self.inner.clone(), folder).map_err(|e| to_python(py, &e))?))
    }

    #[staticmethod]
    fn split(objects: &Self, names: &Self) -> Self {
        Self::new(SplitStore::new(objects.inner.clone(), names.inner.clone()))
    }

    #[staticmethod]
    fn n5(blocks: &Self, names: &Self) -> Self {
        Self::new(N5Store::new(blocks.inner.clone(), names.inner.clone()))
    }

    #[getter]
    fn identity(&self) -> &str {
        self.inner.identity()
    }

    #[pyo3(signature = (key, start = None, end = None, suffix = None))]
    fn get(
        &self,
        py: Python<'_>,
        key: String,
        start: Option<u64>,
        end: Option<u64>,
        suffix: Option<u64>,
    ) -> PyResult<Option<Value>> {
        self.wait(py, get(self.inner.clone(), key, range(start, end, suffix)?))
    }

    fn get_many(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<Vec<Option<Value>>> {
        self.wait(py, get_many(self.inner.clone(), keys))
    }

    fn set(&self, py: Python<'_>, key: String, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.wait(py, set(self.inner.clone(), key, bytes(value)?))
    }

    fn set_if_absent(&self, py: Python<'_>, key: String, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.wait(py, set_if_absent(self.inner.clone(), key, bytes(value)?))
    }

    fn set_many(&self, py: Python<'_>, values: Values<'_>) -> PyResult<()> {
        self.wait(py, set_many(self.inner.clone(), owned(values)?))
    }

    fn set_absent(&self, py: Python<'_>, values: Values<'_>) -> PyResult<Vec<bool>> {
        self.wait(py, set_absent(self.inner.clone(), owned(values)?))
    }

    fn make_many(&self, py: Python<'_>, values: Values<'_>) -> PyResult<Vec<bool>> {
        self.wait(py, make_many(self.inner.clone(), owned(values)?))
    }

    fn edit(&self, py: Python<'_>, keys: Vec<String>, late: usize, change: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.wait(py, edit(self.inner.clone(), keys, late, change))
    }

    fn delete_many(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<()> {
        self.wait(py, delete_many(self.inner.clone(), keys))
    }

    fn sizes(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<Vec<Option<u64>>> {
        self.wait(py, sizes(self.inner.clone(), keys))
    }

    fn total(&self, py: Python<'_>, prefix: String) -> PyResult<u64> {
        self.wait(py, total(self.inner.clone(), prefix))
    }

    fn list_dirs(&self, py: Python<'_>, prefixes: Vec<String>) -> PyResult<Vec<Vec<String>>> {
        self.wait(py, list_dirs(self.inner.clone(), prefixes))
    }

    fn delete(&self, py: Python<'_>, key: String) -> PyResult<()> {
        self.wait(py, delete(self.inner.clone(), key))
    }

    fn delete_prefix(&self, py: Python<'_>, prefix: String) -> PyResult<()> {
        self.wait(py, delete_prefix(self.inner.clone(), prefix))
    }

    fn exists(&self, py: Python<'_>, key: String) -> PyResult<bool> {
        self.wait(py, exists(self.inner.clone(), key))
    }

    fn size(&self, py: Python<'_>, key: String) -> PyResult<Option<u64>> {
        self.wait(py, size(self.inner.clone(), key))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<String>> {
        self.wait(py, list(self.inner.clone(), prefix.to_owned()))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list_dir(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<String>> {
        self.wait(py, list_dir(self.inner.clone(), prefix.to_owned()))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list_pages(&self, py: Python<'_>, prefix: &str) -> PyResult<PyPages> {
        key::check_prefix(prefix).map_err(|e| to_python(py, &e))?;
        Ok(PyPages::new(self.mode(), self.inner.clone().list_pages(prefix.to_owned())))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list_dir_pages(&self, py: Python<'_>, prefix: &str) -> PyResult<PyPages> {
        key::check_prefix(prefix).map_err(|e| to_python(py, &e))?;
        Ok(PyPages::new(self.mode(), self.inner.clone().list_dir_pages(prefix.to_owned())))
    }

    #[pyo3(signature = (key, start = None, end = None, suffix = None))]
    fn get_async<'py>(
        &self,
        py: Python<'py>,
        key: String,
        start: Option<u64>,
        end: Option<u64>,
        suffix: Option<u64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, get(self.inner.clone(), key, range(start, end, suffix)?))
    }

    fn get_many_async<'py>(&self, py: Python<'py>, keys: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, get_many(self.inner.clone(), keys))
    }

    fn set_async<'py>(&self, py: Python<'py>, key: String, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, set(self.inner.clone(), key, bytes(value)?))
    }

    fn set_if_absent_async<'py>(
        &self,
        py: Python<'py>,
        key: String,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, set_if_absent(self.inner.clone(), key, bytes(value)?))
    }

    fn set_many_async<'py>(&self, py: Python<'py>, values: Values<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, set_many(self.inner.clone(), owned(values)?))
    }

    fn set_absent_async<'py>(&self, py: Python<'py>, values: Values<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, set_absent(self.inner.clone(), owned(values)?))
    }

    fn make_many_async<'py>(&self, py: Python<'py>, values: Values<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, make_many(self.inner.clone(), owned(values)?))
    }

    fn edit_async<'py>(
        &self,
        py: Python<'py>,
        keys: Vec<String>,
        late: usize,
        change: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, edit(self.inner.clone(), keys, late, change))
    }

    fn delete_many_async<'py>(&self, py: Python<'py>, keys: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, delete_many(self.inner.clone(), keys))
    }

    fn sizes_async<'py>(&self, py: Python<'py>, keys: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, sizes(self.inner.clone(), keys))
    }

    fn total_async<'py>(&self, py: Python<'py>, prefix: String) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, total(self.inner.clone(), prefix))
    }

    fn list_dirs_async<'py>(&self, py: Python<'py>, prefixes: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, list_dirs(self.inner.clone(), prefixes))
    }

    fn delete_async<'py>(&self, py: Python<'py>, key: String) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, delete(self.inner.clone(), key))
    }

    fn delete_prefix_async<'py>(&self, py: Python<'py>, prefix: String) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, delete_prefix(self.inner.clone(), prefix))
    }

    fn exists_async<'py>(&self, py: Python<'py>, key: String) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, exists(self.inner.clone(), key))
    }

    fn size_async<'py>(&self, py: Python<'py>, key: String) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, size(self.inner.clone(), key))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list_async<'py>(&self, py: Python<'py>, prefix: &str) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, list(self.inner.clone(), prefix.to_owned()))
    }

    #[pyo3(signature = (prefix = ""))]
    fn list_dir_async<'py>(&self, py: Python<'py>, prefix: &str) -> PyResult<Bound<'py, PyAny>> {
        self.later(py, list_dir(self.inner.clone(), prefix.to_owned()))
    }
}
