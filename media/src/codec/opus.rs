//! Opus (RFC 6716) by libopus, which the build links in. Its states lie in memory of ours: taken when they are made,
//! copied as they are, and nothing is allocated while they work.

pub mod adaptation;
#[cfg(test)]
mod tests;

use std::ffi::c_int;

use opusic_sys as sys;

/// The longest frame that is encoded or made up, milliseconds; packets that come may have 120.
pub const LONGEST_FRAME_MS: u32 = 60;
pub const LONGEST_PACKET_MS: u32 = 120;
/// The most octets of one frame (RFC 6716, 3.2.1), and so of what we send.
pub const MAX_OCTETS: usize = 1275;

/// One state of libopus. It holds no pointer into itself and is copied by its octets (opus.h says so of both kinds).
#[derive(Clone, Debug)]
struct State(Box<[u128]>);

impl State {
    /// `size` in octets as libopus says; aligned for whatever a C compiler puts there.
    fn new(size: c_int) -> Self {
        let words = usize::try_from(size)
            .unwrap_or(0)
            .div_ceil(size_of::<u128>());
        Self(vec![0; words].into_boxed_slice())
    }
}

fn checked(rate: u32, channels: usize) -> (c_int, c_int) {
    assert!(matches!(rate, 8000 | 12_000 | 16_000 | 24_000 | 48_000) && matches!(channels, 1 | 2));
    (rate as c_int, channels as c_int)
}

/// How to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bits a second, 6,000 to 510,000.
    pub bit_rate: u32,
    /// 0, quick, to 10, good.
    pub complexity: u8,
    /// What the peer is expected to lose, percent: with `fec`, how much is spent on that.
    pub expected_loss: u8,
    /// Each packet holds a coarser copy of the frame before it (RFC 6716, 2.1.7).
    pub fec: bool,
    /// Silence makes packets of at most two octets, which need not be sent (RFC 6716, 2.1.9).
    pub dtx: bool,
    /// The highest audio frequency times two, Hz, that the peer has use for.
    pub playback_rate: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bit_rate: 24_000,
            complexity: 5,
            expected_loss: 0,
            fec: false,
            dtx: false,
            playback_rate: 48_000,
        }
    }
}

impl Settings {
    /// Whether packets made with the default settings are as good.
    pub fn is_common(&self) -> bool {
        let common = Settings::default();
        self.bit_rate >= common.bit_rate && self.playback_rate >= 16_000
    }
}

/// Encodes one stream of voice.
#[derive(Clone, Debug)]
pub struct Encoder {
    state: State,
    channels: usize,
    /// The next frame leans on none before it.
    anew: bool,
}

impl Encoder {
    /// `rate` of the samples: 8, 12, 16, 24 or 48 kHz, and one or two channels, or it panics.
    pub fn new(rate: u32, channels: usize) -> Self {
        let (rate, count) = checked(rate, channels);
        // SAFETY: a question about a number.
        let mut state = State::new(unsafe { sys::opus_encoder_get_size(count) });
        let encoder = state.0.as_mut_ptr().cast();
        // SAFETY: `encoder` has as much room as libopus asked for.
        let result =
            unsafe { sys::opus_encoder_init(encoder, rate, count, sys::OPUS_APPLICATION_VOIP) };
        assert_eq!(result, sys::OPUS_OK);
        let mut encoder = Self {
            state,
            channels,
            anew: false,
        };
        encoder.apply(&Settings::default());
        encoder
    }

    pub fn apply(&mut self, settings: &Settings) {
        let bandwidth = match settings.playback_rate {
            0..12_000 => sys::OPUS_BANDWIDTH_NARROWBAND,
            12_000..16_000 => sys::OPUS_BANDWIDTH_MEDIUMBAND,
            16_000..24_000 => sys::OPUS_BANDWIDTH_WIDEBAND,
            24_000..48_000 => sys::OPUS_BANDWIDTH_SUPERWIDEBAND,
            48_000.. => sys::OPUS_BANDWIDTH_FULLBAND,
        };
        let bit_rate = settings.bit_rate.clamp(6000, 510_000) as c_int;
        let complexity = c_int::from(settings.complexity.min(10));
        let loss = c_int::from(settings.expected_loss.min(100));
        for (request, value) in [
            (sys::OPUS_SET_BITRATE_REQUEST, bit_rate),
            (sys::OPUS_SET_COMPLEXITY_REQUEST, complexity),
            (sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, loss),
            (sys::OPUS_SET_INBAND_FEC_REQUEST, c_int::from(settings.fec)),
            (sys::OPUS_SET_DTX_REQUEST, c_int::from(settings.dtx)),
            (sys::OPUS_SET_MAX_BANDWIDTH_REQUEST, bandwidth),
        ] {
            self.set(request, value);
        }
    }

    /// `request` is one that takes an integer.
    fn set(&mut self, request: c_int, value: c_int) {
        // SAFETY: `new` initialised the state, and this kind of request takes one integer.
        let result = unsafe { sys::opus_encoder_ctl(self.raw(), request, value) };
        debug_assert_eq!(result, sys::OPUS_OK);
    }

    /// Forgets what was encoded. The next packet is understood by a decoder that heard anything before it: nothing in
    /// it is told by its difference from the one before.
    pub fn begin_anew(&mut self) {
        // SAFETY: `new` initialised the state, and this request takes no argument.
        let result = unsafe { sys::opus_encoder_ctl(self.raw(), sys::OPUS_RESET_STATE) };
        debug_assert_eq!(result, sys::OPUS_OK);
        self.anew = true;
    }

    /// How far the audio of a packet lies behind the samples it was made of, in samples.
    pub fn delay(&mut self) -> usize {
        let mut delay: i32 = 0;
        // SAFETY: `new` initialised the state, and the request writes one integer.
        let result = unsafe {
            sys::opus_encoder_ctl(self.raw(), sys::OPUS_GET_LOOKAHEAD_REQUEST, &raw mut delay)
        };
        debug_assert_eq!(result, sys::OPUS_OK);
        usize::try_from(delay).unwrap_or(0)
    }

    /// Encodes one frame of 10, 20, 40 or 60 ms, channels interleaved, and returns the octets written: 0 for a frame
    /// of another length or too little room.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let frame = (samples.len() / self.channels) as c_int;
        let room = out.len().min(MAX_OCTETS) as i32;
        let anew = std::mem::take(&mut self.anew);
        if anew {
            self.set(sys::OPUS_SET_PREDICTION_DISABLED_REQUEST, 1);
        }
        // SAFETY: `new` initialised the state; libopus reads `frame` samples of each channel and writes at most `room`
        // octets, and both are there.
        let written = unsafe {
            sys::opus_encode(self.raw(), samples.as_ptr(), frame, out.as_mut_ptr(), room)
        };
        if anew {
            self.set(sys::OPUS_SET_PREDICTION_DISABLED_REQUEST, 0);
        }
        usize::try_from(written).unwrap_or(0)
    }

    /// Stands where `other` does, without memory of its own being taken. Both must have the same channels.
    pub fn copy_from(&mut self, other: &Encoder) {
        debug_assert_eq!(self.channels, other.channels);
        self.state.0.copy_from_slice(&other.state.0);
        self.anew = other.anew;
    }

    fn raw(&mut self) -> *mut sys::OpusEncoder {
        self.state.0.as_mut_ptr().cast()
    }
}

/// Decodes one stream. What comes is of any number of channels and any bandwidth.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
    rate: u32,
    channels: usize,
}

impl Decoder {
    /// `rate` of the samples: 8, 12, 16, 24 or 48 kHz, and one or two channels, or it panics.
    pub fn new(rate: u32, channels: usize) -> Self {
        let (checked_rate, count) = checked(rate, channels);
        // SAFETY: a question about a number.
        let mut state = State::new(unsafe { sys::opus_decoder_get_size(count) });
        // SAFETY: the state has as much room as libopus asked for.
        let result =
            unsafe { sys::opus_decoder_init(state.0.as_mut_ptr().cast(), checked_rate, count) };
        assert_eq!(result, sys::OPUS_OK);
        Self {
            state,
            rate,
            channels,
        }
    }

    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Forgets what was heard, for another stream.
    pub fn reset(&mut self) {
        // SAFETY: `new` initialised the state, and this request takes no argument.
        let result = unsafe { sys::opus_decoder_ctl(self.raw(), sys::OPUS_RESET_STATE) };
        debug_assert_eq!(result, sys::OPUS_OK);
    }

    /// Decodes one packet and returns the samples of each channel; 0 for what is no packet, or longer than `out`.
    pub fn decode(&mut self, packet: &[u8], out: &mut [i16]) -> usize {
        match packet.is_empty() {
            true => 0,
            false => self.run(packet, out, false),
        }
    }

    /// Fills `out`, a multiple of 2.5 ms, with what a lost packet may have held.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        self.run(&[], out, false)
    }

    /// Fills `out` with the end of what was lost just before `next`, from the copy in it; without one, as `conceal` does.
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) -> usize {
        self.run(next, out, true)
    }

    fn run(&mut self, packet: &[u8], out: &mut [i16], fec: bool) -> usize {
        let frame = out.len() / self.channels;
        let frame = c_int::try_from(frame).unwrap_or(c_int::MAX);
        let length = i32::try_from(packet.len()).unwrap_or(i32::MAX);
        let data = match packet.is_empty() {
            true => std::ptr::null(),
            false => packet.as_ptr(),
        };
        // SAFETY: `new` initialised the state; libopus reads `length` octets, any octets, or none where `data` is null,
        // and writes at most `frame` samples of each channel, and they are there.
        let count = unsafe {
            sys::opus_decode(
                self.raw(),
                data,
                length,
                out.as_mut_ptr(),
                frame,
                c_int::from(fec),
            )
        };
        usize::try_from(count).unwrap_or(0)
    }

    fn raw(&mut self) -> *mut sys::OpusDecoder {
        self.state.0.as_mut_ptr().cast()
    }
}

/// How long a packet lasts, in samples at `rate`; None for what is no packet.
pub fn duration(packet: &[u8], rate: u32) -> Option<usize> {
    let length = i32::try_from(packet.len()).ok()?;
    // SAFETY: libopus reads at most `length` octets of any content.
    let count = unsafe { sys::opus_packet_get_nb_samples(packet.as_ptr(), length, rate as i32) };
    usize::try_from(count).ok().filter(|count| *count > 0)
}

/// Whether the packet holds a copy of the frame before it.
pub fn has_copy(packet: &[u8]) -> bool {
    let length = i32::try_from(packet.len()).unwrap_or(i32::MAX);
    // SAFETY: libopus reads at most `length` octets of any content.
    length > 0 && unsafe { sys::opus_packet_has_lbrr(packet.as_ptr(), length) } > 0
}
