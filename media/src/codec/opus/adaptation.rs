//! What the peer's reports of loss do to our encoder. Pure: reports in, settings out.

use super::Settings;

/// What is done at one amount of loss.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Begins at this much, percent, and ends below half of it, so that one report more or less changes nothing.
    from: f32,
    /// What libopus is told to expect: it decides how much of the bit rate the copy of the frame before gets.
    expected_loss: u8,
    /// Percent of the bit rate: where much is lost a queue may be full, and what is sent adds to it.
    bit_rate: u32,
}

const LEVELS: [Level; 5] = [
    Level {
        from: 0.0,
        expected_loss: 0,
        bit_rate: 100,
    },
    Level {
        from: 1.0,
        expected_loss: 5,
        bit_rate: 100,
    },
    Level {
        from: 4.0,
        expected_loss: 12,
        bit_rate: 100,
    },
    Level {
        from: 10.0,
        expected_loss: 20,
        bit_rate: 85,
    },
    Level {
        from: 20.0,
        expected_loss: 30,
        bit_rate: 70,
    },
];

/// Loss rises at once and falls by this part of the difference a report: one good report proves little.
const FALL: f32 = 0.4;

/// Follows the reports of one peer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adaptation {
    /// Percent.
    loss: f32,
    level: usize,
}

impl Adaptation {
    /// A report came that says which part was lost, 0 to 1. True when `settings` gives others now.
    pub fn receive(&mut self, lost: f32) -> bool {
        let percent = 100.0 * lost.clamp(0.0, 1.0);
        self.loss = match percent >= self.loss {
            true => percent,
            false => self.loss + FALL * (percent - self.loss),
        };
        let before = self.level;
        self.level = next(before, self.loss);
        before != self.level
    }

    /// What was agreed, as it is best for the loss that was told.
    pub fn settings(&self, agreed: &Settings) -> Settings {
        let level = LEVELS[self.level];
        Settings {
            expected_loss: level.expected_loss,
            bit_rate: agreed.bit_rate * level.bit_rate / 100,
            ..*agreed
        }
    }
}

/// The level after `level` at this much loss: up as far as it reaches, down by one.
fn next(level: usize, loss: f32) -> usize {
    let reached = LEVELS.iter().rposition(|level| loss >= level.from);
    match reached {
        Some(reached) if reached > level => reached,
        _ if loss < LEVELS[level].from / 2.0 => level.saturating_sub(1),
        _ => level,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expected(adaptation: &Adaptation) -> u8 {
        adaptation.settings(&Settings::default()).expected_loss
    }

    #[test]
    fn loss_is_met_at_once_and_forgotten_slowly() {
        let mut adaptation = Adaptation::default();
        assert!(!adaptation.receive(0.005));
        assert_eq!(
            adaptation.settings(&Settings::default()),
            Settings::default()
        );
        assert!(adaptation.receive(0.12));
        assert_eq!(expected(&adaptation), 20);
        assert!(!adaptation.receive(0.0));
        assert_eq!(expected(&adaptation), 20);
        let reports = (0..20).filter(|_| adaptation.receive(0.0)).count();
        assert_eq!((reports, expected(&adaptation)), (3, 0));
    }

    #[test]
    fn loss_that_wavers_around_a_bound_changes_nothing() {
        let mut adaptation = Adaptation::default();
        assert!(adaptation.receive(0.011));
        let changes = (0..50).filter(|n| adaptation.receive([0.009, 0.011][n % 2]));
        assert_eq!(changes.count(), 0);
    }

    #[test]
    fn much_loss_takes_bit_rate() {
        let mut adaptation = Adaptation::default();
        adaptation.receive(0.5);
        let agreed = Settings {
            bit_rate: 20_000,
            ..Settings::default()
        };
        assert_eq!(adaptation.settings(&agreed).bit_rate, 14_000);
    }

    proptest! {
        #[test]
        fn more_loss_never_expects_less(
            reports in prop::collection::vec(0.0f32..1.0, 0..30), first in 0.0f32..1.0, more in 0.0f32..1.0,
        ) {
            let mut adaptation = Adaptation::default();
            for lost in reports {
                adaptation.receive(lost);
            }
            let (mut one, mut other) = (adaptation, adaptation);
            one.receive(first);
            other.receive((first + more).min(1.0));
            prop_assert!(expected(&one) <= expected(&other));
        }
    }
}
