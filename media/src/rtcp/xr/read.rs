//! Reading report blocks. A block of the wrong length is as good as one of an unknown type (RFC 3611, 3).

use super::*;

impl<'a> Blocks<'a> {
    /// Of octets that begin with a block.
    pub fn of(body: &'a [u8]) -> Self {
        Self(body)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        let (block, rest) = take(self.0)?;
        self.0 = rest;
        Some(read(block))
    }
}

/// Whether every block ends within the packet.
pub(in crate::rtcp) fn well_formed(mut body: &[u8]) -> bool {
    while let Some((_, rest)) = take(body) {
        body = rest;
    }
    body.is_empty()
}

fn take(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = body.first_chunk::<HEADER_LEN>()?;
    let words = usize::from(u16::from_be_bytes([header[2], header[3]]));
    body.split_at_checked(HEADER_LEN + 4 * words)
}

fn read(block: &[u8]) -> Block<'_> {
    let known = match block[0] {
        LOSS_RUNS => read_runs(block),
        REFERENCE_TIME => (block.len() == REFERENCE_TIME_LEN).then(|| Block::ReferenceTime {
            ntp: u64::from(word(block, 4)) << 32 | u64::from(word(block, 8)),
        }),
        DELAYS => (block.len() - HEADER_LEN)
            .is_multiple_of(DELAY_LEN)
            .then(|| Block::Delays(Delays(&block[HEADER_LEN..]))),
        SUMMARY => (block.len() == SUMMARY_LEN).then(|| Block::Summary(read_summary(block))),
        METRICS => (block.len() == METRICS_LEN).then(|| Block::Metrics(read_metrics(block))),
        _ => None,
    };
    known.unwrap_or(Block::Other {
        block_type: block[0],
    })
}

fn read_runs(block: &[u8]) -> Option<Block<'_>> {
    let (fixed, chunks) = block.split_at_checked(12)?;
    Some(Block::LossRuns(Runs {
        thinning: fixed[1] & 0x0F,
        ssrc: word(fixed, 4),
        begin: half(fixed, 8),
        end: half(fixed, 10),
        chunks,
    }))
}

fn read_summary(block: &[u8]) -> Summary {
    let flags = block[1];
    let told = |flag: u8, at: usize| (flags & flag != 0).then(|| word(block, at));
    let hops = match flags & super::write::HOPS {
        super::write::HOPS_4 => Some(false),
        super::write::HOPS_6 => Some(true),
        _ => None,
    };
    Summary {
        ssrc: word(block, 4),
        begin: half(block, 8),
        end: half(block, 10),
        lost: told(super::write::LOST, 12),
        duplicates: told(super::write::DUPLICATES, 16),
        jitter: (flags & super::write::JITTER != 0).then(|| Spread {
            least: word(block, 20),
            most: word(block, 24),
            mean: word(block, 28),
            deviation: word(block, 32),
        }),
        hops: hops.map(|is_ipv6| Hops {
            is_ipv6,
            left: Spread {
                least: block[36],
                most: block[37],
                mean: block[38],
                deviation: block[39],
            },
        }),
    }
}

fn read_metrics(block: &[u8]) -> Metrics {
    Metrics {
        ssrc: word(block, 4),
        loss_rate: block[8],
        discard_rate: block[9],
        burst_density: block[10],
        gap_density: block[11],
        burst_duration: half(block, 12),
        gap_duration: half(block, 14),
        round_trip_delay: half(block, 16),
        end_system_delay: half(block, 18),
        signal_level: block[20],
        noise_level: block[21],
        residual_echo_return_loss: block[22],
        gmin: block[23],
        r_factor: block[24],
        external_r_factor: block[25],
        mos_lq: block[26],
        mos_cq: block[27],
        receiver_configuration: block[28],
        jitter_nominal: half(block, 30),
        jitter_maximum: half(block, 32),
        jitter_absolute_maximum: half(block, 34),
    }
}

impl Runs<'_> {
    /// What is told, in order; a null chunk fills up the block and is no packet (RFC 3611, 4.1.3).
    pub fn chunks(&self) -> impl Iterator<Item = Chunk> + '_ {
        let codes = self.chunks.chunks_exact(2).map(|code| half(code, 0));
        codes
            .filter(|code| *code != 0)
            .map(|code| match code >> 14 {
                0 | 1 => Chunk::Run {
                    came: code & 0x4000 != 0,
                    count: code & 0x3FFF,
                },
                _ => Chunk::Vector(code & 0x7FFF),
            })
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.chunks
    }
}

impl<'a> Delays<'a> {
    /// The first octets that [`Delay::octets`] made of one or several.
    pub fn of(octets: &'a [[u8; DELAY_LEN]]) -> Self {
        Self(octets.as_flattened())
    }

    pub fn iter(&self) -> impl Iterator<Item = Delay> + 'a {
        self.0.chunks_exact(DELAY_LEN).map(|delay| Delay {
            ssrc: word(delay, 0),
            last_rr: word(delay, 4),
            delay_since_last_rr: word(delay, 8),
        })
    }

    pub(super) fn octets(&self) -> &[u8] {
        self.0
    }
}

impl Delay {
    pub fn octets(&self) -> [u8; DELAY_LEN] {
        let mut octets = [0; DELAY_LEN];
        octets[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        octets[4..8].copy_from_slice(&self.last_rr.to_be_bytes());
        octets[8..].copy_from_slice(&self.delay_since_last_rr.to_be_bytes());
        octets
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The big-endian word at `at`, which must lie within `bytes`.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
