//! The legs of one worker, by place and by name. Nothing is allocated below the capacity.

use std::collections::HashMap;

use super::leg::Leg;

pub struct Legs {
    places: Vec<Option<Box<Leg>>>,
    free: Vec<u32>,
    names: HashMap<u64, u32>,
}

impl Legs {
    pub fn new(capacity: usize) -> Self {
        Self {
            places: Vec::with_capacity(capacity),
            free: Vec::with_capacity(capacity),
            names: HashMap::with_capacity(capacity),
        }
    }

    pub fn insert(&mut self, leg: Box<Leg>) -> u32 {
        let name = leg.id;
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(leg);
                place
            }
            None => {
                self.places.push(Some(leg));
                // There are at most 32,767 port pairs, so legs.
                (self.places.len() - 1) as u32
            }
        };
        self.names.insert(name, place);
        place
    }

    pub fn place(&self, leg: u64) -> Option<u32> {
        self.names.get(&leg).copied()
    }

    pub fn get(&self, place: u32) -> Option<&Leg> {
        self.places.get(place as usize)?.as_deref()
    }

    pub fn get_mut(&mut self, place: u32) -> Option<&mut Leg> {
        self.places.get_mut(place as usize)?.as_deref_mut()
    }

    /// Fetches what the legs after the first of `due` will need, a step further for each leg that is nearer: a step
    /// reads only what the one before fetched.
    pub fn fetch_ahead(&self, due: &[u32]) {
        let steps = [Leg::fetch_last, Leg::fetch_behind, Leg::fetch];
        for (place, fetch) in due.iter().skip(1).zip(steps) {
            if let Some(leg) = self.get(*place) {
                fetch(leg);
            }
        }
    }

    /// The leg of that name; `guess` is where it probably is, and is put right.
    pub fn find(&self, leg: u64, guess: &mut u32) -> Option<&Leg> {
        if self.get(*guess).is_none_or(|there| there.id != leg) {
            *guess = self.place(leg)?;
        }
        self.get(*guess)
    }

    /// Takes a leg out for the time of one step, so that it can look at the others; `put` it back.
    pub fn take(&mut self, place: u32) -> Option<Box<Leg>> {
        self.places.get_mut(place as usize)?.take()
    }

    pub fn put(&mut self, place: u32, leg: Box<Leg>) {
        self.places[place as usize] = Some(leg);
    }

    pub fn remove(&mut self, leg: u64) -> Option<(u32, Box<Leg>)> {
        let place = self.names.remove(&leg)?;
        let leg = self.places[place as usize].take()?;
        self.free.push(place);
        Some((place, leg))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Leg> {
        self.places.iter().flatten().map(AsRef::as_ref)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Leg> {
        self.places.iter_mut().flatten().map(AsMut::as_mut)
    }

    pub fn any_name(&self) -> Option<u64> {
        self.names.keys().next().copied()
    }
}
