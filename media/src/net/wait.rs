//! What a thread sleeps on: an epoll set, an event counter that others raise, a periodic timer.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{fence, AtomicBool, Ordering};

fn owned(descriptor: libc::c_int) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just made this descriptor for us and nobody else holds it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A descriptor that becomes readable when somebody rings. Rings between two answers cost one system call.
pub struct Bell {
    descriptor: OwnedFd,
    rung: AtomicBool,
}

impl Bell {
    pub fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes no pointer.
        let descriptor =
            owned(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
        Ok(Self {
            descriptor,
            rung: AtomicBool::new(false),
        })
    }

    /// Call it after the thing to be found was put where the other side looks.
    pub fn ring(&self) {
        if self.rung.swap(true, Ordering::SeqCst) {
            return;
        }
        let one: u64 = 1;
        // SAFETY: eight bytes of a live integer, as eventfd(2) wants. It cannot fail: the counter is far from full.
        unsafe { libc::write(self.as_raw_fd(), (&raw const one).cast(), 8) };
    }

    /// Makes the descriptor quiet. Look for work after it, not before: a later ring is then never lost.
    pub fn answer(&self) {
        let mut count: u64 = 0;
        // SAFETY: eight bytes of a live integer, as eventfd(2) wants. An empty counter fails with EAGAIN: fine.
        unsafe { libc::read(self.as_raw_fd(), (&raw mut count).cast(), 8) };
        // A ring before this line may have been swallowed; what it announced is in place, and we look for it next.
        self.rung.store(false, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Sleeps until a ring or for `milliseconds` (-1: for ever).
    pub fn wait(&self, milliseconds: i32) {
        let mut poll = libc::pollfd {
            fd: self.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one live pollfd.
        unsafe { libc::poll(&mut poll, 1, milliseconds) };
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// A timer at absolute times of CLOCK_MONOTONIC.
pub struct Timer {
    descriptor: OwnedFd,
    set_to: u64,
}

impl Timer {
    pub fn new() -> io::Result<Self> {
        // SAFETY: timerfd_create takes no pointer.
        let descriptor = owned(unsafe {
            libc::timerfd_create(
                libc::CLOCK_MONOTONIC,
                libc::TFD_NONBLOCK | libc::TFD_CLOEXEC,
            )
        })?;
        Ok(Self {
            descriptor,
            set_to: 0,
        })
    }

    /// Becomes readable at `at_ns`, at once if that is past; 0 is never. Setting it anew makes it quiet.
    pub fn set(&mut self, at_ns: u64) {
        if self.set_to == at_ns {
            return;
        }
        self.set_to = at_ns;
        let spec = libc::itimerspec {
            it_interval: timespec(0),
            it_value: timespec(at_ns),
        };
        // SAFETY: a live itimerspec; the old value is not asked for.
        unsafe {
            libc::timerfd_settime(
                self.descriptor.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &spec,
                std::ptr::null_mut(),
            )
        };
    }
}

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

fn timespec(ns: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    }
}

/// How often a descriptor tells that it is readable.
#[derive(Clone, Copy)]
pub enum Trigger {
    /// At every change, without having to be read: timers and bells.
    Edge,
    /// Once, until `Poller::rearm`: sockets that a stranger could flood.
    Once,
    /// As long as something is there.
    Level,
}

/// An epoll set.
pub struct Poller {
    descriptor: OwnedFd,
}

impl Poller {
    pub fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 takes no pointer.
        let descriptor = owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(Self { descriptor })
    }

    pub fn add(&self, target: &impl AsRawFd, token: u64, trigger: Trigger) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, target.as_raw_fd(), token, trigger)
    }

    /// Makes a `Trigger::Once` descriptor tell again; at once, if something waits in it.
    pub fn rearm(&self, target: &impl AsRawFd, token: u64) {
        // It fails only for a descriptor that was never added, and such a one has nothing to tell.
        let _ = self.control(
            libc::EPOLL_CTL_MOD,
            target.as_raw_fd(),
            token,
            Trigger::Once,
        );
    }

    pub fn remove(&self, target: &impl AsRawFd) {
        // It fails only for a descriptor that was never added.
        let _ = self.control(libc::EPOLL_CTL_DEL, target.as_raw_fd(), 0, Trigger::Once);
    }

    fn control(
        &self,
        verb: libc::c_int,
        target: RawFd,
        token: u64,
        trigger: Trigger,
    ) -> io::Result<()> {
        let events = match trigger {
            Trigger::Edge => libc::EPOLLIN | libc::EPOLLET,
            Trigger::Once => libc::EPOLLIN | libc::EPOLLONESHOT,
            Trigger::Level => libc::EPOLLIN,
        };
        let mut event = libc::epoll_event {
            events: events as u32,
            u64: token,
        };
        // SAFETY: a live epoll_event; the kernel checks both descriptors.
        let result =
            unsafe { libc::epoll_ctl(self.descriptor.as_raw_fd(), verb, target, &mut event) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Looks what is readable, sleeping until something is if it may; returns the tokens. Empty after a signal.
    pub fn wait<'a>(
        &self,
        ready: &'a mut Ready,
        may_sleep: bool,
    ) -> impl Iterator<Item = u64> + 'a {
        // SAFETY: `ready` holds as many live epoll_events as we say.
        let count = unsafe {
            libc::epoll_wait(
                self.descriptor.as_raw_fd(),
                ready.events.as_mut_ptr(),
                ready.events.len() as libc::c_int,
                if may_sleep { -1 } else { 0 },
            )
        };
        ready.events[..count.max(0) as usize]
            .iter()
            .map(|event| event.u64)
    }
}

/// Readable while something in the set is.
impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// Room for what one `Poller::wait` finds.
pub struct Ready {
    events: [libc::epoll_event; 64],
}

impl Default for Ready {
    fn default() -> Self {
        Self {
            events: [libc::epoll_event { events: 0, u64: 0 }; 64],
        }
    }
}
