//! What [`ObjectStore`] makes of broken bodies, replaced objects, services without ranges, and refusals.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error as Cause, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore as Inner, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    RetryConfig,
};
use zarrust_core::ErrorKind;
use zarrust_core::landing::Landing;
use zarrust_core::stores::{Answer, ByteRange, ObjectStore, Store};

/// What befalls one read.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The body ends after so many bytes.
    Cut(usize),
    /// The body breaks after so many bytes.
    Break(usize),
    /// The body breaks after so many bytes, and another object takes the place.
    Replace(usize),
    /// As services without tags; the body ends after so many bytes.
    Untagged(usize),
    /// The service refuses ranges from the end.
    NoSuffix,
    /// The service refuses ranges.
    NoRange,
    Denied,
    Unavailable,
}

/// Objects in memory whose reads meet one fault after the other, then none.
#[derive(Debug, Default)]
struct Faulty {
    inner: InMemory,
    faults: Mutex<VecDeque<Fault>>,
    reads: Mutex<Vec<String>>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

fn generic(text: &'static str) -> Cause {
    Cause::Generic { store: "Faulty", source: text.into() }
}

#[async_trait]
impl Inner for Faulty {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let range = options.range.as_ref().map_or("all".to_owned(), GetRange::to_string);
        let tagged = if options.if_match.is_some() { " if-match" } else { "" };
        let asked = if options.head { "head".to_owned() } else { format!("{range}{tagged}") };
        self.reads.lock().unwrap().push(asked);
        let (is_read, is_suffix) = (!options.head, matches!(options.range, Some(GetRange::Suffix(_))));
        let is_ranged = options.range.is_some();
        let fault = if is_read { self.faults.lock().unwrap().pop_front() } else { None };
        let mut answer = self.inner.get_opts(path, options).await?;
        let (keep, breaks) = match fault {
            None => return Ok(answer),
            Some(Fault::Denied) => {
                return Err(Cause::PermissionDenied { path: path.to_string(), source: "403".into() });
            }
            Some(Fault::Unavailable) => return Err(generic("503 for https://h.example/x?sig=SECRET")),
            Some(Fault::NoSuffix) if is_suffix => return Err(Cause::NotSupported { source: "suffix".into() }),
            Some(Fault::NoRange) if is_ranged => return Err(Cause::NotSupported { source: "range".into() }),
            Some(Fault::NoSuffix | Fault::NoRange) => return Ok(answer),
            Some(Fault::Cut(keep)) => (keep, false),
            Some(Fault::Break(keep)) => (keep, true),
            Some(Fault::Replace(keep)) => {
                self.inner.put(path, vec![9; 50].into()).await?;
                (keep, true)
            }
            Some(Fault::Untagged(keep)) => {
                answer.meta.e_tag = None;
                (keep, false)
            }
        };
        let (meta, range) = (answer.meta.clone(), answer.range.clone());
        let attributes = answer.attributes.clone();
        let extensions = answer.extensions.clone();
        let kept = answer.bytes().await?.slice(..keep);
        let end = breaks.then(|| Err(generic("connection reset")));
        let body = stream::iter([Ok(kept)].into_iter().chain(end)).boxed();
        Ok(GetResult { payload: GetResultPayload::Stream(body), meta, range, attributes, extensions })
    }

    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if options.mode == object_store::PutMode::Create {
            let (operation, implementer) = ("put".to_owned(), self.to_string());
            return Err(Cause::NotImplemented { operation, implementer });
        }
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(Cause::NotImplemented { operation: "put_multipart".to_owned(), implementer: self.to_string() })
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

/// Reads a range of an object of the bytes 0 to 99; answers with what was asked of the service.
fn read(faults: &[Fault], range: ByteRange) -> (zarrust_core::Result<Option<Bytes>>, Vec<String>) {
    let inner = Arc::new(Faulty::default());
    let store = ObjectStore::new(inner.clone(), "faulty://".into());
    let found = run(async {
        store.set("a", (0..100).collect()).await.unwrap();
        inner.faults.lock().unwrap().extend(faults);
        store.get("a", range).await
    });
    let reads = inner.reads.lock().unwrap().clone();
    (found, reads)
}

fn bytes(range: std::ops::Range<u8>) -> Bytes {
    range.collect()
}

#[test]
fn a_broken_body_is_read_on_from_where_it_broke() {
    for fault in [Fault::Cut, Fault::Break] {
        let (found, reads) = read(&[fault(30), fault(0), fault(40)], ByteRange::From(10));
        assert_eq!(found.unwrap().unwrap(), bytes(10..100));
        let rest = ["bytes=40-99 if-match", "bytes=40-99 if-match", "bytes=80-99 if-match"];
        assert_eq!(reads, [&["bytes=10-"], rest.as_slice()].concat());
    }
}

#[test]
fn bytes_land_where_they_are_wanted_whatever_befalls_the_body() {
    let range = ByteRange::Bounded { start: 10, end: 60 };
    for (faults, first) in [
        (vec![], 12),
        (vec![Fault::Cut(7), Fault::Break(0), Fault::Break(20)], 12),
        (vec![Fault::Untagged(30)], 12),
        (vec![Fault::Replace(5)], 9),
    ] {
        let inner = Arc::new(Faulty::default());
        let store = ObjectStore::new(inner.clone(), "faulty://".into());
        let mut memory = vec![99; 20];
        let mut landing = Landing::new(50);
        let (front, back) = memory.split_at_mut(15);
        assert!(landing.want(2, front) && landing.want(40, back));
        let answer = run(async {
            store.set("a", (0..100).collect()).await.unwrap();
            inner.faults.lock().unwrap().extend(&faults);
            store.read("a", range, None, Some(&mut landing)).await.unwrap()
        });
        match answer {
            Answer::Landed => {
                let right: Vec<u8> = (12..27).chain(50..55).collect();
                assert_eq!((memory, first), (right, 12), "{faults:?}");
            }
            // The object is shorter now than what was to land.
            Answer::Found(piece) => assert_eq!((piece.bytes.len(), piece.bytes[0]), (40, first), "{faults:?}"),
            other => panic!("{other:?} after {faults:?}"),
        }
    }
}

#[test]
fn a_body_of_another_length_does_not_land() {
    let store = ObjectStore::new(Arc::new(Faulty::default()), "faulty://".into());
    let mut memory = vec![99; 4];
    let mut landing = Landing::new(99);
    assert!(landing.want(0, &mut memory));
    let answer = run(async {
        store.set("a", (0..100).collect()).await.unwrap();
        store.read("a", ByteRange::All, None, Some(&mut landing)).await.unwrap()
    });
    assert!(matches!(answer, Answer::Found(piece) if piece.bytes == bytes(0..100)));
    assert_eq!(memory, [99; 4]);
}

#[test]
fn a_body_that_breaks_at_its_end_is_whole() {
    let (found, reads) = read(&[Fault::Break(100)], ByteRange::All);
    assert_eq!((found.unwrap().unwrap(), reads.len()), (bytes(0..100), 1));
}

#[test]
fn reading_on_ends_after_three_times() {
    let (found, reads) = read(&[Fault::Break(1); 9], ByteRange::All);
    let error = found.unwrap_err();
    assert_eq!((error.kind(), reads.len()), (ErrorKind::Store, 4));
    assert_eq!(error.message(), "cannot read: Generic Faulty error: connection reset");
    let (found, _) = read(&[Fault::Cut(1); 9], ByteRange::All);
    assert_eq!(found.unwrap_err().message(), "cannot read: 96 bytes are missing");
}

#[test]
fn an_object_replaced_meanwhile_is_read_from_the_start() {
    let (found, reads) = read(&[Fault::Replace(30)], ByteRange::All);
    assert_eq!(found.unwrap().unwrap(), vec![9; 50]);
    assert_eq!(reads, ["all", "bytes=30-99 if-match", "all"]);
}

#[test]
fn without_tags_a_broken_read_starts_over() {
    let (found, reads) = read(&[Fault::Untagged(30)], ByteRange::From(10));
    assert_eq!(found.unwrap().unwrap(), bytes(10..100));
    assert_eq!(reads, ["bytes=10-", "bytes=10-"]);
}

#[test]
fn a_service_without_ranges_from_the_end_is_asked_for_the_size() {
    let (found, reads) = read(&[Fault::NoSuffix], ByteRange::Suffix(10));
    assert_eq!(found.unwrap().unwrap(), bytes(90..100));
    assert_eq!(reads, ["bytes=-10", "head", "bytes=90-99 if-match"]);
}

#[test]
fn a_small_object_of_a_service_without_ranges_is_cut_here() {
    let (found, reads) = read(&[Fault::NoRange], ByteRange::Bounded { start: 20, end: 30 });
    assert_eq!(found.unwrap().unwrap(), bytes(20..30));
    assert_eq!(reads, ["bytes=20-29", "head", "all if-match"]);
}

#[test]
fn only_absence_is_absence() {
    let (found, _) = read(&[Fault::Denied], ByteRange::All);
    assert_eq!(found.unwrap_err().kind(), ErrorKind::Permission);
    let (found, reads) = read(&[Fault::Unavailable], ByteRange::Suffix(4));
    let error = found.unwrap_err();
    assert_eq!((error.kind(), reads.len()), (ErrorKind::Store, 1));
    assert_eq!(error.message(), "cannot read: Generic Faulty error: 503 for https://h.example/x?…");
}

#[test]
fn what_a_service_cannot_do_is_said_or_done_otherwise() {
    run(async {
        let store = ObjectStore::new(Arc::new(Faulty::default()), "faulty://".into());
        let error = store.set_if_absent("a", Bytes::new()).await.unwrap_err();
        assert_eq!(error.message(), "the store cannot create an object only if there is none");
        store.set("large", vec![1; 65 << 20].into()).await.unwrap();
        assert_eq!(store.size("large").await.unwrap(), Some(65 << 20));
    });
}

/// A server that answers every request by its method; one connection each.
fn serve(answer: fn(&str) -> String) -> ObjectStore {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 8192];
            let length = connection.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..length]).to_lowercase();
            connection.write_all(answer(&text).as_bytes()).unwrap();
        }
    });
    let s3 = AmazonS3Builder::new()
        .with_endpoint(format!("http://{address}"))
        .with_allow_http(true)
        .with_region("here")
        .with_bucket_name("bucket")
        .with_access_key_id("SECRET")
        .with_secret_access_key("SECRET")
        .with_token("SECRET")
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .build()
        .unwrap();
    ObjectStore::new(Arc::new(s3), "s3://bucket".into())
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

#[test]
fn a_range_past_the_end_of_an_object_on_s3_is_empty() {
    let store = serve(|request| match request.starts_with("head") {
        true => answer("200 OK", "last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\netag: \"1\"\r\n", "0123456789"),
        false => answer("416 Range Not Satisfiable", "", "<Error><Code>InvalidRange</Code></Error>"),
    });
    run(async {
        assert_eq!(store.get("a", ByteRange::From(10)).await.unwrap(), Some(Bytes::new()));
        assert_eq!(store.get("a", ByteRange::Bounded { start: 12, end: 20 }).await.unwrap(), Some(Bytes::new()));
        assert!(store.get("a", ByteRange::From(9)).await.is_err());
    });
}

#[test]
fn errors_of_s3_tell_no_secrets() {
    let store = serve(|_| {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key.</Message>\
                    <AWSAccessKeyId>SECRET</AWSAccessKeyId><CanonicalRequest>SECRET</CanonicalRequest></Error>";
        answer("403 Forbidden", "", body)
    });
    run(async {
        let errors = [
            store.get("a", ByteRange::All).await.unwrap_err(),
            store.set("a", Bytes::new()).await.unwrap_err(),
            store.list("a").await.unwrap_err(),
            store.delete("a").await.unwrap_err(),
        ];
        for error in errors {
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
        let error = store.get("a", ByteRange::All).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(error.message().ends_with("403 Forbidden: SignatureDoesNotMatch: Check your key."), "{error}");
    });
}
