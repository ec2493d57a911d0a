//! Fingerprints and handshakes; whole calls are in `browser/tests`.

use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;

use super::*;

#[test]
fn a_fingerprint_is_read_as_it_is_written() {
    let identity = Identity::generate().unwrap();
    let text = identity.fingerprint().to_string();
    assert!(text.starts_with("sha-256 ") && text.len() == 8 + 32 * 3 - 1);
    let read = Fingerprint::parse(&text.to_lowercase()).unwrap();
    assert_eq!(&read, identity.fingerprint());
    assert!(read.is_of(&identity.certificate.certificate));
    assert!(!read.is_of(b"another"));
}

#[test]
fn other_hashes_are_known_and_weak_ones_refused() {
    let octets = |count: usize| vec!["00"; count].join(":");
    for (name, count, is_known) in [
        ("sha-256", 32, true),
        ("SHA-384", 48, true),
        ("sha-512", 64, true),
        ("sha-256", 31, false),
        ("sha-1", 20, false),
        ("md5", 16, false),
    ] {
        let text = format!("{name} {}", octets(count));
        assert_eq!(Fingerprint::parse(&text).is_some(), is_known, "{text}");
    }
    assert_eq!(
        Fingerprint::parse(&format!("sha-256 {}", "+1:".repeat(32))),
        None
    );
}

#[test]
fn each_engine_has_a_certificate_of_its_own() {
    let (one, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    assert_ne!(one.fingerprint(), other.fingerprint());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_is_a_fingerprint_or_none(text in ".{0,300}") {
        if let Some(read) = Fingerprint::parse(&text) {
            prop_assert_eq!(Fingerprint::parse(&read.to_string()), Some(read));
        }
    }

    #[test]
    fn any_datagrams_leave_a_server_that_can_still_shake_hands(
        datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..8),
    ) {
        let epoch = Epoch::new(Instant::now(), 0);
        let identities = [(); 2].map(|()| Arc::new(Identity::generate().unwrap()));
        let [ours, theirs] = &identities;
        let start = |mine: &Arc<Identity>, other: &Identity, role| {
            Association::new(mine.clone(), other.fingerprint().clone(), role, epoch, 0)
        };
        let mut server = start(ours, theirs, Role::Server);
        let mut client = start(theirs, ours, Role::Client);
        let mut room = [0; MAX_RECORD];
        for mut datagram in datagrams {
            // Half of them look like handshake records of DTLS 1.2.
            if datagram.len() > 13 && datagram[0] & 1 == 0 {
                datagram[..5].copy_from_slice(&[22, 254, 253, 0, 0]);
            }
            server.receive(&datagram, 0);
            server.poll(&mut room, 0, |_| {});
        }
        let (mut agreed, mut now) = (0, 0);
        while agreed < 2 && now < 20_000_000_000 {
            now += 50_000_000;
            for forth in [true, false] {
                let (from, to) = match forth {
                    true => (&mut client, &mut server),
                    false => (&mut server, &mut client),
                };
                if now >= from.next_timer() {
                    from.handle_timer(now);
                }
                let mut records = Vec::new();
                from.poll(&mut room, now, |output| match output {
                    Output::Send(record) => records.push(record.to_vec()),
                    Output::Keys(_) => agreed += 1,
                    Output::Failed(_) => {}
                });
                for record in records {
                    to.receive(&record, now);
                }
            }
        }
        prop_assert_eq!(agreed, 2);
    }
}
