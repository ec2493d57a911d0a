//! The command that says how a leg's media is agreed, and what is made for it beforehand.

use super::command::{Configuration, Verb};
use super::desk::Known;
use super::door::Knock;
use super::dtls_leg::Proof;
use super::extended::{Asked, Extended};
use super::{shares, Engine, Refusal};
use crate::codec::{g729, opus, Codec, Prepared};
use crate::dsp::dtmf_detector::DtmfDetector;
use crate::graph::packets::Shape;
use crate::jitter::JitterBuffer;

impl Engine {
    pub fn configure_leg(
        &self,
        leg: u64,
        mut configuration: Box<Configuration>,
        proof: Proof,
    ) -> Result<(), Refusal> {
        if !configuration.codec.allows(configuration.packet_time_ms) {
            return Err(Refusal::Unfit(
                "the packet time is 10 to 60 ms, in tens; for Opus not 30 or 50, for L16/16000 at most 40".into(),
            ));
        }
        let mut desk = self.desk();
        let known = desk.legs.get(&leg).ok_or(Refusal::UnknownLeg(leg))?;
        if known.is_browser != matches!(proof, Proof::Browser(_)) {
            return Err(Refusal::Unfit(
                "a browser leg is configured with its browser, and no other leg is".into(),
            ));
        }
        let packet_time_ms = configuration.packet_time_ms;
        configuration.near = known.near;
        let cost = shares::expected(configuration.codec);
        let sample_rate = configuration.codec.sample_rate();
        let event_clock = configuration.event_clock();
        let shape = Shape::of(&configuration.opus, packet_time_ms)
            .filter(|_| configuration.codec == Codec::Opus);
        let (decodes, encodes) = prepare(&mut configuration, known)?;
        let rests = match configuration.codec {
            Codec::G729 => configuration.comfort_noise,
            _ => known.rests,
        };
        let is_new_full = sample_rate == 48_000 && known.sample_rate != sample_rate;
        configuration.full = (is_new_full && desk.placement.room(leg).is_some()).then(Box::default);
        configuration.detector = configuration
            .finds_tones()
            .then(|| Box::new(DtmfDetector::new()));
        match proof {
            Proof::Browser(agreed) => {
                desk.threads()?.may_knock()?;
                desk.ask(leg, Verb::Configure(configuration))?;
                desk.threads()?.knock(Knock::Agree { leg, agreed })?;
            }
            Proof::Dtls(peer) => desk.configure_with_dtls(leg, configuration, *peer)?,
            Proof::None => desk.configure_without_dtls(leg, configuration)?,
        }
        desk.placement.agree(leg, cost);
        if let Some(known) = desk.legs.get_mut(&leg) {
            known.packet_time_ms = packet_time_ms;
            known.sample_rate = sample_rate;
            known.event_clock = event_clock;
            known.shape = shape;
            (known.decodes, known.encodes, known.rests) = (decodes, encodes, rests);
        }
        Ok(())
    }
}

/// Makes what the leg has not yet of what its configuration needs; says what it has decoders and encoders for then.
fn prepare(
    configuration: &mut Configuration,
    known: &Known,
) -> Result<(Prepared, Prepared), Refusal> {
    let sample_rate = configuration.codec.sample_rate();
    let received = configuration.receive_codecs.iter();
    let decodes = received.fold(known.decodes, |all, (_, codec)| all.and_for(*codec));
    let encodes = known.encodes.and_for(configuration.codec);
    if (decodes.g729 || encodes.g729) && !g729::is_there() {
        return Err(Refusal::Unfit(g729::MISSING.into()));
    }
    if sample_rate != known.sample_rate || decodes != known.decodes {
        configuration.jitter = Some(Box::new(JitterBuffer::with(sample_rate, decodes)));
    }
    configuration.extended = (configuration.extended_reports != Asked::default())
        .then(|| Box::new(Extended::new(configuration.extended_reports)));
    let leaves_out = configuration.comfort_noise && configuration.codec.rests();
    configuration.silence = leaves_out.then(Box::default);
    if encodes.opus != known.encodes.opus {
        configuration.encoder = Some(Box::new(opus::Encoder::new(sample_rate, 1)));
    }
    let rests_anew =
        configuration.codec == Codec::G729 && configuration.comfort_noise != known.rests;
    if encodes.g729 && (!known.encodes.g729 || rests_anew) {
        configuration.g729 = g729::Encoder::new(configuration.comfort_noise).map(Box::new);
    }
    Ok((decodes, encodes))
}
