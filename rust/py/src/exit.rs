//! The end of the interpreter: a thread that is inside of it then is killed where it stands, and takes the process along.
//!
//! A loop learns of a result from a thread of the engine, and may be through, with its program, before that thread has left
//! the interpreter; daemon threads may be in the middle of a read or write, of which threads of the engine run the user's
//! stores and codecs. So the interpreter's end waits for the threads that are inside, and lets no other in.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use zarrust_core::error::{Error, ErrorKind, Result};

/// The longest that the end of the interpreter waits: a loop that is not asyncio's may hold a thread up.
const LONGEST: Duration = Duration::from_secs(5);

/// A way into the interpreter.
struct Door {
    inside: AtomicUsize,
    closed: AtomicBool,
}

/// Calls of Python code: of users' stores and codecs.
static CALLS: Door = Door::open();

/// Results on their way to a loop. A call may wait for one, so this door is closed after the other.
static RESULTS: Door = Door::open();

thread_local! {
    /// Whether this is the thread that ends the interpreter.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

impl Door {
    const fn open() -> Self {
        Self { inside: AtomicUsize::new(0), closed: AtomicBool::new(false) }
    }

    /// None when the interpreter has come to its end.
    fn enter(&'static self) -> Option<Visit> {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let visit = Visit(self);
        // After the count: whoever closes the door sets the flag first and reads the count then.
        (!self.closed.load(Ordering::SeqCst)).then_some(visit)
    }

    /// Lets nobody in any more, and waits for those inside.
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let start = Instant::now();
        while self.inside.load(Ordering::SeqCst) > 0 && start.elapsed() < LONGEST {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

/// A thread that may be inside the interpreter.
struct Visit(&'static Door);

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A future that enters the interpreter when it is polled; it rests for ever once that has ended.
pub struct Visiting<F>(Option<Pin<Box<F>>>);

impl<F> Visiting<F> {
    pub fn new(future: F) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<F: Future<Output = ()>> Future for Visiting<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(_visit) = RESULTS.enter() else {
            // Not dropped: it holds Python objects, and nobody is left to take them back.
            std::mem::forget(self.0.take());
            return Poll::Pending;
        };
        let Some(future) = self.0.as_mut() else {
            return Poll::Pending;
        };
        let outcome = future.as_mut().poll(context);
        if outcome.is_ready() {
            // Here, still within the visit.
            self.0 = None;
        }
        outcome
    }
}

/// Runs `work` that enters the interpreter, or leaves it alone once that has ended.
pub fn visit(work: impl FnOnce()) {
    match RESULTS.enter() {
        Some(_visit) => work(),
        // Not dropped, as above.
        None => std::mem::forget(work),
    }
}

/// Calls Python code, whichever thread this is. What the code raises comes back as it is, and `failed` says what that means.
pub fn call<T>(failed: impl FnOnce() -> String, work: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
    let visit = CALLS.enter();
    match visit.as_ref().and_then(|_| Python::try_attach(work)) {
        Some(answer) => answer.map_err(|e| Error::foreign(Arc::new(e), failed())),
        None => Err(ended()),
    }
}

/// What a call of Python code fails with that the interpreter's end has refused.
pub fn ended() -> Error {
    Error::new(ErrorKind::Cancelled, "the interpreter is shutting down")
}

/// Keeps an error from a daemon thread once the interpreter is about to end: the thread would write it to a stream that the
/// end may find locked, which Python takes for fatal. Such threads end with the process, here as well as anywhere.
pub fn keep<T, E>(outcome: Result<T, E>) -> Result<T, E> {
    if outcome.is_err() && CALLS.closed.load(Ordering::SeqCst) && !ENDS.get() {
        // Not for ever: somebody may wait for this thread.
        std::thread::sleep(LONGEST);
    }
    outcome
}

/// Lets no thread of the engine into the interpreter any more, and waits for those inside.
#[pyfunction]
pub fn at_exit(py: Python<'_>) {
    ENDS.set(true);
    py.detach(|| {
        CALLS.close();
        RESULTS.close();
    });
}

/// In a forked child: the threads that were inside stayed with the parent.
pub fn forget() {
    for door in [&CALLS, &RESULTS] {
        door.inside.store(0, Ordering::SeqCst);
    }
}
