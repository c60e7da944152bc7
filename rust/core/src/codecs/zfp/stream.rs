//! What a stream of zfp can be: its numbers, its parameters, and how many bits these make of a block.
//!
//! Source: zfp 1.0, "Compression modes" and `zfp_stream_maximum_size`. A block is 4 values along each axis.

/// The numbers that zfp has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Int32,
    Int64,
    Float32,
    Float64,
}

impl Scalar {
    pub fn size(self) -> usize {
        match self {
            Self::Int32 | Self::Float32 => 4,
            Self::Int64 | Self::Float64 => 8,
        }
    }

    /// Bits of a number, each of which is a plane of a block.
    fn planes(self) -> u32 {
        8 * self.size() as u32
    }
}

/// The parameters that all modes come down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Fewest and most bits of a block.
    pub minbits: u32,
    pub maxbits: u32,
    /// Most planes of bits that are kept.
    pub maxprec: u32,
    /// The smallest exponent that is kept.
    pub minexp: i32,
}

const MAX_BITS: u32 = 16_658;
const MAX_PRECISION: u32 = 64;
const MIN_EXPONENT: i32 = -1074;
/// Of what the header can say.
const MOST_MIN_BITS: u32 = 1 << 15;
const EXPONENTS: std::ops::RangeInclusive<i32> = -16_495..=16_272;

impl Params {
    pub fn reversible() -> Self {
        Self { minbits: 1, maxbits: MAX_BITS, maxprec: MAX_PRECISION, minexp: MIN_EXPONENT - 1 }
    }

    pub fn precision(precision: u32) -> Self {
        let maxprec = if precision == 0 { MAX_PRECISION } else { precision.min(MAX_PRECISION) };
        Self { maxprec, minexp: MIN_EXPONENT, ..Self::reversible() }
    }

    pub fn accuracy(tolerance: f64) -> Self {
        let bits = tolerance.to_bits();
        let exponent = match (tolerance > 0.0, tolerance.is_normal()) {
            (false, _) => MIN_EXPONENT,
            (true, true) => ((bits >> 52) & 0x7ff) as i32 - 1023,
            (true, false) => bits.ilog2() as i32 + MIN_EXPONENT,
        };
        Self { minexp: exponent, ..Self::precision(0) }
    }

    /// None where a block would have no bits, or too many.
    pub fn rate(rate: f64, scalar: Scalar, dimensions: u32) -> Option<Self> {
        let bits = (f64::from(values(dimensions)) * rate + 0.5).floor();
        let least = match scalar {
            Scalar::Int32 | Scalar::Int64 => 1.0,
            Scalar::Float32 | Scalar::Float64 => f64::from(Self::precision(0).head(scalar)),
        };
        let is_any = rate >= 0.0 && (bits >= 1.0 || least > 1.0);
        let bits = bits.max(least);
        (is_any && bits <= f64::from(MOST_MIN_BITS)).then(|| Self {
            minbits: bits as u32,
            maxbits: bits as u32,
            ..Self::precision(0)
        })
    }

    fn is_reversible(&self) -> bool {
        self.minexp < MIN_EXPONENT
    }

    /// Whether zfp keeps to the bounds below: it subtracts from `maxbits` what comes before the planes and does not look.
    pub fn are_sound(&self, scalar: Scalar) -> bool {
        self.minbits <= self.maxbits.min(MOST_MIN_BITS)
            && self.maxbits >= self.head(scalar).max(1)
            && (1..=MAX_PRECISION).contains(&self.maxprec)
            && EXPONENTS.contains(&self.minexp)
    }

    /// Whether zfp reads what it writes: without loss it does not fill a block of zeros up to `minbits`, and skips them.
    pub fn come_back(&self, scalar: Scalar) -> bool {
        let is_float = matches!(scalar, Scalar::Float32 | Scalar::Float64);
        !(self.is_reversible() && is_float && self.minbits > 1)
    }

    /// Bits of a block before its planes.
    fn head(&self, scalar: Scalar) -> u32 {
        match (scalar, self.is_reversible()) {
            (Scalar::Int32 | Scalar::Int64, false) => 0,
            (Scalar::Int32, true) => 5,
            (Scalar::Int64, true) => 6,
            (Scalar::Float32, false) => 1 + 8,
            (Scalar::Float64, false) => 1 + 11,
            (Scalar::Float32, true) => 1 + 1 + 8 + 5,
            (Scalar::Float64, true) => 1 + 1 + 11 + 6,
        }
    }

    /// The most bits that a block takes, whatever they are.
    pub fn most(&self, scalar: Scalar, dimensions: u32) -> u32 {
        let values = values(dimensions);
        // A plane takes a bit of each value, and all together a test before each value that becomes known.
        let full = self.head(scalar) + values * scalar.planes() + values - 1;
        full.min(self.maxbits).max(self.minbits)
    }

    /// The bits that a block of nothing but zeros takes.
    pub fn least(&self, scalar: Scalar) -> u32 {
        let zeros = match (scalar, self.is_reversible()) {
            // A first bit says that there is nothing.
            (Scalar::Float32 | Scalar::Float64, _) => 1,
            (Scalar::Int32 | Scalar::Int64, true) => self.head(scalar) + 1,
            // Each plane has one test.
            (Scalar::Int32 | Scalar::Int64, false) => scalar.planes().min(self.maxprec).min(self.maxbits),
        };
        zeros.max(self.minbits)
    }
}

fn values(dimensions: u32) -> u32 {
    1 << (2 * dimensions)
}
