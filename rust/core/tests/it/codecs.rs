//! Promises of every codec from bytes to bytes; a new entry of the table is tested without a new test.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::{Value, json};
use zarrust_core::codecs::{BYTES_CODECS, BytesCodec, Context};
use zarrust_core::{Element, ErrorKind, Result};

use crate::allocator::Observed;

thread_local! {
    /// The largest block that the thread has asked for.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Observed = Observed(|block, _| {
    // A thread that ends may free and allocate after its locals are gone.
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(block)));
});

/// The largest block of memory that `work` asks for on this thread.
fn largest_block(work: impl FnOnce()) -> usize {
    LARGEST.set(0);
    work();
    LARGEST.get()
}

struct Case {
    title: String,
    codec: Arc<dyn BytesCodec>,
    /// Whether every change of the data shows.
    is_summed: bool,
    /// Whether the encoded form tells where it ends; otherwise only a known size does.
    is_framed: bool,
    /// What data is a multiple of, in bytes.
    unit: usize,
    /// Memory that decoding takes whatever the data: bzip2 sorts blocks of 900 kB.
    work: usize,
}

impl Case {
    /// The next size that the codec takes.
    fn fit(&self, size: usize) -> usize {
        size.next_multiple_of(self.unit)
    }
}

fn configurations(name: &str) -> Vec<Value> {
    let levels = [0, 1, 6, 9].map(|level| json!({"level": level}));
    match name {
        "gzip" | "zlib" | "numcodecs.zlib" => levels.to_vec(),
        "zstd" => vec![json!({"level": -5}), json!({}), json!({"level": 19, "checksum": true})],
        "blosc" => ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"]
            .into_iter()
            .zip(["noshuffle", "shuffle", "bitshuffle"].into_iter().cycle())
            .map(|(cname, shuffle)| json!({"cname": cname, "shuffle": shuffle, "clevel": 5, "blocksize": 1024}))
            .chain([json!({}), json!({"clevel": 0})])
            .collect(),
        "numcodecs.bz2" => vec![json!({}), json!({"level": 9})],
        "numcodecs.lz4" => vec![json!({}), json!({"acceleration": 10})],
        "numcodecs.lzma" => vec![
            json!({"preset": 0, "check": 1}),
            json!({"format": 2, "preset": 0}),
            json!({"format": 3, "filters": [{"id": 3, "dist": 4}, {"id": 33, "preset": 0}]}),
            json!({"filters": [{"id": 3, "dist": 4}, {"id": 33, "preset": 0, "lc": 2, "dict_size": 65536}]}),
        ],
        "numcodecs.crc32" | "numcodecs.crc32c" | "numcodecs.adler32" => {
            vec![json!({}), json!({"location": "start"}), json!({"location": "end"})]
        }
        "numcodecs.shuffle" => [1, 2, 4, 8, 16].map(|size| json!({"elementsize": size})).to_vec(),
        _ => vec![Value::Null],
    }
}

/// Every codec in each of its configurations.
fn cases() -> Vec<Case> {
    let context = || Context { element: Element::bytes(4) };
    let all = BYTES_CODECS.iter().flat_map(|(name, build)| {
        configurations(name).into_iter().map(move |configuration| Case {
            title: format!("{name} {configuration}"),
            is_summed: !matches!(*name, "blosc" | "zstd" | "numcodecs.shuffle" | "numcodecs.lz4" | "numcodecs.lzma")
                || configuration["checksum"] == true,
            is_framed: *name != "numcodecs.shuffle",
            unit: if *name == "numcodecs.shuffle" {
                configuration["elementsize"].as_u64().unwrap_or(4).max(1) as usize
            } else {
                1
            },
            work: if *name == "numcodecs.bz2" { 4 << 20 } else { 0 },
            codec: build(&configuration, context()).unwrap(),
        })
    });
    all.collect()
}

/// Reproducible data of which about half compresses.
fn data(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let noise = |i: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if i % 512 < 256 { (state >> 56) as u8 } else { (i / 64) as u8 }
    };
    (0..size).map(noise).collect()
}

fn encode(codec: &dyn BytesCodec, decoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(decoded, &mut out).unwrap();
    out
}

fn decode_into(codec: &dyn BytesCodec, encoded: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut out = vec![0; size];
    codec.decode_into(encoded, &mut out).map(|()| out)
}

/// Both ways of decoding refuse it as a corrupt chunk.
fn assert_refused(case: &Case, encoded: &[u8], size: usize, what: &str) {
    let mut results = vec![decode_into(&*case.codec, encoded, size)];
    if case.is_framed || encoded.len() > size {
        results.push(case.codec.decode(encoded, size).map(Vec::from));
    }
    for result in results {
        match result {
            Ok(found) => panic!("{}: {what} gives {} bytes", case.title, found.len()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{}: {what}: {error}", case.title),
        }
    }
}

#[test]
fn every_codec_gives_back_what_it_was_given() {
    for case in cases() {
        for size in [0, 1, 7, 4096, 1 << 20].map(|size| case.fit(size)) {
            for decoded in [data(size), vec![0; size]] {
                let mut out = b"before".to_vec();
                case.codec.encode(&decoded, &mut out).unwrap();
                let encoded = out.strip_prefix(b"before").expect("encoding appends");
                let bound = case.codec.encoded_bound(size);
                assert!(encoded.len() <= bound, "{}: {} of {size} bytes, bound {bound}", case.title, encoded.len());
                assert!(!case.codec.has_fixed_size() || encoded.len() == bound, "{}", case.title);
                assert!(decode_into(&*case.codec, encoded, size).unwrap() == decoded, "{}: {size} bytes", case.title);
                for limit in [size, size + 1, 10 * size + 100] {
                    assert!(*case.codec.decode(encoded, limit).unwrap() == decoded, "{}: {size} bytes", case.title);
                }
            }
        }
    }
}

#[test]
fn every_codec_refuses_every_cut_and_anything_appended() {
    for case in cases() {
        let encoded = encode(&*case.codec, &data(4096));
        for length in 0..encoded.len() {
            assert_refused(&case, &encoded[..length], 4096, &format!("a cut to {length}"));
        }
        for more in [&[0][..], &[255], &[0; 99], &encoded[..20]] {
            assert_refused(&case, &[&encoded, more].concat(), 4096, "something appended");
        }
    }
}

#[test]
fn every_codec_stops_at_the_bound() {
    let bomb = vec![0; 4 << 20];
    for case in cases() {
        let encoded = encode(&*case.codec, &bomb);
        for size in [0, 4096, bomb.len() - 1] {
            assert_refused(&case, &encoded, size, "too much data");
        }
        let largest = largest_block(|| assert_refused(&case, &encoded, 4096, "too much data"));
        assert!(largest <= 8192.max(case.work), "{}: a block of {largest} bytes for 4096", case.title);
        let error = decode_into(&*case.codec, &encoded, 4096).unwrap_err();
        assert!(error.message().ends_with(": decodes to more than 4096 bytes"), "{error}");
    }
}

#[test]
fn every_codec_refuses_a_chunk_that_is_too_short() {
    for case in cases() {
        for size in [0, 1, 4096].map(|size| case.fit(size)) {
            let error = decode_into(&*case.codec, &encode(&*case.codec, &data(size)), size + 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{}", case.title);
            let text = format!(": decodes to {size} bytes, expected {}", size + 1);
            assert!(error.message().ends_with(&text), "{}: {error}", case.title);
        }
    }
}

#[test]
fn a_flip_of_any_bit_gives_the_right_data_or_an_error() {
    let decoded = data(4096);
    for case in cases() {
        let mut encoded = encode(&*case.codec, &decoded);
        for bit in 0..encoded.len() * 8 {
            encoded[bit / 8] ^= 1 << (bit % 8);
            match decode_into(&*case.codec, &encoded, 4096) {
                // Without a checksum a flip inside the data cannot show; that it does no harm is the promise then.
                Ok(found) => assert!(found == decoded || !case.is_summed, "{}: bit {bit}", case.title),
                Err(error) => assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{}: bit {bit}: {error}", case.title),
            }
            encoded[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn garbage_is_refused_without_memory_for_it() {
    let noise = data(1 << 16);
    for case in cases() {
        let start = encode(&*case.codec, &data(case.fit(600)));
        for round in 0..2000 {
            // Noise behind more and more of an honest start, so that it reaches every part of the decoder.
            let honest = &start[..round % start.len().min(64)];
            let at = (round * 37) % (noise.len() - 300);
            let garbage = [honest, &noise[at..at + 1 + round % 250]].concat();
            let largest = largest_block(|| {
                let _ = decode_into(&*case.codec, &garbage, 4096);
                let _ = case.codec.decode(&garbage, 1 << 20);
            });
            assert!(largest <= (1 << 20).max(case.work), "{}: a block of {largest} bytes", case.title);
        }
    }
}

#[test]
fn an_element_of_any_size_takes_no_time_where_there_is_no_data() {
    let (_, build) = BYTES_CODECS.iter().find(|(name, _)| *name == "numcodecs.shuffle").unwrap();
    let codec = build(&json!({"elementsize": u64::MAX}), Context { element: Element::bytes(4) }).unwrap();
    assert!(encode(&*codec, &[]).is_empty());
    assert!(decode_into(&*codec, &[], 0).unwrap().is_empty());
    assert!(codec.decode(&[], 4096).unwrap().is_empty());
}

#[test]
fn a_claim_of_a_huge_size_takes_no_memory() {
    // One segment, 8 bytes of content size, then an empty last block.
    let zstd = [&b"\x28\xb5\x2f\xfd\xe0"[..], &(1_u64 << 40).to_le_bytes(), b"\x01\x00\x00"].concat();
    // lz4 in blocks of 512 MiB, of which the table is honest and the parts are not.
    let words = [i32::MAX as u32 - 16, 1 << 29, 52, 32, 32, 32, 32, 4, 0];
    let blosc: Vec<u8> = [2, 1, 0x30, 1].into_iter().chain(words.iter().flat_map(|word| word.to_le_bytes())).collect();
    let blosc = [blosc, vec![0; 12]].concat();
    // A dictionary of 96 MiB, which no preset has.
    let lzma = [&[0x5d, 0, 0, 0, 6][..], &[0xff; 8], &[0; 9]].concat();
    for case in cases() {
        for claim in [&zstd, &blosc, &lzma] {
            let largest = largest_block(|| {
                assert_refused(&case, claim, 4096, "a claim");
                assert!(!case.is_framed || case.codec.decode(claim, usize::MAX).is_err(), "{}", case.title);
            });
            assert!(largest <= (256 << 10).max(case.work), "{}: a block of {largest} bytes", case.title);
        }
    }
}
