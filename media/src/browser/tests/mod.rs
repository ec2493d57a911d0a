//! Whole calls of simulated browsers with one directory, in virtual time.

mod client;
mod world;

use super::Cause;
use crate::dtls::{Fingerprint, Role};
use crate::ice::{Credentials, CONSENT, MAX_PATHS};
use crate::srtp::Refused;
use client::Client;
use world::{other, World, SECOND, SET_UP, STEP, TONE};

fn is_heard(heard: &[Result<Vec<u8>, Refused>]) -> bool {
    heard == [Ok(TONE.to_vec())]
}

#[test]
fn ice_and_dtls_come_to_an_end_in_either_role_and_audio_passes() {
    for role in [Role::Client, Role::Server] {
        let (mut world, number) = World::connected(role);
        let address = world.clients[number].address;
        assert_eq!(world.legs[number].path, Some(address));
        assert!(is_heard(&world.say(number)));
        let mut packet = [0; 300];
        packet[0] = 0x80;
        let ours = world.legs[number].keys.as_mut().unwrap();
        let length = ours.protect(&mut packet, 172).unwrap();
        let theirs = world.clients[number].keys.as_mut().unwrap();
        assert_eq!(theirs.unprotect(&mut packet[..length], 0), Ok(172));
    }
}

#[test]
fn a_browser_that_comes_before_its_sdp_is_answered_and_connected_later() {
    let mut world = World::new();
    let number = world.call(10, Role::Client);
    world.run(SET_UP);
    assert!(world.legs[number].path.is_none());
    world.agree(number, Role::Server);
    world.run(3 * SECOND);
    assert!(world.legs[number].path.is_some());
}

#[test]
fn handshakes_survive_the_loss_of_every_third_datagram() {
    for role in [Role::Client, Role::Server] {
        let mut world = World::new();
        world.lost = |number| number % 3 == 0;
        let number = world.call(10, role);
        world.agree(number, other(role));
        world.run(20 * SECOND);
        assert!(world.legs[number].path.is_some(), "{role:?}");
    }
}

#[test]
fn two_browsers_on_the_port_hear_only_their_own() {
    let mut world = World::new();
    for host in [10, 11] {
        let number = world.call(host, Role::Client);
        world.agree(number, Role::Server);
    }
    world.run(SET_UP);
    assert!(is_heard(&world.say(1)));
    assert!(world.legs[0].heard().is_empty());
    assert!(is_heard(&world.say(0)));
    let stolen = world.clients[0].say(&TONE);
    let source = world.clients[1].address;
    world.inject(&stolen, source);
    assert_eq!(world.legs[1].heard(), [Err(Refused::Unauthenticated)]);
}

#[test]
fn a_wrong_fingerprint_gets_no_keys_and_is_told() {
    for role in [Role::Client, Role::Server] {
        let mut world = World::new();
        let number = world.call(10, role);
        world.agree_on(number, other(role), Fingerprint::of(b"somebody else"));
        world.run(SET_UP);
        let leg = &mut world.legs[number];
        assert_eq!(leg.lost, [Some(Cause::WrongFingerprint)]);
        assert!(leg.keys.is_none() && leg.path.is_none());
        assert!(world.directory.next_timer() > world.now);
    }
}

#[test]
fn replayed_forged_and_misdirected_packets_are_not_heard() {
    let (mut world, number) = World::connected(Role::Client);
    let source = world.clients[number].address;
    let packet = world.clients[number].say(&TONE);
    world.inject(&packet, source);
    assert!(is_heard(&world.legs[number].heard()));
    world.inject(&packet, source);
    assert_eq!(world.legs[number].heard(), [Err(Refused::Replayed)]);
    let mut forged = packet.clone();
    forged[50] ^= 1;
    world.inject(&forged, source);
    assert_eq!(world.legs[number].heard(), [Err(Refused::Unauthenticated)]);
    // Elsewhere it does not even reach the leg.
    world.inject(&packet, ([192, 0, 2, 66], 5000).into());
    assert!(world.legs[number].heard().is_empty());
    assert!(is_heard(&world.say(number)));
}

/// A client's hello of somebody who was never invited.
fn bad_hello(world: &World) -> Vec<u8> {
    let ours = Credentials::generate().unwrap();
    let nobody = Fingerprint::of(b"nobody");
    let address = ([192, 0, 2, 66], 6000).into();
    let mut stranger = Client::new(
        address,
        &ours,
        &nobody,
        Role::Client,
        world.epoch,
        world.now,
    );
    stranger.hello(world.now)
}

#[test]
fn a_spray_of_bad_hellos_ends_no_handshake() {
    for role in [Role::Client, Role::Server] {
        let mut world = World::new();
        let hello = bad_hello(&world);
        let mut cut = hello.clone();
        cut.truncate(40);
        let mut bent = hello.clone();
        bent[60] ^= 0xFF;
        let alert = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40];
        let number = world.call(10, role);
        world.agree(number, other(role));
        for _ in 0..SET_UP / STEP {
            for datagram in [&hello[..], &cut, &bent, &alert, &[22], &[63; 1200]] {
                world.inject(datagram, ([192, 0, 2, 66], 6000).into());
            }
            world.run(STEP);
        }
        assert!(world.legs[number].path.is_some(), "{role:?}");
        assert!(is_heard(&world.say(number)));
    }
}

#[test]
fn bad_records_from_the_very_address_of_the_peer_leave_its_keys_alone() {
    let (mut world, number) = World::connected(Role::Client);
    let hello = bad_hello(&world);
    let source = world.clients[number].address;
    for datagram in [&hello[..], &[22; 500], &[23; 13], &[21, 254, 253]] {
        world.inject(datagram, source);
        world.run(SECOND);
    }
    assert!(world.legs[number].lost.is_empty());
    assert!(is_heard(&world.say(number)));
}

#[test]
fn consent_ends_when_checks_do_and_comes_back_with_them() {
    let (mut world, number) = World::connected(Role::Client);
    world.run(2 * CONSENT);
    assert!(world.legs[number].lost.is_empty());
    world.clients[number].is_cut_off = true;
    world.run(CONSENT - 6 * SECOND);
    assert!(world.legs[number].path.is_some());
    world.run(7 * SECOND);
    assert_eq!(world.legs[number].lost, [Some(Cause::ConsentLost)]);
    assert!(world.legs[number].path.is_none());
    world.clients[number].is_cut_off = false;
    let address = world.clients[number].address;
    let ours = world.legs[number].ours.clone();
    world.clients[number].restart_ice(address, &ours);
    world.agree(number, Role::Server);
    world.run(SET_UP);
    assert_eq!(world.legs[number].path, Some(address));
    assert!(is_heard(&world.say(number)));
}

#[test]
fn an_ice_restart_moves_the_call_to_another_network_under_the_same_keys() {
    let (mut world, number) = World::connected(Role::Client);
    let before = world.legs[number].ours.clone();
    let ours = Credentials::generate().unwrap();
    world.directory.restart(number as u64, ours.clone());
    let elsewhere = ([198, 51, 100, 7], 1234).into();
    world.clients[number].restart_ice(elsewhere, &ours);
    world.agree(number, Role::Server);
    world.run(SET_UP);
    assert_eq!(world.legs[number].path, Some(elsewhere));
    assert!(world.legs[number].lost.is_empty());
    assert!(is_heard(&world.say(number)));
    // The old credentials are over: a check under them is not answered.
    let server = world.directory.fingerprint().clone();
    let address = ([192, 0, 2, 77], 5000).into();
    let mut late = Client::new(
        address,
        &before,
        &server,
        Role::Client,
        world.epoch,
        world.now,
    );
    let checks = late.poll(world.now + SECOND);
    assert!(!checks.is_empty());
    for check in checks {
        world.inject(&check, address);
    }
    assert!(world.to_clients.is_empty());
}

#[test]
fn another_browser_takes_over_the_leg_and_the_old_one_is_not_heard() {
    let (mut world, number) = World::connected(Role::Client);
    let old = world.clients[number].address;
    let last_words = world.clients[number].say(&TONE);
    let ours = Credentials::generate().unwrap();
    world.directory.restart(number as u64, ours.clone());
    let address = ([192, 0, 2, 20], 5000).into();
    let server = world.directory.fingerprint().clone();
    world.clients[number] = Client::new(
        address,
        &ours,
        &server,
        Role::Client,
        world.epoch,
        world.now,
    );
    world.agree(number, Role::Server);
    world.legs[number].listen();
    assert_eq!(world.legs[number].lost, [None]);
    world.inject(&last_words, old);
    world.run(SET_UP);
    assert_eq!(world.legs[number].path, Some(address));
    world.inject(&last_words, old);
    assert!(world.legs[number].heard().is_empty());
    assert!(is_heard(&world.say(number)));
}

#[test]
fn a_peer_that_closes_dtls_is_told_of_and_so_is_one_that_never_came() {
    let (mut world, number) = World::connected(Role::Client);
    world.clients[number].close();
    world.run(SECOND);
    assert_eq!(world.legs[number].lost, [Some(Cause::DtlsClosed)]);
    let absent = world.call(11, Role::Client);
    world.clients[absent].is_cut_off = true;
    world.agree(absent, Role::Server);
    world.run(29 * SECOND);
    assert!(world.legs[absent].lost.is_empty());
    world.run(2 * SECOND);
    assert_eq!(world.legs[absent].lost, [Some(Cause::NeverConnected)]);
}

#[test]
fn a_closed_leg_says_goodbye_and_leaves_nothing_behind() {
    let (mut world, number) = World::connected(Role::Client);
    let wire = &mut world.to_clients;
    world
        .directory
        .close(number as u64, world.now, &mut |octets, to| {
            wire.push_back((octets.to_vec(), to));
        });
    world.run(SECOND);
    assert_eq!(
        world.clients[number].failure,
        Some(crate::dtls::Failure::Closed)
    );
    assert!(world.directory.is_empty());
    assert!(world.legs[number].heard().is_empty());
}

#[test]
fn a_peer_with_many_addresses_keeps_the_newest_and_the_one_in_use() {
    let (mut world, number) = World::connected(Role::Client);
    let selected = world.legs[number].path;
    let server = world.directory.fingerprint().clone();
    let ours = world.legs[number].ours.clone();
    for host in 100..100 + 3 * MAX_PATHS as u8 {
        let address = ([192, 0, 2, host], 5000).into();
        let mut other = Client::new(
            address,
            &ours,
            &server,
            Role::Client,
            world.epoch,
            world.now,
        );
        other.pretend(world.clients[number].ufrag());
        for check in other.poll(world.now + SECOND) {
            world.inject(&check, address);
        }
        world.run(STEP);
    }
    assert_eq!(world.directory.addresses(), MAX_PATHS);
    assert_eq!(world.legs[number].path, selected);
    assert!(is_heard(&world.say(number)));
}
