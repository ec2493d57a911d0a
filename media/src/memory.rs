//! Memory of the engine: what is asked for one after the other lies side by side, on huge pages.
//!
//! A tick reads some thirty places of each leg. On pages of 4 kB nearly each of them is a miss in the processor's table of
//! pages, which a virtual machine pays twice; on pages of 2 MB all legs share a few entries of it. Blocks are cut off a
//! region in the order in which they are asked for, so the boxes of a leg are neighbours, and what is given back serves the
//! next one of its size. The packet path neither takes nor gives any.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard};

/// A huge page of x86-64, and of arm64 with pages of 4 kB.
const HUGE: usize = 2 << 20;
/// Taken from the system at once; what of it is not used yet costs no memory but the huge page that is begun.
const REGION: usize = if cfg!(miri) { HUGE } else { 8 * HUGE };
/// Blocks begin at cache lines, so that no two share one.
const LINE: usize = 64;
/// Larger ones are the system's. The ring of a recording at 48 kHz is none of those.
const LARGEST: usize = if cfg!(miri) { 8 << 10 } else { 512 << 10 };
/// Up to here there is a size for each line.
const FINE: usize = 1024;
/// Beyond, so many for each doubling: at most an eighth is waste.
const STEPS: usize = 8;
const SIZES: usize = FINE / LINE + STEPS * (LARGEST / FINE).ilog2() as usize;

/// A block that nobody uses: it holds where the next one is.
struct Free {
    next: *mut Free,
}

struct Blocks {
    /// By size.
    free: [*mut Free; SIZES],
    /// What is left of the newest region.
    start: *mut u8,
    left: usize,
}

// SAFETY: the pointers lead to memory that only the holder of the lock around it touches.
unsafe impl Send for Blocks {}

/// The allocator.
pub struct Memory {
    blocks: Mutex<Blocks>,
}

/// The number of the smallest size that holds so many octets, and that size.
const fn fit(octets: usize) -> (usize, usize) {
    if octets <= FINE {
        let lines = octets.div_ceil(LINE);
        return (
            lines.saturating_sub(1),
            if lines == 0 { LINE } else { lines * LINE },
        );
    }
    let doubling = (octets - 1).ilog2();
    let step = (1 << doubling) / STEPS;
    let steps = (octets - (1 << doubling)).div_ceil(step);
    let before = FINE / LINE + STEPS * (doubling - FINE.ilog2()) as usize;
    (before + steps - 1, (1 << doubling) + steps * step)
}

const fn is_ours(layout: &Layout) -> bool {
    layout.size() <= LARGEST && layout.align() <= LINE
}

impl Memory {
    pub const fn new() -> Self {
        let blocks = Blocks {
            free: [null_mut(); SIZES],
            start: null_mut(),
            left: 0,
        };
        Self {
            blocks: Mutex::new(blocks),
        }
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        // Nothing panics while it is held.
        self.blocks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Blocks {
    /// Null when the system has no memory.
    fn take(&mut self, octets: usize) -> *mut u8 {
        let (number, size) = fit(octets);
        let first = self.free[number];
        if !first.is_null() {
            // SAFETY: what is in the list was given back, and holds a `Free` since.
            self.free[number] = unsafe { (*first).next };
            return first.cast();
        }
        if self.left < size && !self.begin_region() {
            return null_mut();
        }
        let block = self.start;
        // SAFETY: `left` octets of one region follow `start`, and those are enough.
        self.start = unsafe { block.add(size) };
        self.left -= size;
        block
    }

    /// # Safety
    /// `block` came from `take` for so many octets, and nobody uses it any more.
    unsafe fn give_back(&mut self, block: *mut u8, octets: usize) {
        let (number, _) = fit(octets);
        let free = block.cast::<Free>();
        let next = self.free[number];
        // SAFETY: the block is ours again; it has a cache line at least and begins at one.
        unsafe { free.write(Free { next }) };
        self.free[number] = free;
    }

    /// What is left of the one before is given up: less than the largest block.
    fn begin_region(&mut self) -> bool {
        let Ok(layout) = Layout::from_size_align(REGION, HUGE) else {
            return false;
        };
        // SAFETY: the size is not 0.
        let region = unsafe { System.alloc(layout) };
        if region.is_null() {
            return false;
        }
        // A kernel without huge pages refuses, and all else is the same.
        #[cfg(not(miri))]
        // SAFETY: the region is ours and begins at a page.
        unsafe {
            libc::madvise(region.cast(), REGION, libc::MADV_HUGEPAGE)
        };
        (self.start, self.left) = (region, REGION);
        true
    }
}

// SAFETY: a block is as long as was asked for or longer, begins at a cache line, which is as aligned as `is_ours` lets
// anybody ask, and belongs to one owner from `take` to `give_back`. The size of a layout says who has it.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_ours(&layout) {
            return self.blocks().take(layout.size());
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !is_ours(&layout) {
            // SAFETY: as the caller promises.
            return unsafe { System.alloc_zeroed(layout) };
        }
        let block = self.blocks().take(layout.size());
        if !block.is_null() {
            // SAFETY: the block is that long.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_ours(&layout) {
            // SAFETY: the caller has it from us with this layout, and gives it up.
            return unsafe { self.blocks().give_back(block, layout.size()) };
        }
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that it is a size of a layout.
        let wished = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (is_ours(&layout), is_ours(&wished)) {
            (true, true) if fit(layout.size()) == fit(size) => return block,
            // SAFETY: as the caller promises.
            (false, false) => return unsafe { System.realloc(block, layout, size) },
            _ => {}
        }
        // SAFETY: both are blocks of those layouts, and the old one is given up.
        unsafe {
            let moved = self.alloc(wished);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, size.min(layout.size()));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_holds_what_was_asked_for_and_wastes_an_eighth_at_most() {
        let mut before = (0, LINE);
        for octets in 1..=LARGEST {
            let (number, size) = fit(octets);
            assert!(size >= octets && size % LINE == 0 && number < SIZES);
            assert!(size - octets < LINE || size - octets <= octets / STEPS);
            // Numbers and sizes go up together.
            assert!((number, size) == before || number == before.0 + 1 && size > before.1);
            before = (number, size);
        }
        assert_eq!(before, (SIZES - 1, LARGEST));
    }

    /// Octets that only the owner of a block writes.
    fn mark(block: *mut u8, length: usize, with: u8) {
        // SAFETY: the tests ask for that many.
        unsafe { block.write_bytes(with, length) };
    }

    fn is_marked(block: *mut u8, length: usize, with: u8) -> bool {
        // SAFETY: as above, and `mark` wrote them.
        let octets = unsafe { std::slice::from_raw_parts(block, length) };
        octets.iter().all(|octet| *octet == with)
    }

    #[test]
    fn no_two_owners_share_an_octet_whatever_comes_and_goes() {
        let memory = Memory::new();
        let (mut held, mut state) = (Vec::new(), 1_u32);
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for round in 0..if cfg!(miri) { 1000 } else { 5000 } {
            let with = round as u8;
            if held.len() < 40 || next(2) == 0 {
                let most = [200, 200, 5000, 5000, 5000, 5000, 5000, LARGEST + 5000][next(8)];
                let align = [1, 8, LINE, 2 * LINE][next(4)];
                let layout = Layout::from_size_align(1 + next(most), align).unwrap();
                // SAFETY: the size is not 0.
                let block = unsafe { memory.alloc(layout) };
                assert!(block.is_aligned_to_octets(align));
                mark(block, layout.size(), with);
                held.push((block, layout, with));
            } else {
                let (block, layout, with) = held.swap_remove(next(held.len()));
                assert!(is_marked(block, layout.size(), with));
                if next(3) == 0 {
                    let size = 1 + next(2 * layout.size());
                    // SAFETY: it is held with this layout, and the new size is not 0.
                    let moved = unsafe { memory.realloc(block, layout, size) };
                    assert!(is_marked(moved, size.min(layout.size()), with));
                    mark(moved, size, with);
                    let layout = Layout::from_size_align(size, layout.align()).unwrap();
                    held.push((moved, layout, with));
                } else {
                    // SAFETY: it is held with this layout.
                    unsafe { memory.dealloc(block, layout) };
                }
            }
        }
        for (block, layout, with) in held {
            assert!(is_marked(block, layout.size(), with));
            // SAFETY: it is held with this layout.
            unsafe { memory.dealloc(block, layout) };
        }
    }

    #[test]
    fn what_is_given_back_serves_the_next_and_is_zeroed_where_that_is_asked() {
        let memory = Memory::new();
        let layout = Layout::from_size_align(3000, 8).unwrap();
        // SAFETY: blocks of this layout, each given back once.
        unsafe {
            let block = memory.alloc(layout);
            mark(block, 3000, 7);
            memory.dealloc(block, layout);
            let again = memory.alloc_zeroed(layout);
            assert_eq!(block, again);
            assert!(is_marked(again, 3000, 0));
            memory.dealloc(again, layout);
        }
    }

    trait Aligned {
        fn is_aligned_to_octets(self, align: usize) -> bool;
    }

    impl Aligned for *mut u8 {
        fn is_aligned_to_octets(self, align: usize) -> bool {
            self.addr().is_multiple_of(align)
        }
    }
}
