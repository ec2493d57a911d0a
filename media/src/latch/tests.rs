use super::*;
use proptest::prelude::*;

const MS: u64 = 1_000_000;
const EXACT: &str = "192.0.2.1:4000";
const SAME_ADDRESS: &str = "192.0.2.1:5000";
const OTHER: &str = "198.51.100.9:4000";
const STRANGER: &str = "203.0.113.5:4000";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn header(ssrc: u32, sequence: u16) -> Header {
    Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp: 0,
        ssrc,
    }
}

fn latch() -> Latch {
    Latch::new(address(EXACT), 0)
}

/// Packets in sequence from one source at one time, until one is locked or `most` went by.
fn packets_to_lock(latch: &mut Latch, source: &str, now: u64, most: u16) -> Option<u16> {
    (1..=most).find(|&sequence| {
        latch.observe(address(source), &header(7, sequence), now) == Decision::Locked
    })
}

#[test]
fn the_better_the_match_the_sooner_the_lock() {
    assert_eq!(packets_to_lock(&mut latch(), EXACT, 0, 20), Some(3));
    assert_eq!(packets_to_lock(&mut latch(), SAME_ADDRESS, 0, 20), Some(5));
    assert_eq!(packets_to_lock(&mut latch(), OTHER, 0, 20), Some(10));
}

#[test]
fn the_peer_is_heard_while_it_proves_itself() {
    let mut latch = latch();
    assert_eq!(
        latch.observe(address(OTHER), &header(7, 1), 0),
        Decision::Accept
    );
    assert_eq!(latch.locked(), None);
    assert_eq!(latch.destination(), address(EXACT));
}

#[test]
fn after_the_lock_others_are_refused() {
    let mut latch = latch();
    packets_to_lock(&mut latch, EXACT, 0, 3);
    for source in [SAME_ADDRESS, OTHER] {
        assert_eq!(packets_to_lock(&mut latch, source, MS, 100), None);
        assert_eq!(
            latch.observe(address(source), &header(7, 200), MS),
            Decision::Refuse
        );
    }
    assert_eq!(
        latch.observe(address(EXACT), &header(9, 500), MS),
        Decision::Accept
    );
    assert_eq!(latch.destination(), address(EXACT));
}

#[test]
fn a_better_match_takes_over_while_the_window_is_open() {
    let mut latch = latch();
    packets_to_lock(&mut latch, OTHER, 0, 10);
    assert_eq!(
        latch.observe(address(EXACT), &header(8, 1), MS),
        Decision::Refuse
    );
    assert_eq!(
        latch.observe(address(EXACT), &header(8, 2), MS),
        Decision::Refuse
    );
    assert_eq!(
        latch.observe(address(EXACT), &header(8, 3), MS),
        Decision::Locked
    );
    assert_eq!(latch.destination(), address(EXACT));
    assert_eq!(
        latch.observe(address(OTHER), &header(7, 11), MS),
        Decision::Refuse
    );
}

#[test]
fn a_lock_is_final_when_the_window_is_over() {
    let mut latch = latch();
    packets_to_lock(&mut latch, OTHER, 0, 10);
    assert_eq!(packets_to_lock(&mut latch, EXACT, WINDOW, 100), None);
    assert_eq!(latch.destination(), address(OTHER));
}

#[test]
fn a_stranger_is_not_learned_when_the_window_is_over() {
    let mut latch = latch();
    assert_eq!(packets_to_lock(&mut latch, OTHER, WINDOW, 100), None);
    assert_eq!(
        packets_to_lock(&mut latch, SAME_ADDRESS, WINDOW, 100),
        Some(5)
    );
}

#[test]
fn a_run_must_be_of_one_ssrc_in_sequence() {
    let mut latch = latch();
    for step in 0..50u16 {
        let gap = latch.observe(address(EXACT), &header(7, step * 2), 0);
        assert_ne!(gap, Decision::Locked);
    }
    for ssrc in 0..50 {
        let changing = latch.observe(address(EXACT), &header(ssrc, 100 + ssrc as u16), 0);
        assert_ne!(changing, Decision::Locked);
    }
}

#[test]
fn a_repeated_packet_neither_proves_nor_disproves() {
    let mut latch = latch();
    let decisions =
        [1, 1, 2, 2, 2, 3].map(|sequence| latch.observe(address(EXACT), &header(7, sequence), 0));
    let (last, before) = decisions.split_last().unwrap();
    assert_eq!(*last, Decision::Locked);
    assert!(before.iter().all(|decision| *decision == Decision::Accept));
}

#[test]
fn sequence_numbers_may_wrap_within_the_run() {
    let mut latch = latch();
    let decisions =
        [65_534, 65_535, 0].map(|sequence| latch.observe(address(EXACT), &header(7, sequence), 0));
    assert_eq!(decisions[2], Decision::Locked);
}

#[test]
fn only_the_best_match_is_heard() {
    let mut latch = latch();
    assert_eq!(
        latch.observe(address(OTHER), &header(7, 1), 0),
        Decision::Accept
    );
    assert_eq!(
        latch.observe(address(SAME_ADDRESS), &header(8, 1), 0),
        Decision::Accept
    );
    assert_eq!(
        latch.observe(address(OTHER), &header(7, 2), 0),
        Decision::Refuse
    );
}

#[test]
fn a_spray_does_not_keep_the_peer_out() {
    let mut latch = latch();
    let mut locked_at = None;
    for sequence in 0..20u16 {
        for spray in 0..100u16 {
            let source = SocketAddr::new(address(STRANGER).ip(), 1000 + spray + sequence * 100);
            assert_ne!(
                latch.observe(source, &header(u32::from(spray), spray), 0),
                Decision::Locked
            );
        }
        if latch.observe(address(SAME_ADDRESS), &header(7, sequence), 0) == Decision::Locked {
            locked_at = Some(sequence);
            break;
        }
    }
    assert_eq!(locked_at, Some(4));
}

#[test]
fn reopening_learns_anew() {
    let mut latch = latch();
    packets_to_lock(&mut latch, EXACT, 0, 3);
    latch.reopen(address(OTHER), WINDOW * 2);
    assert_eq!(latch.locked(), None);
    assert_eq!(latch.destination(), address(OTHER));
    assert_eq!(packets_to_lock(&mut latch, OTHER, WINDOW * 2, 20), Some(3));
}

#[test]
fn rtcp_shares_the_lock() {
    let mut latch = latch();
    assert!(latch.permits_rtcp(address("192.0.2.1:4001")));
    assert!(!latch.permits_rtcp(address("198.51.100.9:4001")));
    packets_to_lock(&mut latch, OTHER, 0, 10);
    assert!(latch.permits_rtcp(address("198.51.100.9:1")));
    assert!(!latch.permits_rtcp(address("192.0.2.1:4001")));
}

#[test]
fn an_ipv4_address_seen_through_ipv6_is_the_same() {
    assert_eq!(
        packets_to_lock(&mut latch(), "[::ffff:192.0.2.1]:4000", 0, 20),
        Some(3)
    );
}

proptest! {
    #[test]
    fn only_the_locked_source_is_accepted_and_only_a_better_one_replaces_it(
        packets in prop::collection::vec((0usize..4, 0u32..2, 0u16..3, 0u64..200), 0..300),
    ) {
        let sources = [EXACT, SAME_ADDRESS, OTHER, STRANGER].map(address);
        let mut latch = latch();
        let mut sequences = [0u16; 4];
        let mut now = 0;
        for (which, ssrc, step, later) in packets {
            now += later * MS;
            sequences[which] += step;
            let before = latch.locked();
            let decision = latch.observe(sources[which], &header(ssrc, sequences[which]), now);
            match before {
                Some(locked) if decision == Decision::Accept => prop_assert_eq!(locked, sources[which]),
                Some(locked) if decision == Decision::Locked => {
                    let old = sources.iter().position(|source| *source == locked).unwrap();
                    prop_assert!(which < old && now < WINDOW);
                }
                _ => {}
            }
            prop_assert_eq!(decision == Decision::Locked, latch.locked() != before);
        }
    }
}
