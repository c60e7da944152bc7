//! The one error of the crate: a kind with a stable code, a message, and the key of the object concerned.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What went wrong, as callers tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A metadata document or an option cannot mean anything.
    InvalidMetadata,
    /// A codec that no registry knows.
    UnknownCodec,
    /// Stored bytes do not decode to what the metadata promises.
    CorruptChunk,
    /// An object is not stored and has to be.
    MissingChunk,
    /// A key that could reach outside the store, or that no store can hold.
    InvalidKey,
    /// A selection or buffer that does not fit the array.
    InvalidSelection,
    /// The store failed: network, disk, or a refusal of the server.
    Store,
    /// The store refused for want of permission.
    Permission,
    /// More memory would be needed than can be had.
    Memory,
    /// The work was cancelled by its caller.
    Cancelled,
    /// An error of code that users plugged in; carries their own object.
    Foreign,
    /// A defect of this crate, caught before it could cross a border.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 12] = [
        Self::InvalidMetadata,
        Self::UnknownCodec,
        Self::CorruptChunk,
        Self::MissingChunk,
        Self::InvalidKey,
        Self::InvalidSelection,
        Self::Store,
        Self::Permission,
        Self::Memory,
        Self::Cancelled,
        Self::Foreign,
        Self::Internal,
    ];

    /// The code under which bindings know the kind; never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidMetadata => "invalid-metadata",
            Self::UnknownCodec => "unknown-codec",
            Self::CorruptChunk => "corrupt-chunk",
            Self::MissingChunk => "missing-chunk",
            Self::InvalidKey => "invalid-key",
            Self::InvalidSelection => "invalid-selection",
            Self::Store => "store",
            Self::Permission => "permission",
            Self::Memory => "memory",
            Self::Cancelled => "cancelled",
            Self::Foreign => "foreign",
            Self::Internal => "internal",
        }
    }
}

/// An error with the place where it happened.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    key: Option<String>,
    store: Option<String>,
    errno: Option<i32>,
    foreign: Option<Arc<dyn Any + Send + Sync>>,
}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind`; the message says what was expected and what was found.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), key: None, store: None, errno: None, foreign: None }))
    }

    /// Stored bytes that do not decode.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::CorruptChunk, message)
    }

    /// Metadata that cannot be followed.
    pub fn metadata(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidMetadata, message)
    }

    /// An error object of plugged-in code, to be handed back unchanged.
    pub fn foreign(object: Arc<dyn Any + Send + Sync>, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Foreign, message);
        error.0.foreign = Some(object);
        error
    }

    /// An error of the operating system; `what` says what was tried.
    pub fn io(what: &str, source: &std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
            std::io::ErrorKind::OutOfMemory => ErrorKind::Memory,
            _ => ErrorKind::Store,
        };
        let mut error = Self::new(kind, format!("{what}: {source}"));
        error.0.errno = source.raw_os_error();
        error
    }

    /// Names the stored object, once: the innermost place wins.
    #[must_use]
    pub fn at(mut self, key: &str) -> Self {
        self.0.key.get_or_insert_with(|| key.to_owned());
        self
    }

    /// Names the store, as a URL without secrets.
    #[must_use]
    pub fn of(mut self, store: &str) -> Self {
        self.0.store.get_or_insert_with(|| store.to_owned());
        self
    }

    /// Puts `where_` before the message, for places inside an object.
    #[must_use]
    pub fn within(mut self, where_: &str) -> Self {
        self.0.message = format!("{where_}: {}", self.0.message);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without the key.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The key of the object concerned.
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// The operating system's number.
    pub fn errno(&self) -> Option<i32> {
        self.0.errno
    }

    /// The object of plugged-in code.
    pub fn foreign_object(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.0.foreign.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match (&self.0.key, &self.0.store) {
            (Some(key), Some(store)) => write!(f, " (key {key:?} of {store})"),
            (Some(key), None) => write!(f, " (key {key:?})"),
            (None, _) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.0.kind.code())
    }
}

impl std::error::Error for Error {}
