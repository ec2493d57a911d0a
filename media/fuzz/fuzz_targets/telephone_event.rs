//! Telephone-events of any content, order and time, for the assembler.
//!
//! Invariant: each start is followed by the end of the same key before the next start, once the timer is served, and
//! the press of an honest phone is then understood, once.
#![no_main]

use _native::rtp::Header;
use _native::telephone_event::{Assembler, Digit, Event};
use libfuzzer_sys::fuzz_target;

const ONE: usize = 12;

#[derive(Default)]
struct Follower {
    held: Option<u8>,
    presses: usize,
}

impl Follower {
    fn follow(&mut self, digits: impl IntoIterator<Item = Digit>) {
        for digit in digits {
            match digit {
                Digit::Started { digit } => {
                    assert_eq!(self.held.replace(digit), None);
                    self.presses += 1;
                }
                Digit::Ended { digit, .. } => assert_eq!(self.held.take(), Some(digit)),
            }
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let (mut assembler, mut follower, mut now) = (Assembler::new(8000), Follower::default(), 0u64);
    for piece in input.chunks(ONE) {
        let Some((fixed, payload)) = piece.split_first_chunk::<7>() else {
            break;
        };
        let header = Header {
            marker: fixed[0] & 1 != 0,
            payload_type: 101,
            sequence: u16::from_be_bytes([fixed[1], fixed[2]]),
            timestamp: u32::from_be_bytes([0, fixed[3], fixed[4], fixed[5]]),
            ssrc: u32::from(fixed[0] >> 7),
        };
        now += u64::from(fixed[6]) * 1_000_000;
        follower.follow(assembler.handle_timer(now));
        follower.follow(
            assembler
                .receive(&header, payload, now)
                .into_iter()
                .flatten(),
        );
        assert_eq!(assembler.next_timer().is_some(), follower.held.is_some());
    }
    now += 10_000_000_000;
    follower.follow(assembler.handle_timer(now));
    assert_eq!(follower.held, None);
    let before = follower.presses;
    for (sequence, duration) in [(0, 160), (1, 320), (2, 480), (2, 480)] {
        let event = Event {
            code: 5,
            end: duration == 480,
            volume: 10,
            duration,
        };
        let header = Header {
            marker: sequence == 0,
            payload_type: 101,
            sequence,
            timestamp: 0xFF00_0000,
            ssrc: 9,
        };
        follower.follow(
            assembler
                .receive(&header, &event.write(), now)
                .into_iter()
                .flatten(),
        );
    }
    assert_eq!((follower.held, follower.presses), (None, before + 1));
});
