//! What SRTP costs: nanoseconds a packet of 20 ms G.711 for each suite, to protect and to unprotect.

use std::process::ExitCode;
use std::time::Instant;

use _native::srtp::{Keys, MasterKey, Session, Suite, MAX_OVERHEAD};

const PACKET: usize = 172;
const PACKETS: u32 = 40_000;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    println!(
        "{:<26}{:>12}{:>14}",
        "suite, best of 5", "protect ns", "unprotect ns"
    );
    for suite in Suite::ALL {
        let costs: Option<Vec<_>> = (0..ROUNDS).map(|_| measure(suite)).collect();
        let Some(costs) = costs else {
            eprintln!("{}: a packet was refused", suite.name());
            return ExitCode::FAILURE;
        };
        let best = |pick: fn(&(f64, f64)) -> f64| costs.iter().map(pick).fold(f64::MAX, f64::min);
        println!(
            "{:<26}{:>12.0}{:>14.0}",
            suite.name(),
            best(|cost| cost.0),
            best(|cost| cost.1)
        );
    }
    ExitCode::SUCCESS
}

/// None when a packet does not come through.
fn measure(suite: Suite) -> Option<(f64, f64)> {
    let mut sender = session(suite)?;
    let mut receiver = session(suite)?;
    let mut packets = vec![[0u8; PACKET + MAX_OVERHEAD]; PACKETS as usize];
    for (sequence, packet) in packets.iter_mut().enumerate() {
        packet[0] = 0x80;
        packet[2..4].copy_from_slice(&(sequence as u16).to_be_bytes());
    }
    let began = Instant::now();
    let mut length = 0;
    for packet in &mut packets {
        length = sender.protect(packet, PACKET)?;
    }
    let protecting = began.elapsed().as_nanos() as f64;
    let began = Instant::now();
    for packet in &mut packets {
        receiver.unprotect(&mut packet[..length], 0).ok()?;
    }
    let unprotecting = began.elapsed().as_nanos() as f64;
    let packets = f64::from(PACKETS);
    Some((protecting / packets, unprotecting / packets))
}

/// With one key for both directions, so that one session reads what another of its like wrote.
fn session(suite: Suite) -> Option<Session> {
    let secret = vec![7; suite.key_len() + suite.salt_len()];
    let key = || MasterKey::new(suite, &secret, b"").ok();
    Some(Session::new(Keys {
        local: key()?,
        remote: key()?,
    }))
}
