//! Bodies that claim to be session descriptions, as the memory of known offers sees them.
//!
//! Invariant: who has a shape can be put together again from it, its o= line and its ports, octet by octet but for
//! zeros before a port. So nothing that tells two offers apart is lost, and none is taken for another.
#![no_main]

use _native::sdp::shape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some(found) = shape::of(input) else {
        return;
    };
    let mut whole = format!("v=0\r\no={}\r\n", found.origin);
    let mut ports = found.ports.iter();
    for line in found.text.split_inclusive('\n') {
        if line.starts_with("m=") {
            let (kind, rest) = line.split_once(' ').expect("a kind");
            let (_, rest) = rest.split_once(' ').expect("a port");
            let port = ports.next().expect("one for each m= line");
            whole.push_str(&format!("{kind} {port} {rest}"));
        } else {
            whole.push_str(line);
        }
    }
    assert!(ports.next().is_none());
    assert_eq!(whole, plain(input));
});

/// The same without zeros before the ports.
fn plain(input: &[u8]) -> String {
    let text = std::str::from_utf8(input).expect("what has a shape is ASCII");
    text.split_inclusive('\n')
        .map(|line| match line.split_once(' ') {
            Some((kind, rest)) if kind.starts_with("m=") => {
                let (port, rest) = rest.split_once(' ').expect("a port");
                let port: u16 = port.parse().expect("a port");
                format!("{kind} {port} {rest}")
            }
            _ => line.to_owned(),
        })
        .collect()
}
