//! Where one sender has no audio to send: packets of its stream that carry something else say so.

use crate::dsp::comfort_noise::NoiseLevel;

/// Pauses that are remembered until they are played: the buffer holds a second, and digits are not shorter than that
/// by much.
const CLOSED: usize = 8;

/// A pause, and what is heard in it in place of silence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause(pub(super) Option<NoiseLevel>);

/// Spans of timestamps under telephone-events, comfort noise and the like.
#[derive(Clone, Debug)]
pub(super) struct Pauses {
    /// The newest packet of the stream, whatever it carried.
    sequence: u16,
    /// Where the audio of the newest packet that had some ends.
    end: u32,
    /// The newest packet was no audio: from here on nothing is to be heard.
    open: Option<u32>,
    /// What is heard in the newest pause in place of silence.
    noise: Option<NoiseLevel>,
    /// Start, end and noise.
    closed: [(u32, u32, Option<NoiseLevel>); CLOSED],
    next: usize,
}

impl Pauses {
    /// The stream begins with this packet, which is yet to be received.
    pub(super) fn before(sequence: u16, timestamp: u32) -> Self {
        Self {
            sequence: sequence.wrapping_sub(1),
            end: timestamp,
            open: None,
            noise: None,
            closed: [(0, 0, None); CLOSED],
            next: 0,
        }
    }

    /// A packet without audio. Its timestamp is the pause's start, unless audio goes on beside it (RFC 4733, 2.5.1.3:
    /// every packet of one event has the timestamp of its beginning) or it is further off than `most`.
    pub(super) fn receive_other(
        &mut self,
        sequence: u16,
        timestamp: Option<u32>,
        most: u32,
        noise: Option<NoiseLevel>,
    ) {
        if !self.is_ahead(sequence) {
            return;
        }
        self.sequence = sequence;
        let from = timestamp.filter(|at| at.wrapping_sub(self.end) <= most);
        self.open.get_or_insert(from.unwrap_or(self.end));
        self.noise = noise;
    }

    /// The packet of audio of that number, which was the newest, says that nothing more comes from there on.
    pub(super) fn fall_silent(&mut self, sequence: u16, from: u32, noise: Option<NoiseLevel>) {
        if self.sequence == sequence {
            (self.open, self.noise) = (Some(from), noise);
        }
    }

    /// A packet of audio ends the pause before it. Packets missing between are taken for audio of the same length.
    pub(super) fn receive_audio(&mut self, sequence: u16, start: u32, len: u32) {
        if !self.is_ahead(sequence) {
            return;
        }
        let missing = u32::from(sequence.wrapping_sub(self.sequence)) - 1;
        self.sequence = sequence;
        self.end = start.wrapping_add(len);
        if let Some(from) = self.open.take() {
            let until = start.wrapping_sub(missing.wrapping_mul(len));
            if until.wrapping_sub(from) < 0x8000_0000 {
                self.closed[self.next] = (from, until, self.noise);
                self.next = (self.next + 1) % CLOSED;
            }
        }
    }

    /// What is heard in the pause that goes on; None: there is none, or it is silent.
    pub(super) fn open_noise(&self) -> Option<NoiseLevel> {
        self.noise.filter(|_| self.open.is_some())
    }

    /// Whether `timestamp` is in a pause and what is heard in it, and for how many samples, at most `most`, that is so.
    pub(super) fn run(&self, timestamp: u32, most: usize) -> (Option<Pause>, usize) {
        let open = self
            .open
            .map(|from| (from, from.wrapping_add(0x7FFF_FFFF), self.noise));
        let mut next = most;
        for (from, until, noise) in self.closed.into_iter().chain(open) {
            let len = until.wrapping_sub(from);
            let into = timestamp.wrapping_sub(from);
            if into < len {
                return (Some(Pause(noise)), most.min((len - into) as usize));
            }
            if len > 0 {
                next = next.min(into.wrapping_neg() as usize);
            }
        }
        (None, next)
    }

    fn is_ahead(&self, sequence: u16) -> bool {
        (1..0x8000).contains(&sequence.wrapping_sub(self.sequence))
    }
}
