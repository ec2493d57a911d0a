//! Which even/odd port pairs of the range are free at each of our addresses. The longest unused goes first, so that late
//! packets of an old call do not meet a new one.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::socket;

/// One range of numbers, at an address for each family of IP that is served.
pub struct PortPairs {
    places: Vec<Place>,
}

struct Place {
    address: IpAddr,
    free: VecDeque<u16>,
}

/// What a pair takes of `PortPairs`, to be given back when its sockets are closed.
#[derive(Clone, Copy)]
pub struct Reserved {
    place: u8,
    port: u16,
}

/// An RTP socket and the RTCP socket on the next port. Legs that share a port share one socket as both.
#[derive(Clone)]
pub struct SocketPair {
    pub rtp: Arc<UdpSocket>,
    pub rtcp: Arc<UdpSocket>,
    pub rtp_port: u16,
    /// Of its address, in `PortPairs`.
    place: u8,
}

impl SocketPair {
    /// RTP and RTCP through a socket that `PortPairs` knows nothing of.
    pub fn shared(socket: Arc<UdpSocket>, rtp_port: u16) -> Self {
        Self {
            rtp: socket.clone(),
            rtcp: socket,
            rtp_port,
            place: 0,
        }
    }

    pub fn reserved(&self) -> Reserved {
        Reserved {
            place: self.place,
            port: self.rtp_port,
        }
    }
}

impl PortPairs {
    /// `first` and `last` are the ends of the range, both usable. None when no pair fits between them, and without an
    /// address.
    pub fn new(addresses: &[IpAddr], first: u16, last: u16) -> Option<Self> {
        let start = u32::from(first).next_multiple_of(2);
        let free: VecDeque<u16> = (start..u32::from(last))
            .step_by(2)
            .map(|port| port as u16)
            .collect();
        if first == 0 || free.is_empty() || addresses.is_empty() {
            return None;
        }
        let at = |&address| Place {
            address,
            free: free.clone(),
        };
        Some(Self {
            places: addresses.iter().map(at).collect(),
        })
    }

    /// At the address that has the fewest.
    pub fn free(&self) -> usize {
        let free = self.places.iter().map(|place| place.free.len());
        free.min().unwrap_or_default()
    }

    /// At all addresses together.
    pub fn free_in_all(&self) -> usize {
        self.places.iter().map(|place| place.free.len()).sum()
    }

    /// Binds the next free pair at one of the addresses; None when every pair there is in use, by us or by another
    /// program.
    pub fn bind(&mut self, address: IpAddr) -> io::Result<Option<SocketPair>> {
        let mut places = self.places.iter_mut().enumerate();
        let Some((index, place)) = places.find(|(_, place)| place.address == address) else {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        };
        for _ in 0..place.free.len() {
            let Some(port) = place.free.pop_front() else {
                break;
            };
            // One address for each family: two.
            match bind_pair(address, port, index as u8) {
                Ok(pair) => return Ok(Some(pair)),
                Err(error) => {
                    place.free.push_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Binds the next pair of numbers that is free at all addresses, in their order; None when there is none.
    pub fn bind_everywhere(&mut self) -> io::Result<Option<Vec<SocketPair>>> {
        let Some(first) = self.places.first() else {
            return Ok(None);
        };
        for port in first.free.clone() {
            if !self.places.iter().all(|place| place.free.contains(&port)) {
                continue;
            }
            let places = self.places.iter().enumerate();
            let pairs: io::Result<Vec<_>> = places
                .map(|(index, place)| bind_pair(place.address, port, index as u8))
                .collect();
            match pairs {
                Ok(pairs) => {
                    let places = self.places.iter_mut();
                    places.for_each(|place| place.free.retain(|free| *free != port));
                    return Ok(Some(pairs));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Gives a pair back. Its sockets are closed already.
    pub fn release(&mut self, reserved: Reserved) {
        if let Some(place) = self.places.get_mut(usize::from(reserved.place)) {
            place.free.push_back(reserved.port);
        }
    }
}

fn bind_pair(address: IpAddr, port: u16, place: u8) -> io::Result<SocketPair> {
    Ok(SocketPair {
        rtp: socket::bind_rtp(SocketAddr::new(address, port))?.into(),
        rtcp: socket::bind_rtcp(SocketAddr::new(address, port + 1))?.into(),
        rtp_port: port,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn a_range_without_a_whole_pair_is_refused() {
        assert!(PortPairs::new(&[HERE], 40001, 40001).is_none());
        assert!(PortPairs::new(&[HERE], 40001, 40002).is_none());
        assert!(PortPairs::new(&[HERE], 0, 100).is_none());
        assert_eq!(PortPairs::new(&[HERE], 40001, 40005).unwrap().free(), 2);
        assert_eq!(PortPairs::new(&[HERE], 65534, 65535).unwrap().free(), 1);
    }

    #[test]
    fn a_released_pair_is_used_last() {
        let mut ports = PortPairs::new(&[HERE], 41890, 41895).unwrap();
        let first = ports.bind(HERE).unwrap().unwrap();
        let (port, reserved) = (first.rtp_port, first.reserved());
        drop(first);
        ports.release(reserved);
        assert_ne!(ports.bind(HERE).unwrap().unwrap().rtp_port, port);
    }

    #[test]
    fn each_address_has_the_whole_range_and_its_pairs_go_back_to_it() {
        const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        let mut ports = PortPairs::new(&[HERE, THERE], 41900, 41903).unwrap();
        assert_eq!((ports.free(), ports.free_in_all()), (2, 4));
        let here = ports.bind(HERE).unwrap().unwrap();
        let there = ports.bind(THERE).unwrap().unwrap();
        assert_eq!((here.rtp_port, there.rtp_port), (41900, 41900));
        assert_eq!(there.rtp.local_addr().unwrap().ip(), THERE);
        assert_eq!(there.rtcp.local_addr().unwrap().port(), 41901);
        let there_again = ports.bind(THERE).unwrap().unwrap();
        assert!(ports.bind(THERE).unwrap().is_none());
        assert_eq!((ports.free(), ports.free_in_all()), (0, 1));
        let reserved = there.reserved();
        drop(there);
        ports.release(reserved);
        assert_eq!(ports.bind(THERE).unwrap().unwrap().rtp_port, 41900);
        assert_eq!(ports.bind(HERE).unwrap().unwrap().rtp_port, 41902);
        drop(there_again);
    }

    #[test]
    fn a_number_for_all_addresses_is_free_at_each() {
        const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        let other = UdpSocket::bind((THERE, 41907)).unwrap();
        let mut ports = PortPairs::new(&[HERE, THERE], 41906, 41911).unwrap();
        assert_eq!(ports.bind(HERE).unwrap().unwrap().rtp_port, 41906);
        let pairs = ports.bind_everywhere().unwrap().unwrap();
        let bound: Vec<_> = pairs
            .iter()
            .map(|pair| pair.rtp.local_addr().unwrap())
            .collect();
        assert_eq!(
            bound,
            [SocketAddr::new(HERE, 41908), SocketAddr::new(THERE, 41908)]
        );
        assert_eq!(ports.free_in_all(), 3);
        assert_eq!(ports.bind_everywhere().unwrap().unwrap()[0].rtp_port, 41910);
        assert!(ports.bind_everywhere().unwrap().is_none());
        drop(other);
    }

    #[test]
    fn an_address_that_is_not_among_them_has_no_ports() {
        let mut ports = PortPairs::new(&[HERE], 41904, 41905).unwrap();
        let refused = ports.bind("::1".parse().unwrap()).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::AddrNotAvailable);
        assert!(PortPairs::new(&[], 41904, 41905).is_none());
    }

    #[test]
    fn a_pair_that_another_program_holds_is_passed_over() {
        let other = UdpSocket::bind((HERE, 41897)).unwrap();
        let mut ports = PortPairs::new(&[HERE], 41896, 41899).unwrap();
        assert_eq!(ports.bind(HERE).unwrap().unwrap().rtp_port, 41898);
        assert!(ports.bind(HERE).unwrap().is_none());
        drop(other);
        assert_eq!(ports.bind(HERE).unwrap().unwrap().rtp_port, 41896);
    }
}
