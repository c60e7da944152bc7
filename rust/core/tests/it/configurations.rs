//! What each codec is tried with, by its name in the tables; the fuzz targets use it too.

use serde_json::{Value, json};

/// The chunk that the configurations are for: 4 KiB of elements like `element`.
pub fn shape(element: &Value) -> [u64; 2] {
    [64, 64 / element["size"].as_u64().unwrap()]
}

/// An element of `kind`, as `"int"`, with so many bytes.
pub fn element(kind: &str, size: usize) -> Value {
    let (swap, order) = match kind {
        "text" | "binary" => (1, None),
        _ => (size, (size > 1).then_some("little")),
    };
    json!({"size": size, "swap": swap, "order": order, "kind": kind})
}

/// The configurations to try, each with the element before it.
pub fn configurations(name: &str) -> Vec<(Value, Value)> {
    let int = || element("int", 4);
    let float = || element("float", 4);
    let of = |configurations: &[Value]| configurations.iter().map(|one| (one.clone(), int())).collect();
    let numbers = || {
        let types = [("int", 4), ("uint", 2), ("float", 4), ("float", 8), ("int", 8), ("float", 2)];
        types.map(|(kind, size)| element(kind, size)).to_vec()
    };
    match name {
        "blosc" => vec![(json!({}), int()), (json!({"typesize": 8}), int())],
        "numcodecs.shuffle" => of(&[4, 2, 8, 16, 1, 32].map(|size| json!({"elementsize": size}))),
        "numcodecs.lzma" => of(&[
            json!({"preset": 0}),
            json!({"format": 2, "preset": 0}),
            json!({"format": 3, "filters": [{"id": 3, "dist": 4}, {"id": 33, "preset": 0}]}),
            json!({"format": 3, "filters": [{"id": 4}, {"id": 33, "preset": 0, "lc": 2, "dict_size": 65536}]}),
        ]),
        "numcodecs.crc32" | "numcodecs.crc32c" | "numcodecs.adler32" => {
            of(&["start", "end"].map(|location| json!({"location": location})))
        }
        "numcodecs.n5_wrapper" => vec![
            (json!({}), int()),
            (json!({"compressor": {"name": "gzip", "configuration": {"level": 1}}}), element("uint", 2)),
            (json!({"compressor": {"name": "numcodecs.lz4"}}), float()),
        ],
        "numcodecs.pcodec" => numbers().into_iter().map(|element| (json!({}), element)).collect(),
        "zfp" => vec![(json!({"mode": "reversible"}), int()), (json!({"mode": "reversible"}), element("float", 8))],
        "numcodecs.zfpy" => vec![(Value::Null, int()), (Value::Null, float()), (Value::Null, element("float", 8))],
        "numcodecs.delta" => of(&[
            json!({"dtype": "<i4"}),
            json!({"dtype": "<i4", "astype": ">i2"}),
            json!({"dtype": ">f4"}),
            json!({"dtype": "|u1"}),
            json!({"dtype": "<i8", "astype": "<f4"}),
            json!({"dtype": "<f2"}),
        ]),
        "numcodecs.fixedscaleoffset" => of(&[
            json!({"offset": 10, "scale": 0.1, "dtype": "<f8", "astype": "<i2"}),
            json!({"offset": 10, "scale": 3, "dtype": "<i4"}),
            json!({"offset": 1.5, "scale": 0, "dtype": "<f4", "astype": "|u1"}),
            json!({"offset": 0, "scale": 7, "dtype": ">i2", "astype": "<f2"}),
        ]),
        "numcodecs.quantize" => of(&[
            json!({"digits": 3, "dtype": "<f4"}),
            json!({"digits": -300, "dtype": "<f8", "astype": "<f4"}),
            json!({"digits": 300, "dtype": ">f2"}),
        ]),
        "numcodecs.astype" => of(&[("<i4", "<f8"), (">f2", "|u1"), ("<f8", "<u8"), ("|b1", "<i4"), ("<f4", ">i4")]
            .map(|(encode, decode)| json!({"encode_dtype": encode, "decode_dtype": decode}))),
        "numcodecs.packbits" | "packbits" => vec![(Value::Null, element("bool", 1))],
        "numcodecs.bitround" | "bitround" => vec![(json!({"keepbits": 3}), float()), (json!({"keepbits": 0}), float())],
        "scale_offset" => [json!({"offset": 5, "scale": 3}), json!({"scale": 7}), json!({"offset": 1})]
            .into_iter()
            .cycle()
            .zip(numbers())
            .collect(),
        "cast_value" => ["int8", "uint8", "float16", "float32", "uint64", "int64", "float64"]
            .into_iter()
            .map(|to| json!({"data_type": to, "out_of_range": "clamp"}))
            .zip(numbers().into_iter().cycle())
            .collect(),
        "reshape" => of(&[json!({"shape": [16, 64]}), json!({"shape": [[0], [1]]}), json!({"shape": [-1, 4]})]),
        "transpose" => of(&[json!({"order": [1, 0]})]),
        "bytes" | "endian" => ["big", "little"]
            .into_iter()
            .cycle()
            .map(|endian| json!({"endian": endian}))
            .zip(
                [("int", 2), ("int", 4), ("int", 4), ("float", 8), ("float", 8)]
                    .map(|(kind, size)| element(kind, size)),
            )
            .collect(),
        "vlen-utf8" => vec![(Value::Null, element("text", 16))],
        "vlen-bytes" => vec![(Value::Null, element("binary", 16))],
        "sharding_indexed" => shards(),
        _ => vec![(Value::Null, int())],
    }
}

fn shards() -> Vec<(Value, Value)> {
    let plain = || json!([{"name": "bytes", "configuration": {"endian": "little"}}]);
    let then = |last: Value| json!([{"name": "bytes", "configuration": {"endian": "little"}}, last]);
    let shard = |shape: [u64; 2], codecs: Value, index: Value, location: &str| {
        json!({
            "chunk_shape": shape, "codecs": codecs, "index_codecs": index, "index_location": location,
        })
    };
    let inner = json!([{"name": "sharding_indexed", "configuration": shard([4, 2], plain(), plain(), "end")}]);
    vec![
        (shard([32, 8], plain(), plain(), "start"), element("int", 4)),
        (shard([8, 8], then(json!("zstd")), plain(), "end"), element("int", 4)),
        (shard([32, 8], then(json!("gzip")), then(json!("crc32c")), "end"), element("int", 4)),
        (shard([16, 16], inner, plain(), "start"), element("int", 4)),
        (shard([32, 2], json!(["vlen-utf8"]), plain(), "end"), element("text", 16)),
    ]
}
