//! Our certificate: made at start, signed by itself, and trusted because SDP carries its fingerprint (RFC 5763).

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use dimpl::{Config, DtlsCertificate};
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::EncodePrivateKey;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::Encode;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::Validity;

use super::Fingerprint;

/// Peers go by the fingerprint; nobody should have to look at the date while the process lives.
const VALID: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// What a path carries that we know nothing of, less IP, UDP and a TURN server's framing.
const MTU: usize = 1150;
/// RFC 6347, 4.2.4.1 says one second; WebRTC begins with less, for a call waits.
const FIRST_RETRANSMISSION: Duration = Duration::from_millis(200);
/// 0.2, 0.4 ... 12.8 s: about as long as a caller waits.
const RETRANSMISSIONS: usize = 6;

/// The machine gave no random numbers, or the certificate could not be made of them.
#[derive(Debug)]
pub struct NoIdentity(pub String);

/// A certificate of ECDSA on P-256 with its key, and how it does handshakes.
pub struct Identity {
    pub(super) certificate: DtlsCertificate,
    pub(super) config: Arc<Config>,
    fingerprint: Fingerprint,
}

impl Identity {
    /// Makes another one each time.
    pub fn generate() -> Result<Self, NoIdentity> {
        let key = signing_key()?;
        let certificate = certificate(&key).map_err(|error| NoIdentity(error.to_string()))?;
        let private_key = key.to_pkcs8_der();
        let private_key = private_key.map_err(|error| NoIdentity(error.to_string()))?;
        let config = Config::builder()
            .mtu(MTU)
            .flight_start_rto(FIRST_RETRANSMISSION)
            .flight_retries(RETRANSMISSIONS)
            .build()
            .map_err(|error| NoIdentity(error.to_string()))?;
        Ok(Self {
            fingerprint: Fingerprint::of(&certificate),
            certificate: DtlsCertificate {
                certificate,
                private_key: private_key.as_bytes().to_vec(),
            },
            config: Arc::new(config),
        })
    }

    /// For our SDP.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

fn signing_key() -> Result<SigningKey, NoIdentity> {
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    loop {
        getrandom::fill(&mut secret[..]).map_err(|error| NoIdentity(error.to_string()))?;
        // One in 2^32 is beyond the order of the group.
        if let Ok(key) = SigningKey::from_slice(&secret[..]) {
            return Ok(key);
        }
    }
}

fn certificate(key: &SigningKey) -> x509_cert::builder::Result<Vec<u8>> {
    let mut serial = [0; 8];
    // A serial number that repeats harms nobody: the key is new.
    let _ = getrandom::fill(&mut serial);
    serial[0] = serial[0] & 0x7F | 0x40;
    let builder = CertificateBuilder::new(
        SelfSigned,
        SerialNumber::new(&serial)?,
        Validity::from_now(VALID)?,
        SubjectPublicKeyInfo::from_key(key.verifying_key())?,
    )?;
    let certificate = builder.build::<_, DerSignature>(key)?;
    Ok(certificate.to_der()?)
}

/// Says as little as a certificate can.
struct SelfSigned;

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        Name::from_str("CN=WebRTC").unwrap_or_default()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _certificate: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}
