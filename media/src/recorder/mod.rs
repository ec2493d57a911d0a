//! The thread that writes recordings. A slow disk costs audio in the file, never a tick of the call.

mod file;

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::event::{EventQueue, Fact};
use crate::engine::leg::Outside;
use crate::graph::tap::TapReader;
use crate::graph::SAMPLES_A_MS;
use crate::net::monotonic_ns;
use file::WavFile;

/// How often the thread looks whether a recording ended.
const ROUND: Duration = Duration::from_millis(50);
/// Each recording is written every so many rounds: half a second, of the two and a half that its ring holds.
const ROUNDS: usize = 10;

/// One recording to be written.
pub struct Job {
    pub outside: Arc<Outside>,
    pub recording: u64,
    pub path: Box<str>,
    pub stereo: bool,
    pub reader: TapReader,
}

struct Recording {
    job: Job,
    file: WavFile,
}

/// Writes until every sender of jobs is gone and the last recording is complete.
pub fn run(jobs: &Receiver<Job>, events: &EventQueue) {
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
                Ok(job) => recordings.extend(begin(job, events)),
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

fn begin(job: Job, events: &EventQueue) -> Option<Recording> {
    match WavFile::create(&job.path, job.stereo) {
        Ok(file) => Some(Recording { job, file }),
        Err(error) => {
            fail(&job, &error, events);
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
    while let Ok(chunk) = job.reader.ring.pop() {
        file.add(&chunk);
    }
    if let Some(length) = ended {
        file.fill_up(length);
    }
    if let Err(error) = file.flush() {
        fail(job, &error, events);
        return false;
    }
    if ended.is_none() {
        return true;
    }
    let ms = |frames: u64| frames / SAMPLES_A_MS as u64;
    let fact = Fact::RecordingFinished {
        recording: job.recording,
        duration_ms: ms(file.frames()),
        lost_ms: ms(file.lost()),
    };
    finish(job, fact, events);
    false
}

fn fail(job: &Job, error: &std::io::Error, events: &EventQueue) {
    job.reader.fail();
    let fact = Fact::RecordingFailed {
        recording: job.recording,
        problem: format!("{}: {error}", job.path).into_boxed_str(),
    };
    finish(job, fact, events);
}

fn finish(job: &Job, fact: Fact, events: &EventQueue) {
    events.push(job.outside.leg, monotonic_ns(), fact);
    // After the event: LEG_CLOSED waits for this.
    job.outside.recordings.fetch_sub(1, Ordering::Release);
}
