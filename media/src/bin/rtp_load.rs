//! A bounded load generator: G.711 or Opus at 50 packets a second a flow, paced on one monotonic grid, flows spread over the
//! tick. What comes back is timed by the kernel's stamps, so that reading it late does not count as a gap.

use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;

use _native::codec::{opus, Codec, Encoder};
use _native::dsp::half_band::HalfBand;
use _native::net::batch::{Batch, BATCH};
use _native::net::{cpu_seconds, monotonic_ns, realtime_ns, socket};
use _native::rtp::{self, Header, Sender, HEADER_LEN};
use _native::srtp::{Keys, MasterKey, Session, Suite, MAX_OVERHEAD};
use _native::telephone_event::{DigitSender, Step};
use _native::wav;

const HELP: &str = "rtp_load --list FILE [--flows N] [--seconds 10] [--local-address 127.0.0.1]
         [--codec PCMU|PCMA|opus] [--wav FILE] [--keys DIGITS]

FILE holds one flow a line: REMOTE_ADDRESS:PORT LOCAL_PORT (0: any), and for SRTP the suite as SDP names it, our key
and the peer's, each with its salt and in hex; then only what the peer's key made counts as received. --flows takes the first N. --wav is 16-bit
mono 8 kHz, sent over and over, each flow from another place of it on; without it a tone. --keys are pressed as telephone-events of type 101, 100 ms each with
200 ms after it, w being half a second more; the flows begin up to two seconds apart. Prints JSON: sums, and for each flow the packets sent and received,
those a second between the first and the last received, the longest and the 99th percentile of the times between
packets received (ms), and sends more than 2 ms late.
No packet is sent for --seconds longer than 3600 or more than 4000 flows.";

const PERIOD_NS: u64 = 20_000_000;
const SAMPLES: usize = 160;
const LATE_NS: u64 = 2_000_000;
/// As browsers number it.
const OPUS_TYPE: u8 = 111;
const PERIOD_MS: u32 = 20;
const KEY_MS: u32 = 100;
const KEY_GAP_MS: u32 = 200;
const KEY_TYPE: u8 = 101;
/// Half seconds of patience before the first key, at most: not all callers press at once.
const KEY_STARTS: usize = 4;

struct Arguments {
    list: String,
    flows: usize,
    seconds: u64,
    local_address: String,
    codec: Codec,
    wav: Option<String>,
    keys: String,
}

struct Flow {
    socket: UdpSocket,
    remote: SocketAddr,
    sender: Sender,
    srtp: Option<Session>,
    keys: DigitSender,
    sent: u64,
    late: u64,
    received: u64,
    first: Option<u64>,
    last: Option<u64>,
    gaps_us: Vec<u32>,
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<String, String> {
    let Some(arguments) = parse(arguments)? else {
        return Ok(HELP.into());
    };
    let audio = match &arguments.wav {
        Some(path) => read_wav(path)?,
        None => tone(),
    };
    let encoded = encode(&audio, arguments.codec);
    if encoded.is_empty() {
        return Err("the audio is shorter than a packet".into());
    }
    let mut flows = open(&arguments)?;
    let cpu = cpu_seconds();
    let max_late = send_all(&mut flows, &arguments, &encoded);
    Ok(report(&flows, cpu_seconds() - cpu, max_late))
}

fn parse(mut from: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments {
        list: String::new(),
        flows: 4000,
        seconds: 10,
        local_address: "127.0.0.1".into(),
        codec: Codec::Pcmu,
        wav: None,
        keys: String::new(),
    };
    while let Some(name) = from.next() {
        if name == "--help" {
            return Ok(None);
        }
        let value = from.next().ok_or(HELP)?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{name}: not a number: {value}"))
        };
        match name.as_str() {
            "--list" => arguments.list = value,
            "--flows" => arguments.flows = number()?.min(4000) as usize,
            "--seconds" => arguments.seconds = number()?.min(3600),
            "--local-address" => arguments.local_address = value,
            "--codec" => {
                let known = [Codec::Pcmu, Codec::Pcma, Codec::Opus];
                let codec = Codec::from_name(&value).filter(|codec| known.contains(codec));
                arguments.codec = codec.ok_or(HELP)?;
            }
            "--wav" => arguments.wav = Some(value),
            "--keys" => arguments.keys = value,
            _ => return Err(HELP.into()),
        }
    }
    if arguments.list.is_empty() {
        return Err(HELP.into());
    }
    Ok(Some(arguments))
}

/// Whole packets of 8 kHz samples.
fn encode(audio: &[i16], codec: Codec) -> Vec<Vec<u8>> {
    let (mut encoder, mut filter) = (Encoder::default(), HalfBand::default());
    encoder.opus = (codec == Codec::Opus).then(|| Box::new(opus::Encoder::new(16_000, 1)));
    let packet = |samples: &[i16]| {
        let (mut wide, mut room) = ([0; 2 * SAMPLES], [0; opus::MAX_OCTETS]);
        let length = match codec {
            Codec::Opus => {
                filter.up(samples, &mut wide);
                encoder.encode(codec, &wide, &mut room)
            }
            _ => encoder.encode(codec, samples, &mut room[..SAMPLES]),
        };
        room[..length].to_vec()
    };
    audio.chunks_exact(SAMPLES).map(packet).collect()
}

fn open(arguments: &Arguments) -> Result<Vec<Flow>, String> {
    let text = std::fs::read_to_string(&arguments.list)
        .map_err(|error| format!("{}: {error}", arguments.list))?;
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(arguments.flows);
    lines
        .enumerate()
        .map(|(index, line)| flow(index, line, arguments))
        .collect()
}

fn flow(index: usize, line: &str, arguments: &Arguments) -> Result<Flow, String> {
    let wrong = || format!("not a flow: {line}");
    let mut words = line.split_whitespace();
    let remote = words.next().ok_or_else(wrong)?;
    let port = words.next().ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let srtp = match (words.next(), words.next(), words.next()) {
        (Some(suite), Some(local), Some(remote)) => {
            Some(session(suite, local, remote).ok_or_else(wrong)?)
        }
        (None, ..) => None,
        _ => return Err(wrong()),
    };
    let host = arguments.local_address.parse().map_err(|_| wrong())?;
    let socket = socket::bind_rtp(SocketAddr::new(host, port))
        .map_err(|error| format!("{line}: {error}"))?;
    let name = index as u32;
    let keys = "w".repeat(index % (KEY_STARTS + 1)) + &arguments.keys;
    let keys = DigitSender::new(
        &keys,
        KEY_MS,
        KEY_GAP_MS,
        PERIOD_MS,
        arguments.codec.clock_rate(),
    )
    .map_err(|bad| format!("no key of a phone: {}", bad.0))?;
    Ok(Flow {
        socket,
        remote: remote.parse().map_err(|_| wrong())?,
        sender: Sender::new(0x4C4F_0000 + name, name as u16, name.wrapping_mul(7919)),
        srtp,
        keys,
        sent: 0,
        late: 0,
        received: 0,
        first: None,
        last: None,
        gaps_us: Vec::with_capacity(arguments.seconds as usize * 50 + 50),
    })
}

fn session(suite: &str, local: &str, remote: &str) -> Option<Session> {
    let suite = Suite::from_name(suite)?;
    let key = |hex: &str| MasterKey::new(suite, &octets(hex)?, b"").ok();
    Some(Session::new(Keys {
        local: key(local)?,
        remote: key(remote)?,
    }))
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Returns by how much the latest send was late, in nanoseconds.
fn send_all(flows: &mut [Flow], arguments: &Arguments, encoded: &[Vec<u8>]) -> u64 {
    let origin = monotonic_ns() + PERIOD_NS;
    let count = flows.len().max(1) as u64;
    let (mut batch, mut max_late) = (Batch::default(), 0);
    for round in 0..arguments.seconds * 50 {
        for (index, flow) in flows.iter_mut().enumerate() {
            let due = origin + round * PERIOD_NS + index as u64 * PERIOD_NS / count;
            let now = wait_until(due);
            let late = now - due;
            max_late = max_late.max(late);
            flow.late += u64::from(late > LATE_NS);
            let begins = index * encoded.len() / count as usize;
            let payload = &encoded[(round as usize + begins) % encoded.len()];
            flow.send(arguments.codec, payload);
            flow.receive(&mut batch);
        }
    }
    wait_until(monotonic_ns() + 3 * PERIOD_NS);
    for flow in flows {
        flow.receive(&mut batch);
    }
    max_late
}

/// Sleeps in steps of no less than half a millisecond: flows that are closer together go out in one go.
fn wait_until(due: u64) -> u64 {
    let now = monotonic_ns();
    if due <= now {
        return now;
    }
    let until = due.max(now + 500_000);
    let time = libc::timespec {
        tv_sec: (until / 1_000_000_000) as libc::time_t,
        tv_nsec: (until % 1_000_000_000) as libc::c_long,
    };
    // SAFETY: a live timespec; the remaining time is not asked for.
    unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_MONOTONIC,
            libc::TIMER_ABSTIME,
            &time,
            std::ptr::null_mut(),
        )
    };
    monotonic_ns().max(due)
}

impl Flow {
    /// Audio, or the event of a key in its place.
    fn send(&mut self, codec: Codec, audio: &[u8]) {
        let units = codec.clock_rate() / 50;
        match self.keys.next_packet(self.sender.timestamp()) {
            Some(Step::Event {
                payload,
                timestamp,
                marker,
            }) => {
                let header = self.sender.at(KEY_TYPE, timestamp, marker, payload.len());
                self.sender.skip(units);
                self.send_packet(&header, &payload);
            }
            Some(Step::Silence) | None => {
                let kind = codec.payload_type().unwrap_or(OPUS_TYPE);
                let header = self.sender.audio(kind, units, audio.len());
                self.send_packet(&header, audio);
            }
        }
    }

    fn send_packet(&mut self, header: &Header, payload: &[u8]) {
        let mut packet = [0; HEADER_LEN + opus::MAX_OCTETS + MAX_OVERHEAD];
        rtp::write(header, &mut packet);
        let plain = HEADER_LEN + payload.len();
        packet[HEADER_LEN..plain].copy_from_slice(payload);
        let length = match &mut self.srtp {
            Some(srtp) => srtp.protect(&mut packet, plain),
            None => Some(plain),
        };
        let sent = length.map(|length| self.socket.send_to(&packet[..length], self.remote));
        self.sent += u64::from(matches!(sent, Some(Ok(_))));
    }

    /// Between the first and the last packet received; 0 for fewer than two.
    fn packets_a_second(&self) -> f64 {
        match (self.first, self.last) {
            (Some(first), Some(last)) if last > first => {
                (self.received - 1) as f64 * 1e9 / (last - first) as f64
            }
            _ => 0.0,
        }
    }

    fn receive(&mut self, batch: &mut Batch) {
        while batch.receive(&self.socket, BATCH) > 0 {
            let mut count = 0;
            for datagram in batch.datagrams() {
                count += 1;
                let srtp = self.srtp.as_mut();
                if srtp.is_some_and(|srtp| srtp.unprotect(datagram.data, 0).is_err()) {
                    continue;
                }
                self.received += 1;
                let arrived = datagram.arrived_realtime_ns.unwrap_or_else(realtime_ns);
                self.first.get_or_insert(arrived);
                if let Some(before) = self.last.replace(arrived) {
                    self.gaps_us
                        .push((arrived.saturating_sub(before) / 1000) as u32);
                }
            }
            if count < BATCH {
                break;
            }
        }
    }
}

fn report(flows: &[Flow], cpu: f64, max_late: u64) -> String {
    let mut lines = Vec::new();
    let (mut sent, mut received, mut late, mut worst) = (0, 0, 0, 0);
    for flow in flows {
        let mut gaps = flow.gaps_us.clone();
        gaps.sort_unstable();
        let max = gaps.last().copied().unwrap_or(0);
        let p99 = gaps.get(gaps.len() * 99 / 100).copied().unwrap_or(0);
        (sent, received, late) = (sent + flow.sent, received + flow.received, late + flow.late);
        worst = worst.max(max);
        lines.push(format!(
            "{{\"remote\": \"{}\", \"sent\": {}, \"received\": {}, \"packets_a_second\": {:.3}, \"max_gap_ms\": {:.2}, \"p99_gap_ms\": {:.2}, \"late_sends\": {}}}",
            flow.remote, flow.sent, flow.received, flow.packets_a_second(), f64::from(max) / 1e3, f64::from(p99) / 1e3, flow.late
        ));
    }
    format!(
        "{{\"sent\": {sent}, \"received\": {received}, \"late_sends\": {late}, \"max_late_ms\": {:.2}, \"max_gap_ms\": {:.2}, \
         \"cpu_seconds\": {cpu:.3}, \"flows\": [\n{}\n]}}",
        max_late as f64 / 1e6,
        f64::from(worst) / 1e3,
        lines.join(",\n")
    )
}

/// One second of 440 Hz.
fn tone() -> Vec<i16> {
    let step = 440.0 * std::f64::consts::TAU / 8000.0;
    (0..8000)
        .map(|i| (f64::from(i) * step).sin() * 8000.0)
        .map(|sample| sample as i16)
        .collect()
}

fn read_wav(path: &str) -> Result<Vec<i16>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    wav::samples(&bytes).ok_or_else(|| format!("{path}: not a WAV file"))
}
