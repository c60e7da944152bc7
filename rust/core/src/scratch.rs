//! Buffers that worker threads keep between chunks, so that a large chunk does not fault fresh pages in each time.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use crate::error::{Error, ErrorKind, Result};

/// Larger buffers are given back to the system at once.
const KEEP_BYTES: usize = 64 << 20;

/// One for encoded and one for decoded bytes, and as many again for a nested shard.
const KEEP_BUFFERS: usize = 4;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer on loan from the thread's stock.
pub struct Scratch {
    /// As long as it ever was, so that only growth is zeroed.
    buffer: Vec<u8>,
    length: usize,
}

impl Scratch {
    /// A buffer of exactly `length` bytes, whose content is arbitrary.
    pub fn sized(length: usize) -> Result<Self> {
        let mut buffer = FREE.with_borrow_mut(Vec::pop).unwrap_or_default();
        if buffer.len() < length {
            let more = length - buffer.len();
            buffer
                .try_reserve_exact(more)
                .map_err(|_| Error::new(ErrorKind::Memory, format!("no memory for a chunk of {length} bytes")))?;
            buffer.resize(length, 0);
        }
        Ok(Self { buffer, length })
    }
}

impl Deref for Scratch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.length]
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        if (1..=KEEP_BYTES).contains(&buffer.capacity()) {
            // A thread that is ending has no stock any more; the buffer is freed then.
            let _ = FREE.try_with(|free| {
                let mut free = free.borrow_mut();
                if free.len() < KEEP_BUFFERS {
                    free.push(buffer);
                }
            });
        }
    }
}
