//! Whether a peer's packets are what the other one can take: as long as agreed, and no more than it asked for.

use crate::codec::{opus, Codec};

/// So many packets of another length than was agreed are no chance.
const ODD_PACKETS: u8 = 4;
/// What is sent is counted for so long, nanoseconds.
const WINDOW_NS: u64 = 2_000_000_000;
/// A part of the limit that speech may be over it for one such time: the limit is of an average (RFC 7587, 6.1).
const OVER: u64 = 4;

/// What SDP says of who is to get the packets.
#[derive(Clone, Copy)]
pub struct Agreed {
    pub codec: Codec,
    pub packet_time_ms: usize,
    /// Bits a second, of Opus.
    pub limit: Option<u32>,
}

#[derive(Default)]
pub struct Fitness {
    odd_packets: u8,
    since: Option<u64>,
    octets: u64,
}

impl Fitness {
    pub fn takes(&mut self, payload: &[u8], arrived: u64, agreed: Agreed) -> bool {
        let is_odd = match agreed.codec.octets_a_ms() {
            Some(each) => payload.len() != each * agreed.packet_time_ms,
            None if agreed.codec.is_opus() => {
                let longest = agreed.packet_time_ms * 8;
                opus::duration(payload, 8000).is_none_or(|samples| samples != longest)
            }
            None => false,
        };
        self.odd_packets = if is_odd { self.odd_packets + 1 } else { 0 };
        let limit = agreed.limit.filter(|_| agreed.codec.is_opus());
        let is_too_much = limit.is_some_and(|limit| self.is_over(payload.len(), arrived, limit));
        self.odd_packets < ODD_PACKETS && !is_too_much
    }

    fn is_over(&mut self, octets: usize, arrived: u64, limit: u32) -> bool {
        let since = *self.since.get_or_insert(arrived);
        let passed = arrived.saturating_sub(since);
        if passed < WINDOW_NS {
            self.octets += octets as u64;
            return false;
        }
        let bits = std::mem::replace(&mut self.octets, octets as u64) * 8;
        self.since = Some(arrived);
        let most = u64::from(limit) * (passed / 1_000_000) / 1000;
        bits > most + most / OVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn agreed(codec: Codec, limit: Option<u32>) -> Agreed {
        Agreed {
            codec,
            packet_time_ms: 20,
            limit,
        }
    }

    /// How many packets of those octets, each 20 ms, are taken of 500.
    fn taken(payload: &[u8], agreed: Agreed) -> usize {
        let mut fitness = Fitness::default();
        (0..500)
            .take_while(|number| fitness.takes(payload, number * 20 * MS, agreed))
            .count()
    }

    #[test]
    fn packets_of_another_length_are_not_taken_for_long() {
        assert_eq!(taken(&[0; 160], agreed(Codec::Pcmu, None)), 500);
        assert_eq!(taken(&[0; 240], agreed(Codec::Pcmu, None)), 3);
        // Of 20, 10, 60 and twice 20 ms (RFC 6716, 3.1), and nothing that is Opus.
        let opus = agreed(Codec::Opus, None);
        assert_eq!(taken(&[9 << 3, 1, 2], opus), 500);
        assert_eq!(taken(&[8 << 3, 1, 2], opus), 3);
        assert_eq!(taken(&[11 << 3, 1, 2], opus), 3);
        assert_eq!(taken(&[9 << 3 | 1, 1, 2, 3, 4], opus), 3);
        assert_eq!(taken(&[], opus), 3);
    }

    #[test]
    fn who_asked_for_less_gets_no_more_for_long() {
        let packet = |octets| {
            let mut packet = vec![0; octets];
            packet[0] = 9 << 3;
            packet
        };
        // 32,000 bits a second.
        for (limit, count) in [(None, 500), (Some(32_000), 500), (Some(20_000), 100)] {
            assert_eq!(taken(&packet(80), agreed(Codec::Opus, limit)), count);
        }
        assert_eq!(taken(&[0; 160], agreed(Codec::Pcmu, Some(6000))), 500);
    }
}
