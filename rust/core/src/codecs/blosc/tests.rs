use serde_json::json;

use super::*;
use crate::element::Element;

/// 64 `<u4`, every eighth one 0 to 7, the others 0, encoded by numcodecs 0.16: `Blosc(cname, 5, shuffle).encode(data)`.
/// Its wheels have no snappy.
const NUMCODECS: &[(&str, &str)] = &[
    (
        "blosclz",
        "02011004000100000001000056000000140000003e0000002300000000e013030001e0131c03000000026005e011010003e0111a60010004\
         6005e011010005e0111a600100066005e011010007e0111a040000000000",
    ),
    (
        "blosclz",
        "02011104000100000001000044000000140000002c0000002900000000000000000100800000028006010003a0070004a0070005a0070006\
         a0070007a007e0b501010000",
    ),
    ("blosclz", "02011404000100000001000032000000140000001a00000023000100016003010001a0030600000101010100e0dc00010000"),
    (
        "lz4",
        "02013104000100000001000042000000140000002a0000001300010013010800130208001303080013040800130508001306080013070800\
         0f0200a8500000000000",
    ),
    ("lz4hc", "02013404000100000001000032000000140000001a000000230001020023000104000006000208000f0100cc500000000000"),
    ("zlib", "0201740400010000000100002d0000001400000015000000785e63606480400646280691107a2400000c68000d"),
    (
        "zstd",
        "0201910400010000000100003f000000140000002700000028b52ffd600000ed0000500000010203040506070008a010e00790430f43e89c\
         b3f979b9034c01",
    ),
];

/// A chunk of 192 random bytes as GDAL 3.10 writes it by zlib without a shuffle: 24 bytes more.
const GDAL: &str = "\
     02017008c0000000c0000000d800000014000000c000000045296b8c0d32c7bfdea7fb067f25f03f5110569e8502953fa950cc49b52dedbf\
     e7864efbfbb3cf3f994cfb41a108f33fb7e9cb4faf38fc3f2fc5f696e9ddd8bfab4694f1836ce8bf603d7602efbee2bf3ebcbbb1ca53923f\
     1ba5bcd1641ecd3f89e0fe0aaed9eb3fe8c310af2c25e9bfcff4ae242b0bf63fc693b6ae9990ec3f0928cddc7efef2bf13ae98a08137e0bf\
     d05b301af6efcf3f3c9eaaed221cf33f2d80c57f6e1e01c028c5ac81fd2be3bf86ddc701abace33f9a538fd46902f1bf";

fn codec_of(configuration: Value, size: usize) -> Result<Arc<dyn BytesCodec>> {
    build(&configuration, Context { element: Element::bytes(size) })
}

fn codec() -> Arc<dyn BytesCodec> {
    codec_of(Value::Null, 4).unwrap()
}

fn encoded(configuration: Value, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    codec_of(configuration, 4).unwrap().encode(data, &mut out).unwrap();
    out
}

fn message(encoded: &[u8], expected: usize) -> String {
    codec().decode_into(encoded, &mut vec![0; expected]).unwrap_err().message().to_owned()
}

/// A chunk of one block with one compressed part.
fn chunk(flags: u8, nbytes: u32, part: &[u8]) -> Vec<u8> {
    let length = part.len() as u32;
    let words = [nbytes, nbytes, 24 + length, 20, length];
    let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    [&[2, 1, flags, 1], words.as_slice(), part].concat()
}

#[test]
fn bytes_of_numcodecs_are_read() {
    let data: Vec<u8> = (0..64_u32).flat_map(|i| (if i % 8 == 0 { i / 8 } else { 0 }).to_le_bytes()).collect();
    for (cname, text) in NUMCODECS {
        let bytes: Vec<u8> =
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect();
        assert_eq!(&*codec().decode(&bytes, 256).unwrap(), data, "{cname}");
    }
}

#[test]
fn a_chunk_that_has_grown_is_within_the_bound() {
    let chunk: Vec<u8> =
        (0..GDAL.len()).step_by(2).map(|at| u8::from_str_radix(&GDAL[at..at + 2], 16).unwrap()).collect();
    let mut out = vec![0; 192];
    assert!(chunk.len() > out.len() + OVERHEAD && chunk.len() <= codec().encoded_bound(out.len()));
    codec().decode_into(&chunk, &mut out).unwrap();
}

#[test]
fn every_compressor_and_shuffle_is_compiled_in_and_compresses() {
    let data: Vec<u8> = (0..50_000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
    for cname in ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"] {
        for shuffle in ["noshuffle", "shuffle", "bitshuffle"] {
            for typesize in [1, 3, 4, 200, 255] {
                for blocksize in [0, 130, 4096, 1_u64 << 40] {
                    let configuration =
                        json!({"cname": cname, "shuffle": shuffle, "typesize": typesize, "blocksize": blocksize});
                    let out = encoded(configuration.clone(), &data);
                    assert_eq!(&*codec().decode(&out, data.len()).unwrap(), data, "{configuration}");
                    if typesize == 4 && blocksize != 130 {
                        assert!(out.len() < data.len() * 9 / 10, "{configuration} makes {}", out.len());
                    }
                }
            }
        }
    }
}

#[test]
fn settings_left_out_suit_the_element() {
    let flags_and_typesize = |size, configuration| {
        let mut out = Vec::new();
        codec_of(configuration, size).unwrap().encode(&[0; 4096], &mut out).unwrap();
        (out[2] & 7, out[3])
    };
    assert_eq!(flags_and_typesize(1, Value::Null), (4, 1));
    assert_eq!(flags_and_typesize(8, Value::Null), (1, 8));
    assert_eq!(flags_and_typesize(300, Value::Null), (1, 1));
    assert_eq!(flags_and_typesize(8, json!({"typesize": 2})), (1, 2));
    assert_eq!(flags_and_typesize(8, json!({"typesize": 1})), (4, 1));
    assert_eq!(flags_and_typesize(8, json!({"shuffle": "noshuffle", "typesize": 0})), (0, 1));
    assert_eq!(flags_and_typesize(8, json!({"clevel": 0})), (3, 8));
}

#[test]
fn configurations_are_checked() {
    let bad = [
        json!({"clevel": 10}),
        json!({"clevel": -1}),
        json!({"typesize": 0}),
        json!({"typesize": -4}),
        json!({"shuffle": 1}),
        json!({"cname": "gzip"}),
        json!({"blocksize": -1}),
    ];
    for configuration in bad {
        assert!(codec_of(configuration.clone(), 4).is_err(), "{configuration}");
    }
    let error = codec_of(json!({"nthreads": 4}), 4).err().unwrap();
    assert!(error.message().contains("`nthreads`"), "{error}");
}

#[test]
fn a_header_that_lies_is_refused() {
    let good = encoded(json!({"cname": "lz4"}), &[5; 4096]);
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        message(&bad, 4096)
    };
    let length = good.len();
    assert_eq!(message(&good[..15], 4096), "blosc: 15 bytes are too few for a header of 16");
    assert_eq!(message(&good, 4095), "blosc: decodes to more than 4095 bytes");
    assert_eq!(message(&good, 4097), "blosc: decodes to 4096 bytes, expected 4097");
    assert_eq!(with(0, &[3]), "blosc: format version is 3, expected 2");
    assert_eq!(with(2, &[0x28]), "blosc: flags are 0x28, expected bit 3 to be 0");
    assert_eq!(with(3, &[0]), "blosc: header says 4096 bytes of typesize 0");
    assert_eq!(with(4, &u32::MAX.to_le_bytes()), "blosc: header says 4294967295 bytes of typesize 4");
    assert_eq!(with(8, &[0; 4]), "blosc: block size is 0, of 4096 bytes");
    assert_eq!(with(8, &4097_u32.to_le_bytes()), "blosc: block size is 4097, of 4096 bytes");
    assert_eq!(with(8, &1_u32.to_le_bytes()), "blosc: the table of 4096 blocks runs past the end");
    assert_eq!(with(12, &[1, 0, 0, 0]), format!("blosc: chunk has {length} bytes, its header says 1"));
    assert_eq!(with(2, &[2]), format!("blosc: chunk has {length} bytes, expected 4112"));
    for start in [0, 19, length as u32 - 3, length as u32, u32::MAX - 3, u32::MAX] {
        assert_eq!(with(16, &start.to_le_bytes()), "blosc: block 0 of 1 runs past the end");
    }
    assert_eq!(with(20, &u32::MAX.to_le_bytes()), "blosc: block 0 of 1 runs past the end");
    assert_eq!(with(1, &[9]), "blosc: block is damaged");
}

#[test]
fn a_claim_of_2_gib_is_refused_before_memory_is_asked_for() {
    // A block as long as the chunk is longer than any block may be.
    let claim = chunk(1 << 5 | 0x10, i32::MAX as u32 - 16, &[0; 100]);
    assert_eq!(message(&claim, 4096), "blosc: block size is 2147483631, of 2147483631 bytes");
    let claim = chunk(1 << 5 | 0x10, 1 << 29, &[0; 100]);
    assert_eq!(message(&claim, 4096), "blosc: decodes to more than 4096 bytes");
    let error = codec().decode(&claim, usize::MAX).unwrap_err();
    assert_eq!(error.message(), "blosc: 124 bytes cannot hold 536870912");
}

#[test]
fn a_blosclz_match_long_enough_to_overflow_is_refused() {
    // A literal, then a long match whose length goes on for 8.5 million bytes; see c-blosc issue 405.
    let mut part = vec![255; 8_500_000];
    part[..3].copy_from_slice(&[0, 7, 0xe0]);
    part.extend([0, 0, 0, 0]);
    let bad = chunk(0x10, 9_000_000, &part);
    assert_eq!(message(&bad, 9_000_000), "blosc: match is longer than its block part of 9000000 bytes");
}

#[test]
fn a_part_in_a_format_before_zstd_s_standard_is_refused() {
    let bad = chunk(4 << 5 | 0x10, 4096, b"\x27\xb5\x2f\xfd\x00\x00\x00");
    assert_eq!(message(&bad, 4096), "blosc: zstd: 7 bytes are no frame");
}

#[test]
fn no_data_is_a_header() {
    for configuration in [json!({}), json!({"cname": "blosclz", "clevel": 9})] {
        let out = encoded(configuration, &[]);
        assert_eq!(out.len(), 16);
        assert_eq!(codec().decode(&out, 0).unwrap().len(), 0);
    }
}
