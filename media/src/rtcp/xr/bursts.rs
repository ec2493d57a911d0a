//! How loss is spread: bursts, in which much is lost, and gaps between them (RFC 3611, 4.7.2).
//!
//! The counting of transitions is that of the RFC's appendix A.2. A packet's fate is final when 64 packets are newer.

/// So many packets must come between two losses for a gap to lie between them (RFC 3611, 4.7.2 recommends it).
pub const GMIN: u8 = 16;
/// A larger step forward is another beginning (RFC 3550, A.1).
const MAX_STEP: u16 = 3000;
const WINDOW: u32 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Heard,
    Lost,
    Discarded,
}

/// What became of the packets of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bursts {
    newest: u16,
    /// How many packets are in the window, the newest included; 0 before the first.
    known: u32,
    /// The newest in the lowest bit.
    came: u64,
    discarded: u64,
    counts: Counts,
}

/// Transitions between four states: 1 heard in a gap, 2 heard in a burst, 3 lost in a burst, 4 lost in a gap.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    packets: u64,
    losses: u64,
    discards: u64,
    /// Heard since the last that was not, and how many were not in the burst that goes on.
    run: u64,
    lost: u64,
    c11: u64,
    c13: u64,
    c14: u64,
    c22: u64,
    c23: u64,
    c33: u64,
}

/// The numbers of a report. Shares are 0 to 1, durations are packets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lost {
    pub loss_rate: f64,
    pub discard_rate: f64,
    pub burst_density: f64,
    pub gap_density: f64,
    pub burst_packets: f64,
    pub gap_packets: f64,
}

impl Bursts {
    /// Takes the number of a packet that came.
    pub fn receive(&mut self, sequence: u16) {
        let ahead = sequence.wrapping_sub(self.newest);
        let behind = u32::from(ahead.wrapping_neg());
        if self.known == 0 || (ahead >= MAX_STEP && behind >= WINDOW) {
            self.restart();
            (self.newest, self.known, self.came) = (sequence, 1, 1);
        } else if ahead < MAX_STEP {
            for _ in 0..ahead {
                self.step();
            }
            self.newest = sequence;
            self.came |= 1;
        } else if behind < self.known {
            self.came |= 1 << behind;
        }
    }

    /// The jitter buffer had no use for that one, which came.
    pub fn discard(&mut self, sequence: u16) {
        let behind = u32::from(self.newest.wrapping_sub(sequence));
        if behind < self.known {
            self.discarded |= 1 << behind;
        }
    }

    /// Another source, or other sequence numbers: what was counted stays.
    pub fn restart(&mut self) {
        while self.known > 0 {
            self.known -= 1;
            self.counts.add(self.fate(self.known));
        }
        (self.came, self.discarded) = (0, 0);
    }

    fn step(&mut self) {
        if self.known == WINDOW {
            self.counts.add(self.fate(WINDOW - 1));
        } else {
            self.known += 1;
        }
        self.came <<= 1;
        self.discarded <<= 1;
    }

    fn fate(&self, place: u32) -> Fate {
        match (
            self.came >> place & 1 == 1,
            self.discarded >> place & 1 == 1,
        ) {
            (false, _) => Fate::Lost,
            (true, true) => Fate::Discarded,
            (true, false) => Fate::Heard,
        }
    }

    /// From the beginning until now.
    pub fn lost(&self) -> Lost {
        let mut all = *self;
        all.restart();
        all.counts.lost()
    }
}

impl Counts {
    fn add(&mut self, fate: Fate) {
        self.packets += 1;
        match fate {
            Fate::Heard => {
                self.run += 1;
                return;
            }
            Fate::Lost => self.losses += 1,
            Fate::Discarded => self.discards += 1,
        }
        if self.run >= u64::from(GMIN) {
            if self.lost == 1 {
                self.c14 += 1;
            } else {
                self.c13 += 1;
            }
            self.lost = 1;
            self.c11 += self.run;
        } else {
            self.lost += 1;
            if self.run == 0 {
                self.c33 += 1;
            } else {
                self.c23 += 1;
                self.c22 += self.run - 1;
            }
        }
        self.run = 0;
    }

    fn lost(&self) -> Lost {
        let share = |part: u64, of: u64| part as f64 / of.max(1) as f64;
        let rates = Lost {
            loss_rate: share(self.losses, self.packets),
            discard_rate: share(self.discards, self.packets),
            ..Lost::default()
        };
        if self.losses + self.discards == 0 {
            return Lost {
                gap_packets: self.packets as f64,
                ..rates
            };
        }
        // RFC 3611, A.2: every burst that began has ended, and each packet heard in one came after a lost one.
        let (c31, c32) = (self.c13, self.c23);
        let total = self.c11 + self.c13 + self.c14 + self.c22 + self.c23 + self.c33 + c31 + c32;
        let p32 = share(c32, c31 + c32 + self.c33);
        let p23 = match self.c22 + self.c23 {
            0 => 1.0,
            heard => 1.0 - share(self.c22, heard),
        };
        // A call that is one burst from its first packet on has no transition yet.
        let bursts = self.c13.max(1);
        let gap_packets = share(self.c11 + self.c14 + self.c13, bursts);
        Lost {
            burst_density: p23 / (p23 + p32),
            gap_density: share(self.c14, self.c11 + self.c14),
            burst_packets: share(total, bursts) - gap_packets,
            gap_packets,
            ..rates
        }
    }
}
