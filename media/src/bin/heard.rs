//! What the jitter buffer makes of speech that crosses a bad network, in virtual time: for measuring how it sounds.
//!
//!     heard LOSS JITTER_MS DRIFT_PPM SEED < speech.raw > heard.raw
//!
//! Speech is 16-bit little-endian PCM of 8 kHz; it travels as PCMU of 20 ms. `LOSS` is 0 to 1, each packet on its own;
//! `DRIFT_PPM` is how much faster than the listener's the sender's clock runs. What is heard is as long as what was
//! said, and half a second. The last line on standard error tells how many milliseconds were lost and made up.

use std::io::{Read, Write};

use _native::codec::Codec;
use _native::jitter::JitterBuffer;
use _native::rtp::Header;

const PACKET_MS: u64 = 20;
const SAMPLES: usize = 160;
const MS: u64 = 1_000_000;
/// After the last packet, milliseconds.
const REST_MS: u64 = 500;

struct Arrival {
    at: u64,
    header: Header,
    payload: Vec<u8>,
}

/// xorshift64*: the same network on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn main() {
    let mut given = std::env::args().skip(1).map(|text| text.parse::<f64>());
    let mut number = || match given.next() {
        Some(Ok(number)) => number,
        _ => {
            eprintln!("usage: heard LOSS JITTER_MS DRIFT_PPM SEED < speech.raw > heard.raw");
            std::process::exit(2);
        }
    };
    let (loss, jitter_ms, drift_ppm, seed) = (number(), number(), number(), number());
    let mut raw = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut raw) {
        eprintln!("cannot read the speech: {error}");
        std::process::exit(1);
    }
    let speech: Vec<i16> = raw
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let mut chance = Chance(seed as u64 | 1 << 63);
    let arrivals = arrivals(&speech, loss, jitter_ms, drift_ppm, &mut chance);
    let lost = speech.len().div_ceil(SAMPLES) - arrivals.len();
    let (heard, concealed) = listen(&arrivals, speech.len() as u64 / 8 + REST_MS);
    let bytes: Vec<u8> = heard
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    if let Err(error) = std::io::stdout().write_all(&bytes) {
        eprintln!("cannot write what was heard: {error}");
        std::process::exit(1);
    }
    eprintln!(
        "lost {} ms, made up {} ms",
        lost as u64 * PACKET_MS,
        concealed / 8
    );
}

fn arrivals(
    speech: &[i16],
    loss: f64,
    jitter_ms: f64,
    drift_ppm: f64,
    chance: &mut Chance,
) -> Vec<Arrival> {
    let every = PACKET_MS as f64 * MS as f64 / (1.0 + drift_ppm / 1e6);
    let mut arrivals = Vec::new();
    for (index, audio) in speech.chunks(SAMPLES).enumerate() {
        let (is_lost, delay) = (chance.next() < loss, chance.next() * jitter_ms);
        if is_lost {
            continue;
        }
        let mut payload = vec![0; audio.len()];
        Codec::Pcmu.encode(audio, &mut payload);
        arrivals.push(Arrival {
            at: 1000 * MS + (index as f64 * every + delay * MS as f64) as u64,
            header: Header {
                marker: false,
                payload_type: 0,
                sequence: index as u16,
                timestamp: (index * SAMPLES) as u32,
                ssrc: 7,
            },
            payload,
        });
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

/// Pulls as the engine does, off the packets' grid.
fn listen(arrivals: &[Arrival], for_ms: u64) -> (Vec<i16>, usize) {
    let mut buffer = JitterBuffer::new(8000);
    let mut waiting = arrivals.iter().peekable();
    let (mut heard, mut concealed) = (Vec::new(), 0);
    for tick in 0..for_ms / PACKET_MS {
        let now = (1003 + tick * PACKET_MS) * MS;
        while let Some(arrival) = waiting.next_if(|arrival| arrival.at <= now) {
            buffer.insert(&arrival.header, &arrival.payload, Codec::Pcmu, arrival.at);
        }
        let mut out = [0; SAMPLES];
        concealed += buffer.pull(&mut out, now).concealed_samples;
        heard.extend(out);
    }
    (heard, concealed)
}
