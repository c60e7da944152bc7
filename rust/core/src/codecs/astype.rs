//! `numcodecs.astype`: numbers stored as another type.
//!
//! Source: numcodecs `astype.py`.

use serde::Deserialize;
use serde_json::Value;

use super::number::{NumberType, convert, stage};
use super::{ArrayCodec, Chunk, Step, configuration};
use crate::error::Result;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    encode_dtype: NumberType,
    decode_dtype: NumberType,
}

struct AsType {
    encoded: NumberType,
    decoded: NumberType,
}

/// Builds the codec from its two data types.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Step> {
    let Configuration { encode_dtype: encoded, decode_dtype: decoded } = configuration("astype", value)?;
    stage("astype", AsType { encoded, decoded }, chunk, decoded, encoded).map(Step::Stage)
}

impl ArrayCodec for AsType {
    fn encode(&self, decoded: &[u8], encoded: &mut [u8]) -> Result<()> {
        convert(self.decoded, decoded, self.encoded, encoded);
        Ok(())
    }

    fn decode(&self, encoded: &[u8], decoded: &mut [u8]) -> Result<()> {
        convert(self.encoded, encoded, self.decoded, decoded);
        Ok(())
    }

    fn encode_fill(&self, fill: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; fill.len() / self.decoded.size * self.encoded.size];
        convert(self.decoded, fill, self.encoded, &mut out);
        Ok(out)
    }
}
