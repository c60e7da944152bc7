//! What must hold still while the process forks.
//!
//! A child of `fork` has only the forking thread. Whatever lock another thread held stays locked in the child, so the
//! short critical sections of memory stores and of the HTTP clients in common share a gate that is shut around a fork.
//! Runtimes, pools and lock tables need no gate: they are keyed by process (`runtime.rs`) and a child builds its own.

use std::cell::RefCell;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static GATE: RwLock<()> = RwLock::new(());

thread_local! {
    static SHUT: RefCell<Option<RwLockWriteGuard<'static, ()>>> = const { RefCell::new(None) };
}

/// Call before a fork, on the forking thread: waits until no memory store is in the middle of a change.
pub fn prepare() {
    let guard = GATE.write().unwrap_or_else(PoisonError::into_inner);
    SHUT.with_borrow_mut(|slot| *slot = Some(guard));
}

/// Call after a fork, on the same thread, in the parent and in the child.
pub fn release() {
    SHUT.with_borrow_mut(Option::take);
}

/// Holds off forks for as long as the answer lives.
pub fn pass() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}
