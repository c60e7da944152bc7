//! A place on a network and the client in use for it: one for each process, and a new one when its credentials end.
//!
//! Clients ask for new credentials in time, but a request may reach the service after its own have ended: in a queue, between
//! two attempts, or by clocks that differ. Such a request was refused unseen, so it can be made again.

use std::sync::{Arc, PoisonError, RwLock};

use object_store::list::PaginatedListStore;
use object_store::path::Path;

use super::{report, traffic};
use crate::error::Result;
use crate::fork;

/// How often one operation goes on with new credentials.
const RENEWALS: u32 = 2;

/// How a place is reached.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub store: Arc<dyn object_store::ObjectStore>,
    /// Where the service lists by pages: who asks for them, and the folder in which all keys lie.
    pub paged: Option<(Arc<dyn PaginatedListStore>, Path)>,
}

/// Makes clients of one place, a new one for each process: a forked child cannot use its parent's connections.
pub trait Client: Send + Sync + 'static {
    /// The place's URL without secrets, the same for two handles of it.
    fn identity(&self) -> &str;

    /// A client; `again` for one that shares no state with those before: in another process, or with new credentials.
    fn connect(&self, again: bool) -> Result<Connection>;
}

/// A client that serves every process, as those of memory and disk do.
pub(super) struct Fixed {
    pub(super) store: Arc<dyn object_store::ObjectStore>,
    pub(super) identity: String,
}

impl Client for Fixed {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn connect(&self, _again: bool) -> Result<Connection> {
        Ok(Connection { store: self.store.clone(), paged: None })
    }
}

/// The connection in use.
#[derive(Clone)]
struct Connected {
    process: u32,
    /// Counts the connections.
    number: u64,
    connection: Connection,
}

/// A place and the connection to it.
pub(super) struct Place {
    client: Box<dyn Client>,
    connected: RwLock<Connected>,
}

impl Place {
    /// A place with its first connection.
    pub(super) fn new(client: impl Client, connection: Connection) -> Self {
        let connected = RwLock::new(Connected { process: std::process::id(), number: 0, connection });
        Self { client: Box::new(client), connected }
    }

    pub(super) fn identity(&self) -> &str {
        self.client.identity()
    }

    pub(super) fn connection(&self) -> Result<Connection> {
        self.connected(None).map(|connected| connected.connection)
    }

    pub(super) fn turns(&self) -> Turns<'_> {
        Turns { place: self, number: 0, renewals: 0 }
    }

    /// The connection in use; a new one in a forked process, and in place of the one with the number `ended`.
    fn connected(&self, ended: Option<u64>) -> Result<Connected> {
        let process = std::process::id();
        let serves = |connected: &Connected| connected.process == process && Some(connected.number) != ended;
        {
            let _pass = fork::pass();
            let connected = self.connected.read().unwrap_or_else(PoisonError::into_inner);
            if serves(&connected) {
                return Ok(connected.clone());
            }
        }
        // Made outside of the lock: a builder may be code of the user's.
        let connection = self.client.connect(true)?;
        let _pass = fork::pass();
        let mut connected = self.connected.write().unwrap_or_else(PoisonError::into_inner);
        if !serves(&connected) {
            let number = connected.number + 1;
            let before = std::mem::replace(&mut *connected, Connected { process, number, connection });
            if before.process != process {
                // The parent's client is not dropped: its connections and threads are not there to be shut down.
                std::mem::forget(before);
            }
        }
        Ok(connected.clone())
    }
}

/// The attempts at one operation.
pub(super) struct Turns<'a> {
    place: &'a Place,
    /// The connection of the last one.
    number: u64,
    renewals: u32,
}

impl Turns<'_> {
    pub(super) fn connection(&mut self) -> Result<Connection> {
        let connected = self.place.connected(None)?;
        self.number = connected.number;
        Ok(connected.connection)
    }

    /// Whether to make another attempt, for which there is a new connection then.
    pub(super) fn go_on<T>(&mut self, done: &Result<T>) -> Result<bool> {
        let is_of_an_end = done.as_ref().err().is_some_and(report::is_of_an_end);
        if !is_of_an_end || self.renewals == RENEWALS {
            return Ok(false);
        }
        self.renewals += 1;
        self.place.connected(Some(self.number))?;
        traffic::retried();
        Ok(true)
    }
}

/// Does something by the connection of a place, and again by another one while it is refused for credentials that have ended.
/// No function of a closure: futures of closures that lend are not known to be `Send`.
macro_rules! with_connection {
    ($place:expr, |$connection:ident| $work:expr) => {{
        let mut turns = $place.turns();
        loop {
            let $connection = turns.connection()?;
            let done = $work.await;
            if !turns.go_on(&done)? {
                break done;
            }
        }
    }};
}

pub(super) use with_connection;
