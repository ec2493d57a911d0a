use super::*;
use crate::rtcp::{parse, Packet};
use proptest::prelude::*;

fn any_metrics() -> impl Strategy<Value = Metrics> {
    prop::array::uniform32(any::<u8>()).prop_map(|octets| {
        let block = [&[METRICS, 0, 0, 8][..], &octets].concat();
        let mut blocks = Blocks(&block);
        match blocks.next() {
            Some(Block::Metrics(metrics)) => metrics,
            other => panic!("{other:?}"),
        }
    })
}

#[test]
fn the_fields_of_the_metrics_stand_where_the_standard_has_them() {
    let metrics = Metrics {
        ssrc: 0x0102_0304,
        loss_rate: 5,
        discard_rate: 6,
        burst_density: 7,
        gap_density: 8,
        burst_duration: 0x090A,
        gap_duration: 0x0B0C,
        round_trip_delay: 0x0D0E,
        end_system_delay: 0x0F10,
        signal_level: 17,
        noise_level: 18,
        residual_echo_return_loss: 19,
        gmin: 20,
        r_factor: 21,
        external_r_factor: 22,
        mos_lq: 23,
        mos_cq: 24,
        receiver_configuration: 25,
        jitter_nominal: 0x1A1B,
        jitter_maximum: 0x1C1D,
        jitter_absolute_maximum: 0x1E1F,
    };
    let mut out = [0xFF; METRICS_LEN];
    assert_eq!(Block::Metrics(metrics).write(&mut out), METRICS_LEN);
    let mut wanted = vec![7, 0, 0, 8];
    wanted.extend(1..=25);
    wanted.push(0);
    wanted.extend(0x1A..=0x1F);
    assert_eq!(out, wanted[..]);
}

#[test]
fn runs_and_vectors_are_told_apart_and_null_chunks_passed_over() {
    let block = [
        1, 3, 0, 4, 0, 0, 0, 9, 0, 10, 0, 60, 0x40, 20, 0x00, 5, 0xFF, 0xFE, 0, 0,
    ];
    let Some(Block::LossRuns(runs)) = Blocks(&block).next() else {
        panic!();
    };
    assert_eq!((runs.thinning, runs.begin, runs.end), (3, 10, 60));
    let came = |came, count| Chunk::Run { came, count };
    let chunks: Vec<_> = runs.chunks().collect();
    assert_eq!(
        chunks,
        [came(true, 20), came(false, 5), Chunk::Vector(0x7FFE)]
    );
}

#[test]
fn a_block_of_a_wrong_length_says_nothing_and_the_next_one_is_read() {
    let mut body = vec![METRICS, 0, 0, 1, 1, 2, 3, 4];
    body.extend([REFERENCE_TIME, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    let blocks: Vec<_> = Blocks(&body).collect();
    let wrong = Block::Other {
        block_type: METRICS,
    };
    assert_eq!(blocks, [wrong, Block::ReferenceTime { ntp: 1 << 32 | 2 }]);
}

#[test]
fn one_xr_packet_that_does_not_add_up_leaves_the_reports_beside_it() {
    let mut datagram = vec![0x80, 201, 0, 1, 0, 0, 0, 7];
    datagram.extend([0x80, 207, 0, 2, 0, 0, 0, 7, METRICS, 0, 0, 8]);
    let packets: Vec<_> = parse(&datagram).unwrap().collect();
    assert!(matches!(
        packets[..],
        [Packet::Rr { .. }, Packet::Other { packet_type: 207 }]
    ));
}

/// What came of a call in which `x` was lost and `d` discarded.
fn lost(pattern: &str) -> Lost {
    let mut bursts = Bursts::default();
    for (sequence, fate) in (65_500u16..=u16::MAX).chain(0..).zip(pattern.chars()) {
        if fate != 'x' {
            bursts.receive(sequence);
        }
        if fate == 'd' {
            bursts.discard(sequence);
        }
    }
    bursts.lost()
}

#[test]
fn a_call_without_loss_is_one_gap() {
    let call = lost(&".".repeat(300));
    assert_eq!((call.gap_packets, call.burst_packets), (300.0, 0.0));
    assert_eq!((call.loss_rate, call.burst_density), (0.0, 0.0));
}

#[test]
fn losses_close_together_are_a_burst_and_single_ones_belong_to_the_gap() {
    // Three single losses far apart, a burst of 20 in which half is lost, and a last loss that ends it.
    let single = ".".repeat(99) + "x";
    let pattern = single.repeat(3) + &".".repeat(100) + &"x.".repeat(10) + &".".repeat(100) + "x";
    let call = lost(&(pattern + "."));
    assert!((call.loss_rate - 14.0 / 522.0).abs() < 1e-9);
    // By appendix A.2: two changes from gap to burst are seen, each second single loss is one in a gap.
    assert!((call.gap_density - 3.0 / 500.0).abs() < 3e-3, "{call:?}");
    assert!((call.burst_density - 0.5).abs() < 0.06, "{call:?}");
    assert!((200.0..260.0).contains(&call.gap_packets), "{call:?}");
    assert!((5.0..12.0).contains(&call.burst_packets), "{call:?}");
}

#[test]
fn what_is_discarded_counts_like_what_is_lost() {
    let both = [lost(&"....x".repeat(50)), lost(&"....d".repeat(50))];
    assert_eq!(both[0].burst_density, both[1].burst_density);
    assert_eq!(both[0].loss_rate, 49.0 / 249.0, "the last is not known");
    assert_eq!(both[1].discard_rate, 0.2);
}

#[test]
fn packets_out_of_order_are_not_lost() {
    let mut bursts = Bursts::default();
    for pair in 0..100u16 {
        bursts.receive(pair * 2 + 1);
        bursts.receive(pair * 2);
    }
    assert_eq!(bursts.lost().loss_rate, 0.0);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        metrics in any_metrics(),
        ntp: u64,
        words: (u32, u32, u32, u32),
        jitter: Option<(u32, u32)>,
        hops: Option<(bool, u8)>,
        counts: (Option<u32>, Option<u32>, u16, u16),
    ) {
        let delay = Delay { ssrc: words.0, last_rr: words.1, delay_since_last_rr: words.2 };
        let delays = [delay.octets(), delay.octets()];
        let spread = |(least, most)| Spread { least, most, mean: words.3, deviation: 4 };
        let left = |(is_ipv6, least)| Hops { is_ipv6, left: Spread { least, ..Spread::default() } };
        let blocks = [
            Block::ReferenceTime { ntp },
            Block::Delays(Delays::of(&delays)),
            Block::Metrics(metrics),
            Block::Summary(Summary {
                ssrc: words.0, begin: counts.2, end: counts.3, lost: counts.0, duplicates: counts.1,
                jitter: jitter.map(spread), hops: hops.map(left),
            }),
        ];
        let mut out = [0xFF; 200];
        let mut at = 0;
        for block in &blocks {
            at += block.write(&mut out[at..]);
        }
        prop_assert_eq!(Blocks(&out[..at]).collect::<Vec<_>>(), blocks);
        prop_assert!(well_formed(&out[..at]));
    }

    #[test]
    fn any_octets_are_read_and_what_is_known_of_them_is_written_back(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut out = [0; 256];
        for block in Blocks(&body) {
            let len = block.write(&mut out);
            if !matches!(block, Block::Other { .. }) {
                prop_assert_eq!(Blocks(&out[..len]).next(), Some(block));
            }
        }
    }

    #[test]
    fn shares_stay_shares_whatever_is_lost(fates in prop::collection::vec(0..4u8, 0..400)) {
        let pattern: String = fates.iter().map(|fate| [".", ".", "x", "d"][usize::from(*fate)]).collect();
        let call = lost(&pattern);
        for share in [call.loss_rate, call.discard_rate, call.burst_density, call.gap_density] {
            prop_assert!((0.0..=1.0).contains(&share), "{:?}", call);
        }
        prop_assert!(call.gap_packets >= 0.0 && call.burst_packets >= -1e-6, "{:?}", call);
    }
}
