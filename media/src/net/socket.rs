//! UDP sockets as media wants them.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// Expedited forwarding (RFC 3246), in the upper six bits of the traffic class.
const EXPEDITED: libc::c_int = 46 << 2;

/// Never blocks, marked as expedited, and the kernel stamps the time of arrival on each packet.
pub fn bind_rtp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = bind_rtcp(address)?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    Ok(socket)
}

/// Never blocks, marked as expedited.
pub fn bind_rtcp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // A network that refuses the marking still carries the packets.
    let _ = match address {
        SocketAddr::V4(_) => set_option(&socket, libc::IPPROTO_IP, libc::IP_TOS, EXPEDITED),
        SocketAddr::V6(_) => set_option(&socket, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, EXPEDITED),
    };
    Ok(socket)
}

/// What many peers send to one socket in a moment waits in it, as far as the kernel allows: a second of 500 legs.
pub fn make_room(socket: &UdpSocket) {
    const ROOM: libc::c_int = 4 << 20;
    // The first is for those who may pass the limit of net.core.rmem_max.
    let _ = set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, ROOM)
        .or_else(|_| set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, ROOM));
}

fn set_option(
    socket: &UdpSocket,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the option's value is a live C integer of the length that we say.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
