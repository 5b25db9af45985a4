//! The slow reference model: what a book answers to a command, and what its balances then are.
//!
//! Shape: [`Model`] holds plain maps. One call of [`Model::submit`] walks the levels of "which refusal,
//! when several apply" in their order: form, book, known, time, things, authority, state, quantities,
//! overflow. A handler reads the model and returns a `Change` of whole entities and postings, which is
//! stored at the end or not at all.

mod accounting;
mod authority;
mod beside;
mod campaign;
mod due;
pub(crate) mod form;
mod form_campaign;
mod formed;
mod holdings;
mod known;
mod line_again;
mod order;
mod party;
mod payout;
mod prices_again;
mod refund;
mod refund_pay;
mod reopen;
mod settle;
mod split;
mod state;
mod tiers;
mod units;
mod view;

use std::collections::BTreeMap;

use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, CampaignId, OrderId, PartyId, PayoutId, RefundId, Time};

pub(crate) use state::{
    Adjusted, Arrived, Bearing, Book, Campaign, Change, Item, Line, Order, Paid, Party, Payout,
    PayoutStatus, Refund, RefundStatus, Split, Take, Taken,
};
pub(crate) use units::digest_of as code_digest;
pub use view::LineView;

/// A stable refusal code.
pub(crate) type Code = &'static str;

/// The largest magnitude of an amount or a balance, in minor units.
pub(crate) const AMOUNT_MAX: i128 = 1_000_000_000_000_000;

/// What the book answers to a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Recorded at this position.
    Accepted {
        /// The new record's position.
        position: u64,
    },
    /// The same command was recorded before.
    Repeated {
        /// Where.
        position: u64,
    },
    /// Refused.
    Rejected {
        /// The stable code.
        code: &'static str,
    },
}

/// A book as plain data.
#[derive(Clone, Default, Debug)]
pub struct Model {
    pub(crate) book: Option<Book>,
    pub(crate) position: u64,
    pub(crate) last_at: Option<Time>,
    pub(crate) parties: BTreeMap<PartyId, Party>,
    pub(crate) campaigns: BTreeMap<CampaignId, Campaign>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) refunds: BTreeMap<RefundId, Refund>,
    pub(crate) payouts: BTreeMap<PayoutId, Payout>,
    /// Channel and the channel's own number of every payment.
    pub(crate) references: Vec<(String, String)>,
    /// What nothing explained when it was recorded, by id.
    pub(crate) unmatched: BTreeMap<uuid::Uuid, Arrived>,
    pub(crate) payments: BTreeMap<uuid::Uuid, Arrived>,
    /// The end of the last sealed period.
    pub(crate) sealed: Option<Time>,
    pub(crate) balances: BTreeMap<String, i128>,
    /// Under which names a command is known: position and canonical command.
    pub(crate) known: BTreeMap<String, (u64, Command)>,
    /// Every accepted command, for the second computation of holdings.
    pub(crate) accepted: Vec<(Time, Command)>,
}

impl Model {
    /// A book that is not open yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a command, and records it if it is accepted.
    pub fn submit(
        &mut self,
        at: Time,
        occurred_at: Option<Time>,
        actor: Actor,
        command: &Command,
    ) -> Outcome {
        match self.judge(at, occurred_at, actor, command) {
            Err(code) => Outcome::Rejected { code },
            Ok(Judgement::Known(position)) => Outcome::Repeated { position },
            Ok(Judgement::New(change)) => {
                self.store(at, command, *change);
                Outcome::Accepted { position: self.position }
            }
        }
    }

    /// What the answer would be; nothing is recorded.
    pub fn answer(
        &self,
        at: Time,
        occurred_at: Option<Time>,
        actor: Actor,
        command: &Command,
    ) -> Outcome {
        match self.judge(at, occurred_at, actor, command) {
            Err(code) => Outcome::Rejected { code },
            Ok(Judgement::Known(position)) => Outcome::Repeated { position },
            Ok(Judgement::New(_)) => Outcome::Accepted { position: self.position + 1 },
        }
    }

    fn judge(
        &self,
        at: Time,
        occurred_at: Option<Time>,
        actor: Actor,
        command: &Command,
    ) -> Result<Judgement, Code> {
        // 1
        form::check(command, self.book.as_ref().map(|book| book.decimals))?;
        // 2
        match (&self.book, command) {
            (None, Command::OpenBook(_)) => {}
            (None, _) => return Err("book_missing"),
            (Some(book), Command::OpenBook(open)) if open.book != book.id => {
                return Err("book_exists");
            }
            (Some(_), _) => {}
        }
        // 3
        if let Some(position) = self.is_known(actor, command)? {
            return Ok(Judgement::Known(position));
        }
        // 4
        if self.last_at.is_some_and(|last| at < last) || occurred_at.is_some_and(|time| time > at) {
            return Err("time_goes_back");
        }
        // Nothing may be dated inside a sealed period: neither where it happened, nor where it is recorded.
        if self.sealed.is_some_and(|sealed| occurred_at.unwrap_or(at) <= sealed) {
            return Err("period_sealed");
        }
        // 5 to 8
        let change = self.handle(at, occurred_at, actor, command)?;
        // 9
        let mut balances: BTreeMap<&str, i128> = BTreeMap::new();
        for (account, amount) in &change.postings {
            let balance = balances.entry(account).or_insert_with(|| self.balance(account));
            *balance += amount;
        }
        let held = change.order.iter().flat_map(|order| order.held.values());
        if balances.values().chain(held).any(|amount| amount.abs() > AMOUNT_MAX) {
            return Err("overflow");
        }
        Ok(Judgement::New(Box::new(change)))
    }

    fn handle(
        &self,
        at: Time,
        occurred_at: Option<Time>,
        actor: Actor,
        command: &Command,
    ) -> Result<Change, Code> {
        let happened_at = occurred_at.unwrap_or(at);
        match command {
            Command::OpenBook(c) => self.open_book(actor, c),
            Command::RegisterLeader(c) => self.register_leader(actor, c),
            Command::RegisterSupplier(c) => self.register_supplier(actor, c),
            Command::OpenCampaign(c) => self.open_campaign(actor, c),
            Command::AllowSeller(c) => self.allow_seller(actor, c),
            Command::AddStock(c) => self.add_stock(actor, c),
            Command::CloseCampaign(c) => self.close_campaign(at, actor, c),
            Command::PlaceOrder(c) => self.place_order(at, actor, c),
            Command::CancelOrder(c) => self.cancel_order(actor, c),
            Command::RecordPayment(c) => self.record_payment(happened_at, actor, c),
            Command::ShipOrder(c) => self.ship_order(at, actor, c),
            Command::ArriveAtPickup(c) => self.arrive_at_pickup(at, actor, c),
            Command::ReceiveOrder(c) => self.receive_order(at, actor, c),
            Command::PickUpOrder(c) => self.pick_up_order(at, actor, c),
            Command::SettleOrder(c) => self.settle_order(at, actor, c),
            Command::MaturePayable(c) => self.mature_payable(at, actor, c),
            Command::RequestRefund(c) => self.request_refund(at, actor, c),
            Command::ApproveRefund(c) => self.approve_refund(at, actor, c),
            Command::RejectRefund(c) => self.reject_refund(actor, c),
            Command::ReceiveReturn(c) => self.receive_return(actor, c),
            Command::RecordRefundPayment(c) => self.record_refund_payment(at, actor, c),
            Command::RequestPayout(c) => self.request_payout(actor, c),
            Command::RecordPayout(c) => self.record_payout(actor, c),
            Command::FailPayout(c) => self.fail_payout(actor, c),
            Command::RecordUnmatched(c) => self.record_unmatched(happened_at, actor, c),
            Command::RecordCost(c) => self.record_cost(actor, c),
            Command::Adjust(c) => self.adjust(actor, c),
            Command::RecordTransfer(c) => self.record_transfer(actor, c),
            Command::RecordDraw(c) => self.record_draw(actor, c),
            Command::WriteOff(c) => self.write_off(actor, c),
            Command::SealPeriod(c) => self.seal_period(at, actor, c),
            Command::ResolveUnmatched(c) => self.resolve_unmatched(actor, c),
            Command::ExpireOrder(c) => self.expire_order(at, actor, c),
            Command::RefundUnformed(c) => self.refund_unformed(actor, c),
            Command::CancelCampaign(c) => self.cancel_campaign(actor, c),
            Command::DeclareFormed(c) => self.declare_formed(actor, c),
            Command::ExpressInterest(c) => self.express_interest(actor, c),
            Command::DecidePresale(c) => self.decide_presale(at, actor, c),
            Command::WithdrawRefund(c) => self.withdraw_refund(actor, c),
            Command::LapseReturn(c) => self.lapse_return(at, actor, c),
            Command::AdjustPrice(c) => self.adjust_price(actor, c),
        }
    }

    fn store(&mut self, at: Time, command: &Command, change: Change) {
        let canonical = self.canonical(command);
        self.position += 1;
        self.last_at = Some(at);
        for name in known::names(command).into_iter().chain(change.also_known_as) {
            self.known.insert(name, (self.position, canonical.clone()));
        }
        for (account, amount) in change.postings {
            *self.balances.entry(account).or_default() += amount;
        }
        if let Some(book) = change.book {
            self.book = Some(book);
        }
        self.parties.extend(change.party);
        self.references.extend(change.reference);
        self.campaigns.extend(change.campaign.map(|campaign| (campaign.id, campaign)));
        self.orders.extend(change.order.map(|order| (order.id, order)));
        self.refunds.extend(change.refunds.into_iter().map(|refund| (refund.id, refund)));
        self.payouts.extend(change.payout.map(|payout| (payout.id, payout)));
        if let Some((id, arrived)) = change.arrived {
            let into = if arrived.is_payment { &mut self.payments } else { &mut self.unmatched };
            into.insert(id, arrived);
        }
        self.sealed = change.sealed.or(self.sealed);
        self.accepted.push((at, canonical));
    }

    /// The balance of an account, debits positive.
    pub(crate) fn balance(&self, account: &str) -> i128 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// The open book. Only asked for after level 2.
    pub(crate) fn opened(&self) -> &Book {
        self.book.as_ref().expect("level 2 refuses everything before open_book")
    }
}

enum Judgement {
    Known(u64),
    New(Box<Change>),
}
