//! The calls into the C library, which checks nothing: each has its bounds checked here.

use std::ffi::c_void;
use std::ptr::NonNull;

use zfp_sys as sys;

use super::stream::{Params, Scalar};
use crate::error::{Error, ErrorKind, Result};

/// What buffers of words are aligned to.
pub const ALIGNMENT: usize = 8;
/// Bytes that zfp reads and writes at once.
const WORD: usize = 8;
/// The most that a header has, in bits and in bytes of whole words.
const HEADER_BITS: u64 = 148;
const HEADER: usize = 24;

/// Numbers on 1 to 4 axes, the fastest one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    scalar: Scalar,
    /// 0 behind the last axis.
    lengths: [usize; 4],
}

impl Field {
    /// Of a chunk in C order; none where it has no elements, or more axes than zfp.
    pub fn new(scalar: Scalar, shape: &[u64]) -> Option<Self> {
        let mut lengths = [0; 4];
        lengths[0] = 1;
        if shape.len() > lengths.len() {
            return None;
        }
        for (length, axis) in lengths.iter_mut().zip(shape.iter().rev()) {
            *length = usize::try_from(*axis).ok().filter(|length| *length > 0)?;
        }
        let field = Self { scalar, lengths };
        field.bytes().map(|_| field)
    }

    pub fn scalar(&self) -> Scalar {
        self.scalar
    }

    fn axes(&self) -> impl Iterator<Item = usize> {
        self.lengths.into_iter().filter(|length| *length > 0)
    }

    pub fn dimensions(&self) -> u32 {
        self.axes().count() as u32
    }

    /// Whether a header, which has 48 bits for all lengths, can say them.
    pub fn fits_header(&self) -> bool {
        let bits = 48 / self.dimensions();
        self.axes().all(|length| (length - 1) as u64 >> bits == 0)
    }

    /// Bytes of all numbers, none if no memory has them.
    pub fn bytes(&self) -> Option<usize> {
        self.axes().try_fold(self.scalar.size(), usize::checked_mul).filter(|bytes| isize::try_from(*bytes).is_ok())
    }

    /// Whether a buffer holds the numbers, and lies where they can.
    pub fn takes(&self, numbers: &[u8]) -> bool {
        self.bytes() == Some(numbers.len()) && numbers.as_ptr().align_offset(self.scalar.size()) == 0
    }

    fn blocks(&self) -> u64 {
        self.axes().fold(1, |blocks, length| blocks.saturating_mul(length.div_ceil(4) as u64))
    }

    /// The most bytes of a stream.
    pub fn most_bytes(&self, params: &Params) -> Result<usize> {
        let most = u64::from(params.most(self.scalar, self.dimensions()));
        in_words(self.blocks().saturating_mul(most).saturating_add(HEADER_BITS))
    }

    /// How far zfp may read when `length` bytes, whatever they are, are followed by zeros.
    ///
    /// The block in which the bytes end takes the most that one can take; those after it see nothing but zeros.
    pub fn room(&self, params: &Params, start: u64, length: usize) -> Result<usize> {
        let most = u64::from(params.most(self.scalar, self.dimensions()));
        let behind = self.blocks().saturating_mul(u64::from(params.least(self.scalar))).saturating_add(most);
        let needed = (length as u64).saturating_mul(8).max(start).saturating_add(behind);
        Ok(in_words(needed)?.min(self.most_bytes(params)?))
    }
}

/// Whole words for so many bits, and one more, which is fetched early where a block skips to its end.
fn in_words(bits: u64) -> Result<usize> {
    let words = bits.div_ceil(8 * WORD as u64) + 1;
    usize::try_from(words)
        .ok()
        .and_then(|words| words.checked_mul(WORD))
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .ok_or_else(|| Error::new(ErrorKind::Memory, "zfp: a chunk has more bits than memory"))
}

fn zfp_type(scalar: Scalar) -> sys::zfp_type {
    match scalar {
        Scalar::Int32 => sys::zfp_type_zfp_type_int32,
        Scalar::Int64 => sys::zfp_type_zfp_type_int64,
        Scalar::Float32 => sys::zfp_type_zfp_type_float,
        Scalar::Float64 => sys::zfp_type_zfp_type_double,
    }
}

fn scalar(of: sys::zfp_type) -> Option<Scalar> {
    [Scalar::Int32, Scalar::Int64, Scalar::Float32, Scalar::Float64].into_iter().find(|scalar| zfp_type(*scalar) == of)
}

/// The library's objects for one pass over one buffer, which must outlive them.
struct Pass {
    bits: NonNull<sys::bitstream>,
    stream: NonNull<sys::zfp_stream>,
    field: NonNull<sys::zfp_field>,
}

impl Pass {
    /// Takes a buffer of words, which are written only if zfp compresses.
    fn open(buffer: *mut u8, length: usize) -> Result<Self> {
        let none = || Error::new(ErrorKind::Memory, "zfp: no memory for a stream");
        // SAFETY: nothing is read yet; each object is freed by `drop`, or here where a later one cannot be had.
        unsafe {
            let bits = NonNull::new(sys::stream_open(buffer.cast(), length)).ok_or_else(none)?;
            let stream = NonNull::new(sys::zfp_stream_open(bits.as_ptr()));
            let field = NonNull::new(sys::zfp_field_alloc());
            if let (Some(stream), Some(field)) = (stream, field) {
                return Ok(Self { bits, stream, field });
            }
            if let Some(stream) = stream {
                sys::zfp_stream_close(stream.as_ptr());
            }
            if let Some(field) = field {
                sys::zfp_field_free(field.as_ptr());
            }
            sys::stream_close(bits.as_ptr());
        }
        Err(none())
    }

    /// Says what is compressed, how, and where it lies.
    fn set(&mut self, field: &Field, params: &Params, numbers: *mut u8) -> Result<()> {
        let Params { minbits, maxbits, maxprec, minexp } = *params;
        let [nx, ny, nz, nw] = field.lengths;
        // SAFETY: both objects are alive and nobody else's; the numbers are not looked at yet.
        let is_set = unsafe {
            let to = self.field.as_mut();
            to.type_ = zfp_type(field.scalar);
            (to.nx, to.ny, to.nz, to.nw) = (nx, ny, nz, nw);
            (to.sx, to.sy, to.sz, to.sw) = (0, 0, 0, 0);
            to.data = numbers.cast::<c_void>();
            sys::zfp_stream_set_params(self.stream.as_ptr(), minbits, maxbits, maxprec, minexp)
        };
        if is_set == 0 { Err(Error::metadata("zfp: no stream has these parameters")) } else { Ok(()) }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // SAFETY: the three came from the library and are freed once; none frees the buffer or the numbers.
        unsafe {
            sys::zfp_field_free(self.field.as_ptr());
            sys::zfp_stream_close(self.stream.as_ptr());
            sys::stream_close(self.bits.as_ptr());
        }
    }
}

/// Refuses buffers that are not as long as they must be, or lie where numbers and words cannot.
fn check(field: &Field, numbers: &[u8], stream: &[u8], length: usize) -> Result<()> {
    if field.takes(numbers) && stream.len() >= length && stream.as_ptr().align_offset(ALIGNMENT) == 0 {
        return Ok(());
    }
    let (numbers, stream) = (numbers.len(), stream.len());
    Err(Error::new(ErrorKind::Internal, format!("zfp: {numbers} and {stream} bytes, expected {length} of a stream")))
}

/// What a stream with a header says of itself, and the bits of that; none where it is no header.
pub fn read_header(encoded: &[u8]) -> Option<(Field, Params, u64)> {
    let mut start = [0_u64; HEADER / WORD];
    for (word, bytes) in start.iter_mut().zip(encoded.chunks(WORD)) {
        let mut whole = [0; WORD];
        whole[..bytes.len()].copy_from_slice(bytes);
        *word = u64::from_ne_bytes(whole);
    }
    let pass = Pass::open(start.as_mut_ptr().cast(), HEADER).ok()?;
    let mut params = Params { minbits: 0, maxbits: 0, maxprec: 0, minexp: 0 };
    // SAFETY: the longest header ends inside of the three words; the objects are alive and nobody else's.
    let (bits, field) = unsafe {
        let bits = sys::zfp_read_header(pass.stream.as_ptr(), pass.field.as_ptr(), sys::ZFP_HEADER_FULL);
        let Params { minbits, maxbits, maxprec, minexp } = &mut params;
        sys::zfp_stream_params(pass.stream.as_ptr(), minbits, maxbits, maxprec, minexp);
        (bits as u64, *pass.field.as_ref())
    };
    if bits == 0 || bits > encoded.len() as u64 * 8 {
        return None;
    }
    let field = Field { scalar: scalar(field.type_)?, lengths: [field.nx, field.ny, field.nz, field.nw] };
    Some((field, params, bits))
}

/// Compresses into `room`, and returns how many bytes that took.
pub fn compress(field: &Field, params: &Params, has_header: bool, numbers: &[u8], room: &mut [u8]) -> Result<usize> {
    check(field, numbers, room, field.most_bytes(params)?)?;
    let mut pass = Pass::open(room.as_mut_ptr(), room.len())?;
    pass.set(field, params, numbers.as_ptr().cast_mut())?;
    // SAFETY: numbers and room are as long as the field and the parameters, which are sound, ask for, and aligned; they
    // outlive the pass. The numbers are only read.
    let length = unsafe {
        let (stream, field) = (pass.stream.as_ptr(), pass.field.as_ptr());
        if has_header && sys::zfp_write_header(stream, field, sys::ZFP_HEADER_FULL) == 0 {
            return Err(Error::metadata("zfp: the chunk has no header"));
        }
        sys::zfp_compress(stream, field)
    };
    match length {
        0 => Err(Error::new(ErrorKind::Internal, "zfp: nothing was compressed")),
        length => Ok(length),
    }
}

/// Decompresses a stream of `length` bytes that is followed by zeros up to its [`Field::room`], from bit `start` on, and
/// returns how many bytes it took.
pub fn decompress(
    field: &Field,
    params: &Params,
    start: u64,
    length: usize,
    padded: &mut [u8],
    numbers: &mut [u8],
) -> Result<usize> {
    check(field, numbers, padded, field.room(params, start, length)?)?;
    let mut pass = Pass::open(padded.as_mut_ptr(), padded.len())?;
    pass.set(field, params, numbers.as_mut_ptr())?;
    // SAFETY: numbers and stream are as long as the field and the parameters, which are sound, ask for, and aligned; they
    // outlive the pass. The stream is only read, and the place where its numbers start lies in it.
    let used = unsafe {
        sys::stream_rseek(pass.bits.as_ptr(), start as sys::bitstream_offset);
        sys::zfp_decompress(pass.stream.as_ptr(), pass.field.as_ptr())
    };
    match used {
        0 => Err(Error::corrupt("zfp: nothing was decompressed")),
        used => Ok(used),
    }
}
