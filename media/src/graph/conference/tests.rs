use super::*;

/// A leg that says one value, with its ring, phase and packet time, in units of 8 kHz.
struct Talker {
    member: Member,
    ring: Ring,
    value: i16,
    rate: u32,
    phase: u64,
    units: usize,
}

impl Talker {
    fn new(value: i16, rate: u32, phase: u64, units: usize) -> Self {
        let mut ring = Ring::default();
        ring.set_sample_rate(rate);
        let mut member = Member::new(1, Gain::UNITY, false);
        member.full = (rate == 48_000).then(Box::default);
        Self {
            member,
            ring,
            value,
            rate,
            phase,
            units,
        }
    }

    fn is_due(&self, at: u64) -> bool {
        (at + 4800 - self.phase).is_multiple_of(self.units as u64)
    }

    fn length(&self) -> usize {
        self.units * self.rate as usize / 8000
    }
}

const SLOT: u64 = 20;

/// Runs one slot and gives what each talker that is due hears, as its last sample.
fn step(room: &mut Conference, talkers: &mut [Talker], at: u64) -> Vec<Option<Vec<i16>>> {
    for one in talkers.iter_mut().filter(|one| one.is_due(at)) {
        let said = vec![one.value; one.length()];
        one.ring.write(&said, false);
        one.member.speak(&said, one.rate, at, room);
    }
    let until = at + SLOT;
    let listen = |one: &Talker| {
        let (mut mix, mut out) = (Mix::default(), vec![0; one.length()]);
        mix.clear(one.length());
        room.listen(one.rate, until, one.units, &mut mix);
        let mut own = vec![0; one.length()];
        one.member
            .change(&one.ring, until, Gain::ZERO, &mut own, &mut mix);
        mix.write(&mut out);
        out
    };
    let mut listen = listen;
    talkers
        .iter()
        .map(|one| one.is_due(at).then(|| listen(one)))
        .collect()
}

#[test]
fn each_hears_the_others_whatever_their_phases_and_packet_times() {
    let mut talkers = vec![
        Talker::new(1000, 8000, 0, 160),
        Talker::new(200, 8000, 60, 160),
        Talker::new(3000, 8000, 140, 240),
        Talker::new(40, 8000, 20, 80),
        Talker::new(500, 8000, 40, 480),
    ];
    talkers[3].value = 4000;
    let total: i16 = talkers.iter().map(|one| one.value).sum();
    let mut room = Conference::default();
    for slot in 0..400 {
        let heard = step(&mut room, &mut talkers, 80_000 + slot * SLOT);
        for (one, heard) in talkers.iter().zip(heard) {
            if let Some(heard) = heard.filter(|_| slot > 60) {
                assert_eq!(heard, vec![total - one.value; one.length()]);
            }
        }
    }
}

#[test]
fn legs_of_all_rates_hear_each_other() {
    let mut talkers = vec![
        Talker::new(1000, 8000, 0, 160),
        Talker::new(2000, 8000, 60, 160),
        Talker::new(4000, 16_000, 20, 160),
        Talker::new(5000, 16_000, 20, 160),
        Talker::new(1500, 48_000, 40, 160),
        Talker::new(1500, 48_000, 20, 80),
    ];
    let mut room = Conference::default();
    for slot in 0..400 {
        let heard = step(&mut room, &mut talkers, 80_000 + slot * SLOT);
        for (one, heard) in talkers.iter().zip(heard) {
            for sample in heard.into_iter().flatten().filter(|_| slot > 60) {
                let wanted = 15_000 - one.value;
                assert!((sample - wanted).abs() < 20, "{sample} for {wanted}");
            }
        }
    }
}

#[test]
fn who_is_mute_or_quiet_adds_nothing_and_hears_the_sum_that_all_such_hear() {
    let mut talkers = vec![
        Talker::new(1000, 8000, 0, 160),
        Talker::new(9000, 8000, 60, 160),
        Talker::new(30, 8000, 60, 160),
    ];
    talkers[1].member = Member::new(1, Gain::ZERO, false);
    let mut room = Conference::default();
    for slot in 0..100 {
        let at = 80_000 + slot * SLOT;
        for heard in step(&mut room, &mut talkers, at)[1..].iter().flatten() {
            let settled = slot > 16;
            assert!(!settled || *heard == [1000; 160]);
        }
        assert!(talkers[1].member.was_silent(at + SLOT, 160));
        assert!(slot < 16 || !talkers[0].member.was_silent(at + SLOT, 160));
    }
}

#[test]
fn a_voice_is_mixed_at_once_and_for_a_while_after_it_fell_silent() {
    let (mut room, mut member) = (Conference::default(), Member::new(1, Gain::UNITY, false));
    let said = |value: i16| [value; 160];
    assert!(member.speak(&said(20), 8000, 8000, &mut room).is_none());
    assert_eq!(
        member.speak(&said(2000), 8000, 8160, &mut room),
        Some(4_000_000)
    );
    let heard: Vec<bool> = (0..25)
        .map(|round| {
            let at = 8320 + round * 160;
            member.speak(&said(20), 8000, at, &mut room).is_some()
        })
        .collect();
    assert_eq!(heard.iter().filter(|heard| **heard).count(), 19);
}

#[test]
fn another_gain_changes_one_listener_only() {
    let mut talkers = vec![
        Talker::new(1000, 8000, 0, 160),
        Talker::new(2000, 8000, 60, 160),
    ];
    let mut room = Conference::default();
    for slot in 0..100 {
        step(&mut room, &mut talkers, 80_000 + slot * SLOT);
    }
    let until = 80_000 + 98 * SLOT;
    for (wanted, expected) in [
        (Gain::UNITY, 3000),
        (Gain::ZERO, 1000),
        (Gain::from_db(6.02), 5000),
    ] {
        let (mut mix, mut out) = (Mix::default(), [0; 160]);
        room.listen(8000, until, 160, &mut mix);
        let two = &talkers[1];
        two.member
            .change(&two.ring, until, wanted, &mut [0; 160], &mut mix);
        mix.write(&mut out);
        assert!(
            out.iter().all(|sample: &i16| (sample - expected).abs() < 5),
            "{out:?}"
        );
    }
}

#[test]
fn what_is_announced_at_48_khz_is_heard_by_all_as_well_as_they_can() {
    // 12 kHz, 6 kHz and 1 kHz: legs of 48 kHz hear them all, of 16 kHz two, of 8 kHz one.
    let said: Vec<i16> = (0..48_000 / 5)
        .map(|n| {
            let at = |hertz: f64| (std::f64::consts::TAU * hertz * f64::from(n) / 48e3).sin();
            (3000.0 * (at(12e3) + at(6e3) + at(1e3))) as i16
        })
        .collect();
    for (rate, expected) in [(48_000, 3), (16_000, 2), (8000, 1)] {
        let mut room = Conference::default();
        room.take_full(&mut Some(Box::default()));
        let (units, factor) = (160, rate as usize / 8000);
        let mut heard = Vec::new();
        for (piece, at) in said.chunks(6 * units).zip((8000..).step_by(units)) {
            room.announce(48_000, at, piece);
            let (mut mix, mut out) = (Mix::default(), vec![0; units * factor]);
            mix.clear(out.len());
            room.listen(rate, at + units as u64, units, &mut mix);
            mix.write(&mut out);
            heard.extend(out);
        }
        let last = &heard[heard.len() / 2..];
        let power = |hertz: f64| {
            let (mut sine, mut cosine) = (0.0, 0.0);
            for (n, one) in last.iter().enumerate() {
                let angle = std::f64::consts::TAU * hertz * n as f64 / f64::from(rate);
                sine += angle.sin() * f64::from(*one);
                cosine += angle.cos() * f64::from(*one);
            }
            2.0 * sine.hypot(cosine) / last.len() as f64
        };
        let tones = [1e3, 6e3, 12e3];
        let (there, gone) = tones.split_at(expected);
        assert!(there.iter().all(|hertz| power(*hertz) > 2500.0), "{rate}");
        let mirrored = gone.iter().map(|hertz| (hertz - f64::from(rate)).abs());
        assert!(
            mirrored.into_iter().all(|hertz| power(hertz) < 100.0),
            "{rate}"
        );
    }
}
