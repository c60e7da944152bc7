//! Store keys: which are allowed at all, and which chunk has which key.
//!
//! Source: Zarr v3 core specification, "Stores" and "Chunk key encoding"; Zarr v2 specification, "Chunks".

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

/// Refuses keys that could leave the store or that some store cannot hold, before any system call sees them.
pub fn check(key: &str) -> Result<()> {
    if key.is_empty() {
        return Err(refuse(key, "it is empty"));
    }
    if key.ends_with('/') {
        return Err(refuse(key, "it ends with a slash"));
    }
    check_prefix(key)
}

/// The same for folders, where the empty string is the whole store. A trailing slash is allowed.
pub fn check_prefix(prefix: &str) -> Result<()> {
    if prefix.is_empty() {
        return Ok(());
    }
    if prefix.contains(['\0', '\\']) {
        return Err(refuse(prefix, "it has a NUL or a backslash"));
    }
    if prefix.starts_with('/') {
        return Err(refuse(prefix, "it is absolute"));
    }
    for segment in prefix.strip_suffix('/').unwrap_or(prefix).split('/') {
        match segment {
            "" => return Err(refuse(prefix, "it has an empty segment")),
            "." | ".." => return Err(refuse(prefix, "it has a segment \".\" or \"..\"")),
            _ if segment.len() == 2 && segment.ends_with(':') && segment.as_bytes()[0].is_ascii_alphabetic() => {
                return Err(refuse(prefix, "it has a drive letter"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn refuse(key: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidKey, format!("store key {key:?} is refused: {why}"))
}

/// Chunk keys that the caller spells: in Python, or in any other language that a binding speaks.
pub trait Spelling: Send + Sync {
    /// The last part of a chunk's key.
    fn encode(&self, coordinates: &[u64]) -> Result<String>;

    /// The coordinates that the last part of a key stands for, none when it is no chunk's.
    fn decode(&self, name: &str) -> Result<Option<Vec<u64>>>;
}

impl fmt::Debug for dyn Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the caller's")
    }
}

/// How chunk coordinates become the last part of a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum ChunkKey {
    /// `c/0/1`: format 3's own.
    Default {
        /// Between the parts: `/` or `.`.
        separator: char,
    },
    /// `0.1`: format 2's.
    V2 {
        /// Between the parts: `/` or `.`.
        separator: char,
    },
    /// As the caller says; a document can only name it.
    #[serde(skip)]
    Foreign(Arc<dyn Spelling>),
}

impl Default for ChunkKey {
    fn default() -> Self {
        Self::Default { separator: '/' }
    }
}

impl ChunkKey {
    /// The key of the chunk at `coordinates` below the node `path`.
    pub fn encode(&self, path: &str, coordinates: &[u64]) -> Result<String> {
        let mut key = String::with_capacity(path.len() + 2 + coordinates.len() * 4);
        if !path.is_empty() {
            key.push_str(path);
            key.push('/');
        }
        let separator = match self {
            Self::Default { separator } => {
                key.push('c');
                if !coordinates.is_empty() {
                    key.push(*separator);
                }
                *separator
            }
            Self::V2 { separator } => {
                if coordinates.is_empty() {
                    key.push('0');
                }
                *separator
            }
            Self::Foreign(spelling) => {
                key.push_str(&spelling.encode(coordinates)?);
                check(&key)?;
                return Ok(key);
            }
        };
        for (axis, coordinate) in coordinates.iter().enumerate() {
            if axis > 0 {
                key.push(separator);
            }
            push_number(&mut key, *coordinate);
        }
        Ok(key)
    }

    /// The coordinates that `name`, the part of a key below the node, stands for; none when it is no chunk of `ndim` axes.
    pub fn decode(&self, name: &str, ndim: usize) -> Result<Option<Vec<u64>>> {
        let parts = match self {
            Self::Default { .. } | Self::V2 { .. } if ndim == 0 => {
                return Ok((self.encode("", &[])? == name).then(Vec::new));
            }
            Self::Default { separator } => {
                name.strip_prefix('c').and_then(|rest| numbers(rest.strip_prefix(*separator)?, *separator))
            }
            Self::V2 { separator } => numbers(name, *separator),
            Self::Foreign(spelling) => spelling.decode(name)?,
        };
        Ok(parts.filter(|parts| parts.len() == ndim))
    }
}

fn numbers(text: &str, separator: char) -> Option<Vec<u64>> {
    text.split(separator).map(number).collect()
}

/// A decimal number as chunk keys spell it: no sign, no leading zero.
fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

fn push_number(key: &mut String, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    key.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_keys_are_spelled_as_the_specifications_say_and_read_back() {
        let cases = [
            (ChunkKey::Default { separator: '/' }, "a/b", vec![0, 12, 3], "a/b/c/0/12/3"),
            (ChunkKey::Default { separator: '.' }, "", vec![1, 23], "c.1.23"),
            (ChunkKey::Default { separator: '/' }, "a", vec![], "a/c"),
            (ChunkKey::V2 { separator: '.' }, "a", vec![10, 0], "a/10.0"),
            (ChunkKey::V2 { separator: '/' }, "", vec![1, 2], "1/2"),
            (ChunkKey::V2 { separator: '.' }, "", vec![], "0"),
        ];
        for (encoding, path, coordinates, key) in cases {
            assert_eq!(encoding.encode(path, &coordinates).unwrap(), key);
            let name = key.strip_prefix(path).unwrap().trim_start_matches('/');
            assert_eq!(encoding.decode(name, coordinates.len()).unwrap(), Some(coordinates));
        }
    }

    #[test]
    fn names_that_are_no_chunks_are_not_taken_for_some() {
        let key = ChunkKey::Default { separator: '/' };
        for name in ["zarr.json", "c", "c/", "c/01", "c/-1", "c/1/2", "c.1", "d/1", "c/1x", "c/99999999999999999999"] {
            assert_eq!(key.decode(name, 1).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn keys_that_the_caller_spells_are_kept_inside_the_array() {
        struct Letters;

        impl Spelling for Letters {
            fn encode(&self, coordinates: &[u64]) -> Result<String> {
                Ok(if coordinates == [0] { "../a".to_owned() } else { format!("n{}", coordinates[0]) })
            }

            fn decode(&self, name: &str) -> Result<Option<Vec<u64>>> {
                Ok(name.strip_prefix('n').and_then(|rest| numbers(rest, '/')))
            }
        }

        let key = ChunkKey::Foreign(Arc::new(Letters));
        assert_eq!(key.encode("a", &[7]).unwrap(), "a/n7");
        assert_eq!(key.decode("n7", 1).unwrap(), Some(vec![7]));
        assert_eq!(key.decode("n7", 2).unwrap(), None);
        assert_eq!(key.encode("a", &[0]).unwrap_err().kind(), ErrorKind::InvalidKey);
    }

    #[test]
    fn keys_that_leave_the_store_are_refused() {
        for key in ["", "..", "a/../b", "/a", "a//b", "./a", "a\\b", "a\0", "C:/a", "a/..", "//", "a/"] {
            assert!(check(key).is_err(), "{key:?}");
        }
        for key in ["a", "a/b", "..a", "a..", "a b+c%20é&=~#?x", "c:d"] {
            assert!(check(key).is_ok(), "{key:?}");
        }
    }
}
