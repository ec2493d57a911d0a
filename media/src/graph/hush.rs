//! Whether sound reaches a recording. While it is hushed, the file gets silence of the same length.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hush {
    #[default]
    Off,
    On,
    /// Until no key was held for a while: the last key of a card number still sounds when it is known.
    Ending {
        mark: u64,
        quiet: u64,
    },
}

impl Hush {
    /// Returns the mark that is reached now: that of the beginning is at once, that of the end by `pass`.
    pub fn set(&mut self, on: bool, mark: u64) -> Option<u64> {
        if on {
            *self = Hush::On;
            return Some(mark);
        }
        if *self == Hush::Off {
            return Some(mark);
        }
        *self = Hush::Ending { mark, quiet: 0 };
        None
    }

    /// So many frames pass, with a key that is held or not. Returns the mark of the end behind them, when they are the
    /// last that were hushed: those which complete `hold` frames without a key.
    pub fn pass(&mut self, frames: u64, keyed: bool, hold: u64) -> Option<u64> {
        let Hush::Ending { mark, quiet } = self else {
            return None;
        };
        *quiet = if keyed { 0 } else { *quiet + frames };
        let (mark, is_over) = (*mark, *quiet >= hold);
        if is_over {
            *self = Hush::Off;
        }
        is_over.then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_waits_until_no_key_was_held_for_a_while() {
        let mut hush = Hush::default();
        assert_eq!(hush.set(true, 1), Some(1));
        assert_eq!(hush.pass(160, false, 400), None);
        assert_eq!(hush.set(false, 2), None);
        let steps = [(true, None), (false, None), (true, None), (false, None)];
        for (keyed, told) in steps {
            assert_eq!(hush.pass(160, keyed, 400), told);
        }
        assert_eq!(hush.pass(160, false, 400), None);
        assert_eq!(hush.pass(160, false, 400), Some(2));
        assert_eq!(hush, Hush::Off);
    }

    #[test]
    fn an_end_without_a_beginning_is_reached_at_once() {
        assert_eq!(Hush::default().set(false, 7), Some(7));
    }

    #[test]
    fn a_new_beginning_takes_the_place_of_an_end_that_waits() {
        let mut hush = Hush::On;
        assert_eq!(hush.set(false, 1), None);
        assert_eq!(hush.set(true, 2), Some(2));
        assert_eq!(hush.pass(8000, false, 400), None);
        assert_eq!(hush, Hush::On);
    }

    proptest! {
        #[test]
        fn nothing_sounds_within_the_hold_of_a_key(keys in prop::collection::vec(any::<bool>(), 1..60)) {
            let (mut hush, mut quiet) = (Hush::On, 0);
            hush.set(false, 1);
            for keyed in keys {
                let was_hushed = hush != Hush::Off;
                quiet = if keyed { 0 } else { quiet + 160 };
                hush.pass(160, keyed, 800);
                prop_assert!(!was_hushed || (hush == Hush::Off) == (quiet >= 800));
            }
        }
    }
}
