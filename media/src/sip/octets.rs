//! Classes of octets (RFC 3261, 25.1), and a place in a message from which runs of them are taken.

pub type Class = u16;

pub const TOKEN: Class = 1;
pub const HOST: Class = 2;
pub const USER: Class = 4;
/// Of a parameter's name in a URI.
pub const URI_NAME: Class = 8;
/// Of a parameter's value in a URI.
pub const URI_VALUE: Class = 16;
/// Visible, but none of `"` `,` `;` `<` `>`.
pub const WORD: Class = 32;
/// Printable, or a tab.
pub const TEXT: Class = 64;
pub const VISIBLE: Class = 128;
/// Of a header field's name, as it is common.
pub const NAME: Class = 256;
pub const DIGIT: Class = 512;
/// Within quotation marks, where nothing is escaped.
pub const QUOTED: Class = 1024;
/// Of a display name without quotation marks.
pub const DISPLAY: Class = 2048;
pub const BLANK: Class = 4096;

const CLASSES: [Class; 256] = classes();

const fn is_one_of(octet: u8, some: &[u8]) -> bool {
    let mut at = 0;
    while at < some.len() {
        if some[at] == octet {
            return true;
        }
        at += 1;
    }
    false
}

const fn class_of(octet: u8) -> Class {
    let word = octet.is_ascii_alphanumeric();
    let unreserved = word || is_one_of(octet, b"-_.!~*'()");
    let visible = octet.is_ascii_graphic();
    let printable = visible || octet == b' ';
    let rows = [
        (TOKEN, word || is_one_of(octet, b"-.!%*_+`'~")),
        (HOST, word || is_one_of(octet, b"_.-")),
        (USER, unreserved || is_one_of(octet, b"&=+$,;?/")),
        (URI_NAME, unreserved),
        (URI_VALUE, unreserved || is_one_of(octet, b"/:&+$")),
        (WORD, visible && !is_one_of(octet, b"\",;<>")),
        (TEXT, printable || octet == b'\t'),
        (VISIBLE, visible),
        (NAME, word || octet == b'-'),
        (DIGIT, octet.is_ascii_digit()),
        (QUOTED, printable && !is_one_of(octet, b"\"\\")),
        (DISPLAY, printable && !is_one_of(octet, b"\"<>,;:\\")),
        (BLANK, octet == b' ' || octet == b'\t'),
    ];
    let (mut classes, mut row) = (0, 0);
    while row < rows.len() {
        if rows[row].1 {
            classes |= rows[row].0;
        }
        row += 1;
    }
    classes
}

const fn classes() -> [Class; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = class_of(octet as u8);
        octet += 1;
    }
    table
}

/// What is before `at` was read.
pub struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(octets: &'a [u8]) -> Self {
        Cursor { octets, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    /// All octets of the class that come next, perhaps none.
    pub fn run(&mut self, class: Class) -> &'a [u8] {
        let rest = &self.octets[self.at..];
        let length = rest
            .iter()
            .position(|&octet| CLASSES[usize::from(octet)] & class == 0)
            .unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The same, but at least one.
    pub fn some(&mut self, class: Class) -> Option<&'a [u8]> {
        let run = self.run(class);
        (!run.is_empty()).then_some(run)
    }

    pub fn eat(&mut self, octet: u8) -> bool {
        let is_next = self.peek() == Some(octet);
        self.at += usize::from(is_next);
        is_next
    }

    pub fn eat_all(&mut self, text: &[u8]) -> bool {
        let is_next = self.octets[self.at..].starts_with(text);
        if is_next {
            self.at += text.len();
        }
        is_next
    }

    pub fn need(&mut self, octet: u8) -> Option<()> {
        self.eat(octet).then_some(())
    }

    pub fn need_all(&mut self, text: &[u8]) -> Option<()> {
        self.eat_all(text).then_some(())
    }

    /// Goes back to a place of `at`.
    pub fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// What was read since a place of `at`.
    pub fn since(&self, at: usize) -> &'a [u8] {
        &self.octets[at..self.at]
    }

    /// `length` octets, whatever they are.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.octets.get(self.at..self.at + length)?;
        self.at += length;
        Some(taken)
    }

    /// A number of at most `digits` digits.
    pub fn number(&mut self, digits: usize) -> Option<u32> {
        let text = self.some(DIGIT)?;
        (text.len() <= digits).then(|| value(text))
    }

    /// A port from 1 to 64999 without zeros before it.
    pub fn port(&mut self) -> Option<u16> {
        let text = self.some(DIGIT)?;
        if text.len() > 5 || text[0] == b'0' {
            return None;
        }
        u16::try_from(value(text)).ok().filter(|port| *port < 65_000)
    }
}

fn value(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}
