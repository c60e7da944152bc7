//! Creating an object only if there is none, over a connection that may lose the answer.
//!
//! A request whose answer was lost is sent again, and then the service says that there is an object: ours, or another
//! writer's. Each creation carries an identifier of its own in the object's metadata, which tells the two apart.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Attribute, Error as Cause, GetOptions, ObjectStore, PutMode, PutOptions};

use super::report::failed;
use super::traffic::{self, Attempts};
use crate::error::{Error, ErrorKind, Result};

/// The name of the identifier in the object's metadata; Azure takes no dashes.
const NAME: &str = "zarrustwrite";

/// An object to be created, however many requests that takes.
pub(super) struct Creation {
    value: Bytes,
    identifier: String,
    attempts: Attempts,
}

impl Creation {
    pub(super) fn new(value: Bytes) -> Self {
        // Hashing nothing with fresh keys is the standard library's one source of random bits.
        let random = || RandomState::new().hash_one(Arc::new(()));
        let identifier = format!("{:016x}{:016x}", random(), random());
        Self { value, identifier, attempts: Attempts::default() }
    }

    /// Creates the object; false when there was one.
    pub(super) async fn send(&self, store: &dyn ObjectStore, path: &Path) -> Result<bool> {
        let mut options = PutOptions::from(PutMode::Create);
        options.attributes.insert(Attribute::Metadata(NAME.into()), self.identifier.clone().into());
        options.extensions.insert(self.attempts.clone());
        traffic::sent(self.value.len());
        let put = match store.put_opts(path, self.value.clone().into(), options).await {
            // Disks have no metadata, and no answers to lose either.
            Err(Cause::NotImplemented { .. }) => {
                store.put_opts(path, self.value.clone().into(), PutMode::Create.into()).await
            }
            put => put,
        };
        match put {
            Ok(_) => Ok(true),
            Err(Cause::AlreadyExists { .. }) if self.attempts.was_one() => Ok(false),
            Err(Cause::AlreadyExists { .. }) => Ok(is_ours(store, path, &self.identifier).await? == Some(true)),
            Err(Cause::NotImplemented { .. } | Cause::NotSupported { .. }) => {
                Err(Error::new(ErrorKind::Store, "the store cannot create an object only if there is none"))
            }
            Err(cause @ (Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. })) => {
                Err(failed("write", cause))
            }
            // Whether the object was made before the answer was lost, only the object can tell.
            Err(cause) => match is_ours(store, path, &self.identifier).await {
                Ok(Some(ours)) => Ok(ours),
                Ok(None) | Err(_) => Err(failed("write", cause)),
            },
        }
    }
}

/// Whether the object that is there carries the identifier; none when there is no object.
async fn is_ours(store: &dyn ObjectStore, path: &Path, identifier: &str) -> Result<Option<bool>> {
    match store.get_opts(path, GetOptions { head: true, ..GetOptions::default() }).await {
        Ok(found) => Ok(Some(
            found.attributes.get(&Attribute::Metadata(NAME.into())).is_some_and(|value| value.as_ref() == identifier),
        )),
        Err(Cause::NotFound { .. }) => Ok(None),
        Err(cause) => Err(failed("read", cause)),
    }
}
