//! From the thread that reads the browsers' port to the leg, wherever its worker is: packets, and what became of the peer.

use std::net::SocketAddr;
use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};

use super::watch::{Calls, Watch};
use super::Cause;
use crate::srtp::Session;

/// Octets of packets on their way: 1.6 s of G.711. Full: the newest are dropped, as a socket's buffer does.
const CAPACITY: usize = 16 * 1024;
/// Length and time of arrival before each packet.
const HEAD: usize = 10;
/// A state, keys, a state: more is not to be told between two ticks, and what finds no room is told later.
const NOTES: usize = 4;

/// What the leg must know of its peer, in order.
pub enum Note {
    /// What is sealed with these comes from the peer, and nothing else does.
    Keys(Box<Session>),
    /// ICE and DTLS are done: send there.
    Connected(SocketAddr),
    /// Send nothing. Without a cause another peer is to come; then nothing that comes is believed either.
    Cut(Option<Cause>),
}

/// The end of the thread that reads the port.
pub struct Outlet {
    packets: Producer<u8>,
    notes: Producer<Note>,
    watch: Arc<Watch>,
    calls: Arc<Calls>,
}

/// The leg's end.
pub struct Inlet {
    packets: Consumer<u8>,
    notes: Consumer<Note>,
    watch: Arc<Watch>,
}

/// Who waits for its packets is told by `calls`.
pub fn line(calls: Arc<Calls>) -> (Outlet, Inlet) {
    let (packets, packets_out) = RingBuffer::new(CAPACITY);
    let (notes, notes_out) = RingBuffer::new(NOTES);
    let watch = Arc::new(Watch::default());
    let outlet = Outlet {
        packets,
        notes,
        watch: watch.clone(),
        calls,
    };
    let inlet = Inlet {
        packets: packets_out,
        notes: notes_out,
        watch,
    };
    (outlet, inlet)
}

impl Outlet {
    /// False when there is no room.
    pub fn forward(&mut self, packet: &[u8], arrived: u64) -> bool {
        let Ok(length) = u16::try_from(packet.len()) else {
            return false;
        };
        let Ok(mut chunk) = self.packets.write_chunk(HEAD + packet.len()) else {
            return false;
        };
        let mut head = [0; HEAD];
        head[..2].copy_from_slice(&length.to_ne_bytes());
        head[2..].copy_from_slice(&arrived.to_ne_bytes());
        let (first, second) = chunk.as_mut_slices();
        fill(first, second, 0, &head);
        fill(first, second, HEAD, packet);
        chunk.commit_all();
        self.watch.call(&self.calls);
        true
    }

    /// Gives the note back when there is no room.
    pub fn tell(&mut self, note: Note) -> Result<(), Note> {
        self.notes
            .push(note)
            .map_err(|rtrb::PushError::Full(note)| note)
    }
}

/// Writes `from` at `at` of the two slices taken as one.
fn fill(first: &mut [u8], second: &mut [u8], at: usize, from: &[u8]) {
    let here = first.len().saturating_sub(at).min(from.len());
    let (head, tail) = from.split_at(here);
    if here > 0 {
        first[at..at + here].copy_from_slice(head);
    }
    let at = (at + here) - first.len().min(at + here);
    second[at..at + tail.len()].copy_from_slice(tail);
}

impl Inlet {
    /// From now on the porter `index` is called when packets come, by `place`. Look at the line after it.
    pub fn watch(&self, index: usize, place: u32) {
        self.watch.begin(index, place);
    }

    pub fn unwatch(&self) {
        self.watch.end();
    }

    /// Look at the line after it: what comes later calls again.
    pub fn answer(&self) {
        self.watch.answer();
    }

    pub fn note(&mut self) -> Option<Note> {
        self.notes.pop().ok()
    }

    /// The next packet in `room`, and when it arrived. One that does not fit is cut.
    pub fn packet<'a>(&mut self, room: &'a mut [u8]) -> Option<(&'a mut [u8], u64)> {
        let mut head = [0; HEAD];
        let chunk = self.packets.read_chunk(HEAD).ok()?;
        copy(chunk.as_slices(), &mut head);
        chunk.commit_all();
        let (length, arrived) = head.split_at(2);
        let length = usize::from(u16::from_ne_bytes(length.try_into().ok()?));
        let arrived = u64::from_ne_bytes(arrived.try_into().ok()?);
        // Both were published in one step.
        let chunk = self.packets.read_chunk(length).ok()?;
        let fits = length.min(room.len());
        let packet = &mut room[..fits];
        copy(chunk.as_slices(), packet);
        chunk.commit_all();
        Some((packet, arrived))
    }

    /// What came so far is not wanted.
    pub fn discard(&mut self) {
        let waiting = self.packets.slots();
        if let Ok(chunk) = self.packets.read_chunk(waiting) {
            chunk.commit_all();
        }
    }
}

fn copy((first, second): (&[u8], &[u8]), to: &mut [u8]) {
    let here = first.len().min(to.len());
    let (head, tail) = to.split_at_mut(here);
    head.copy_from_slice(&first[..here]);
    let rest = tail.len().min(second.len());
    tail[..rest].copy_from_slice(&second[..rest]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in_wherever_the_ring_ends() {
        let (mut outlet, mut inlet) = line(Arc::new(Calls::new(1)));
        let mut room = [0; 2048];
        for round in 0..1000usize {
            let packet = vec![round as u8; round * 37 % 1400];
            assert!(outlet.forward(&packet, round as u64));
            let (got, arrived) = inlet.packet(&mut room).unwrap();
            assert_eq!((&got[..], arrived), (&packet[..], round as u64));
            assert!(inlet.packet(&mut room).is_none());
        }
    }

    #[test]
    fn a_full_ring_refuses_the_newest_and_keeps_the_rest() {
        let (mut outlet, mut inlet) = line(Arc::new(Calls::new(1)));
        let taken = (0..1000)
            .take_while(|_| outlet.forward(&[7; 172], 1))
            .count();
        assert_eq!(taken, CAPACITY / (172 + HEAD));
        let mut room = [0; 2048];
        let mut left = 0;
        while let Some((packet, _)) = inlet.packet(&mut room) {
            assert_eq!(packet, [7; 172]);
            left += 1;
        }
        assert_eq!(left, taken);
        outlet.forward(&[1], 1);
        inlet.discard();
        assert!(inlet.packet(&mut room).is_none());
    }

    #[test]
    fn who_watches_is_called_once_for_all_that_came() {
        let calls = Arc::new(Calls::new(2));
        let (mut outlet, mut inlet) = line(calls.clone());
        outlet.forward(&[1], 1);
        assert_eq!((calls.next(0), calls.next(1)), (None, None));
        inlet.watch(1, 7);
        // What was there before is found by looking.
        assert!(inlet.packet(&mut [0; 20]).is_some());
        (0..3).for_each(|at| assert!(outlet.forward(&[2], at)));
        assert!(calls.is_waiting(1));
        assert_eq!((calls.next(1), calls.next(1)), (Some(7), None));
        outlet.forward(&[3], 4);
        assert!(!calls.is_waiting(1));
        inlet.answer();
        outlet.forward(&[4], 5);
        assert_eq!(calls.next(1), Some(7));
        inlet.watch(0, 9);
        outlet.forward(&[5], 6);
        assert_eq!((calls.next(0), calls.next(1)), (Some(9), None));
        inlet.unwatch();
        outlet.forward(&[6], 7);
        assert_eq!((calls.next(0), calls.next(1)), (None, None));
    }

    #[test]
    fn no_call_is_missed_by_another_thread() {
        const PACKETS: u64 = 20_000;
        let calls = Arc::new(Calls::new(2));
        let (mut outlet, mut inlet) = line(calls.clone());
        let sender = std::thread::spawn(move || {
            for number in 0..PACKETS {
                while !outlet.forward(&[0; 20], number) {
                    std::thread::yield_now();
                }
            }
        });
        let (mut found, mut by, mut room) = (0, 0, [0; 64]);
        inlet.watch(by, 3);
        let mut is_called = true;
        while found < PACKETS {
            if !is_called {
                is_called = calls.next(by).is_some();
                std::thread::yield_now();
                continue;
            }
            inlet.answer();
            while let Some((_, number)) = inlet.packet(&mut room) {
                assert_eq!(number, found);
                found += 1;
            }
            is_called = false;
            if found % 5 == 0 {
                // It goes over to another porter, which looks at once.
                by = 1 - by;
                inlet.watch(by, 3);
                is_called = true;
            }
        }
        sender.join().unwrap();
    }
}
