//! Throughput of each codec over bytes, beside its library called directly on the same bytes.
//!
//! `cargo bench -p zarrust-core --bench codecs [NAME]`. The two take turns, in time that the thread ran: what else the machine
//! does falls on both. Of each the fastest turn counts; the ratio is the median over pairs of turns, and 1 is the library's own
//! speed. `SIDE=ours` or `SIDE=library` runs one of them alone, for a tool that counts instructions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on ends")]

use std::ffi::{CStr, c_int};
use std::hint::black_box;
use std::ptr::null_mut;
use std::time::Duration;

use libdeflate_sys as deflate;
use serde_json::{Value, json};
use zarrust_core::Element;
use zarrust_core::codecs::{BYTES_CODECS, BytesCodec, Chunk, Context, PACKED_CODECS};

/// Bytes of a chunk, and of an element.
const SIZE: usize = 1 << 20;
const ITEM: usize = 4;
const TURNS: usize = 31;

/// What the library itself makes of the data, and makes again of that.
struct Direct {
    encode: fn(&[u8], &mut Vec<u8>),
    decode: fn(&[u8], &mut [u8]),
}

/// A name, its configuration, and the library.
type Case = (&'static str, Value, Direct);

fn cases() -> Vec<Case> {
    vec![
        ("gzip", json!({"level": 5}), Direct { encode: gzip, decode: gunzip }),
        ("zlib", json!({"level": 1}), Direct { encode: zlib, decode: unzlib }),
        ("zstd", json!({"level": 0}), Direct { encode: zstd, decode: unzstd }),
        ("zstd", json!({"level": 0, "checksum": true}), Direct { encode: zstd_summed, decode: unzstd }),
        ("blosc", json!({"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 4}), blosc_case(c"lz4")),
        ("blosc", json!({"cname": "zstd", "clevel": 5, "shuffle": "shuffle", "typesize": 4}), blosc_case(c"zstd")),
        ("numcodecs.lz4", json!({}), Direct { encode: lz4, decode: unlz4 }),
        ("numcodecs.bz2", json!({"level": 1}), Direct { encode: bz2, decode: unbz2 }),
        ("numcodecs.lzma", json!({"preset": 1}), Direct { encode: lzma, decode: unlzma }),
        ("crc32c", json!({}), Direct { encode: crc32c, decode: uncrc32c }),
        ("numcodecs.crc32", json!({}), Direct { encode: crc32, decode: uncrc32 }),
        ("numcodecs.adler32", json!({}), Direct { encode: adler32, decode: unadler32 }),
        ("numcodecs.pcodec", json!({}), Direct { encode: pco, decode: unpco }),
    ]
}

/// A smooth field with some noise, as most stored numbers are.
fn data() -> Vec<u8> {
    let mut state = 1_u64;
    let number = |i: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((i as f64 / 1000.0).sin() * 1e5) as i32 + (state >> 60) as i32
    };
    (0..SIZE / ITEM).map(number).flat_map(i32::to_le_bytes).collect()
}

fn thread_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the system writes the time into a place that lives as long as the call.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    assert_eq!(answer, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = thread_time();
    work();
    thread_time() - start
}

/// What a race showed.
struct Race {
    ours: Duration,
    library: Duration,
    ratio: f64,
}

/// Several turns of each, taken alternately.
fn race(mut ours: impl FnMut(), mut library: impl FnMut()) -> Race {
    let side = std::env::var("SIDE").unwrap_or_default();
    if !side.is_empty() {
        (0..TURNS).for_each(|_| if side == "ours" { ours() } else { library() });
        return Race { ours: Duration::MAX, library: Duration::MAX, ratio: f64::NAN };
    }
    // The first turn of each meets memory that is not there yet.
    ours();
    library();
    let mut turns = Vec::new();
    for turn in 0..TURNS {
        turns.push(match turn % 2 {
            0 => (timed(&mut ours), timed(&mut library)),
            _ => {
                let library = timed(&mut library);
                (timed(&mut ours), library)
            }
        });
    }
    let mut ratios: Vec<f64> = turns.iter().map(|(our, other)| other.as_secs_f64() / our.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let fastest = |of: fn(&(Duration, Duration)) -> Duration| turns.iter().map(of).min().unwrap();
    Race { ours: fastest(|turn| turn.0), library: fastest(|turn| turn.1), ratio: ratios[TURNS / 2] }
}

fn build(name: &str, configuration: &Value) -> std::sync::Arc<dyn BytesCodec> {
    let element = Element { swap: ITEM, kind: zarrust_core::Kind::Int, ..Element::bytes(ITEM) };
    if let Some((_, build)) = PACKED_CODECS.iter().find(|(known, _)| *known == name) {
        return build(configuration, &Chunk { shape: vec![(SIZE / ITEM) as u64], element }).unwrap();
    }
    let (_, build) = BYTES_CODECS.iter().find(|(known, _)| *known == name).unwrap();
    build(configuration, Context { element }).unwrap()
}

fn report(title: &str, what: &str, Race { ours, library, ratio }: Race) {
    let speed = |time: Duration| SIZE as f64 / 1e6 / time.as_secs_f64();
    println!("{title:58} {what} {:8.0} MB/s, library {:8.0} MB/s, ratio {ratio:.2}", speed(ours), speed(library));
}

fn main() {
    // cargo passes "--bench".
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let decoded = data();
    for (name, configuration, direct) in cases() {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let codec = build(name, &configuration);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let encode = race(
            || {
                ours.clear();
                codec.encode(black_box(&decoded), &mut ours).unwrap();
            },
            || {
                theirs.clear();
                (direct.encode)(black_box(&decoded), &mut theirs);
            },
        );
        if ours.is_empty() || theirs.is_empty() {
            // One side alone: the other's result is needed to decode it.
            ours.clear();
            theirs.clear();
            codec.encode(&decoded, &mut ours).unwrap();
            (direct.encode)(&decoded, &mut theirs);
        }
        let (mut our, mut their) = (vec![0; SIZE], vec![0; SIZE]);
        let decode = race(
            || codec.decode_into(black_box(&ours), &mut our).unwrap(),
            || (direct.decode)(black_box(&theirs), &mut their),
        );
        if std::env::var_os("SIDE").is_some() {
            continue;
        }
        assert!(our == decoded && their == decoded, "{name}: what was encoded comes back");
        let title = format!("{name} {configuration}");
        report(&title, "encode", encode);
        report(&title, "decode", decode);
    }
}

/// Appends what `write` puts into `room` bytes.
fn append(out: &mut Vec<u8>, room: usize, write: impl FnOnce(*mut u8, usize) -> usize) {
    out.reserve(room);
    let written = write(out.as_mut_ptr().wrapping_add(out.len()), room);
    assert!(written > 0 && written <= room);
    // SAFETY: the library has written so many bytes behind those that were there, into room that was reserved.
    unsafe { out.set_len(out.len() + written) };
}

macro_rules! deflate_pair {
    ($encode:ident, $decode:ident, $level:expr, $bound:ident, $compress:ident, $decompress:ident) => {
        fn $encode(data: &[u8], out: &mut Vec<u8>) {
            // SAFETY: the compressor is made, used and freed here; the room is as large as the library says it must be.
            unsafe {
                let compressor = deflate::libdeflate_alloc_compressor($level);
                let room = deflate::$bound(compressor, data.len());
                append(out, room, |to, room| {
                    deflate::$compress(compressor, data.as_ptr().cast(), data.len(), to.cast(), room)
                });
                deflate::libdeflate_free_compressor(compressor);
            }
        }

        fn $decode(data: &[u8], out: &mut [u8]) {
            // SAFETY: the decompressor is made, used and freed here, and writes no more than `out` has room for.
            unsafe {
                let decompressor = deflate::libdeflate_alloc_decompressor();
                let (to, room) = (out.as_mut_ptr().cast(), out.len());
                let answer = deflate::$decompress(decompressor, data.as_ptr().cast(), data.len(), to, room, null_mut());
                assert_eq!(answer, deflate::libdeflate_result_LIBDEFLATE_SUCCESS);
                deflate::libdeflate_free_decompressor(decompressor);
            }
        }
    };
}

deflate_pair!(gzip, gunzip, 5, libdeflate_gzip_compress_bound, libdeflate_gzip_compress, libdeflate_gzip_decompress);
deflate_pair!(zlib, unzlib, 1, libdeflate_zlib_compress_bound, libdeflate_zlib_compress, libdeflate_zlib_decompress);

fn zstd(data: &[u8], out: &mut Vec<u8>) {
    out.reserve(::zstd::zstd_safe::compress_bound(data.len()));
    ::zstd::zstd_safe::compress(out, data, 0).unwrap();
}

fn zstd_summed(data: &[u8], out: &mut Vec<u8>) {
    use ::zstd::zstd_safe::{CCtx, CParameter, compress_bound};
    out.reserve(compress_bound(data.len()));
    let mut encoder = CCtx::create();
    encoder.set_parameter(CParameter::CompressionLevel(0)).unwrap();
    encoder.set_parameter(CParameter::ChecksumFlag(true)).unwrap();
    encoder.compress2(out, data).unwrap();
}

fn unzstd(data: &[u8], out: &mut [u8]) {
    assert_eq!(::zstd::zstd_safe::decompress(out, data).unwrap(), out.len());
}

fn blosc_case(name: &CStr) -> Direct {
    let encode = match name.to_bytes() {
        b"lz4" => |data: &[u8], out: &mut Vec<u8>| blosc(data, out, c"lz4"),
        _ => |data: &[u8], out: &mut Vec<u8>| blosc(data, out, c"zstd"),
    };
    Direct { encode, decode: unblosc }
}

fn blosc(data: &[u8], out: &mut Vec<u8>, name: &CStr) {
    append(out, data.len() + blosc_src::BLOSC_MAX_OVERHEAD as usize, |to, room| {
        // SAFETY: both ranges are as long as they are said to be; the name ends with a zero.
        let written = unsafe {
            blosc_src::blosc_compress_ctx(
                5,
                blosc_src::BLOSC_SHUFFLE as c_int,
                ITEM,
                data.len(),
                data.as_ptr().cast(),
                to.cast(),
                room,
                name.as_ptr(),
                0,
                1,
            )
        };
        usize::try_from(written).unwrap()
    });
}

fn unblosc(data: &[u8], out: &mut [u8]) {
    let (from, to) = (data.as_ptr().cast(), out.as_mut_ptr().cast());
    // SAFETY: the data is what blosc made above; it writes no more than `out` has room for.
    let written = unsafe { blosc_src::blosc_decompress_ctx(from, to, out.len(), 1) };
    assert_eq!(usize::try_from(written).unwrap(), out.len());
}

fn lz4(data: &[u8], out: &mut Vec<u8>) {
    let length = c_int::try_from(data.len()).unwrap();
    // SAFETY: computes from a number alone.
    let room = unsafe { lz4_sys::LZ4_compressBound(length) };
    append(out, usize::try_from(room).unwrap(), |to, _| {
        // SAFETY: both ranges are as long as they are said to be.
        let written = unsafe { lz4_sys::LZ4_compress_fast(data.as_ptr().cast(), to.cast(), length, room, 1) };
        usize::try_from(written).unwrap()
    });
}

fn unlz4(data: &[u8], out: &mut [u8]) {
    let (length, room) = (c_int::try_from(data.len()).unwrap(), c_int::try_from(out.len()).unwrap());
    // SAFETY: both ranges are as long as they are said to be.
    let written = unsafe { lz4_sys::LZ4_decompress_safe(data.as_ptr().cast(), out.as_mut_ptr().cast(), length, room) };
    assert_eq!(written, room);
}

fn bz2(data: &[u8], out: &mut Vec<u8>) {
    out.reserve(data.len() + data.len() / 8 + 4096);
    let mut stream = bzip2::Compress::new(bzip2::Compression::new(1), 0);
    while stream.compress_vec(&data[stream.total_in() as usize..], out, bzip2::Action::Finish).unwrap()
        != bzip2::Status::StreamEnd
    {}
}

fn unbz2(data: &[u8], out: &mut [u8]) {
    let mut stream = bzip2::Decompress::new(false);
    while stream.decompress(&data[stream.total_in() as usize..], &mut out[stream.total_out() as usize..]).unwrap()
        != bzip2::Status::StreamEnd
    {}
}

fn lzma(data: &[u8], out: &mut Vec<u8>) {
    use liblzma::stream::{Action, Check, Status, Stream};
    out.reserve(data.len() + data.len() / 8 + 4096);
    let mut stream = Stream::new_easy_encoder(1, Check::Crc64).unwrap();
    while stream.process_vec(&data[stream.total_in() as usize..], out, Action::Finish).unwrap() != Status::StreamEnd {}
}

fn unlzma(data: &[u8], out: &mut [u8]) {
    use liblzma::stream::{Action, Status, Stream};
    let mut stream = Stream::new_stream_decoder(u64::MAX, 0).unwrap();
    loop {
        let (read, written) = (stream.total_in() as usize, stream.total_out() as usize);
        if stream.process(&data[read..], &mut out[written..], Action::Finish).unwrap() == Status::StreamEnd {
            break;
        }
    }
}

/// The least that a checksum costs: to be computed and to move the data.
fn summed(data: &[u8], out: &mut Vec<u8>, sum: u32) {
    out.extend_from_slice(data);
    out.extend_from_slice(&sum.to_le_bytes());
}

fn unsummed(data: &[u8], out: &mut [u8], sum: fn(&[u8]) -> u32) {
    let (data, stored) = data.split_last_chunk().unwrap();
    assert_eq!(u32::from_le_bytes(*stored), sum(data));
    out.copy_from_slice(data);
}

fn crc32c(data: &[u8], out: &mut Vec<u8>) {
    summed(data, out, ::crc32c::crc32c(data));
}

fn uncrc32c(data: &[u8], out: &mut [u8]) {
    unsummed(data, out, ::crc32c::crc32c);
}

fn sum_crc32(data: &[u8]) -> u32 {
    // SAFETY: the range is as long as it is said to be.
    unsafe { deflate::libdeflate_crc32(0, data.as_ptr().cast(), data.len()) }
}

fn crc32(data: &[u8], out: &mut Vec<u8>) {
    summed(data, out, sum_crc32(data));
}

fn uncrc32(data: &[u8], out: &mut [u8]) {
    unsummed(data, out, sum_crc32);
}

fn sum_adler32(data: &[u8]) -> u32 {
    // SAFETY: the range is as long as it is said to be.
    unsafe { deflate::libdeflate_adler32(1, data.as_ptr().cast(), data.len()) }
}

fn adler32(data: &[u8], out: &mut Vec<u8>) {
    summed(data, out, sum_adler32(data));
}

fn unadler32(data: &[u8], out: &mut [u8]) {
    unsummed(data, out, sum_adler32);
}

fn pco(data: &[u8], out: &mut Vec<u8>) {
    // SAFETY: every pattern of bits is a number.
    let (before, numbers, after) = unsafe { data.align_to::<i32>() };
    assert!(before.is_empty() && after.is_empty());
    out.extend(::pco::standalone::simple_compress(numbers, &::pco::ChunkConfig::default()).unwrap());
}

fn unpco(data: &[u8], out: &mut [u8]) {
    // SAFETY: every pattern of bits is a number.
    let (before, numbers, after) = unsafe { out.align_to_mut::<i32>() };
    assert!(before.is_empty() && after.is_empty());
    assert!(::pco::standalone::simple_decompress_into(data, numbers).unwrap().finished);
}
