//! HTTP clients that stores have in common, with their connections: a hierarchy opened again, or the next array of a
//! bucket, finds them open, and the certificates read.
//!
//! A client knows no credentials and no headers, so all that stores have to agree on are the options of connections.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use object_store::{ClientOptions, Result};

use super::client;
use crate::fork;

/// The most that are kept; a process that talks to many servers differently makes clients again.
const MOST: usize = 32;

/// Stores that are made later get a new one, which reads the system's certificates again.
const LONGEST: Duration = Duration::from_secs(300);

/// What the client's crates read in the environment.
const VARIABLES: [&str; 10] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

static CLIENTS: Mutex<Clients> = Mutex::new(Clients { process: 0, made: VecDeque::new() });

/// All that makes clients differ.
#[derive(PartialEq, Eq)]
struct Like {
    options: Vec<Option<String>>,
    roots: Vec<u8>,
    environment: Vec<Option<std::ffi::OsString>>,
}

struct Clients {
    /// Connections belong to the process that opened them.
    process: u32,
    /// The oldest first.
    made: VecDeque<(Like, Instant, reqwest::Client)>,
}

impl Clients {
    /// Those of this process.
    fn of(&mut self, process: u32) -> &mut Self {
        if self.process != process {
            // The parent's are not dropped: their connections and threads are not there to be shut down.
            std::mem::forget(std::mem::take(&mut self.made));
            self.process = process;
        }
        self
    }

    fn find(&mut self, like: &Like, now: Instant) -> Option<reqwest::Client> {
        self.made.retain(|(_, since, _)| now.saturating_duration_since(*since) < LONGEST);
        self.made.iter().find(|made| made.0 == *like).map(|made| made.2.clone())
    }

    fn keep(&mut self, like: Like, now: Instant, client: reqwest::Client) {
        if self.made.len() == MOST {
            self.made.pop_front();
        }
        self.made.push_back((like, now, client));
    }
}

/// A client with these options; `roots` is PEM.
pub(super) fn client(options: &ClientOptions, roots: &[u8]) -> Result<reqwest::Client> {
    client_among(&CLIENTS, options, roots)
}

fn client_among(clients: &Mutex<Clients>, options: &ClientOptions, roots: &[u8]) -> Result<reqwest::Client> {
    let like = Like {
        options: client::READ.iter().map(|key| options.get_config_value(key)).collect(),
        roots: roots.to_vec(),
        environment: VARIABLES.iter().map(std::env::var_os).collect(),
    };
    let (process, now) = (std::process::id(), Instant::now());
    {
        let _pass = fork::pass();
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = clients.of(process).find(&like, now) {
            return Ok(found);
        }
    }
    // Made outside of the lock: it reads files.
    let made = client::build(options, roots)?;
    let _pass = fork::pass();
    let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    clients.of(process).keep(like, now, made.clone());
    Ok(made)
}

#[cfg(test)]
mod tests {
    use object_store::ClientConfigKey;

    use super::*;

    fn like(name: &str) -> Like {
        Like { options: vec![Some(name.to_owned())], roots: Vec::new(), environment: Vec::new() }
    }

    #[test]
    fn a_client_is_found_again_until_it_is_old_or_pushed_out() {
        let mut clients = Clients { process: 0, made: VecDeque::new() };
        let now = Instant::now();
        clients.keep(like("first"), now, reqwest::Client::new());
        assert!(clients.find(&like("first"), now).is_some());
        assert!(clients.find(&like("other"), now).is_none());
        for number in 1..=MOST {
            clients.keep(like(&number.to_string()), now + LONGEST / 2, reqwest::Client::new());
        }
        assert!(clients.find(&like("first"), now).is_none(), "the oldest makes room");
        assert!(clients.find(&like("1"), now + LONGEST).is_some());
        assert!(clients.find(&like("1"), now + 2 * LONGEST).is_none());
        assert!(clients.made.is_empty(), "old ones are dropped");
    }

    #[test]
    fn another_process_starts_with_none() {
        let mut clients = Clients { process: 1, made: VecDeque::new() };
        clients.keep(like("a"), Instant::now(), reqwest::Client::new());
        assert!(clients.of(1).find(&like("a"), Instant::now()).is_some());
        assert!(clients.of(2).find(&like("a"), Instant::now()).is_none());
    }

    #[test]
    fn each_option_makes_a_client_of_its_own() {
        let clients = Mutex::new(Clients { process: 0, made: VecDeque::new() });
        let usual = ClientOptions::new();
        let (patient, free) =
            (usual.clone().with_config(ClientConfigKey::ReadTimeout, "7s"), usual.clone().with_allow_http(true));
        for (options, count) in [(&usual, 1), (&usual, 1), (&patient, 2), (&free, 3), (&patient, 3)] {
            client_among(&clients, options, b"").unwrap();
            assert_eq!(clients.lock().unwrap().made.len(), count);
        }
    }
}
