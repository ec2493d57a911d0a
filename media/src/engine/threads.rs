//! The engine's threads: workers, one reaper, one writer of recordings, one encoder of sounds. Started together, joined
//! together.

use std::io;
use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::AtomicI32;
use std::sync::mpsc::{channel, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{Builder, JoinHandle};

use super::browser_leg::BrowserPort;
use super::browser_sockets::BrowserSockets;
use super::command::{Command, Mailbox};
use super::door::{Door, Knock, Knocks};
use super::encoding::Encoding;
use super::event::{EventQueue, Fact};
use super::leg::Leg;
use super::porter::{Errand, Porter};
use super::reaper::{Bin, Garbage, Reaper};
use super::statistics::Lateness;
use super::worker::{Shared, Worker};
use super::{Refusal, Settings};
use crate::browser::watch::Calls;
use crate::browser::MAX_LEGS;
use crate::dtls::{Identity, NoIdentity};
use crate::graph::packets::Shape;
use crate::graph::sound::Sound;
use crate::net::monotonic_ns;
use crate::net::ports::PortPairs;
use crate::recorder::{self, Job};

pub struct Threads {
    pub shared: Arc<Shared>,
    /// Our certificate in DTLS.
    identity: Arc<Identity>,
    ports: Arc<Mutex<PortPairs>>,
    workers: Vec<JoinHandle<()>>,
    /// As many as workers.
    porters: Vec<JoinHandle<()>>,
    reaper: Option<JoinHandle<()>>,
    writer: Option<(Sender<Job>, JoinHandle<()>)>,
    encoding: Option<(Encoding, JoinHandle<()>)>,
    /// Open once somebody has DTLS.
    door: Option<Door>,
    /// The port of all browsers: open when it was wished, or once one came.
    browsers: Option<Arc<BrowserSockets>>,
}

impl Threads {
    pub fn start(settings: &mut Settings, events: Arc<EventQueue>) -> Result<Self, Refusal> {
        let ports = PortPairs::new(&settings.addresses, settings.first_port, settings.last_port)
            .ok_or_else(|| Refusal::Unfit("the port range holds no even/odd pair".into()))?;
        let capacity = ports.free_in_all() + MAX_LEGS;
        let mailboxes: io::Result<_> = (0..settings.workers).map(|_| Mailbox::new()).collect();
        let errands: io::Result<_> = (0..settings.workers).map(|_| Mailbox::new()).collect();
        let shared = Arc::new(Shared {
            mailboxes: mailboxes?,
            errands: errands?,
            porters: (0..settings.workers).map(|_| AtomicI32::new(0)).collect(),
            lateness: (0..settings.workers).map(|_| Lateness::default()).collect(),
            events: events.clone(),
            bin: Arc::new(Bin::new()?),
            knocks: Arc::new(Knocks::new()?),
            calls: Arc::new(Calls::new(settings.workers)),
        });
        let no_identity = |error: NoIdentity| io::Error::other(error.0);
        let mut threads = Self {
            shared: shared.clone(),
            identity: Arc::new(Identity::generate().map_err(no_identity)?),
            ports: Arc::new(Mutex::new(ports)),
            workers: Vec::new(),
            porters: Vec::new(),
            reaper: None,
            writer: None,
            encoding: None,
            door: None,
            browsers: None,
        };
        // From here on an error drops `threads`, which ends those that run.
        let reaper = Reaper {
            bin: shared.bin.clone(),
            events: events.clone(),
            ports: threads.ports.clone(),
            knocks: shared.knocks.clone(),
        };
        threads.reaper = Some(named("media-reaper", move || reaper.run())?);
        let (jobs, inbox) = channel();
        let key = settings.recording_key.take();
        let writer = named("media-recorder", move || {
            recorder::run(&inbox, key.as_ref(), &events);
        })?;
        threads.writer = Some((jobs, writer));
        let (encoding, body) = Encoding::new();
        threads.encoding = Some((encoding, named("media-sounds", body)?));
        for index in 0..settings.workers {
            let porter = Porter::new(index, shared.clone(), capacity)?;
            let name = format!("media-porter-{index}");
            threads.porters.push(named(&name, move || porter.run())?);
            let worker = Worker::new(index, shared.clone(), capacity)?;
            threads
                .workers
                .push(named(&format!("media-{index}"), move || worker.run())?);
        }
        Ok(threads)
    }

    /// CPU time of each worker and its porter since they were started.
    pub fn cpu_ns(&self) -> impl Iterator<Item = u64> + '_ {
        let both = self.workers.iter().zip(&self.porters);
        both.map(|(worker, porter)| cpu_ns_of(worker) + cpu_ns_of(porter))
    }

    pub fn ports(&self) -> MutexGuard<'_, PortPairs> {
        // Poisoned means that a thread died inside PortPairs, whose steps leave it usable.
        self.ports
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }

    /// The browsers' port, opened when it is not yet: the one that was wished, or the first free one.
    pub fn browsers(&mut self, settings: &BrowserPort) -> Result<Arc<BrowserSockets>, Refusal> {
        if let Some(sockets) = &self.browsers {
            return Ok(sockets.clone());
        }
        let sockets = Arc::new(match settings.port {
            0 => self.take_port()?,
            port => BrowserSockets::bind(&settings.addresses, port)?,
        });
        self.open_door()?;
        self.knock(Knock::Listen(sockets.clone()))?;
        self.browsers = Some(sockets.clone());
        Ok(sockets)
    }

    /// Begins to shake hands.
    pub fn open_door(&mut self) -> Result<(), Refusal> {
        if self.door.is_none() {
            let (identity, shared) = (self.identity.clone(), self.shared.clone());
            self.door = Some(Door::open(identity, shared, self.ports.clone())?);
        }
        Ok(())
    }

    /// Of our certificate, as `a=fingerprint` writes it.
    pub fn fingerprint(&self) -> Box<str> {
        self.identity.fingerprint().to_string().into()
    }

    /// The RTP ports of pairs of one number, which is then never free again.
    fn take_port(&self) -> Result<BrowserSockets, Refusal> {
        let pairs = self.ports().bind_everywhere()?;
        Ok(BrowserSockets::of(pairs.ok_or(Refusal::PortsExhausted)?)?)
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
                    let (reserved, is_own) = (leg.sockets.reserved(), leg.browser.is_none());
                    drop(leg);
                    if is_own {
                        self.ports().release(reserved);
                    }
                }
                Err(Refusal::QueueFull)
            }
        }
    }

    pub fn may_knock(&self) -> Result<(), Refusal> {
        match self.shared.knocks.has_room() {
            true => Ok(()),
            false => Err(Refusal::QueueFull),
        }
    }

    /// Ask `may_knock` before: then it fails only if ends of legs filled the reserve in the same moment.
    pub fn knock(&self, knock: Knock) -> Result<(), Refusal> {
        self.shared
            .knocks
            .push(knock)
            .map_err(|_| Refusal::QueueFull)
    }

    pub fn record(&self, job: Job) {
        if let Some((jobs, _)) = &self.writer {
            // It fails only when the writer died; the tap then fills up and is dropped with its leg.
            let _ = jobs.send(job);
        }
    }

    /// Has packets of a sound made, where they are not there.
    pub fn encode(&self, sound: &Arc<Sound>, shape: Shape) {
        if let Some((encoding, _)) = &self.encoding {
            encoding.ask(sound, shape);
        }
    }

    /// Ends all threads, after they told the last of every leg.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        for (mailbox, worker) in self.shared.mailboxes.iter().zip(self.workers.drain(..)) {
            insist(mailbox, Command::Shutdown);
            // A worker that panicked has said so on stderr; the others end in order.
            let _ = worker.join();
        }
        for (mailbox, porter) in self.shared.errands.iter().zip(self.porters.drain(..)) {
            insist(mailbox, Errand::Shutdown);
            let _ = porter.join();
        }
        self.close_travellers();
        if let Some((encoding, thread)) = self.encoding.take() {
            drop(encoding);
            let _ = thread.join();
        }
        // The writer ends when no job can come any more and the taps, gone with the legs, have ended.
        let writer = self.writer.take().map(|(_, writer)| writer);
        if let Some(reaper) = self.reaper.take() {
            self.shared.bin.put(Garbage::End);
            let _ = reaper.join();
        }
        if let Some(writer) = writer {
            let _ = writer.join();
        }
        // Last: every leg's end has been told to it.
        if let Some(mut door) = self.door.take() {
            self.shared.knocks.insist(Knock::End);
            door.join();
        }
    }

    /// Legs that were between two workers, or not yet taken in.
    fn close_travellers(&self) {
        let now = monotonic_ns();
        for mailbox in &self.shared.mailboxes {
            while let Some(command) = mailbox.pop() {
                match command {
                    Command::Open(leg) | Command::Arrive(leg) => self.close_leg(leg, now),
                    Command::TakeBack(legs) => {
                        legs.into_iter().for_each(|leg| self.close_leg(leg, now));
                    }
                    _ => {}
                }
            }
        }
        for mailbox in &self.shared.errands {
            while let Some(errand) = mailbox.pop() {
                if let Errand::Carry(legs) = errand {
                    legs.into_iter().for_each(|leg| self.close_leg(leg, now));
                }
            }
        }
    }

    fn close_leg(&self, leg: Box<Leg>, now: u64) {
        let name = leg.id;
        leg.close(now, &self.shared.bin, |fact: Fact| {
            self.shared.events.push(name, now, fact);
        });
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end();
    }
}

/// Puts it in, however long that takes.
fn insist<T>(mailbox: &Mailbox<T>, mut command: T) {
    while let Err(back) = mailbox.push(command) {
        command = back;
        mailbox.ring();
        std::thread::yield_now();
    }
    mailbox.ring();
}

/// 0 for a thread that has ended.
fn cpu_ns_of(worker: &JoinHandle<()>) -> u64 {
    let mut clock = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: nobody joined the thread, for its handle is here, and both places are live.
    let failed = unsafe {
        libc::pthread_getcpuclockid(worker.as_pthread_t(), &mut clock) != 0
            || libc::clock_gettime(clock, &mut time) != 0
    };
    match failed {
        true => 0,
        false => time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64,
    }
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(body)
}
