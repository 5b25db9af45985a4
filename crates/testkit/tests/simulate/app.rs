//! An app that is sure of its commands: each is sent again, the same, until it is answered. On the way
//! commands are delayed, overtake each other, and come twice.

use std::collections::VecDeque;

use tuanzhang_core::command::Command;
use tuanzhang_core::{CostId, OrderId};
use tuanzhang_ledger::Request;
use tuanzhang_testkit::model::Outcome;

use crate::oracle::{Item, Sender};
use crate::random::Random;

/// How an app sends again what was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The same command.
    Same,
    /// With an id of its own for each attempt: the error that natural idempotency can't help against.
    NewIds,
}

/// What the app wants, in the order in which it came to want it.
#[derive(Debug)]
pub(crate) struct App {
    retry: Retry,
    wanted: Vec<Request>,
    /// Not answered yet.
    outbox: VecDeque<usize>,
}

impl App {
    pub(crate) fn new(retry: Retry) -> Self {
        Self { retry, wanted: Vec::new(), outbox: VecDeque::new() }
    }

    pub(crate) fn want(&mut self, request: Request) {
        self.outbox.push_back(self.wanted.len());
        self.wanted.push(request);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.outbox.is_empty()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Some of what waits, mostly in its order, now and then with something that was answered long ago.
    pub(crate) fn some(&self, random: &mut Random, most: usize) -> Vec<Item> {
        let mut chosen: Vec<usize> = self.outbox.iter().copied().collect();
        if random.percent(15) {
            // What came first is delayed, and comes later.
            chosen.drain(..random.index(chosen.len() / 2 + 1));
        }
        chosen.truncate(most);
        if random.percent(10) {
            random.shuffle(&mut chosen);
        }
        if random.percent(15) && !self.wanted.is_empty() {
            // The network gives it out twice, or once more after a long time.
            let again = match chosen.is_empty() || random.percent(50) {
                true => random.index(self.wanted.len()),
                false => chosen[random.index(chosen.len())],
            };
            chosen.insert(random.index(chosen.len() + 1), again);
        }
        chosen.into_iter().map(|wanted| self.item(wanted)).collect()
    }

    /// All that waits, in its order.
    pub(crate) fn all(&self) -> Vec<Item> {
        self.outbox.iter().map(|wanted| self.item(*wanted)).collect()
    }

    fn item(&self, wanted: usize) -> Item {
        Item { request: self.wanted[wanted].clone(), sender: Sender::App(wanted) }
    }

    /// An answer; a refusal for a wrong clock's sake is none.
    pub(crate) fn answered(&mut self, wanted: usize, outcome: Outcome, is_clock_wrong: bool) {
        let for_the_clock = match outcome {
            Outcome::Rejected { code: "clock_ahead" } => true,
            Outcome::Rejected { code: "time_goes_back" } => {
                is_clock_wrong && self.wanted[wanted].at.is_none()
            }
            _ => false,
        };
        if !for_the_clock {
            self.outbox.retain(|waiting| *waiting != wanted);
        }
    }

    /// No answer came: it is sent again.
    pub(crate) fn unanswered(&mut self, wanted: usize, random: &mut Random) {
        if !self.outbox.contains(&wanted) {
            self.outbox.push_back(wanted);
        }
        if self.retry == Retry::Same {
            return;
        }
        let (high, low) = (random.bits().to_be_bytes(), random.bits().to_be_bytes());
        let id = [high, low].concat().try_into().unwrap();
        match &mut self.wanted[wanted].command {
            Command::PlaceOrder(c) => c.order = OrderId::from_bytes(id),
            Command::RecordCost(c) => c.cost = CostId::from_bytes(id),
            _ => {}
        }
    }
}
