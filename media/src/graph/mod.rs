//! What audio goes where: sounds and their players, what a leg hears, the taps of recordings, speech detection.
//! Pure: no socket, clock or thread; nothing is allocated after construction.

pub mod bus;
pub mod conference;
pub mod feed;
pub mod full_band;
pub mod gain;
pub mod hearing;
pub mod hush;
pub mod packets;
pub mod player;
pub mod sound;
pub mod speech;
pub mod stream;
pub mod tap;

/// Positions of the media clock, sounds, recordings and detectors count 8 a millisecond.
pub const SAMPLES_A_MS: usize = 8;
/// The longest packet time, 60 ms, as audio at 8 kHz.
pub const MAX_NARROW: usize = 60 * SAMPLES_A_MS;
/// The most samples of a leg's packet time: 60 ms at 16 kHz, or 20 ms at 48.
pub const MAX_SAMPLES: usize = 2 * MAX_NARROW;
/// The longest packet time of one leg as audio of another, 48 kHz.
pub const MAX_HEARD: usize = 6 * MAX_NARROW;
/// The longest payload: 40 ms of linear samples at 16 kHz, or an Opus frame.
pub const MAX_OCTETS: usize = 1280;
