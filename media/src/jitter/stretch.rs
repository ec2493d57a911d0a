//! A little less or more audio for the same time, cut where the signal repeats itself.

use std::ops::RangeInclusive;

/// The start in `candidates` from which `width` samples of `signal` look most like those at `anchor`.
pub(super) fn best_offset(
    signal: &[i16],
    anchor: usize,
    candidates: RangeInclusive<usize>,
    width: usize,
) -> usize {
    let template = &signal[anchor..anchor + width];
    let mut best = (*candidates.end(), f32::NEG_INFINITY);
    for start in candidates {
        let (mut product, mut energy) = (0i64, 0i64);
        for (a, b) in template.iter().zip(&signal[start..start + width]) {
            product += i64::from(i32::from(*a) * i32::from(*b));
            energy += i64::from(i32::from(*b) * i32::from(*b));
        }
        // Normalised by the candidate's level, or a loud stretch would beat a like one.
        let score = product as f32 / ((energy + 1) as f32).sqrt();
        if score >= best.1 {
            best = (start, score);
        }
    }
    best.0
}

/// The step `index` of `steps` from one signal to another.
pub(super) fn mix(from: i16, to: i16, index: usize, steps: usize) -> i16 {
    let (index, steps) = (index as i32, steps as i32);
    // A weighted mean of two values of 16 bits has 16 bits.
    ((i32::from(from) * (steps - index) + i32::from(to) * index) / steps) as i16
}

/// Fills `out` from `signal` and leaves out `lag` samples, which must be there beyond `out`'s length.
pub(super) fn shrink(signal: &[i16], lag: usize, overlap: usize, out: &mut [i16]) {
    blend(signal, 0, lag, overlap, out);
}

/// Fills `out` from `signal[anchor..]`, going back by `lag` samples, so that as many are played twice.
pub(super) fn repeat(signal: &[i16], anchor: usize, lag: usize, overlap: usize, out: &mut [i16]) {
    blend(signal, anchor, anchor - lag, overlap, out);
}

/// Goes over from `signal[from..]` to `signal[to..]` within `overlap` samples.
fn blend(signal: &[i16], from: usize, to: usize, overlap: usize, out: &mut [i16]) {
    let len = out.len();
    out.copy_from_slice(&signal[to..to + len]);
    for (index, sample) in out[..overlap.min(len)].iter_mut().enumerate() {
        *sample = mix(signal[from + index], *sample, index, overlap);
    }
}
