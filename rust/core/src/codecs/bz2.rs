//! `numcodecs.bz2`: bzip2 streams; several may follow one another.
//!
//! Source: numcodecs `bz2.py`, whose default level is 1.

use std::borrow::Cow;
use std::sync::Arc;

use ::bzip2::{Action, Compress, Compression, Decompress, Status};
use serde::Deserialize;
use serde_json::Value;

use super::output::reserve;
use super::streamed::{Step, decode_at_most, decode_exactly};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

struct Bz2 {
    level: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "one")]
    level: u32,
}

fn one() -> u32 {
    1
}

/// Builds the codec; `level` is 1 to 9, in units of 100 kB that are compressed together.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let Configuration { level } = configuration("bz2", value)?;
    if !(1..=9).contains(&level) {
        return Err(Error::metadata(format!("bz2: level is {level}, expected 1 to 9")));
    }
    Ok(Arc::new(Bz2 { level }))
}

fn damaged() -> Error {
    Error::corrupt("bz2: stream is cut or damaged")
}

/// Decodes the streams into `out`.
fn decode(encoded: &[u8], out: &mut [u8]) -> Result<Step> {
    let (mut rest, mut filled) = (encoded, 0);
    loop {
        let mut stream = Decompress::new(false);
        loop {
            let (read, written) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(rest, &mut out[filled..]).map_err(|_| damaged())?;
            let (read, written) = ((stream.total_in() - read) as usize, (stream.total_out() - written) as usize);
            rest = &rest[read..];
            filled += written;
            match status {
                Status::StreamEnd => break,
                // What fills the room exactly ends with its checksum still to be read.
                _ if filled == out.len() && read == 0 && written == 0 => {
                    let mut more = [0];
                    let before = stream.total_out();
                    let status = stream.decompress(rest, &mut more).map_err(|_| damaged())?;
                    return match stream.total_out() > before {
                        true => Ok(Step::Full),
                        false if status == Status::StreamEnd && rest.is_empty() => Ok(Step::Done(filled)),
                        false => Err(damaged()),
                    };
                }
                _ if read == 0 && written == 0 => return Err(damaged()),
                _ => {}
            }
        }
        if rest.is_empty() {
            return Ok(Step::Done(filled));
        }
    }
}

impl BytesCodec for Bz2 {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // bzip2's manual: 1 % and 600 bytes more. Others may end streams early.
        decoded.saturating_add(decoded / 8).saturating_add(4096)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        reserve("bz2", out, self.encoded_bound(decoded.len()))?;
        let mut stream = Compress::new(Compression::new(self.level), 0);
        loop {
            let rest = &decoded[stream.total_in() as usize..];
            match stream.compress_vec(rest, out, Action::Finish) {
                Ok(Status::StreamEnd) => return Ok(()),
                Ok(_) if out.len() < out.capacity() => {}
                _ => return Err(Error::new(ErrorKind::Internal, "bz2: output is larger than its bound")),
            }
        }
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        decode_exactly("bz2", out, |out| decode(encoded, out))
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        decode_at_most("bz2", encoded, limit, |out| decode(encoded, out))
    }
}
