//! Loops that the compiler does not vectorise by itself, in AVX2's instructions, each beside the plain loop with the same
//! results that other processors run.

use super::number::{Cast, Number, NumberType, Round, map};
use crate::element::Kind;

/// Sums of native numbers one after the other, `sum` and the first of `data` on; the last of them comes back.
#[inline]
pub(super) fn sums<T: Number>(data: &[u8], out: &mut [u8], sum: T) -> T {
    #[cfg(target_arch = "x86_64")]
    if T::WRAPS && std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { avx2::sums::<T>(data, out, sum) };
    }
    sums_each(data, out, sum)
}

#[inline(always)]
fn sums_each<T: Number>(data: &[u8], out: &mut [u8], mut sum: T) -> T {
    for (step, out) in data.chunks_exact(T::SIZE).zip(out.chunks_exact_mut(T::SIZE)) {
        sum = sum.plus(T::load(step));
        sum.store(out);
    }
    sum
}

macro_rules! scaled {
    ($name:ident, $type:ty) => {
        /// `(x - offset) * scale`, rounded, as numbers of type `of`, whose Rust type is `U`.
        pub(super) fn $name<U: Number>(data: &[u8], out: &mut [u8], offset: $type, scale: $type, of: NumberType)
        where
            $type: Cast<U>,
        {
            #[allow(unused_mut, reason = "other processors have the plain loop alone")]
            let mut done = 0;
            #[cfg(target_arch = "x86_64")]
            if fits_i32(of) && std::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has just said that it has the instructions.
                done = unsafe {
                    match of.size {
                        1 => avx2::$name::<1>(data, out, offset, scale),
                        2 => avx2::$name::<2>(data, out, offset, scale),
                        _ => avx2::$name::<4>(data, out, offset, scale),
                    }
                };
            }
            let (data, out) = (&data[done * size_of::<$type>()..], &mut out[done * U::SIZE..]);
            map::<$type, U>(data, out, |x| Cast::<U>::cast(Round::round((x - offset) * scale)));
        }
    };
}

scaled!(scaled_f32, f32);
scaled!(scaled_f64, f64);

/// Whether numbers of the type are what is left of integers of 32 bits.
#[cfg(target_arch = "x86_64")]
fn fits_i32(of: NumberType) -> bool {
    matches!((of.kind, of.size), (Kind::Int, 1 | 2 | 4) | (Kind::Uint, 1 | 2))
}

/// Eight booleans in each byte of `out`, the first one in the highest bit. A byte that is not zero counts as true.
pub(super) fn pack(bits: &[[u8; 8]], out: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { avx2::pack(bits, out) };
    }
    pack_each(bits, out);
}

fn pack_each(bits: &[[u8; 8]], out: &mut [u8]) {
    bits.iter().zip(out).for_each(|(bits, out)| *out = packed(*bits));
}

/// The booleans that [`pack`] has packed, as zeros and ones.
pub(super) fn unpack(bytes: &[u8], out: &mut [[u8; 8]]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has the instructions.
        return unsafe { avx2::unpack(bytes, out) };
    }
    unpack_each(bytes, out);
}

fn unpack_each(bytes: &[u8], out: &mut [[u8; 8]]) {
    bytes.iter().zip(out).for_each(|(byte, out)| *out = unpacked(*byte));
}

/// Ones in the lowest bit of each of eight bytes, and in the highest.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Moves the lowest bit of byte `i` to bit `63 - i`; no two of the others meet.
const GATHER: u64 = 0x8040_2010_0804_0201;

/// One byte of [`pack`].
#[inline]
pub(super) fn packed(bits: [u8; 8]) -> u8 {
    let mut word = u64::from_le_bytes(bits);
    if word & !LOW != 0 {
        // The highest bit of each byte that is not zero.
        word = ((((word & !HIGH) + !HIGH) | word) & HIGH) >> 7;
    }
    (word.wrapping_mul(GATHER) >> 56) as u8
}

/// Eight booleans for each byte.
static UNPACKED: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte][bit] = ((byte >> (7 - bit)) & 1) as u8;
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Eight booleans of [`unpack`].
#[inline]
pub(super) fn unpacked(byte: u8) -> [u8; 8] {
    UNPACKED[usize::from(byte)]
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use super::{Number, pack_each, sums_each, unpack_each};

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: so many bytes can be read there, and this load wants no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn store(value: __m256i, bytes: &mut [u8; 32]) {
        // SAFETY: so many bytes can be written there, and this store wants no alignment.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) }
    }

    /// Numbers of `SIZE` bytes, added.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn add<const SIZE: usize>(left: __m256i, right: __m256i) -> __m256i {
        match SIZE {
            1 => _mm256_add_epi8(left, right),
            2 => _mm256_add_epi16(left, right),
            4 => _mm256_add_epi32(left, right),
            _ => _mm256_add_epi64(left, right),
        }
    }

    /// Integers alone: their sums are the same in whatever order they are added.
    #[target_feature(enable = "avx2")]
    pub(super) fn sums<T: Number>(data: &[u8], out: &mut [u8], sum: T) -> T {
        match T::SIZE {
            1 => sums_of::<1, T>(data, out, sum),
            2 => sums_of::<2, T>(data, out, sum),
            4 => sums_of::<4, T>(data, out, sum),
            _ => sums_of::<8, T>(data, out, sum),
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn sums_of<const SIZE: usize, T: Number>(data: &[u8], out: &mut [u8], sum: T) -> T {
        let mut bytes = [0; 32];
        bytes.chunks_exact_mut(SIZE).for_each(|bytes| sum.store(bytes));
        let mut sums = load(&bytes);
        // In each half, the last number everywhere.
        let last: [u8; 32] = std::array::from_fn(|i| (16 - SIZE + i % SIZE) as u8);
        let last = load(&last);
        // Kept from the compiler, which would turn it into a permutation that waits for the sums.
        let upper = black_box(_mm256_set_epi64x(-1, -1, 0, 0));
        let (blocks, data) = data.as_chunks::<32>();
        let (outs, out) = out.as_chunks_mut::<32>();
        for (block, out) in blocks.iter().zip(&mut *outs) {
            let mut x = load(block);
            if SIZE <= 1 {
                x = add::<SIZE>(x, _mm256_slli_si256::<1>(x));
            }
            if SIZE <= 2 {
                x = add::<SIZE>(x, _mm256_slli_si256::<2>(x));
            }
            if SIZE <= 4 {
                x = add::<SIZE>(x, _mm256_slli_si256::<4>(x));
            }
            x = add::<SIZE>(x, _mm256_slli_si256::<8>(x));
            // The lower half's sum goes on in the upper one. Only the last line waits for the block before.
            let halves = _mm256_shuffle_epi8(x, last);
            let swapped = _mm256_permute2x128_si256::<0x01>(halves, halves);
            x = add::<SIZE>(x, _mm256_and_si256(swapped, upper));
            store(add::<SIZE>(x, sums), out);
            sums = add::<SIZE>(sums, add::<SIZE>(halves, swapped));
        }
        store(sums, &mut bytes);
        sums_each(data, out, T::load(&bytes[..SIZE]))
    }

    /// Eight numbers as integers of 32 bits. The conversion rounds to the nearest, ties to even; what does not fit becomes
    /// the smallest integer.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn integers_f32(data: &[u8; 32], offset: f32, scale: f32) -> __m256i {
        let x = _mm256_sub_ps(_mm256_castsi256_ps(load(data)), _mm256_set1_ps(offset));
        _mm256_cvtps_epi32(_mm256_mul_ps(x, _mm256_set1_ps(scale)))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn integers_f64(data: &[u8; 64], offset: f64, scale: f64) -> __m256i {
        let (lower, upper) = data.split_at(32);
        let half = |data: &[u8]| {
            let data = data.first_chunk().map_or_else(|| _mm256_setzero_si256(), |data| load(data));
            let x = _mm256_sub_pd(_mm256_castsi256_pd(data), _mm256_set1_pd(offset));
            _mm256_cvtpd_epi32(_mm256_mul_pd(x, _mm256_set1_pd(scale)))
        };
        _mm256_set_m128i(half(upper), half(lower))
    }

    /// The lowest two bytes of each integer.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn halves(first: __m256i, second: __m256i) -> __m256i {
        let mask = _mm256_set1_epi32(0xffff);
        _mm256_packus_epi32(_mm256_and_si256(first, mask), _mm256_and_si256(second, mask))
    }

    /// The lowest bytes of each integer.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn quarters([a, b, c, d]: [__m256i; 4]) -> __m256i {
        let mask = _mm256_set1_epi32(0xff);
        let pair = |a, b| _mm256_packus_epi32(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
        _mm256_packus_epi16(pair(a, b), pair(c, d))
    }

    macro_rules! scaled {
        ($name:ident, $type:ty, $integers:ident, $bytes:literal) => {
            /// Returns how many numbers are done: a multiple of those that 32 bytes of `out` hold.
            #[target_feature(enable = "avx2")]
            pub(super) fn $name<const SIZE: usize>(data: &[u8], out: &mut [u8], offset: $type, scale: $type) -> usize {
                let eights = data.as_chunks::<$bytes>().0;
                let integers = |eight: &[u8; $bytes]| $integers(eight, offset, scale);
                let outs = out.as_chunks_mut::<32>().0;
                match SIZE {
                    1 => {
                        let fours = eights.as_chunks::<4>().0;
                        let order = _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0);
                        for ([a, b, c, d], out) in fours.iter().zip(&mut *outs) {
                            let bytes = quarters([integers(a), integers(b), integers(c), integers(d)]);
                            store(_mm256_permutevar8x32_epi32(bytes, order), out);
                        }
                        fours.len() * 32
                    }
                    2 => {
                        let pairs = eights.as_chunks::<2>().0;
                        for ([a, b], out) in pairs.iter().zip(&mut *outs) {
                            let words = halves(integers(a), integers(b));
                            store(_mm256_permute4x64_epi64::<0b11_01_10_00>(words), out);
                        }
                        pairs.len() * 16
                    }
                    _ => {
                        eights.iter().zip(&mut *outs).for_each(|(eight, out)| store(integers(eight), out));
                        eights.len() * 8
                    }
                }
            }
        };
    }

    scaled!(scaled_f32, f32, integers_f32, 32);
    scaled!(scaled_f64, f64, integers_f64, 64);

    #[target_feature(enable = "avx2")]
    pub(super) fn pack(bits: &[[u8; 8]], out: &mut [u8]) {
        let (blocks, bits) = bits.as_chunks::<4>();
        let (outs, rest) = out.split_at_mut(blocks.len() * 4);
        let backwards: [u8; 32] = std::array::from_fn(|i| ((i % 16) ^ 7) as u8);
        let backwards = load(&backwards);
        for (block, out) in blocks.iter().zip(outs.as_chunks_mut::<4>().0) {
            let zeros =
                _mm256_cmpeq_epi8(load(block.as_flattened().first_chunk().unwrap_or(&[0; 32])), _mm256_setzero_si256());
            let mask = _mm256_movemask_epi8(_mm256_shuffle_epi8(zeros, backwards));
            *out = (!mask).to_le_bytes();
        }
        pack_each(bits, rest);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn unpack(bytes: &[u8], out: &mut [[u8; 8]]) {
        let (blocks, bytes) = bytes.as_chunks::<4>();
        let (outs, rest) = out.as_flattened_mut().split_at_mut(blocks.len() * 32);
        let spread: [u8; 32] = std::array::from_fn(|i| (i / 8) as u8);
        let spread = load(&spread);
        let bit = load(&std::array::from_fn(|i| 0x80 >> (i % 8)));
        let one = _mm256_set1_epi8(1);
        for (block, out) in blocks.iter().zip(outs.as_chunks_mut::<32>().0) {
            let four = _mm256_set1_epi32(i32::from_le_bytes(*block));
            let found = _mm256_and_si256(_mm256_shuffle_epi8(four, spread), bit);
            store(_mm256_and_si256(_mm256_cmpeq_epi8(found, bit), one), out);
        }
        unpack_each(bytes, rest.as_chunks_mut::<8>().0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_packed_and_unpacked_bit_by_bit() {
        for byte in 0..=u8::MAX {
            let bits: [u8; 8] = std::array::from_fn(|i| byte >> (7 - i) & 1);
            assert_eq!((unpacked(byte), packed(bits)), (bits, byte));
            assert_eq!(packed(bits.map(|bit| bit * 255)), byte);
            assert_eq!(packed(bits.map(|bit| bit * 128)), byte);
        }
    }

    /// Sums in the plain loop and in the chosen one, from any place in memory on.
    fn assert_sums<T: Number>(data: &[u8], start: usize) {
        let first = [0x9d; 8];
        let data = &data[start.min(data.len())..];
        let (mut plain, mut chosen) = (vec![1; data.len()], vec![1; data.len() + start]);
        let (mut end, mut chosen_end) = ([0; 8], [0; 8]);
        sums_each(data, &mut plain, T::load(&first)).store(&mut end[..T::SIZE]);
        sums(data, &mut chosen[start..], T::load(&first)).store(&mut chosen_end[..T::SIZE]);
        assert_eq!(chosen[start..], plain);
        assert_eq!(chosen_end, end);
    }

    /// Numbers of any size, halves between two integers, and what is no number.
    fn number() -> impl Strategy<Value = f64> {
        let limits = [2e9, 2_147_483_647.0, 2_147_483_647.5, 2_147_483_648.5, 32_767.5, 65_535.5, 255.5, 1e300];
        prop_oneof![
            (-140_000_i32..140_000).prop_map(|x| f64::from(x) / 6.0),
            any::<f64>(),
            proptest::sample::select(limits.to_vec()),
            proptest::sample::select(limits.to_vec()).prop_map(|x| -x / 3.0),
        ]
    }

    macro_rules! assert_scaled {
        ($name:ident, $type:ty, $numbers:expr, $($to:literal $U:ty),*) => {$({
            let numbers: Vec<$type> = $numbers.iter().map(|x| *x as $type).collect();
            let data: Vec<u8> = numbers.iter().flat_map(|x| x.to_ne_bytes()).collect();
            let (offset, scale) = (0.5, 3.0);
            let mut out = vec![0; numbers.len() * size_of::<$U>()];
            $name::<$U>(&data, &mut out, offset, scale, NumberType::parse($to).unwrap());
            let plain = |x: &$type| Cast::<$U>::cast(Round::round((*x - offset) * scale)).to_ne_bytes();
            prop_assert_eq!(out, numbers.iter().flat_map(plain).collect::<Vec<u8>>(), $to);
        })*};
    }

    proptest! {
        #[test]
        fn scaled_numbers_are_those_of_the_plain_loop(numbers in proptest::collection::vec(number(), 0..200)) {
            assert_scaled!(
                scaled_f32, f32, numbers, "i1" i8, "u1" u8, "i2" i16, "u2" u16, "i4" i32, "u4" u32, "i8" i64, "f4" f32
            );
            assert_scaled!(
                scaled_f64, f64, numbers, "i1" i8, "u1" u8, "i2" i16, "u2" u16, "i4" i32, "u4" u32, "i8" i64, "f8" f64
            );
        }

        #[test]
        fn sums_are_those_of_the_plain_loop(
            data in proptest::collection::vec(any::<u8>(), 0..600), start in 0_usize..40,
        ) {
            assert_sums::<u8>(&data, start);
            assert_sums::<i8>(&data, start);
            assert_sums::<u16>(&data, start);
            assert_sums::<i16>(&data, start);
            assert_sums::<u32>(&data, start);
            assert_sums::<i32>(&data, start);
            assert_sums::<u64>(&data, start);
            assert_sums::<i64>(&data, start);
            assert_sums::<f32>(&data, start);
            assert_sums::<f64>(&data, start);
        }

        #[test]
        fn booleans_are_packed_and_unpacked_as_in_the_plain_loop(
            data in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..600), start in 0_usize..40,
        ) {
            let data = &data[start.min(data.len())..];
            let words = data.as_chunks::<8>().0;
            let (mut plain, mut chosen) = (vec![0; words.len()], vec![0; words.len()]);
            pack_each(words, &mut plain);
            pack(words, &mut chosen);
            prop_assert_eq!(&chosen, &plain);
            let (mut plain, mut chosen) = (vec![[9; 8]; data.len()], vec![[9; 8]; data.len()]);
            unpack_each(data, &mut plain);
            unpack(data, &mut chosen);
            prop_assert_eq!(chosen, plain);
        }
    }
}
