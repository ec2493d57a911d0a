//! The jitter buffer behind a network that loses, delays, reorders and repeats, from a seed.

mod network;

use network::{align, coded_speech, correlation, run, Call, Network, CALL, PERFECT};

/// Where the sent speech begins in what was heard, by its first 50 ms.
fn alignment(samples: &[i16]) -> (usize, f64) {
    align(samples, &coded_speech(400), 2400)
}

/// The call's sent audio is in what was heard, unchanged and without a break.
fn check_exact(call: &Call) {
    let heard = run(call);
    let (start, _) = alignment(&heard.samples);
    let end = heard.samples.len();
    assert_eq!(
        heard.samples[start..end],
        coded_speech(end - start)[..],
        "{call:?}"
    );
    assert!(heard.samples[..start].iter().all(|sample| *sample == 0));
    assert_eq!(
        (heard.concealed, heard.late, heard.full),
        (0, 0, 0),
        "{call:?}"
    );
    assert!(start / 8 <= 120, "{} ms of delay: {call:?}", start / 8);
}

#[test]
fn a_perfect_network_is_heard_bit_for_bit_at_any_packet_times() {
    for packet_ms in [10, 20, 30, 40, 50, 60] {
        for pull_ms in [10, 20, 30, 40, 50, 60] {
            check_exact(&Call {
                packet_ms,
                pull_ms,
                ..CALL
            });
        }
    }
}

#[test]
fn little_jitter_changes_nothing() {
    for seed in 0..10 {
        let network = Network {
            seed,
            jitter_ms: 15.0,
            ..PERFECT
        };
        check_exact(&Call { network, ..CALL });
    }
}

#[test]
fn reordered_packets_are_put_in_order() {
    for seed in 0..10 {
        let network = Network {
            seed,
            jitter_ms: 24.0,
            ..PERFECT
        };
        check_exact(&Call {
            network,
            packet_ms: 10,
            pull_ms: 10,
            ..CALL
        });
    }
}

#[test]
fn repeated_packets_change_nothing() {
    for seed in 0..10 {
        let network = Network {
            seed,
            repeat: 0.5,
            ..PERFECT
        };
        check_exact(&Call { network, ..CALL });
        assert!(run(&Call { network, ..CALL }).duplicate > 100);
    }
}

#[test]
fn sequence_numbers_and_timestamps_may_wrap() {
    let network = Network {
        loss: 0.05,
        repeat: 0.1,
        jitter_ms: 40.0,
        ..PERFECT
    };
    let plain = run(&Call { network, ..CALL });
    let wrapping = run(&Call {
        network,
        first_sequence: 65_500,
        first_timestamp: u32::MAX - 30_000,
        ..CALL
    });
    assert_eq!(plain, wrapping);
}

#[test]
fn loss_is_concealed_in_its_place() {
    for seed in 0..5 {
        let network = Network {
            seed,
            loss: 0.05,
            ..PERFECT
        };
        let heard = run(&Call {
            network,
            seconds: 20.0,
            ..CALL
        });
        // A packet lost next to another of 60 ms and more is silence in part; those are few.
        let lost = heard.lost * 160;
        assert!(
            heard.concealed <= lost + 160,
            "{} of {lost}",
            heard.concealed
        );
        assert!(
            heard.concealed * 10 >= lost * 9,
            "{} of {lost}",
            heard.concealed
        );
        let (start, _) = alignment(&heard.samples);
        let alike = correlation(&heard.samples[start..], &coded_speech(heard.samples.len()));
        assert!(alike > 0.97, "correlation {alike}");
    }
}

#[test]
fn heavy_jitter_is_taken_up_by_a_longer_delay() {
    for seed in 0..5 {
        let network = Network {
            seed,
            jitter_ms: 90.0,
            ..PERFECT
        };
        let heard = run(&Call {
            network,
            seconds: 30.0,
            ..CALL
        });
        let delays = &heard.delays[200..];
        assert!(
            delays.iter().all(|delay| (80..=180).contains(delay)),
            "{delays:?}"
        );
        assert!(heard.late * 100 < heard.sent, "{} late", heard.late);
        assert!(
            heard.concealed * 50 < heard.heard,
            "{} concealed",
            heard.concealed
        );
    }
}

#[test]
fn a_clock_that_runs_a_little_off_is_followed() {
    for drift_ppm in [-1000.0, -100.0, 100.0, 1000.0] {
        for jitter_ms in [0.0, 15.0] {
            let network = Network {
                jitter_ms,
                ..PERFECT
            };
            let heard = run(&Call {
                network,
                seconds: 180.0,
                drift_ppm,
                ..CALL
            });
            let delays = &heard.delays[10..heard.delays.len() - 50];
            assert!(
                delays.iter().all(|delay| (15..=100).contains(delay)),
                "{drift_ppm}: {delays:?}"
            );
            assert!(
                heard.concealed <= 2 * 160 * 5,
                "{drift_ppm} {jitter_ms}: {} concealed",
                heard.concealed
            );
            assert_eq!(heard.full, 0);
        }
    }
}

#[test]
fn ten_minutes_of_a_clock_that_is_off_do_not_grow_the_delay() {
    for drift_ppm in [-200.0, 200.0] {
        let heard = run(&Call {
            seconds: 600.0,
            drift_ppm,
            ..CALL
        });
        let minute = |number: usize| &heard.delays[number * 3000 + 50..(number + 1) * 3000 - 50];
        let most = |number| *minute(number).iter().max().unwrap();
        assert!(
            (1..10).all(|number| most(number) <= most(0) + 5),
            "{drift_ppm}: {:?}",
            (0..10).map(most).collect::<Vec<_>>()
        );
        assert_eq!((heard.late, heard.full), (0, 0), "{drift_ppm}");
    }
}

#[test]
fn a_pause_of_the_sender_is_not_loss() {
    let heard = run(&Call {
        seconds: 20.0,
        pauses_ms: Some(2000),
        ..CALL
    });
    let pauses = 10;
    assert!(
        heard.concealed <= pauses * 60 * 8,
        "{} concealed",
        heard.concealed
    );
    assert_eq!((heard.late, heard.full), (0, 0));
    assert_eq!(heard.taken, heard.sent);
    // All of it is heard but for what the buffer still holds.
    assert!(heard.heard >= (heard.sent - 3) * 160);
}

/// A call with a key a second.
fn with_keys(network: Network, packet_ms: u32, pull_ms: u32) -> Call {
    Call {
        network,
        packet_ms,
        pull_ms,
        seconds: 20.0,
        keys_ms: Some(1000),
        ..CALL
    }
}

#[test]
fn the_time_under_a_key_is_silence_and_not_loss() {
    for packet_ms in [10, 20] {
        for pull_ms in [10, 20, 30, 60] {
            for jitter_ms in [0.0, 15.0] {
                let network = Network {
                    jitter_ms,
                    ..PERFECT
                };
                let heard = run(&with_keys(network, packet_ms, pull_ms));
                let problem = format!("{packet_ms} {pull_ms} {jitter_ms}");
                assert_eq!(heard.concealed, 0, "{problem}");
                assert_eq!((heard.late, heard.full), (0, 0), "{problem}");
                // All of it is heard but for what the buffer still holds.
                let sent = heard.sent * packet_ms as usize * 8;
                assert!((sent - 1200..=sent).contains(&heard.heard), "{problem}");
            }
        }
    }
}

#[test]
fn under_keys_only_lost_audio_is_concealed() {
    for seed in 0..10 {
        let network = Network {
            seed,
            loss: 0.05,
            ..PERFECT
        };
        let heard = run(&with_keys(network, 20, 20));
        let lost = heard.lost * 160;
        assert!(heard.lost > 20);
        // One that is lost beside a key may count as part of its silence, or a lost event as audio.
        assert!(
            heard.concealed <= lost + 480,
            "{} of {lost}",
            heard.concealed
        );
        assert!(
            heard.concealed * 10 >= lost * 8,
            "{} of {lost}",
            heard.concealed
        );
    }
}

#[test]
fn a_path_that_gets_longer_is_followed_within_a_second() {
    for more in [30.0, 60.0, 100.0, 200.0, 500.0] {
        let network = Network {
            longer_from: Some((3.0, more)),
            ..PERFECT
        };
        let heard = run(&Call { network, ..CALL });
        let after = &heard.samples[(4000 + more as usize) * 8..];
        let sent = coded_speech(80_000);
        let tail = &after[after.len() - 16_000..][..2400];
        let alike = (0..5600).map(|delay| correlation(tail, &sent[64_000 - delay..]));
        let best = alike.fold(0.0, f64::max);
        assert!(
            best > 0.99,
            "{more}: {best} {} {} {:?}",
            heard.late,
            heard.concealed,
            heard.delays
        );
        assert!(heard.late <= 10, "{more}: {} late", heard.late);
    }
}

#[test]
fn a_path_that_gets_shorter_is_followed() {
    let network = Network {
        longer_from: Some((0.0, 300.0)),
        ..PERFECT
    };
    let before = run(&Call { network, ..CALL });
    assert_eq!(before.late, 0);
    let network = Network {
        longer_from: Some((3.0, -200.0)),
        ..network
    };
    let heard = run(&Call { network, ..CALL });
    assert_eq!(heard.full, 0);
    assert!(
        heard.delays[400..].iter().all(|delay| *delay <= 120),
        "{:?}",
        heard.delays
    );
}
