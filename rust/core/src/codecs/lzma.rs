//! `numcodecs.lzma`: LZMA in the containers of Python's module `lzma`: xz, the older .lzma, or none.
//!
//! Source: numcodecs `lzma.py`; the .xz file format, version 1.2. A chunk in xz says itself which filters it went through,
//! so that it is decoded whatever the configuration says. GDAL writes the distance of a delta filter as `delta`.

use std::borrow::Cow;
use std::sync::Arc;

use liblzma::stream::{Action, CONCATENATED, Check, Filters, LzmaOptions, MatchFinder, Mode, Status, Stream};
use serde::Deserialize;
use serde_json::Value;

use super::output::reserve;
use super::streamed::{Step, decode_at_most, decode_exactly};
use super::{BytesCodec, Context, configuration};
use crate::error::{Error, ErrorKind, Result};

/// What a decoder may take: its dictionary, whose size is a claim of the chunk, is as large as preset 9's at most, or as the
/// largest that the array's own filters name.
const DICTIONARY: u32 = 64 << 20;
/// And what it takes beside it.
const WORK: u64 = 4 << 20;

const PRESET: u32 = 6;
const LZMA1: u64 = 0x4000_0000_0000_0001;
const LZMA2: u64 = 0x21;
const DELTA: u64 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Xz,
    Alone,
    Raw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default = "one")]
    format: u32,
    #[serde(default = "usual")]
    check: i32,
    preset: Option<u32>,
    filters: Option<Vec<Filter>>,
    delta: Option<u32>,
}

fn one() -> u32 {
    1
}

fn usual() -> i32 {
    -1
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    id: u64,
    preset: Option<u32>,
    dist: Option<u32>,
    dict_size: Option<u32>,
    lc: Option<u32>,
    lp: Option<u32>,
    pb: Option<u32>,
    mode: Option<u32>,
    nice_len: Option<u32>,
    mf: Option<u32>,
    depth: Option<u32>,
    /// Of the filters for machine code.
    start_offset: Option<u32>,
}

struct Lzma {
    format: Format,
    check: Check,
    preset: u32,
    filters: Option<Vec<Filter>>,
}

fn wrong(what: &str) -> Error {
    Error::metadata(format!("lzma: {what}"))
}

/// Builds the codec; format, check, preset and filters are the numbers of Python's module.
pub(super) fn build(value: &Value, _: Context) -> Result<Arc<dyn BytesCodec>> {
    let found: Configuration = configuration("lzma", value)?;
    let format = match found.format {
        1 => Format::Xz,
        2 => Format::Alone,
        3 => Format::Raw,
        other => return Err(wrong(&format!("format is {other}, expected 1, 2 or 3"))),
    };
    let check = match (format, found.check) {
        (Format::Xz, -1 | 4) => Check::Crc64,
        (_, -1 | 0) => Check::None,
        (Format::Xz, 1) => Check::Crc32,
        (Format::Xz, 10) => Check::Sha256,
        (_, other) => return Err(wrong(&format!("check is {other}, which the format does not have"))),
    };
    let preset = found.preset.unwrap_or(PRESET);
    let filters = match (found.filters, found.delta) {
        (None, Some(dist)) => Some(vec![
            Filter { id: DELTA, dist: Some(dist), ..Filter::default() },
            Filter { id: LZMA2, preset: Some(preset), ..Filter::default() },
        ]),
        (filters, _) => filters,
    };
    let codec = Lzma { format, check, preset, filters };
    codec.encoder().and_then(|_| codec.decoder())?;
    Ok(Arc::new(codec))
}

fn options(filter: &Filter) -> Result<LzmaOptions> {
    let refused = |_| wrong(&format!("a filter has preset {:?}", filter.preset));
    let mut options = LzmaOptions::new_preset(filter.preset.unwrap_or(PRESET)).map_err(refused)?;
    if let Some(size) = filter.dict_size {
        options.dict_size(size);
    }
    if let Some(bits) = filter.lc {
        options.literal_context_bits(bits);
    }
    if let Some(bits) = filter.lp {
        options.literal_position_bits(bits);
    }
    if let Some(bits) = filter.pb {
        options.position_bits(bits);
    }
    if let Some(length) = filter.nice_len {
        options.nice_len(length);
    }
    if let Some(depth) = filter.depth {
        options.depth(depth);
    }
    match filter.mode {
        None => &mut options,
        Some(1) => options.mode(Mode::Fast),
        Some(2) => options.mode(Mode::Normal),
        Some(other) => return Err(wrong(&format!("a filter has mode {other}"))),
    };
    match filter.mf {
        None => &mut options,
        Some(3) => options.match_finder(MatchFinder::HashChain3),
        Some(4) => options.match_finder(MatchFinder::HashChain4),
        Some(18) => options.match_finder(MatchFinder::BinaryTree2),
        Some(19) => options.match_finder(MatchFinder::BinaryTree3),
        Some(20) => options.match_finder(MatchFinder::BinaryTree4),
        Some(other) => return Err(wrong(&format!("a filter has mf {other}"))),
    };
    Ok(options)
}

fn filters(list: &[Filter]) -> Result<Filters> {
    let mut filters = Filters::new();
    for filter in list {
        let offset = filter.start_offset.unwrap_or(0).to_le_bytes();
        let offset = if filter.start_offset.is_some() { &offset[..] } else { &[] };
        let added = match filter.id {
            LZMA1 => Ok(filters.lzma1(&options(filter)?)),
            LZMA2 => Ok(filters.lzma2(&options(filter)?)),
            DELTA => match filter.dist.unwrap_or(1) {
                dist @ 1..=256 => filters.delta_properties(&[(dist - 1) as u8]),
                dist => return Err(wrong(&format!("delta has dist {dist}, expected 1 to 256"))),
            },
            4 => filters.x86_properties(offset),
            5 => filters.powerpc_properties(offset),
            6 => filters.ia64_properties(offset),
            7 => filters.arm_properties(offset),
            8 => filters.arm_thumb_properties(offset),
            9 => filters.sparc_properties(offset),
            other => return Err(wrong(&format!("no filter has the id {other}"))),
        };
        added.map_err(|e| wrong(&format!("filter {}: {e}", filter.id)))?;
    }
    Ok(filters)
}

impl Lzma {
    /// The filters, those that a preset stands for included.
    fn chain(&self) -> Result<Filters> {
        let usual = [Filter { id: LZMA2, preset: Some(self.preset), ..Filter::default() }];
        filters(self.filters.as_deref().unwrap_or(&usual))
    }

    fn encoder(&self) -> Result<Stream> {
        let made = match (self.format, self.filters.as_deref()) {
            (Format::Xz, None) => Stream::new_easy_encoder(self.preset, self.check),
            (Format::Xz, Some(_)) => Stream::new_stream_encoder(&self.chain()?, self.check),
            (Format::Alone, None) => {
                let preset = Filter { id: LZMA1, preset: Some(self.preset), ..Filter::default() };
                Stream::new_lzma_encoder(&options(&preset)?)
            }
            (Format::Alone, Some([filter])) if filter.id == LZMA1 => Stream::new_lzma_encoder(&options(filter)?),
            (Format::Alone, Some(_)) => return Err(wrong("format 2 has one filter, LZMA1")),
            (Format::Raw, None) => return Err(wrong("format 3 needs filters")),
            (Format::Raw, Some(_)) => Stream::new_raw_encoder(&self.chain()?),
        };
        made.map_err(|e| wrong(&format!("the library refuses the options: {e}")))
    }

    fn decoder(&self) -> Result<Stream> {
        let own = self.filters.iter().flatten().filter_map(|filter| filter.dict_size).max();
        let memory = WORK + u64::from(own.unwrap_or(0).max(DICTIONARY));
        let made = match self.format {
            Format::Xz => Stream::new_stream_decoder(memory, CONCATENATED),
            Format::Alone => Stream::new_lzma_decoder(memory),
            Format::Raw => Stream::new_raw_decoder(&self.chain()?),
        };
        made.map_err(|e| wrong(&format!("the library refuses the options: {e}")))
    }

    /// Decodes the stream into `out`.
    fn read(&self, encoded: &[u8], out: &mut [u8]) -> Result<Step> {
        let mut stream = self.decoder()?;
        let (mut spare, mut overflow) = ([0], false);
        loop {
            let (read, written) = (stream.total_in() as usize, stream.total_out() as usize);
            // Once the room is full, one byte of another one tells whether there is more.
            overflow |= written >= out.len();
            let room = if overflow { &mut spare[..] } else { &mut out[written..] };
            let status = stream
                .process(&encoded[read..], room, Action::Finish)
                .map_err(|e| Error::corrupt(format!("lzma: stream is cut or damaged: {e}")))?;
            let (now_read, now_written) = (stream.total_in() as usize, stream.total_out() as usize);
            if overflow && now_written > written {
                return Ok(Step::Full);
            }
            match status {
                Status::StreamEnd if now_read == encoded.len() => return Ok(Step::Done(now_written)),
                Status::StreamEnd => {
                    let rest = encoded.len() - now_read;
                    return Err(Error::corrupt(format!("lzma: {rest} bytes follow the stream")));
                }
                _ if now_read == read && now_written == written => {
                    return Err(Error::corrupt("lzma: stream is cut or damaged"));
                }
                _ => {}
            }
        }
    }
}

impl BytesCodec for Lzma {
    fn encoded_bound(&self, decoded: usize) -> usize {
        // `lzma_stream_buffer_bound` is about 1/4096 more; others may end blocks early.
        decoded.saturating_add(decoded / 8).saturating_add(4096)
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        reserve("lzma", out, self.encoded_bound(decoded.len()))?;
        let mut stream = self.encoder()?;
        loop {
            let rest = &decoded[stream.total_in() as usize..];
            match stream.process_vec(rest, out, Action::Finish) {
                Ok(Status::StreamEnd) => return Ok(()),
                Ok(_) if out.len() < out.capacity() => {}
                Err(liblzma::stream::Error::Mem) => return Err(super::output::out_of_memory("lzma", 64 << 20)),
                _ => return Err(Error::new(ErrorKind::Internal, "lzma: output is larger than its bound")),
            }
        }
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        decode_exactly("lzma", out, |out| self.read(encoded, out))
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        decode_at_most("lzma", encoded, limit, |out| self.read(encoded, out))
    }
}
