//! Numbers as numpy names them, and loops over them that the compiler can vectorise.
//!
//! Filters of numcodecs carry data types of their own and take the bytes before them for elements of those. Their arithmetic
//! is numpy's: integers wrap, a conversion to an integer that cannot hold the value gives what x86-64 gives.

use std::borrow::Cow;

use half::f16;
use serde::{Deserialize, Deserializer, de};

use super::{Chunk, Stage};
use crate::codecs::ArrayCodec;
use crate::element::{Element, Endian, Kind, swap_bytes};
use crate::error::{Error, Result};

#[cfg(target_endian = "little")]
const NATIVE: Endian = Endian::Little;
#[cfg(target_endian = "big")]
const NATIVE: Endian = Endian::Big;

/// A numeric data type with its byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumberType {
    pub kind: Kind,
    pub size: usize,
    pub order: Endian,
}

impl NumberType {
    /// Of numpy's type string, `"<i4"`, or name, `"int32"`.
    pub fn parse(text: &str) -> Option<Self> {
        let (order, rest) = match text.as_bytes().first()? {
            b'<' => (Endian::Little, &text[1..]),
            b'>' => (Endian::Big, &text[1..]),
            b'|' | b'=' => (NATIVE, &text[1..]),
            _ => (NATIVE, text),
        };
        let (kind, size) = match rest {
            "bool" | "b1" | "?" => (Kind::Bool, 1),
            "int8" | "i1" | "b" => (Kind::Int, 1),
            "int16" | "i2" | "h" => (Kind::Int, 2),
            "int32" | "i4" | "i" => (Kind::Int, 4),
            "int64" | "i8" | "q" => (Kind::Int, 8),
            "uint8" | "u1" | "B" => (Kind::Uint, 1),
            "uint16" | "u2" | "H" => (Kind::Uint, 2),
            "uint32" | "u4" | "I" => (Kind::Uint, 4),
            "uint64" | "u8" | "Q" => (Kind::Uint, 8),
            "float16" | "f2" | "e" => (Kind::Float, 2),
            "float32" | "f4" | "f" => (Kind::Float, 4),
            "float64" | "f8" | "d" => (Kind::Float, 8),
            _ => return None,
        };
        Some(Self { kind, size, order })
    }

    /// Of an element; none where codecs do not compute with it.
    pub fn of(element: &Element) -> Option<Self> {
        let fits = match element.kind {
            Kind::Bool => element.size == 1,
            Kind::Int | Kind::Uint => matches!(element.size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(element.size, 2 | 4 | 8),
            Kind::Complex | Kind::Text | Kind::Binary | Kind::Other => false,
        };
        fits.then_some(Self { kind: element.kind, size: element.size, order: element.order.unwrap_or(NATIVE) })
    }

    /// The element that it is in memory.
    pub fn element(self) -> Element {
        let order = (self.size > 1).then_some(self.order);
        Element { swap: self.size, order, kind: self.kind, ..Element::bytes(self.size) }
    }

    /// The same type in this machine's byte order.
    pub fn native(self) -> Self {
        Self { order: NATIVE, ..self }
    }

    fn swap_unit(self) -> usize {
        if self.order == NATIVE { 1 } else { self.size }
    }

    /// The same numbers in this machine's byte order.
    pub fn to_native(self, data: &[u8]) -> Cow<'_, [u8]> {
        if self.swap_unit() == 1 {
            return Cow::Borrowed(data);
        }
        let mut swapped = data.to_vec();
        swap_bytes(&mut swapped, self.swap_unit());
        Cow::Owned(swapped)
    }

    /// Turns numbers of this machine's byte order into the type's, in place.
    pub fn store(self, data: &mut [u8]) {
        swap_bytes(data, self.swap_unit());
    }
}

impl<'de> Deserialize<'de> for NumberType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("data type is {text:?}, expected one of numbers")))
    }
}

/// A stage that takes the chunk for numbers of type `decoded` and makes as many of type `encoded`.
pub(super) fn stage(
    name: &str,
    codec: impl ArrayCodec + 'static,
    chunk: &Chunk,
    decoded: NumberType,
    encoded: NumberType,
) -> Result<Stage> {
    let size = chunk.size()?;
    if !size.is_multiple_of(decoded.size) {
        let found = decoded.size;
        return Err(Error::metadata(format!(
            "{name}: a chunk of {size} bytes is no whole number of {found}-byte ones"
        )));
    }
    let shape = match decoded.size == chunk.element.size {
        true => chunk.shape.clone(),
        false => vec![(size / decoded.size) as u64],
    };
    Ok(Stage { codec: std::sync::Arc::new(codec), encoded: Chunk { shape, element: encoded.element() } })
}

/// A number of a type that this file knows.
pub(super) trait Number: Copy + Default {
    const SIZE: usize;
    /// Whether sums wrap, so that they are the same in any order.
    const WRAPS: bool;

    fn load(bytes: &[u8]) -> Self;
    fn store(self, bytes: &mut [u8]);
    /// Wrapping for integers.
    fn plus(self, other: Self) -> Self;
    /// Wrapping for integers.
    fn minus(self, other: Self) -> Self;
    /// Wrapping for integers.
    fn times(self, other: Self) -> Self;
}

/// Applies `f` to each number of `from`, with the widest instructions that the processor has.
#[inline]
pub(super) fn map<T: Number, U: Number>(from: &[u8], to: &mut [u8], f: impl FnMut(T) -> U) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { map_wide(from, to, f) };
    }
    map_each(from, to, f);
}

/// The same loop, compiled for AVX2: the results are the same, more of them at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn map_wide<T: Number, U: Number>(from: &[u8], to: &mut [u8], f: impl FnMut(T) -> U) {
    map_each(from, to, f);
}

#[inline(always)]
fn map_each<T: Number, U: Number>(from: &[u8], to: &mut [u8], mut f: impl FnMut(T) -> U) {
    for (from, to) in from.chunks_exact(T::SIZE).zip(to.chunks_exact_mut(U::SIZE)) {
        f(T::load(from)).store(to);
    }
}

/// Applies `f` to each number of `from` but the first, and the one before it, in the same way.
#[inline]
pub(super) fn map_pairs<T: Number, U: Number>(from: &[u8], to: &mut [u8], f: impl FnMut(T, T) -> U) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { map_pairs_wide(from, to, f) };
    }
    map_pairs_each(from, to, f);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn map_pairs_wide<T: Number, U: Number>(from: &[u8], to: &mut [u8], f: impl FnMut(T, T) -> U) {
    map_pairs_each(from, to, f);
}

#[inline(always)]
fn map_pairs_each<T: Number, U: Number>(from: &[u8], to: &mut [u8], mut f: impl FnMut(T, T) -> U) {
    let after = from.get(T::SIZE..).unwrap_or_default();
    let pairs = after.chunks_exact(T::SIZE).zip(from.chunks_exact(T::SIZE));
    for ((after, before), to) in pairs.zip(to.chunks_exact_mut(U::SIZE)) {
        f(T::load(after), T::load(before)).store(to);
    }
}

macro_rules! number {
    ($($type:ty, $wraps:expr, $plus:expr, $minus:expr, $times:expr;)*) => {$(
        impl Number for $type {
            const SIZE: usize = size_of::<$type>();
            const WRAPS: bool = $wraps;

            #[inline(always)]
            fn load(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or_else(Self::default, |bytes| Self::from_ne_bytes(*bytes))
            }

            #[inline(always)]
            fn store(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_ne_bytes());
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                $times(self, other)
            }
        }
    )*};
}

number! {
    i8, true, i8::wrapping_add, i8::wrapping_sub, i8::wrapping_mul;
    i16, true, i16::wrapping_add, i16::wrapping_sub, i16::wrapping_mul;
    i32, true, i32::wrapping_add, i32::wrapping_sub, i32::wrapping_mul;
    i64, true, i64::wrapping_add, i64::wrapping_sub, i64::wrapping_mul;
    u8, true, u8::wrapping_add, u8::wrapping_sub, u8::wrapping_mul;
    u16, true, u16::wrapping_add, u16::wrapping_sub, u16::wrapping_mul;
    u32, true, u32::wrapping_add, u32::wrapping_sub, u32::wrapping_mul;
    u64, true, u64::wrapping_add, u64::wrapping_sub, u64::wrapping_mul;
    f16, false, |a, b| a + b, |a, b| a - b, |a, b| a * b;
    f32, false, |a, b| a + b, |a, b| a - b, |a, b| a * b;
    f64, false, |a, b| a + b, |a, b| a - b, |a, b| a * b;
}

/// A byte that is true or false.
#[derive(Clone, Copy, Default)]
pub(super) struct Bool(bool);

impl Bool {
    #[inline(always)]
    pub fn new(value: bool) -> Self {
        Self(value)
    }

    #[inline(always)]
    pub fn is_true(self) -> bool {
        self.0
    }
}

impl Number for Bool {
    const SIZE: usize = 1;
    const WRAPS: bool = false;

    #[inline(always)]
    fn load(bytes: &[u8]) -> Self {
        Self(bytes.first().is_some_and(|byte| *byte != 0))
    }

    #[inline(always)]
    fn store(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&[u8::from(self.0)]);
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(self.0 != other.0)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// numpy's conversion between numbers.
pub(super) trait Cast<U> {
    fn cast(self) -> U;
}

macro_rules! cast_integers {
    ($($from:ty),* => $to:tt) => {$(cast_integers!(@ $from => $to);)*};
    (@ $from:ty => ($($to:ty),*)) => {
        $(impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                self as $to
            }
        })*
        impl Cast<f16> for $from {
            #[inline(always)]
            fn cast(self) -> f16 {
                f16::from_f64(self as f64)
            }
        }
        impl Cast<Bool> for $from {
            #[inline(always)]
            fn cast(self) -> Bool {
                Bool(self != 0)
            }
        }
        impl Cast<$from> for Bool {
            #[inline(always)]
            fn cast(self) -> $from {
                <$from>::from(self.0)
            }
        }
        impl Cast<$from> for f16 {
            #[inline(always)]
            fn cast(self) -> $from {
                Cast::<$from>::cast(self.to_f64())
            }
        }
    };
}

cast_integers!(i8, i16, i32, i64, u8, u16, u32, u64 => (i8, i16, i32, i64, u8, u16, u32, u64, f32, f64));

/// As x86-64 does it for 64 bits: what does not fit becomes the smallest integer.
#[inline(always)]
fn to_i64(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) { value as i64 } else { i64::MIN }
}

/// The same for 32 bits.
#[inline(always)]
fn to_i32(value: f64) -> i32 {
    let fits = value > -2_147_483_649.0 && value < 2_147_483_648.0;
    // SAFETY: the number without its fraction is one of 32 bits. `as` would check that again.
    if fits { unsafe { value.to_int_unchecked() } } else { i32::MIN }
}

/// The same for the shorter numbers, of which none is between the limits above and these.
#[inline(always)]
fn short_to_i32(value: f32) -> i32 {
    let fits = (-2_147_483_648.0..2_147_483_648.0).contains(&value);
    // SAFETY: as above.
    if fits { unsafe { value.to_int_unchecked() } } else { i32::MIN }
}

macro_rules! cast_floats {
    ($($to:ty, $function:expr;)*) => {$(
        impl Cast<$to> for f64 {
            #[inline(always)]
            fn cast(self) -> $to {
                $function(self)
            }
        }
    )*};
}

cast_floats! {
    i8, |x| to_i32(x) as i8;
    i16, |x| to_i32(x) as i16;
    i32, to_i32;
    i64, to_i64;
    u8, |x| to_i32(x) as u8;
    u16, |x| to_i32(x) as u16;
    u32, |x| to_i64(x) as u32;
    u64, |x: f64| if x >= 9_223_372_036_854_775_808.0 { x as u64 } else { to_i64(x) as u64 };
    f64, |x| x;
    f32, |x| x as f32;
    f16, f16::from_f64;
    Bool, |x| Bool(x != 0.0);
}

macro_rules! cast_plain {
    ($($from:ty => $to:ty, $function:expr;)*) => {$(
        impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                $function(self)
            }
        }
    )*};
}

cast_plain! {
    f32 => i8, |x| short_to_i32(x) as i8;
    f32 => i16, |x| short_to_i32(x) as i16;
    f32 => i32, short_to_i32;
    f32 => i64, |x| Cast::<i64>::cast(f64::from(x));
    f32 => u8, |x| short_to_i32(x) as u8;
    f32 => u16, |x| short_to_i32(x) as u16;
    f32 => u32, |x| Cast::<u32>::cast(f64::from(x));
    f32 => u64, |x| Cast::<u64>::cast(f64::from(x));
    f32 => f64, f64::from;
    f32 => f32, |x| x;
    f32 => f16, f16::from_f32;
    f32 => Bool, |x| Bool(x != 0.0);
    f16 => f64, f16::to_f64;
    f16 => f32, f16::to_f32;
    f16 => f16, |x| x;
    f16 => Bool, |x: f16| Bool(x != f16::ZERO);
    Bool => f64, |x: Bool| f64::from(u8::from(x.0));
    Bool => f32, |x: Bool| f32::from(u8::from(x.0));
    Bool => f16, |x: Bool| f16::from_f32(f32::from(u8::from(x.0)));
    Bool => Bool, |x| x;
}

/// A floating point number that is rounded to a whole one, ties to even.
///
/// By additions, which processors of any age do for several numbers at once; the library's function is a call for each.
pub(super) trait Round: Number {
    fn round(self) -> Self;
}

macro_rules! round {
    ($($type:ty, $whole:expr;)*) => {$(
        impl Round for $type {
            #[inline(always)]
            fn round(self) -> Self {
                // From here on all numbers are whole; their neighbours below it are one apart.
                let whole = <$type>::copysign($whole, self);
                if self.abs() < $whole { ((self + whole) - whole).copysign(self) } else { self }
            }
        }
    )*};
}

round! {
    f32, 8_388_608.0;
    f64, 4_503_599_627_370_496.0;
}

impl Round for f16 {
    #[inline(always)]
    fn round(self) -> Self {
        Self::from_f32(Round::round(self.to_f32()))
    }
}

/// Runs `$body` with `$name` standing for the Rust type of a [`NumberType`].
macro_rules! with_number {
    ($type:expr, $name:ident => $body:expr) => {{
        use $crate::element::Kind;
        let of = $type;
        match (of.kind, of.size) {
            (Kind::Int, 1) => {
                type $name = i8;
                $body
            }
            (Kind::Int, 2) => {
                type $name = i16;
                $body
            }
            (Kind::Int, 4) => {
                type $name = i32;
                $body
            }
            (Kind::Int, _) => {
                type $name = i64;
                $body
            }
            (Kind::Uint, 1) => {
                type $name = u8;
                $body
            }
            (Kind::Uint, 2) => {
                type $name = u16;
                $body
            }
            (Kind::Uint, 4) => {
                type $name = u32;
                $body
            }
            (Kind::Uint, _) => {
                type $name = u64;
                $body
            }
            (Kind::Float, 2) => {
                type $name = half::f16;
                $body
            }
            (Kind::Float, 4) => {
                type $name = f32;
                $body
            }
            (Kind::Float, _) => {
                type $name = f64;
                $body
            }
            _ => {
                type $name = $crate::codecs::number::Bool;
                $body
            }
        }
    }};
}
pub(super) use with_number;

/// Converts numbers, each side in its own byte order.
pub(super) fn convert(from: NumberType, data: &[u8], to: NumberType, out: &mut [u8]) {
    if from == to {
        out.copy_from_slice(data);
        return;
    }
    let data = from.to_native(data);
    with_number!(from, T => with_number!(to, U => map::<T, U>(&data, out, Cast::<U>::cast)));
    to.store(out);
}

/// Converts the numbers of this machine's byte order that a computation made.
pub(super) fn convert_native(from: NumberType, data: &[u8], to: NumberType, out: &mut [u8]) {
    convert(from.native(), data, to, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_the_library_rounds_them() {
        let near = |x: f64| [x.next_down(), x, x.next_up()];
        let halves = (-40..=40).map(|i| f64::from(i) / 4.0).flat_map(near);
        let large = (48..=66).flat_map(|bits| near(2_f64.powi(bits))).flat_map(|x| [x - 0.5, x, x + 0.5]);
        let odd = [f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 5e-324, 0.0, 1e300];
        for x in halves.chain(large).chain(odd).flat_map(|x| [x, -x]) {
            assert_eq!(Round::round(x).to_bits(), x.round_ties_even().to_bits(), "{x}");
            let x = x as f32;
            assert_eq!(Round::round(x).to_bits(), x.round_ties_even().to_bits(), "{x}");
        }
        for bits in 0..=u32::MAX / 4096 {
            let x = f32::from_bits(bits.wrapping_mul(4099));
            assert!(Round::round(x).to_bits() == x.round_ties_even().to_bits() || x.is_nan(), "{x}");
        }
    }

    #[test]
    fn types_are_read_as_numpy_writes_them() {
        let int = NumberType { kind: Kind::Int, size: 4, order: Endian::Big };
        assert_eq!(NumberType::parse(">i4"), Some(int));
        assert_eq!(NumberType::parse("float32"), NumberType::parse("f4"));
        for none in ["", "<", "O", "<c8", "|S3", "<M8[s]", "i3"] {
            assert_eq!(NumberType::parse(none), None, "{none}");
        }
    }

    #[test]
    fn conversions_are_those_of_numpy() {
        let cast = |from: &str, data: &[u8], to: &str| {
            let (from, to) = (NumberType::parse(from).unwrap(), NumberType::parse(to).unwrap());
            let mut out = vec![0; data.len() / from.size * to.size];
            convert(from, data, to, &mut out);
            out
        };
        // numpy.array([300, nan, -1.5], "f8").astype("i1"), and so on
        let floats: Vec<u8> = [300.0, f64::NAN, -1.5].iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
        assert_eq!(cast("<f8", &floats, "|i1"), [44, 0, 255]);
        assert_eq!(cast("<f8", &floats, ">i4"), [0, 0, 1, 44, 128, 0, 0, 0, 255, 255, 255, 255]);
        assert_eq!(cast(">i2", &[1, 44, 255, 255], "|u1"), [44, 255]);
        assert_eq!(cast("|u1", &[0, 7], "|b1"), [0, 1]);
    }
}
