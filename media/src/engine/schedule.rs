//! What a media thread asks of the kernel's scheduler.

/// The least real-time priority: before everything that is not real-time, behind everything else that is. A media
/// thread sleeps most of the time; one that does not is held back by the kernel (sched_rt_runtime_us).
const PRIORITY: u32 = 1;
const NICE: i32 = -10;
/// The caller, for sched_setattr(2).
const THIS: libc::pid_t = 0;
/// A short time slice makes a thread that wakes run before one that computes: Linux 6.12 and later (EEVDF).
const SLICE_NS: u64 = 200_000;

/// `struct sched_attr` of sched_setattr(2), its first version.
#[repr(C)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// Asks for the best that this process may have: real-time, else a higher weight, else an early turn. What the kernel
/// refuses, or does not know, is done without.
pub fn prefer_this_thread() {
    prefer(THIS);
}

/// The same for another thread of this process.
pub fn prefer(thread: libc::pid_t) {
    let _ = set(thread, libc::SCHED_RR, 0, PRIORITY, 0)
        || set(thread, libc::SCHED_OTHER, NICE, 0, SLICE_NS)
        || set(thread, libc::SCHED_OTHER, 0, 0, SLICE_NS);
}

/// The kernel's name of the calling thread.
pub fn this_thread() -> libc::pid_t {
    // SAFETY: gettid takes nothing and cannot fail.
    unsafe { libc::gettid() }
}

/// Asks for no more than a turn that comes soon.
pub fn take_turns() {
    let _ = set(THIS, libc::SCHED_OTHER, 0, 0, SLICE_NS);
}

/// Behind everything that somebody waits for.
pub fn defer_this_thread() {
    let _ = set(THIS, libc::SCHED_OTHER, 5, 0, 0);
}

fn set(thread: libc::pid_t, policy: libc::c_int, nice: i32, priority: u32, runtime: u64) -> bool {
    let attributes = Attributes {
        size: size_of::<Attributes>() as u32,
        policy: policy as u32,
        flags: 0,
        nice,
        priority,
        runtime,
        deadline: 0,
        period: 0,
    };
    // SAFETY: a live structure of the size that it states.
    unsafe { libc::syscall(libc::SYS_sched_setattr, thread, &raw const attributes, 0) == 0 }
}
