//! What Python hands over, as values of the engine; ValueError says what is wrong with it.

use std::net::IpAddr;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};

use crate::browser::Agreed;
use crate::codec::{opus, Codec};
use crate::dtls::handshake::Peer;
use crate::dtls::{Fingerprint, Role};
use crate::engine;
use crate::engine::command::{Configuration, DigitWay};
use crate::engine::extended::Asked;
use crate::graph::feed::Side;
use crate::graph::gain::Gain;
use crate::graph::player::Manner;
use crate::recorder::{sealed, Format, Kind, Layout};
use crate::srtp::{Keys, MasterKey, Session, Suite};

/// The suite's name, our key with its salt, the peer's, and the MKI on the peer's packets.
pub type SrtpKeys = (PyBackedStr, PyBackedBytes, PyBackedBytes, PyBackedBytes);

/// Port, ufrag, password and fingerprint of ours.
pub type BrowserAccess = (u16, String, String, String);

/// Bits a second, complexity, whether FEC and DTX are used, and the sample rate that the peer plays.
pub type OpusSettings = (u32, u8, bool, bool, u32);

/// The peer's fingerprint and tls-id, and whether we begin the handshake.
pub type DtlsPeer = (PyBackedStr, PyBackedStr, bool);

/// The peer's ufrag and fingerprint, and whether we begin the DTLS handshake.
pub type BrowserPeer = (PyBackedStr, PyBackedStr, bool);

/// The id of the key and its 32 octets.
pub type RecordingKey = (PyBackedStr, PyBackedBytes);

/// Whether it repeats, is in step and over others; where it begins, in milliseconds, and how loud, in dB.
pub fn manner(
    (repeat, in_step, over): (bool, bool, bool),
    (from_ms, decibels): (u64, f32),
) -> Manner {
    Manner {
        repeat,
        in_step,
        over,
        from: engine::Engine::place(from_ms),
        gain: (decibels != 0.0).then(|| Gain::from_db(decibels)),
    }
}

pub fn access(access: engine::browser_leg::BrowserAccess) -> BrowserAccess {
    let credentials = access.credentials;
    (
        access.port,
        credentials.ufrag().into(),
        credentials.password().into(),
        access.fingerprint.into(),
    )
}

pub fn peer(
    (fingerprint, tls_id, is_client): DtlsPeer,
    configuration: &Configuration,
) -> PyResult<Peer> {
    Ok(Peer {
        fingerprint: fingerprint_of(&fingerprint)?,
        role: role(is_client),
        tls_id: (*tls_id).into(),
        rtp: configuration.remote,
        rtcp: (!configuration.rtcp_mux).then_some(configuration.remote_rtcp),
    })
}

fn fingerprint_of(text: &str) -> PyResult<Fingerprint> {
    Fingerprint::parse(text)
        .ok_or_else(|| PyValueError::new_err(format!("{text:?} is no fingerprint for us")))
}

fn role(is_client: bool) -> Role {
    match is_client {
        true => Role::Client,
        false => Role::Server,
    }
}

pub fn agreed((ufrag, fingerprint, is_client): BrowserPeer) -> PyResult<Box<Agreed>> {
    Ok(Box::new(Agreed {
        ufrag: (*ufrag).into(),
        fingerprint: fingerprint_of(&fingerprint)?,
        role: role(is_client),
    }))
}

pub fn srtp_session((suite, local, remote, identifier): SrtpKeys) -> PyResult<Box<Session>> {
    let suite = Suite::from_name(&suite)
        .ok_or_else(|| PyValueError::new_err(format!("{suite:?} is not an SRTP suite of ours")))?;
    let bad = |_| PyValueError::new_err(format!("a key does not fit {}", suite.name()));
    Ok(Box::new(Session::new(Keys {
        local: MasterKey::new(suite, &local, b"").map_err(bad)?,
        remote: MasterKey::new(suite, &remote, &identifier).map_err(bad)?,
    })))
}

pub fn host(address: &str) -> PyResult<IpAddr> {
    address
        .parse()
        .map_err(|_| PyValueError::new_err(format!("{address:?} is not an IP address")))
}

/// Our addresses, the preferred one first: one of a family.
pub fn hosts(address: &str, other: Option<&str>) -> PyResult<Vec<IpAddr>> {
    let mut found = vec![host(address)?];
    if let Some(other) = other.map(host).transpose()? {
        if other.is_ipv4() == found[0].is_ipv4() {
            return Err(PyValueError::new_err("two addresses of one family"));
        }
        found.push(other);
    }
    Ok(found)
}

pub fn codec_named(name: &str) -> PyResult<Codec> {
    Codec::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("{name:?} is not a codec of ours")))
}

/// The codec that a leg sends; `opus_rate` where it is Opus.
pub fn codec_at(name: &str, opus_rate: u32, packet_time_ms: u32) -> PyResult<Codec> {
    let codec = codec_named(name)?;
    if !matches!(opus_rate, 8000 | 12_000 | 16_000 | 24_000 | 48_000) {
        let problem = "Opus has 8000, 12000, 16000, 24000 or 48000 Hz";
        return Err(PyValueError::new_err(problem));
    }
    Ok(match codec.is_opus() {
        true => Codec::opus_at(opus_rate, packet_time_ms),
        false => codec,
    })
}

pub fn opus_settings(
    (bit_rate, complexity, fec, dtx, playback_rate): OpusSettings,
) -> opus::Settings {
    opus::Settings {
        bit_rate,
        complexity,
        fec,
        dtx,
        playback_rate,
        ..opus::Settings::default()
    }
}

pub fn way_named(name: &str) -> PyResult<DigitWay> {
    match name {
        "event" => Ok(DigitWay::Event),
        "in-band" => Ok(DigitWay::InBand),
        "both" => Ok(DigitWay::Both),
        _ => Err(PyValueError::new_err(format!(
            "{name:?} is not a way of digits"
        ))),
    }
}

/// The extended reports that a leg sends, as the attribute of SDP has them (RFC 3611, 5.1).
pub fn reports_named(names: &[String]) -> PyResult<Asked> {
    let mut asked = Asked::default();
    for name in names {
        let flag = match name.as_str() {
            "rcvr-rtt" => &mut asked.round_trip,
            "voip-metrics" => &mut asked.metrics,
            "loss" => &mut asked.lost,
            "dup" => &mut asked.duplicates,
            "jitt" => &mut asked.jitter,
            _ => {
                return Err(PyValueError::new_err(format!(
                    "{name:?} is no extended report of ours"
                )));
            }
        };
        *flag = true;
    }
    Ok(asked)
}

/// A payload type has seven bits.
pub fn seven_bits(payload_type: u8) -> PyResult<u8> {
    if payload_type > 127 {
        return Err(PyValueError::new_err(format!(
            "{payload_type} is not a payload type"
        )));
    }
    Ok(payload_type)
}

pub fn side_of(to_peer: bool) -> Side {
    if to_peer {
        Side::ToPeer
    } else {
        Side::FromPeer
    }
}

pub fn kind_of(layout: &str, format: &str) -> PyResult<Kind> {
    Ok(Kind {
        layout: layout_of(layout)?,
        format: format_of(format)?,
    })
}

fn layout_of(name: &str) -> PyResult<Layout> {
    match name {
        "party" => Ok(Layout::Party),
        "mixed" => Ok(Layout::Mixed),
        "stereo" => Ok(Layout::Stereo),
        _ => Err(PyValueError::new_err(format!("{name:?} is not a layout"))),
    }
}

fn format_of(name: &str) -> PyResult<Format> {
    match name {
        "wav" => Ok(Format::Wav),
        "opus" => Ok(Format::Opus),
        _ => Err(PyValueError::new_err(format!("{name:?} is not a format"))),
    }
}

pub fn master_key((id, key): &RecordingKey) -> PyResult<sealed::MasterKey> {
    sealed::MasterKey::new(id.as_bytes(), key).ok_or_else(|| {
        PyValueError::new_err("a key of recordings is an id of 1 to 16 octets, and 32 octets")
    })
}
