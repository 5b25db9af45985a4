//! Lives as lists of choices: to draw at random, to shrink, to keep as a fuzzer's seeds.

use proptest::collection::vec;
use proptest::prelude::*;
use tuanzhang_core::campaign::AllowSeller;
use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Time};

use super::{Life, rng};

/// Choices that one command may take here. Opening a campaign takes the most; what a command doesn't use
/// it ignores.
const CHOICES_MAX: usize = 120;

/// Choices for a life of up to so many commands; they shrink towards fewer commands and simpler ones.
pub fn choices(commands: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(0..rng::END, 0..=CHOICES_MAX), 2..=commands + 1)
}

/// Choices for a life of so many commands, at random by a seed.
pub fn choices_of(seed: u64, commands: usize) -> Vec<Vec<u8>> {
    let mut random = rng::Rng::new(seed);
    let mut list = || (0..CHOICES_MAX).map(|_| random.choice()).collect();
    (0..=commands).map(|_| list()).collect()
}

/// The same life in fewer bytes: what no command used is cut off, and the zeros before that.
pub fn trimmed(mut lists: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut life = Life::of_choices(lists.clone());
    for list in &mut lists {
        let used = list.len() - life.rng.unused();
        list.truncate(used);
        while list.last() == Some(&0) {
            list.pop();
        }
        if life.next().is_none() {
            break;
        }
    }
    lists
}

/// Whether `apply` could read the command: hostile times may lie in no calendar.
pub(super) fn can_be_written(command: &Command) -> bool {
    let written = |time: Time| time.to_string().parse() == Ok(time);
    match command {
        Command::SealPeriod(c) => written(c.through),
        Command::OpenCampaign(c) => {
            let decided = c.presale.as_ref().is_none_or(|presale| written(presale.decide_at));
            written(c.opens_at) && written(c.closes_at) && decided
        }
        _ => true,
    }
}

impl Life {
    /// In a life of choices: a leader is let sell in a campaign that only its owner sells. (Lives of seeds
    /// stay as they are, and know few such orders.)
    pub(super) fn help_selling(&mut self) -> Option<(Actor, Command)> {
        if !self.rng.is_chosen() {
            return None;
        }
        let open = self.open_campaigns().into_iter();
        let alone = open.filter(|id| self.model.campaigns[id].sellers.is_empty());
        let alone: Vec<_> = alone.collect();
        let id = *alone.last()?;
        let owner = self.model.campaigns[&id].owner;
        let mut leaders = self.leaders_registered();
        leaders.retain(|leader| *leader != owner);
        if leaders.is_empty() || !self.rng.percent(40) {
            return None;
        }
        let mut c = AllowSeller::new(id, self.rng.one(&leaders));
        if self.rng.percent(30) {
            let supplied = self.model.campaigns[&id].supplier.is_some();
            c = c.split(self.split(supplied, true));
        }
        Some((Actor::Leader(owner), c.into()))
    }
}
