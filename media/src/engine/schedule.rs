//! What a media thread asks of the kernel's scheduler.

/// A short time slice makes a thread that wakes run before one that computes: Linux 6.12 and later (EEVDF).
const SLICE_NS: u64 = 200_000;
const NICE: i32 = -10;

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

/// Asks for a higher weight and an early turn. What the kernel refuses, or does not know, is done without.
pub fn prefer_this_thread() {
    // Without the right to a lower nice value, the short slice alone.
    if !set(NICE) {
        set(0);
    }
}

fn set(nice: i32) -> bool {
    let attributes = Attributes {
        size: size_of::<Attributes>() as u32,
        // SCHED_OTHER is 0.
        policy: 0,
        flags: 0,
        nice,
        priority: 0,
        runtime: SLICE_NS,
        deadline: 0,
        period: 0,
    };
    // SAFETY: a live structure of the size that it states; thread 0 is the caller.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) == 0 }
}
