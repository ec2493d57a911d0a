//! The port of all browsers: one number at each of our addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::net::ports::SocketPair;
use crate::net::socket;

pub struct BrowserSockets {
    pub port: u16,
    /// Each with whether it is of IPv6; in the order of our addresses.
    pairs: Vec<(bool, SocketPair)>,
}

impl BrowserSockets {
    pub fn bind(addresses: &[IpAddr], port: u16) -> io::Result<Self> {
        let bind = |&address| socket::bind_rtp(SocketAddr::new(address, port));
        let bound: io::Result<Vec<_>> = addresses.iter().map(bind).collect();
        let pairs = bound?
            .into_iter()
            .map(|one| SocketPair::shared(Arc::new(one), port));
        Self::of(pairs.collect())
    }

    /// RTCP comes where RTP does: the upper sockets are closed.
    pub fn of(pairs: Vec<SocketPair>) -> io::Result<Self> {
        let mut port = 0;
        let shared: io::Result<Vec<_>> = pairs
            .into_iter()
            .map(|pair| {
                socket::make_room(&pair.rtp);
                port = pair.rtp_port;
                let is_ipv6 = pair.rtp.local_addr()?.is_ipv6();
                Ok((is_ipv6, SocketPair::shared(pair.rtp, port)))
            })
            .collect();
        let pairs = shared?;
        Ok(Self { port, pairs })
    }

    pub fn all(&self) -> impl Iterator<Item = &SocketPair> {
        self.pairs.iter().map(|(_, pair)| pair)
    }

    /// Where to send from; None where no address of ours is of that family.
    pub fn towards(&self, to: SocketAddr) -> Option<&SocketPair> {
        let fitting = self.pairs.iter();
        fitting
            .filter(|(is_ipv6, _)| *is_ipv6 == to.is_ipv6())
            .map(|(_, pair)| pair)
            .next()
    }
}
