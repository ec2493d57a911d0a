//! Fetches what the next legs of a slot will need into the processor's caches, while the kernel is at work for this
//! one: between two ticks of a leg, other legs have driven it out.

const LINE: usize = 64;

/// Fetches so many octets from the beginning of `value` on, at most its whole length.
pub fn fetch_some<T>(value: &T, octets: usize) {
    let start = std::ptr::from_ref(value).cast::<i8>();
    for offset in (0..size_of::<T>().min(octets)).step_by(LINE) {
        fetch_line(start.wrapping_add(offset));
    }
}

/// Fetches all of `value`.
pub fn fetch<T>(value: &T) {
    fetch_some(value, size_of::<T>());
}

/// Fetches `values`.
pub fn fetch_all<T>(values: &[T]) {
    let start = values.as_ptr().cast::<i8>();
    for offset in (0..size_of_val(values)).step_by(LINE) {
        fetch_line(start.wrapping_add(offset));
    }
}

#[cfg(target_arch = "x86_64")]
fn fetch_line(address: *const i8) {
    use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
    // SAFETY: a hint; the processor reads nothing into the program, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
}

/// Elsewhere the caches are left to themselves.
#[cfg(not(target_arch = "x86_64"))]
fn fetch_line(_: *const i8) {}
