//! An event as sound: for a peer that agreed to no events.

use super::{key, Event};
use crate::dsp::dtmf_generator::DtmfGenerator;

/// Plays the events that a sender makes, packet time by packet time.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventTone {
    generator: Option<DtmfGenerator>,
    /// How much of the present event was played, in units of the 8 kHz media clock.
    elapsed: u16,
}

impl EventTone {
    /// Fills `out`, a packet time of audio at `rate` in Hz, with what is new in `event`; `marker`: it is the first of its press.
    /// After the end of the press, which may be inside the packet, there is silence.
    pub fn fill(&mut self, event: &Event, marker: bool, rate: u32, out: &mut [i16]) {
        if marker {
            self.elapsed = 0;
            self.generator = key(event.code).and_then(|key| DtmfGenerator::new(key, rate));
        }
        let new = usize::from(event.duration.saturating_sub(self.elapsed)) * (rate / 8000) as usize;
        let (sounding, silent) = out.split_at_mut(new.min(out.len()));
        match &mut self.generator {
            Some(generator) => generator.fill(sounding),
            None => sounding.fill(0),
        }
        silent.fill(0);
        self.elapsed = event.duration.max(self.elapsed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::dtmf_detector::DtmfDetector;
    use crate::telephone_event::{Digit, DigitSender, Step};

    #[test]
    fn digits_as_tones_are_as_long_as_they_are_as_events() {
        let mut sender = DigitSender::new("42*D", 90, 70, 20, 8000).unwrap();
        let (mut tone, mut timestamp, mut samples) = (EventTone::default(), 0, Vec::new());
        while let Some(step) = sender.next_packet(timestamp) {
            let mut packet = [0; 160];
            if let Step::Event {
                payload, marker, ..
            } = step
            {
                tone.fill(&Event::parse(&payload).unwrap(), marker, 8000, &mut packet);
            }
            samples.extend_from_slice(&packet);
            timestamp += 160;
        }
        assert_eq!(samples[..720].iter().rposition(|s| *s != 0), Some(719));
        assert!(samples[720..1280].iter().all(|sample| *sample == 0));
        let (mut detector, mut found) = (DtmfDetector::new(), Vec::new());
        detector.receive(&samples, |digit| {
            if let Digit::Started { digit } = digit {
                found.push(digit);
            }
        });
        assert_eq!(found, b"42*D");
    }
}
