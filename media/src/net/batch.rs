//! Many datagrams with one system call, each with its source and the time at which the kernel got it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams a call. A leg gets one or two a tick; more is a burst, or somebody who floods.
pub const BATCH: usize = 16;
/// Longer datagrams are cut: no audio packet of 60 ms comes near.
const DATAGRAM: usize = 2048;
/// Room for one control message with a timespec.
const CONTROL: usize = 64;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

struct Room {
    data: [[u8; DATAGRAM]; BATCH],
    sources: [libc::sockaddr_storage; BATCH],
    controls: [Control; BATCH],
    vectors: [libc::iovec; BATCH],
    messages: [libc::mmsghdr; BATCH],
}

/// Memory for one `receive`, used over and over.
pub struct Batch {
    room: Box<Room>,
    count: usize,
}

/// One received datagram.
pub struct Datagram<'a> {
    pub data: &'a mut [u8],
    pub source: SocketAddr,
    /// CLOCK_REALTIME, where the socket stamps.
    pub arrived_realtime_ns: Option<u64>,
}

// SAFETY: the pointers inside `Room` point into the same heap block, which moves with the Batch and is not shared.
unsafe impl Send for Batch {}

impl Default for Batch {
    fn default() -> Self {
        // SAFETY: every field is an array of integers or of C structs for which all zeros is a valid value.
        let mut room: Box<Room> = Box::new(unsafe { std::mem::zeroed() });
        for i in 0..BATCH {
            room.vectors[i] = libc::iovec {
                iov_base: room.data[i].as_mut_ptr().cast(),
                iov_len: DATAGRAM,
            };
            let header = libc::msghdr {
                msg_name: (&raw mut room.sources[i]).cast(),
                msg_iov: &raw mut room.vectors[i],
                msg_iovlen: 1,
                msg_control: (&raw mut room.controls[i]).cast(),
                ..room.messages[i].msg_hdr
            };
            room.messages[i].msg_hdr = header;
            allow_full_length(&mut room.messages[i].msg_hdr);
        }
        Self { room, count: 0 }
    }
}

impl Batch {
    /// Takes what waits in the socket, at most `most` datagrams and `BATCH`, and returns how many.
    ///
    /// Errors count as nothing received: on a UDP socket they are echoes of what we sent (port unreachable).
    pub fn receive(&mut self, socket: &UdpSocket, most: usize) -> usize {
        // The kernel shortened those that it filled; a tick finds one or two, so the others stay untouched.
        for message in &mut self.room.messages[..self.count] {
            allow_full_length(&mut message.msg_hdr);
        }
        if most == 1 {
            return self.receive_one(socket);
        }
        // SAFETY: every message points to live room of the stated length inside our own box.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.room.messages.as_mut_ptr(),
                most.min(BATCH) as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        self.count = count.max(0) as usize;
        self.count
    }

    /// The kernel looks no second time, nor copies what describes many.
    fn receive_one(&mut self, socket: &UdpSocket) -> usize {
        let message = &mut self.room.messages[0];
        // SAFETY: as above.
        let length =
            unsafe { libc::recvmsg(socket.as_raw_fd(), &mut message.msg_hdr, libc::MSG_DONTWAIT) };
        self.count = usize::from(length >= 0);
        message.msg_len = length.max(0) as libc::c_uint;
        self.count
    }

    /// What the last `receive` brought, oldest first.
    pub fn datagrams(&mut self) -> impl Iterator<Item = Datagram<'_>> {
        let Room {
            data,
            sources,
            controls,
            messages,
            ..
        } = &mut *self.room;
        let filled = data[..self.count].iter_mut().enumerate();
        filled.filter_map(|(i, data)| {
            let length = (messages[i].msg_len as usize).min(DATAGRAM);
            Some(Datagram {
                data: &mut data[..length],
                source: source(&sources[i])?,
                arrived_realtime_ns: stamp(&messages[i].msg_hdr, &controls[i]),
            })
        })
    }
}

/// Says how much room there is for a source and a control message.
fn allow_full_length(header: &mut libc::msghdr) {
    header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    header.msg_controllen = CONTROL as _;
}

fn source(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the kernel wrote a sockaddr_in here, and storage is large enough for it.
            let v4 = unsafe { &*(&raw const *storage).cast::<libc::sockaddr_in>() };
            let address = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(
                IpAddr::V4(address),
                u16::from_be(v4.sin_port),
            ))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, for sockaddr_in6.
            let v6 = unsafe { &*(&raw const *storage).cast::<libc::sockaddr_in6>() };
            let address = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddr::new(
                IpAddr::V6(address),
                u16::from_be(v6.sin6_port),
            ))
        }
        _ => None,
    }
}

/// The SCM_TIMESTAMPNS message: the only one that we ask for, so it stands first if at all.
fn stamp(header: &libc::msghdr, control: &Control) -> Option<u64> {
    let start = size_of::<libc::cmsghdr>();
    let end = start + size_of::<libc::timespec>();
    if header.msg_controllen < end {
        return None;
    }
    // SAFETY: the kernel wrote at least a cmsghdr and a timespec, and Control is aligned for both.
    let (message, time) = unsafe {
        let base = control.0.as_ptr();
        (
            base.cast::<libc::cmsghdr>().read(),
            base.add(start).cast::<libc::timespec>().read(),
        )
    };
    if message.cmsg_level != libc::SOL_SOCKET || message.cmsg_type != libc::SCM_TIMESTAMPNS {
        return None;
    }
    Some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{realtime_ns, socket};

    #[test]
    fn a_batch_brings_datagrams_in_order_with_source_and_arrival() {
        let to = socket::bind_rtp("127.0.0.1:0".parse().unwrap()).unwrap();
        let from = UdpSocket::bind("127.0.0.1:0").unwrap();
        let before = realtime_ns();
        for text in ["one", "two", "three"] {
            from.send_to(text.as_bytes(), to.local_addr().unwrap())
                .unwrap();
        }
        let mut batch = Batch::default();
        assert_eq!(batch.receive(&to, BATCH), 3);
        let got: Vec<_> = batch.datagrams().collect();
        let texts: Vec<_> = got
            .iter()
            .map(|d| std::str::from_utf8(d.data).unwrap())
            .collect();
        assert_eq!(texts, ["one", "two", "three"]);
        for datagram in &got {
            assert_eq!(datagram.source, from.local_addr().unwrap());
            let arrived = datagram.arrived_realtime_ns.unwrap();
            assert!((before..=realtime_ns()).contains(&arrived));
        }
        assert_eq!(batch.receive(&to, BATCH), 0);
    }

    #[test]
    fn one_at_a_time_leaves_the_others_for_later() {
        let to = socket::bind_rtp("127.0.0.1:0".parse().unwrap()).unwrap();
        let from = UdpSocket::bind("127.0.0.1:0").unwrap();
        for text in ["one", "", "three"] {
            from.send_to(text.as_bytes(), to.local_addr().unwrap())
                .unwrap();
        }
        let mut batch = Batch::default();
        for text in ["one", "", "three"] {
            assert_eq!(batch.receive(&to, 1), 1);
            let first = batch.datagrams().next().unwrap();
            assert_eq!(first.data, text.as_bytes());
            assert_eq!(first.source, from.local_addr().unwrap());
            assert!(first.arrived_realtime_ns.is_some());
        }
        assert_eq!(batch.receive(&to, 1), 0);
        assert_eq!(batch.datagrams().count(), 0);
    }

    #[test]
    fn addresses_of_both_families_are_read() {
        if let Ok(to) = UdpSocket::bind("[::1]:0") {
            to.set_nonblocking(true).unwrap();
            let from = UdpSocket::bind("[::1]:0").unwrap();
            from.send_to(b"x", to.local_addr().unwrap()).unwrap();
            let mut batch = Batch::default();
            assert_eq!(batch.receive(&to, BATCH), 1);
            let first = batch.datagrams().next().unwrap();
            assert_eq!(first.source, from.local_addr().unwrap());
            assert_eq!(first.arrived_realtime_ns, None);
        }
    }
}
