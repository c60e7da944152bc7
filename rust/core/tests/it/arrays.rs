//! Whole reads and writes against a model in plain memory, over stores, shapes, shards, orders and selections.

use std::sync::Arc;

use bytes::Bytes;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use zarrust_core::copy::View;
use zarrust_core::runtime;
use zarrust_core::selection::Points;
use zarrust_core::stores::{ByteRange, LocalStore, MemoryStore, Store};
use zarrust_core::{Array, Axis, Error, ErrorKind, Selection, Spec};

fn array(store: &Arc<dyn Store>, shape: &[u64], chunk: &[u64], codecs: Value, keep_empty: bool) -> Arc<Array> {
    let spec: Spec = serde_json::from_value(json!({
        "path": "a", "shape": shape, "chunk_shape": chunk, "chunk_key": {"name": "default", "separator": "/"},
        "element": {"size": 2, "swap": 2, "order": "little"}, "codecs": codecs, "write_empty_chunks": keep_empty,
    }))
    .unwrap();
    Arc::new(Array::new(store.clone(), spec, FILL.to_le_bytes().to_vec(), &[]).unwrap())
}

const FILL: u16 = 7;

fn view(data: &mut [u16], counts: &[u64]) -> View {
    let mut strides = vec![0; counts.len()];
    let mut stride = 2_isize;
    for (slot, count) in strides.iter_mut().zip(counts).rev() {
        *slot = stride;
        stride *= *count as isize;
    }
    // SAFETY: the tests keep `data` until the job has ended.
    unsafe { View::new(data.as_mut_ptr().cast(), strides, Arc::new(())) }
}

fn counts(selection: &Selection) -> Vec<u64> {
    selection.counts().into_iter().map(|count| count as u64).collect()
}

fn read(array: &Arc<Array>, selection: &Selection) -> Result<Vec<u16>, Error> {
    let mut out = vec![0xdead; selection.elements()];
    let job = array.read(selection.clone(), view(&mut out, &counts(selection)))?;
    runtime::run(job, || Ok::<(), Error>(()))?;
    Ok(out)
}

fn write(array: &Arc<Array>, selection: &Selection, data: &mut [u16]) -> Result<(), Error> {
    let job = array.write(selection.clone(), view(data, &counts(selection)), Vec::new())?;
    runtime::run(job, || Ok::<(), Error>(()))
}

fn one(at: u64) -> Axis {
    Axis::Steps { start: at, count: 1, step: 1 }
}

/// A selection, with the positions in the C-ordered model that it means, in the order of the caller's memory.
type Wanted = (Selection, Vec<usize>);

/// What an axis takes, and the same as numbers.
type Along = (Axis, Vec<i64>);

fn boxed(axes: Vec<Along>, shape: &[u64]) -> Wanted {
    let places = axes.iter().zip(shape).fold(vec![0], |places: Vec<usize>, ((_, along), length)| {
        places.iter().flat_map(|place| along.iter().map(move |at| place * *length as usize + *at as usize)).collect()
    });
    (Selection::Box(axes.into_iter().map(|(axis, _)| axis).collect()), places)
}

fn points(rows: &[i64], columns: &[i64], shape: &[u64]) -> Wanted {
    let places = rows.iter().zip(columns).map(|(y, x)| (*y as u64 * shape[1] + *x as u64) as usize).collect();
    (Selection::Points(Points::new(&[rows, columns]).unwrap()), places)
}

fn little() -> Value {
    json!({"name": "bytes", "configuration": {"endian": "little"}})
}

fn sharded(inner: &[u64], codecs: Value, location: &str) -> Value {
    json!({"name": "sharding_indexed", "configuration": {
        "chunk_shape": inner, "codecs": codecs, "index_codecs": [little(), "crc32c"], "index_location": location,
    }})
}

/// Codec lists for 2-d chunks of 4 × 6.
fn chains() -> Vec<Value> {
    let big = json!({"name": "bytes", "configuration": {"endian": "big"}});
    let turn = json!({"name": "transpose", "configuration": {"order": [1, 0]}});
    let zstd = json!({"name": "zstd", "configuration": {"level": 1, "checksum": true}});
    let gzip = json!({"name": "gzip", "configuration": {"level": 1}});
    vec![
        json!([little()]),
        json!([big]),
        json!([turn, big, zstd]),
        json!([little(), gzip, "crc32c"]),
        json!([sharded(&[2, 3], json!([little(), zstd]), "end")]),
        json!([sharded(&[1, 6], json!([turn, big, "crc32c"]), "start"), gzip]),
        json!([turn, sharded(&[3, 2], json!([little()]), "end")]),
        json!([sharded(&[4, 3], json!([sharded(&[2, 1], json!([little(), zstd]), "start")]), "end")]),
    ]
}

fn stores() -> Vec<(Arc<dyn Store>, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    vec![
        (Arc::new(MemoryStore::new()), None),
        (Arc::new(LocalStore::new(folder.path().to_owned(), false)), Some(folder)),
    ]
}

fn along(length: u64) -> impl Strategy<Value = Along> {
    let steps = (0..length, 1_u64..=length, 1_u64..5).prop_map(move |(start, count, step)| {
        let count = count.min((length - start).div_ceil(step));
        (Axis::Steps { start, count, step }, (0..count).map(|i| (start + i * step) as i64).collect())
    });
    let list =
        proptest::collection::vec(0..length as i64, 0..2 * length as usize).prop_map(|list| (Axis::list(&list), list));
    let turned = Just((0..length as i64).rev().collect::<Vec<_>>()).prop_map(|list| (Axis::list(&list), list));
    prop_oneof![3 => steps, 3 => list, 1 => turned]
}

/// Boxes of steps and lists, and points; with duplicates, in any order.
fn selection(shape: [u64; 2]) -> impl Strategy<Value = Wanted> {
    let boxes = (along(shape[0]), along(shape[1])).prop_map(move |(y, x)| boxed(vec![y, x], &shape));
    let single = proptest::collection::vec((0..shape[0] as i64, 0..shape[1] as i64), 0..40).prop_map(move |list| {
        let (rows, columns): (Vec<_>, Vec<_>) = list.into_iter().unzip();
        points(&rows, &columns, &shape)
    });
    let every = Just(()).prop_map(move |()| {
        let (rows, columns): (Vec<_>, Vec<_>) =
            (0..(shape[0] * shape[1]) as i64).rev().map(|i| (i / shape[1] as i64, i % shape[1] as i64)).unzip();
        points(&rows, &columns, &shape)
    });
    prop_oneof![4 => boxes, 2 => single, 1 => every]
}

fn case() -> impl Strategy<Value = ([u64; 2], Vec<(Wanted, bool)>)> {
    (1_u64..11, 1_u64..15).prop_flat_map(|(rows, columns)| {
        let shape = [rows, columns];
        (Just(shape), proptest::collection::vec((selection(shape), any::<bool>()), 1..6))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_is_written_anywhere_is_read_back_everywhere(
        (shape, steps) in case(), chain in 0..8_usize, keep_empty: bool, local: bool,
    ) {
        let (store, _keep) = stores().swap_remove(usize::from(local));
        let array = array(&store, &shape, &[4, 6], chains().swap_remove(chain), keep_empty);
        let mut model = vec![FILL; (shape[0] * shape[1]) as usize];
        for (turn, ((selection, places), empty)) in steps.into_iter().enumerate() {
            let mut data: Vec<u16> = (0..places.len()).map(|i| if empty { FILL } else { (turn * 1000 + i) as u16 }).collect();
            write(&array, &selection, &mut data).unwrap();
            places.iter().zip(&data).for_each(|(place, value)| model[*place] = *value);
            prop_assert_eq!(&read(&array, &Selection::all(&shape)).unwrap(), &model);
            let wanted: Vec<u16> = places.iter().map(|place| model[*place]).collect();
            prop_assert_eq!(read(&array, &selection).unwrap(), wanted);
        }
        let stored = block_on(array.stored_objects()).unwrap().len();
        if !keep_empty && model.iter().all(|value| *value == FILL) {
            prop_assert_eq!(stored, 0);
        }
    }

    #[test]
    fn any_part_of_a_chunk_is_read(chain in 0..8_usize, (selection, places) in selection([9, 13])) {
        let (store, _keep) = stores().swap_remove(1);
        let array = array(&store, &[9, 13], &[4, 6], chains().swap_remove(chain), false);
        let mut data: Vec<u16> = (100..100 + 9 * 13).collect();
        write(&array, &Selection::all(&[9, 13]), &mut data).unwrap();
        let wanted: Vec<u16> = places.iter().map(|place| data[*place]).collect();
        prop_assert_eq!(read(&array, &selection).unwrap(), wanted);
    }
}

#[test]
fn a_scalar_array_has_one_chunk() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let array = array(&store, &[], &[], json!([little()]), false);
    write(&array, &Selection::all(&[]), &mut [5]).unwrap();
    assert_eq!(read(&array, &Selection::all(&[])).unwrap(), [5]);
    assert_eq!(block_on(store.list("")).unwrap(), ["a/c"]);
}

#[test]
fn a_corner_of_a_huge_array_is_read_and_written_at_once() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let array = array(&store, &[1 << 62, 1 << 62], &[4, 6], json!([little()]), false);
    let last = Axis::Steps { start: (1 << 62) - 2, count: 2, step: 1 };
    let corner = Selection::Box(vec![last.clone(), last]);
    write(&array, &corner, &mut [1, 2, 3, 4]).unwrap();
    assert_eq!(read(&array, &corner).unwrap(), [1, 2, 3, 4]);
    let end = (1 << 62) - 1;
    let far = Selection::Points(Points::new(&[&[end, 0, end - 1], &[end, 0, end]]).unwrap());
    assert_eq!(read(&array, &far).unwrap(), [4, FILL, 2]);
}

#[test]
fn a_damaged_object_is_corrupt_and_names_its_key() {
    let (store, _keep) = stores().swap_remove(1);
    for chain in chains() {
        let array = array(&store, &[4, 6], &[4, 6], chain.clone(), false);
        let mut data: Vec<u16> = (0..24).collect();
        write(&array, &Selection::all(&[4, 6]), &mut data).unwrap();
        let whole = block_on(store.get("a/c/0/0", ByteRange::All)).unwrap().unwrap();
        for cut in 0..whole.len() {
            block_on(store.set("a/c/0/0", whole.slice(..cut))).unwrap();
            let error = read(&array, &Selection::all(&[4, 6])).unwrap_err();
            assert_eq!((error.kind(), error.key()), (ErrorKind::CorruptChunk, Some("a/c/0/0")), "{chain} cut at {cut}");
            let part = write(&array, &Selection::Box(vec![one(1), one(1)]), &mut [9]);
            assert_eq!(part.unwrap_err().kind(), ErrorKind::CorruptChunk, "{chain} cut at {cut}");
        }
    }
}

#[test]
fn an_index_that_points_into_itself_or_past_the_end_is_corrupt() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let codec = json!([{"name": "sharding_indexed", "configuration": {
        "chunk_shape": [2, 3], "codecs": [little()], "index_codecs": [little()],
    }}]);
    let array = array(&store, &[4, 6], &[4, 6], codec, false);
    let bad = [(0, 13), (36, 12), (37, 12), (u64::MAX - 3, 12), (u64::MAX, 12), (0, u64::MAX), (1 << 63, 1 << 63)];
    for (offset, length) in bad {
        let mut shard = vec![1_u8; 48 - 12];
        for (offset, length) in [(offset, length), (0, 12), (12, 12), (24, 12)] {
            shard.extend(u64::to_le_bytes(offset).into_iter().chain(length.to_le_bytes()));
        }
        block_on(store.set("a/c/0/0", Bytes::from(shard))).unwrap();
        let error = read(&array, &Selection::all(&[4, 6])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptChunk, "{offset} {length}: {error}");
        assert!(error.to_string().contains("inner chunk [0, 0]"), "{error}");
        assert!(
            read(&array, &Selection::Box(vec![Axis::Steps { start: 2, count: 2, step: 1 }, Axis::all(6)])).is_ok(),
            "{offset} {length}"
        );
    }
}

#[test]
fn codec_lists_that_cannot_work_are_refused_when_the_array_is_opened() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let cases = [
        (json!([]), ErrorKind::InvalidMetadata),
        (json!(["crc32c", little()]), ErrorKind::InvalidMetadata),
        (json!([little(), little()]), ErrorKind::InvalidMetadata),
        (json!(["bytes"]), ErrorKind::InvalidMetadata),
        (json!([little(), "nonesuch"]), ErrorKind::UnknownCodec),
        (json!([{"name": "transpose", "configuration": {"order": [0, 0]}}, little()]), ErrorKind::InvalidMetadata),
        (json!([sharded(&[3, 3], json!([little()]), "end")]), ErrorKind::InvalidMetadata),
        (json!([sharded(&[0, 3], json!([little()]), "end")]), ErrorKind::InvalidMetadata),
        (json!([little(), {"name": "zstd", "configuration": {"level": 99}}]), ErrorKind::InvalidMetadata),
        (json!([7]), ErrorKind::InvalidMetadata),
    ];
    for (codecs, kind) in cases {
        let spec: Spec = serde_json::from_value(json!({
            "path": "", "shape": [4, 6], "chunk_shape": [4, 6], "chunk_key": {"name": "v2", "separator": "."},
            "element": {"size": 2, "swap": 2, "order": "little"}, "codecs": codecs, "write_empty_chunks": false,
        }))
        .unwrap();
        let error = Array::new(store.clone(), spec, vec![0; 2], &[]).err().unwrap();
        assert_eq!(error.kind(), kind, "{codecs}: {error}");
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused_before_anything_is_allocated() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let open = |chunk: [u64; 2], codecs: Value| {
        let spec: Spec = serde_json::from_value(json!({
            "path": "", "shape": [1_u64 << 40, 1_u64 << 40], "chunk_shape": chunk,
            "chunk_key": {"name": "v2", "separator": "."}, "codecs": codecs, "write_empty_chunks": false,
            "element": {"size": 2, "swap": 2, "order": "little"},
        }))
        .unwrap();
        Array::new(store.clone(), spec, vec![0; 2], &[])
    };
    assert!(open([1 << 32, 1 << 32], json!([little()])).is_err());
    assert!(open([1 << 20, 1 << 20], json!([sharded(&[1, 1], json!([little()]), "end")])).is_err());
    let terabytes = Arc::new(open([1 << 23, 1 << 23], json!([little(), "crc32c"])).unwrap());
    let error = write(&terabytes, &Selection::Box(vec![one(0), one(0)]), &mut [1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
}

#[test]
fn a_job_stops_when_its_watcher_says_so() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let codecs = json!([little(), {"name": "zstd", "configuration": {"level": 19, "checksum": false}}]);
    let array = array(&store, &[4096, 4096], &[64, 64], codecs, false);
    let mut data: Vec<u16> = (0..4096_u32 * 4096).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as u16).collect();
    let job = array.write(Selection::all(&[4096, 4096]), view(&mut data, &[4096, 4096]), Vec::new()).unwrap();
    let outcome = runtime::run(job, || Err(Error::new(ErrorKind::Cancelled, "enough")));
    assert_eq!(outcome.unwrap_err().message(), "enough");
    assert!(block_on(array.stored_objects()).unwrap().len() < 4096);
}
