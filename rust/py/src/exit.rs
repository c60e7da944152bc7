//! The end of the interpreter: a thread that is inside of it then is killed where it stands, and takes the process along.
//!
//! A loop learns of a result from a thread of the engine, and may be through, with its program, before that thread has left
//! the interpreter. So the interpreter's end waits for the threads that are inside, and lets no other in.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// The longest that the end of the interpreter waits: a loop that is not asyncio's may hold a thread up.
const LONGEST: Duration = Duration::from_secs(5);

static INSIDE: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicBool = AtomicBool::new(false);

/// A thread that may be inside the interpreter.
struct Visit;

impl Visit {
    /// None when the interpreter has come to its end.
    fn begin() -> Option<Self> {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        let visit = Self;
        // After the count: whoever ends the interpreter sets the flag first and reads the count then.
        (!ENDED.load(Ordering::SeqCst)).then_some(visit)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
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
        let Some(_visit) = Visit::begin() else {
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
    match Visit::begin() {
        Some(_visit) => work(),
        // Not dropped, as above.
        None => std::mem::forget(work),
    }
}

/// Lets no thread of the engine into the interpreter any more, and waits for those inside.
#[pyfunction]
pub fn at_exit(py: Python<'_>) {
    ENDED.store(true, Ordering::SeqCst);
    let start = Instant::now();
    py.detach(|| {
        while INSIDE.load(Ordering::SeqCst) > 0 && start.elapsed() < LONGEST {
            std::thread::sleep(Duration::from_micros(200));
        }
    });
}

/// In a forked child: the threads that were inside stayed with the parent.
pub fn forget() {
    INSIDE.store(0, Ordering::SeqCst);
}
