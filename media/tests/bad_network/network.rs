//! A sender, a network that loses, delays, reorders and repeats from a seed, and a listener who pulls, in virtual time.

use _native::codec::Codec;
use _native::jitter::{Inserted, JitterBuffer};
use _native::rtp::Header;

const MS: u64 = 1_000_000;

/// What the network does to packets; probabilities of 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    pub seed: u64,
    pub loss: f64,
    pub repeat: f64,
    /// Each packet is delayed by up to this, so that packets overtake each other when it exceeds the packet time.
    pub jitter_ms: f64,
    /// From this second on the path is longer by the milliseconds.
    pub longer_from: Option<(f64, f64)>,
}

pub const PERFECT: Network = Network {
    seed: 1,
    loss: 0.0,
    repeat: 0.0,
    jitter_ms: 0.0,
    longer_from: None,
};

#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub network: Network,
    pub seconds: f64,
    pub packet_ms: u32,
    pub pull_ms: u32,
    /// How much faster than ours the sender's clock runs.
    pub drift_ppm: f64,
    pub first_sequence: u16,
    pub first_timestamp: u32,
    /// Sends only in the first of every so many milliseconds' halves.
    pub pauses_ms: Option<u32>,
    /// Presses a key once in every so many milliseconds: 100 ms without audio.
    pub keys_ms: Option<u32>,
}

const KEY_MS: u32 = 100;
/// The payload type of the packets under a key.
const KEY: u8 = 101;

pub const CALL: Call = Call {
    network: PERFECT,
    seconds: 10.0,
    packet_ms: 20,
    pull_ms: 20,
    drift_ppm: 0.0,
    first_sequence: 1000,
    first_timestamp: 5000,
    pauses_ms: None,
    keys_ms: None,
};

/// What the listener got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    pub samples: Vec<i16>,
    pub heard: usize,
    pub concealed: usize,
    pub taken: usize,
    pub late: usize,
    pub duplicate: usize,
    pub full: usize,
    pub sent: usize,
    pub lost: usize,
    /// The delay at each pull, milliseconds.
    pub delays: Vec<u32>,
}

/// xorshift64*: enough chance for a test, the same on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1 << 63)
    }

    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Something like speech: voiced bursts of 300 ms of changing pitch, with near silence of 100 ms between.
pub fn speech(index: usize) -> i16 {
    let time = index as f64 / 8000.0;
    let pitch = 120.0 + 30.0 * (time * 1.3).sin();
    let loud = if index % 3200 < 2400 { 6000.0 } else { 5.0 };
    let phase = time * pitch * std::f64::consts::TAU;
    (loud * (phase.sin() + 0.5 * (2.0 * phase).sin() + 0.3 * (5.0 * phase).sin())) as i16
}

/// The speech as it is after coding, `count` samples of it.
pub fn coded_speech(count: usize) -> Vec<i16> {
    let samples: Vec<i16> = (0..count).map(speech).collect();
    let mut codes = vec![0; count];
    Codec::Pcmu.encode(&samples, &mut codes);
    let mut decoded = vec![0; count];
    Codec::Pcmu.decode(&codes, &mut decoded);
    decoded
}

struct Arrival {
    at: u64,
    header: Header,
    payload: Vec<u8>,
}

fn arrivals(call: &Call, heard: &mut Heard) -> Vec<Arrival> {
    let network = call.network;
    let mut chance = Chance::new(network.seed);
    let mut arrivals = Vec::new();
    let samples = call.packet_ms as usize * 8;
    let every = f64::from(call.packet_ms) * MS as f64 / (1.0 + call.drift_ppm / 1e6);
    let mut sequence = call.first_sequence;
    for index in 0..(call.seconds * 1000.0) as usize / call.packet_ms as usize {
        let elapsed_ms = index as u32 * call.packet_ms;
        if call
            .pauses_ms
            .is_some_and(|period| elapsed_ms % period >= period / 2)
        {
            continue;
        }
        // Off the beginning: the call begins with audio.
        let into_key = call
            .keys_ms
            .map(|period| (elapsed_ms + period / 2) % period);
        let into_key = into_key.filter(|into| *into < KEY_MS);
        let begins = (index * samples) as u32 - into_key.unwrap_or(0) * 8;
        let header = Header {
            marker: false,
            payload_type: into_key.map_or(0, |_| KEY),
            sequence,
            timestamp: call.first_timestamp.wrapping_add(begins),
            ssrc: 7,
        };
        sequence = sequence.wrapping_add(1);
        let audible = usize::from(into_key.is_none());
        heard.sent += audible;
        if chance.next() < network.loss {
            heard.lost += audible;
            continue;
        }
        let audio: Vec<i16> = (index * samples..(index + 1) * samples)
            .map(speech)
            .collect();
        let mut payload = vec![0; samples];
        Codec::Pcmu.encode(&audio, &mut payload);
        let copies = if chance.next() < network.repeat { 2 } else { 1 };
        for _ in 0..copies {
            let mut delay = 5.0 + chance.next() * network.jitter_ms;
            if let Some((from, more)) = network.longer_from {
                delay += if f64::from(elapsed_ms) >= from * 1000.0 {
                    more
                } else {
                    0.0
                };
            }
            arrivals.push(Arrival {
                at: 1000 * MS + (index as f64 * every + delay * MS as f64) as u64,
                header,
                payload: payload.clone(),
            });
        }
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

/// Runs the call from its first packet time to its last.
pub fn run(call: &Call) -> Heard {
    let mut heard = Heard::default();
    let arrivals = arrivals(call, &mut heard);
    let mut buffer = JitterBuffer::new(8000);
    let mut waiting = arrivals.iter().peekable();
    for tick in 0..(call.seconds * 1000.0) as u64 / u64::from(call.pull_ms) {
        // Off the packets' grid, as two machines are.
        let now = (1003 + tick * u64::from(call.pull_ms)) * MS;
        while let Some(arrival) = waiting.next_if(|arrival| arrival.at <= now) {
            if arrival.header.payload_type == KEY {
                buffer.note_other(&arrival.header, 8000);
                continue;
            }
            match buffer.insert(&arrival.header, &arrival.payload, Codec::Pcmu, arrival.at) {
                Inserted::Taken => heard.taken += 1,
                Inserted::Late => heard.late += 1,
                Inserted::Duplicate => heard.duplicate += 1,
                Inserted::Full => heard.full += 1,
                Inserted::Malformed => unreachable!("any octets are PCMU"),
            }
        }
        let mut out = vec![0; call.pull_ms as usize * 8];
        let pulled = buffer.pull(&mut out, now);
        heard.heard += pulled.heard_samples;
        heard.concealed += pulled.concealed_samples;
        heard.samples.extend(out);
        heard.delays.push(buffer.delay_ms());
    }
    heard
}

/// Where in `heard` the sent signal begins, judged by the best correlation up to `most` samples in, and that correlation.
pub fn align(heard: &[i16], sent: &[i16], most: usize) -> (usize, f64) {
    let score = |start: usize| correlation(&heard[start..], sent);
    let best = (0..most)
        .max_by(|a, b| score(*a).total_cmp(&score(*b)))
        .unwrap();
    (best, score(best))
}

pub fn correlation(a: &[i16], b: &[i16]) -> f64 {
    let (mut product, mut power_a, mut power_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        product += a * b;
        power_a += a * a;
        power_b += b * b;
    }
    product / (power_a * power_b).sqrt().max(1.0)
}
