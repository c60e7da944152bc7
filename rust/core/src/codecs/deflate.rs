//! DEFLATE in the wrappers of gzip and zlib, by libdeflate.
//!
//! The raw interface is used because only it says how much of the input a stream took, which several gzip members in a
//! row and the detection of trailing garbage need.
//!
//! Source: RFC 1951 (DEFLATE); libdeflate.h of libdeflate 1.26.

use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null_mut};

use libdeflate_sys as sys;

use super::BytesCodec;
use super::output::{check_size, decode_within, out_of_memory, reserve, too_long};
use crate::error::{Error, ErrorKind, Result};

/// What differs between the wrappers around a DEFLATE stream.
pub(super) struct Wrapper {
    /// The codec's name in messages.
    pub name: &'static str,
    /// Bytes that start another stream behind the first; none where only one is allowed.
    pub next: Option<&'static [u8]>,
    /// The most bytes that compressing can make.
    pub bound: unsafe extern "C" fn(*mut sys::libdeflate_compressor, usize) -> usize,
    /// Compresses a buffer; 0 when the output does not fit.
    pub compress:
        unsafe extern "C" fn(*mut sys::libdeflate_compressor, *const c_void, usize, *mut c_void, usize) -> usize,
    /// Decompresses one stream; says how much it read and wrote.
    pub decompress: unsafe extern "C" fn(
        *mut sys::libdeflate_decompressor,
        *const c_void,
        usize,
        *mut c_void,
        usize,
        *mut usize,
        *mut usize,
    ) -> sys::libdeflate_result,
}

/// The codec for one wrapper and level.
pub(super) struct Deflate {
    pub wrapper: &'static Wrapper,
    pub level: c_int,
}

thread_local! {
    /// The last compressor of the thread with its level; at most some hundred KiB.
    static COMPRESSOR: Cell<Option<(c_int, Compressor)>> = const { Cell::new(None) };
    static DECOMPRESSOR: Cell<Option<Decompressor>> = const { Cell::new(None) };
}

struct Compressor(NonNull<sys::libdeflate_compressor>);

impl Compressor {
    fn new(level: c_int) -> Option<Self> {
        // SAFETY: the function has no requirements; it answers null for what it cannot make.
        NonNull::new(unsafe { sys::libdeflate_alloc_compressor(level) }).map(Self)
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: `new` made the pointer, and nothing else frees it.
        unsafe { sys::libdeflate_free_compressor(self.0.as_ptr()) };
    }
}

struct Decompressor(NonNull<sys::libdeflate_decompressor>);

impl Decompressor {
    fn new() -> Option<Self> {
        // SAFETY: the function has no requirements; it answers null when there is no memory.
        NonNull::new(unsafe { sys::libdeflate_alloc_decompressor() }).map(Self)
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: `new` made the pointer, and nothing else frees it.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}

impl Deflate {
    /// The most bytes that libdeflate makes at any level.
    fn own_bound(&self, decoded: usize) -> usize {
        // SAFETY: the header allows a null compressor and then bounds all levels.
        unsafe { (self.wrapper.bound)(null_mut(), decoded) }
    }

    /// Decodes all streams into the start of `out`; none when they need more room.
    fn decode_streams(&self, encoded: &[u8], out: &mut [MaybeUninit<u8>]) -> Result<Option<usize>> {
        let name = self.wrapper.name;
        let made = DECOMPRESSOR.take().or_else(Decompressor::new);
        let decompressor = made.ok_or_else(|| out_of_memory(name, 64 << 10))?;
        let mut rest = encoded;
        let mut filled = 0;
        let answer = loop {
            let room = &mut out[filled..];
            let (mut read, mut written) = (0, 0);
            // SAFETY: the pointers and lengths are those of live slices that do not overlap, `room` being exclusive;
            // libdeflate reads and writes inside them only, and the decompressor is this thread's own.
            let result = unsafe {
                (self.wrapper.decompress)(
                    decompressor.0.as_ptr(),
                    rest.as_ptr().cast(),
                    rest.len(),
                    room.as_mut_ptr().cast(),
                    room.len(),
                    &mut read,
                    &mut written,
                )
            };
            match result {
                sys::libdeflate_result_LIBDEFLATE_SUCCESS => {}
                sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => break Ok(None),
                _ => break Err(Error::corrupt(format!("{name}: stream is cut or damaged"))),
            }
            filled += written;
            rest = &rest[read..];
            if rest.is_empty() {
                break Ok(Some(filled));
            }
            if !self.wrapper.next.is_some_and(|start| rest.starts_with(start)) {
                break Err(Error::corrupt(format!("{name}: {} bytes follow the stream", rest.len())));
            }
        };
        DECOMPRESSOR.set(Some(decompressor));
        answer
    }
}

/// DEFLATE without a wrapper, as ZIP archives have it.
static RAW: Wrapper = Wrapper {
    name: "deflate",
    next: None,
    bound: sys::libdeflate_deflate_compress_bound,
    compress: sys::libdeflate_deflate_compress,
    decompress: sys::libdeflate_deflate_decompress_ex,
};

/// Decodes a stream without a wrapper to exactly the bytes of `out`.
pub(crate) fn inflate(encoded: &[u8], out: &mut [u8]) -> Result<()> {
    Deflate { wrapper: &RAW, level: 1 }.decode_into(encoded, out)
}

/// The CRC-32 of gzip and ZIP.
pub(crate) fn crc32(data: &[u8]) -> u32 {
    // SAFETY: pointer and length are those of a live slice.
    unsafe { sys::libdeflate_crc32(0, data.as_ptr().cast(), data.len()) }
}

impl BytesCodec for Deflate {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // Chunks come from other writers too: zlib-ng's fastest level may make 9 bits of 8, and a gzip header may
        // carry a name.
        self.own_bound(decoded).max(decoded.saturating_add(decoded / 8)).saturating_add(1024)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let name = self.wrapper.name;
        reserve(name, out, self.own_bound(decoded.len()))?;
        let kept = COMPRESSOR.take().filter(|(level, _)| *level == self.level);
        let made = kept.map(|(_, compressor)| compressor).or_else(|| Compressor::new(self.level));
        let compressor = made.ok_or_else(|| out_of_memory(name, 1 << 20))?;
        let room = out.spare_capacity_mut();
        // SAFETY: the pointers and lengths are those of live slices that do not overlap, `room` being exclusive;
        // libdeflate reads and writes inside them only, and the compressor is this thread's own.
        let written = unsafe {
            (self.wrapper.compress)(
                compressor.0.as_ptr(),
                decoded.as_ptr().cast(),
                decoded.len(),
                room.as_mut_ptr().cast(),
                room.len(),
            )
        };
        COMPRESSOR.set(Some((self.level, compressor)));
        if written == 0 {
            return Err(Error::new(ErrorKind::Internal, format!("{name}: output is larger than its bound")));
        }
        // SAFETY: libdeflate has written this many bytes into the spare room.
        unsafe { out.set_len(out.len() + written) };
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        let (name, expected) = (self.wrapper.name, out.len());
        // SAFETY: same layout; `decode_streams` only ever stores initialized bytes through it.
        let room = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<MaybeUninit<u8>>(), expected) };
        let found = self.decode_streams(encoded, room)?.ok_or_else(|| too_long(name, expected))?;
        check_size(name, found, expected)
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        let first = encoded.len().saturating_mul(8).max(64 << 10);
        let data = decode_within(self.wrapper.name, first, limit, |out| {
            let filled = self.decode_streams(encoded, out.spare_capacity_mut())?;
            // SAFETY: the decoder has written this many bytes from the start of the empty buffer.
            unsafe { out.set_len(filled.unwrap_or(0)) };
            Ok(filled.is_some())
        })?;
        Ok(Cow::Owned(data))
    }
}
