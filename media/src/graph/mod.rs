//! What audio goes where: sounds and their players, what a leg hears, the taps of recordings, speech detection.
//! Pure: no socket, clock or thread; nothing is allocated after construction.

pub mod bus;
pub mod conference;
pub mod feed;
pub mod gain;
pub mod hearing;
pub mod hush;
pub mod player;
pub mod sound;
pub mod speech;
pub mod stream;
pub mod tap;

/// Sounds, recordings, detectors and RTP timestamps count 8 a millisecond, and so do the octets of every codec.
pub const SAMPLES_A_MS: usize = 8;
/// The longest packet time is 60 ms.
pub const MAX_OCTETS: usize = 60 * SAMPLES_A_MS;
/// The same as audio of a wideband leg, 16 kHz.
pub const MAX_SAMPLES: usize = 2 * MAX_OCTETS;
