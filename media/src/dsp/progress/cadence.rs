//! Which tone of a country's plan sounds: one that has its frequencies, by how long it is on and off.

use super::spectrum::Spectrum;
use super::ProgressTone;

/// Rows that a plan may have, and bursts and pauses of one row.
pub const MAX_ROWS: usize = 8;
pub const MAX_STEPS: usize = 8;
pub const MAX_TOGETHER: usize = 3;
/// Bursts and pauses that are remembered.
const REMEMBERED: usize = 8;
/// How far around its frequency a tone's power may lie, in Hz: the window is no narrower.
const AROUND: f32 = 60.0;
/// The share of the power that must lie there: noise 15 dB below a tone leaves it 0.97.
const PURITY: f32 = 0.8;
/// Between 2 %, which counts, and 7 %, which does not.
const MOST_OFF: f32 = 0.04;
/// A tone goes on as long as it is so much weaker than at its loudest: 10 dB. Beats of two frequencies are less deep.
const FADE: f32 = 0.1;
/// Hops of 10 ms: so many make a beginning and an end, which beats and a lost packet are not.
const BEGINNING: u32 = 3;
const END: u32 = 6;
/// How far bursts and pauses may be off: 20 %, and what the window blurs.
const TOLERANCE: f32 = 0.2;
const BLUR: f32 = 2.0;
/// So many bursts and pauses are proof, or a whole round, or one burst of so many hops and the beginning of its pause.
const PROOF: usize = 5;
const LONG: u32 = 70;
const PAUSE_OF_LONG: u32 = 20;
/// A tone without pauses sounds for so long at least, and for longer than any other's burst.
const STEADY: f32 = 100.0;

/// A tone of a network: the frequencies that sound together, and how long they are on and off in turn, in ms. One step
/// alone goes on for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub tone: ProgressTone,
    hertz: [f32; MAX_TOGETHER],
    together: usize,
    /// In hops.
    steps: [f32; MAX_STEPS],
    count: usize,
}

impl Row {
    /// None for what no network has: no frequency or more than three, outside 300 to 2100 Hz, an odd number of steps.
    pub fn new(tone: ProgressTone, hertz: &[f32], steps_ms: &[u32]) -> Option<Self> {
        let known = hertz.iter().all(|hertz| (300.0..=2100.0).contains(hertz));
        let paired = steps_ms.len() == 1 || steps_ms.len().is_multiple_of(2);
        let fits =
            (1..=MAX_TOGETHER).contains(&hertz.len()) && (1..=MAX_STEPS).contains(&steps_ms.len());
        if !(known && paired && fits) || steps_ms.iter().any(|ms| !(50..=60_000).contains(ms)) {
            return None;
        }
        let mut row = Self {
            tone,
            hertz: [0.0; MAX_TOGETHER],
            together: hertz.len(),
            steps: [0.0; MAX_STEPS],
            count: steps_ms.len(),
        };
        row.hertz[..hertz.len()].copy_from_slice(hertz);
        row.hertz[..hertz.len()].sort_by(f32::total_cmp);
        for (step, ms) in row.steps.iter_mut().zip(steps_ms) {
            *step = *ms as f32 / 10.0;
        }
        Some(row)
    }

    fn steps(&self) -> &[f32] {
        &self.steps[..self.count]
    }

    fn is_steady(&self) -> bool {
        self.count == 1
    }

    /// The longest burst (0) or pause (1) of one that has both.
    fn longest(&self, first: usize) -> f32 {
        let steps = self.steps().iter().skip(first).step_by(2).copied();
        match self.is_steady() {
            true => 0.0,
            false => steps.fold(0.0, f32::max),
        }
    }

    /// Whether a burst of one frequency may be one of this tone's.
    pub fn has_burst(&self, hertz: f32, hops: u32) -> bool {
        let (low, high) = (self.hertz[0], self.hertz[self.together - 1]);
        // Frequencies further apart are never seen as one.
        let near = high - low <= AROUND
            && (low * (1.0 - MOST_OFF)..=high * (1.0 + MOST_OFF)).contains(&hertz);
        // Of those that beat, parts of a burst look like bursts.
        let lasts =
            |step: &f32| is_near(hops, *step) || self.together > 1 && (hops as f32) < most(*step);
        near && !self.is_steady() && self.steps().iter().step_by(2).any(lasts)
    }

    /// How many of the newest bursts and pauses (the last first) are this tone's, when the one that goes on may be as well.
    fn agreement(&self, done: &[u32], ongoing: u32, sounds: bool) -> usize {
        let count = self.count;
        let mut best = 0;
        for now in (0..count).filter(|step| (step % 2 == 0) == sounds) {
            if ongoing as f32 > most(self.steps[now]) {
                continue;
            }
            let agrees = |(back, hops): &(usize, &u32)| {
                is_near(
                    **hops,
                    self.steps[(now + count * REMEMBERED - 1 - back) % count],
                )
            };
            best = best.max(done.iter().enumerate().take_while(agrees).count());
        }
        best
    }
}

fn most(step: f32) -> f32 {
    step * (1.0 + TOLERANCE) + BLUR
}

fn is_near(hops: u32, step: f32) -> bool {
    (hops as f32 - step).abs() <= step * TOLERANCE + BLUR
}

/// What was heard at the frequencies of one row or several.
#[derive(Clone)]
struct Group {
    hertz: [f32; MAX_TOGETHER],
    together: usize,
    sounds: bool,
    /// Whether its beginning was heard.
    is_whole: bool,
    /// Of the burst or the pause that goes on.
    hops: u32,
    /// The newest of those hops that would rather be the next pause or burst.
    doubtful: u32,
    measured: Measured,
    /// Bursts and pauses that are over, the last first.
    done: [u32; REMEMBERED],
    count: usize,
}

/// Of one burst.
#[derive(Clone, Default)]
struct Measured {
    loudest: f32,
    /// Sums of the share of power at the group's frequencies, and of the same times Hz.
    shares: f32,
    moment: f32,
}

impl Group {
    fn new(row: &Row) -> Self {
        Self {
            hertz: row.hertz,
            together: row.together,
            sounds: false,
            is_whole: false,
            hops: 0,
            doubtful: 0,
            measured: Measured::default(),
            done: [0; REMEMBERED],
            count: 0,
        }
    }

    /// The lowest and the highest of its frequencies.
    fn ends(&self) -> (f32, f32) {
        (self.hertz[0], self.hertz[self.together - 1])
    }

    /// How long the burst or pause that goes on did so for certain.
    fn certain(&self) -> u32 {
        self.hops - self.doubtful
    }

    fn take(&mut self, spectrum: Option<&Spectrum>) {
        let heard = spectrum.filter(|spectrum| self.is_heard(spectrum));
        self.hops = self.hops.saturating_add(1);
        self.doubtful = match heard.is_some() == self.sounds {
            true => 0,
            false => self.doubtful + 1,
        };
        match heard {
            Some(spectrum) => self.measure(spectrum),
            None if !self.sounds => self.measured = Measured::default(),
            None => {}
        }
        if self.doubtful >= if self.sounds { END } else { BEGINNING } {
            self.change();
        }
    }

    fn is_heard(&self, spectrum: &Spectrum) -> bool {
        if self.sounds && spectrum.power < self.measured.loudest * FADE {
            return false;
        }
        let (mut share, mut from) = (0.0, 0.0f32);
        for hertz in &self.hertz[..self.together] {
            // Neighbours share what lies between them.
            from = from.max(hertz - AROUND);
            share += spectrum.share(from, hertz + AROUND);
            from = hertz + AROUND;
        }
        share >= PURITY
    }

    fn measure(&mut self, spectrum: &Spectrum) {
        let (low, high) = self.ends();
        let measured = &mut self.measured;
        if !self.sounds && spectrum.power * FADE > measured.loudest {
            // What came before was the edge of the window.
            self.doubtful = 1;
        }
        measured.loudest = measured.loudest.max(spectrum.power);
        measured.shares += spectrum.share(low - AROUND, high + AROUND);
        measured.moment += spectrum.moment(low - AROUND, high + AROUND);
    }

    fn change(&mut self) {
        let over = self.certain();
        if self.sounds && !self.has_its_frequencies() {
            self.count = 0;
        } else if self.is_whole {
            self.done.copy_within(..REMEMBERED - 1, 1);
            self.done[0] = over;
            self.count = (self.count + 1).min(REMEMBERED);
        }
        if self.sounds {
            self.measured = Measured::default();
        }
        self.is_whole = true;
        self.sounds = !self.sounds;
        self.hops = self.doubtful;
        self.doubtful = 0;
    }

    /// Whether the burst's centre lies where it must.
    fn has_its_frequencies(&self) -> bool {
        let (low, high) = self.ends();
        let centre = self.measured.moment / self.measured.shares.max(f32::MIN_POSITIVE);
        (low * (1.0 - MOST_OFF)..=high * (1.0 + MOST_OFF)).contains(&centre)
    }
}

/// Which tone of a plan sounds.
#[derive(Clone)]
pub struct Cadences {
    rows: Vec<Row>,
    groups: Vec<Group>,
    /// The group of each row.
    places: [usize; MAX_ROWS],
    longest_burst: f32,
    longest_pause: f32,
    /// What was told and goes on, and its group.
    told: Option<(ProgressTone, usize)>,
}

impl Cadences {
    /// The first `MAX_ROWS` rows count; of two that nobody could tell apart, the first does.
    pub fn new(rows: &[Row]) -> Self {
        let rows: Vec<Row> = rows.iter().take(MAX_ROWS).cloned().collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut places = [0; MAX_ROWS];
        for (place, row) in places.iter_mut().zip(&rows) {
            let same = |group: &Group| group.hertz == row.hertz && group.together == row.together;
            *place = groups.iter().position(same).unwrap_or(groups.len());
            if *place == groups.len() {
                groups.push(Group::new(row));
            }
        }
        let longest = |step| rows.iter().map(|row| row.longest(step)).fold(0.0, f32::max);
        Self {
            longest_burst: longest(0),
            longest_pause: longest(1),
            rows,
            groups,
            places,
            told: None,
        }
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Takes 10 ms; None was silence. Tells each tone once while it goes on, with how long the newest burst lasted.
    pub fn receive(
        &mut self,
        spectrum: Option<&Spectrum>,
        tell: &mut impl FnMut(ProgressTone, u32),
    ) {
        let patience = most(self.longest_pause.max(STEADY)) + END as f32;
        for (place, group) in self.groups.iter_mut().enumerate() {
            group.take(spectrum);
            if !group.sounds && group.hops as f32 > patience {
                group.count = 0;
                self.told.take_if(|(_, told)| *told == place);
            }
        }
        let Some((tone, place)) = self.steady().or_else(|| self.interrupted()) else {
            return;
        };
        if self
            .told
            .replace((tone, place))
            .is_none_or(|(told, _)| told != tone)
        {
            let group = &self.groups[place];
            let burst = match group.sounds {
                true => group.certain(),
                false => group.done[0],
            };
            tell(tone, burst * 10);
        }
    }

    /// A tone without pauses, as soon as no other can be on for so long.
    fn steady(&self) -> Option<(ProgressTone, usize)> {
        let enough = STEADY.max(most(self.longest_burst));
        let mut rows = self.rows.iter().zip(self.places);
        let found = rows.find(|(row, place)| {
            let group = &self.groups[*place];
            row.is_steady()
                && group.sounds
                && group.certain() as f32 > enough
                && group.has_its_frequencies()
        });
        found.map(|(row, place)| (row.tone, place))
    }

    /// A tone with pauses, as soon as it can be no other.
    fn interrupted(&self) -> Option<(ProgressTone, usize)> {
        let mut agreements = [0; MAX_ROWS];
        let mut best = 0;
        for (number, row) in self.rows.iter().enumerate() {
            let group = &self.groups[self.places[number]];
            if !row.is_steady() {
                let done = &group.done[..group.count];
                agreements[number] = row.agreement(done, group.certain(), group.sounds);
            }
            if agreements[number] > agreements[best] {
                best = number;
            }
        }
        let (row, agreement) = (self.rows.get(best)?, agreements[best]);
        let rivals = self.rows.iter().zip(agreements);
        let mut rivals = rivals.filter(|(other, _)| other.steps() != row.steps());
        let group = &self.groups[self.places[best]];
        let is_long = !group.sounds && group.done[0] >= LONG && group.certain() >= PAUSE_OF_LONG;
        let is_proved = agreement >= PROOF.max(row.count) || agreement > 0 && is_long;
        (is_proved && rivals.all(|(_, other)| other < agreement))
            .then_some((row.tone, self.places[best]))
    }
}
