//! G.729 (ITU-T G.729 with annexes A and B) by libbcg729, which is opened at run time where it is installed: its licence
//! is the GPL, so we neither link nor carry it. States are the library's own memory: taken when they are made, never while
//! they work.

use std::ffi::{c_void, CStr};
use std::sync::OnceLock;

use crate::dsp::comfort_noise::NoiseLevel;
use crate::dsp::converter::Converter;

/// The sound of a frame, samples at 8 kHz, and its octets.
pub const FRAME: usize = 80;
pub const FRAME_LEN: usize = 10;
/// The octets of a frame that describes silence (annex B).
pub const SILENCE_LEN: usize = 2;

const NAME: &CStr = c"libbcg729.so.0";
/// What to do where it is not there.
pub const MISSING: &str =
    "G729 needs libbcg729, which is not installed here (Debian: apt-get install libbcg729-0)";

type OpenEncoder = unsafe extern "C" fn(u8) -> *mut c_void;
type Encode = unsafe extern "C" fn(*mut c_void, *const i16, *mut u8, *mut u8);
type OpenDecoder = unsafe extern "C" fn() -> *mut c_void;
type Decode = unsafe extern "C" fn(*mut c_void, *const u8, u8, u8, u8, u8, *mut i16);
type Close = unsafe extern "C" fn(*mut c_void);

/// The functions that we use, as version 1.1 declares them.
struct Library {
    open_encoder: OpenEncoder,
    encode: Encode,
    close_encoder: Close,
    open_decoder: OpenDecoder,
    decode: Decode,
    close_decoder: Close,
}

impl Library {
    fn open() -> Option<Self> {
        // SAFETY: the name ends with a null; the library has no code of its own that runs when it is opened.
        let handle = unsafe { libc::dlopen(NAME.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return None;
        }
        let find = |name: &CStr| {
            // SAFETY: the handle is open and stays so, the name ends with a null.
            let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
            (!found.is_null()).then_some(found)
        };
        // SAFETY: the headers of version 1.1 declare functions of these names so; `.so.0` is their binary interface.
        unsafe {
            Some(Self {
                open_encoder: std::mem::transmute::<*mut c_void, OpenEncoder>(find(
                    c"initBcg729EncoderChannel",
                )?),
                encode: std::mem::transmute::<*mut c_void, Encode>(find(c"bcg729Encoder")?),
                close_encoder: std::mem::transmute::<*mut c_void, Close>(find(
                    c"closeBcg729EncoderChannel",
                )?),
                open_decoder: std::mem::transmute::<*mut c_void, OpenDecoder>(find(
                    c"initBcg729DecoderChannel",
                )?),
                decode: std::mem::transmute::<*mut c_void, Decode>(find(c"bcg729Decoder")?),
                close_decoder: std::mem::transmute::<*mut c_void, Close>(find(
                    c"closeBcg729DecoderChannel",
                )?),
            })
        }
    }
}

fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    LIBRARY.get_or_init(Library::open).as_ref()
}

/// Whether there is a library; the first question opens it.
pub fn is_there() -> bool {
    library().is_some()
}

/// Encodes one stream.
#[derive(Debug)]
pub struct Encoder {
    state: *mut c_void,
    /// The frames before the first that the last payload holds.
    left_out: usize,
}

// SAFETY: a state of the library belongs to who has it; it holds no thread's own data.
unsafe impl Send for Encoder {}

impl Encoder {
    /// `rests`: silence is described (annex B) instead of sent. None without the library.
    pub fn new(rests: bool) -> Option<Self> {
        let library = library()?;
        // SAFETY: takes a flag and returns a state of its own, or null.
        let state = unsafe { (library.open_encoder)(u8::from(rests)) };
        (!state.is_null()).then_some(Self { state, left_out: 0 })
    }

    /// Encodes whole frames of 8 kHz and returns the octets of a payload: of frames of speech one after the other, with
    /// a description of the silence behind them (RFC 3551, 4.5.6). Where speech begins again, that is all that it holds.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let Some(library) = library() else {
            return 0;
        };
        let (mut written, mut is_over) = (0, false);
        self.left_out = 0;
        for (index, frame) in samples.chunks_exact(FRAME).enumerate() {
            let (mut octets, mut length) = ([0; FRAME_LEN], 0);
            // SAFETY: the state is open; the library reads 80 samples and writes at most ten octets, which are there,
            // and the length.
            unsafe {
                (library.encode)(self.state, frame.as_ptr(), octets.as_mut_ptr(), &mut length);
            }
            let length = usize::from(length).min(FRAME_LEN);
            if length == 0 {
                is_over |= written > 0;
                continue;
            }
            if written == 0 || is_over {
                (written, self.left_out) = (0, index);
            }
            is_over = length < FRAME_LEN;
            let Some(place) = out.get_mut(written..written + length) else {
                return written;
            };
            place.copy_from_slice(&octets[..length]);
            written += length;
        }
        written
    }

    /// How far behind the first sample the last payload begins, in samples: before that was silence.
    pub fn left_out(&self) -> usize {
        self.left_out * FRAME
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if let Some(library) = library() {
            // SAFETY: the state is open, and nobody has it after this.
            unsafe { (library.close_encoder)(self.state) }
        }
    }
}

/// A payload: whole frames, and perhaps one that describes silence behind them (RFC 3551, 4.5.6).
pub fn split(payload: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (frames, rest) = payload.split_at(payload.len() / FRAME_LEN * FRAME_LEN);
    match rest.len() {
        _ if payload.is_empty() => None,
        0 => Some((frames, None)),
        SILENCE_LEN => Some((frames, Some(rest))),
        _ => None,
    }
}

/// Decodes one stream.
#[derive(Debug)]
pub struct Decoder {
    state: *mut c_void,
    rate: u32,
    filter: Converter,
}

// SAFETY: as of the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    /// `rate` of the samples: 8, 16 or 48 kHz. None for another one, and without the library.
    pub fn new(rate: u32) -> Option<Self> {
        let library = library().filter(|_| matches!(rate, 8000 | 16_000 | 48_000))?;
        // SAFETY: returns a state of its own, or null.
        let state = unsafe { (library.open_decoder)() };
        (!state.is_null()).then(|| Self {
            state,
            rate,
            filter: Converter::default(),
        })
    }

    /// Samples of a payload's frames.
    pub fn duration(&self, payload: &[u8]) -> Option<usize> {
        let frames = split(payload)?.0.len() / FRAME_LEN;
        Some(frames * FRAME * (self.rate / 8000) as usize)
    }

    /// Decodes a payload and returns the samples of its frames, as many as fit; what silence sounds like is not written.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        let Some((frames, silence)) = split(payload) else {
            return 0;
        };
        let mut written = 0;
        for (frame, out) in frames
            .chunks_exact(FRAME_LEN)
            .zip(out.chunks_exact_mut(self.step()))
        {
            let samples = self.run(Some(frame), false);
            self.put(&samples, out);
            written += out.len();
        }
        if let Some(silence) = silence {
            self.run(Some(silence), true);
        }
        written
    }

    /// Fills `out`, a multiple of 10 ms, with what lost frames may have held.
    pub fn conceal(&mut self, out: &mut [i16]) -> usize {
        let mut written = 0;
        for out in out.chunks_exact_mut(self.step()) {
            let samples = self.run(None, false);
            self.put(&samples, out);
            written += out.len();
        }
        written
    }

    /// How loud the noise is that a description of silence stands for.
    pub fn level(&mut self, silence: &[u8]) -> NoiseLevel {
        let first = self.run(Some(silence), true);
        let second = self.run(None, false);
        NoiseLevel::of(first.iter().chain(&second))
    }

    fn step(&self) -> usize {
        FRAME * (self.rate / 8000) as usize
    }

    fn put(&mut self, samples: &[i16; FRAME], out: &mut [i16]) {
        self.filter.convert(8000, self.rate, samples, out);
    }

    fn run(&mut self, frame: Option<&[u8]>, is_silence: bool) -> [i16; FRAME] {
        let mut samples = [0; FRAME];
        let Some(library) = library() else {
            return samples;
        };
        // The library reads ten octets of a frame that is not lost, whatever its length.
        let mut octets = [0; FRAME_LEN];
        let mut length = 0;
        if let Some(frame) = frame {
            octets[..frame.len()].copy_from_slice(frame);
            // Ten at most, by `split`.
            length = frame.len() as u8;
        }
        // SAFETY: the state is open; the library reads the octets and writes 80 samples, which are there.
        unsafe {
            (library.decode)(
                self.state,
                octets.as_ptr(),
                length,
                u8::from(frame.is_none()),
                u8::from(is_silence),
                0,
                samples.as_mut_ptr(),
            );
        }
        samples
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Some(library) = library() {
            // SAFETY: the state is open, and nobody has it after this.
            unsafe { (library.close_decoder)(self.state) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A voice of a pitch and two formants that come and go.
    fn speech(count: usize) -> Vec<i16> {
        (0..count)
            .map(|n| {
                let t = n as f32 / 8000.0;
                let loud = 0.3 + 0.7 * (t * 9.0).sin().abs();
                let pulse = 1.0 - (t * 120.0).fract() * 2.0;
                let ring = |hertz: f32| (t * hertz * std::f32::consts::TAU).sin();
                (loud * (2500.0 * pulse + 1500.0 * ring(500.0) + 700.0 * ring(1500.0))) as i16
            })
            .collect()
    }

    fn correlation(a: &[i16], b: &[i16]) -> f64 {
        let dot = |x: &[i16], y: &[i16]| -> f64 {
            x.iter()
                .zip(y)
                .map(|(p, q)| f64::from(*p) * f64::from(*q))
                .sum()
        };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
    }

    /// None, and a word why, where the library is not installed.
    fn pair(rate: u32) -> Option<(Encoder, Decoder)> {
        let both = Encoder::new(false).zip(Decoder::new(rate));
        if both.is_none() {
            println!("skipped: {MISSING}");
        }
        both
    }

    #[test]
    fn what_is_encoded_sounds_like_it_was() {
        let Some((mut encoder, mut decoder)) = pair(8000) else {
            return;
        };
        let spoken = speech(16_000);
        let mut octets = [0; 2000];
        assert_eq!(encoder.encode(&spoken, &mut octets), 2000);
        let mut heard = vec![0; 16_000];
        assert_eq!(decoder.decode(&octets, &mut heard), 16_000);
        // The encoder looks 5 ms ahead, and filters delay as well.
        let delayed = (0..160).map(|lag| correlation(&spoken[4000..15_800], &heard[4000 + lag..]));
        let alike = delayed.fold(0.0, f64::max);
        // It keeps the sound, not the wave.
        assert!(alike > 0.5, "{alike}");
    }

    #[test]
    fn lost_frames_go_on_for_a_while_and_fade() {
        let Some((mut encoder, mut decoder)) = pair(8000) else {
            return;
        };
        let mut octets = [0; 1000];
        encoder.encode(&speech(8000), &mut octets);
        decoder.decode(&octets, &mut [0; 8000]);
        let mut lost = [0; 1600];
        assert_eq!(decoder.conceal(&mut lost), 1600);
        let power = |part: &[i16]| part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        assert!(power(&lost[..80]) > 1e6);
        assert!(power(&lost[1520..]) < power(&lost[..80]) / 4.0);
    }

    #[test]
    fn wideband_legs_hear_it_at_their_rate() {
        for (rate, samples) in [(16_000, 320), (48_000, 960)] {
            let Some((mut encoder, mut decoder)) = pair(rate) else {
                return;
            };
            let mut octets = [0; 20];
            encoder.encode(&speech(160), &mut octets);
            assert_eq!(decoder.duration(&octets), Some(samples));
            assert_eq!(decoder.decode(&octets, &mut [0; 1000]), samples);
            assert_eq!(decoder.conceal(&mut [0; 1000]), 960);
        }
        assert!(Decoder::new(44_100).is_none());
    }

    #[test]
    fn a_description_of_silence_stands_for_noise_as_loud_as_it_says() {
        let Some((_, mut decoder)) = pair(8000) else {
            return;
        };
        // The last five bits before the spare one are the gain.
        let levels = [0x01u8, 0x10, 0x1F].map(|gain| decoder.level(&[0x20, gain << 1]));
        assert!(levels[0] > levels[1] && levels[1] > levels[2], "{levels:?}");
    }

    #[test]
    fn silence_is_described_and_speech_begins_at_its_frame() {
        let Some(mut encoder) = Encoder::new(true) else {
            return println!("skipped: {MISSING}");
        };
        let spoken = speech(16_000);
        let mut said = spoken.clone();
        said.extend(vec![0; 24_000]);
        said.extend(&spoken);
        let mut sent = Vec::new();
        for samples in said.chunks_exact(2 * FRAME) {
            let mut octets = [0; 2 * FRAME_LEN];
            let count = encoder.encode(samples, &mut octets);
            let (frames, description) = split(&octets[..count]).unwrap_or_default();
            assert!(frames.len() + encoder.left_out() / FRAME * FRAME_LEN <= 2 * FRAME_LEN);
            sent.push((frames.len(), description.is_some()));
        }
        let speaking = sent[20..95].iter().filter(|one| one.0 == 2 * FRAME_LEN);
        assert_eq!(speaking.count(), 75);
        let silent = &sent[150..250];
        assert!(silent.iter().all(|one| one.0 == 0));
        assert!(silent.iter().filter(|one| one.1).count() < 20);
        assert!(sent[100..250].iter().any(|one| one.1));
        assert!(sent[260..340].iter().all(|one| one.0 > 0));
    }

    #[test]
    fn payloads_are_whole_frames_and_perhaps_a_description() {
        assert_eq!(split(&[0; 20]), Some((&[0; 20][..], None)));
        assert_eq!(split(&[7; 12]), Some((&[7; 10][..], Some(&[7; 2][..]))));
        assert_eq!(split(&[7; 2]), Some((&[][..], Some(&[7; 2][..]))));
        for wrong in [0, 1, 5, 13, 19] {
            assert_eq!(split(&vec![0; wrong]), None);
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_decoded_to_as_many_samples_as_it_says(payload in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(mut decoder) = Decoder::new(8000) {
                let mut room = [0; 640];
                let duration = decoder.duration(&payload);
                prop_assert_eq!(decoder.decode(&payload, &mut room), duration.unwrap_or(0));
                decoder.conceal(&mut room);
            }
        }
    }
}
