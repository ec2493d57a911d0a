//! G.711 mu-law by tables, bit-exact with the ITU-T Software Tool Library (G.191).

/// One code for each 14-bit value, by its bits as an index.
static ENCODE: [u8; 1 << 14] = encode_table();
static DECODE: [i16; 256] = decode_table();

#[inline]
pub(super) fn encode(sample: i16) -> u8 {
    ENCODE[usize::from(sample as u16 >> 2)]
}

#[inline]
pub(super) fn decode(code: u8) -> i16 {
    DECODE[usize::from(code)]
}

const fn encode_table() -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut index = 0;
    while index < table.len() {
        table[index] = compress((index as u16) << 2);
        index += 1;
    }
    table
}

/// G.711, table 2: eight segments, each with steps of twice the size of the one before.
const fn compress(bits: u16) -> u8 {
    let positive = bits & 0x8000 == 0;
    let magnitude = (if positive { bits } else { !bits }) >> 2;
    let biased = if magnitude + 33 > 0x1FFF {
        0x1FFF
    } else {
        magnitude + 33
    };
    let segment = 16 - (biased >> 6).leading_zeros() as u16 + 1;
    let code = ((8 - segment) << 4 | (0xF - (biased >> segment & 0xF))) as u8;
    if positive {
        code | 0x80
    } else {
        code
    }
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
    let exponent = (!code >> 4 & 7) as i16;
    let mantissa = (!code & 0xF) as i16;
    let step = 4 << (exponent + 1);
    let magnitude = (0x80 << exponent) + step * mantissa + step / 2 - 4 * 33;
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}
