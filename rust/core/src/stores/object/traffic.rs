//! Every request that leaves the process, counted, and held back as long as the server asks.
//!
//! The `object_store` crate retries by itself and tells nobody, and it does not look at Retry-After; both happen here,
//! below it.
//!
//! Source: RFC 9110, section 10.2.3 (Retry-After).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

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

/// How often one request was sent; goes along in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// Whether the answer is that to the first and only attempt. Not where nobody counted.
    pub(super) fn was_one(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 1
    }
}

/// Makes clients whose requests are counted.
#[derive(Debug, Default)]
pub struct Connector {
    /// Statuses that mean "there is none", beside 404.
    pub missing: Vec<u16>,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { inner, missing: self.missing.clone() }))
    }
}

#[derive(Debug)]
struct Service {
    inner: HttpClient,
    missing: Vec<u16>,
}

#[async_trait::async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        if let Some(attempts) = request.extensions().get::<Attempts>() {
            attempts.0.fetch_add(1, Ordering::Relaxed);
        }
        let is_read = request.method().is_safe();
        let mut answer = self.inner.execute(request).await.inspect_err(|_| retried())?;
        let status = answer.status();
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
