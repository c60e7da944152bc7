//! Every request that leaves the process, counted, and held back as long as the server asks.
//!
//! The `object_store` crate retries by itself and tells nobody, and it does not look at Retry-After; both happen here,
//! below it, as does following redirects.
//!
//! Source: RFC 9110, section 10.2.3 (Retry-After).

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, Uri, header};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};

use super::{client, patience, redirect, shared};

/// A server that asks for more patience than this gets its next request earlier.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What went over the network since the process began.
static REQUESTS: AtomicU64 = AtomicU64::new(0);
static RETRIES: AtomicU64 = AtomicU64::new(0);
static RECEIVED: AtomicU64 = AtomicU64::new(0);
static SENT: AtomicU64 = AtomicU64::new(0);

/// Requests of this process and what they carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Answers that made a request be sent again: 408, 429, 5xx, broken connections and bodies cut short.
    pub retries: u64,
    /// Bytes of objects that arrived.
    pub received: u64,
    /// Bytes of objects that were sent.
    pub sent: u64,
}

/// The counts so far.
pub fn traffic() -> Traffic {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Traffic { requests: load(&REQUESTS), retries: load(&RETRIES), received: load(&RECEIVED), sent: load(&SENT) }
}

/// Counts bytes of an object that arrived.
pub(super) fn received(bytes: usize) {
    RECEIVED.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Counts bytes of an object that were sent.
pub(super) fn sent(bytes: usize) {
    SENT.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Counts a request that is to be repeated.
pub(super) fn retried() {
    RETRIES.fetch_add(1, Ordering::Relaxed);
}

/// What became of the attempts at one request with a condition; goes along in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<Outcomes>);

#[derive(Debug, Default)]
struct Outcomes {
    sent: AtomicU32,
    broke: AtomicBool,
    unknown: AtomicBool,
}

impl Attempts {
    /// Whether the answer is that to the first and only attempt. Not where nobody counted.
    pub(super) fn was_one(&self) -> bool {
        self.0.sent.load(Ordering::Relaxed) == 1
    }

    /// Whether the connection broke since this was asked last.
    pub(super) fn broke(&self) -> bool {
        self.0.broke.swap(false, Ordering::Relaxed)
    }

    /// Whether the service does not know conditions.
    pub(super) fn are_unknown(&self) -> bool {
        self.0.unknown.load(Ordering::Relaxed)
    }
}

/// Makes clients whose requests are counted.
#[derive(Debug, Default)]
pub struct Connector {
    /// Statuses that mean "there is none", beside 404.
    pub missing: Vec<u16>,
    /// Certificates to trust beside the system's, as PEM: those of the options cannot be read back.
    pub roots: Vec<u8>,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = HttpClient::new(shared::client(options, &self.roots)?);
        let headers = options.get_default_headers().cloned().unwrap_or_default();
        let silence = client::silence(options)?;
        Ok(HttpClient::new(Service { inner, headers, silence, missing: self.missing.clone() }))
    }
}

#[derive(Debug)]
struct Service {
    inner: HttpClient,
    /// What goes along with each request to the user's server, and to no other.
    headers: HeaderMap,
    /// How long the server may say nothing.
    silence: Option<Duration>,
    missing: Vec<u16>,
}

impl Service {
    /// Sends a request, and on to wherever the answers point.
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        let mut seen: Vec<Uri> = Vec::new();
        loop {
            REQUESTS.fetch_add(1, Ordering::Relaxed);
            let sent = self.inner.execute(request.clone());
            let answer = match self.silence {
                Some(silence) => patience::answer(silence, request.body().content_length(), sent).await,
                None => sent.await,
            };
            let answer = answer.map_err(explained).inspect_err(|error| {
                retried();
                if error.kind() != HttpErrorKind::Unknown
                    && let Some(Attempts(outcomes)) = request.extensions().get()
                {
                    outcomes.broke.store(true, Ordering::Relaxed);
                }
            })?;
            let Some(further) = redirect::next(&request, &answer)? else {
                return Ok(match seen.first() {
                    Some(first) => redirect::arrived(first, request.uri(), answer),
                    None => answer,
                });
            };
            seen.push(std::mem::replace(&mut request, further).uri().clone());
            if seen.len() > redirect::MOST {
                return Err(redirect::endless(&request, &seen));
            }
        }
    }
}

#[async_trait::async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let attempts = request.extensions().get::<Attempts>().cloned();
        if let Some(Attempts(outcomes)) = &attempts {
            outcomes.sent.fetch_add(1, Ordering::Relaxed);
        }
        let is_read = request.method().is_safe();
        let mut answer = self.send(request).await?;
        let mut status = answer.status();
        if let Some(Attempts(outcomes)) = &attempts
            && status == StatusCode::NOT_IMPLEMENTED
        {
            outcomes.unknown.store(true, Ordering::Relaxed);
            // Final: it will be no different a second later.
            status = StatusCode::BAD_REQUEST;
            *answer.status_mut() = status;
        }
        if is_read && self.missing.contains(&status.as_u16()) {
            *answer.status_mut() = StatusCode::NOT_FOUND;
        }
        let comes_again =
            status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        if comes_again {
            retried();
            if let Some(wait) = asked_wait(answer.headers()) {
                // The pause of the retry itself comes on top and varies, so clients that were sent away do not return together.
                tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
            }
        }
        Ok(answer)
    }
}

/// The error with all its causes, of which the client tells the outermost alone, and final where the server's certificate
/// is bad: it will be no better a second later.
fn explained(error: HttpError) -> HttpError {
    let mut kind = error.kind();
    let mut causes: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        if is_certificate(error) {
            kind = HttpErrorKind::Unknown;
        }
        let text = error.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        cause = error.source();
    }
    HttpError::new(kind, io::Error::other(causes.join(": ")))
}

fn is_certificate(mut error: &(dyn std::error::Error + 'static)) -> bool {
    // The crates of TLS pack their errors into those of the standard library, more than once, which hides them from `source`.
    while let Some(packed) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = packed;
    }
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

/// How long the server wants to be left alone: seconds, or a date.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until: SystemTime = chrono::DateTime::parse_from_rfc2822(text).ok()?.into();
    until.duration_since(SystemTime::now()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_in_seconds_or_until_a_date() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            asked_wait(&headers)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), None, "in the past");
        let ahead = chrono::DateTime::<chrono::Utc>::from(SystemTime::now() + Duration::from_secs(30)).to_rfc2822();
        assert!(wait(&ahead).is_some_and(|wait| wait > Duration::from_secs(25)));
        assert_eq!(asked_wait(&HeaderMap::new()), None);
    }
}
