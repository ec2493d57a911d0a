//! What audio goes where: sounds and their players, what a leg hears, the taps of recordings, speech detection.
//! Pure: no socket, clock or thread; nothing is allocated after construction.

pub mod hearing;
pub mod player;
pub mod sound;
pub mod speech;
pub mod tap;

/// All audio inside the engine is 8 kHz for now: both codecs are.
pub const SAMPLES_A_MS: usize = 8;
/// The longest packet time is 60 ms.
pub const MAX_SAMPLES: usize = 60 * SAMPLES_A_MS;
