//! Buffers that worker threads keep between chunks, so that a large chunk does not fault fresh pages in each time.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

use crate::error::{Error, ErrorKind, Result};

/// Larger buffers are given back to the system at once.
const KEEP_BYTES: usize = 64 << 20;

/// One for encoded and one for decoded bytes, and as many again for a nested shard.
const KEEP_BUFFERS: usize = 4;

thread_local! {
    static SIZED: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static APPENDED: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Puts a buffer back for the thread's next chunk.
fn keep(stock: &'static LocalKey<RefCell<Vec<Vec<u8>>>>, buffer: Vec<u8>) {
    if (1..=KEEP_BYTES).contains(&buffer.capacity()) {
        // A thread that is ending has no stock any more; the buffer is freed then.
        let _ = stock.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < KEEP_BUFFERS {
                free.push(buffer);
            }
        });
    }
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
        let mut buffer = SIZED.with_borrow_mut(Vec::pop).unwrap_or_default();
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
        keep(&SIZED, std::mem::take(&mut self.buffer));
    }
}

/// An empty buffer to append to, with the room that an earlier chunk needed.
pub struct Output(Vec<u8>);

impl Output {
    /// Takes one from the thread's stock.
    pub fn take() -> Self {
        Self(APPENDED.with_borrow_mut(Vec::pop).unwrap_or_default())
    }
}

impl Deref for Output {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Output {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        keep(&APPENDED, buffer);
    }
}
