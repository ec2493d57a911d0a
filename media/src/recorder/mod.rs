//! The thread that writes recordings. A slow disk costs audio in the file, never a tick of the call.

mod compressed;
mod ogg;
mod place;
mod recording_file;
pub mod sealed;
mod wave;

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::event::{EventQueue, Fact};
use crate::engine::leg::Outside;
use crate::graph::tap::TapReader;
use crate::net::monotonic_ns;
use recording_file::RecordingFile;
pub use recording_file::{Format, Kind, Layout};
use sealed::MasterKey;

/// How often the thread looks whether a recording ended.
const ROUND: Duration = Duration::from_millis(50);
/// Each recording is written every so many rounds: half a second, of the two and a half that its ring holds.
const ROUNDS: usize = 10;

/// One recording to be written.
pub struct Job {
    pub outside: Arc<Outside>,
    pub recording: u64,
    pub path: Box<str>,
    pub kind: Kind,
    pub reader: TapReader,
}

struct Recording {
    job: Job,
    file: RecordingFile,
}

/// Writes until every sender of jobs is gone and the last recording is complete.
pub fn run(jobs: &Receiver<Job>, key: Option<&MasterKey>, events: &EventQueue) {
    let mut recordings: Vec<Recording> = Vec::new();
    let mut open = true;
    for round in 0.. {
        let deadline = Instant::now() + ROUND;
        while open {
            let next = if recordings.is_empty() {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            };
            match next {
                Ok(job) => recordings.extend(begin(job, key, events)),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => open = false,
            }
        }
        if recordings.is_empty() {
            return;
        }
        if !open {
            std::thread::sleep(ROUND);
        }
        let mut turn = 0;
        recordings.retain_mut(|recording| {
            turn += 1;
            step(recording, turn % ROUNDS == round % ROUNDS, events)
        });
    }
}

fn begin(job: Job, key: Option<&MasterKey>, events: &EventQueue) -> Option<Recording> {
    match RecordingFile::create(&job.path, job.kind, job.reader.rate, key) {
        Ok(file) => Some(Recording { job, file }),
        Err(error) => {
            fail(&job, &error, (0, 0), events);
            None
        }
    }
}

/// Writes what is there when it is its turn or its end; false when it is done with.
fn step(recording: &mut Recording, its_turn: bool, events: &EventQueue) -> bool {
    let Recording { job, file } = recording;
    let ended = job.reader.ended();
    if !its_turn && ended.is_none() {
        return true;
    }
    let told = (file.frames(), file.lost());
    let written = write(&mut job.reader, file, ended);
    let rate = u64::from(job.reader.rate);
    let ms = |frames: u64| frames * 1000 / rate;
    if file.lost() > told.1 {
        let gap = Fact::RecordingGap {
            recording: job.recording,
            position_ms: ms(told.0),
            lost_ms: ms(file.lost() - told.1),
        };
        events.push(job.outside.leg, monotonic_ns(), gap);
    }
    if let Err(error) = written {
        // Each turn before this one ended with a flush.
        fail(job, &error, (ms(told.0), ms(told.1)), events);
        return false;
    }
    if ended.is_none() {
        return true;
    }
    let fact = Fact::RecordingFinished {
        recording: job.recording,
        duration_ms: ms(file.frames()),
        lost_ms: ms(file.lost()),
    };
    finish(job, fact, events);
    false
}

fn write(
    reader: &mut TapReader,
    file: &mut RecordingFile,
    ended: Option<u64>,
) -> std::io::Result<()> {
    while let Ok(chunk) = reader.ring.pop() {
        file.add(&chunk)?;
    }
    match ended {
        None => file.flush(),
        Some(length) => {
            file.fill_up(length)?;
            file.finish()
        }
    }
}

fn fail(job: &Job, error: &std::io::Error, (kept_ms, lost_ms): (u64, u64), events: &EventQueue) {
    job.reader.fail();
    let fact = Fact::RecordingFailed {
        recording: job.recording,
        problem: format!("{}: {error}", job.path).into_boxed_str(),
        kept_ms,
        lost_ms,
    };
    finish(job, fact, events);
}

fn finish(job: &Job, fact: Fact, events: &EventQueue) {
    events.push(job.outside.leg, monotonic_ns(), fact);
    // After the event: LEG_CLOSED waits for this.
    job.outside.recordings.fetch_sub(1, Ordering::Release);
}
