//! The packet path takes no memory once its parts are made.

use _native::browser::line::line;
use _native::browser::{Agreed, Directory};
use _native::codec::{Codec, Decoder, Encoder};
use _native::dsp::dtmf_detector::DtmfDetector;
use _native::dsp::half_band::HalfBand;
use _native::dtls::{Association, Epoch, Identity, Output, Role, MAX_RECORD};
use _native::graph::conference::{Conference, Member};
use _native::graph::feed::{feed, Side};
use _native::graph::gain::Gain;
use _native::graph::hearing::{Mix, Ring};
use _native::graph::player::{Manner, Order, Piece, Playout};
use _native::graph::sound::Sound;
use _native::graph::stream::stream;
use _native::ice::Credentials;
use _native::jitter::JitterBuffer;
use _native::latch::Latch;
use _native::srtp::{Keys, MasterKey, Session, Suite, MAX_OVERHEAD};
use _native::telephone_event::{
    Assembler, DigitFollower, DigitSender, Event, EventTone, Pace, Step,
};
use _native::{quality, rtcp, rtp};
use is::stun::{StunMessage, TransId};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting what each thread takes.
struct Counting;

// SAFETY: every call goes to `System` with the arguments as they came; counting touches no memory of theirs, and a
// constant-initialised thread local without a destructor does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise about `pointer` and `layout` is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn taken() -> usize {
    TAKEN.with(Cell::get)
}

const MS: u64 = 1_000_000;
const PACE: Pace = Pace {
    packet_time_ms: 20,
    clock_rate: 8000,
};

#[test]
fn the_counter_counts() {
    let before = taken();
    drop(std::hint::black_box(vec![0u8; 100]));
    assert_eq!(taken(), before + 1);
}

#[test]
fn a_call_with_loss_and_digits_takes_no_memory() {
    let mut sender = rtp::Sender::new(7, 65_000, 0);
    let mut receiver = rtp::Receiver::new(8000);
    let mut buffer = JitterBuffer::new(8000);
    let mut latch = Latch::new(([192, 0, 2, 1], 4000).into(), 0);
    let mut assembler = Assembler::new(8000);
    let mut digits = DigitSender::new("1w2", 100, 100, 20, 8000).unwrap();
    let mut datagram = [0u8; 172];
    let mut out = [0i16; 160];
    let before = taken();
    let mut heard = 0;
    for tick in 0..1000u64 {
        let now = tick * 20 * MS;
        digits.next_packet(sender.timestamp());
        let header = sender.audio(0, 160, 160);
        rtp::write(&header, &mut datagram);
        Codec::Pcmu.encode(&out, &mut datagram[12..]);
        if tick % 7 == 0 {
            continue;
        }
        let (header, payload) = rtp::parse(&datagram).unwrap();
        latch.observe(([192, 0, 2, 1], 4000).into(), &header, now);
        receiver.receive(&header, now);
        assembler.receive(&header, payload, now);
        buffer.insert(&header, payload, Codec::Pcmu, now + tick % 5 * 15 * MS);
        heard += buffer.pull(&mut out, now + 3 * MS).heard_samples;
    }
    let report = rtcp::Report {
        ssrc: 7,
        sender: Some(sender.info(rtcp::ntp(MS))),
        block: receiver.report(MS),
        extended: Default::default(),
        cname: "a@b",
        bye: true,
    };
    let mut compound = [0; rtcp::MAX_LEN];
    let len = rtcp::write(&report, &mut compound);
    let packets = rtcp::parse(&compound[..len]).unwrap().count();
    let totals = receiver.totals();
    let score = quality::mos(totals.lost as f64 / 1000.0, totals.jitter_ms, 0.0);
    assert_eq!(taken(), before);
    assert_eq!(packets, 3);
    assert!(heard > 100_000 && score > 1.0);
}

#[test]
fn tones_and_wideband_take_no_memory() {
    let mut detector = DtmfDetector::new();
    let (mut down, mut up) = (HalfBand::default(), HalfBand::default());
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    let mut buffer = JitterBuffer::with_opus(16_000);
    let (mut follower, mut tone) = (DigitFollower::default(), EventTone::default());
    let (mut narrow, mut wide, mut octets) = ([0i16; 160], [0i16; 320], [0u8; 160]);
    let before = taken();
    let (mut sender, mut found) = (rtp::Sender::new(7, 1, 0), 0);
    for tick in 0..500u64 {
        match tick % 10 {
            0 => follower.press((tick / 10 % 16) as u8),
            4 => follower.release((tick / 10 % 16) as u8, 80),
            _ => {}
        }
        narrow.fill(0);
        if let Some(Step::Event {
            payload, marker, ..
        }) = follower.next_packet(sender.timestamp(), PACE)
        {
            tone.fill(&Event::parse(&payload).unwrap(), marker, 8000, &mut narrow);
        }
        up.up(&narrow, &mut wide);
        encoder.encode(Codec::G722, &wide, &mut octets);
        decoder.decode(Codec::G722, &octets, &mut wide);
        let header = sender.audio(9, 160, 160);
        buffer.insert(&header, &octets, Codec::G722, tick * 20 * MS);
        buffer.insert(&header, &octets, Codec::Pcmu, tick * 20 * MS);
        buffer.pull(&mut wide, tick * 20 * MS + MS);
        down.down(&wide, &mut narrow);
        detector.receive(&narrow, |_| found += 1);
    }
    assert_eq!(taken(), before);
    assert!(found >= 90, "{found}");
}

#[test]
fn conferences_players_and_feeds_take_no_memory() {
    let mut room = Conference::default();
    let mut members = [
        (Member::new(1, Gain::UNITY, false), Ring::default(), 8000),
        (
            Member::new(1, Gain::from_db(-6.0), false),
            Ring::default(),
            16_000,
        ),
    ];
    let (mut writer, reader) = stream(16_000, 100);
    let pieces = [
        Piece::Sound(Sound::new(&[500; 4000]).into()),
        Piece::Stream(Box::new(reader)),
    ];
    let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
    let (mut tap, _reader) = feed(1, Side::ToPeer, 16_000, 20);
    let (mut mix, mut heard, mut own) = (Mix::default(), [0; 320], [0; 320]);
    let said = [3000; 320];
    let before = taken();
    for tick in 0..500u64 {
        let at = 8000 + tick * 160;
        writer.push(&said);
        if tick == 10 {
            playout.obey(Order::Volume(Gain::from_db(-3.0)));
        }
        for (member, ring, rate) in &mut members {
            let samples = &said[..*rate as usize / 50];
            ring.write(samples, false);
            member.speak(samples, *rate, at, &mut room);
        }
        playout.read(8000, at, &mut heard[..160]);
        room.announce(8000, at, &heard[..160]);
        for (member, ring, rate) in &members {
            let length = *rate as usize / 50;
            mix.clear(length);
            room.listen(*rate, at + 20, 160, &mut mix);
            member.change(ring, at + 20, Gain::ZERO, &mut own[..length], &mut mix);
            mix.write(&mut heard[..length]);
            tap.write(&heard[..length], *rate, at);
        }
    }
    assert_eq!(taken(), before);
    assert!(playout.played_ms() > 5000 && heard != [0; 320]);
}

#[test]
fn srtp_takes_no_memory_once_the_keys_are_there() {
    for suite in Suite::ALL {
        let secret = vec![7; suite.key_len() + suite.salt_len()];
        let key = || MasterKey::new(suite, &secret, b"").unwrap();
        let session = || {
            Session::new(Keys {
                local: key(),
                remote: key(),
            })
        };
        let (mut sender, mut receiver) = (session(), session());
        let mut stream = rtp::Sender::new(7, 32_000, 0);
        let mut datagram = [0u8; 172 + MAX_OVERHEAD];
        let before = taken();
        for _ in 0..100 {
            rtp::write(&stream.audio(0, 160, 160), &mut datagram);
            let length = sender.protect(&mut datagram, 172).unwrap();
            assert_eq!(receiver.unprotect(&mut datagram[..length], 0), Ok(172));
            assert!(receiver.unprotect(&mut datagram[..length], 0).is_err());
            datagram[..8].copy_from_slice(&[0x80, 200, 0, 1, 0, 0, 0, 7]);
            let length = sender.protect_control(&mut datagram, 40).unwrap();
            let opened = receiver.unprotect_control(&mut datagram[..length], 0);
            assert_eq!(opened, Ok(40));
        }
        assert_eq!(taken(), before, "{suite:?}");
    }
}

/// A check of a browser for our credentials.
fn check(ours: &Credentials) -> Vec<u8> {
    use hmac::{Hmac, KeyInit, Mac};
    let username = format!("{}:theirs", ours.ufrag());
    let request = StunMessage::binding_request(&username, TransId::new(), true, 1, 100, true);
    let mut room = [0; 256];
    let password = Some(ours.password().as_bytes());
    let length = request.to_bytes(password, &mut room, |key, parts| {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    });
    room[..length.unwrap()].to_vec()
}

#[test]
fn a_connected_browser_takes_no_memory_for_packets_and_checks() {
    let source = ([192, 0, 2, 9], 5000).into();
    let epoch = Epoch::new(std::time::Instant::now(), 0);
    let [ours, theirs] = [(); 2].map(|()| std::sync::Arc::new(Identity::generate().unwrap()));
    let mut directory = Directory::new(ours.clone(), epoch);
    let credentials = Credentials::generate().unwrap();
    let (outlet, mut inlet) = line(std::sync::Arc::new(_native::browser::watch::Calls::new(1)));
    directory.open(1, credentials.clone(), outlet);
    let agreed = Agreed {
        ufrag: "theirs".into(),
        fingerprint: theirs.fingerprint().clone(),
        role: Role::Server,
    };
    directory.agree(1, &agreed, 0, &mut |_, _| {});
    let check = check(&credentials);
    directory.receive(&check, source, 0, 0, &mut |_, _| {});
    let server = ours.fingerprint().clone();
    let mut client = Association::new(theirs, server, Role::Client, epoch, 0);
    let (mut room, mut keys) = ([0; MAX_RECORD], None);
    while keys.is_none() {
        let mut records = Vec::new();
        client.poll(&mut room, 0, |output| match output {
            Output::Send(record) => records.push(record.to_vec()),
            Output::Keys(session) => keys = Some(session),
            Output::Failed(why) => panic!("{why:?}"),
        });
        for record in records {
            directory.receive(&record, source, 0, 0, &mut |octets, _| {
                client.receive(octets, 0);
            });
        }
    }
    let mut stream = rtp::Sender::new(7, 1, 0);
    let mut datagram = [0u8; 172 + MAX_OVERHEAD];
    let mut keys = keys.unwrap();
    let before = taken();
    let (mut heard, mut answered) = (0, 0);
    for tick in 0..200u64 {
        rtp::write(&stream.audio(0, 160, 160), &mut datagram);
        let length = keys.protect(&mut datagram, 172).unwrap();
        let now = tick * 20 * MS;
        assert!(directory.receive(&datagram[..length], source, now, now, &mut |_, _| {}));
        if tick % 50 == 0 {
            directory.receive(&check, source, now, now, &mut |_, _| answered += 1);
        }
        heard += u64::from(inlet.packet(&mut room).is_some());
    }
    assert_eq!(taken(), before);
    assert_eq!((heard, answered), (200, 4));
}
