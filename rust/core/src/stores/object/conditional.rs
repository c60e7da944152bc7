//! Writing an object only if there is none, or only over one version, by a connection that may lose the answer.
//!
//! A request whose answer was lost is sent again, and then the service says that there is another version: ours, or that of
//! another writer. Each such object carries an identifier of its own in its metadata, which tells the two apart.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attribute, Error as Cause, GetOptions, ObjectStore, PutMode, PutOptions, PutPayload, PutResult, UpdateVersion,
};

use super::read::Retries;
use super::report::failed;
use super::traffic::{self, Attempts};
use crate::error::Result;
use crate::random;
use crate::stores::Swapped;

/// How often a write is made again because the connection broke: the crate does not where there is a condition.
const RETRIES: u32 = 8;

/// The name of the identifier in the object's metadata; Azure takes no dashes.
const NAME: &str = "zarrustwrite";

/// An object to be written on a condition, however many requests that takes.
pub(super) struct Conditional {
    value: PutPayload,
    mode: PutMode,
    identifier: String,
    attempts: Attempts,
}

impl Conditional {
    /// An object that is not there yet.
    pub(super) fn creation(value: Vec<Bytes>) -> Self {
        Self::new(value, PutMode::Create)
    }

    /// An object in place of one version.
    pub(super) fn update(value: Vec<Bytes>, tag: Option<String>, number: Option<String>) -> Self {
        Self::new(value, PutMode::Update(UpdateVersion { e_tag: tag, version: number }))
    }

    fn new(value: Vec<Bytes>, mode: PutMode) -> Self {
        let identifier = format!("{:016x}{:016x}", random::bits(), random::bits());
        Self { value: PutPayload::from_iter(value), mode, identifier, attempts: Attempts::default() }
    }

    /// Writes the object, if it is as it should be.
    pub(super) async fn send(&self, store: &dyn ObjectStore, path: &Path) -> Result<Swapped> {
        let mut retries = Retries::of(RETRIES);
        loop {
            return match self.put(store, path).await {
                Ok(_) => Ok(Swapped::Done),
                Err(Cause::AlreadyExists { .. } | Cause::Precondition { .. }) => {
                    let ours = !self.attempts.was_one() && self.is_ours(store, path).await? == Some(true);
                    Ok(if ours { Swapped::Done } else { Swapped::Changed })
                }
                Err(Cause::NotFound { .. }) if self.mode != PutMode::Create => Ok(Swapped::Changed),
                Err(Cause::NotImplemented { .. } | Cause::NotSupported { .. }) => Ok(Swapped::Unable),
                Err(cause) if self.attempts.are_unknown() || is_unknown(&cause) => Ok(Swapped::Unable),
                Err(cause @ (Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. })) => {
                    Err(failed("write", cause))
                }
                // Whether the object was written before the answer was lost, only the object can tell.
                Err(cause) => match (self.is_ours(store, path).await, &self.mode) {
                    (Ok(Some(true)), _) => Ok(Swapped::Done),
                    (Ok(Some(false)), PutMode::Create) => Ok(Swapped::Changed),
                    // It has not come through, and should it do so yet, it meets its own condition.
                    (Ok(_), _) if self.attempts.broke() => {
                        retries.pause(failed("write", cause)).await?;
                        continue;
                    }
                    _ => Err(failed("write", cause)),
                },
            };
        }
    }

    /// Sends the object once, as far as the crate does.
    async fn put(&self, store: &dyn ObjectStore, path: &Path) -> object_store::Result<PutResult> {
        let mut options = PutOptions::from(self.mode.clone());
        options.attributes.insert(Attribute::Metadata(NAME.into()), self.identifier.clone().into());
        options.extensions.insert(self.attempts.clone());
        traffic::sent(self.value.content_length());
        match store.put_opts(path, self.value.clone(), options).await {
            // Disks have no metadata, and no answers to lose either.
            Err(Cause::NotImplemented { .. }) => {
                store.put_opts(path, self.value.clone(), self.mode.clone().into()).await
            }
            put => put,
        }
    }

    /// Whether the object that is there carries the identifier; none when there is no object.
    async fn is_ours(&self, store: &dyn ObjectStore, path: &Path) -> Result<Option<bool>> {
        match store.get_opts(path, GetOptions { head: true, ..GetOptions::default() }).await {
            Ok(found) => {
                let identifier = found.attributes.get(&Attribute::Metadata(NAME.into()));
                Ok(Some(identifier.is_some_and(|value| value.as_ref() == self.identifier)))
            }
            Err(Cause::NotFound { .. }) => Ok(None),
            Err(cause) => Err(failed("read", cause)),
        }
    }
}

/// Whether the service does not know conditions, which not all say with the status for it.
fn is_unknown(cause: &Cause) -> bool {
    matches!(cause, Cause::Generic { .. }) && cause.to_string().contains("<Code>NotImplemented</Code>")
}
