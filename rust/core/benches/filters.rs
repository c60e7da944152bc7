//! Filters alone, driven line by line by `benches/filters.py`, which lets numcodecs take its turns in between.
//!
//! A line of JSON names a codec, its configuration, the element, and files with the chunk, what the other side encodes it to
//! and what that decodes to; what comes out here must be the same. `encode N` and `decode N` run so often and answer with
//! the nanoseconds that the thread ran. A filter runs as in an array's write and read: from memory into memory that is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark that cannot go on ends")]

use std::hint::black_box;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use zarrust_core::Element;
use zarrust_core::codecs::chain::Chain;
use zarrust_core::codecs::{ARRAY_CODECS, ArrayCodec, BYTES_CODECS, BytesCodec, Chunk, Context, Step};

fn thread_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the system writes the time into a place that lives as long as the call.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    assert_eq!(answer, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

enum Codec {
    Array(Arc<dyn ArrayCodec>),
    Bytes(Arc<dyn BytesCodec>),
    /// Elements in another byte order.
    Swapped(Chain),
}

struct Case {
    codec: Codec,
    decoded: Vec<u8>,
    encoded: Vec<u8>,
    /// Where the results go.
    to_encode: Vec<u8>,
    to_decode: Vec<u8>,
}

impl Case {
    fn new(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).unwrap();
        let read = |name: &str| std::fs::read(line[name].as_str().unwrap()).unwrap();
        let (decoded, encoded, expected) = (read("decoded"), read("encoded"), read("expected"));
        let element: Element = serde_json::from_value(line["element"].clone()).unwrap();
        let chunk = Chunk { shape: vec![(decoded.len() / element.size) as u64], element: element.clone() };
        let (name, configuration) = (line["name"].as_str().unwrap(), &line["configuration"]);
        let codec = if name == "bytes" {
            let codecs = [serde_json::json!({"name": name, "configuration": configuration})];
            Codec::Swapped(Chain::build(&codecs, &chunk, &[]).unwrap())
        } else if let Some((_, build)) = ARRAY_CODECS.iter().find(|(known, _)| *known == name) {
            let Step::Stage(stage) = build(configuration, &chunk).unwrap() else { panic!("{name} computes nothing") };
            Codec::Array(stage.codec)
        } else {
            let (_, build) = BYTES_CODECS.iter().find(|(known, _)| *known == name).unwrap();
            Codec::Bytes(build(configuration, Context { element }).unwrap())
        };
        let (to_encode, to_decode) = (vec![0; encoded.len()], vec![0; decoded.len()]);
        let mut case = Self { codec, decoded, encoded, to_encode, to_decode };
        case.encode();
        case.decode();
        assert!(case.to_encode == case.encoded, "{name}: the other side encodes to something else");
        assert!(case.to_decode == expected, "{name}: the other side decodes to something else");
        case
    }

    fn encode(&mut self) {
        let decoded = black_box(&self.decoded[..]);
        match &self.codec {
            Codec::Array(codec) => codec.encode(decoded, &mut self.to_encode).unwrap(),
            Codec::Bytes(codec) => {
                self.to_encode.clear();
                codec.encode(decoded, &mut self.to_encode).unwrap();
            }
            Codec::Swapped(chain) => chain.store(decoded, &mut self.to_encode),
        }
    }

    fn decode(&mut self) {
        let encoded = black_box(&self.encoded[..]);
        match &self.codec {
            Codec::Array(codec) => codec.decode(encoded, &mut self.to_decode).unwrap(),
            Codec::Bytes(codec) => codec.decode_into(encoded, &mut self.to_decode).unwrap(),
            Codec::Swapped(chain) => chain.decode_into(encoded, &mut self.to_decode).unwrap(),
        }
    }
}

fn main() {
    let mut case = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let answer = match line.split_once(' ') {
            Some((what @ ("encode" | "decode"), times)) => {
                let case: &mut Case = case.as_mut().unwrap();
                let start = thread_time();
                for _ in 0..times.parse::<u64>().unwrap() {
                    if what == "encode" { case.encode() } else { case.decode() }
                }
                (thread_time() - start).as_nanos()
            }
            _ => {
                case = Some(Case::new(&line));
                0
            }
        };
        println!("{answer}");
    }
}
