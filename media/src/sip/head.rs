//! The head of a message as nearly every peer writes it. Not the rules: `voicecore/sip/parser.py` is.
//!
//! A message that this takes is one that the careful way takes too, with the same values (property tests in Python
//! hold both to it). So what is rare may be missing here: folded lines, compact names, lists, escapes, IPv6, text
//! beyond ASCII.

use super::address::{address, once, tagged, uri, via, Uri, Via};
use super::octets::{Cursor, NAME, TEXT, TOKEN, VISIBLE};

/// Octets in which a head must end.
pub const LONGEST: usize = 4096;
const MOST_LINES: usize = 50;
const USUAL_LINES: usize = 24;

/// All slices are of the message, and ASCII.
#[derive(Debug, PartialEq)]
pub struct Head<'a> {
    pub start: Start<'a>,
    /// The top one.
    pub via: Via<'a>,
    pub from_tag: Option<&'a [u8]>,
    pub to_tag: Option<&'a [u8]>,
    pub call_id: &'a [u8],
    pub number: u32,
    pub method: &'a [u8],
    /// Names and values of the header fields as they came, without blanks around them; Content-Length is not there.
    pub lines: Vec<(&'a [u8], &'a [u8])>,
    /// Octets of the head with its empty line.
    pub length: usize,
    /// Octets of the message: what follows is none of it.
    pub end: usize,
}

#[derive(Debug, PartialEq)]
pub enum Start<'a> {
    Request { method: &'a [u8], uri: Uri<'a> },
    Response { status: u32, reason: &'a [u8] },
}

/// What may stand in a head only once.
#[derive(Default)]
struct Found<'a> {
    via: Option<Via<'a>>,
    from: Option<Option<&'a [u8]>>,
    to: Option<Option<&'a [u8]>>,
    call_id: Option<&'a [u8]>,
    cseq: Option<(u32, &'a [u8])>,
    length: Option<u32>,
    forwards: Option<u32>,
    content_type: Option<()>,
    date: Option<()>,
}

/// Reads a whole message. None: its head needs the careful way, be it right or wrong.
pub fn read(message: &[u8]) -> Option<Head<'_>> {
    let mut cursor = Cursor::new(&message[..message.len().min(LONGEST)]);
    let start = start(&mut cursor)?;
    let mut found = Found::default();
    let mut lines = Vec::with_capacity(USUAL_LINES);
    let mut count = 0;
    loop {
        cursor.need_all(b"\r\n")?;
        if cursor.eat_all(b"\r\n") {
            break;
        }
        count += 1;
        if count > MOST_LINES {
            return None;
        }
        let name = cursor.some(NAME)?;
        cursor.need(b':')?;
        let from = cursor.at();
        field(&mut cursor, name, &mut found)?;
        if name != b"Content-Length" {
            lines.push((name, trimmed(cursor.since(from))));
        }
    }
    let length = cursor.at();
    let end = match found.length {
        None => message.len(),
        Some(body) => length + usize::try_from(body).ok()?,
    };
    let (number, method) = found.cseq?;
    if end > message.len()
        || matches!(&start, Start::Request { method: asked, .. } if *asked != method)
    {
        return None;
    }
    Some(Head {
        start,
        via: found.via?,
        from_tag: found.from?,
        to_tag: found.to?,
        call_id: found.call_id?,
        number,
        method,
        lines,
        length,
        end,
    })
}

fn start<'a>(cursor: &mut Cursor<'a>) -> Option<Start<'a>> {
    if cursor.eat_all(b"SIP/2.0 ") {
        let from = cursor.at();
        let status = cursor.number(3)?;
        if cursor.since(from).len() != 3 || !(100..700).contains(&status) {
            return None;
        }
        cursor.need(b' ')?;
        return Some(Start::Response {
            status,
            reason: cursor.run(TEXT),
        });
    }
    let method = cursor.some(TOKEN)?;
    cursor.need(b' ')?;
    let uri = uri(cursor)?;
    cursor.need_all(b" SIP/2.0")?;
    Some(Start::Request { method, uri })
}

/// One header field from behind its colon to the end of its line.
fn field<'a>(cursor: &mut Cursor<'a>, name: &[u8], found: &mut Found<'a>) -> Option<()> {
    if is_text(name) {
        cursor.run(TEXT);
        return Some(());
    }
    cursor.need(b' ')?;
    match name {
        b"Via" => {
            let via = via(cursor)?;
            found.via.get_or_insert(via);
            Some(())
        }
        b"From" => once(&mut found.from, tagged(cursor)?),
        b"To" => once(&mut found.to, tagged(cursor)?),
        b"Call-ID" => once(&mut found.call_id, cursor.some(VISIBLE)?),
        b"CSeq" => {
            let number = cursor.number(9)?;
            cursor.need(b' ')?;
            once(&mut found.cseq, (number, cursor.some(TOKEN)?))
        }
        b"Content-Length" => {
            for _ in 0..8 {
                cursor.eat(b' '); // SIPp pads it
            }
            once(&mut found.length, cursor.number(5)?)
        }
        b"Max-Forwards" => once(&mut found.forwards, cursor.number(2)?),
        b"Content-Type" => {
            cursor.run(TEXT);
            once(&mut found.content_type, ())
        }
        b"Date" => once(&mut found.date, date(cursor)?),
        b"Contact" => address(cursor),
        b"Record-Route" | b"Route" => {
            address(cursor)?;
            if cursor.eat(b',') {
                cursor.eat(b' ');
                address(cursor)?;
            }
            Some(())
        }
        _ => None,
    }
}

/// Whether a field's value is only text to the parser, and no name that is read, compact or not, is written so.
fn is_text(name: &[u8]) -> bool {
    if name.len() < 2 {
        return false;
    }
    match name[0] {
        b'A' | b'B' | b'E' | b'G'..=b'L' | b'N'..=b'Q' | b'S' | b'U' | b'W'..=b'Z' => true,
        b'C' => {
            name == b"Call-Info" || name.starts_with(b"Content-D") || name.starts_with(b"Content-E")
        }
        b'D' => name == b"Diversion",
        b'M' => name.starts_with(b"Min-") || name.starts_with(b"MIME-"),
        b'R' => matches!(
            name,
            b"Require"
                | b"Reason"
                | b"Reply-To"
                | b"Refer-To"
                | b"Referred-By"
                | b"Replaces"
                | b"Retry-After"
                | b"RSeq"
                | b"RAck"
        ),
        b'T' => name == b"Timestamp",
        _ => false,
    }
}

/// `Sat, 13 Nov 2010 23:29:00 GMT`.
fn date(cursor: &mut Cursor<'_>) -> Option<()> {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let text = cursor.take(29)?;
    let digits = |from: usize, count: usize, first: u8| {
        text[from] <= first && text[from..from + count].iter().all(u8::is_ascii_digit)
    };
    let is_date = DAYS.contains(&&text[..3])
        && &text[3..5] == b", "
        && digits(5, 2, b'3')
        && text[7] == b' '
        && MONTHS.contains(&&text[8..11])
        && text[11] == b' '
        && digits(12, 4, b'9')
        && text[16] == b' '
        && digits(17, 2, b'2')
        && text[19] == b':'
        && digits(20, 2, b'5')
        && text[22] == b':'
        && digits(23, 2, b'6')
        && &text[25..] == b" GMT";
    is_date.then_some(())
}

fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let from = value
        .iter()
        .position(|octet| !blank(octet))
        .unwrap_or(value.len());
    let to = value
        .iter()
        .rposition(|octet| !blank(octet))
        .map_or(from, |last| last + 1);
    &value[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::address::parameters;
    use proptest::prelude::*;

    const INVITE: &[u8] = b"INVITE sip:9000@192.0.2.2:5060;transport=udp SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n\
        Via: SIP/2.0/TCP proxy\r\n\
        From: \"A\" <sip:a@192.0.2.1>;tag=1;x=y\r\n\
        To: <sip:9000@192.0.2.2>\r\nCall-ID: one@two\r\nCSeq: 7 INVITE\r\n\
        Contact: <sip:a@192.0.2.1>\r\nUser-Agent:  phone \r\nContent-Length:     2\r\n\r\nhi, more";

    #[test]
    fn a_common_invite_is_read() {
        let head = read(INVITE).unwrap();
        let Start::Request { method, uri } = &head.start else {
            panic!("a request");
        };
        assert_eq!(
            (*method, uri.user, uri.host),
            (&b"INVITE"[..], Some(&b"9000"[..]), &b"192.0.2.2"[..])
        );
        assert_eq!(
            (uri.port, uri.parameters),
            (Some(5060), &b";transport=udp"[..])
        );
        assert_eq!(
            (head.via.transport, head.via.port),
            (&b"UDP"[..], Some(5060))
        );
        let branch: Vec<_> = parameters(head.via.parameters).collect();
        assert_eq!(
            branch,
            [
                (&b"branch"[..], Some(&b"z9hG4bK1"[..])),
                (&b"rport"[..], None)
            ]
        );
        assert_eq!((head.from_tag, head.to_tag), (Some(&b"1"[..]), None));
        assert_eq!(
            (head.call_id, head.number, head.method),
            (&b"one@two"[..], 7, &b"INVITE"[..])
        );
        assert_eq!(&INVITE[head.length..head.end], b"hi");
        assert_eq!(head.lines.len(), 8);
        assert_eq!(head.lines[7], (&b"User-Agent"[..], &b"phone"[..]));
    }

    #[test]
    fn what_is_rare_or_wrong_is_left_to_the_careful_way() {
        let text = std::str::from_utf8(INVITE).unwrap();
        for (old, new) in [
            ("CSeq: 7 INVITE", "CSeq: 7 BYE"),
            ("CSeq:", "cseq:"),
            ("From: ", "From:\r\n "),
            ("tag=1", "tag=1;tag=2"),
            ("tag=1", "TAG=1"),
            ("Length:     2", "Length: 200"),
            (";rport", ";rport=0"),
            ("sip:9000@", "sip:9000%20@"),
            ("192.0.2.2:5060", "[2001:db8::1]"),
            ("phone", "ph\u{f6}ne"),
            ("\r\n\r\n", "\r\n"),
        ] {
            assert!(text.contains(old), "{old}");
            assert_eq!(read(text.replace(old, new).as_bytes()), None, "{new}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_left(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&octets);
        }

        #[test]
        fn what_is_read_lies_within_the_message(place in 0..INVITE.len(), octet in any::<u8>()) {
            let mut message = INVITE.to_vec();
            message[place] = octet;
            if let Some(head) = read(&message) {
                prop_assert!(head.length <= head.end && head.end <= message.len());
                prop_assert!(message[..head.length].is_ascii());
            }
        }
    }
}
