//! What of a session description a phone says again in every call: all but its o= line and its ports.
//!
//! Not the rules: `voicecore/sdp/session.py` reads the shape, once for all descriptions that have it.

/// Octets of a description that is worth remembering.
pub const LONGEST: usize = 4096;

/// Stands in a shape where a port stood.
const PORT: &[u8] = b"9";

/// Attributes of one call only, and keys: no memory may hold them. Those of `PASSING` in `voicecore/sdp/line.py`.
const UNREMEMBERED: [&[u8]; 10] = [
    b"crypto:",
    b"ice-ufrag:",
    b"ice-pwd:",
    b"candidate:",
    b"remote-candidates:",
    b"fingerprint:",
    b"tls-id:",
    b"ssrc:",
    b"ssrc-group:",
    b"msid:",
];

#[derive(Debug, PartialEq)]
pub struct Shape<'a> {
    /// The value of the o= line, which is well formed.
    pub origin: &'a str,
    /// All below it, in ASCII and with 9 for each port.
    pub text: String,
    /// Those of the m= lines.
    pub ports: Vec<u16>,
}

/// None: it is not so plain, be it right or wrong. Takes linear time.
pub fn of(body: &[u8]) -> Option<Shape<'_>> {
    if body.len() > LONGEST || !body.iter().all(|octet| is_text(*octet)) {
        return None;
    }
    let rest = body.strip_prefix(b"v=0\r\no=")?;
    let end = rest.iter().position(|octet| *octet == b'\r')?;
    let origin = &rest[..end];
    let rest = rest[end..].strip_prefix(b"\r\n")?;
    if !is_origin(origin) {
        return None;
    }
    let (mut text, mut ports) = (Vec::with_capacity(rest.len()), Vec::new());
    for line in rest.split_inclusive(|octet| *octet == b'\n') {
        match line {
            [b'a', b'=', value @ ..] if is_unremembered(value) => return None,
            [b'm', b'=', value @ ..] => {
                let (before, port, after) = cut_at_port(value)?;
                text.extend_from_slice(&line[..2 + before]);
                text.extend_from_slice(PORT);
                text.extend_from_slice(after);
                ports.push(port);
            }
            _ => text.extend_from_slice(line),
        }
    }
    Some(Shape {
        origin: std::str::from_utf8(origin).ok()?,
        text: String::from_utf8(text).ok()?,
        ports,
    })
}

fn is_text(octet: u8) -> bool {
    matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

fn is_unremembered(value: &[u8]) -> bool {
    UNREMEMBERED.iter().any(|name| value.starts_with(name))
}

/// `username session version IN IP4 address`; phones write odd things but for the two numbers.
fn is_origin(value: &[u8]) -> bool {
    let mut words = value
        .split(|octet| matches!(octet, b' ' | b'\t'))
        .filter(|word| !word.is_empty());
    let is_number =
        |word: Option<&[u8]>| word.is_some_and(|word| number::<u64>(word, 20).is_some());
    words.next().is_some()
        && is_number(words.next())
        && is_number(words.next())
        && words.count() == 3
        && !value.contains(&b'\n')
}

/// Of `audio 4000 RTP/AVP 0`: octets before the port, the port, what follows it.
fn cut_at_port(value: &[u8]) -> Option<(usize, u16, &[u8])> {
    let kind = value.iter().position(|octet| *octet == b' ')?;
    let rest = &value[kind + 1..];
    let digits = rest.iter().position(|octet| *octet == b' ')?;
    let is_kind = kind > 0 && value[..kind].iter().all(u8::is_ascii_lowercase);
    let port = number(&rest[..digits], 5)?;
    is_kind.then_some((kind + 1, port, &rest[digits..]))
}

fn number<T: std::str::FromStr>(digits: &[u8], most: usize) -> Option<T> {
    if digits.is_empty() || digits.len() > most || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFER: &str = "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\nm=video 0 RTP/AVP 31\r\n";

    #[test]
    fn descriptions_of_one_phone_have_one_shape() {
        let later = OFFER.replace("4000", "40002").replace("7 1 IN", "700 2 IN");
        let (one, other) = (of(OFFER.as_bytes()).unwrap(), of(later.as_bytes()).unwrap());
        assert_eq!(one.text, other.text);
        assert_eq!((one.ports, other.ports), (vec![4000, 0], vec![40002, 0]));
        assert_eq!(other.origin, "- 700 2 IN IP4 192.0.2.1");
        assert!(one.text.ends_with("m=video 9 RTP/AVP 31\r\n"));
    }

    #[test]
    fn what_is_of_one_call_or_odd_has_none() {
        for (old, new) in [
            (
                "rtpmap:0 PCMU/8000",
                "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
            ),
            ("rtpmap:0 PCMU/8000", "ice-ufrag:x"),
            ("4000 ", "65536 "),
            ("4000 ", "4000/2 "),
            ("o=- 7", "o=- 99999999999999999999"),
            ("o=- 7", "o=- x"),
            ("s=-", "s=\u{0}"),
            ("s=-", "s=\u{fc}"),
            ("v=0", "v=1"),
        ] {
            assert!(OFFER.contains(old));
            assert_eq!(of(OFFER.replace(old, new).as_bytes()), None, "{new}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_have_a_shape_or_none(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = of(&octets);
        }

        #[test]
        fn a_shape_is_the_description_but_for_its_ports(place in 0..OFFER.len(), octet in any::<u8>()) {
            let mut body = OFFER.as_bytes().to_vec();
            body[place] = octet;
            if let Some(shape) = of(&body) {
                let lines = |text: &[u8]| text.iter().filter(|octet| **octet == b'\n').count();
                prop_assert!(shape.text.is_ascii());
                prop_assert_eq!(lines(shape.text.as_bytes()) + 2, lines(&body));
                prop_assert_eq!(
                    shape.ports.len(),
                    shape.text.split('\n').filter(|line| line.starts_with("m=")).count()
                );
            }
        }
    }
}
