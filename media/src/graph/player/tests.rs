use super::super::sound::doubled;
use super::super::stream::stream;
use super::*;

const REPEAT: Manner = Manner {
    repeat: true,
    in_step: false,
    over: false,
    from: 0,
    gain: None,
};
const IN_STEP: Manner = Manner {
    in_step: true,
    ..REPEAT
};

fn sound(sound: &Arc<Sound>) -> Piece {
    Piece::Sound(sound.clone())
}

fn level(value: i16, samples: usize) -> Arc<Sound> {
    Arc::new(Sound::new(&vec![value; samples]))
}

/// The first sample of each packet that is read, and how many samples were of the playout.
fn read(playout: &mut Playout, packets: usize) -> Vec<(i16, usize)> {
    let mut out = [0; 160];
    (0..packets)
        .map(|_| {
            let count = playout.read(8000, 0, &mut out);
            (out[0], count)
        })
        .collect()
}

fn ramp(from: i16, samples: usize) -> Arc<Sound> {
    let samples: Vec<i16> = (0..samples as i16)
        .map(|i| from.wrapping_add(i.wrapping_mul(64)))
        .collect();
    Arc::new(Sound::new(&samples))
}

fn drain(playout: &mut Playout, clock: u64, packets: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for _ in 0..packets {
        let mut packet = [0; 160];
        let filled = playout.fill(Codec::Pcma, clock, &mut packet);
        all.extend_from_slice(&packet[..filled]);
    }
    all
}

fn octets(sound: &Sound) -> &[u8] {
    sound.octets(Codec::Pcma).unwrap()
}

#[test]
fn sounds_follow_each_other_without_a_gap() {
    let (one, two) = (ramp(0, 100), ramp(-8000, 130));
    let mut playout = Playout::new(1, Box::new([sound(&one), sound(&two)]), Manner::default());
    let got = drain(&mut playout, 0, 2);
    let wanted = [octets(&one), octets(&two)].concat();
    assert_eq!(got, wanted);
    assert!(playout.is_over());
    assert_eq!(playout.played_ms(), 230 / 8);
}

#[test]
fn a_repeated_playout_starts_over_for_ever() {
    let tune = ramp(-3000, 100);
    let mut playout = Playout::new(1, Box::new([sound(&tune)]), REPEAT);
    let got = drain(&mut playout, 0, 10);
    assert_eq!(got.len(), 1600);
    for (i, octet) in got.iter().enumerate() {
        assert_eq!(*octet, octets(&tune)[i % 100]);
    }
    assert!(!playout.is_over());
}

#[test]
fn listeners_in_step_are_at_one_place_whenever_they_began() {
    let sounds = [ramp(-3000, 1000), ramp(500, 777)];
    let pieces = || sounds.iter().map(sound).collect();
    let mut early = Playout::new(1, pieces(), IN_STEP);
    let mut late = Playout::new(2, pieces(), IN_STEP);
    let first = drain(&mut early, 16_000, 20);
    let second = drain(&mut late, 16_000 + 7 * 160, 13);
    assert_eq!(first[7 * 160..], second);
}

#[test]
fn a_playout_of_nothing_is_over_at_once() {
    let mut playout = Playout::new(1, Box::new([sound(&ramp(0, 0))]), IN_STEP);
    assert_eq!(drain(&mut playout, 5, 1).len(), 0);
    let mut none = Playout::new(1, Box::new([]), REPEAT);
    assert_eq!(drain(&mut none, 5, 1).len(), 0);
}

#[test]
fn a_pause_is_silence_that_is_not_counted_and_keeps_the_place() {
    let tune = ramp(0, 480);
    let mut playout = Playout::new(1, Box::new([sound(&tune)]), Manner::default());
    drain(&mut playout, 0, 1);
    playout.obey(Order::Pause);
    assert!(!playout.is_copied(Codec::Pcma));
    assert_eq!(read(&mut playout, 2), [(0, 160), (0, 160)]);
    playout.obey(Order::Resume);
    assert_eq!(drain(&mut playout, 0, 1), octets(&tune)[160..320]);
    assert_eq!(playout.played_ms(), 40);
}

#[test]
fn seeking_goes_to_any_place_of_the_sequence_and_past_its_end() {
    let (one, two) = (ramp(0, 800), ramp(500, 800));
    let pieces = || Box::new([sound(&one), sound(&two)]);
    let mut playout = Playout::new(1, pieces(), Manner::default());
    playout.obey(Order::Seek { samples: 880 });
    assert_eq!(drain(&mut playout, 7, 1), octets(&two)[80..240]);
    playout.obey(Order::Seek { samples: 0 });
    assert_eq!(drain(&mut playout, 0, 1), octets(&one)[..160]);
    playout.obey(Order::Seek { samples: 1600 });
    assert!(playout.is_over());
    let mut tune = Playout::new(1, pieces(), REPEAT);
    tune.obey(Order::Seek { samples: 1680 });
    assert_eq!(drain(&mut tune, 0, 1), octets(&one)[80..240]);
}

#[test]
fn volume_changes_what_is_played_from_now_on() {
    let mut playout = Playout::new(1, Box::new([sound(&level(8000, 800))]), REPEAT);
    playout.obey(Order::Volume(Gain::from_db(-6.02)));
    assert!(!playout.is_copied(Codec::Pcma));
    let heard = read(&mut playout, 1)[0].0;
    assert!((heard - 4000).abs() < 150, "{heard}");
    playout.obey(Order::Volume(Gain::from_db(20.0)));
    assert_eq!(read(&mut playout, 1)[0].0, i16::MAX);
    playout.obey(Order::Volume(Gain::from_db(0.0)));
    assert!(playout.is_copied(Codec::Pcma));
}

#[test]
fn a_stream_stands_between_sounds_and_says_what_was_played() {
    let (mut writer, reader) = stream(8000, 1000);
    let pieces = [
        sound(&level(1000, 200)),
        Piece::Stream(Box::new(reader)),
        sound(&level(3000, 120)),
    ];
    let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
    assert_eq!(writer.push(&[2000; 200]), 200);
    let mut out = [0; 160];
    assert_eq!(playout.read(8000, 0, &mut out), 160);
    assert_eq!(playout.read(8000, 0, &mut out), 160);
    assert_eq!(out[40..42], [2000, 2000]);
    assert_eq!(playout.read(8000, 0, &mut out), 160);
    assert_eq!((out[79], out[80]), (2000, 0));
    assert_eq!((playout.played_ms(), playout.starved_ms()), (50, 10));
    drop(writer);
    assert_eq!(playout.read(8000, 0, &mut out), 120);
    assert!((out[0] - 3000).abs() < 100);
    assert!(playout.is_over());
    assert_eq!(playout.played_ms(), 65);
}

#[test]
fn sounds_and_streams_fit_legs_of_either_rate() {
    for (stream_rate, leg_rate) in [(8000, 16_000), (16_000, 8000), (16_000, 16_000)] {
        let (mut writer, reader) = stream(stream_rate, 1000);
        writer.push(&vec![2000; stream_rate as usize / 10]);
        drop(writer);
        let pieces = [Piece::Stream(Box::new(reader)), sound(&level(2000, 800))];
        let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
        let mut out = vec![0; leg_rate as usize / 50];
        for packet in 0..10 {
            assert_eq!(playout.read(leg_rate, 0, &mut out), out.len());
            // Filters begin where a piece of another rate does.
            let settled = if packet % 5 == 0 { 100 } else { 0 };
            assert!(out[settled..]
                .iter()
                .all(|sample| (1900..2100).contains(sample)));
        }
        assert_eq!(playout.read(leg_rate, 0, &mut out), 0);
        assert_eq!(playout.played_ms(), 200);
    }
}

#[test]
fn what_has_more_than_sixteen_kilohertz_is_heard_whole_by_who_can_and_by_all_others() {
    for (own_rate, hertz) in [(24_000, 10_000.0), (48_000, 15_000.0)] {
        for leg_rate in [8000, 16_000, 48_000] {
            let step = std::f64::consts::TAU / f64::from(own_rate);
            let said: Vec<i16> = (0..own_rate as usize / 5)
                .map(|n| step * n as f64)
                .map(|at| (6000.0 * (at * hertz).sin() + 6000.0 * (at * 500.0).sin()) as i16)
                .collect();
            let (mut writer, reader) = stream(own_rate, 400);
            writer.push(&said);
            drop(writer);
            let sound = match own_rate {
                24_000 => Sound::full(&doubled(&said)),
                _ => Sound::full(&said),
            };
            let pieces = [
                Piece::Stream(Box::new(reader)),
                Piece::Sound(Arc::new(sound)),
            ];
            let mut playout = Playout::new(1, Box::new(pieces), Manner::default());
            let packet = leg_rate as usize / 50;
            let mut heard = Vec::new();
            while !playout.is_over() {
                let mut out = vec![0; packet];
                playout.read(leg_rate, 0, &mut out);
                heard.extend(out);
            }
            assert_eq!(playout.played_ms(), 400);
            assert_eq!(heard.len(), 20 * packet, "{own_rate} {leg_rate}");
            let power = |hertz: f64, part: &[i16]| {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for (n, sample) in part.iter().enumerate() {
                    let at = std::f64::consts::TAU * hertz * n as f64 / f64::from(leg_rate);
                    real += f64::from(*sample) * at.cos();
                    imaginary += f64::from(*sample) * at.sin();
                }
                2.0 * (real * real + imaginary * imaginary).sqrt() / part.len() as f64
            };
            for part in [&heard[packet..9 * packet], &heard[11 * packet..19 * packet]] {
                assert!((5400.0..6600.0).contains(&power(500.0, part)));
                let high = power(hertz, part);
                match leg_rate {
                    48_000 => assert!((5400.0..6600.0).contains(&high), "{own_rate}: {high}"),
                    _ => assert!(high < 300.0, "{own_rate} {leg_rate}: {high}"),
                }
            }
        }
    }
}
