//! What a lite agent does with anything that is no check of its peer; whole calls are in `browser/tests`.

use is::stun::{StunMessage, TransId};
use proptest::prelude::*;

use super::*;

const SOURCE: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9)),
    5000,
);

fn check(username: &str, password: &str, is_controlling: bool) -> Vec<u8> {
    let request =
        StunMessage::binding_request(username, TransId::new(), is_controlling, 1, 100, true);
    let mut room = [0; 256];
    let length = request
        .to_bytes(Some(password.as_bytes()), &mut room, integrity)
        .unwrap();
    room[..length].to_vec()
}

fn receive(agent: &mut Agent, datagram: &[u8]) -> Vec<u8> {
    let mut answer = [0; MAX_ANSWER];
    let length = agent.receive(datagram, SOURCE, 1, &mut answer).answer;
    answer[..length].to_vec()
}

fn agent() -> (Agent, Credentials) {
    let ours = Credentials::generate().unwrap();
    (Agent::new(ours.clone()), ours)
}

#[test]
fn credentials_are_as_long_as_rfc_8445_wants_and_new_each_time() {
    let (one, other) = (
        Credentials::generate().unwrap(),
        Credentials::generate().unwrap(),
    );
    assert_ne!(one.ufrag(), other.ufrag());
    assert!(one.ufrag().len() >= 4 && one.password().len() >= 22);
    assert!(!format!("{one:?}").contains(one.password()));
}

#[test]
fn a_check_is_answered_with_the_address_that_it_came_from() {
    let (mut agent, ours) = agent();
    let datagram = check(&format!("{}:theirs", ours.ufrag()), ours.password(), true);
    assert_eq!(addressee(&datagram), Some(ours.ufrag()));
    let answer = receive(&mut agent, &datagram);
    let response = StunMessage::parse(&answer).unwrap();
    assert!(response.is_successful_binding_response());
    assert_eq!(response.mapped_address(), Some(SOURCE));
    assert!(response.verify(ours.password().as_bytes(), integrity));
    assert_eq!(agent.path(2), Some(SOURCE));
    assert_eq!(agent.path(1 + CONSENT), None);
}

#[test]
fn a_wrong_password_or_peer_is_not_answered_and_changes_nothing() {
    let (mut agent, ours) = agent();
    agent.expect("theirs");
    let ufrag = ours.ufrag();
    for datagram in [
        check(&format!("{ufrag}:theirs"), "wrong", true),
        check(&format!("{ufrag}:stranger"), ours.password(), true),
        check("nobody:theirs", ours.password(), true),
    ] {
        assert!(receive(&mut agent, &datagram).is_empty());
    }
    assert_eq!(agent.paths().count(), 0);
    assert_eq!(agent.next_timer(), u64::MAX);
}

#[test]
fn one_that_takes_itself_for_controlled_is_told_of_the_conflict() {
    let (mut agent, ours) = agent();
    let datagram = check(&format!("{}:theirs", ours.ufrag()), ours.password(), false);
    let answer = receive(&mut agent, &datagram);
    let response = StunMessage::parse(&answer).unwrap();
    assert_eq!(response.error_code().map(|(code, _)| code), Some(487));
    assert_eq!(agent.path(2), None);
}

proptest! {
    #[test]
    fn no_octets_of_a_stranger_are_answered(
        octets in proptest::collection::vec(any::<u8>(), 0..300),
        from in 0..20usize,
    ) {
        let (mut agent, ours) = agent();
        prop_assert!(receive(&mut agent, &octets).is_empty());
        let mut datagram = check(&format!("{}:theirs", ours.ufrag()), "wrong", true);
        for (place, octet) in datagram.iter_mut().skip(from).zip(&octets) {
            *place ^= octet;
        }
        prop_assert!(receive(&mut agent, &datagram).is_empty());
        addressee(&datagram);
        prop_assert_eq!(agent.paths().count(), 0);
    }
}
