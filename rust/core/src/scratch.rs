//! Buffers that are kept between chunks, so that a large chunk does not fault fresh pages in each time.
//!
//! Each thread keeps a few for itself. What has more than that to give back, as threads do that send what others encoded,
//! leaves it to all.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::thread::LocalKey;

use crate::error::{Error, ErrorKind, Result};

/// Larger buffers are given back to the system at once.
const KEEP_BYTES: usize = 64 << 20;

/// One for encoded and one for decoded bytes, and as many again for a nested shard.
const KEEP_BUFFERS: usize = 4;

type Local = RefCell<Vec<Vec<u8>>>;

thread_local! {
    static SIZED: Local = const { RefCell::new(Vec::new()) };
    static APPENDED: Local = const { RefCell::new(Vec::new()) };
}

static SPARE_SIZED: Mutex<Spare> = Mutex::new(Spare { bytes: 0, buffers: Vec::new() });
static SPARE_APPENDED: Mutex<Spare> = Mutex::new(Spare { bytes: 0, buffers: Vec::new() });

/// Buffers that any thread may take, together no more than [`KEEP_BYTES`].
struct Spare {
    bytes: usize,
    buffers: Vec<Vec<u8>>,
}

/// A buffer of this thread's, or one that another left.
fn take(own: &'static LocalKey<Local>, spare: &Mutex<Spare>) -> Vec<u8> {
    if let Some(buffer) = own.with_borrow_mut(Vec::pop) {
        return buffer;
    }
    // Nobody waits here, not even for a thread that a fork has left behind in the parent.
    let Ok(mut spare) = spare.try_lock() else { return Vec::new() };
    let buffer = spare.buffers.pop().unwrap_or_default();
    spare.bytes -= buffer.capacity();
    buffer
}

/// Puts a buffer back for this thread's next chunk, or for that of any.
fn keep(own: &'static LocalKey<Local>, spare: &Mutex<Spare>, buffer: Vec<u8>) {
    let capacity = buffer.capacity();
    if !(1..=KEEP_BYTES).contains(&capacity) {
        return;
    }
    let left = own.try_with(|free| {
        let mut free = free.borrow_mut();
        if free.len() < KEEP_BUFFERS {
            free.push(buffer);
            return None;
        }
        Some(buffer)
    });
    // A thread that is ending has no stock any more; the buffer is freed then.
    if let Ok(Some(buffer)) = left
        && let Ok(mut spare) = spare.try_lock()
        && spare.bytes + capacity <= KEEP_BYTES
    {
        spare.bytes += capacity;
        spare.buffers.push(buffer);
    }
}

/// Asks for long memory to be given in large pages: each page is a fault when it is first touched.
#[cfg(target_os = "linux")]
fn use_huge_pages(buffer: &Vec<u8>) {
    const HUGE: usize = 2 << 20;
    let start = buffer.as_ptr();
    let before = start.align_offset(HUGE);
    let length = buffer.capacity().saturating_sub(before) / HUGE * HUGE;
    if length > 0 {
        // SAFETY: the range lies in the buffer's own memory, and the advice changes none of its bytes. A refusal changes
        // nothing at all.
        unsafe { libc::madvise(start.add(before).cast_mut().cast(), length, libc::MADV_HUGEPAGE) };
    }
}

/// Other systems choose by themselves.
#[cfg(not(target_os = "linux"))]
fn use_huge_pages(_buffer: &[u8]) {}

/// A buffer on loan from the thread's stock.
pub struct Scratch {
    /// As long as it ever was, so that only growth is zeroed.
    buffer: Vec<u8>,
    length: usize,
}

impl Scratch {
    /// A buffer of exactly `length` bytes, whose content is arbitrary.
    pub fn sized(length: usize) -> Result<Self> {
        let mut buffer = take(&SIZED, &SPARE_SIZED);
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

impl AsRef<[u8]> for Scratch {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        keep(&SIZED, &SPARE_SIZED, std::mem::take(&mut self.buffer));
    }
}

/// An empty buffer to append to, with the room that an earlier chunk needed.
pub struct Output(Vec<u8>);

impl Output {
    /// Takes one from the stock.
    pub fn take() -> Self {
        Self(take(&APPENDED, &SPARE_APPENDED))
    }

    /// Takes one with room for `length` bytes; none when there is no memory for them.
    pub fn with_room(length: usize) -> Option<Self> {
        let mut buffer = take(&APPENDED, &SPARE_APPENDED);
        buffer.try_reserve_exact(length).ok()?;
        use_huge_pages(&buffer);
        Some(Self(buffer))
    }
}

impl AsRef<[u8]> for Output {
    fn as_ref(&self) -> &[u8] {
        &self.0
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
        keep(&APPENDED, &SPARE_APPENDED, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static OWN: Local = const { RefCell::new(Vec::new()) };
    }
    static LEFT: Mutex<Spare> = Mutex::new(Spare { bytes: 0, buffers: Vec::new() });

    #[test]
    fn long_buffers_hold_what_is_put_there() {
        for length in [0, 1, (2 << 20) - 1, 9 << 20] {
            let mut buffer = Output::with_room(length).unwrap();
            assert!(buffer.capacity() >= length);
            buffer.extend((0..length).map(|i| i as u8));
            assert!(buffer.iter().enumerate().all(|(i, byte)| *byte == i as u8));
        }
        assert!(Output::with_room(usize::MAX).is_none());
    }

    #[test]
    fn what_a_thread_has_no_room_for_is_anybodys() {
        let give = || (0..KEEP_BUFFERS + 2).for_each(|_| keep(&OWN, &LEFT, Vec::with_capacity(1 << 20)));
        std::thread::spawn(give).join().unwrap();
        let found: Vec<usize> = (0..3).map(|_| take(&OWN, &LEFT).capacity()).collect();
        assert_eq!(found, [1 << 20, 1 << 20, 0]);
        assert_eq!(LEFT.lock().unwrap().bytes, 0);
    }
}
