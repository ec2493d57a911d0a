//! Which even/odd port pairs of the range are free. The longest unused goes first, so that late packets of an
//! old call do not meet a new one.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::socket;

pub struct PortPairs {
    address: IpAddr,
    free: VecDeque<u16>,
}

/// An RTP socket and the RTCP socket on the next port. Legs that share a port share one socket as both.
#[derive(Clone)]
pub struct SocketPair {
    pub rtp: Arc<UdpSocket>,
    pub rtcp: Arc<UdpSocket>,
    pub rtp_port: u16,
}

impl PortPairs {
    /// `first` and `last` are the ends of the range, both usable. None when no pair fits between them.
    pub fn new(address: IpAddr, first: u16, last: u16) -> Option<Self> {
        let start = u32::from(first).next_multiple_of(2);
        let free: VecDeque<u16> = (start..u32::from(last))
            .step_by(2)
            .map(|port| port as u16)
            .collect();
        if first == 0 || free.is_empty() {
            return None;
        }
        Some(Self { address, free })
    }

    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// Binds the next free pair; None when every pair is in use, by us or by another program.
    pub fn bind(&mut self) -> io::Result<Option<SocketPair>> {
        for _ in 0..self.free.len() {
            let Some(port) = self.free.pop_front() else {
                break;
            };
            match self.bind_pair(port) {
                Ok(pair) => return Ok(Some(pair)),
                Err(error) => {
                    self.free.push_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Gives a pair back. Its sockets are closed already.
    pub fn release(&mut self, rtp_port: u16) {
        self.free.push_back(rtp_port);
    }

    fn bind_pair(&self, port: u16) -> io::Result<SocketPair> {
        Ok(SocketPair {
            rtp: socket::bind_rtp(SocketAddr::new(self.address, port))?.into(),
            rtcp: socket::bind_rtcp(SocketAddr::new(self.address, port + 1))?.into(),
            rtp_port: port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_range_without_a_whole_pair_is_refused() {
        assert!(PortPairs::new(HERE, 40001, 40001).is_none());
        assert!(PortPairs::new(HERE, 40001, 40002).is_none());
        assert!(PortPairs::new(HERE, 0, 100).is_none());
        assert_eq!(PortPairs::new(HERE, 40001, 40005).unwrap().free(), 2);
        assert_eq!(PortPairs::new(HERE, 65534, 65535).unwrap().free(), 1);
    }

    #[test]
    fn a_released_pair_is_used_last() {
        let mut ports = PortPairs::new(HERE, 41890, 41895).unwrap();
        let first = ports.bind().unwrap().unwrap().rtp_port;
        ports.release(first);
        assert_ne!(ports.bind().unwrap().unwrap().rtp_port, first);
    }

    #[test]
    fn a_pair_that_another_program_holds_is_passed_over() {
        let other = UdpSocket::bind((HERE, 41897)).unwrap();
        let mut ports = PortPairs::new(HERE, 41896, 41899).unwrap();
        assert_eq!(ports.bind().unwrap().unwrap().rtp_port, 41898);
        assert!(ports.bind().unwrap().is_none());
        drop(other);
        assert_eq!(ports.bind().unwrap().unwrap().rtp_port, 41896);
    }
}
