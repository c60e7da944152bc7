use serde_json::json;

use super::stream::Scalar;
use super::*;
use crate::element::Endian;
use crate::error::ErrorKind;

const NATIVE: Endian = if cfg!(target_endian = "little") { Endian::Little } else { Endian::Big };
const OTHER: Endian = if cfg!(target_endian = "little") { Endian::Big } else { Endian::Little };

const TYPES: [(Kind, usize); 12] = [
    (Kind::Int, 1),
    (Kind::Int, 2),
    (Kind::Int, 4),
    (Kind::Int, 8),
    (Kind::Uint, 1),
    (Kind::Uint, 2),
    (Kind::Uint, 4),
    (Kind::Uint, 8),
    (Kind::Float, 2),
    (Kind::Float, 4),
    (Kind::Float, 8),
    (Kind::Other, 8),
];

const SHAPES: [&[u64]; 8] = [&[], &[1], &[77], &[6, 7], &[4, 8], &[3, 5, 9], &[2, 3, 5, 6], &[4, 4, 4, 4]];

fn chunk(kind: Kind, size: usize, order: Endian, shape: &[u64]) -> Chunk {
    let order = (size > 1).then_some(order);
    Chunk { shape: shape.to_vec(), element: Element { kind, swap: size, order, ..Element::bytes(size) } }
}

fn plain(kind: Kind, size: usize, shape: &[u64], options: Value) -> Result<Arc<dyn BytesCodec>> {
    build(&options, &chunk(kind, size, NATIVE, shape))
}

fn zfpy(kind: Kind, size: usize, shape: &[u64], options: Value) -> Result<Arc<dyn BytesCodec>> {
    build_zfpy(&options, &chunk(kind, size, NATIVE, shape))
}

fn encode(codec: &dyn BytesCodec, decoded: &[u8]) -> Vec<u8> {
    let mut out = b"before".to_vec();
    codec.encode(decoded, &mut out).unwrap();
    let encoded = out.strip_prefix(b"before").expect("encoding appends").to_vec();
    assert!(encoded.len() <= codec.encoded_bound(decoded.len()));
    encoded
}

fn decode(codec: &dyn BytesCodec, encoded: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut out = vec![0; size];
    let into = codec.decode_into(encoded, &mut out);
    assert_eq!(codec.decode(encoded, size).is_ok(), into.is_ok());
    into.map(|()| out)
}

/// Numbers of any type that all its kinds have: small, not negative, each another.
fn data(kind: Kind, size: usize, count: usize) -> Vec<u8> {
    let number = |i: usize| -> Vec<u8> {
        let value = (i * 7 % 120) as u8;
        match (kind, size) {
            (Kind::Float, 2) => half::f16::from(value).to_ne_bytes().to_vec(),
            (Kind::Float, 4) => (f32::from(value) / 7.0).to_ne_bytes().to_vec(),
            (Kind::Float, _) => (f64::from(value) / 7.0).to_ne_bytes().to_vec(),
            (_, 1) => vec![value],
            (_, 2) => u16::from(value).to_ne_bytes().to_vec(),
            (_, 4) => u32::from(value).to_ne_bytes().to_vec(),
            _ => u64::from(value).to_ne_bytes().to_vec(),
        }
    };
    (0..count).flat_map(number).collect()
}

fn count(shape: &[u64]) -> usize {
    shape.iter().product::<u64>() as usize
}

fn noise(size: usize) -> Vec<u8> {
    (0..size as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(i | 1) >> 29) as u8)
        .collect()
}

#[test]
fn numbers_of_every_type_and_shape_come_back_whatever_their_place_in_memory() {
    for (kind, size) in TYPES {
        for shape in SHAPES {
            let decoded = data(kind, size, count(shape));
            let codec = plain(kind, size, shape, json!({"mode": "reversible"})).unwrap();
            let encoded = encode(&*codec, &decoded);
            assert_eq!(encode(&*codec, &[&[0], &decoded[..]].concat()[1..]), encoded);
            for start in 0..9 {
                let mut out = vec![0; start + decoded.len()];
                codec.decode_into(&encoded, &mut out[start..]).unwrap();
                assert_eq!(out[start..], decoded, "{kind:?} {size} {shape:?}");
            }
            assert_eq!(*codec.decode(&encoded, decoded.len()).unwrap(), decoded);

            let swapped = build(&json!({"mode": "reversible"}), &chunk(kind, size, OTHER, shape)).unwrap();
            let mut other = decoded.clone();
            crate::element::swap_bytes(&mut other, size);
            assert_eq!(encode(&*swapped, &other), encoded);
            assert_eq!(decode(&*swapped, &encoded, other.len()).unwrap(), other);
        }
    }
}

#[test]
fn the_whole_range_of_small_integers_comes_back() {
    for (kind, size) in [(Kind::Int, 1), (Kind::Uint, 1), (Kind::Int, 2), (Kind::Uint, 2)] {
        let decoded: Vec<u8> = match size {
            1 => (0..=u8::MAX).collect(),
            _ => (0..=u16::MAX).flat_map(u16::to_ne_bytes).collect(),
        };
        let codec = plain(kind, size, &[(decoded.len() / size) as u64], json!({"mode": "reversible"})).unwrap();
        assert_eq!(decode(&*codec, &encode(&*codec, &decoded), decoded.len()).unwrap(), decoded);
    }
}

#[test]
fn integers_without_a_sign_that_zfp_cannot_hold_are_refused() {
    for (size, most) in [(4, i32::MAX as u64), (8, i64::MAX as u64)] {
        let codec = plain(Kind::Uint, size, &[2], json!({"mode": "reversible"})).unwrap();
        let number =
            |value: u64| if size == 4 { (value as u32).to_ne_bytes().to_vec() } else { value.to_ne_bytes().to_vec() };
        let fits = [number(most), number(0)].concat();
        assert_eq!(decode(&*codec, &encode(&*codec, &fits), fits.len()).unwrap(), fits);
        let error = codec.encode(&[number(0), number(most + 1)].concat(), &mut Vec::new()).unwrap_err();
        assert!(error.message().contains(&format!("{} is none", most + 1)), "{error}");
    }
}

#[test]
fn streams_are_those_of_zfpy() {
    // numpy.arange(12, dtype="f4").reshape(3, 4) / 4 by zfpy 1.0.1
    let decoded: Vec<u8> = (0..12_u8).flat_map(|i| (f32::from(i) / 4.0).to_le_bytes()).collect();
    for (options, stored) in GOLDEN {
        let options: Value = serde_json::from_str(options).unwrap();
        let codec = zfpy(Kind::Float, 4, &[3, 4], options.clone()).unwrap();
        let encoded = encode(&*codec, &decoded);
        let hex: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, stored, "{options}");
    }
}

const GOLDEN: [(&str, &str); 8] = [
    ("{}", "7a6670053600002000000088059600021000080400010000"),
    (
        r#"{"mode": 4, "tolerance": 0.001, "rate": -1, "precision": -1, "compression_kwargs": {"tolerance": 0.001}}"#,
        "7a66700536000020000090ca0371488c465420020000000000000000000000000000000000000000",
    ),
    (
        r#"{"mode": 4, "tolerance": 0}"#,
        "7a667005360000200000f0ff008088e0af87371087c4684405220000000000000000000000000000000000000000000000000000000000000000000000000000",
    ),
    (r#"{"mode": 2, "rate": 8}"#, "7a667005360000200000f0070371488c46542002000000000000000000000000"),
    (r#"{"mode": 3, "precision": 12}"#, "7a667005360000200000b0800371488c46542002000000000000000000000000"),
    (
        r#"{"mode": 3, "precision": 0}"#,
        "7a667005360000200000f0ff008088e0af87371087c4684405220000000000000000000000000000000000000000000000000000000000000000000000000000",
    ),
    (r#"{"mode": 5}"#, "7a6670053600002000000088059600021000080400010000"),
    (r#"{"mode": 3, "rate": 3}"#, "7a6670053600002000000088059600021000080400010000"),
];

#[test]
fn a_stream_without_a_header_is_shorter_by_it_alone() {
    let decoded = data(Kind::Float, 8, 64);
    let bare = plain(Kind::Float, 8, &[64], json!({"mode": "fixed_rate", "rate": 16})).unwrap();
    let with = zfpy(Kind::Float, 8, &[64], json!({"mode": 2, "rate": 16})).unwrap();
    assert_eq!(encode(&*bare, &decoded).len(), 64 * 2);
    assert_eq!(encode(&*with, &decoded).len(), 64 * 2 + 16);
}

#[test]
fn lossy_modes_keep_what_they_promise() {
    let decoded = data(Kind::Float, 4, 6 * 7 * 8);
    let tolerance = 1e-2;
    let codec = plain(Kind::Float, 4, &[6, 7, 8], json!({"mode": "fixed_accuracy", "tolerance": tolerance})).unwrap();
    let found = decode(&*codec, &encode(&*codec, &decoded), decoded.len()).unwrap();
    assert_ne!(found, decoded);
    let numbers = |bytes: &[u8]| -> Vec<f32> { bytes.as_chunks().0.iter().map(|x| f32::from_ne_bytes(*x)).collect() };
    assert!(numbers(&found).iter().zip(numbers(&decoded)).all(|(a, b)| (a - b).abs() <= tolerance as f32));
    let modes = [
        json!({"mode": "fixed_precision", "precision": 19}),
        json!({"mode": "fixed_precision", "precision": 0}),
        json!({"mode": "fixed_rate", "rate": 10.5}),
        json!({"mode": "fixed_rate", "rate": 0.01}),
        json!({"mode": "fixed_rate", "rate": 500}),
        json!({"mode": "fixed_accuracy", "tolerance": 0}),
        json!({"mode": "fixed_accuracy", "tolerance": 1e300}),
        json!({"mode": "fixed_accuracy", "tolerance": 5e-324}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 13, "maxprec": 19, "minexp": -2}),
        json!({"mode": "expert", "minbits": 0, "maxbits": 4_000_000_000_u32, "maxprec": 64, "minexp": -1074}),
        json!({"mode": "expert", "minbits": 32768, "maxbits": 32768, "maxprec": 1, "minexp": -16495}),
    ];
    for mode in modes {
        for (kind, size) in [(Kind::Float, 4), (Kind::Float, 8), (Kind::Float, 2)] {
            for shape in SHAPES {
                let Ok(codec) = plain(kind, size, shape, mode.clone()) else {
                    // Blocks of 256 numbers would have too many bits, and those of the last mode do not come back.
                    assert!(mode["rate"] == 500 || mode["minexp"] == -16495, "{mode} {shape:?}");
                    continue;
                };
                let decoded = data(kind, size, count(shape));
                decode(&*codec, &encode(&*codec, &decoded), decoded.len()).unwrap();
            }
        }
    }
}

#[test]
fn options_that_no_stream_has_are_refused() {
    let wrong = [
        json!({}),
        json!({"mode": "other"}),
        json!({"mode": "reversible", "rate": 1}),
        json!({"mode": "fixed_rate"}),
        json!({"mode": "fixed_rate", "rate": 1, "precision": 1}),
        json!({"mode": "fixed_rate", "rate": -1}),
        json!({"mode": "fixed_rate", "rate": 1e300}),
        json!({"mode": "fixed_precision", "precision": -1}),
        json!({"mode": "fixed_precision", "precision": 1.5}),
        json!({"mode": "expert", "minbits": 2, "maxbits": 1, "maxprec": 1, "minexp": 0}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 8, "maxprec": 1, "minexp": 0}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 14, "maxprec": 1, "minexp": -1075}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 99, "maxprec": 0, "minexp": 0}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 99, "maxprec": 65, "minexp": 0}),
        json!({"mode": "expert", "minbits": 1, "maxbits": 99, "maxprec": 9, "minexp": i32::MIN}),
        json!({"mode": "expert", "minbits": 40_000, "maxbits": 40_000, "maxprec": 9, "minexp": 0}),
    ];
    for options in wrong {
        assert!(plain(Kind::Float, 4, &[9], options.clone()).is_err(), "{options}");
    }
    assert!(plain(Kind::Int, 4, &[9], json!({"mode": "fixed_accuracy", "tolerance": 1})).is_err());
    assert!(plain(Kind::Int, 4, &[9], json!({"mode": "fixed_rate", "rate": 0})).is_err());
    for shape in [&[0][..], &[2; 5], &[u64::MAX], &[1 << 40, 1 << 40]] {
        assert!(plain(Kind::Int, 4, shape, json!({"mode": "reversible"})).is_err(), "{shape:?}");
    }
    for (kind, size) in [(Kind::Bool, 1), (Kind::Complex, 8), (Kind::Other, 4)] {
        assert!(plain(kind, size, &[9], json!({"mode": "reversible"})).is_err(), "{kind:?}");
    }
    for options in [json!({"mode": 1}), json!({"mode": "reversible"}), json!({"tolerance": null}), json!({"more": 1})] {
        assert!(zfpy(Kind::Float, 4, &[9], options.clone()).is_err(), "{options}");
    }
    for (kind, size) in [(Kind::Int, 2), (Kind::Uint, 4), (Kind::Float, 2), (Kind::Other, 8)] {
        assert!(zfpy(kind, size, &[9], json!({})).is_err(), "{kind:?}");
    }
    assert!(build_zfpy(&json!({}), &chunk(Kind::Float, 4, OTHER, &[9])).is_err());
    assert!(zfpy(Kind::Float, 4, &[1 << 13, 1, 1, 1], json!({})).is_err());
}

/// Every form of stream: chunks of some hundred bytes, so that each bit can be flipped.
fn streams() -> Vec<(Arc<dyn BytesCodec>, Vec<u8>)> {
    let mut streams = Vec::new();
    for (kind, size) in [(Kind::Float, 4), (Kind::Float, 8), (Kind::Int, 4), (Kind::Int, 8), (Kind::Uint, 1)] {
        for shape in [&[61][..], &[6, 7], &[3, 5, 6], &[2, 3, 4, 5]] {
            let modes = [
                json!({"mode": "reversible"}),
                json!({"mode": "fixed_rate", "rate": 5}),
                json!({"mode": "fixed_precision", "precision": 11}),
                json!({"mode": "expert", "minbits": 40, "maxbits": 99, "maxprec": 20, "minexp": -9}),
            ];
            streams.extend(
                modes.into_iter().map(|mode| (plain(kind, size, shape, mode).unwrap(), data(kind, size, count(shape)))),
            );
            if kind != Kind::Uint {
                let modes = [json!({}), json!({"mode": 4, "tolerance": 1e-3}), json!({"mode": 2, "rate": 40})];
                streams.extend(
                    modes
                        .into_iter()
                        .map(|mode| (zfpy(kind, size, shape, mode).unwrap(), data(kind, size, count(shape)))),
                );
            }
        }
    }
    streams
}

fn assert_refused(codec: &dyn BytesCodec, encoded: &[u8], size: usize) {
    assert_eq!(decode(codec, encoded, size).unwrap_err().kind(), ErrorKind::CorruptChunk);
}

#[test]
fn every_cut_anything_appended_and_another_size_are_refused() {
    for (codec, decoded) in streams() {
        let encoded = encode(&*codec, &decoded);
        for cut in 0..encoded.len() {
            assert_refused(&*codec, &encoded[..cut], decoded.len());
        }
        for more in [&[0][..], &[255; 8], &[0; 4096]] {
            assert_refused(&*codec, &[&encoded, more].concat(), decoded.len());
        }
        for wrong in [0, decoded.len() - 1, decoded.len() + 8] {
            assert_eq!(codec.decode_into(&encoded, &mut vec![0; wrong]).unwrap_err().kind(), ErrorKind::CorruptChunk);
        }
        assert!(codec.decode(&encoded, decoded.len() - 1).is_err());
    }
}

#[test]
fn a_flip_of_any_bit_and_noise_give_data_or_an_error() {
    let noise = noise(1 << 14);
    for (codec, decoded) in streams() {
        let mut encoded = encode(&*codec, &decoded);
        let check = |bytes: &[u8]| {
            if let Err(error) = decode(&*codec, bytes, decoded.len()) {
                assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{error}");
            }
        };
        for bit in 0..encoded.len() * 8 {
            encoded[bit / 8] ^= 1 << (bit % 8);
            check(&encoded);
            encoded[bit / 8] ^= 1 << (bit % 8);
        }
        for round in 0..200 {
            let honest = &encoded[..round % encoded.len().min(40)];
            check(&[honest, &noise[round * 61..round * 61 + 1 + round * 3]].concat());
        }
    }
}

#[test]
fn zfp_reads_no_further_than_the_room_that_it_is_given() {
    // Behind that there are zeros as well, so that going further would be seen and do no harm.
    const MORE: usize = 1 << 16;
    let noise = noise(1 << 14);
    let params = [
        Params::reversible(),
        Params::accuracy(1e-3),
        Params::precision(7),
        Params { minbits: 0, maxbits: 700, maxprec: 64, minexp: -2 },
        Params { minbits: 300, maxbits: 500, maxprec: 64, minexp: -1075 },
        Params { minbits: 19, maxbits: 19, maxprec: 64, minexp: -1075 },
        Params { minbits: 0, maxbits: u32::MAX, maxprec: 64, minexp: -16_495 },
    ];
    for scalar in [Scalar::Int32, Scalar::Int64, Scalar::Float32, Scalar::Float64] {
        for shape in SHAPES {
            let field = Field::new(scalar, shape).unwrap();
            for params in params {
                assert!(params.are_sound(scalar));
                for (round, byte) in (0..300).zip([None, Some(0), Some(255), Some(1), Some(0x55)].into_iter().cycle()) {
                    let length = round * 5;
                    let room = field.room(&params, 0, length).unwrap();
                    let mut buffer = scratch(room + MORE).unwrap();
                    let padded = aligned(&mut buffer, room + MORE);
                    padded.fill(0);
                    let kept = length.min(room);
                    match byte {
                        Some(byte) => padded[..kept].fill(byte),
                        None => padded[..kept].copy_from_slice(&noise[round * 11..round * 11 + kept]),
                    }
                    // What is not kept would be bytes that no stream reaches.
                    padded[kept..length.max(kept)].fill(255);
                    let size = field.bytes().unwrap();
                    let mut numbers = scratch(size).unwrap();
                    let used = library::decompress(&field, &params, 0, length, padded, aligned(&mut numbers, size));
                    let used = used.unwrap();
                    assert!(used <= room, "{scalar:?} {shape:?} {params:?}: {used} of {room} bytes");
                }
            }
        }
    }
}

#[test]
fn buffers_that_are_too_short_or_lie_wrong_never_reach_the_library() {
    let field = Field::new(Scalar::Float64, &[64]).unwrap();
    let params = Params::reversible();
    let mut buffer = scratch(4096).unwrap();
    let room = aligned(&mut buffer, 4096);
    let (numbers, room) = room.split_at_mut(512);
    let internal = |result: Result<usize>| assert_eq!(result.unwrap_err().kind(), ErrorKind::Internal);
    internal(library::compress(&field, &params, false, &numbers[..504], room));
    internal(library::compress(&field, &params, false, numbers, &mut room[..512]));
    internal(library::compress(&field, &params, false, numbers, &mut room[1..]));
    internal(library::decompress(&field, &params, 0, 512, &mut room[..512], numbers));
    internal(library::decompress(&field, &params, 0, 512, &mut room[4..], numbers));
    internal(library::decompress(&field, &params, 0, 512, room, &mut numbers[..504]));
    let long = Field::new(Scalar::Float64, &[63]).unwrap();
    internal(library::compress(&long, &params, false, numbers, room));
    assert!(library::compress(&field, &params, false, numbers, room).is_ok());
}

#[test]
fn a_header_of_other_numbers_is_refused_and_one_of_another_shape_is_taken() {
    let decoded = data(Kind::Float, 4, 60);
    let flat = zfpy(Kind::Float, 4, &[60], json!({})).unwrap();
    let square = zfpy(Kind::Float, 4, &[6, 10], json!({})).unwrap();
    assert_eq!(decode(&*square, &encode(&*flat, &decoded), decoded.len()).unwrap(), decoded);
    let other = zfpy(Kind::Int, 4, &[60], json!({})).unwrap();
    let error = decode(&*other, &encode(&*flat, &decoded), decoded.len()).unwrap_err();
    assert!(error.message().contains("header says Float32, expected Int32"), "{error}");
    let long = zfpy(Kind::Float, 4, &[61], json!({})).unwrap();
    let error = decode(&*long, &encode(&*flat, &decoded), 61 * 4).unwrap_err();
    assert!(error.message().ends_with("decodes to 240 bytes, expected 244"), "{error}");
}
