//! Two legs shake hands over a network that loses, and strangers try to take part. Time is a number.

use std::collections::VecDeque;
use std::time::Instant;

use super::*;

const MS: u64 = 1_000_000;

fn address(port: u16) -> SocketAddr {
    SocketAddr::new("192.0.2.1".parse().unwrap(), port)
}

struct Side {
    handshake: Handshake,
    words: Words,
    at: SocketAddr,
    sessions: Vec<(Component, SocketAddr)>,
    lost: Option<Failure>,
    cuts: usize,
}

fn ours() -> Ours {
    Ours {
        identity: Arc::new(Identity::generate().unwrap()),
        epoch: Epoch::new(Instant::now(), 0),
    }
}

fn peer(of: &Ours, role: Role, at: SocketAddr) -> Peer {
    Peer {
        fingerprint: of.identity.fingerprint().clone(),
        role,
        tls_id: "".into(),
        rtp: at,
        rtcp: None,
    }
}

impl Side {
    fn new(ours: &Ours, peer: Peer, at: SocketAddr) -> Self {
        let (teller, words) = line();
        Self {
            handshake: Handshake::new(ours.clone(), peer, teller, 0),
            words,
            at,
            sessions: Vec::new(),
            lost: None,
            cuts: 0,
        }
    }

    /// What it sends now: which port, the datagram, where to.
    fn settle(&mut self, now: u64) -> Vec<(Component, Vec<u8>, SocketAddr)> {
        let mut sent = Vec::new();
        let mut room = [0; MAX_RECORD];
        self.handshake
            .settle(now, &mut room, &mut |component, record, to| {
                sent.push((component, record.to_vec(), to));
            });
        while let Some(word) = self.words.take() {
            match word {
                Word::Cut => self.cuts += 1,
                Word::Keys(component, _, from) => self.sessions.push((component, from)),
                Word::Lost(failure) => self.lost = Some(failure),
            }
        }
        sent
    }
}

/// Lets both sides talk for so long; every `loss`th datagram is lost.
fn run(one: &mut Side, other: &mut Side, from: u64, until: u64, loss: usize) {
    let mut sent = 0;
    for now in (from..until).step_by(20 * MS as usize) {
        let mut on_the_way = VecDeque::new();
        for _ in 0..2 {
            for (side, is_one) in [(&mut *one, true), (&mut *other, false)] {
                let from = side.at;
                for (component, record, to) in side.settle(now) {
                    on_the_way.push_back((is_one, component, record, from, to));
                }
            }
        }
        while let Some((is_one, component, record, from, to)) = on_the_way.pop_front() {
            sent += 1;
            let side = if is_one { &mut *other } else { &mut *one };
            if to == side.at && (loss == 0 || sent % loss != 0) {
                side.handshake.receive(component, &record, from, now);
            }
        }
    }
}

fn pair() -> (Ours, Ours, Side, Side) {
    let (us, them) = (ours(), ours());
    let server = Side::new(&us, peer(&them, Role::Server, address(2)), address(1));
    let client = Side::new(&them, peer(&us, Role::Client, address(1)), address(2));
    (us, them, server, client)
}

#[test]
fn two_sides_agree_though_every_third_datagram_is_lost() {
    let (_, _, mut server, mut client) = pair();
    run(&mut server, &mut client, 0, 10_000 * MS, 3);
    assert_eq!(server.sessions, [(Component::Rtp, address(2))]);
    assert_eq!(client.sessions, [(Component::Rtp, address(1))]);
    assert_eq!((server.lost, client.lost), (None, None));
}

#[test]
fn two_ports_have_two_associations() {
    let (us, them) = (ours(), ours());
    let mut at_server = peer(&them, Role::Server, address(2));
    at_server.rtcp = Some(address(2));
    let mut at_client = peer(&us, Role::Client, address(1));
    at_client.rtcp = Some(address(1));
    let mut server = Side::new(&us, at_server, address(1));
    let mut client = Side::new(&them, at_client, address(2));
    run(&mut server, &mut client, 0, 2_000 * MS, 0);
    for side in [&server, &client] {
        let components: Vec<_> = side
            .sessions
            .iter()
            .map(|(component, _)| *component)
            .collect();
        assert!(components.contains(&Component::Rtp) && components.contains(&Component::Rtcp));
    }
}

#[test]
fn a_peer_behind_a_nat_is_known_by_its_certificate() {
    let (us, them) = (ours(), ours());
    let elsewhere: SocketAddr = "198.51.100.7:999".parse().unwrap();
    let mut server = Side::new(&us, peer(&them, Role::Server, address(2)), address(1));
    let mut client = Side::new(&them, peer(&us, Role::Client, address(1)), elsewhere);
    run(&mut server, &mut client, 0, 1_000 * MS, 0);
    assert_eq!(server.sessions, [(Component::Rtp, elsewhere)]);
}

#[test]
fn a_stranger_with_another_certificate_ends_nothing_and_the_peer_still_comes() {
    let (us, them, mut server, mut client) = pair();
    let elsewhere: SocketAddr = "198.51.100.7:999".parse().unwrap();
    let stranger = ours();
    let mut other = Side::new(&stranger, peer(&us, Role::Client, address(1)), elsewhere);
    run(&mut server, &mut other, 0, 1_000 * MS, 0);
    assert_eq!((server.sessions.len(), server.lost), (0, None));
    drop(them);
    run(&mut server, &mut client, 1_000 * MS, 3_000 * MS, 0);
    assert_eq!(server.sessions, [(Component::Rtp, address(2))]);
}

#[test]
fn another_certificate_at_the_address_of_sdp_is_told_at_once() {
    for role in [Role::Server, Role::Client] {
        let (us, them, stranger) = (ours(), ours(), ours());
        let theirs = match role {
            Role::Server => Role::Client,
            Role::Client => Role::Server,
        };
        let mut side = Side::new(&us, peer(&them, role, address(2)), address(1));
        let mut other = Side::new(&stranger, peer(&us, theirs, address(1)), address(2));
        run(&mut side, &mut other, 0, 2_000 * MS, 0);
        assert_eq!(side.lost, Some(Failure::WrongFingerprint));
        assert!(side.sessions.is_empty());
    }
}

#[test]
fn nobody_is_waited_for_longer_than_patience() {
    let (us, them) = (ours(), ours());
    for role in [Role::Server, Role::Client] {
        let mut side = Side::new(&us, peer(&them, role, address(2)), address(1));
        let mut now = 0;
        while side.lost.is_none() {
            side.settle(now);
            now = side.handshake.next_timer().max(now + 1);
            assert!(now <= PATIENCE + MS || side.lost.is_some());
        }
        assert_eq!(side.lost, Some(Failure::TimedOut));
        // Another description tries again.
        side.handshake.agree(peer(&them, role, address(2)), now);
        side.settle(now);
        assert_eq!(side.cuts, 1);
    }
}

#[test]
fn a_spray_of_hellos_makes_few_candidates_and_the_address_of_sdp_finds_room() {
    let (us, them, mut server, mut client) = pair();
    let hello = client.settle(0).remove(0).1;
    for port in 1000..2000 {
        let from = SocketAddr::new("198.51.100.7".parse().unwrap(), port);
        server.handshake.receive(Component::Rtp, &hello, from, 0);
        server.settle(0);
    }
    assert_eq!(server.handshake.rtp.candidates.len(), CANDIDATES);
    drop((us, them));
    run(&mut server, &mut client, 300 * MS, 3_000 * MS, 0);
    assert_eq!(server.sessions, [(Component::Rtp, address(2))]);
}

#[test]
fn what_is_no_hello_makes_no_candidate() {
    let (_, _, mut server, _client) = pair();
    for octets in [&[22_u8; 40][..], &[20; 13], &[63], &[23; 1500]] {
        let from = address(2);
        server.handshake.receive(Component::Rtp, octets, from, 0);
    }
    assert!(server.handshake.rtp.candidates.is_empty());
}

#[test]
fn the_same_description_keeps_the_association_and_another_begins_anew() {
    let (us, them, mut server, mut client) = pair();
    run(&mut server, &mut client, 0, 1_000 * MS, 0);
    let mut same = peer(&them, Role::Server, address(9));
    server.handshake.agree(same.clone(), 1_000 * MS);
    server.settle(1_000 * MS);
    assert_eq!((server.cuts, server.sessions.len()), (0, 1));
    same.tls_id = "another".into();
    server.handshake.agree(same, 1_100 * MS);
    server.settle(1_100 * MS);
    assert_eq!(server.cuts, 1);
    let mut again = Side::new(&them, peer(&us, Role::Client, address(1)), address(9));
    run(&mut server, &mut again, 1_200 * MS, 3_000 * MS, 0);
    assert_eq!(server.sessions[1..], [(Component::Rtp, address(9))]);
}

#[test]
fn a_goodbye_is_told() {
    let (_, _, mut server, mut client) = pair();
    run(&mut server, &mut client, 0, 1_000 * MS, 0);
    let mut goodbye = Vec::new();
    let mut room = [0; MAX_RECORD];
    client
        .handshake
        .close(1_000 * MS, &mut room, &mut |_, record, _| {
            goodbye.push(record.to_vec());
        });
    for record in goodbye {
        let now = 1_000 * MS;
        server
            .handshake
            .receive(Component::Rtp, &record, address(2), now);
        server.settle(now);
    }
    assert_eq!(server.lost, Some(Failure::Closed));
}
