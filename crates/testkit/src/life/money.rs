//! Payouts, and money beside orders.

use tuanzhang_core::accounting::{Adjust, ExpenseKind, PostingText, RecordCost, RecordUnmatched};
use tuanzhang_core::command::{Command, Direction};
use tuanzhang_core::payout::{FailPayout, RecordPayout, RequestPayout};
use tuanzhang_core::{Actor, AdjustmentId, CostId, PartyId, PayoutId, Position, UnmatchedId};

use super::Life;
use crate::model::{Party, PayoutStatus};

impl Life {
    /// A payout is asked for, paid, or fails.
    pub(super) fn payout(&mut self) -> Option<(Actor, Command)> {
        let open = |id: &&PayoutId| self.model.payouts[id].status == PayoutStatus::Requested;
        let mut open: Vec<_> = self.payouts.iter().filter(open).copied().collect();
        if self.rng.percent(10) {
            open.clone_from(&self.payouts);
        }
        let ends = self.rng.percent(60);
        if let (true, Some(id)) = (ends, self.rng.late(&open)) {
            let command = if self.rng.percent(30) {
                FailPayout::new(id, "卡号有误".into()).into()
            } else {
                let mut c = RecordPayout::new(id, self.channel().into(), "t".into());
                if self.rng.percent(40) {
                    c = c.fee(self.money(1));
                }
                c.into()
            };
            return Some((Actor::Operator, command));
        }
        let available = |id: PartyId| -self.model.balance(&format!("available:{id}"));
        let parties = self.model.parties.keys().copied();
        let rich: Vec<PartyId> = parties.clone().filter(|id| available(*id) > 0).collect();
        let all: Vec<PartyId> = parties.collect();
        let party = if self.rng.percent(10) { self.rng.late(&all) } else { self.rng.late(&rich) }?;
        let held = -self.model.balance(&format!("available:{party}"));
        let more = held + i128::from(self.rng.percent(30));
        let minor = self.rng.one(&[held, held / 2, more]).max(1);
        let actor = match self.model.parties[&party] {
            Party::Leader { .. } => Actor::Leader(party),
            Party::Supplier { .. } => Actor::Supplier(party),
        };
        let id = PayoutId::from_bytes(self.rng.id());
        Some((actor, RequestPayout::new(id, party, self.money(minor)).into()))
    }

    /// Unmatched money, costs, adjustments.
    pub(super) fn beside_orders(&mut self) -> (Actor, Command) {
        let minor = self.minor().max(1);
        let amount = self.money(minor);
        let channel = self.channel();
        let command = match self.rng.below(12) {
            3..=11 => return self.further_beside(),
            0 => {
                let direction = self.rng.one(&[Direction::In, Direction::Out]);
                let id = UnmatchedId::from_bytes(self.rng.id());
                RecordUnmatched::new(id, channel.into(), direction, amount, "bank".into()).into()
            }
            1 => {
                let category = self.rng.one(&[ExpenseKind::Labour, ExpenseKind::Prize]);
                let id = CostId::from_bytes(self.rng.id());
                let mut c = RecordCost::new(id, category, channel.into(), amount);
                if self.rng.percent(50) {
                    c.campaign = self.rng.late(&self.campaigns);
                }
                c.into()
            }
            _ => self.adjustment(minor),
        };
        (Actor::Operator, command)
    }

    fn adjustment(&mut self, minor: i128) -> Command {
        let parties = self.model.parties.keys().copied().collect::<Vec<_>>();
        let party = self.rng.late(&parties).unwrap_or(self.operator);
        let stranger = PartyId::from_bytes(self.rng.id());
        let party = if self.rng.percent(5) { stranger } else { party };
        let accounts = [
            format!("available:{party}"),
            "channel:wechat".into(),
            "expense:other".into(),
            "income:membership".into(),
            "equity:operator".into(),
        ];
        let third = self.rng.within(0, 1);
        let mut postings = Vec::new();
        for amount in [minor, -minor - i128::from(third), i128::from(third)] {
            if amount != 0 {
                let account = self.rng.one(&accounts).as_str().into();
                postings.push(PostingText { account, amount: self.money(amount) });
            }
        }
        if self.rng.percent(4) {
            postings[0].account = format!("pending:{party}").as_str().into();
        }
        let id = AdjustmentId::from_bytes(self.rng.id());
        let mut c = Adjust::new(id, postings, "更正".into());
        if self.rng.percent(40) {
            let head = i64::try_from(self.model.position).unwrap_or(0);
            let position = self.rng.within(0, head + 1);
            c = c.corrects(Position::new(u64::try_from(position).unwrap_or(0)));
        }
        c.into()
    }
}
