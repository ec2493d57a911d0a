use super::*;
use crate::engine::shares::COSTLY;

fn three_workers() -> Placement {
    let mut placement = Placement::new(3, Shares::new(3, 0.0, 0));
    for leg in 0..6 {
        let worker = placement.choose(None);
        placement.open(leg, worker);
    }
    placement
}

#[test]
fn legs_are_spread_and_near_ones_are_together() {
    let mut placement = three_workers();
    assert_eq!(placement.load, [2, 2, 2]);
    placement.open(10, placement.choose(Some(4)));
    assert_eq!(placement.worker(10), placement.worker(4));
    placement.close(10);
    assert_eq!(placement.load, [2, 2, 2]);
}

#[test]
fn one_leg_moves_when_two_are_joined_and_none_when_they_hear_back() {
    let mut placement = three_workers();
    let moves = placement.hear(0, &[1]);
    assert_eq!(moves.len(), 1);
    assert_eq!(placement.worker(0), placement.worker(1));
    assert_eq!(placement.hear(1, &[0]), []);
    assert_eq!(placement.hear(0, &[0]), []);
}

#[test]
fn the_smaller_part_moves_with_all_that_it_hears() {
    let mut placement = three_workers();
    placement.hear(0, &[3]);
    placement.open(7, placement.choose(Some(0)));
    placement.hear(7, &[0]);
    let to = placement.worker(0).unwrap();
    placement.hear(4, &[1]);
    let moves = placement.hear(1, &[7]);
    let mut moved: Vec<u64> = moves.iter().map(|one| one.leg).collect();
    moved.sort_unstable();
    assert_eq!(moved, [1, 4]);
    assert!(moves.iter().all(|one| one.to == to));
    assert_eq!(placement.load.iter().sum::<usize>(), placement.legs.len());
}

#[test]
fn members_of_a_conference_share_a_worker_whatever_they_hear() {
    let mut placement = three_workers();
    for leg in 0..5 {
        placement.join(leg, 9);
    }
    let to = placement.worker(0);
    assert!((0..5).all(|leg| placement.worker(leg) == to));
    assert_ne!(placement.worker(5), to);
    let moves = placement.hear(5, &[2]);
    assert_eq!(moves.len(), 1);
    assert_eq!(placement.worker(5), to);
    assert_eq!(placement.leave(2), Some(9));
    assert_eq!(placement.joined(5).len(), 2);
    assert_eq!(placement.joined(0).len(), 4);
    placement.join(0, 8);
    assert_eq!(placement.member(8), Some(0));
    placement.close(0);
    assert_eq!(placement.member(8), None);
    assert_eq!(placement.members(9).count(), 3);
}

#[test]
fn closed_legs_join_nobody() {
    let mut placement = three_workers();
    placement.hear(0, &[1]);
    placement.hear(2, &[1]);
    placement.close(1);
    assert_eq!(placement.joined(0), [0]);
    assert_eq!(placement.hear(0, &[1, 99]), []);
    assert!(placement.legs[&0].hears.is_empty());
}

#[test]
fn two_that_hear_only_each_other_are_a_pair() {
    let mut placement = three_workers();
    let changed = |placement: &mut Placement| {
        let mut changed = placement.changed_pairs();
        changed.sort_unstable();
        changed
    };
    placement.hear(0, &[1]);
    assert_eq!(changed(&mut placement), []);
    placement.hear(1, &[0]);
    assert_eq!(changed(&mut placement), [(0, Some(1)), (1, Some(0))]);
    placement.hear(1, &[0]);
    assert_eq!(changed(&mut placement), []);
    // A third one listens, and leaves again.
    placement.hear(2, &[0]);
    assert_eq!(changed(&mut placement), [(0, None), (1, None)]);
    placement.close(2);
    assert_eq!(changed(&mut placement), [(0, Some(1)), (1, Some(0))]);
    // Another one takes the place of the first.
    placement.hear(3, &[1]);
    placement.hear(1, &[3]);
    assert_eq!(changed(&mut placement), [(0, None), (1, None)]);
    placement.hear(0, &[]);
    assert_eq!(changed(&mut placement), [(1, Some(3)), (3, Some(1))]);
    placement.join(3, 9);
    assert_eq!(changed(&mut placement), [(1, None), (3, None)]);
    placement.leave(3);
    placement.hear(3, &[3]);
    assert_eq!(changed(&mut placement), []);
}

const SECOND: u64 = 1_000_000_000;

/// Pairs of legs that talk Opus, all on the first of two workers.
fn crowded(pairs: u64) -> Placement {
    let mut placement = Placement::new(2, Shares::new(2, 100.0, 0));
    for leg in 0..2 * pairs {
        placement.open(leg, 0);
        placement.agree(leg, COSTLY);
        placement.hear(leg, &[leg ^ 1]);
    }
    for leg in 0..2 * pairs {
        placement.hear(leg, &[leg ^ 1]);
    }
    placement
}

fn measure(placement: &mut Placement, second: u64, shares: [f64; 2], cpu: &mut [u64; 2]) {
    for (cpu, share) in cpu.iter_mut().zip(shares) {
        *cpu += (share * SECOND as f64) as u64;
    }
    placement.measure(second * SECOND, cpu.iter().copied());
}

#[test]
fn a_worker_that_became_too_busy_gives_whole_calls_away_until_both_have_as_much() {
    let (mut placement, mut cpu) = (crowded(60), [0; 2]);
    measure(&mut placement, 1, [0.1, 0.0], &mut cpu);
    assert_eq!(placement.relieve(), []);
    let mut busy = [0.9, 0.0];
    let mut moved = 0;
    for second in 2..20 {
        measure(&mut placement, second, busy, &mut cpu);
        let moves = placement.relieve();
        assert!(moves.len() <= charging::AT_ONCE);
        assert!(moves.iter().all(|one| (one.from, one.to) == (0, 1)));
        moved += moves.len();
        busy = [0.9 - moved as f64 * 0.0075, moved as f64 * 0.0075];
    }
    assert!(busy[0] < 0.7 && busy[1] < 0.7, "{busy:?}");
    assert!((0..120).all(|leg| placement.worker(leg) == placement.worker(leg ^ 1)));
    assert_eq!(placement.load.iter().sum::<usize>(), 120);
}

#[test]
fn a_conference_that_is_all_that_a_worker_has_stays_together() {
    let (mut placement, mut cpu) = (crowded(30), [0; 2]);
    for leg in 0..60 {
        placement.join(leg, 7);
    }
    measure(&mut placement, 1, [0.9, 0.0], &mut cpu);
    assert_eq!(placement.relieve(), []);
}

#[test]
fn whoever_begins_to_hear_in_opus_is_charged_again() {
    let (mut placement, mut cpu) = (crowded(10), [0; 2]);
    for second in 1..3 {
        measure(&mut placement, second, [0.0, 0.0], &mut cpu);
    }
    assert_eq!(placement.taken().next(), Some(0.0));
    placement.hear(0, &[1]);
    assert!((placement.taken().next().unwrap() - 0.02).abs() < 1e-9);
    placement.hear(0, &[1]);
    assert!((placement.taken().next().unwrap() - 0.02).abs() < 1e-9);
    placement.close(0);
    placement.close(1);
    assert!(placement.taken().next().unwrap() < 1e-9);
}

#[test]
fn a_leg_that_moves_takes_its_charge_along() {
    let mut placement = Placement::new(2, Shares::new(2, 0.0, 0));
    for leg in 0..2 {
        placement.open(leg, leg as usize);
        placement.agree(leg, COSTLY);
    }
    placement.hear(0, &[1]);
    let mut taken: Vec<f64> = placement.taken().collect();
    taken.sort_by(f64::total_cmp);
    assert!(
        taken[0] < 1e-9 && (taken[1] - 0.02).abs() < 1e-9,
        "{taken:?}"
    );
}
