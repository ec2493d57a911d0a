//! The first look at session descriptions (RFC 8866). The rules are in `voicecore/sdp`.

pub mod shape;
