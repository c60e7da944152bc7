//! How many bytes of chunks may be on their way to and from networks at once, whatever their number.
//!
//! Source: `zarr-python`'s issues about jobs that run out of memory: many large chunks in flight at once are the cause.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is shared out at a time.
const UNIT: usize = 64 << 10;

/// Where nobody says otherwise.
const DEFAULT: usize = 1 << 30;

/// However long chunks are, so many are on their way at once: one that is encoded while others travel.
const FEWEST: usize = 4;

/// Bytes for the process; 0 where nobody has said.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Room for chunks, to be held while their bytes are in memory.
pub(crate) struct Room {
    /// Replaced when the room changes: who waits for more than there is from now on still gets what there was.
    shared: Mutex<Shared>,
}

#[derive(Clone)]
struct Shared {
    free: Arc<Semaphore>,
    units: usize,
}

/// Sets the room that is made from now on, none for the default.
pub(crate) fn configure(bytes: Option<usize>) {
    BYTES.store(bytes.map_or(0, |bytes| bytes.max(1)), Ordering::Relaxed);
}

impl Shared {
    fn new() -> Self {
        let bytes = match BYTES.load(Ordering::Relaxed) {
            0 => DEFAULT,
            set => set,
        };
        let units = bytes.div_ceil(UNIT).clamp(FEWEST, Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), units }
    }
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { shared: Mutex::new(Shared::new()) }
    }

    /// Takes up what was configured.
    pub(crate) fn renew(&self) {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Shared::new();
    }

    /// Room for a chunk of `bytes`; none when the runtime has ended.
    pub(crate) async fn hold(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let Shared { free, units } = self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let wanted = bytes.div_ceil(UNIT).min(units / FEWEST);
        free.acquire_many_owned(u32::try_from(wanted).unwrap_or(u32::MAX)).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use pollster::block_on;

    use super::*;

    #[test]
    fn a_few_chunks_always_fit_and_more_wait() {
        let room = Room { shared: Mutex::new(Shared { free: Arc::new(Semaphore::new(8)), units: 8 }) };
        let mut held: Vec<_> = (0..FEWEST).map(|_| block_on(room.hold(usize::MAX)).unwrap()).collect();
        assert!(room.hold(1).now_or_never().is_none(), "nothing is left");
        assert!(room.hold(0).now_or_never().is_some(), "what takes no room never waits");
        held.pop();
        assert!(room.hold(2 * UNIT).now_or_never().is_some());
        assert!(room.hold(2 * UNIT + 1).now_or_never().is_some(), "no more than its share");
    }

    #[test]
    fn who_waits_while_the_room_shrinks_is_served() {
        let room = Room { shared: Mutex::new(Shared { free: Arc::new(Semaphore::new(400)), units: 400 }) };
        let held: Vec<_> = (0..FEWEST).map(|_| block_on(room.hold(usize::MAX)).unwrap()).collect();
        let mut waiting = Box::pin(room.hold(100 * UNIT));
        assert!(waiting.as_mut().now_or_never().is_none());
        room.renew();
        drop(held);
        assert!(waiting.now_or_never().is_some());
    }
}
