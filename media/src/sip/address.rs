//! URIs, addresses and Via in a head, as nearly every peer writes them.

use super::octets::{Cursor, BLANK, DISPLAY, HOST, QUOTED, TOKEN, URI_NAME, URI_VALUE, USER, WORD};

const MOST_PARAMETERS: usize = 16;

/// `parameters` begin with their first semicolon.
#[derive(Debug, PartialEq)]
pub struct Uri<'a> {
    pub scheme: &'a [u8],
    pub user: Option<&'a [u8]>,
    pub host: &'a [u8],
    pub port: Option<u16>,
    pub parameters: &'a [u8],
}

#[derive(Debug, PartialEq)]
pub struct Via<'a> {
    pub transport: &'a [u8],
    pub host: &'a [u8],
    pub port: Option<u16>,
    pub parameters: &'a [u8],
}

pub fn uri<'a>(cursor: &mut Cursor<'a>) -> Option<Uri<'a>> {
    let from = cursor.at();
    cursor.need_all(b"sip")?;
    cursor.eat(b's');
    let scheme = cursor.since(from);
    cursor.need(b':')?;
    let behind = cursor.at();
    let mut user = cursor.some(USER);
    if user.is_none() || !cursor.eat(b'@') {
        user = None;
        cursor.back_to(behind);
    }
    let (host, port) = place(cursor)?;
    let from = cursor.at();
    for _ in 0..MOST_PARAMETERS {
        if !cursor.eat(b';') {
            break;
        }
        cursor.some(URI_NAME)?;
        if cursor.eat(b'=') {
            cursor.some(URI_VALUE)?;
        }
    }
    Some(Uri {
        scheme,
        user,
        host,
        port,
        parameters: cursor.since(from),
    })
}

fn place<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], Option<u16>)> {
    let host = cursor.some(HOST)?;
    let port = if cursor.eat(b':') {
        Some(cursor.port()?)
    } else {
        None
    };
    Some((host, port))
}

pub fn via<'a>(cursor: &mut Cursor<'a>) -> Option<Via<'a>> {
    cursor.need_all(b"SIP/2.0/")?;
    let transport = cursor.some(TOKEN)?;
    cursor.need(b' ')?;
    let (host, port) = place(cursor)?;
    let from = cursor.at();
    for _ in 0..MOST_PARAMETERS {
        if !cursor.eat(b';') {
            break;
        }
        let name = cursor.some(TOKEN)?;
        if starts_blind_to_case(name, b"rport") {
            if name != b"rport" {
                return None;
            }
            if cursor.eat(b'=') {
                cursor.port()?; // RFC 3581, 3
            }
        } else if cursor.eat(b'=') {
            cursor.some(WORD)?;
        }
    }
    Some(Via {
        transport,
        host,
        port,
        parameters: cursor.since(from),
    })
}

/// `"Display" <sip:user@host>`, and not its parameters.
fn bracketed(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.eat(b'"') {
        cursor.run(QUOTED);
        cursor.need(b'"')?;
        cursor.run(BLANK);
    } else {
        cursor.run(DISPLAY);
    }
    cursor.need(b'<')?;
    uri(cursor)?;
    cursor.need(b'>')
}

pub fn address(cursor: &mut Cursor<'_>) -> Option<()> {
    bracketed(cursor)?;
    for _ in 0..MOST_PARAMETERS {
        if !cursor.eat(b';') {
            break;
        }
        cursor.some(TOKEN)?;
        if cursor.eat(b'=') {
            cursor.some(WORD)?;
        }
    }
    Some(())
}

/// The tag of From or To. A second one, or one that is spelled in capitals, needs the careful way.
pub fn tagged<'a>(cursor: &mut Cursor<'a>) -> Option<Option<&'a [u8]>> {
    let mut tag = None;
    bracketed(cursor)?;
    for _ in 0..MOST_PARAMETERS {
        if !cursor.eat(b';') {
            break;
        }
        let name = cursor.some(TOKEN)?;
        if name.eq_ignore_ascii_case(b"tag") {
            if name != b"tag" {
                return None;
            }
            cursor.need(b'=')?;
            once(&mut tag, cursor.some(WORD)?)?;
        } else if cursor.eat(b'=') {
            cursor.some(WORD)?;
        }
    }
    Some(tag)
}

fn starts_blind_to_case(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len())
        .is_some_and(|first| first.eq_ignore_ascii_case(beginning))
}

/// Name and value of each parameter in `;name=value;name`.
pub fn parameters(text: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    text.split(|octet| *octet == b';').skip(1).map(|one| {
        match one.iter().position(|octet| *octet == b'=') {
            Some(equals) => (&one[..equals], Some(&one[equals + 1..])),
            None => (one, None),
        }
    })
}

/// Puts the value into an empty place. None: there was one before, which needs the careful way.
pub fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}
