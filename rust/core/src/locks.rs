//! A lock per stored object: parts of one chunk or shard that threads write at the same time are all kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Table = Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>;

/// The locks in use; an entry lives as long as somebody holds it or waits for it.
#[derive(Default)]
pub struct Locks {
    table: Arc<Table>,
}

impl Locks {
    /// Waits for the object `key` of the store `identity`. Fair: waiters go in order.
    pub async fn lock(&self, identity: &str, key: &str) -> Guard {
        let name = format!("{identity}/{key}");
        let lock = {
            let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
            table.entry(name.clone()).or_default().clone()
        };
        let held = lock.lock_owned().await;
        Guard { held: Some(held), name, table: self.table.clone() }
    }
}

/// Holds the lock of one object.
pub struct Guard {
    held: Option<OwnedMutexGuard<()>>,
    name: String,
    table: Arc<Table>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.held = None;
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        // New users join under the table's lock, so a count of one means that nobody holds or awaits it.
        if table.get(&self.name).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            table.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    #[test]
    fn an_object_has_one_holder_and_the_table_forgets_it() {
        let locks = Arc::new(Locks::default());
        let total = Arc::new(Mutex::new(0));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (locks, total) = (locks.clone(), total.clone());
                std::thread::spawn(move || {
                    for _ in 0..200 {
                        let _guard = block_on(locks.lock("memory://1", "c/0"));
                        let seen = *total.lock().unwrap();
                        std::thread::yield_now();
                        *total.lock().unwrap() = seen + 1;
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*total.lock().unwrap(), 1600);
        assert!(locks.table.lock().unwrap().is_empty());
    }
}
