//! What a browser leg costs beside its SRTP: nanoseconds of CPU for a handshake and for a packet of 20 ms G.711 through the
//! port's directory, its ring and its keys. The kernel's part is left out.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use _native::browser::line::{line, Inlet, Note};
use _native::browser::{Agreed, Directory};
use _native::dtls::{Association, Epoch, Identity, Output, Role, MAX_RECORD};
use _native::ice::Credentials;
use _native::net::cpu_seconds;
use _native::rtp::{self, Sender, HEADER_LEN};
use _native::srtp::{Session, MAX_OVERHEAD};
use hmac::{Hmac, KeyInit, Mac};
use is::stun::{StunMessage, TransId};

const ROUNDS: usize = 5;
const HANDSHAKES: u64 = 50;
const PACKETS: u32 = 40_000;
const AUDIO: usize = 160;

fn main() -> ExitCode {
    println!(
        "{:<10}{:>22}{:>22}{:>22}",
        "role", "handshake, ours ns", "packet to the keys ns", "packet with SRTP ns"
    );
    for role in [Role::Server, Role::Client] {
        let costs: Option<Vec<_>> = (0..ROUNDS).map(|_| measure(role)).collect();
        let Some(costs) = costs else {
            eprintln!("a handshake failed");
            return ExitCode::FAILURE;
        };
        let best = |pick: fn(&Cost) -> f64| costs.iter().map(pick).fold(f64::MAX, f64::min);
        println!(
            "{:<10}{:>22.0}{:>22.0}{:>22.0}",
            format!("{role:?}"),
            best(|cost| cost.handshake),
            best(|cost| cost.forwarded),
            best(|cost| cost.opened),
        );
    }
    ExitCode::SUCCESS
}

struct Cost {
    handshake: f64,
    forwarded: f64,
    opened: f64,
}

fn measure(role: Role) -> Option<Cost> {
    let epoch = Epoch::new(Instant::now(), 0);
    let ours = Arc::new(Identity::generate().ok()?);
    let mut directory = Directory::new(ours, epoch);
    let mut spent = 0.0;
    let mut last = None;
    for leg in 0..HANDSHAKES {
        let address = ([192, 0, 2, leg as u8], 5000).into();
        let (inlet, keys, seconds) = connect(&mut directory, leg, address, role, epoch)?;
        spent += seconds;
        last = Some((inlet, keys, address));
    }
    let (mut inlet, mut keys, address) = last?;
    let Note::Keys(mut ours) = inlet.note()? else {
        return None;
    };
    let mut stream = Sender::new(7, 1, 0);
    let mut room = [0; 2048];
    let (mut forwarding, mut opening) = (0.0, 0.0);
    let mut packets = vec![[0u8; HEADER_LEN + AUDIO + MAX_OVERHEAD]; 64];
    for _ in 0..PACKETS / 64 {
        let mut length = 0;
        for packet in &mut packets {
            rtp::write(&stream.audio(0, AUDIO as u32, AUDIO), packet);
            length = keys.protect(packet, HEADER_LEN + AUDIO)?;
        }
        let began = cpu_seconds();
        for packet in &packets {
            directory.receive(&packet[..length], address, 0, 0, &mut |_, _| {});
        }
        let between = cpu_seconds();
        while let Some((packet, _)) = inlet.packet(&mut room) {
            ours.unprotect(packet, 0).ok()?;
        }
        forwarding += between - began;
        opening += cpu_seconds() - between;
    }
    let packets = f64::from(PACKETS);
    Some(Cost {
        handshake: spent * 1e9 / HANDSHAKES as f64,
        forwarded: forwarding * 1e9 / packets,
        opened: (forwarding + opening) * 1e9 / packets,
    })
}

/// A leg with a browser whose ICE and DTLS are done, and the seconds of CPU that our side took.
fn connect(
    directory: &mut Directory,
    leg: u64,
    address: SocketAddr,
    role: Role,
    epoch: Epoch,
) -> Option<(Inlet, Box<Session>, f64)> {
    let credentials = Credentials::generate().ok()?;
    let (outlet, inlet) = line(std::sync::Arc::new(_native::browser::watch::Calls::new(1)));
    directory.open(leg, credentials.clone(), outlet);
    let theirs = Arc::new(Identity::generate().ok()?);
    let agreed = Agreed {
        ufrag: "theirs".into(),
        fingerprint: theirs.fingerprint().clone(),
        role,
    };
    let server = directory.fingerprint().clone();
    let their_role = match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    };
    let mut client = Association::new(theirs, server, their_role, epoch, 0);
    let check = check(&credentials)?;
    let mut to_client: Vec<Vec<u8>> = Vec::new();
    let mut room = [0; MAX_RECORD];
    let (mut keys, mut spent) = (None, 0.0);
    let mut to_us = vec![check];
    for round in 0..20 {
        let began = cpu_seconds();
        let mut send = |octets: &[u8], _| to_client.push(octets.to_vec());
        if round == 0 {
            directory.agree(leg, &agreed, 0, &mut send);
        }
        for record in to_us.drain(..) {
            directory.receive(&record, address, 0, 0, &mut send);
        }
        spent += cpu_seconds() - began;
        for record in to_client.drain(..).filter(|record| record[0] > 3) {
            client.receive(&record, 0);
        }
        client.poll(&mut room, 0, |output| match output {
            Output::Send(record) => to_us.push(record.to_vec()),
            Output::Keys(session) => keys = Some(session),
            Output::Failed(_) => {}
        });
        if to_us.is_empty() && keys.is_some() {
            break;
        }
    }
    Some((inlet, keys?, spent))
}

fn check(ours: &Credentials) -> Option<Vec<u8>> {
    let username = format!("{}:theirs", ours.ufrag());
    let request = StunMessage::binding_request(&username, TransId::new(), true, 1, 100, true);
    let mut room = [0; 256];
    let password = Some(ours.password().as_bytes());
    let written = request.to_bytes(password, &mut room, |key, parts| {
        Hmac::<sha1::Sha1>::new_from_slice(key).map_or([0; 20], |mut mac| {
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().into()
        })
    });
    Some(room[..written.ok()?].to_vec())
}
