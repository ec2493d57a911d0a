//! G.722 at 64 kbit/s: 16 kHz samples, two bands, each an adaptive differential code. Bit-exact with the
//! Recommendation's test sequences. The tables are its tables; the names are those of its blocks where it has some.

/// The quadrature mirror filter, every second coefficient; the other half is the same backwards.
const QMF: [i16; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Decision levels of the lower band.
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
    1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// The upper band's only decision level.
const Q2: i32 = 564;
/// Output levels of 6, 4 and 2 bits, by code.
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM4: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
/// What each code does to the logarithm of the step.
const WL: [i32; 16] = [
    -60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60,
];
const WH: [i32; 4] = [798, -214, 798, -214];
/// 2048 times two to the power of n / 32.
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

fn saturated(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// Predictor and step of one band.
#[derive(Clone, Copy, Debug)]
struct Band {
    /// The prediction, and the part of it that the zeros make.
    s: i32,
    sz: i32,
    poles: [i32; 2],
    zeros: [i32; 6],
    /// The last reconstructed samples, partly reconstructed samples and differences, newest first.
    r: i32,
    p: [i32; 2],
    d: [i32; 6],
    nb: i32,
    det: i32,
}

impl Band {
    const fn new(det: i32) -> Self {
        Self {
            s: 0,
            sz: 0,
            poles: [0; 2],
            zeros: [0; 6],
            r: 0,
            p: [0; 2],
            d: [0; 6],
            nb: 0,
            det,
        }
    }

    /// A difference by its level.
    fn scaled(&self, level: i32) -> i32 {
        (self.det * level) >> 15
    }

    /// The next step, from the weight of the code; `most` and `shift` are the band's (LOGSCL, SCALEL and the like).
    fn adapt(&mut self, weight: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + weight).clamp(0, most);
        let (fraction, exponent) = (ILB[(self.nb >> 6 & 31) as usize], shift - (self.nb >> 11));
        let step = if exponent < 0 {
            fraction << -exponent
        } else {
            fraction >> exponent
        };
        self.det = step << 2;
    }

    /// Adapts the predictor to the difference `d` and predicts the next sample (block 4).
    fn predict(&mut self, d: i32) {
        let r = saturated(self.s + d);
        let p = saturated(self.sz + d);
        let same = |other: i32| (p < 0) == (other < 0);
        let turn = saturated(self.poles[0] << 2);
        let turn = if same(self.p[0]) { -turn } else { turn }.min(i32::from(i16::MAX));
        let pull = if same(self.p[1]) { 128 } else { -128 };
        let second = (pull + (turn >> 7) + ((self.poles[1] * 32512) >> 15)).clamp(-12288, 12288);
        let push = if same(self.p[0]) { 192 } else { -192 };
        let limit = saturated(15360 - second);
        let first = saturated(push + ((self.poles[0] * 32640) >> 15)).clamp(-limit, limit);
        let gain = if d == 0 { 0 } else { 128 };
        for (zero, past) in self.zeros.iter_mut().zip(self.d) {
            let push = if (past < 0) == (d < 0) { gain } else { -gain };
            *zero = saturated(push + ((*zero * 32640) >> 15));
        }
        self.d.copy_within(..5, 1);
        self.d[0] = d;
        let from_poles =
            ((first * saturated(2 * r)) >> 15) + ((second * saturated(2 * self.r)) >> 15);
        self.poles = [first, second];
        self.r = r;
        self.p = [p, self.p[0]];
        let zeros = self.zeros.iter().zip(self.d);
        self.sz = saturated(zeros.map(|(zero, d)| (zero * saturated(2 * d)) >> 15).sum());
        self.s = saturated(saturated(from_poles) + self.sz);
    }
}

/// Both bands, as encoder and decoder keep them alike.
#[derive(Clone, Copy, Debug)]
struct Bands {
    low: Band,
    high: Band,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            low: Band::new(32),
            high: Band::new(8),
        }
    }
}

impl Bands {
    /// The code of one sample of each band.
    fn code(&self, low: i32, high: i32) -> u8 {
        let size = |difference: i32| difference ^ (difference >> 31);
        let Bands { low: l, high: h } = self;
        let difference = saturated(low - l.s);
        let level = Q6[1..]
            .iter()
            .position(|level| size(difference) < (level * l.det) >> 12)
            .unwrap_or(29) as u8;
        let low = match (difference < 0, level) {
            (true, 0 | 1) => 63 - level,
            (true, _) => 33 - level,
            (false, _) => 61 - level,
        };
        let difference = saturated(high - h.s);
        let is_large = size(difference) >= (Q2 * h.det) >> 12;
        let high = match (difference < 0, is_large) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        };
        high << 6 | low
    }

    /// What a code means in each band.
    fn samples(&self, code: u8) -> [i32; 2] {
        let Bands { low, high } = self;
        let low = low.s + low.scaled(QM6[usize::from(code & 63)]);
        let high = high.s + high.scaled(QM2[usize::from(code >> 6)]);
        [low, high].map(|sample| sample.clamp(-16384, 16383))
    }

    fn follow(&mut self, code: u8) {
        let (low, high) = (usize::from(code >> 2 & 15), usize::from(code >> 6));
        let d = self.low.scaled(QM4[low]);
        self.low.adapt(WL[low], 18432, 8);
        self.low.predict(d);
        let d = self.high.scaled(QM2[high]);
        self.high.adapt(WH[high], 22528, 10);
        self.high.predict(d);
    }
}

/// Samples that the mirror filters see, and so remember between calls.
const TAPS: usize = 24;
const REMEMBERED: usize = TAPS - 2;
/// Pairs of samples that are filtered at a time.
const PIECE: usize = 80;

/// The filter as products over 24 samples in sequence: of the samples with even numbers, of those with odd numbers.
const EVEN: [i16; TAPS] = interleaved(1, 0);
const ODD: [i16; TAPS] = interleaved(0, 1);
/// Their sum is the lower band, their difference the upper one.
const LOW: [i16; TAPS] = interleaved(1, 1);
const HIGH: [i16; TAPS] = interleaved(-1, 1);

const fn interleaved(even: i16, odd: i16) -> [i16; TAPS] {
    let mut taps = [0; TAPS];
    let mut index = 0;
    while index < TAPS / 2 {
        taps[2 * index] = even * QMF[index];
        taps[2 * index + 1] = odd * QMF[TAPS / 2 - 1 - index];
        index += 1;
    }
    taps
}

fn product(samples: &[i16; TAPS], taps: &[i16; TAPS]) -> i32 {
    let pairs = samples.iter().zip(taps);
    pairs.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// The last samples of a stream before those of a piece, in one line.
#[derive(Clone, Copy, Debug)]
struct Line([i16; REMEMBERED + 2 * PIECE]);

impl Default for Line {
    fn default() -> Self {
        Self([0; REMEMBERED + 2 * PIECE])
    }
}

impl Line {
    fn windows(&self, pairs: usize) -> impl Iterator<Item = &[i16; TAPS]> {
        // Every window has as many samples as the pattern asks for.
        let windows = self.0[..REMEMBERED + 2 * pairs].windows(TAPS).step_by(2);
        windows.filter_map(|window| window.first_chunk())
    }

    fn forget(&mut self, pairs: usize) {
        self.0.copy_within(2 * pairs..2 * pairs + REMEMBERED, 0);
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder {
    bands: Bands,
    line: Line,
}

impl Encoder {
    /// Two samples make an octet; returns the octets written.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let count = (samples.len() / 2).min(out.len());
        let pieces = samples[..2 * count].chunks(2 * PIECE);
        for (samples, out) in pieces.zip(out[..count].chunks_mut(PIECE)) {
            self.line.0[REMEMBERED..REMEMBERED + samples.len()].copy_from_slice(samples);
            let windows = self.line.windows(out.len());
            for (code, window) in out.iter_mut().zip(windows) {
                *code = self
                    .bands
                    .code(product(window, &LOW) >> 14, product(window, &HIGH) >> 14);
                self.bands.follow(*code);
            }
            self.line.forget(out.len());
        }
        count
    }

    /// Codes that another encoder made were sent in our place: stay in step with the decoder that got them.
    pub fn follow(&mut self, codes: &[u8]) {
        codes.iter().for_each(|code| self.bands.follow(*code));
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Decoder {
    bands: Bands,
    line: Line,
}

impl Decoder {
    /// An octet makes two samples; returns the samples written.
    pub fn decode(&mut self, codes: &[u8], out: &mut [i16]) -> usize {
        let count = codes.len().min(out.len() / 2);
        let pieces = codes[..count].chunks(PIECE);
        for (codes, out) in pieces.zip(out[..2 * count].chunks_mut(2 * PIECE)) {
            let places = self.line.0[REMEMBERED..].chunks_exact_mut(2);
            for (code, place) in codes.iter().zip(places) {
                let [low, high] = self.bands.samples(*code);
                // Both have 15 bits.
                place.copy_from_slice(&[(low + high) as i16, (low - high) as i16]);
                self.bands.follow(*code);
            }
            let windows = self.line.windows(codes.len());
            for (pair, window) in out.chunks_exact_mut(2).zip(windows) {
                pair[0] = saturated(product(window, &ODD) >> 11) as i16;
                pair[1] = saturated(product(window, &EVEN) >> 11) as i16;
            }
            self.line.forget(codes.len());
        }
        2 * count
    }
}
