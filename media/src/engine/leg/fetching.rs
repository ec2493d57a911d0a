//! What a tick or a packet reads of a leg, fetched while the kernel works for another one.

use super::Leg;
use crate::ahead;

impl Leg {
    /// Fetches what its next tick looks at first.
    pub fn fetch(&self) {
        ahead::fetch(&self.id);
        ahead::fetch(&self.configuration);
        ahead::fetch(&self.regularity);
        ahead::fetch(&self.sockets);
        ahead::fetch(&self.browser);
        ahead::fetch(&self.words);
        ahead::fetch(&self.security);
        self.incoming.fetch();
        self.outgoing.fetch();
        ahead::fetch(&self.control);
        ahead::fetch(&self.member);
        ahead::fetch(&self.taps);
    }

    /// Fetches what that points at.
    pub fn fetch_behind(&self) {
        if let Some(configuration) = &self.configuration {
            ahead::fetch(&**configuration);
        }
        if let Some(member) = &self.member {
            ahead::fetch(&**member);
        }
        ahead::fetch(&*self.sockets.rtp);
        self.incoming.fetch_behind();
        self.outgoing.fetch_behind();
        self.security.fetch_behind();
        self.taps.fetch();
    }

    /// Fetches what this points at.
    pub fn fetch_last(&self) {
        if let Some(configuration) = &self.configuration {
            ahead::fetch_all(&configuration.receive_codecs);
            ahead::fetch_all(&configuration.event_clocks);
        }
        self.incoming.fetch_last();
        self.outgoing.fetch_last();
        self.security.fetch_last();
    }

    /// Fetches what a packet looks at first that passes from this leg to the other one's peer.
    pub fn fetch_to_pass(&self, other: &Self) {
        for leg in [self, other] {
            ahead::fetch(&leg.configuration);
            ahead::fetch(&leg.sockets);
            ahead::fetch(&leg.security);
            ahead::fetch(&leg.pair);
        }
        ahead::fetch(&self.id);
        ahead::fetch(&self.words);
        self.incoming.fetch_to_pass();
        other.incoming.fetch_destination();
        other.outgoing.fetch_to_pass();
    }

    /// Fetches what that points at.
    pub fn fetch_behind_to_pass(&self, other: &Self) {
        for leg in [self, other] {
            if let Some(configuration) = &leg.configuration {
                ahead::fetch(&**configuration);
            }
            if let Some(pair) = &leg.pair {
                pair.fetch();
            }
            ahead::fetch(&*leg.sockets.rtp);
            leg.security.fetch_behind();
        }
    }

    /// Fetches what this points at.
    pub fn fetch_last_to_pass(&self, other: &Self) {
        if let Some(configuration) = &self.configuration {
            ahead::fetch_all(&configuration.receive_codecs);
            ahead::fetch_all(&configuration.event_clocks);
        }
        if let Some(pair) = &self.pair {
            pair.kept.fetch_payloads();
        }
        self.security.fetch_last();
        other.security.fetch_last();
    }
}
