//! A leg whose keys change, and one whose keys stay.

use super::*;

fn session(local: u8, remote: u8) -> Box<Session> {
    let suite = Suite::AeadAes256Gcm;
    Box::new(Session::new(Keys {
        local: key(suite, local, b""),
        remote: key(suite, remote, b""),
    }))
}

#[test]
fn a_new_key_of_the_peer_leaves_the_old_one_valid_for_a_while() {
    let (mut ours, mut peer) = (session(1, 2), session(2, 1));
    let say = |session: &mut Session, sequence: u16| {
        let mut packet = rtp(sequence, 5, b"audio");
        packet.resize(64, 0);
        let length = session.protect(&mut packet, 17).unwrap();
        packet.truncate(length);
        packet
    };
    let mut first = say(&mut peer, 1);
    let mut late = say(&mut peer, 2);
    let mut later = say(&mut peer, 3);
    let replay = first.clone();
    assert_eq!(ours.unprotect(&mut first, 0), Ok(17));
    let mut renewed = session(1, 3);
    assert!(renewed.follow(ours, 0).is_none());
    let mut new_peer = session(3, 1);
    let mut fresh = say(&mut new_peer, 4);
    assert_eq!(renewed.unprotect(&mut fresh, 1), Ok(17));
    assert_eq!(renewed.unprotect(&mut late, 1), Ok(17));
    assert_eq!(
        renewed.unprotect(&mut replay.clone(), 1),
        Err(Refused::Replayed)
    );
    let over = renewed.unprotect(&mut later, 5_000_000_000);
    assert_eq!(over, Err(Refused::Unauthenticated));
    assert!(session(1, 4).follow(renewed, 0).is_some());
}

#[test]
fn keys_that_stay_go_on_where_they_were() {
    let (mut ours, mut peer) = (session(1, 2), session(2, 1));
    let mut packet = rtp(1, 5, b"audio");
    packet.resize(64, 0);
    let length = peer.protect(&mut packet, 17).unwrap();
    let replay = packet[..length].to_vec();
    assert_eq!(ours.unprotect(&mut packet[..length], 0), Ok(17));
    let mut again = session(1, 2);
    assert!(again.follow(ours, 0).is_some());
    assert_eq!(
        again.unprotect(&mut replay.clone(), 0),
        Err(Refused::Replayed)
    );
    let mut same = session(2, 1);
    assert!(same.follow(peer, 0).is_some());
    let mut packet = rtp(1, 5, b"other");
    packet.resize(64, 0);
    assert_eq!(same.protect(&mut packet, 17), None);
}

#[test]
fn a_source_may_keep_its_rollover_counter_under_a_new_key() {
    let suite = Suite::AesCm128HmacSha1_80;
    let (old, new) = (key(suite, 1, b""), key(suite, 2, b""));
    let mut before = Unprotector::new(&old);
    let mut protector = Protector::new(&old);
    for step in 0..9u16 {
        let packet = protect(&mut protector, &rtp(step.wrapping_mul(30_000), 5, b"x")).unwrap();
        unprotect(&mut before, &packet).unwrap();
    }
    for rollover in [0, 3] {
        let mut after = Unprotector::new(&new);
        after.follow(&before);
        let mut protector = Protector::new(&new);
        protector.jump((rollover << 16) + 44_000);
        for sequence in 44_001..44_004 {
            let packet = protect(&mut protector, &rtp(sequence, 5, b"x")).unwrap();
            assert!(unprotect(&mut after, &packet).is_ok(), "{rollover}");
        }
    }
}
