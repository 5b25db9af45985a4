//! Transfers, draws, debts given up, sealed periods; and suspense, filled and resolved.

use tuanzhang_core::accounting::{
    RecordDraw, RecordTransfer, RecordUnmatched, ResolveTo, ResolveUnmatched, WriteOff,
};
use tuanzhang_core::book::SealPeriod;
use tuanzhang_core::command::{Command, Direction};
use tuanzhang_core::{
    Actor, DrawId, OrderId, PartyId, RefundId, Time, TransferId, UnmatchedId, WriteOffId,
};

use super::{DAY, Life, SECOND};
use crate::model::{Arrived, Order, RefundStatus};

impl Life {
    /// Around the sealing of a period the clock often stands: what of its very last moment?
    pub(super) fn stands_still(&mut self, command: &Command) -> bool {
        let seals = |command: &Command| matches!(command, Command::SealPeriod(_));
        let around = seals(command) || self.history.last().is_some_and(|sent| seals(&sent.command));
        around && self.rng.percent(50)
    }

    pub(super) fn further_beside(&mut self) -> (Actor, Command) {
        let command = match self.rng.below(9) {
            0 => self.transfer(),
            1 => self.draw(),
            2 => self.write_off(),
            3 => self.seal(),
            4..=5 => self.meant_for_something(),
            _ => self.resolve(),
        };
        (Actor::Operator, command)
    }

    fn transfer(&mut self) -> Command {
        let id = TransferId::from_bytes(self.rng.id());
        let (from, to) = (self.channel(), self.rng.one(&["bank", "alipay", "cash"]));
        let minor = self.minor().max(1);
        let amount = self.money(minor);
        let c = RecordTransfer::new(id, from.into(), to.into(), amount, "提现到银行".into());
        let above = i128::from(self.rng.percent(20));
        match self.rng.below(4) {
            0 => c.fee(self.money(minor + above)),
            1 => c.fee(self.money(minor / 100)),
            _ => c,
        }
        .into()
    }

    fn draw(&mut self) -> Command {
        let id = DrawId::from_bytes(self.rng.id());
        let direction = self.rng.one(&[Direction::In, Direction::Out]);
        let minor = self.minor().max(1);
        let channel = self.channel().into();
        RecordDraw::new(id, direction, channel, self.money(minor), "d".into()).into()
    }

    fn write_off(&mut self) -> Command {
        let owes = |id: &PartyId| self.model.balance(&format!("available:{id}"));
        let all: Vec<PartyId> = self.model.parties.keys().copied().collect();
        let owing: Vec<PartyId> = all.iter().filter(|id| owes(id) > 0).copied().collect();
        let any = self.rng.late(&all).unwrap_or(self.operator);
        let stranger = PartyId::from_bytes(self.rng.id());
        let party = match self.rng.below(12) {
            0 => any,
            1 => self.operator,
            2 => stranger,
            _ => self.rng.late(&owing).unwrap_or(any),
        };
        let debt = self.model.balance(&format!("available:{party}")).max(1);
        let minor = self.rng.one(&[debt, debt, (debt / 2).max(1), debt + 1]);
        let id = WriteOffId::from_bytes(self.rng.id());
        WriteOff::new(id, party, self.money(minor), "失联".into()).into()
    }

    fn seal(&mut self) -> Command {
        let ago = match self.rng.below(8) {
            0..=1 => 0,
            2 => -1,
            3 => self.rng.within(0, 3 * DAY),
            _ => self.rng.within(3, 40) * DAY + self.rng.within(0, 3_600) * SECOND,
        };
        let last = self.model.sealed.map_or(self.now - ago, Time::micros);
        let through = match self.rng.below(12) {
            0 => last.saturating_sub(1),
            1 => last,
            _ => self.now - ago,
        };
        SealPeriod::new(Time::from_micros(through)).into()
    }

    fn owing_order(&mut self) -> Option<OrderId> {
        self.order_where(|order| order.paid.is_none() && !order.cancelled)
    }

    fn owing_refund(&mut self) -> Option<RefundId> {
        let owing = |id: &&RefundId| {
            let refund = &self.model.refunds[id];
            refund.status == RefundStatus::Approved && refund.owed > refund.paid
        };
        let owing: Vec<RefundId> = self.refunds.iter().filter(owing).copied().collect();
        self.rng.late(&owing)
    }

    /// Money that fits an order or a refund, recorded without saying so.
    fn meant_for_something(&mut self) -> Command {
        let mut minor = self.minor().max(1);
        let mut direction = Direction::In;
        if self.rng.percent(50) {
            if let Some(id) = self.owing_order() {
                minor = self.model.owes(&self.model.orders[&id]);
            }
        } else if let Some(id) = self.owing_refund() {
            let refund = &self.model.refunds[&id];
            minor = (refund.owed - refund.paid).max(1);
            let part = self.rng.one(&[minor, minor, (minor / 2).max(1)]);
            minor = part;
            direction = Direction::Out;
        }
        let id = UnmatchedId::from_bytes(self.rng.id());
        let id = if self.rng.percent(4) { self.taken_id().unwrap_or(id) } else { id };
        let (channel, amount) = (self.channel().into(), self.money(minor));
        RecordUnmatched::new(id, channel, direction, amount, "bank".into()).into()
    }

    /// The id of a payment: ids are looked up per kind.
    fn taken_id(&mut self) -> Option<UnmatchedId> {
        let ids: Vec<_> = self.model.payments.keys().copied().collect();
        self.rng.late(&ids).map(UnmatchedId::new)
    }

    /// Something in suspense, mostly, and something that it fits.
    fn resolve(&mut self) -> Command {
        let (unmatched, payments) = (&self.model.unmatched, &self.model.payments);
        let open = |(id, money): (&uuid::Uuid, &Arrived)| {
            let done = self.model.known.contains_key(&format!("resolved {id}"));
            (money.suspended && !done).then_some((*id, money.amount))
        };
        let open: Vec<_> = unmatched.iter().chain(payments).filter_map(open).collect();
        let all: Vec<_> = payments.iter().map(|(id, money)| (*id, money.amount)).collect();
        let any = (uuid::Uuid::from_bytes(self.rng.id()), 1);
        let (id, amount) = match self.rng.below(20) {
            0 => any,
            1 => self.rng.late(&all).unwrap_or(any),
            _ => match open.len() {
                0 => any,
                _ => self.rng.one(&open),
            },
        };
        let to = match self.rng.below(10) {
            0..=6 => self.fitting(amount),
            7 => self.fitting(-amount),
            _ => None,
        };
        let to = to.unwrap_or_else(|| ResolveTo::Account(self.account().as_str().into()));
        ResolveUnmatched::new(UnmatchedId::new(id), to, "对上了".into()).into()
    }

    /// An order that owes this, or a refund of which so much is owed; else some order or refund.
    fn fitting(&mut self, amount: i128) -> Option<ResolveTo> {
        if amount < 0 {
            let owes = |id: &&RefundId| {
                let refund = &self.model.refunds[id];
                refund.owed - refund.paid >= -amount
            };
            let owing: Vec<RefundId> = self.refunds.iter().filter(owes).copied().collect();
            let refund = match self.rng.percent(80) {
                true => self.rng.late(&owing),
                false => self.rng.late(&self.refunds.clone()),
            };
            return refund.map(ResolveTo::Refund);
        }
        let owes = |order: &Order| order.paid.is_none() && self.model.owes(order) == amount;
        let owing = self.orders.iter().filter(|id| owes(&self.model.orders[id]));
        let owing: Vec<OrderId> = owing.copied().collect();
        let order = match self.rng.percent(85) {
            true => self.rng.late(&owing),
            false => self.order_where(|_| true),
        };
        order.map(ResolveTo::Order)
    }

    fn account(&mut self) -> String {
        let all: Vec<PartyId> = self.model.parties.keys().copied().collect();
        let party = self.rng.late(&all).unwrap_or(self.operator);
        let stranger = PartyId::from_bytes(self.rng.id());
        match self.rng.below(14) {
            0..=3 => format!("available:{party}"),
            4 => format!("available:{}", self.operator),
            5 => format!("available:{stranger}"),
            6 => format!("pending:{party}"),
            7 => "suspense:wechat".into(),
            8..=9 => "channel:bank".into(),
            10 => "income:membership".into(),
            11 => "expense:other".into(),
            12 => "equity:operator".into(),
            _ => "income:nothing".into(),
        }
    }
}
