//! G.711 A-law by tables, bit-exact with the ITU-T Software Tool Library (G.191).

/// One code for each 12-bit value, by its bits as an index.
static ENCODE: [u8; 1 << 12] = encode_table();
static DECODE: [i16; 256] = decode_table();

/// G.711: even bits are inverted on the line.
const EVEN_BITS: u8 = 0x55;

#[inline]
pub(super) fn encode(sample: i16) -> u8 {
    ENCODE[usize::from(sample as u16 >> 4)]
}

#[inline]
pub(super) fn decode(code: u8) -> i16 {
    DECODE[usize::from(code)]
}

const fn encode_table() -> [u8; 1 << 12] {
    let mut table = [0; 1 << 12];
    let mut index = 0;
    while index < table.len() {
        table[index] = compress((index as u16) << 4);
        index += 1;
    }
    table
}

/// G.711, table 1: the two lowest segments have steps of one size, each above it twice that of the one before.
const fn compress(bits: u16) -> u8 {
    let positive = bits & 0x8000 == 0;
    let mut value = (if positive { bits } else { !bits }) >> 4;
    if value > 15 {
        let mut segment = 1;
        while value > 31 {
            value >>= 1;
            segment += 1;
        }
        value = value - 16 + (segment << 4);
    }
    let sign = if positive { 0x80 } else { 0 };
    (value as u8 | sign) ^ EVEN_BITS
}

const fn decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < table.len() {
        table[code] = expand(code as u8);
        code += 1;
    }
    table
}

const fn expand(code: u8) -> i16 {
    let bits = (code ^ EVEN_BITS) & 0x7F;
    let segment = bits >> 4;
    let mut magnitude = (bits & 0xF) as i16;
    if segment > 0 {
        magnitude += 16;
    }
    magnitude = (magnitude << 4) + 8;
    if segment > 1 {
        magnitude <<= segment - 1;
    }
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}
