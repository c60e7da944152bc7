//! The promises of the crate's public face, in one binary: linking is what takes the time.

// clippy.toml lets tests unwrap, but does not see that the helpers of these files are part of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../allocator/mod.rs"]
mod allocator;
mod arrays;
mod codecs;
mod configurations;
mod damage;
mod object_store;
mod object_store_faults;
mod stores;
mod zip_store;
