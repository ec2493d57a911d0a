//! Any bytes as a compound RTCP packet.
//!
//! Invariant: what is accepted can be read to its last octet, begins with a report, and says no round trip longer than
//! the fields can hold; what we then write about that peer is accepted and says what was put in; an extended block that
//! is known is the same after it was written and read again.
#![no_main]

use _native::rtcp::xr::{Block, Blocks};
use _native::rtcp::{self, Packet, Report, SenderInfo, MAX_LEN};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(packets) = rtcp::parse(input) else {
        return;
    };
    let (mut reports, mut block) = (0, None);
    for (place, packet) in packets.enumerate() {
        match packet {
            Packet::Sr { blocks, .. } | Packet::Rr { blocks, .. } => {
                reports += 1;
                for one in blocks {
                    assert!((0.0..1.0).contains(&one.loss()));
                    let trip = one.round_trip(rtcp::ntp(u64::from(one.last_sr)));
                    assert!(trip.is_none_or(|trip| trip < 32_768_000_000_000));
                    block = Some(one);
                }
            }
            Packet::Sdes(sdes) => {
                sdes.cname(7);
            }
            Packet::Bye(bye) => assert!(bye.sources().count() < 32),
            Packet::Xr { blocks, .. } => blocks.for_each(check_block),
            Packet::Other { .. } => assert!(place > 0),
        }
    }
    assert!(reports > 0);
    let mut room = [0; MAX_LEN];
    let info = SenderInfo {
        ntp: 1,
        rtp_timestamp: 2,
        packets: 3,
        octets: 4,
    };
    let report = Report {
        ssrc: 5,
        sender: Some(info),
        block,
        cname: "somebody",
        extended: &[],
        bye: false,
    };
    let written = rtcp::write(&report, &mut room);
    let mut packets = rtcp::parse(&room[..written]).expect("our own report");
    let Some(Packet::Sr {
        ssrc,
        info: said,
        mut blocks,
    }) = packets.next()
    else {
        panic!("a sender's report comes first");
    };
    assert_eq!((ssrc, said), (5, info));
    assert_eq!(blocks.next(), block);
});

fn check_block(block: Block<'_>) {
    match block {
        Block::LossRuns(runs) => assert!(runs.chunks().count() < 1 << 17),
        Block::Delays(delays) => {
            let trips = delays.iter().filter_map(|delay| delay.round_trip(0));
            assert!(trips.into_iter().all(|trip| trip < 32_768_000_000_000));
        }
        Block::Metrics(metrics) => {
            assert!(metrics.burst_loss() < 1.0 && metrics.gap_loss() < 1.0);
            assert!(metrics
                .listening_score()
                .is_none_or(|score| (1.0..=5.0).contains(&score)));
        }
        Block::Summary(_) | Block::ReferenceTime { .. } => {}
        Block::Other { .. } => return,
    }
    let mut room = vec![0; block.len()];
    assert_eq!(block.write(&mut room), room.len());
    assert_eq!(Blocks::of(&room).next(), Some(block));
}
