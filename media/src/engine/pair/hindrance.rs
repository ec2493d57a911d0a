//! What keeps the packets of two legs from passing as they come.

use super::SILENT_NS;
use crate::codec::Codec;
use crate::engine::leg::Leg;
use crate::graph::gain::Gain;

/// Why packets do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// One of them has no configuration, or does not send or receive.
    OneWay,
    Codec,
    PacketTime,
    /// The other one is heard louder or softer, or is not what is heard.
    Hearing,
    /// In a conference, or something is played.
    Mixed,
    /// A recording or a feed listens.
    Tapped,
    /// What one of them says is made louder or softer, or its silence left out.
    Changed,
    /// Speech or tones of the network are looked for.
    Detected,
    /// A key is being sent or held, or would have to change its way.
    Key,
    /// A peer sends nothing.
    Silent,
    /// What came was not what was agreed.
    Unfit,
}

/// How a leg looks out for the keys of its peer and sends those of the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Events may come.
    pub receives_events: bool,
    pub finds_tones: bool,
    /// The other leg's keys are sent here.
    pub passes: bool,
    pub sends_events: bool,
    /// One is held or being sent.
    pub is_pressed: bool,
}

/// All that the decision sees of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    pub is_both_ways: bool,
    pub codec: Codec,
    /// Of Opus, the highest rate that the peer shall get.
    pub playback_rate: Option<u32>,
    /// Of G.729, whether silence may be described to the peer.
    pub rests: bool,
    pub packet_time_ms: u32,
    pub hears_only_the_other: bool,
    pub is_mixed: bool,
    pub is_tapped: bool,
    pub is_changed: bool,
    pub is_detecting: bool,
    pub keys: Keys,
    pub is_silent: bool,
    pub is_unfit: bool,
}

/// What keeps the packets of two legs from passing; None: they may.
pub fn hindrance(one: &Side, two: &Side) -> Option<Hindrance> {
    let any = |is: fn(&Side) -> bool| is(one) || is(two);
    let reasons = [
        (!one.is_both_ways || !two.is_both_ways, Hindrance::OneWay),
        (one.codec != two.codec, Hindrance::Codec),
        (one.playback_rate != two.playback_rate, Hindrance::Codec),
        (one.rests != two.rests, Hindrance::Codec),
        (
            one.packet_time_ms != two.packet_time_ms,
            Hindrance::PacketTime,
        ),
        (any(|side| !side.hears_only_the_other), Hindrance::Hearing),
        (any(|side| side.is_mixed), Hindrance::Mixed),
        (any(|side| side.is_tapped), Hindrance::Tapped),
        (any(|side| side.is_changed), Hindrance::Changed),
        (any(|side| side.is_detecting), Hindrance::Detected),
        (any(|side| side.keys.is_pressed), Hindrance::Key),
        (
            changes_keys(one, two) || changes_keys(two, one),
            Hindrance::Key,
        ),
        (any(|side| side.is_unfit), Hindrance::Unfit),
        (any(|side| side.is_silent), Hindrance::Silent),
    ];
    let found = reasons.iter().find(|(holds, _)| *holds);
    found.map(|(_, hindrance)| *hindrance)
}

/// Whether keys of one leg would leave the other in another way than they came, or are tones of a codec with memory.
fn changes_keys(from: &Side, to: &Side) -> bool {
    let finds = from.keys.finds_tones;
    let is_quick = matches!(from.codec, Codec::Pcmu | Codec::Pcma);
    let changes = match to.keys.sends_events {
        true => finds,
        false => from.keys.receives_events,
    };
    finds && !is_quick || to.keys.passes && changes
}

impl Side {
    /// A leg, beside the other one of its pair.
    pub fn of(leg: &Leg, other: &Leg, now: u64) -> Option<Self> {
        let (configuration, pair) = (leg.configuration.as_ref()?, leg.pair.as_ref()?);
        let outgoing = &leg.outgoing;
        let packet_ns = u64::from(configuration.packet_time_ms) * 1_000_000;
        let within = match pair.relay {
            Some(_) => SILENT_NS.max(3 * packet_ns),
            None => 2 * packet_ns,
        };
        let is_opus = configuration.codec.is_opus();
        let is_sending_key = outgoing.is_sending_key();
        // What is held while packets pass is passed on.
        let presses = &other.incoming.presses;
        let is_held = pair.relay.is_none()
            && (leg.incoming.is_keyed() || outgoing.relays.is_behind(other.id, presses));
        Some(Self {
            is_both_ways: configuration.sending && configuration.receiving,
            codec: configuration.codec,
            playback_rate: is_opus.then_some(configuration.opus.playback_rate),
            rests: configuration.codec == Codec::G729 && configuration.comfort_noise,
            packet_time_ms: configuration.packet_time_ms,
            hears_only_the_other: outgoing.hearing.only() == Some((pair.other, Gain::UNITY)),
            is_mixed: leg.member.is_some() || !outgoing.players.is_empty(),
            is_tapped: !leg.taps.is_empty(),
            is_changed: leg.incoming.has_gain() || outgoing.silence.is_some(),
            is_detecting: leg.incoming.is_detecting_audio(),
            keys: Keys {
                receives_events: !configuration.event_clocks.is_empty(),
                finds_tones: leg.incoming.is_detecting_keys(),
                passes: outgoing.relays.contains(pair.other),
                sends_events: configuration.sent_event().is_some(),
                is_pressed: is_sending_key || is_held,
            },
            is_silent: !leg.incoming.was_heard(within, now),
            is_unfit: pair.is_unfit,
        })
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Side = Side {
        is_both_ways: true,
        codec: Codec::Pcmu,
        playback_rate: None,
        rests: false,
        packet_time_ms: 20,
        hears_only_the_other: true,
        is_mixed: false,
        is_tapped: false,
        is_changed: false,
        is_detecting: false,
        keys: Keys {
            receives_events: true,
            finds_tones: false,
            passes: true,
            sends_events: true,
            is_pressed: false,
        },
        is_silent: false,
        is_unfit: false,
    };
    /// Without telephone-events: tones are looked for, and sent.
    const TONES: Keys = Keys {
        receives_events: false,
        finds_tones: true,
        passes: true,
        sends_events: false,
        is_pressed: false,
    };

    type Change = fn(&mut Side);

    #[test]
    fn packets_pass_where_nothing_but_the_other_is_to_be_heard() {
        let with = |change: fn(&mut Side)| {
            let mut side = PLAIN;
            change(&mut side);
            side
        };
        let table: [(Change, Hindrance); 13] = [
            (|side| side.is_both_ways = false, Hindrance::OneWay),
            (|side| side.codec = Codec::Pcma, Hindrance::Codec),
            (|side| side.packet_time_ms = 30, Hindrance::PacketTime),
            (|side| side.hears_only_the_other = false, Hindrance::Hearing),
            (|side| side.playback_rate = Some(24_000), Hindrance::Codec),
            (|side| side.rests = true, Hindrance::Codec),
            (|side| side.is_mixed = true, Hindrance::Mixed),
            (|side| side.is_tapped = true, Hindrance::Tapped),
            (|side| side.is_changed = true, Hindrance::Changed),
            (|side| side.is_detecting = true, Hindrance::Detected),
            (|side| side.keys.is_pressed = true, Hindrance::Key),
            (|side| side.is_silent = true, Hindrance::Silent),
            (|side| side.is_unfit = true, Hindrance::Unfit),
        ];
        assert_eq!(hindrance(&PLAIN, &PLAIN), None);
        for (change, expected) in table {
            let other = with(change);
            assert_eq!(hindrance(&PLAIN, &other), Some(expected));
            assert_eq!(hindrance(&other, &PLAIN), Some(expected));
        }
    }

    #[test]
    fn keys_pass_as_they_came_or_not_at_all() {
        let deaf = Keys {
            passes: false,
            ..TONES
        };
        let finding = Keys {
            finds_tones: true,
            ..PLAIN.keys
        };
        let table = [
            (PLAIN.keys, PLAIN.keys, None),
            (TONES, TONES, None),
            // From events to tones, from tones to events.
            (PLAIN.keys, TONES, Some(Hindrance::Key)),
            (PLAIN.keys, finding, Some(Hindrance::Key)),
            // One whose keys nobody wants, beside one that has nothing to send them with.
            (
                deaf,
                Keys {
                    passes: false,
                    ..PLAIN.keys
                },
                None,
            ),
        ];
        for (one, two, expected) in table {
            let [one, two] = [one, two].map(|keys| Side { keys, ..PLAIN });
            assert_eq!(hindrance(&one, &two), expected);
            assert_eq!(hindrance(&two, &one), expected);
        }
        let wide = Side {
            codec: Codec::G722,
            keys: TONES,
            ..PLAIN
        };
        assert_eq!(hindrance(&wide, &wide), Some(Hindrance::Key));
    }
}
