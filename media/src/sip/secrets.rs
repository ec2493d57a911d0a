//! Whether a message may hold a secret. What is hidden, and how, `voicecore/trace/secrets.py` knows.

const LONGEST_USER: usize = 32;

/// False only where `masked` of Python would change nothing. Takes linear time.
pub fn may_be_there(message: &[u8]) -> bool {
    message.iter().enumerate().any(|(at, octet)| match octet {
        b'z' | b'Z' => is_there(message, at, 7, b"authorization"),
        b'p' | b'P' => {
            is_there(message, at, 2, b"rspauth")
                || is_there(message, at, 4, b"ice-pwd:")
                || is_there(message, at, 1, b"application/dtmf")
                || is_there(message, at, 2, b"sip") && may_hold_password(&message[at + 1..])
        }
        b':' => is_there(message, at, 6, b"inline:"),
        _ => false,
    })
}

/// Whether `mark`, in any case, stands so that `before` of its octets are before `at`.
fn is_there(message: &[u8], at: usize, before: usize, mark: &[u8]) -> bool {
    at.checked_sub(before)
        .and_then(|from| message.get(from..from + mark.len()))
        .is_some_and(|there| there.eq_ignore_ascii_case(mark))
}

/// Of what follows `sip`: a scheme's end, a colon behind the user's name, and then an `@`, or so much that none is
/// looked for.
fn may_hold_password(rest: &[u8]) -> bool {
    let rest = match rest {
        [b':', rest @ ..] | [b's' | b'S', b':', rest @ ..] => rest,
        _ => return false,
    };
    let user = rest.iter().position(|octet| ends_password(*octet) || *octet == b':');
    let Some(user) = user.filter(|place| rest[*place] == b':') else {
        return false;
    };
    let password = &rest[user + 1..];
    let length = password.iter().take(LONGEST_USER).position(|octet| ends_password(*octet));
    match length {
        Some(length) => password[length] == b'@',
        None => password.len() >= LONGEST_USER,
    }
}

fn ends_password(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'<' | b'>' | b'"' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_secret_is_seen() {
        for text in [
            "Proxy-AUTHORIZATION: Digest response=\"1\"",
            "Authentication-Info: rspauth=\"1\"",
            "a=crypto:1 AES inline:abc",
            "a=ice-pwd:abc",
            "Content-Type: application/dtmf-relay",
            "<sip:bob:secret@host>",
            "sips::x@",
        ] {
            assert!(may_be_there(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_port_is_no_password() {
        let text = b"INVITE sip:9000@192.0.2.2:5060 SIP/2.0\r\nContact: <sip:192.0.2.1:5060;lr>\r\nTo: sip:a@b:1\r\n";
        assert!(!may_be_there(text));
    }

    proptest! {
        #[test]
        fn any_octets_are_looked_through(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = may_be_there(&octets);
        }
    }
}
