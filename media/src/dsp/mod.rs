//! Signal processing without codecs: tones made and tones found. Pure; nothing is allocated after construction.

pub mod automatic_gain;
pub mod comfort_noise;
pub mod converter;
pub mod dtmf_detector;
pub mod dtmf_generator;
pub mod half_band;
pub mod progress;
pub mod silence_suppression;
pub mod third_band;

/// The peak of a sine at 0 dBm0, in samples (G.711: a full-scale sine is 3.14 dBm0).
pub const PEAK_0_DBM0: f32 = 22_827.0;

/// Frequencies of a key's row and column, in Hz (ITU-T Q.23).
pub const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
pub const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
pub(crate) const KEYS: [[u8; 4]; 4] = [*b"123A", *b"456B", *b"789C", *b"*0#D"];
