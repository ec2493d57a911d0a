//! The floor that benches compare with: every datagram goes back to where it came from, one UDP port a leg, one
//! thread, no RTP. Whatever handles media on its own port a leg costs at least this.

use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use _native::net::socket;
use _native::net::wait::{Poller, Ready, Timer, Trigger};
use _native::net::{cpu_seconds, monotonic_ns};

const HELP: &str = "rtp_floor [--address 127.0.0.1] [--first-port 40000] [--legs 200] [--seconds 10]

Echoes on the even ports from --first-port on, for --seconds, and prints JSON: packets, CPU seconds, CPU
microseconds a packet in and out. Prints \"ready\" on stderr when every port is bound.";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<String, String> {
    let (mut address, mut first_port, mut legs, mut seconds) =
        ("127.0.0.1".to_string(), 40000u16, 200u16, 10u64);
    while let Some(name) = arguments.next() {
        if name == "--help" {
            return Ok(HELP.into());
        }
        let value = arguments.next().ok_or(HELP)?;
        let number = || {
            value
                .parse()
                .map_err(|_| format!("{name}: not a number: {value}"))
        };
        match name.as_str() {
            "--address" => address = value,
            "--first-port" => first_port = number()?,
            "--legs" => legs = number()?,
            "--seconds" => seconds = u64::from(number()?),
            _ => return Err(HELP.into()),
        }
    }
    echo(&address, first_port, legs, seconds).map_err(|error| error.to_string())
}

fn echo(address: &str, first_port: u16, legs: u16, seconds: u64) -> std::io::Result<String> {
    let poller = Poller::new()?;
    let mut sockets: Vec<UdpSocket> = Vec::new();
    for leg in 0..legs {
        let host = address
            .parse()
            .map_err(|_| std::io::ErrorKind::InvalidInput)?;
        let socket = socket::bind_rtcp(SocketAddr::new(host, first_port + 2 * leg))?;
        poller.add(&socket, u64::from(leg), Trigger::Level)?;
        sockets.push(socket);
    }
    let mut timer = Timer::new()?;
    poller.add(&timer, u64::MAX, Trigger::Level)?;
    timer.set(monotonic_ns() + seconds * 1_000_000_000);
    eprintln!("ready");
    let (mut packets, mut buffer, mut ready) = (0u64, [0; 2048], Ready::default());
    let (cpu, end) = (cpu_seconds(), Instant::now() + Duration::from_secs(seconds));
    while Instant::now() < end {
        for token in poller.wait(&mut ready, true) {
            let Some(socket) = sockets.get(token as usize) else {
                continue;
            };
            if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                packets += u64::from(socket.send_to(&buffer[..length], from).is_ok());
            }
        }
    }
    let cpu = cpu_seconds() - cpu;
    let each = cpu * 1e6 / packets.max(1) as f64;
    Ok(format!(
        "{{\"legs\": {legs}, \"packets\": {packets}, \"cpu_seconds\": {cpu:.3}, \"cpu_us_a_pair\": {each:.3}}}"
    ))
}
