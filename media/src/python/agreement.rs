//! What SDP agreed for a leg, as Python names it: checked, and made one value of the engine.

use std::net::SocketAddr;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::arguments::{
    agreed, codec_at, host, opus_settings, peer, reports_named, seven_bits, srtp_session,
    way_named, BrowserPeer, DtlsPeer, OpusSettings, SrtpKeys,
};
use crate::engine::command::Configuration;
use crate::engine::dtls_leg::Proof;

/// The arguments of `configure_leg`.
pub struct Agreement<'a> {
    pub remote_address: &'a str,
    pub remote_port: u16,
    pub remote_rtcp_port: u16,
    pub codec: &'a str,
    pub payload_type: u8,
    pub packet_time_ms: u32,
    pub receive_codecs: Vec<(u8, String)>,
    pub telephone_event: Option<u8>,
    pub sending: bool,
    pub receiving: bool,
    pub cname: &'a str,
    pub rtp_timeout_ms: u64,
    pub digit_way: &'a str,
    pub srtp: Option<SrtpKeys>,
    pub dtls: Option<DtlsPeer>,
    pub rtcp_mux: bool,
    pub browser: Option<BrowserPeer>,
    pub event_clocks: Option<Vec<(u8, u32)>>,
    pub opus: Option<OpusSettings>,
    pub one_way_ms: u64,
    pub extended_reports: Option<Vec<String>>,
    pub comfort_noise: bool,
    pub opus_rate: u32,
    pub opus_limit: Option<u32>,
}

impl Agreement<'_> {
    /// ValueError for what no leg can be.
    pub fn read(self) -> PyResult<(Configuration, Proof)> {
        let remote = host(self.remote_address)?;
        let narrow = |payload_type| vec![(payload_type, 8000)];
        let event_clocks = self
            .event_clocks
            .or(self.telephone_event.map(narrow))
            .unwrap_or_default();
        if event_clocks
            .iter()
            .any(|(_, clock)| !matches!(clock, 8000..=48_000))
        {
            return Err(PyValueError::new_err("events have a clock of 8 to 48 kHz"));
        }
        let receive_codecs: PyResult<_> = self
            .receive_codecs
            .iter()
            .map(|(payload_type, name)| {
                let codec = codec_at(name, self.opus_rate, self.packet_time_ms)?;
                Ok((seven_bits(*payload_type)?, codec))
            })
            .collect();
        let configuration = Configuration {
            remote: SocketAddr::new(remote, self.remote_port),
            remote_rtcp: SocketAddr::new(remote, self.remote_rtcp_port),
            codec: codec_at(self.codec, self.opus_rate, self.packet_time_ms)?,
            payload_type: seven_bits(self.payload_type)?,
            packet_time_ms: self.packet_time_ms,
            receive_codecs: receive_codecs?,
            telephone_event: self.telephone_event.map(seven_bits).transpose()?,
            event_clocks: event_clocks.into(),
            digit_way: way_named(self.digit_way)?,
            detector: None,
            jitter: None,
            opus: self.opus.map(opus_settings).unwrap_or_default(),
            opus_limit: self.opus_limit,
            encoder: None,
            g729: None,
            full: None,
            srtp: self.srtp.map(srtp_session).transpose()?,
            is_dtls: false,
            words: None,
            rtcp_mux: self.rtcp_mux,
            extended_reports: reports_named(&self.extended_reports.unwrap_or_default())?,
            extended: None,
            comfort_noise: self.comfort_noise,
            silence: None,
            sending: self.sending,
            receiving: self.receiving,
            cname: self.cname.into(),
            rtp_timeout_ms: self.rtp_timeout_ms,
            one_way_ms: self.one_way_ms,
            near: None,
        };
        let proof = match (self.browser, self.dtls) {
            (Some(browser), _) => Proof::Browser(agreed(browser)?),
            (None, Some(dtls)) => Proof::Dtls(Box::new(peer(dtls, &configuration)?)),
            (None, None) => Proof::None,
        };
        Ok((configuration, proof))
    }
}
