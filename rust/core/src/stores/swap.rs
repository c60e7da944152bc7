//! Replacing an object only while it is the one that was read.
//!
//! Locks reach as far as the process. Writers of several processes lose nothing if each says which version its change is made
//! of: the store refuses it when there is another one by then, and the change is made again, of that.

use std::time::Duration;

use bytes::Bytes;

use super::Mode;
use crate::error::{Error, ErrorKind, Result};
use crate::random;

/// Among so many turns somebody else has always come first: more than a crowd of writers makes likely.
const MOST_TURNS: u32 = 1000;

/// Pauses grow so often.
const DOUBLINGS: u32 = 7;

/// An object that was read to be replaced.
pub struct Held {
    /// Its bytes; none when there is no object.
    pub bytes: Option<Bytes>,
    /// Which version it is.
    pub mark: Mark,
}

/// Which version of an object is to be replaced.
pub enum Mark {
    /// Whichever there is: nothing of it stays, or nobody else can have written one.
    Any,
    /// There is no object.
    Absent,
    /// What a service says of it.
    Tagged {
        /// Its tag, if that tells any two versions apart.
        tag: Option<String>,
        /// Its number, where the service counts.
        number: Option<String>,
    },
    /// The file. As long as it is open, no other one gets its number.
    File(std::fs::File),
}

/// What became of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// It was made.
    Done,
    /// It was not: there is another version.
    Changed,
    /// It was not: the store has no such requests.
    Unable,
}

impl From<bool> for Swapped {
    /// What became of a creation.
    fn from(created: bool) -> Self {
        if created { Self::Done } else { Self::Changed }
    }
}

/// Turns at changing an object that others change as well.
#[derive(Default)]
pub struct Contest {
    turns: u32,
}

impl Contest {
    /// Waits for a while before the next turn, longer each time.
    pub async fn pause(&mut self, mode: Mode) -> Result<()> {
        if self.turns == MOST_TURNS {
            let turns =
                format!("gave up: others have changed the object before each of {MOST_TURNS} attempts to write it");
            return Err(Error::new(ErrorKind::Store, turns));
        }
        let longest = match mode {
            Mode::Network => Duration::from_millis(10),
            Mode::Blocking { .. } => Duration::from_micros(200),
        };
        let wait = longest.mul_f64(f64::from(1 << self.turns.min(DOUBLINGS)) * random::fraction());
        self.turns += 1;
        match mode {
            Mode::Network => tokio::time::sleep(wait).await,
            Mode::Blocking { .. } => std::thread::sleep(wait),
        }
        Ok(())
    }
}
