//! Datagrams of anybody go into an SRTP session between packets of the peer.
//!
//! Invariant: none is taken, none that was refused for its tag is changed, and the peer's next packet is understood while
//! its last one stays a replay, as if nothing had come between.
#![no_main]

use _native::rtp::{self, Sender};
use _native::srtp::{Keys, MasterKey, Refused, Session, Suite, MAX_OVERHEAD};
use libfuzzer_sys::fuzz_target;

const PLAIN: usize = 52;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, mut rest)) = input.split_first() else {
        return;
    };
    let suite = Suite::ALL[usize::from(choice) % Suite::ALL.len()];
    let identifier = &[1, 2, 3, 4][..usize::from(choice >> 5 & 3)];
    let (mut ours, mut peer) = (
        session(suite, b"", identifier),
        session(suite, identifier, b""),
    );
    let mut stream = Sender::new(7, 100, 0);
    let first = say(&mut peer, &mut stream);
    assert_eq!(ours.unprotect(&mut first.clone(), 0), Ok(PLAIN));
    while let Some((&length, after)) = rest.split_first() {
        let (datagram, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        let mut packet = datagram.to_vec();
        let refused = ours.unprotect(&mut packet, 0);
        assert!(refused.is_err());
        if refused == Err(Refused::Unauthenticated) {
            assert_eq!(packet, datagram);
        }
        assert!(ours.unprotect_control(&mut packet, 0).is_err());
    }
    let next = say(&mut peer, &mut stream);
    assert_eq!(ours.unprotect(&mut next.clone(), 0), Ok(PLAIN));
    for replay in [first, next] {
        assert_eq!(
            ours.unprotect(&mut replay.clone(), 0),
            Err(Refused::Replayed)
        );
    }
});

fn session(suite: Suite, local: &[u8], remote: &[u8]) -> Session {
    let secret = vec![0x5A; suite.key_len() + suite.salt_len()];
    let key = |identifier| MasterKey::new(suite, &secret, identifier).expect("the length fits");
    Session::new(Keys {
        local: key(local),
        remote: key(remote),
    })
}

fn say(peer: &mut Session, stream: &mut Sender) -> Vec<u8> {
    let mut packet = vec![0; PLAIN + MAX_OVERHEAD + 4];
    rtp::write(&stream.audio(0, 160, 40), &mut packet);
    let length = peer
        .protect(&mut packet, PLAIN)
        .expect("a new packet of one source");
    packet.truncate(length);
    packet
}
