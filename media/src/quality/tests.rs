use super::*;
use proptest::prelude::*;

#[test]
fn a_clean_call_scores_the_best_of_narrowband() {
    assert!((mos(0.0, 0.0, 0.0) - 4.41).abs() < 0.01);
}

#[test]
fn ratings_map_to_the_scores_of_the_standard() {
    for (rating, expected) in [
        (90.0, 4.34),
        (80.0, 4.03),
        (70.0, 3.60),
        (60.0, 3.10),
        (50.0, 2.58),
    ] {
        assert!((score(rating) - expected).abs() < 0.01, "{rating}");
    }
}

#[test]
fn five_percent_loss_is_audible_and_not_fatal() {
    let score = mos(0.05, 0.0, 20.0);
    assert!((3.7..4.1).contains(&score), "{score}");
}

#[test]
fn losing_everything_is_the_worst() {
    assert!(mos(1.0, 0.0, 0.0) < 1.5);
    assert_eq!(mos(1.0, 500.0, 2000.0), 1.0);
}

proptest! {
    #[test]
    fn worse_networks_never_score_better(
        loss in 0.0..1.0f64, jitter in 0.0..200.0f64, delay in 0.0..800.0f64, more in 0.0..100.0f64,
    ) {
        let score = mos(loss, jitter, delay);
        prop_assert!((1.0..=4.5).contains(&score));
        prop_assert!(mos(loss + more / 100.0, jitter, delay) <= score + 0.01);
        prop_assert!(mos(loss, jitter + more, delay) <= score + 0.01);
        prop_assert!(mos(loss, jitter, delay + more) <= score + 0.01);
    }
}
