//! `Engine` as Python sees it. Every method checks and converts, and leaves the rest to the crate.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::agreement::Agreement;
use super::arguments::{
    access, host, hosts, kind_of, manner, master_key, side_of, BrowserAccess, BrowserPeer,
    DtlsPeer, OpusSettings, RecordingKey, SrtpKeys,
};
use super::convert::event_tuple;
use super::facts::{works, EngineLoad, Works};
use super::taps::{self, Taken};
use super::tones;
use crate::engine::conferring::Part;
use crate::engine::{self, Settings};
use crate::graph::speech::SpeechDetector;
use crate::graph::tap::TapOrder;

#[pyclass(frozen, module = "voicecore.media._native")]
pub struct Engine {
    engine: engine::Engine,
}

#[pymethods]
impl Engine {
    #[new]
    // Python names each of them; the last is shares::FULL, which the stub can only hold as a number.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (*, address, other_address=None, first_port, last_port, browser_port=0, workers=0, event_capacity=65536, recording_key=None, full=0.5))]
    fn new(
        py: Python<'_>,
        address: &str,
        other_address: Option<&str>,
        first_port: u16,
        last_port: u16,
        browser_port: u16,
        workers: usize,
        event_capacity: usize,
        recording_key: Option<RecordingKey>,
        full: f64,
    ) -> PyResult<Self> {
        let cores = || std::thread::available_parallelism().map_or(1, Into::into);
        let settings = Settings {
            addresses: hosts(address, other_address)?,
            first_port,
            last_port,
            browser_port,
            workers: if workers == 0 { cores() } else { workers },
            full,
            event_capacity,
            recording_key: recording_key.as_ref().map(master_key).transpose()?,
        };
        let engine = py.detach(|| engine::Engine::new(settings))?;
        Ok(Self { engine })
    }

    fn event_fd(&self) -> i32 {
        self.engine.event_fd()
    }

    #[pyo3(signature = (limit=1024))]
    fn poll_events<'py>(
        &self,
        py: Python<'py>,
        limit: usize,
    ) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let events = self.engine.poll_events(limit);
        events
            .into_iter()
            .map(|event| event_tuple(py, event))
            .collect()
    }

    fn load(&self) -> PyResult<EngineLoad> {
        Ok(self.engine.load()?.into())
    }

    fn pressure(&self) -> PyResult<Works> {
        Ok(works(&self.engine.pressure()?))
    }

    fn taken(&self) -> Vec<f64> {
        self.engine.taken()
    }

    fn fingerprint(&self) -> PyResult<String> {
        Ok(self.engine.fingerprint()?.into())
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.engine.close());
    }

    #[pyo3(signature = (leg, *, near=None, address=None))]
    fn open_leg(&self, leg: u64, near: Option<u64>, address: Option<&str>) -> PyResult<u16> {
        let address = address.map(host).transpose()?;
        Ok(self.engine.open_leg(leg, near, address)?)
    }

    fn move_leg(&self, leg: u64, address: &str) -> PyResult<u16> {
        Ok(self.engine.move_leg(leg, host(address)?)?)
    }

    #[pyo3(signature = (leg, *, near=None))]
    fn open_browser_leg(
        &self,
        py: Python<'_>,
        leg: u64,
        near: Option<u64>,
    ) -> PyResult<BrowserAccess> {
        // The first one makes the certificate.
        Ok(access(
            py.detach(|| self.engine.open_browser_leg(leg, near))?,
        ))
    }

    fn restart_ice(&self, leg: u64) -> PyResult<BrowserAccess> {
        Ok(access(self.engine.restart_ice(leg)?))
    }

    #[pyo3(signature = (
        leg, *, remote_address, remote_port, remote_rtcp_port, codec, payload_type, packet_time_ms,
        receive_codecs, telephone_event, sending=true, receiving=true, cname="", rtp_timeout_ms=0, digit_way="event",
        srtp=None, dtls=None, rtcp_mux=false, browser=None, event_clocks=None, opus=None, one_way_ms=0,
        extended_reports=None, comfort_noise=false, opus_rate=16000,
        opus_limit=None
    ))]
    // The contract with Python names each of them.
    #[allow(clippy::too_many_arguments)]
    fn configure_leg(
        &self,
        leg: u64,
        remote_address: &str,
        remote_port: u16,
        remote_rtcp_port: u16,
        codec: &str,
        payload_type: u8,
        packet_time_ms: u32,
        receive_codecs: Vec<(u8, String)>,
        telephone_event: Option<u8>,
        sending: bool,
        receiving: bool,
        cname: &str,
        rtp_timeout_ms: u64,
        digit_way: &str,
        srtp: Option<SrtpKeys>,
        dtls: Option<DtlsPeer>,
        rtcp_mux: bool,
        browser: Option<BrowserPeer>,
        event_clocks: Option<Vec<(u8, u32)>>,
        opus: Option<OpusSettings>,
        one_way_ms: u64,
        extended_reports: Option<Vec<String>>,
        comfort_noise: bool,
        opus_rate: u32,
        opus_limit: Option<u32>,
    ) -> PyResult<()> {
        let agreement = Agreement {
            remote_address,
            remote_port,
            remote_rtcp_port,
            codec,
            payload_type,
            packet_time_ms,
            receive_codecs,
            telephone_event,
            sending,
            receiving,
            cname,
            rtp_timeout_ms,
            digit_way,
            srtp,
            dtls,
            rtcp_mux,
            browser,
            event_clocks,
            opus,
            one_way_ms,
            extended_reports,
            comfort_noise,
            opus_rate,
            opus_limit,
        };
        let (configuration, proof) = agreement.read()?;
        Ok(self
            .engine
            .configure_leg(leg, Box::new(configuration), proof)?)
    }

    #[pyo3(signature = (leg, sources, gains_db=None))]
    fn hear(&self, leg: u64, sources: Vec<u64>, gains_db: Option<Vec<f32>>) -> PyResult<()> {
        let gains = gains_db.unwrap_or_else(|| vec![0.0; sources.len()]);
        if gains.len() != sources.len() {
            return Err(PyValueError::new_err("each source has one gain"));
        }
        let voices: Vec<_> = sources.into_iter().zip(gains).collect();
        Ok(self.engine.hear(leg, &voices)?)
    }

    fn open_conference(&self, conference: u64) -> PyResult<()> {
        Ok(self.engine.open_conference(conference)?)
    }

    fn close_conference(&self, conference: u64) -> PyResult<()> {
        Ok(self.engine.close_conference(conference)?)
    }

    #[pyo3(signature = (leg, conference, *, muted=false, deaf=false, gain_db=0.0))]
    fn join(
        &self,
        leg: u64,
        conference: u64,
        muted: bool,
        deaf: bool,
        gain_db: f32,
    ) -> PyResult<()> {
        let part = Part {
            muted,
            deaf,
            gain_db,
        };
        Ok(self.engine.join(leg, conference, part)?)
    }

    fn leave(&self, leg: u64) -> PyResult<()> {
        Ok(self.engine.leave(leg)?)
    }

    #[pyo3(signature = (conference, playout, sounds, *, repeat=false))]
    fn announce(
        &self,
        conference: u64,
        playout: u64,
        sounds: Vec<u64>,
        repeat: bool,
    ) -> PyResult<()> {
        Ok(self.engine.announce(conference, playout, &sounds, repeat)?)
    }

    fn close_leg(&self, leg: u64) -> PyResult<()> {
        Ok(self.engine.close_leg(leg)?)
    }

    fn statistics(&self, leg: u64) -> PyResult<()> {
        Ok(self.engine.statistics(leg)?)
    }

    #[pyo3(signature = (sound, samples, *, rate=8000))]
    fn load_sound(&self, py: Python<'_>, sound: u64, samples: &[u8], rate: u32) -> PyResult<u64> {
        let samples = tones::samples(samples)?;
        let load = || self.engine.load_sound(sound, &samples, rate);
        Ok(py.detach(load)?)
    }

    fn unload_sound(&self, sound: u64) -> PyResult<()> {
        Ok(self.engine.unload_sound(sound)?)
    }

    #[allow(clippy::too_many_arguments)] // Python names most of them
    #[pyo3(signature = (leg, playout, sounds, *, repeat=false, in_step=false, over=false, start=(0, 0.0)))]
    fn play(
        &self,
        leg: u64,
        playout: u64,
        sounds: Vec<u64>,
        repeat: bool,
        in_step: bool,
        over: bool,
        start: (u64, f32),
    ) -> PyResult<()> {
        let manner = manner((repeat, in_step, over), start);
        Ok(self.engine.play(leg, playout, &sounds, manner)?)
    }

    fn pause(&self, leg: u64, playout: u64, on: bool) -> PyResult<()> {
        Ok(self.engine.pause(leg, playout, on)?)
    }

    fn seek(&self, leg: u64, playout: u64, to_ms: u64) -> PyResult<()> {
        Ok(self.engine.seek(leg, playout, to_ms)?)
    }

    fn volume(&self, leg: u64, playout: u64, decibels: f32) -> PyResult<()> {
        Ok(self.engine.volume(leg, playout, decibels)?)
    }

    #[pyo3(signature = (stream, *, rate=8000, room_ms=2000))]
    fn open_stream(&self, stream: u64, rate: u32, room_ms: u32) -> PyResult<()> {
        Ok(self.engine.open_stream(stream, rate, room_ms)?)
    }

    fn push(&self, stream: u64, samples: &[u8]) -> PyResult<usize> {
        Ok(self.engine.push(stream, &tones::samples(samples)?)?)
    }

    fn end_stream(&self, stream: u64) {
        self.engine.end_stream(stream);
    }

    fn stop(&self, leg: u64, playout: u64) -> PyResult<()> {
        Ok(self.engine.stop(leg, playout)?)
    }

    #[pyo3(signature = (leg, request, digits, *, duration_ms=100, gap_ms=100))]
    fn send_digits(
        &self,
        leg: u64,
        request: u64,
        digits: &str,
        duration_ms: u32,
        gap_ms: u32,
    ) -> PyResult<()> {
        Ok(self
            .engine
            .send_digits(leg, request, digits, duration_ms, gap_ms)?)
    }

    fn relay_digits(&self, from_leg: u64, to_leg: u64, on: bool) -> PyResult<()> {
        Ok(self.engine.relay_digits(from_leg, to_leg, on)?)
    }

    // The text is given because pyo3 writes a negative default as an ellipsis.
    #[pyo3(
        signature = (leg, on, *, threshold_db=-38.0, hang_over_ms=500),
        text_signature = "($self, leg, on, *, threshold_db=-38.0, hang_over_ms=500)"
    )]
    fn watch_speech(
        &self,
        leg: u64,
        on: bool,
        threshold_db: f64,
        hang_over_ms: u32,
    ) -> PyResult<()> {
        let speech = on.then(|| SpeechDetector::new(threshold_db, hang_over_ms));
        Ok(self.engine.watch_speech(leg, speech)?)
    }

    fn watch_tones(&self, leg: u64, plan: Option<tones::Plan>) -> PyResult<()> {
        let detector = plan.map(tones::progress_detector).transpose()?;
        Ok(self.engine.watch_tones(leg, detector)?)
    }

    fn automatic_gain(&self, leg: u64, on: bool) -> PyResult<()> {
        Ok(self.engine.automatic_gain(leg, on)?)
    }

    #[pyo3(signature = (leg, tap, *, to_peer=false, rate=8000, batch_ms=60))]
    fn tap(&self, leg: u64, tap: u64, to_peer: bool, rate: u32, batch_ms: u32) -> PyResult<()> {
        Ok(self
            .engine
            .tap(leg, tap, side_of(to_peer), rate, batch_ms)?)
    }

    fn untap(&self, leg: u64, tap: u64) -> PyResult<()> {
        Ok(self.engine.untap(leg, tap)?)
    }

    fn poll_tap<'py>(&self, py: Python<'py>) -> PyResult<Option<Taken<'py>>> {
        let taken = |(tap, batches): (u64, Vec<_>)| taps::taken(py, tap, &batches);
        self.engine.poll_tap().map(taken).transpose()
    }

    #[pyo3(signature = (leg, recording, path, *, layout="stereo", format="wav", highest_rate=16000, since_ns=None))]
    // The contract with Python names each of them.
    #[allow(clippy::too_many_arguments)]
    fn record(
        &self,
        leg: u64,
        recording: u64,
        path: &str,
        layout: &str,
        format: &str,
        highest_rate: u32,
        since_ns: Option<u64>,
    ) -> PyResult<()> {
        let kind = kind_of(layout, format)?;
        Ok(self
            .engine
            .record(leg, recording, path, kind, highest_rate, since_ns)?)
    }

    fn hush_recording(&self, leg: u64, recording: u64, on: bool, mark: u64) -> PyResult<()> {
        let order = TapOrder::Hush(on);
        Ok(self.engine.order_recording(leg, recording, order, mark)?)
    }

    fn mark_recording(&self, leg: u64, recording: u64, mark: u64) -> PyResult<()> {
        let order = TapOrder::Mark;
        Ok(self.engine.order_recording(leg, recording, order, mark)?)
    }

    fn stop_recording(&self, leg: u64, recording: u64) -> PyResult<()> {
        Ok(self.engine.stop_recording(leg, recording)?)
    }
}
