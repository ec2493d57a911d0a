//! Opus in Ogg pages (RFC 3533, RFC 7845): packets in, octets of a file out. Knows no codec and no file.

/// Granule positions count 48,000 a second, whatever the sound's own rate (RFC 7845, 4).
pub const GRANULE_RATE: u32 = 48_000;
const VENDOR: &[u8] = b"VoiceCore";
/// RFC 3533, 6.
const BEGINNING: u8 = 0x02;
const END: u8 = 0x04;
/// Lacing values of one page.
const MAX_SEGMENTS: usize = 255;
/// Of one packet here: a frame of Opus has at most 1,275 octets.
const PACKET_SEGMENTS: usize = 1275 / 255 + 1;
const HEADER_LEN: usize = 27;

/// One logical stream that is alone in its file.
pub struct OpusStream {
    serial: u32,
    sequence: u32,
    lacing: Vec<u8>,
    packets: Vec<u8>,
    granule: u64,
}

impl OpusStream {
    /// `serial` should be another one for each file.
    pub fn new(serial: u32) -> Self {
        Self {
            serial,
            sequence: 0,
            lacing: Vec::with_capacity(MAX_SEGMENTS),
            packets: Vec::new(),
            granule: 0,
        }
    }

    /// The two headers, each a page of its own (RFC 7845, 3). `pre_skip`: what a decoder leaves out, at 48 kHz; `rate`:
    /// of the sound before it was encoded.
    pub fn begin(&mut self, channels: u8, pre_skip: u16, rate: u32, out: &mut Vec<u8>) {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(channels);
        head.extend_from_slice(&pre_skip.to_le_bytes());
        head.extend_from_slice(&rate.to_le_bytes());
        head.extend_from_slice(&[0, 0, 0]);
        self.push(&head);
        self.page(BEGINNING, 0, out);
        let mut tags = b"OpusTags".to_vec();
        // Nine octets.
        tags.extend_from_slice(&(VENDOR.len() as u32).to_le_bytes());
        tags.extend_from_slice(VENDOR);
        tags.extend_from_slice(&[0; 4]);
        self.push(&tags);
        self.page(0, 0, out);
    }

    /// Takes a packet of at most 1,275 octets; `granule` is the position behind it. A page that is full is written.
    pub fn add(&mut self, packet: &[u8], granule: u64, out: &mut Vec<u8>) {
        if self.lacing.len() + PACKET_SEGMENTS > MAX_SEGMENTS {
            self.flush(out);
        }
        self.push(packet);
        self.granule = granule;
    }

    /// Writes the packets that wait as a page: what is there is a file that plays.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if !self.lacing.is_empty() {
            self.page(0, self.granule, out);
        }
    }

    /// Writes the last page. The sound ends at `granule`, which may be within the last packet (RFC 7845, 4.4).
    pub fn finish(&mut self, granule: u64, out: &mut Vec<u8>) {
        self.page(END, granule, out);
    }

    fn push(&mut self, packet: &[u8]) {
        self.lacing
            .extend(std::iter::repeat_n(255, packet.len() / 255));
        // Below 255.
        self.lacing.push((packet.len() % 255) as u8);
        self.packets.extend_from_slice(packet);
    }

    fn page(&mut self, flags: u8, granule: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(b"OggS\0");
        out.push(flags);
        out.extend_from_slice(&granule.to_le_bytes());
        out.extend_from_slice(&self.serial.to_le_bytes());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        // At most 255, as `add` sees to.
        out.push(self.lacing.len() as u8);
        out.append(&mut self.lacing);
        out.append(&mut self.packets);
        let sum = checksum(&out[start..]);
        out[start + HEADER_LEN - 5..start + HEADER_LEN - 1].copy_from_slice(&sum.to_le_bytes());
        self.sequence = self.sequence.wrapping_add(1);
    }
}

const POLYNOMIAL: u32 = 0x04c1_1db7;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum << 1) ^ (if sum >> 31 == 1 { POLYNOMIAL } else { 0 });
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};

/// RFC 3533, 6, field 7: no inversion at either end.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, octet| {
        (sum << 8) ^ TABLE[(sum >> 24) as usize ^ usize::from(*octet)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq)]
    struct Page {
        flags: u8,
        granule: u64,
        sequence: u32,
        packets: Vec<Vec<u8>>,
    }

    /// Reads pages whose packets all end in them.
    fn pages(mut data: &[u8]) -> Vec<Page> {
        let mut found = Vec::new();
        while !data.is_empty() {
            assert_eq!(&data[..5], b"OggS\0");
            let count = usize::from(data[26]);
            let lacing = &data[27..27 + count];
            let mut at = 27 + count;
            let mut packets = vec![Vec::new()];
            for (index, value) in lacing.iter().enumerate() {
                let end = at + usize::from(*value);
                packets
                    .last_mut()
                    .unwrap()
                    .extend_from_slice(&data[at..end]);
                at = end;
                if *value < 255 && index + 1 < count {
                    packets.push(Vec::new());
                }
            }
            assert!(lacing.last().is_some_and(|last| *last < 255));
            let mut page = data[..at].to_vec();
            let told = u32::from_le_bytes(page[22..26].try_into().unwrap());
            page[22..26].fill(0);
            assert_eq!(bitwise(&page), told);
            found.push(Page {
                flags: data[5],
                granule: u64::from_le_bytes(data[6..14].try_into().unwrap()),
                sequence: u32::from_le_bytes(data[18..22].try_into().unwrap()),
                packets,
            });
            data = &data[at..];
        }
        found
    }

    fn bitwise(data: &[u8]) -> u32 {
        let mut sum = 0u32;
        for octet in data {
            sum ^= u32::from(*octet) << 24;
            for _ in 0..8 {
                sum = if sum >> 31 == 1 {
                    (sum << 1) ^ POLYNOMIAL
                } else {
                    sum << 1
                };
            }
        }
        sum
    }

    #[test]
    fn the_headers_say_what_is_in_the_file() {
        let mut out = Vec::new();
        OpusStream::new(7).begin(2, 312, 8000, &mut out);
        let found = pages(&out);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].flags, found[0].granule), (BEGINNING, 0));
        assert_eq!(
            found[0].packets[0],
            b"OpusHead\x01\x02\x38\x01\x40\x1f\0\0\0\0\0"
        );
        assert_eq!(found[1].packets[0], b"OpusTags\x09\0\0\0VoiceCore\0\0\0\0");
    }

    proptest! {
        #[test]
        fn every_packet_is_in_the_file_once_and_in_order(
            lengths in prop::collection::vec(0usize..1276, 1..400),
            every in 1usize..100,
        ) {
            let (mut stream, mut out) = (OpusStream::new(1), Vec::new());
            let packets: Vec<Vec<u8>> = lengths.iter().enumerate().map(|(n, len)| vec![n as u8; *len]).collect();
            for (number, packet) in packets.iter().enumerate() {
                stream.add(packet, 960 * (number as u64 + 1), &mut out);
                if number % every == 0 {
                    stream.flush(&mut out);
                }
            }
            stream.add(&[1], 1, &mut out);
            stream.finish(5, &mut out);
            let found = pages(&out);
            let last = found.last().unwrap();
            prop_assert_eq!((last.flags, last.granule), (END, 5));
            let numbers: Vec<u32> = found.iter().map(|page| page.sequence).collect();
            prop_assert_eq!(numbers, (0..found.len() as u32).collect::<Vec<_>>());
            let (mut all, mut granules) = (Vec::new(), Vec::new());
            for page in found {
                all.extend(page.packets);
                granules.push((page.granule, all.len() as u64 * 960));
            }
            all.pop();
            granules.pop();
            prop_assert_eq!(all, packets);
            prop_assert!(granules.iter().all(|(told, behind)| told == behind));
        }
    }
}
