use super::*;

const SECOND: u64 = 1_000_000_000;

/// Opens legs one after the other and returns the charges; `legs` counts what each worker got.
fn open(shares: &mut Shares, legs: &mut [usize; 2], count: usize) -> Vec<(usize, Charge)> {
    let mut opened = Vec::new();
    for _ in 0..count {
        let worker = shares.choose(&*legs);
        opened.push((worker, shares.open(worker)));
        legs[worker] += 1;
    }
    opened
}

fn agree(shares: &mut Shares, opened: Vec<(usize, Charge)>, cost: Cost) -> Vec<(usize, Charge)> {
    let agreed = opened.into_iter().map(|(worker, charge)| {
        shares.release(worker, charge);
        shares.learn(cost);
        (worker, shares.charge(worker, cost))
    });
    agreed.collect()
}

#[test]
fn one_worker_is_filled_before_the_next() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    for _ in 0..10 {
        let opened = open(&mut shares, &mut legs, 10);
        agree(&mut shares, opened, PLAIN);
    }
    assert_eq!(legs, [100, 0]);
    for second in 1..3 {
        shares.measure(second * SECOND, [second * SECOND / 10, 0].into_iter());
    }
    open(&mut shares, &mut legs, 300);
    assert_eq!(legs, [400, 0]);
    shares.measure(3 * SECOND, [SECOND, 0].into_iter());
    open(&mut shares, &mut legs, 10);
    assert_eq!(legs, [400, 10]);
}

#[test]
fn a_burst_of_unknown_legs_goes_to_all_workers() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    open(&mut shares, &mut legs, 1000);
    assert_eq!(legs, [500, 500]);
}

#[test]
fn legs_of_opus_are_spread_before_any_of_them_was_measured() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    for _ in 0..20 {
        let opened = open(&mut shares, &mut legs, 6);
        agree(&mut shares, opened, COSTLY);
    }
    assert!(legs[0] < 70 && legs[1] > 50, "{legs:?}");
    assert!(shares.taken(0) > FULL && shares.taken(1) > FULL);
}

#[test]
fn a_leg_is_charged_until_a_whole_measurement_saw_it() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    let opened = open(&mut shares, &mut legs, 50);
    assert!((shares.taken(0) - 0.15).abs() < 1e-9);
    shares.measure(SECOND, [0, 0].into_iter());
    shares.measure(2 * SECOND, [0, 0].into_iter());
    assert!(
        (shares.taken(0) - 0.15).abs() < 1e-9,
        "who rings is charged"
    );
    agree(&mut shares, opened, PLAIN);
    assert!((shares.taken(0) - 0.025).abs() < 1e-9);
    shares.measure(3 * SECOND, [SECOND / 100, 0].into_iter());
    assert!((shares.taken(0) - 0.035).abs() < 1e-9);
    shares.measure(4 * SECOND, [SECOND / 50, 0].into_iter());
    assert!((shares.taken(0) - 0.01).abs() < 1e-9);
}

#[test]
fn who_goes_takes_the_charge_along_whenever_that_is() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    let mut left = Vec::new();
    for second in 1..5 {
        let opened = open(&mut shares, &mut legs, 10);
        left.extend(agree(&mut shares, opened, COSTLY));
        left.extend(open(&mut shares, &mut legs, 10));
        shares.measure(second * SECOND, [0, 0].into_iter());
    }
    for (worker, charge) in left {
        shares.release(worker, charge);
    }
    assert_eq!([shares.taken(0), shares.taken(1)], [0.0, 0.0]);
}

#[test]
fn the_next_leg_is_taken_for_what_others_were() {
    let (mut shares, mut legs) = (Shares::new(2, FULL, 0), [0; 2]);
    let opened = open(&mut shares, &mut legs, 120);
    agree(&mut shares, opened, PLAIN);
    let before = shares.taken(0);
    shares.open(0);
    assert!(shares.taken(0) - before < 0.0006);
}

#[test]
fn nothing_is_filled_where_all_are_wished_alike() {
    let (mut shares, mut legs) = (Shares::new(2, 0.0, 0), [0; 2]);
    open(&mut shares, &mut legs, 11);
    assert_eq!(legs, [6, 5]);
}

#[test]
fn a_worker_is_strained_only_beside_one_that_is_not() {
    let mut shares = Shares::new(2, FULL, 0);
    shares.measure(SECOND, [SECOND * 6 / 10, 0].into_iter());
    assert_eq!(shares.strained(), None);
    shares.measure(2 * SECOND, [SECOND * 15 / 10, SECOND / 10].into_iter());
    let (from, to, share) = shares.strained().unwrap();
    assert_eq!((from, to), (0, 1));
    assert!((share - 0.4).abs() < 1e-9);
    shares.measure(3 * SECOND, [SECOND * 24 / 10, SECOND * 9 / 10].into_iter());
    assert_eq!(shares.strained(), None);
}
