//! Datagrams of strangers, and of the peer's own address, reach the browsers' port before and after a check of the peer.
//!
//! Invariant: none is answered but what carries the leg's password, nothing is heard without keys, and the peer's next
//! check is answered as if nothing had come between.
#![no_main]

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use _native::browser::line::line;
use _native::browser::{Agreed, Directory};
use _native::dtls::{Epoch, Fingerprint, Identity, Role};
use _native::ice::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use is::stun::{StunMessage, TransId};
use libfuzzer_sys::fuzz_target;

/// Datagrams a run: each is followed by a check with its two HMACs, and long inputs would be nothing else.
const DATAGRAMS: usize = 32;

fuzz_target!(|input: &[u8]| {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    let identity = IDENTITY.get_or_init(|| Arc::new(Identity::generate().expect("random numbers")));
    let peer: SocketAddr = ([192, 0, 2, 9], 5000).into();
    let stranger: SocketAddr = ([192, 0, 2, 66], 5000).into();
    let epoch = Epoch::new(std::time::Instant::now(), 0);
    let mut directory = Directory::new(identity.clone(), epoch);
    let ours = Credentials::generate().expect("random numbers");
    let (outlet, mut inlet) = line(std::sync::Arc::new(_native::browser::watch::Calls::new(1)));
    directory.open(1, ours.clone(), outlet);
    let agreed = Agreed {
        ufrag: "theirs".into(),
        fingerprint: Fingerprint::of(b"nobody"),
        role: Role::Server,
    };
    directory.agree(1, &agreed, 0, &mut |_, _| {});
    let (mut rest, mut now) = (input, 0);
    for _ in 0..DATAGRAMS {
        let Some((&length, after)) = rest.split_first() else {
            break;
        };
        let (datagram, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        now += 1_000_000;
        directory.receive(datagram, stranger, now, now, &mut |_, _| panic!("answered"));
        directory.receive(datagram, peer, now, now, &mut |_, to| assert_eq!(to, peer));
        let mut answers = 0;
        let check = check(&ours);
        directory.receive(&check, peer, now, now, &mut |octets, _| {
            answers += usize::from(octets[0] < 4);
        });
        assert_eq!(answers, 1);
    }
    assert!(inlet.packet(&mut [0; 2048]).is_none());
});

fn check(ours: &Credentials) -> Vec<u8> {
    let username = format!("{}:theirs", ours.ufrag());
    let request = StunMessage::binding_request(&username, TransId::new(), true, 1, 100, true);
    let mut room = [0; 256];
    let password = Some(ours.password().as_bytes());
    let written = request.to_bytes(password, &mut room, |key, parts| {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key).expect("a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    });
    room[..written.expect("it fits")].to_vec()
}
