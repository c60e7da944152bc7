//! Errors of the `object_store` crate as ours, without what could grant access.
//!
//! The crate puts whole URLs and bodies of answers into its messages. A presigned URL carries its signature in the query,
//! and S3 sends the canonical request back with the session token in it.

use object_store::Error as Cause;

use crate::error::{Error, ErrorKind};

/// Longer messages are cut: some services answer with pages.
const LONGEST: usize = 600;

/// What services answer to credentials that have ended. Google refuses them as it does those that never were good, and so does
/// Azure, shared access signatures included.
const ENDS: [&str; 4] = ["ExpiredToken", "TokenRefreshRequired", "401 Unauthorized", "AuthenticationFailed"];

/// How S3 answers where the body says what is wrong; to HEAD there is no body.
const REFUSALS: [&str; 2] = ["400 Bad Request", "403 Forbidden"];

/// An error of the store; `what` says what was tried.
pub(super) fn failed(what: &str, cause: Cause) -> Error {
    let said = redact(&cause.to_string());
    let kind = match &cause {
        Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. } => ErrorKind::Permission,
        Cause::InvalidPath { .. } => ErrorKind::InvalidKey,
        _ if has_any(&said, &ENDS) => ErrorKind::Permission,
        _ => ErrorKind::Store,
    };
    Error::new(kind, format!("cannot {what}: {said}"))
}

/// Whether the service refused credentials that may have been good when the request was made.
pub(super) fn is_of_an_end(error: &Error) -> bool {
    let said = error.message();
    has_any(said, &ENDS) || (said.contains("performing HEAD") && has_any(said, &REFUSALS))
}

fn has_any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

/// Leaves out queries and user names of URLs, and all of an answer's body but its code and message.
fn redact(text: &str) -> String {
    let (text, body) = text.split_at(body_start(text));
    let mut out: String = text.split_inclusive(char::is_whitespace).map(redact_word).collect();
    let said: Vec<&str> = ["Code", "Message"].iter().filter_map(|name| element(body, name)).collect();
    out.push_str(&said.join(": "));
    if let Some((end, _)) = out.char_indices().nth(LONGEST) {
        out.truncate(end);
        out.push('…');
    }
    out.trim_end().to_owned()
}

/// Where markup starts.
fn body_start(text: &str) -> usize {
    let is_markup = |at: &usize| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '?' || c == '!');
    text.match_indices('<').map(|(at, _)| at).find(is_markup).unwrap_or(text.len())
}

/// The text of the first element of that name.
fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

fn redact_word(word: &str) -> String {
    let (kept, query) = word.split_once('?').unwrap_or((word, ""));
    let closed = query.trim_end_matches(|c: char| c.is_whitespace() || ")\"',.;".contains(c));
    let mark = if word.len() == kept.len() {
        ""
    } else if closed.is_empty() {
        "?"
    } else {
        "?…"
    };
    format!("{}{mark}{}", without_user(kept), &query[closed.len()..])
}

/// `https://name:password@host/path` as `https://host/path`.
fn without_user(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Error {
        failed("read", Cause::Generic { store: "S3", source: text.into() })
    }

    #[test]
    fn queries_and_users_are_left_out() {
        let cases = [
            ("GET https://h.example/b/c/0?X-Amz-Signature=SECRET in 3s", "GET https://h.example/b/c/0?… in 3s"),
            ("for url (https://h.example/b?sig=SECRET&x=?SECRET)", "for url (https://h.example/b?…)"),
            (
                "url \"https://name:SECRET@h.example/b@c\", tried 3 times",
                "url \"https://h.example/b@c\", tried 3 times",
            ),
            ("https://SECRET@h.example?SECRET: refused", "https://h.example?… refused"),
            ("really? yes", "really? yes"),
            ("1 < 2 and 2 > 1", "1 < 2 and 2 > 1"),
        ];
        for (text, expected) in cases {
            assert_eq!(generic(text).message(), format!("cannot read: Generic S3 error: {expected}"));
        }
    }

    #[test]
    fn of_a_body_only_code_and_message_are_told() {
        let body = "status code: 400: <?xml version=\"1.0\"?><Error><Code>Bad</Code><Message>Not so.</Message>\
                    <CanonicalRequest>x-amz-security-token:SECRET</CanonicalRequest></Error>";
        assert_eq!(generic(body).message(), "cannot read: Generic S3 error: status code: 400: Bad: Not so.");
        assert_eq!(generic("404: <html>SECRET</html>").message(), "cannot read: Generic S3 error: 404:");
        assert!(generic(&"é ".repeat(5000)).message().chars().count() < LONGEST + 20);
    }

    #[test]
    fn a_refusal_is_its_own_kind() {
        let (path, source) = ("a".to_owned(), || "no".into());
        let denied = Cause::PermissionDenied { path: path.clone(), source: source() };
        assert_eq!(failed("read", denied).kind(), ErrorKind::Permission);
        let denied = Cause::Unauthenticated { path: path.clone(), source: source() };
        assert_eq!(failed("read", denied).kind(), ErrorKind::Permission);
        assert_eq!(generic("400: <Error><Code>ExpiredToken</Code></Error>").kind(), ErrorKind::Permission);
        let other = Cause::Precondition { path, source: source() };
        assert_eq!(failed("read", other).kind(), ErrorKind::Store);
    }
}
