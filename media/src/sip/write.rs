//! A message of ours as octets (RFC 3261, 7). What stands in it `voicecore/sip` knows.

/// A message that is being written: its head is filled, then it is finished with its body.
pub struct Writing {
    octets: Vec<u8>,
    is_broken: bool,
}

const USUAL_LENGTH: usize = 1024;

impl Writing {
    pub fn begin(start: &str) -> Self {
        let mut writing = Writing {
            octets: Vec::with_capacity(USUAL_LENGTH),
            is_broken: false,
        };
        writing.put(start);
        writing.octets.extend_from_slice(b"\r\n");
        writing
    }

    /// One header field. Content-Length is left out: `finish` writes it.
    pub fn field(&mut self, name: &str, value: &str) {
        if name == "Content-Length" {
            return;
        }
        self.put(name);
        self.octets.extend_from_slice(b": ");
        self.put(value);
        self.octets.extend_from_slice(b"\r\n");
    }

    /// None: there is a line break within a name or a value, so that it would mean something else.
    pub fn finish(mut self, body: &[u8]) -> Option<Vec<u8>> {
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        self.octets.extend_from_slice(length.as_bytes());
        self.octets.extend_from_slice(body);
        (!self.is_broken).then_some(self.octets)
    }

    fn put(&mut self, text: &str) {
        self.is_broken |= text.bytes().any(|octet| matches!(octet, b'\r' | b'\n'));
        self.octets.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_written_with_the_length_of_its_body() {
        let mut writing = Writing::begin("SIP/2.0 200 OK");
        writing.field("Call-ID", "one@two");
        writing.field("Content-Length", "77");
        assert_eq!(
            writing.finish(b"hi").unwrap(),
            b"SIP/2.0 200 OK\r\nCall-ID: one@two\r\nContent-Length: 2\r\n\r\nhi"
        );
    }

    #[test]
    fn a_line_break_within_a_field_is_not_written() {
        for text in ["a\r\nb", "a\nb", "a\rb"] {
            assert_eq!(Writing::begin(text).finish(b""), None);
            for (name, value) in [(text, "x"), ("x", text)] {
                let mut writing = Writing::begin("SIP/2.0 200 OK");
                writing.field(name, value);
                assert_eq!(writing.finish(b""), None);
            }
        }
    }
}
