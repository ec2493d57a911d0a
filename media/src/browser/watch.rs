//! Who waits for the packets of a browser's line, and how it hears that some came: once for all that it did not look at yet.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;

use super::MAX_LEGS;

/// It was told, and did not look yet.
const CALLED: u64 = 1 << 63;
/// There is somebody.
const WATCHED: u64 = 1 << 62;
const INDEX_AT: u32 = 32;
const INDEX: u64 = 0xFFFF;

/// For each porter, the places of lines that have packets for it. A place may be named that is another leg's by now, and
/// looking there in vain is no harm.
pub struct Calls {
    lists: Box<[ArrayQueue<u32>]>,
}

impl Calls {
    pub fn new(porters: usize) -> Self {
        // Each line once, and again for whose place it was before.
        let list = |_| ArrayQueue::new(2 * MAX_LEGS);
        Self {
            lists: (0..porters).map(list).collect(),
        }
    }

    /// Whether that porter has some to look at.
    pub fn is_waiting(&self, index: usize) -> bool {
        self.lists.get(index).is_some_and(|list| !list.is_empty())
    }

    pub fn next(&self, index: usize) -> Option<u32> {
        self.lists.get(index)?.pop()
    }

    fn push(&self, index: usize, place: u32) -> bool {
        let list = self.lists.get(index);
        list.is_some_and(|list| list.push(place).is_ok())
    }
}

/// One word, so that a call is either for who watches now or was before it looked.
#[derive(Default)]
pub struct Watch(AtomicU64);

impl Watch {
    pub fn begin(&self, index: usize, place: u32) {
        let word = WATCHED | (index as u64 & INDEX) << INDEX_AT | u64::from(place);
        // It reads what `call` wrote, and so sees the packets that came before it.
        self.0.swap(word, Ordering::AcqRel);
    }

    pub fn end(&self) {
        self.0.swap(0, Ordering::AcqRel);
    }

    pub fn answer(&self) {
        self.0.fetch_and(!CALLED, Ordering::AcqRel);
    }

    /// A packet was put in.
    pub fn call(&self, calls: &Calls) {
        let before = self.0.fetch_or(CALLED, Ordering::AcqRel);
        if before & WATCHED == 0 || before & CALLED != 0 {
            return;
        }
        let (index, place) = ((before >> INDEX_AT & INDEX) as usize, before as u32);
        if !calls.push(index, place) {
            // The next packet tries again.
            self.answer();
        }
    }
}
