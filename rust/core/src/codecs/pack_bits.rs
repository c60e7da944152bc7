//! `packbits`: of each number a range of its bits, one range after the other.
//!
//! Source: zarr-extensions, codec "packbits". The lowest bit is the first one, of numbers and of bytes. The codec of numcodecs
//! of the same name is [`super::packbits`].

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::output::{check_size, reserve, too_long};
use super::{BytesCodec, Chunk, configuration, wide};
use crate::element::{Element, Endian, Kind, swap_bytes};
use crate::error::{Error, Result};

const NAME: &str = "packbits";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    padding_encoding: Padding,
    first_bit: Option<u32>,
    last_bit: Option<u32>,
    /// From the caller, not from a document: what numbers are whose elements have no kind here.
    component: Option<Component>,
}

/// Where the number of unused bits is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Padding {
    #[default]
    None,
    FirstByte,
    LastByte,
}

/// A number that an element consists of.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    /// Bytes in memory, 1, 2, 4 or 8, and how many bits of them it has.
    size: usize,
    bits: u32,
    is_signed: bool,
}

impl Component {
    fn of(element: &Element) -> Option<Self> {
        let size = if element.kind == Kind::Complex { element.size / 2 } else { element.size };
        let bits = if element.kind == Kind::Bool { 1 } else { 8 * u32::try_from(size).ok()? };
        let is_number = !matches!(element.kind, Kind::Text | Kind::Binary | Kind::Other);
        is_number.then_some(Self { size, bits, is_signed: element.kind == Kind::Int })
    }

    fn fits(&self, element: &Element) -> bool {
        matches!(self.size, 1 | 2 | 4 | 8)
            && element.size.is_multiple_of(self.size)
            && (1..=8 * self.size as u32).contains(&self.bits)
    }
}

struct PackBits {
    component: Component,
    /// The first bit that is kept, and how many.
    first: u32,
    width: u32,
    is_bool: bool,
    swaps: bool,
    padding: Padding,
    /// Bytes of the chunk, those of the packed bits, and unused bits at their end.
    decoded: usize,
    packed: usize,
    unused: u8,
}

/// Builds the codec for the numbers of `chunk`.
pub(super) fn build(value: &Value, chunk: &Chunk) -> Result<Arc<dyn BytesCodec>> {
    let options: Configuration = configuration(NAME, value)?;
    let element = &chunk.element;
    let component = options
        .component
        .or_else(|| Component::of(element))
        .filter(|component| component.fits(element))
        .ok_or_else(|| Error::metadata(format!("{NAME}: the data type is none of numbers")))?;
    let (first, last) = (options.first_bit.unwrap_or(0), options.last_bit.unwrap_or(component.bits - 1));
    if first > last || last >= component.bits {
        let bits = component.bits;
        return Err(Error::metadata(format!(
            "{NAME}: first_bit is {first} and last_bit {last}, expected a range of {bits} bits"
        )));
    }
    let width = last - first + 1;
    let decoded = chunk.size()?;
    let bits = (decoded / component.size) as u128 * u128::from(width);
    // Never more than the numbers have in memory.
    let packed = bits.div_ceil(8) as usize;
    let native = if cfg!(target_endian = "little") { Endian::Little } else { Endian::Big };
    Ok(Arc::new(PackBits {
        component,
        first,
        width,
        is_bool: element.kind == Kind::Bool,
        swaps: element.order.is_some_and(|order| order != native),
        padding: options.padding_encoding,
        decoded,
        packed,
        unused: (packed as u128 * 8 - bits) as u8,
    }))
}

/// A byte that is not zero counts as true. The first boolean is the lowest bit here, the highest in [`wide`].
fn pack_bools(bools: &[u8], packed: &mut [u8]) {
    let (eights, rest) = bools.as_chunks::<8>();
    let (whole, last) = packed.split_at_mut(eights.len());
    wide::pack(eights, whole);
    whole.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    if let Some(last) = last.first_mut() {
        let mut eight = [0; 8];
        eight[..rest.len()].copy_from_slice(rest);
        *last = wide::packed(eight).reverse_bits();
    }
}

fn unpack_bools(packed: &[u8], bools: &mut [u8]) {
    for (bools, byte) in bools.chunks_mut(8).zip(packed) {
        bools.copy_from_slice(&wide::unpacked(byte.reverse_bits())[..bools.len()]);
    }
}

/// Packs numbers of `SIZE` bytes.
fn pack<const SIZE: usize>(numbers: &[u8], first: u32, width: u32, packed: &mut [u8]) {
    let mask = u64::MAX >> (64 - width);
    let (mut bits, mut count) = (0_u128, 0);
    let mut out = packed.iter_mut();
    for number in numbers.as_chunks::<SIZE>().0 {
        bits |= u128::from((load(number) >> first) & mask) << count;
        count += width;
        while count >= 8 {
            if let Some(byte) = out.next() {
                *byte = bits as u8;
            }
            bits >>= 8;
            count -= 8;
        }
    }
    if let Some(byte) = out.next() {
        *byte = bits as u8;
    }
}

/// Unpacks them; the bits below the range are zero, those above it zero or the sign.
fn unpack<const SIZE: usize>(packed: &[u8], first: u32, width: u32, is_signed: bool, numbers: &mut [u8]) {
    let mask = u64::MAX >> (64 - width);
    let (mut bits, mut count) = (0_u128, 0);
    let mut from = packed.iter();
    for number in numbers.as_chunks_mut::<SIZE>().0 {
        while count < width {
            bits |= u128::from(from.next().copied().unwrap_or_default()) << count;
            count += 8;
        }
        let mut value = bits as u64 & mask;
        if is_signed {
            let above = 64 - width;
            value = (((value << above) as i64) >> above) as u64;
        }
        store(value << first, number);
        bits >>= width;
        count -= width;
    }
}

fn load<const SIZE: usize>(number: &[u8; SIZE]) -> u64 {
    let mut word = [0; 8];
    if cfg!(target_endian = "little") {
        word[..SIZE].copy_from_slice(number);
    } else {
        word[8 - SIZE..].copy_from_slice(number);
    }
    u64::from_ne_bytes(word)
}

fn store<const SIZE: usize>(value: u64, number: &mut [u8; SIZE]) {
    let word = value.to_ne_bytes();
    let start = if cfg!(target_endian = "little") { 0 } else { 8 - SIZE };
    number.copy_from_slice(&word[start..start + SIZE]);
}

impl PackBits {
    fn size(&self) -> usize {
        self.packed + usize::from(self.padding != Padding::None)
    }

    fn swap(&self, numbers: &mut [u8]) {
        swap_bytes(numbers, if self.swaps { self.component.size } else { 1 });
    }
}

impl BytesCodec for PackBits {
    fn encoded_bound(&self, _decoded: usize) -> usize {
        self.size()
    }

    fn has_fixed_size(&self) -> bool {
        true
    }

    fn encode(&self, decoded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        check_size(NAME, decoded.len(), self.decoded)?;
        let mut numbers = Cow::Borrowed(decoded);
        if self.swaps {
            self.swap(numbers.to_mut());
        }
        reserve(NAME, out, self.size())?;
        if self.padding == Padding::FirstByte {
            out.push(self.unused);
        }
        let start = out.len();
        out.resize(start + self.packed, 0);
        let (packed, first, width) = (&mut out[start..], self.first, self.width);
        match self.component.size {
            1 if self.is_bool => pack_bools(&numbers, packed),
            1 => pack::<1>(&numbers, first, width, packed),
            2 => pack::<2>(&numbers, first, width, packed),
            4 => pack::<4>(&numbers, first, width, packed),
            _ => pack::<8>(&numbers, first, width, packed),
        }
        if self.padding == Padding::LastByte {
            out.push(self.unused);
        }
        Ok(())
    }

    fn decode_into(&self, encoded: &[u8], out: &mut [u8]) -> Result<()> {
        if self.decoded > out.len() {
            return Err(too_long(NAME, out.len()));
        }
        check_size(NAME, self.decoded, out.len())?;
        let (found, expected) = (encoded.len(), self.size());
        if found != expected {
            return Err(Error::corrupt(format!("{NAME}: chunk has {found} bytes, expected {expected}")));
        }
        let (unused, packed) = match (self.padding, encoded) {
            (Padding::FirstByte, [unused, packed @ ..]) | (Padding::LastByte, [packed @ .., unused]) => {
                (*unused, packed)
            }
            _ => (self.unused, encoded),
        };
        if unused != self.unused {
            let expected = self.unused;
            return Err(Error::corrupt(format!("{NAME}: {unused} bits are unused, expected {expected}")));
        }
        let (first, width, is_signed) = (self.first, self.width, self.component.is_signed);
        match self.component.size {
            1 if self.is_bool => unpack_bools(packed, out),
            1 => unpack::<1>(packed, first, width, is_signed, out),
            2 => unpack::<2>(packed, first, width, is_signed, out),
            4 => unpack::<4>(packed, first, width, is_signed, out),
            _ => unpack::<8>(packed, first, width, is_signed, out),
        }
        self.swap(out);
        Ok(())
    }

    fn decode<'a>(&self, encoded: &'a [u8], limit: usize) -> Result<Cow<'a, [u8]>> {
        if self.decoded > limit {
            return Err(too_long(NAME, limit));
        }
        let mut out = Vec::new();
        reserve(NAME, &mut out, self.decoded)?;
        out.resize(self.decoded, 0);
        self.decode_into(encoded, &mut out)?;
        Ok(Cow::Owned(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::ErrorKind;

    fn codec(kind: Kind, size: usize, count: u64, options: Value) -> Result<Arc<dyn BytesCodec>> {
        let swap = if kind == Kind::Complex { size / 2 } else { size };
        let order = (swap > 1).then_some(Endian::Little);
        build(&options, &Chunk { shape: vec![count], element: Element { kind, swap, order, ..Element::bytes(size) } })
    }

    fn encode(codec: &dyn BytesCodec, decoded: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        codec.encode(decoded, &mut out).unwrap();
        assert_eq!(out.len(), codec.encoded_bound(decoded.len()));
        out
    }

    fn decode(codec: &dyn BytesCodec, encoded: &[u8], size: usize) -> Vec<u8> {
        let mut out = vec![0xaa; size];
        codec.decode_into(encoded, &mut out).unwrap();
        assert_eq!(*codec.decode(encoded, size).unwrap(), out);
        out
    }

    #[test]
    fn booleans_fill_bytes_from_the_lowest_bit() {
        let decoded = [1, 0, 0, 1, 1, 0, 0, 0, 0, 1];
        for (padding, encoded) in [
            ("none", &[0b0001_1001, 0b10][..]),
            ("first_byte", &[6, 0b0001_1001, 0b10]),
            ("last_byte", &[0b0001_1001, 0b10, 6]),
        ] {
            let codec = codec(Kind::Bool, 1, 10, json!({"padding_encoding": padding})).unwrap();
            assert_eq!(encode(&*codec, &decoded), encoded);
            assert_eq!(encode(&*codec, &decoded.map(|byte| byte * 7)), encoded);
            assert_eq!(decode(&*codec, encoded, 10), decoded);
        }
    }

    #[test]
    fn a_range_of_bits_of_signed_numbers_keeps_the_sign() {
        let decoded: Vec<u8> = [-8_i16, 7, 0, -1, 5].into_iter().flat_map(i16::to_le_bytes).collect();
        let codec = codec(Kind::Int, 2, 5, json!({"last_bit": 3})).unwrap();
        let encoded = encode(&*codec, &decoded);
        assert_eq!(encoded, [0x78, 0xf0, 0x05]);
        assert_eq!(decode(&*codec, &encoded, 10), decoded);
    }

    #[test]
    fn bits_below_the_first_one_come_back_as_zeros() {
        let codec = codec(Kind::Uint, 4, 2, json!({"first_bit": 8, "last_bit": 18})).unwrap();
        let decoded = [0x0007_ffff_u32, 0x0012_3456].map(u32::to_le_bytes).concat();
        let encoded = encode(&*codec, &decoded);
        assert_eq!(encoded.len(), 3);
        let found = decode(&*codec, &encoded, 8);
        assert_eq!(found, [0x0007_ff00_u32, 0x0002_3400].map(u32::to_le_bytes).concat());
    }

    #[test]
    fn numbers_of_every_size_and_width_come_back() {
        let data: Vec<u8> = (0..240_u32).map(|i| (i * 37 % 251) as u8).collect();
        for size in [1, 2, 4, 8] {
            for width in 1..=8 * size as u32 {
                for kind in [Kind::Int, Kind::Uint] {
                    let count = (240 / size) as u64;
                    let codec = codec(kind, size, count, json!({"first_bit": 0, "last_bit": width - 1})).unwrap();
                    let kept = decode(&*codec, &encode(&*codec, &data), 240);
                    assert_eq!(encode(&*codec, &kept), encode(&*codec, &data), "{kind:?} {size} {width}");
                    assert!(kept == data || width < 8 * size as u32);
                }
            }
        }
        let complex = codec(Kind::Complex, 8, 30, json!({"first_bit": 16})).unwrap();
        assert_eq!(encode(&*complex, &data).len(), 120);
        let expected: Vec<u8> = data.as_chunks::<4>().0.iter().flat_map(|[_, _, c, d]| [0, 0, *c, *d]).collect();
        assert_eq!(decode(&*complex, &encode(&*complex, &data), 240), expected);
    }

    #[test]
    fn numbers_in_the_other_byte_order_are_packed_alike() {
        let element = |order| Element { kind: Kind::Uint, swap: 2, order: Some(order), ..Element::bytes(2) };
        let [little, big] = [Endian::Little, Endian::Big]
            .map(|order| build(&json!({"last_bit": 11}), &Chunk { shape: vec![3], element: element(order) }).unwrap());
        let decoded = [0x0123_u16, 0x0fff, 0x0456];
        let encoded = encode(&*little, &decoded.map(u16::to_le_bytes).concat());
        assert_eq!(encode(&*big, &decoded.map(u16::to_be_bytes).concat()), encoded);
        assert_eq!(decode(&*big, &encoded, 6), decoded.map(u16::to_be_bytes).concat());
    }

    #[test]
    fn small_numbers_of_a_byte_each_are_what_the_caller_says() {
        let component = json!({"size": 1, "bits": 4, "is_signed": true});
        let codec = codec(Kind::Other, 1, 3, json!({"component": component})).unwrap();
        let encoded = encode(&*codec, &[0xf8, 7, 0xff]);
        assert_eq!(encoded, [0x78, 0x0f]);
        assert_eq!(decode(&*codec, &encoded, 3), [0xf8, 7, 0xff]);
    }

    #[test]
    fn what_no_number_has_is_refused() {
        let wrong = [
            json!({"first_bit": 8}),
            json!({"last_bit": 8}),
            json!({"first_bit": 3, "last_bit": 2}),
            json!({"first_bit": -1}),
            json!({"padding_encoding": "start_byte"}),
            json!({"component": {"size": 2, "bits": 4, "is_signed": false}}),
            json!({"component": {"size": 1, "bits": 9, "is_signed": false}}),
            json!({"component": {"size": 0, "bits": 1, "is_signed": false}}),
            json!({"more": 1}),
        ];
        for options in wrong {
            assert!(codec(Kind::Uint, 1, 3, options.clone()).is_err(), "{options}");
        }
        assert!(codec(Kind::Bool, 1, 3, json!({"last_bit": 1})).is_err());
        assert!(codec(Kind::Other, 8, 3, Value::Null).is_err());
    }

    #[test]
    fn another_size_or_number_of_unused_bits_is_corrupt() {
        for padding in ["none", "first_byte", "last_byte"] {
            let codec = codec(Kind::Bool, 1, 20, json!({"padding_encoding": padding})).unwrap();
            let mut encoded = encode(&*codec, &[1; 20]);
            let mut out = [0; 20];
            let mut refuse = |encoded: &[u8]| {
                assert_eq!(codec.decode_into(encoded, &mut out).unwrap_err().kind(), ErrorKind::CorruptChunk);
                assert!(codec.decode(encoded, 20).is_err());
            };
            (0..encoded.len()).for_each(|cut| refuse(&encoded[..cut]));
            refuse(&[&encoded[..], &[0]].concat());
            if padding != "none" {
                let at = if padding == "first_byte" { 0 } else { encoded.len() - 1 };
                encoded[at] ^= 1;
                refuse(&encoded);
            }
            assert!(codec.decode_into(&encoded, &mut [0; 19]).is_err());
            assert!(codec.decode(&encoded, 19).is_err());
        }
    }
}
