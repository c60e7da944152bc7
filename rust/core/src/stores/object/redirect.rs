//! Where an answer sends a request on to, and what of the request may go there.
//!
//! A read goes on to any web server, but what could be a secret stays with the server that the user named, and once left
//! behind does not come back. A write stays there altogether: values and rights are meant for that server alone.
//!
//! Source: RFC 9110, section 15.4 (redirection); WHATWG Fetch, section 4.4 (what goes to another origin).

use std::fmt;

use http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpResponse};
use url::{Position, Url};

/// How often one request is sent on.
pub(super) const MOST: usize = 10;

/// All that another server learns of a request beside its address.
const HARMLESS: [HeaderName; 10] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
    header::USER_AGENT,
];

/// Characters of an address that are told.
const LONGEST: usize = 200;

/// How WebDAV lists; safe as GET is, which `http` does not know.
const LISTS: &str = "PROPFIND";

/// Why a request did not go on.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// An error that no second attempt mends.
fn refused(text: String) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, Refused(text))
}

/// The request that the answer asks for; none where the answer is the last.
pub(super) fn next(asked: &HttpRequest, answer: &HttpResponse) -> Result<Option<HttpRequest>, HttpError> {
    let status = answer.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(header::LOCATION) else {
        return match answer.headers().get("x-amz-bucket-region").and_then(|region| region.to_str().ok()) {
            Some(region) => {
                Err(refused(format!("the bucket is in the region {region:?}, and the request went elsewhere")))
            }
            None => Ok(None),
        };
    };
    let here = Url::parse(&asked.uri().to_string()).map_err(|error| refused(error.to_string()))?;
    let there = std::str::from_utf8(location.as_bytes()).ok().and_then(|text| here.join(text).ok());
    let Some(mut there) = there else {
        return Err(refused(format!("the server answered {status} and sent the request on to what is no URL")));
    };
    there.set_fragment(None);
    // Names in an address are the server's invention; those of a URL without a host cannot be taken out, nor are there any.
    let _ = there.set_username("").and_then(|()| there.set_password(None));
    let sends = format!("the server sends this {} on to {}", asked.method(), shown(&there));
    let refuse = |why: &str| Err(refused(format!("{sends}, {why}")));
    if !matches!(there.scheme(), "http" | "https") {
        return refuse("which is not of http or https");
    }
    if here.scheme() == "https" && there.scheme() == "http" {
        return refuse("where nothing is encrypted, after an address that was");
    }
    let is_same = here.origin() == there.origin();
    let is_read = asked.method().is_safe() || asked.method() == LISTS;
    let keeps_method = match status {
        301 | 302 => asked.method() != Method::POST,
        303 => asked.method().is_safe(),
        _ => true,
    };
    if !keeps_method {
        return refuse(&format!("and status {status} does not say that it is to be repeated there"));
    }
    if !is_read && !is_same {
        return refuse("and writes go to the server of the store's own address alone: open the store there");
    }
    let uri: Uri = there.as_str().parse().map_err(|_| refused(format!("{} is no address", shown(&there))))?;
    let mut request = asked.clone();
    *request.uri_mut() = uri;
    if !is_same {
        *request.headers_mut() = harmless(asked.headers());
    }
    Ok(Some(request))
}

fn harmless(headers: &HeaderMap) -> HeaderMap {
    let is_harmless = |name: &HeaderName| HARMLESS.contains(name) || name.as_str() == "depth";
    headers.iter().filter(|(name, _)| is_harmless(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The error of a request that was sent on too often; `seen` are its addresses before.
pub(super) fn endless(last: &HttpRequest, seen: &[Uri]) -> HttpError {
    let how = if seen.contains(last.uri()) { "in a circle" } else { "each time to another address" };
    let last = Url::parse(&last.uri().to_string()).map_or_else(|_| "no URL".to_owned(), |url| shown(&url));
    refused(format!("the request was sent on more than {MOST} times, {how}, at last to {last}"))
}

/// The last answer of some, which says why where a server refused that got no credentials.
pub(super) fn arrived(first: &Uri, last: &Uri, answer: HttpResponse) -> HttpResponse {
    let is_refusal = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let (Ok(first), Ok(last)) = (Url::parse(&first.to_string()), Url::parse(&last.to_string())) else {
        return answer;
    };
    if !is_refusal || first.origin() == last.origin() {
        return answer;
    }
    let sender = first.origin().ascii_serialization();
    let text = format!("{sender} sent the request on to {}, where credentials do not go", shown(&last));
    HttpResponse::from_parts(answer.into_parts().0, text.into())
}

/// An address as far as it may be told: a query often grants access.
fn shown(url: &Url) -> String {
    if url.cannot_be_a_base() {
        return format!("an address of {}", url.scheme());
    }
    url[..Position::AfterPath].chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, uri: &str) -> HttpRequest {
        let mut request = HttpRequest::new(bytes::Bytes::from_static(b"body").into());
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = uri.parse().unwrap();
        for (name, value) in [
            ("range", "bytes=0-9"),
            ("if-match", "tag"),
            ("depth", "1"),
            ("authorization", "SECRET"),
            ("cookie", "SECRET"),
            ("host", "SECRET"),
            ("x-api-key", "SECRET"),
            ("x-amz-security-token", "SECRET"),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    }

    fn answer(status: u16, location: &str) -> HttpResponse {
        let mut answer = HttpResponse::new(bytes::Bytes::new().into());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        answer.headers_mut().insert(header::LOCATION, http::HeaderValue::from_bytes(location.as_bytes()).unwrap());
        answer
    }

    fn goes(method: &str, from: &str, status: u16, location: &str) -> String {
        match next(&asked(method, from), &answer(status, location)) {
            Ok(Some(request)) => request.uri().to_string(),
            Ok(None) => "stays".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn addresses_are_those_of_a_browser() {
        let from = "http://h.example/a/b?q";
        for (location, expected) in [
            ("http://other.example:81/x?y=z", "http://other.example:81/x?y=z"),
            ("/x", "http://h.example/x"),
            ("x", "http://h.example/a/x"),
            ("../x", "http://h.example/x"),
            ("//other.example/x", "http://other.example/x"),
            ("?r", "http://h.example/a/b?r"),
            ("https://h.example/", "https://h.example/"),
            ("/x#part", "http://h.example/x"),
            ("http://user:word@other.example/x", "http://other.example/x"),
            ("/é b", "http://h.example/%C3%A9%20b"),
        ] {
            assert_eq!(goes("GET", from, 302, location), expected);
        }
    }

    #[test]
    fn another_server_gets_nothing_that_could_be_a_secret() {
        for there in ["http://other.example/x", "http://h.example:81/x", "https://h.example/x"] {
            let request = next(&asked("GET", "http://h.example/a"), &answer(307, there)).unwrap().unwrap();
            let mut names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, ["depth", "if-match", "range"]);
        }
        let request =
            next(&asked("GET", "http://h.example/a"), &answer(307, "http://h.example:80/x")).unwrap().unwrap();
        assert_eq!(request.headers().len(), 8);
    }

    #[test]
    fn what_is_not_followed_says_where_it_pointed() {
        for (method, from, status, location, expected) in [
            ("GET", "https://h.example/", 302, "http://h.example/x?SECRET", "http://h.example/x, where nothing"),
            ("GET", "http://h.example/", 302, "file:///etc/passwd", "file:///etc/passwd, which is not"),
            ("GET", "http://h.example/", 302, "ftp://user:SECRET@h.example/x", "ftp://h.example/x, which is not"),
            ("GET", "http://h.example/", 302, "data:text/plain,SECRET", "an address of data, which is not"),
            ("GET", "http://h.example/", 302, "http://:0:/", "what is no URL"),
            ("PUT", "http://h.example/", 307, "http://other.example/x", "http://other.example/x, and writes"),
            ("PUT", "http://h.example/", 307, "https://h.example/x", "https://h.example/x, and writes"),
            ("PUT", "http://h.example/", 303, "/x", "http://h.example/x, and status 303"),
            ("POST", "http://h.example/", 301, "/x", "http://h.example/x, and status 301"),
            ("PROPFIND", "http://h.example/", 303, "/x", "http://h.example/x, and status 303"),
        ] {
            let said = goes(method, from, status, location);
            assert!(said.contains(expected), "{said}");
            assert!(!said.contains("SECRET"), "{said}");
        }
    }

    #[test]
    fn writes_go_on_where_the_store_is() {
        for (method, status) in [("PUT", 301), ("PUT", 302), ("PUT", 307), ("POST", 308), ("DELETE", 307)] {
            assert_eq!(goes(method, "http://h.example/a", status, "/x"), "http://h.example/x");
        }
        let request = next(&asked("PUT", "http://h.example/a"), &answer(307, "/x")).unwrap().unwrap();
        assert_eq!((request.method().as_str(), request.body().content_length()), ("PUT", 4));
    }

    #[test]
    fn other_answers_stay() {
        for status in [200, 206, 300, 304, 305, 404, 503] {
            assert_eq!(goes("GET", "http://h.example/", status, "/x"), "stays");
        }
    }

    #[test]
    fn a_region_without_an_address_is_told() {
        let mut answer = answer(301, "");
        answer.headers_mut().remove(header::LOCATION);
        assert!(next(&asked("GET", "http://h.example/"), &answer).unwrap().is_none());
        answer.headers_mut().insert("x-amz-bucket-region", "eu-west-1".parse().unwrap());
        assert!(next(&asked("GET", "http://h.example/"), &answer).unwrap_err().to_string().contains("eu-west-1"));
    }
}
