//! Datagrams of anybody, with time passing between them, go through the parser, the statistics and the jitter buffer.
//!
//! Invariant: what is read can be written and is read the same; every packet is counted once; no more is heard than was
//! asked for; and a peer who then talks in order is heard without a gap after a second.
#![no_main]

use _native::codec::Codec;
use _native::jitter::JitterBuffer;
use _native::rtp::{self, Header, Receiver, Sender, Verdict, HEADER_LEN};
use libfuzzer_sys::fuzz_target;

const TICK: u64 = 20_000_000;
const SAMPLES: usize = 160;
/// Of the peer who talks in order: whoever sends with that one is the peer himself.
const PEER: u32 = 0x1234_5678;

struct Listener {
    receiver: Receiver,
    jitter: JitterBuffer,
    now: u64,
    packets: u64,
}

impl Listener {
    fn receive(&mut self, header: &Header, payload: &[u8]) {
        self.packets += 1;
        let verdict = self.receiver.receive(header, self.now);
        if let Verdict::New { .. } = verdict {
            match Codec::ALL.get(usize::from(header.payload_type)) {
                Some(codec) => {
                    self.jitter.insert(header, payload, *codec, self.now);
                }
                None => self.jitter.note_other(header, 8000),
            }
        }
    }

    fn pull(&mut self) -> usize {
        let mut out = [0; SAMPLES];
        let pulled = self.jitter.pull(&mut out, self.now);
        assert!(pulled.heard_samples + pulled.concealed_samples <= SAMPLES);
        self.now += TICK;
        pulled.heard_samples
    }
}

fuzz_target!(|input: &[u8]| {
    let mut listener = Listener {
        receiver: Receiver::new(8000),
        jitter: JitterBuffer::with_opus(8000),
        now: 0,
        packets: 0,
    };
    let mut rest = input;
    while let Some((&length, after)) = rest.split_first() {
        let (datagram, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        if let Ok((header, payload)) = rtp::parse(datagram) {
            let mut again = vec![0; HEADER_LEN];
            assert_eq!(rtp::write(&header, &mut again), HEADER_LEN);
            again.extend_from_slice(payload);
            assert_eq!(rtp::parse(&again), Ok((header, payload)));
            if header.ssrc != PEER {
                listener.receive(&header, payload);
            }
        }
        // Some come together.
        if length % 2 == 0 {
            listener.pull();
        }
    }
    let totals = listener.receiver.totals();
    assert_eq!(
        totals.received + totals.duplicates + totals.refused,
        listener.packets
    );
    let mut peer = Sender::new(PEER, 100, 0);
    let mut heard = 0;
    for _ in 0..60 {
        let header = peer.audio(0, SAMPLES as u32, SAMPLES);
        listener.receive(&header, &[0x20; SAMPLES]);
        heard = listener.pull();
    }
    assert_eq!(heard, SAMPLES);
});
