//! The media engine: RTP in, RTP out, on its own threads.
