//! G.729 (ITU-T G.729 with annexes A and B) by libbcg729, which is opened at run time where it is installed: its licence
//! is the GPL, so we neither link nor carry it. States are the library's own memory: taken when they are made, never while
//! they work.

#[cfg(test)]
mod tests;

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
