//! A worker's thread allocates and frees nothing while legs talk, play, send digits, are recorded, tapped, confer and
//! shake hands, nor does its porter's while packets of two pass as they come.

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use _native::codec::Codec;
use _native::dtls::handshake::Peer;
use _native::dtls::{Fingerprint, Role};
use _native::engine::command::{Configuration, DigitWay};
use _native::engine::conferring::Part;
use _native::engine::dtls_leg::Proof;
use _native::engine::event::Fact;
use _native::engine::shares::FULL;
use _native::engine::{Engine, Settings};
use _native::graph::feed::Side;
use _native::graph::player::Manner;
use _native::recorder::{sealed::MasterKey, Format, Kind, Layout as Tracks};
use _native::rtp::{self, Sender};

/// The threads that are watched, and their calls of the allocator.
static WATCHED: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
static CALLS: AtomicU64 = AtomicU64::new(0);

const STEREO: Kind = Kind {
    layout: Tracks::Stereo,
    format: Format::Opus,
};

struct Counting;

fn note() {
    // SAFETY: gettid takes nothing and cannot fail.
    let this = unsafe { libc::gettid() } as u32;
    if WATCHED
        .iter()
        .any(|watched| watched.load(Ordering::Relaxed) == this)
    {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: it hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note();
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A thread, once it named itself and sleeps: while it starts it may allocate.
fn thread(wanted: &str) -> u32 {
    loop {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let told = |task: &str, file: &str| {
            let told = std::fs::read_to_string(format!("/proc/self/task/{task}/{file}"));
            told.unwrap_or_default()
        };
        let found = tasks
            .map(|task| task.unwrap().file_name().into_string().unwrap())
            .find(|task| {
                told(task, "comm").trim() == wanted && told(task, "stat").contains(") S ")
            });
        if let Some(found) = found {
            return found.parse().unwrap();
        }
        std::thread::yield_now();
    }
}

fn configuration(remote: SocketAddr) -> Box<Configuration> {
    Box::new(Configuration {
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        codec: Codec::Pcmu,
        payload_type: 0,
        packet_time_ms: 20,
        receive_codecs: Box::new([(0, Codec::Pcmu)]),
        telephone_event: Some(101),
        digit_way: DigitWay::Both,
        detector: None,
        event_clocks: Box::new([(101, 8000)]),
        jitter: None,
        opus: Default::default(),
        opus_limit: None,
        encoder: None,
        g729: None,
        full: None,
        srtp: None,
        is_dtls: false,
        words: None,
        extended_reports: Default::default(),
        extended: None,
        comfort_noise: false,
        silence: None,
        rtcp_mux: false,
        sending: true,
        receiving: true,
        cname: "test@voicecore".into(),
        rtp_timeout_ms: 100,
        one_way_ms: 0,
        near: None,
    })
}

/// Two legs that are each other's peer, over DTLS; each hears what it is told.
fn shake_hands(engine: &Engine, legs: [u64; 2]) {
    let ports = legs.map(|leg| engine.open_leg(leg, None, None).unwrap());
    let fingerprint = Fingerprint::parse(&engine.fingerprint().unwrap()).unwrap();
    for (this, role) in [(0, Role::Client), (1, Role::Server)] {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, ports[1 - this]));
        let peer = Peer {
            fingerprint: fingerprint.clone(),
            role,
            tls_id: "".into(),
            rtp: at,
            rtcp: None,
        };
        let mut configuration = configuration(at);
        configuration.rtcp_mux = true;
        engine
            .configure_leg(legs[this], configuration, Proof::Dtls(Box::new(peer)))
            .unwrap();
    }
}

const IN_STEP: Manner = Manner {
    repeat: false,
    in_step: true,
    over: false,
    from: 0,
    gain: None,
};
const OVER: Manner = Manner {
    repeat: false,
    in_step: false,
    over: true,
    from: 0,
    gain: None,
};

fn part(leg: u64) -> Part {
    Part {
        muted: leg > 4,
        deaf: leg == 6,
        gain_db: -3.0,
    }
}

#[test]
fn a_worker_neither_allocates_nor_frees() {
    let settings = Settings {
        addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        first_port: 42100,
        last_port: 42199,
        browser_port: 0,
        workers: 1,
        full: FULL,
        event_capacity: 1024,
        recording_key: MasterKey::new(b"test", &[1; 32]),
    };
    let engine = Engine::new(settings).unwrap();
    // A thread may allocate while it starts; one that has closed a leg is past that.
    engine.open_leg(99, None, None).unwrap();
    engine.close_leg(99).unwrap();
    while engine.poll_events(100).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    for (watched, name) in WATCHED.iter().zip(["media-0", "media-porter-0"]) {
        watched.store(thread(name), Ordering::Relaxed);
    }
    let path = std::env::temp_dir().join(format!("voicecore-quiet-{}.wav", std::process::id()));
    engine.load_sound(1, &[1000; 1600], 8000).unwrap();
    let mut peers = Vec::new();
    for leg in 0..8 {
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = engine.open_leg(leg, None, None).unwrap();
        engine
            .configure_leg(leg, configuration(peer.local_addr().unwrap()), Proof::None)
            .unwrap();
        peer.connect(("127.0.0.1", port)).unwrap();
        peers.push((peer, Sender::new(leg as u32, 0, 0)));
    }
    engine
        .record(0, 1, path.to_str().unwrap(), STEREO, 16_000, None)
        .unwrap();
    engine.tap(0, 1, Side::FromPeer, 16_000, 60).unwrap();
    engine.tap(1, 2, Side::ToPeer, 8000, 20).unwrap();
    engine.open_conference(7).unwrap();
    shake_hands(&engine, [100, 101]);
    let mut pair = Vec::new();
    for leg in [200, 201] {
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = engine.open_leg(leg, None, None).unwrap();
        engine
            .configure_leg(leg, configuration(peer.local_addr().unwrap()), Proof::None)
            .unwrap();
        peer.connect(("127.0.0.1", port)).unwrap();
        pair.push((peer, Sender::new(leg as u32, 0, 0)));
    }
    engine.hear(200, &[(201, 0.0)]).unwrap();
    engine.hear(201, &[(200, 0.0)]).unwrap();
    let mut silence = [0xFF; 172];
    let mut datagram = [0x31; 172];
    for round in 0..100u64 {
        for (peer, sender) in &mut pair {
            rtp::write(&sender.audio(0, 160, 160), &mut silence);
            peer.send(&silence).unwrap();
        }
        match round {
            50 => engine.tap(200, 50, Side::FromPeer, 8000, 20).unwrap(),
            60 => engine.untap(200, 50).unwrap(),
            _ => {}
        }
        for (leg, (peer, sender)) in (0..).zip(&mut peers) {
            rtp::write(&sender.audio(0, 160, 160), &mut datagram);
            peer.send(&datagram).unwrap();
            match round % 25 {
                3 => engine
                    .hear(leg, &[(leg ^ 1, 0.0), (leg ^ 2, -6.0)])
                    .unwrap(),
                5 => engine.play(leg, round, &[1], IN_STEP).unwrap(),
                6 => engine.pause(leg, round - 1, true).unwrap(),
                7 => {
                    let stream = 1000 + 10 * round + leg;
                    engine.open_stream(stream, 16_000, 100).unwrap();
                    engine.push(stream, &[1000; 3200]).unwrap();
                    engine.play(leg, stream, &[stream], OVER).unwrap();
                    engine.volume(leg, stream, -6.0).unwrap();
                    engine.end_stream(stream);
                }
                8 => engine.seek(leg, round - 3, 50).unwrap(),
                9 => engine.pause(leg, round - 4, false).unwrap(),
                11 => engine.send_digits(leg, round, "5", 60, 40).unwrap(),
                15 => engine.statistics(leg).unwrap(),
                17 => {
                    engine
                        .tap(leg, 100 + leg, Side::ToPeer, 16_000, 20)
                        .unwrap();
                    engine.untap(leg, 100 + leg).unwrap();
                }
                18 => engine.join(leg, 7, part(leg)).unwrap(),
                19 if leg == 0 => engine.announce(7, 5000 + round, &[1], false).unwrap(),
                24 if leg % 3 == 0 => engine.leave(leg).unwrap(),
                20 => engine
                    .configure_leg(leg, configuration(peer.local_addr().unwrap()), Proof::None)
                    .unwrap(),
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    for leg in (0..8).chain([100, 101, 200, 201]) {
        engine.close_leg(leg).unwrap();
    }
    let (mut closed, mut played, mut connected, mut relayed) = (0, 0, 0, 0);
    while closed < 12 {
        for event in engine.poll_events(100) {
            if let Fact::LegClosed(statistics) = &event.fact {
                closed += 1;
                relayed += statistics.packets_relayed;
            }
            connected += usize::from(matches!(event.fact, Fact::MediaConnected { .. }));
            played += usize::from(matches!(event.fact, Fact::PlayoutFinished { .. }));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    assert!(played >= 8);
    assert_eq!(connected, 2);
    assert!(relayed > 0);
    // The counter does count: this thread allocates and frees once.
    // SAFETY: gettid takes nothing and cannot fail.
    WATCHED[0].store(unsafe { libc::gettid() } as u32, Ordering::Relaxed);
    drop(std::hint::black_box(vec![0u8; 100]));
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    engine.close();
    std::fs::remove_file(path).unwrap();
}
