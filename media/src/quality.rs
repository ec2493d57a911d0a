//! Listening quality from what the network did, by the E-model (ITU-T G.107) for G.711 with concealment.

#[cfg(test)]
mod tests;

/// G.107, table 3: the rating with all defaults and no impairment by delay, codec or loss.
const BASE_RATING: f64 = 93.2;
/// G.113, appendix I: how well G.711 with the concealment of its appendix I bears random loss.
const LOSS_ROBUSTNESS: f64 = 25.1;

/// The mean opinion score, 1 to 4.5, for a share of packets lost (0 to 1), the interarrival jitter and the one-way
/// delay of the network, both in milliseconds.
///
/// Jitter counts as delay twice over, which is what a buffer adds to take it up.
pub fn mos(loss: f64, jitter_ms: f64, delay_ms: f64) -> f64 {
    score(rating(loss, jitter_ms, delay_ms))
}

/// The transmission rating R of G.107, 0 to 93.2.
pub fn rating(loss: f64, jitter_ms: f64, delay_ms: f64) -> f64 {
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    let delay = delay_ms.max(0.0) + 2.0 * jitter_ms.max(0.0);
    // The two straight lines that approximate Idd: talking is hindered from 177.3 ms on.
    let by_delay = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    // G.107, 7.3: Ie is 0 for G.711, and loss is taken as random (BurstR 1).
    let by_loss = 95.0 * percent / (percent + LOSS_ROBUSTNESS);
    (BASE_RATING - by_delay - by_loss).max(0.0)
}

/// The score of a rating (G.107, annex B).
pub fn score(rating: f64) -> f64 {
    let raw = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    // The polynomial dips below 1 for very small ratings.
    raw.clamp(1.0, 4.5)
}
