//! The system's allocator with an observer: how the tests see the memory that a call takes.

use std::alloc::{GlobalAlloc, Layout, System};

/// Tells `0` of every request: the size of the block, and by how many bytes it changes what is in use. The observer must
/// not allocate.
pub struct Observed(pub fn(usize, isize));

impl Observed {
    fn tell(&self, block: usize, more: usize, less: usize) {
        (self.0)(block, more as isize - less as isize);
    }
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Observed {
    // SAFETY: asks of its caller what the trait asks, nothing more.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.tell(layout.size(), layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: asks of its caller what the trait asks, nothing more.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.tell(layout.size(), layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    // SAFETY: asks of its caller what the trait asks, nothing more.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.tell(0, 0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }

    // SAFETY: asks of its caller what the trait asks, nothing more.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.tell(size, size, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }
}
