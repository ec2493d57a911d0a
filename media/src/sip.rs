//! A first look at the octets of SIP messages. The rules, and all that is rare, are Python's (`voicecore/sip`).

pub mod address;
pub mod head;
pub mod octets;
pub mod secrets;
pub mod write;
