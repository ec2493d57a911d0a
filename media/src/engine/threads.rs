//! The engine's threads: workers, one reaper, one writer of recordings. Started together, joined together.

use std::io;
use std::sync::mpsc::{channel, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{Builder, JoinHandle};

use super::command::{Command, Mailbox};
use super::event::{EventQueue, Fact};
use super::reaper::{Bin, Garbage, Reaper};
use super::statistics::Lateness;
use super::worker::{Shared, Worker};
use super::{Refusal, Settings};
use crate::net::monotonic_ns;
use crate::net::ports::PortPairs;
use crate::recorder::{self, Job};

pub struct Threads {
    pub shared: Arc<Shared>,
    ports: Arc<Mutex<PortPairs>>,
    workers: Vec<JoinHandle<()>>,
    reaper: Option<JoinHandle<()>>,
    writer: Option<(Sender<Job>, JoinHandle<()>)>,
}

impl Threads {
    pub fn start(settings: &Settings, events: Arc<EventQueue>) -> Result<Self, Refusal> {
        let ports = PortPairs::new(settings.address, settings.first_port, settings.last_port)
            .ok_or_else(|| Refusal::Unfit("the port range holds no even/odd pair".into()))?;
        let capacity = ports.free();
        let mailboxes: io::Result<_> = (0..settings.workers).map(|_| Mailbox::new()).collect();
        let shared = Arc::new(Shared {
            mailboxes: mailboxes?,
            lateness: (0..settings.workers).map(|_| Lateness::default()).collect(),
            events: events.clone(),
            bin: Arc::new(Bin::new()?),
        });
        let mut threads = Self {
            shared: shared.clone(),
            ports: Arc::new(Mutex::new(ports)),
            workers: Vec::new(),
            reaper: None,
            writer: None,
        };
        // From here on an error drops `threads`, which ends those that run.
        let reaper = Reaper {
            bin: shared.bin.clone(),
            events: events.clone(),
            ports: threads.ports.clone(),
        };
        threads.reaper = Some(named("media-reaper", move || reaper.run())?);
        let (jobs, inbox) = channel();
        let writer = named("media-recorder", move || recorder::run(&inbox, &events))?;
        threads.writer = Some((jobs, writer));
        for index in 0..settings.workers {
            let worker = Worker::new(index, shared.clone(), capacity)?;
            threads
                .workers
                .push(named(&format!("media-{index}"), move || worker.run())?);
        }
        Ok(threads)
    }

    pub fn ports(&self) -> MutexGuard<'_, PortPairs> {
        // Poisoned means that a thread died inside PortPairs, whose steps leave it usable.
        self.ports
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }

    pub fn has_room(&self, worker: usize, commands: usize) -> Result<(), Refusal> {
        if self.shared.mailboxes[worker].has_room(commands) {
            Ok(())
        } else {
            Err(Refusal::QueueFull)
        }
    }

    /// Ask `has_room` before: then it fails only if other workers filled their reserve in the same moment.
    pub fn push(&self, worker: usize, command: Command) -> Result<(), Refusal> {
        let mailbox = &self.shared.mailboxes[worker];
        match mailbox.push(command) {
            Ok(()) => {
                mailbox.ring();
                Ok(())
            }
            Err(command) => {
                if let Command::Open(leg) = command {
                    let port = leg.rtp_port();
                    drop(leg);
                    self.ports().release(port);
                }
                Err(Refusal::QueueFull)
            }
        }
    }

    pub fn record(&self, job: Job) {
        if let Some((jobs, _)) = &self.writer {
            // It fails only when the writer died; the tap then fills up and is dropped with its leg.
            let _ = jobs.send(job);
        }
    }

    /// Ends all threads, after they told the last of every leg.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        for (mailbox, worker) in self.shared.mailboxes.iter().zip(self.workers.drain(..)) {
            let mut shutdown = Command::Shutdown;
            while let Err(back) = mailbox.push(shutdown) {
                shutdown = back;
                mailbox.ring();
                std::thread::yield_now();
            }
            mailbox.ring();
            // A worker that panicked has said so on stderr; the others end in order.
            let _ = worker.join();
        }
        self.close_travellers();
        // The writer ends when no job can come any more and the taps, gone with the legs, have ended.
        let writer = self.writer.take().map(|(_, writer)| writer);
        if let Some(reaper) = self.reaper.take() {
            self.shared.bin.put(Garbage::End);
            let _ = reaper.join();
        }
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }

    /// Legs that were between two workers, or not yet taken in.
    fn close_travellers(&self) {
        let now = monotonic_ns();
        for mailbox in &self.shared.mailboxes {
            while let Some(command) = mailbox.pop() {
                if let Command::Open(leg) | Command::Arrive(leg) = command {
                    let name = leg.id;
                    leg.close(now, &self.shared.bin, |fact: Fact| {
                        self.shared.events.push(name, now, fact);
                    });
                }
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(body)
}
