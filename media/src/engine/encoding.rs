//! The thread that encodes sounds for the legs of Opus that play them, once for all. What is not made, or not yet, each leg
//! encodes itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::{Arc, Weak};

use super::schedule;
use crate::graph::packets::{Packets, Shape};
use crate::graph::sound::Sound;

/// So much of an engine's memory, in octets, holds packets at most: at 24 kbit/s five hours and a half of sounds.
const MAX_SIZE: usize = 64 << 20;
/// So many sounds wait. When it is full a wish is forgotten, and comes again with the next playout.
const WAITING: usize = 1024;

/// A sound, and how to encode it.
type Wish = (Arc<Sound>, Shape);

/// Where wishes go; when it is dropped, the thread ends.
pub struct Encoding {
    wishes: SyncSender<Wish>,
    ended: Arc<AtomicBool>,
}

impl Encoding {
    /// Returns what the thread does as well.
    pub fn new() -> (Self, impl FnOnce() + Send + 'static) {
        let (wishes, inbox) = sync_channel(WAITING);
        let ended = Arc::new(AtomicBool::new(false));
        let encoding = Self {
            wishes,
            ended: ended.clone(),
        };
        (encoding, move || run(&inbox, &ended))
    }

    pub fn ask(&self, sound: &Arc<Sound>, shape: Shape) {
        if sound.opus.lacks(&shape) {
            let _ = self.wishes.try_send((sound.clone(), shape));
        }
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn run(wishes: &Receiver<Wish>, ended: &AtomicBool) {
    schedule::defer_this_thread();
    let mut made: Vec<Weak<Sound>> = Vec::new();
    while let Ok((sound, shape)) = wishes.recv() {
        if !sound.opus.lacks(&shape) {
            continue;
        }
        made.retain(|made| made.strong_count() > 0 && !std::ptr::eq(made.as_ptr(), &*sound));
        let others = made.iter().filter_map(Weak::upgrade);
        let size = others.map(|one| one.opus.size()).sum::<usize>() + sound.opus.size();
        if size + shape.octets(&sound) > MAX_SIZE {
            continue;
        }
        // Who plays it may have gone meanwhile, and nobody else ever will.
        let go_on = || !ended.load(Ordering::Relaxed) && Arc::strong_count(&sound) > 1;
        if let Some(packets) = Packets::make(&sound, shape, go_on) {
            sound.opus.put(packets);
        }
        made.push(Arc::downgrade(&sound));
    }
}
