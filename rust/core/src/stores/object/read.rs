//! Reading a range of an object over a connection that may break and from a service that may not know ranges.
//!
//! Source: RFC 9110, sections 13.1.1 (If-Match), 14 (ranges) and 15.5.17 (416).

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::StreamExt;
use object_store::path::Path;
use object_store::{
    Error as Cause, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt,
};

use super::report::failed;
use super::traffic;
use crate::error::{Error, ErrorKind, Result};
use crate::landing::Landing;
use crate::random;
use crate::scratch::Output;
use crate::stores::{Answer, ByteRange, Piece};

/// How often a read goes on after a body broke or an object changed under it.
const RETRIES: u32 = 3;

/// The first pause; each next one is twice as long, as long as they are short, and all vary by half.
const PAUSE: Duration = Duration::from_millis(100);

/// How often pauses double.
const DOUBLINGS: u32 = 5;

/// Some servers make tags of the time of change in seconds; after this long, and some of doubt about clocks, another
/// version has another tag.
const SETTLED: TimeDelta = TimeDelta::seconds(3);

/// From a service without ranges, objects up to this are fetched whole.
const LARGEST_WHOLE: u64 = 16 << 20;

/// Shorter bodies come in a piece or two.
const SHORT: usize = 32 << 10;

/// Room that is made before anything has arrived.
const TRUSTED: usize = 16 << 20;

/// How errors about ranges read: of HTTP, of the crate's memory and disk, and of the crate where a service ignores ranges.
const RANGE_TEXTS: [&str; 4] =
    ["Range Not Satisfiable", "Wanted range starting at", "Requested range was invalid", "non-partial response"];

/// What the store knows of an object; none when there is none.
pub(super) async fn head(store: &dyn ObjectStore, path: &Path) -> Result<Option<ObjectMeta>> {
    match store.head(path).await {
        Ok(meta) => Ok(Some(meta)),
        Err(Cause::NotFound { .. }) => Ok(None),
        Err(cause) => Err(failed("read", cause)),
    }
}

/// Part of an object, of the version `tag` where one is given; in `landing`, if that is made for a body like it.
pub(super) async fn read(
    store: &dyn ObjectStore,
    path: &Path,
    range: ByteRange,
    tag: Option<&str>,
    mut landing: Option<&mut Landing<'_>>,
) -> Result<Answer> {
    if is_empty(range) {
        let found = head(store, path).await?;
        return Ok(found.map_or(Answer::Missing, |meta| found_piece(Bytes::new(), &meta)));
    }
    let mut retries = Retries::of(RETRIES);
    loop {
        let if_match = tag.map(str::to_owned);
        let wanted = GetOptions { range: wanted(range), if_match, ..GetOptions::default() };
        let answer = match store.get_opts(path, wanted).await {
            Ok(answer) => Some(answer),
            Err(Cause::Precondition { .. }) if tag.is_some() => return Ok(Answer::Changed),
            Err(cause) if range != ByteRange::All && is_about_the_range(&cause) => {
                match read_around(store, path, range, cause).await? {
                    Around::Done(Answer::Found(piece)) if tag.is_some() && piece.tag.as_deref() != tag => {
                        return Ok(Answer::Changed);
                    }
                    Around::Done(answer) => return Ok(answer),
                    Around::Answer(answer) => Some(answer),
                    Around::Changed => None,
                }
            }
            Err(Cause::NotFound { .. }) => return Ok(Answer::Missing),
            Err(cause) => return Err(failed("read", cause)),
        };
        if let Some(answer) = answer {
            let meta = answer.meta.clone();
            if tag.is_some() && strong(&meta) != tag {
                return Ok(Answer::Changed);
            }
            match read_body(store, path, answer, &mut retries, landing.as_deref_mut()).await? {
                Some(Body::Whole(body)) => return Ok(found_piece(body, &meta)),
                Some(Body::Landed) => return Ok(Answer::Landed),
                None => {}
            }
        }
        retries.pause(Error::new(ErrorKind::Store, "cannot read: the object keeps changing")).await?;
    }
}

/// A tag that tells any two versions apart; weak ones never match a condition.
fn strong(meta: &ObjectMeta) -> Option<&str> {
    meta.e_tag.as_deref().filter(|tag| !tag.starts_with("W/"))
}

fn found_piece(bytes: Bytes, meta: &ObjectMeta) -> Answer {
    traffic::received(bytes.len());
    let settled = chrono::Utc::now().signed_duration_since(meta.last_modified) >= SETTLED;
    let (tag, number) = (strong(meta).map(str::to_owned), meta.version.clone());
    Answer::Found(Piece { bytes, size: Some(meta.size), tag, number, settled })
}

fn is_empty(range: ByteRange) -> bool {
    match range {
        ByteRange::Bounded { start, end } => start >= end,
        ByteRange::Suffix(length) => length == 0,
        ByteRange::All | ByteRange::From(_) => false,
    }
}

fn wanted(range: ByteRange) -> Option<GetRange> {
    match range {
        // An empty object has no byte 0 to start from.
        ByteRange::All | ByteRange::From(0) => None,
        ByteRange::Bounded { start, end } => Some(GetRange::Bounded(start..end)),
        ByteRange::From(start) => Some(GetRange::Offset(start)),
        ByteRange::Suffix(length) => Some(GetRange::Suffix(length)),
    }
}

/// Whether a read failed for its range: past the end (416, and what `object_store` says itself), or a service that does
/// not do such ranges. The crate has no kinds for these, only texts; one wrong guess costs a request for the size.
fn is_about_the_range(cause: &Cause) -> bool {
    match cause {
        Cause::NotSupported { .. } => true,
        Cause::Generic { .. } => {
            let text = cause.to_string();
            RANGE_TEXTS.iter().any(|part| text.contains(part))
        }
        _ => false,
    }
}

/// What became of a read whose range was refused.
enum Around {
    Done(Answer),
    Answer(GetResult),
    Changed,
}

/// Reads a range that the service refused, by way of the object's size.
async fn read_around(store: &dyn ObjectStore, path: &Path, range: ByteRange, cause: Cause) -> Result<Around> {
    let Some(meta) = head(store, path).await? else {
        return Ok(Around::Done(Answer::Missing));
    };
    let part = range.resolve(meta.size);
    if part.is_empty() {
        return Ok(Around::Done(found_piece(Bytes::new(), &meta)));
    }
    // Without the tag, an object replaced since could answer with bytes from the wrong place.
    let if_match = strong(&meta).map(str::to_owned);
    let options = |range| GetOptions { range, if_match: if_match.clone(), ..GetOptions::default() };
    // Azure does all ranges but those from the end.
    if matches!(range, ByteRange::Suffix(_)) {
        match store.get_opts(path, options(Some(GetRange::Bounded(part.clone())))).await {
            Ok(answer) if answer.range == part => return Ok(Around::Answer(answer)),
            Ok(_) | Err(Cause::Precondition { .. }) => return Ok(Around::Changed),
            Err(Cause::NotFound { .. }) => return Ok(Around::Done(Answer::Missing)),
            Err(cause) if is_about_the_range(&cause) => {}
            Err(cause) => return Err(failed("read", cause)),
        }
    }
    if meta.size > LARGEST_WHOLE {
        return Err(failed("read", cause));
    }
    match store.get_opts(path, options(None)).await {
        Ok(answer) if answer.range == (0..meta.size) => {
            // The service counts as it likes, but the body has been checked to have its length.
            Ok(match read_body(store, path, answer, &mut Retries::of(RETRIES), None).await? {
                Some(Body::Whole(whole)) => {
                    Around::Done(found_piece(whole.slice(part.start as usize..part.end as usize), &meta))
                }
                Some(Body::Landed) | None => Around::Changed,
            })
        }
        Ok(_) | Err(Cause::Precondition { .. }) => Ok(Around::Changed),
        Err(Cause::NotFound { .. }) => Ok(Around::Done(Answer::Missing)),
        Err(cause) => Err(failed("read", cause)),
    }
}

/// A body that was read to its end.
enum Body {
    Whole(Bytes),
    Landed,
}

/// Reads a body to its end, going on where it broke; none when the object has changed meanwhile.
async fn read_body(
    store: &dyn ObjectStore,
    path: &Path,
    answer: GetResult,
    retries: &mut Retries,
    landing: Option<&mut Landing<'_>>,
) -> Result<Option<Body>> {
    if matches!(answer.payload, GetResultPayload::File(..)) {
        return answer.bytes().await.map(|body| Some(Body::Whole(body))).map_err(|cause| failed("read", cause));
    }
    let (tag, end) = (strong(&answer.meta).map(str::to_owned), answer.range.end);
    let mut at = answer.range.start;
    let mut gathered = Gathered::new(end.saturating_sub(at), landing)?;
    let mut body = answer.into_stream();
    loop {
        let failure = loop {
            match body.next().await {
                Some(Ok(piece)) => {
                    at += piece.len() as u64;
                    gathered.add(piece)?;
                }
                Some(Err(cause)) if at < end => break failed("read", cause),
                // Nothing is missing, or it shows below.
                Some(Err(_)) => body = futures::stream::empty().boxed(),
                None if at == end => return gathered.end().map(Some),
                None if at > end => return Err(Error::new(ErrorKind::Store, "cannot read: more bytes than asked for")),
                None => break Error::new(ErrorKind::Store, format!("cannot read: {} bytes are missing", end - at)),
            }
        };
        retries.pause(failure).await?;
        // Without a tag the rest might be that of another object.
        if tag.is_none() {
            return Ok(None);
        }
        let range = Some(GetRange::Bounded(at..end));
        let options = GetOptions { range, if_match: tag.clone(), ..GetOptions::default() };
        match store.get_opts(path, options).await {
            Ok(answer) if answer.range == (at..end) && answer.meta.e_tag == tag => body = answer.into_stream(),
            Ok(_) | Err(Cause::Precondition { .. } | Cause::NotFound { .. }) => return Ok(None),
            Err(cause) => return Err(failed("read", cause)),
        }
    }
}

/// The pieces of a body. Long ones are copied as they arrive: the connection then receives into the same memory again.
enum Gathered<'a, 'm> {
    Short(Vec<Bytes>),
    Long(Output),
    /// Those that go where they are wanted, and how many bytes have.
    Landing(&'a mut Landing<'m>, u64),
}

impl<'a, 'm> Gathered<'a, 'm> {
    /// For a body that is said to have so many bytes.
    fn new(length: u64, landing: Option<&'a mut Landing<'m>>) -> Result<Self> {
        if let Some(landing) = landing.filter(|landing| landing.takes(length)) {
            return Ok(Self::Landing(landing, 0));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length < SHORT {
            return Ok(Self::Short(Vec::new()));
        }
        Output::with_room(length.min(TRUSTED)).map(Self::Long).ok_or_else(|| no_memory(length))
    }

    /// Adds a piece; beyond a little, room is made for what has arrived, not for what a header promised.
    fn add(&mut self, piece: Bytes) -> Result<()> {
        match self {
            Self::Short(pieces) => pieces.push(piece),
            Self::Long(whole) => {
                let length = whole.len().saturating_add(piece.len());
                whole.try_reserve(piece.len()).map_err(|_| no_memory(length))?;
                whole.extend_from_slice(&piece);
            }
            Self::Landing(landing, landed) => {
                landing.put(*landed, &piece);
                *landed += piece.len() as u64;
            }
        }
        Ok(())
    }

    /// One buffer of all pieces, unless they have landed.
    fn end(self) -> Result<Body> {
        let mut pieces = match self {
            Self::Landing(_, landed) => {
                traffic::received(usize::try_from(landed).unwrap_or(usize::MAX));
                return Ok(Body::Landed);
            }
            Self::Long(whole) => return Ok(Body::Whole(Bytes::from_owner(whole))),
            Self::Short(pieces) => pieces,
        };
        if pieces.len() <= 1 {
            return Ok(Body::Whole(pieces.pop().unwrap_or_default()));
        }
        let length = pieces.iter().map(Bytes::len).sum();
        let mut whole = Vec::new();
        whole.try_reserve_exact(length).map_err(|_| no_memory(length))?;
        pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        Ok(Body::Whole(whole.into()))
    }
}

fn no_memory(length: usize) -> Error {
    Error::new(ErrorKind::Memory, format!("no memory for {length} bytes"))
}

/// Attempts made so far to go on.
pub(super) struct Retries {
    made: u32,
    most: u32,
}

impl Retries {
    /// So many attempts beside the first.
    pub(super) fn of(most: u32) -> Self {
        Self { made: 0, most }
    }

    /// Waits before another attempt, or gives up with what went wrong.
    pub(super) async fn pause(&mut self, failure: Error) -> Result<()> {
        if self.made == self.most {
            return Err(failure);
        }
        tokio::time::sleep(PAUSE.mul_f64(f64::from(1 << self.made.min(DOUBLINGS)) * (0.5 + random::fraction()))).await;
        self.made += 1;
        traffic::retried();
        Ok(())
    }
}
