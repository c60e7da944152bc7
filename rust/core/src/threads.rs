//! Threads that may block, for stores whose calls do.
//!
//! A store that is written in Python may itself call the engine, and holds its thread until it has the answer. So of the
//! threads that may wait for others there are only so many, and there is always one left for those that they wait for:
//! a call waits for its parts, both wait for what the store asks the engine for, and nobody waits for one that came before.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, ErrorKind, Result};
use crate::under::Under;

/// Calls and workers of jobs at once, and as many parts of calls.
const MOST: usize = 512;

/// Threads at once, of which what stores ask for has all but those: what it asks for in turn would have to hold up the rest.
pub(crate) const ALL: usize = 1 << 14;

/// Who may have a thread.
pub(crate) struct Threads {
    calls: Arc<Semaphore>,
    parts: Arc<Semaphore>,
}

/// What a thread is for.
#[derive(Clone, Copy)]
pub(crate) enum For {
    /// A call, or a worker of a job.
    Call,
    /// A part of a call that waits for it.
    Part,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self { calls: Arc::new(Semaphore::new(MOST)), parts: Arc::new(Semaphore::new(MOST)) }
    }

    /// Leave to take a thread, at once where there is one; work that others wait for always has it.
    fn leave(&self, what: For, under: Under) -> Leave {
        let free = match what {
            For::Call => &self.calls,
            For::Part => &self.parts,
        };
        let needed = u32::from(!under.is_nested());
        match free.clone().try_acquire_many_owned(needed) {
            Ok(permit) => Leave::Now(permit),
            Err(_) => Leave::Later(free.clone()),
        }
    }

    /// Starts work on a thread.
    pub(crate) fn start(&self, tokio: &Handle, under: Under, work: impl FnOnce() + Send + 'static) {
        match self.leave(For::Call, under) {
            Leave::Now(permit) => drop(tokio.spawn_blocking(move || under.work(|| with(permit, work)))),
            Leave::Later(free) => {
                let threads = tokio.clone();
                tokio.spawn(async move {
                    // The semaphore is never closed.
                    if let Ok(permit) = free.acquire_owned().await {
                        threads.spawn_blocking(move || under.work(|| with(permit, work)));
                    }
                });
            }
        }
    }

    /// Does work on a thread and waits for its end as a future.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        tokio: &Handle,
        what: For,
        under: Under,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = match self.leave(what, under) {
            Leave::Now(permit) => permit,
            Leave::Later(free) => free.acquire_owned().await.map_err(|_| shut_down())?,
        };
        tokio.spawn_blocking(move || under.work(|| with(permit, work))).await.map_err(|_| shut_down())?
    }
}

enum Leave {
    Now(OwnedSemaphorePermit),
    Later(Arc<Semaphore>),
}

fn with<T>(permit: OwnedSemaphorePermit, work: impl FnOnce() -> T) -> T {
    let done = work();
    drop(permit);
    done
}

/// What work fails with that the end of the process has cut off.
pub(crate) fn shut_down() -> Error {
    Error::new(ErrorKind::Cancelled, "the runtime is shutting down")
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::runtime::{call_async, current, part_async};
    use crate::stores::{Mode, Pending};

    const BLOCKING: Mode = Mode::Blocking { threads: Some(8) };

    /// As a store does whose calls ask the engine for something, from the thread of a loop, and wait for it.
    fn asks() -> Pending<'static, ()> {
        Box::pin(async {
            let asked = Under::Loop.work(|| Under::awaited(call_async(BLOCKING, Box::pin(async { Ok(()) }))));
            let task = current()?.handle().spawn(asked);
            task.await.map_err(|_| shut_down())?
        })
    }

    #[test]
    fn calls_that_wait_for_other_calls_do_not_take_all_threads() {
        let threads = current().unwrap().handle();
        let calls: Vec<_> = (0..3 * MOST)
            .map(|_| {
                let parts = async {
                    let parts = (0..3).map(|_| part_async(BLOCKING, asks()));
                    futures::future::try_join_all(parts).await.map(drop)
                };
                threads.spawn(call_async(BLOCKING, Box::pin(parts)))
            })
            .collect();
        for call in calls {
            block_on(call).unwrap().unwrap();
        }
    }
}
