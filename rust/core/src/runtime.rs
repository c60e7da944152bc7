//! The one tokio runtime, the one CPU pool, the limits, and the single place that runs tasks. Nobody else spawns.
//!
//! Everything here is keyed by process id and made on first use: a forked child finds the parent's id and builds its own, and
//! never touches threads or locks that stayed behind.
//!
//! Two drivers for one body of work. A blocking store's tasks are pulled by plain worker threads, each polling its task to
//! the end. (Not rayon: a rayon thread that waits steals other tasks, and would then wait for a lock that it holds itself.)
//! A network store's tasks are tasks of tokio, as many at once as the request budget allows; what they compute goes to the
//! blocking pool, unless it is no more than a copy.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use pollster::block_on;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use crate::error::{Error, ErrorKind, Result};
use crate::locks::{Guard, Locks};
use crate::room::{self, Room};
use crate::stores::{Mode, Pending};
use crate::threads::{self, For, Threads, shut_down};
use crate::under::Under;

/// Jobs that touch no more than this stay on the calling thread: waking a worker costs about as much as decoding
/// 64 KiB of zstd (measured: 20 to 50 µs on the machines at hand).
const INLINE_BYTES: usize = 64 << 10;

/// A single task has nobody to share with; it stays on the calling thread until it is long enough to be interrupted.
const INLINE_SINGLE_BYTES: usize = 1 << 20;

/// The most tasks that a worker takes at once. Neighbours share a folder, and two threads that create files in one folder
/// wait for each other in the kernel.
const MOST_AT_ONCE: u64 = 16;

/// A worker comes back for tasks at least this often, so that none is left with much to do at the end.
const ROUNDS: u64 = 64;

/// How often a waiting caller looks for signals.
const WATCH: Duration = Duration::from_millis(25);

/// How long an interrupted caller waits for tasks in flight to reach the end of their chunk.
const GRACE: Duration = Duration::from_millis(400);

/// Requests in flight, where nobody says otherwise.
const DEFAULT_REQUESTS: usize = 128;

static THREADS: AtomicUsize = AtomicUsize::new(0);
/// Requests in flight; 0 where nobody has said.
static REQUESTS: AtomicUsize = AtomicUsize::new(0);
static CURRENT: AtomicPtr<Runtime> = AtomicPtr::new(std::ptr::null_mut());

/// The threads, limits and locks of one process.
pub struct Runtime {
    process: u32,
    tokio: tokio::runtime::Runtime,
    pool: rayon::ThreadPool,
    requests: Budget,
    room: Room,
    codecs: Arc<Semaphore>,
    threads: Threads,
    locks: Locks,
}

/// Sets the limits of the process, none for the defaults: codec threads (as many as cores) and what is waited for at once,
/// requests and calls of a store of the user's, and bytes of chunks on their way over a network. Codec threads that run
/// already stay as many.
pub fn configure(threads: Option<usize>, requests: Option<usize>, bytes: Option<usize>) {
    THREADS.store(threads.unwrap_or(0), Ordering::Relaxed);
    REQUESTS.store(requests.map_or(0, |requests| requests.max(1)), Ordering::Relaxed);
    room::configure(bytes);
    if let Some(runtime) = running() {
        runtime.room.renew();
        runtime.requests.resize(at_once(DEFAULT_REQUESTS));
    }
}

/// What is waited for at once: what was set, or what is usual.
pub fn at_once(usual: usize) -> usize {
    match REQUESTS.load(Ordering::Relaxed) {
        0 => usual,
        set => set,
    }
}

/// Threads that decode and encode at once.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        set => set,
    }
}

/// The runtime of this process, if there is one.
fn running() -> Option<&'static Runtime> {
    // SAFETY: the pointer is null or comes from `Box::leak` below, so it stays valid for the life of the process.
    unsafe { CURRENT.load(Ordering::Acquire).as_ref() }.filter(|runtime| runtime.process == std::process::id())
}

/// The runtime of this process, made on first use.
pub fn current() -> Result<&'static Runtime> {
    if let Some(runtime) = running() {
        return Ok(runtime);
    }
    let found = CURRENT.load(Ordering::Acquire);
    // Leaked on purpose: its threads may outlive every handle, and a forked child must not tear the parent's down.
    let made: *mut Runtime = Box::leak(Box::new(Runtime::new()?));
    match CURRENT.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: just leaked, or leaked by the thread that won.
        Ok(_) => Ok(unsafe { &*made }),
        Err(_) => current(),
    }
}

/// How many of something there may be at once, which can change meanwhile.
struct Budget {
    permits: Semaphore,
    size: AtomicUsize,
    /// Permits that are held and were taken out of the budget: they do not come back.
    debt: AtomicUsize,
}

/// One of a budget, for as long as it lives.
struct Held<'a> {
    debt: &'a AtomicUsize,
    permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let owed = self.debt.fetch_update(Ordering::AcqRel, Ordering::Acquire, |debt| debt.checked_sub(1)).is_ok();
        if owed && let Some(permit) = self.permit.take() {
            permit.forget();
        }
    }
}

impl Budget {
    fn new(size: usize) -> Self {
        Self { permits: Semaphore::new(size), size: AtomicUsize::new(size), debt: AtomicUsize::new(0) }
    }

    async fn hold(&self) -> Result<Held<'_>> {
        let permit = self.permits.acquire().await.map_err(|_| shut_down())?;
        Ok(Held { debt: &self.debt, permit: Some(permit) })
    }

    fn resize(&self, size: usize) {
        let former = self.size.swap(size, Ordering::AcqRel);
        if size < former {
            let at_once = self.permits.forget_permits(former - size);
            self.debt.fetch_add(former - size - at_once, Ordering::AcqRel);
            return;
        }
        let forgive = |debt: usize| Some(debt.saturating_sub(size - former));
        let owed = self.debt.fetch_update(Ordering::AcqRel, Ordering::Acquire, forgive).unwrap_or_else(|debt| debt);
        self.permits.add_permits((size - former).saturating_sub(owed));
    }
}

impl Runtime {
    fn new() -> Result<Self> {
        let failed = |e: &dyn std::fmt::Display| Error::new(ErrorKind::Store, format!("cannot start threads: {e}"));
        let threads = threads();
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.clamp(1, 4))
            .max_blocking_threads(threads::ALL)
            .thread_name("zarrust-io")
            .thread_keep_alive(Duration::from_secs(60))
            .enable_all()
            .build()
            .map_err(|e| failed(&e))?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("zarrust-codec-{i}"))
            .start_handler(|_| Under::Job.mark())
            .build()
            .map_err(|e| failed(&e))?;
        Ok(Self {
            process: std::process::id(),
            tokio,
            pool,
            requests: Budget::new(at_once(DEFAULT_REQUESTS)),
            room: Room::new(),
            codecs: Arc::new(Semaphore::new(threads)),
            threads: Threads::new(),
            locks: Locks::default(),
        })
    }

    /// The handle of the tokio runtime, for bindings that complete futures of their own.
    pub fn handle(&self) -> &tokio::runtime::Handle {
        self.tokio.handle()
    }

    /// Waits for the object `key` of the store `identity`, which nobody else in the process changes in parts meanwhile.
    pub async fn lock(&self, identity: &str, key: &str) -> Guard {
        self.locks.lock(identity, key).await
    }

    /// Runs a request within the process-wide budget of requests in flight.
    pub async fn request<T>(&self, request: Pending<'_, T>) -> Result<T> {
        let _held = self.requests.hold().await?;
        request.await
    }

    /// Room for a chunk's bytes, held while they are in memory. Who holds it waits for a request or a codec thread, never for
    /// a lock or for more room.
    pub async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let bytes = if Under::task().is_nested() { 0 } else { bytes };
        self.room.hold(bytes).await.ok_or_else(shut_down)
    }

    /// Runs CPU work for a task of a network store on a thread that may block.
    pub async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let under = Under::task();
        let permits = if under.is_nested() { 0 } else { 1 };
        let permit = self.codecs.clone().acquire_many_owned(permits).await.map_err(|_| shut_down())?;
        let handle = self.tokio.spawn_blocking(move || {
            let _permit = permit;
            under.work(|| guarded(work))
        });
        handle.await.map_err(|_| shut_down())?
    }

    /// Runs `work` for 0 to before `count` on the codec threads. The work takes no locks, so stealing is safe. Nested work
    /// stays on its thread: the others may be waiting for it.
    pub fn parallel(&self, count: u64, work: impl Fn(u64) -> Result<()> + Send + Sync) -> Result<()> {
        use rayon::prelude::*;
        if count <= 1 || self.pool.current_num_threads() == 1 || Under::here().is_nested() {
            return (0..count).try_for_each(work);
        }
        self.pool.install(|| (0..count).into_par_iter().try_for_each(work))
    }
}

/// Turns a panic into an error, so that none crosses into a caller.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(defect(&*panic)))
}

/// The same for a future: without it a task that panics looks like one that the end of the process cut off.
pub async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(defect(&*panic)))
}

fn defect(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Error::new(ErrorKind::Internal, format!("defect in the core: {}", text.unwrap_or("no message")))
}

/// A read or a write, as numbered tasks that are independent of each other.
pub trait Job: Send + Sync + 'static {
    /// Number of tasks.
    fn len(&self) -> u64;

    /// Whether there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the store behaves.
    fn mode(&self) -> Mode;

    /// Bytes of the caller's memory in all, to judge whether threads pay.
    fn bytes(&self) -> usize;

    /// Set when nobody waits for the job any more, or one of its tasks failed; long tasks look at it between their parts.
    fn stop(&self) -> &AtomicBool;

    /// One task.
    fn run(self: Arc<Self>, task: u64) -> Pending<'static, ()>;

    /// Judges the whole when all tasks have succeeded.
    fn close(&self) -> Result<()> {
        Ok(())
    }
}

type Done = Box<dyn FnOnce(Result<()>) + Send>;

/// A job under way.
struct State {
    job: Arc<dyn Job>,
    under: Under,
    next: AtomicU64,
    /// Tasks that a worker takes at once.
    at_once: u64,
    workers: AtomicUsize,
    error: Mutex<Option<Error>>,
    done: Mutex<Option<Done>>,
}

impl State {
    fn fail(&self, error: Error) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.job.stop().store(true, Ordering::Relaxed);
    }

    fn finish(&self) {
        let outcome = match self.error.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => self.job.close(),
        };
        if let Some(done) = self.done.lock().unwrap_or_else(PoisonError::into_inner).take() {
            done(outcome);
        }
    }

    /// Takes tasks until none is left or somebody failed; the last worker to leave reports.
    fn work(&self) {
        let count = self.job.len();
        'all: loop {
            let first = self.next.fetch_add(self.at_once, Ordering::Relaxed);
            if first >= count {
                break;
            }
            for task in first..count.min(first + self.at_once) {
                if self.job.stop().load(Ordering::Relaxed) {
                    break 'all;
                }
                if let Err(error) = guarded(|| block_on(self.job.clone().run(task))) {
                    self.fail(error);
                }
            }
        }
        if self.workers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.finish();
        }
    }

    /// Each task of a network store is one of tokio's own, so that bodies are signed, gathered and copied on all of its
    /// threads.
    async fn work_async(self: Arc<Self>) {
        let at_once = at_once(DEFAULT_REQUESTS);
        let (mut tasks, mut running) = (0..self.job.len(), JoinSet::new());
        loop {
            while running.len() < at_once
                && let Some(task) = tasks.next()
            {
                let job = self.job.clone();
                running.spawn(self.under.task_of(caught(async move { job.run(task).await })));
            }
            let Some(outcome) = running.join_next().await else { break };
            if let Err(error) = outcome.unwrap_or_else(|_| Err(shut_down())) {
                self.fail(error);
            }
            if self.job.stop().load(Ordering::Relaxed) {
                break;
            }
        }
        // What is cut off lets go of its locks before anybody hears of the end.
        running.shutdown().await;
        self.finish();
    }
}

/// Starts a job on the threads that fit its store; `done` is called once, from one of them.
fn start(job: Arc<dyn Job>, under: Under, done: Done) -> Result<Arc<State>> {
    let runtime = current()?;
    let mode = job.mode();
    let workers = match mode {
        Mode::Blocking { threads: wanted } => {
            wanted.unwrap_or_else(threads).clamp(1, usize::try_from(job.len()).unwrap_or(usize::MAX).max(1))
        }
        Mode::Network => 1,
    };
    let state = Arc::new(State {
        at_once: (job.len() / (workers as u64 * ROUNDS)).clamp(1, MOST_AT_ONCE),
        job,
        under,
        next: AtomicU64::new(0),
        workers: AtomicUsize::new(workers),
        error: Mutex::new(None),
        done: Mutex::new(Some(done)),
    });
    if mode == Mode::Network {
        runtime.tokio.spawn(state.clone().work_async());
    } else {
        for _ in 0..workers {
            let state = state.clone();
            runtime.threads.start(runtime.tokio.handle(), under, move || state.work());
        }
    }
    Ok(state)
}

/// Runs a job to its end. `watch` is called now and then on the calling thread; its error stops the job at chunk bounds.
pub fn run<E: From<Error>>(job: Arc<dyn Job>, mut watch: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    if job.is_empty() {
        return Ok(());
    }
    let inline = if job.len() == 1 { INLINE_SINGLE_BYTES } else { INLINE_BYTES };
    // A store that names its threads waits for something, however few the bytes; only a single task gains nothing from them.
    let waits = match job.mode() {
        Mode::Network => true,
        Mode::Blocking { threads } => threads.is_some_and(|threads| threads > 1) && job.len() > 1,
    };
    if !waits && job.bytes() <= inline {
        Under::job().work(|| (0..job.len()).try_for_each(|task| guarded(|| block_on(job.clone().run(task)))))?;
        return Ok(job.close()?);
    }
    let (sender, receiver) = channel();
    // The receiver is gone only when the caller was interrupted and has stopped listening.
    let state = start(job, Under::job(), Box::new(move |outcome| drop(sender.send(outcome))))?;
    loop {
        match receiver.recv_timeout(WATCH) {
            Ok(outcome) => return Ok(outcome?),
            Err(RecvTimeoutError::Disconnected) => return Err(shut_down().into()),
            Err(RecvTimeoutError::Timeout) => {
                if let Err(interrupt) = watch() {
                    state.job.stop().store(true, Ordering::Relaxed);
                    // Either way the caller is leaving: a task that is still running keeps the memory it uses alive.
                    let _ = receiver.recv_timeout(GRACE);
                    return Err(interrupt);
                }
            }
        }
    }
}

/// Runs a job and waits for it as a future. Dropping the future stops the job at chunk bounds.
pub async fn run_async(job: Arc<dyn Job>) -> Result<()> {
    struct StopOnDrop(Arc<State>);
    impl Drop for StopOnDrop {
        fn drop(&mut self) {
            self.0.job.stop().store(true, Ordering::Relaxed);
        }
    }
    if job.is_empty() {
        return Ok(());
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let _stop = StopOnDrop(start(job, Under::task(), Box::new(move |outcome| drop(sender.send(outcome))))?);
    receiver.await.map_err(|_| shut_down())?
}

/// Runs one call of a store to its end, on the thread that fits it; `watch` as in [`run`].
pub fn call<T: Send + 'static, E: From<Error>>(
    mode: Mode,
    call: Pending<'static, T>,
    mut watch: impl FnMut() -> Result<(), E>,
) -> Result<T, E> {
    if mode != Mode::Network {
        return Ok(guarded(|| block_on(call))?);
    }
    let (sender, receiver) = channel();
    let task = current()?.tokio.spawn(async move { drop(sender.send(caught(call).await)) });
    loop {
        match receiver.recv_timeout(WATCH) {
            Ok(outcome) => return Ok(outcome?),
            Err(RecvTimeoutError::Disconnected) => return Err(shut_down().into()),
            Err(RecvTimeoutError::Timeout) => watch().inspect_err(|_| task.abort())?,
        }
    }
}

/// The same as a future. A blocking store's call goes to a thread that may block.
pub async fn call_async<T: Send + 'static>(mode: Mode, call: Pending<'static, T>) -> Result<T> {
    match mode {
        Mode::Network => caught(call).await,
        Mode::Blocking { .. } => on_thread(For::Call, Under::task(), call).await,
    }
}

/// One of several parts of a call that are waited for side by side, by a future of the call's.
pub async fn part_async<T: Send + 'static>(mode: Mode, part: Pending<'static, T>) -> Result<T> {
    match mode {
        Mode::Network => caught(part).await,
        Mode::Blocking { .. } => on_thread(For::Part, Under::part(), part).await,
    }
}

async fn on_thread<T: Send + 'static>(what: For, under: Under, call: Pending<'static, T>) -> Result<T> {
    let runtime = current()?;
    runtime.threads.run(runtime.tokio.handle(), what, under, move || guarded(|| block_on(call))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Faulty(Mode, AtomicBool);

    impl Job for Faulty {
        fn len(&self) -> u64 {
            100
        }

        fn mode(&self) -> Mode {
            self.0
        }

        fn bytes(&self) -> usize {
            usize::MAX
        }

        fn stop(&self) -> &AtomicBool {
            &self.1
        }

        fn run(self: Arc<Self>, task: u64) -> Pending<'static, ()> {
            Box::pin(async move {
                assert!(task != 7, "task {task} is a defect");
                Ok(())
            })
        }
    }

    #[test]
    fn a_budget_shrinks_and_grows_while_it_is_in_use() {
        let budget = Budget::new(4);
        let mut held: Vec<_> = (0..3).map(|_| block_on(budget.hold()).unwrap()).collect();
        budget.resize(1);
        assert_eq!(budget.permits.available_permits(), 0);
        held.truncate(1);
        assert_eq!(budget.permits.available_permits(), 0, "two are over and do not come back");
        held.clear();
        assert_eq!(budget.permits.available_permits(), 1);
        let held = block_on(budget.hold()).unwrap();
        budget.resize(0);
        budget.resize(5);
        assert_eq!(budget.permits.available_permits(), 4, "the one that is held is within the budget again");
        drop(held);
        assert_eq!(budget.permits.available_permits(), 5);
    }

    #[test]
    fn a_panic_becomes_an_error_and_the_next_job_runs() {
        for mode in [Mode::Blocking { threads: None }, Mode::Network] {
            for _ in 0..3 {
                let error = run(Arc::new(Faulty(mode, AtomicBool::new(false))), || Ok::<(), Error>(())).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Internal);
                assert!(error.message().contains("task 7 is a defect"), "{error}");
            }
        }
        let error = guarded::<()>(|| panic!("by itself")).unwrap_err();
        assert!(error.message().contains("by itself"));
    }

    #[test]
    fn a_panic_in_a_call_becomes_an_error() {
        for mode in [Mode::Blocking { threads: None }, Mode::Network] {
            let faulty = || -> Pending<'static, ()> { Box::pin(async { panic!("in a call") }) };
            let waited = call(mode, faulty(), || Ok::<(), Error>(())).unwrap_err();
            let awaited = current().unwrap().tokio.block_on(call_async(mode, faulty())).unwrap_err();
            for error in [waited, awaited] {
                assert_eq!(error.kind(), ErrorKind::Internal);
                assert!(error.message().contains("in a call"), "{error}");
            }
        }
    }
}
