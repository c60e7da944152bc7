//! How long a server may say nothing.
//!
//! The clock of the HTTP client for this runs while a request is still on its way, so many values on one slow line would
//! all be given up shortly before they arrive, and sent again. Here an answer may take as much longer as the line needs
//! for what is being sent. That bytes stop flowing is noticed by the system, as no acknowledgement comes
//! (`TCP_USER_TIMEOUT`, where there is that).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use object_store::client::{HttpError, HttpErrorKind, HttpResponse, HttpResponseBody};
use tokio::time::{Instant, Sleep, sleep, timeout_at};

/// The slowest line that values are sent by, in bytes each second.
const SLOWEST: usize = 128 << 10;

/// Bytes of values that are on their way.
static SENDING: AtomicUsize = AtomicUsize::new(0);

/// Counts the bytes of a request as long as there is no answer.
struct Sending(usize);

impl Sending {
    fn new(bytes: usize) -> Self {
        SENDING.fetch_add(bytes, Ordering::Relaxed);
        Self(bytes)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        SENDING.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// The answer to a request with a body of so many bytes, each part of which comes within `silence`.
pub(super) async fn answer(
    silence: Duration,
    bytes: usize,
    request: impl Future<Output = Result<HttpResponse, HttpError>>,
) -> Result<HttpResponse, HttpError> {
    let answer = headers(silence, bytes, request).await?;
    Ok(answer
        .map(|body| HttpResponseBody::new(Patient { body, silence, waiting: false, end: Box::pin(sleep(silence)) })))
}

async fn headers(
    silence: Duration,
    bytes: usize,
    request: impl Future<Output = Result<HttpResponse, HttpError>>,
) -> Result<HttpResponse, HttpError> {
    let _sending = Sending::new(bytes);
    // A request without a value does not wait behind values.
    let ahead = || if bytes == 0 { 0 } else { SENDING.load(Ordering::Relaxed) };
    let (mut request, start, mut most) = (std::pin::pin!(request), Instant::now(), ahead());
    loop {
        let end = start + silence + Duration::from_secs_f64(most as f64 / SLOWEST as f64);
        if let Ok(answer) = timeout_at(end, &mut request).await {
            return answer;
        }
        let now = ahead();
        if now <= most {
            return Err(silent(start.elapsed()));
        }
        most = now;
    }
}

fn silent(time: Duration) -> HttpError {
    let text = format!("the server said nothing for {:.1} s", time.as_secs_f64());
    HttpError::new(HttpErrorKind::Timeout, io::Error::new(io::ErrorKind::TimedOut, text))
}

/// A body whose parts come in time.
struct Patient {
    body: HttpResponseBody,
    silence: Duration,
    /// Whether somebody waits for a part; who reads may take any time between parts.
    waiting: bool,
    end: Pin<Box<Sleep>>,
}

impl Body for Patient {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.waiting = false;
            return Poll::Ready(frame);
        }
        if !self.waiting {
            self.waiting = true;
            let end = Instant::now() + self.silence;
            self.end.as_mut().reset(end);
        }
        ready!(self.end.as_mut().poll(cx));
        Poll::Ready(Some(Err(silent(self.silence))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
