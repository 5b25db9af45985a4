//! A second opinion on a book's events, which asks neither the rules nor the state that core folds.
//!
//! [`Invariants`] is a fold of its own, in plain numbers: what must be true of the events whatever the rules
//! compute. No rate, cap or rounding is computed here. It looks at each record once, in order; a record that
//! core can't fold makes what follows meaningless, and who drives it stops there.
//!
//! Memory: some 400 bytes an order of two lines. Sums saturate: values that overflow break a rule anyway.

mod goods;
mod orders;
mod payments;
mod roles;
mod say;
mod table;

use hashbrown::{HashMap, HashSet};
use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::command::{ReasonCode, RefundKind};
use tuanzhang_core::event::{ChannelLimits, Event};
use tuanzhang_core::money::{AMOUNT_MINOR_MAX, Decimals};
use tuanzhang_core::{
    CampaignId, Head, OrderId, PartyId, PaymentId, PayoutId, Record, RefundId, Time, UnmatchedId,
};

use crate::Rule;
use goods::Campaign;
use orders::Order;
use payments::{Payment, Payout, Refund, Unexplained};
use say::Say;
use table::Table;

pub use orders::LineHolds;
pub use roles::Around;
pub use say::Broken;

/// What the events said so far.
#[derive(Default, Debug)]
pub struct Invariants {
    opened: Option<Opened>,
    last_at: Option<Time>,
    sealed_through: Option<Time>,
    uplines: HashMap<PartyId, Option<PartyId>>,
    campaigns: Table<CampaignId, Campaign>,
    orders: Table<OrderId, Order>,
    payments: Table<PaymentId, Payment>,
    refunds: Table<RefundId, Refund>,
    payouts: Table<PayoutId, Payout>,
    unexplained: Table<UnmatchedId, Unexplained>,
    ids: Ids,
    balances: HashMap<Account, i64>,
    /// Accounts that were out of their range within this record.
    suspects: Vec<Account>,
    /// Orders that this record touched.
    touched: Vec<(OrderId, u32)>,
}

/// What was set when the book was opened.
#[derive(Clone, Copy, Debug)]
struct Opened {
    operator: PartyId,
    limits: ChannelLimits,
    decimals: Decimals,
}

/// Ids of things of which nothing else is kept.
#[derive(Default, Debug)]
struct Ids(HashMap<&'static str, HashSet<[u8; 16]>>);

impl Ids {
    fn once(&mut self, what: &'static str, id: impl Into<Id>, say: &mut Say) {
        let Id(id) = id.into();
        let new = self.0.entry(what).or_default().insert(id);
        say.hold(new, Rule::IdsOnce, |_| {
            let hex = id.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
            [what.into(), "an id that was not used before".into(), hex]
        });
    }
}

struct Id([u8; 16]);

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl From<tuanzhang_core::$name> for Id {
            fn from(id: tuanzhang_core::$name) -> Self {
                Self(id.to_bytes())
            }
        }
    )*};
}

ids!(PartyId, AdditionId, RefundPaymentId, CostId, AdjustmentId, WriteOffId, TransferId, DrawId);

impl Invariants {
    /// Before the first record.
    pub fn new() -> Self {
        Self::default()
    }

    /// The decimals of the book's currency, once it is opened.
    pub fn decimals(&self) -> Option<Decimals> {
        self.opened.map(|opened| opened.decimals)
    }

    /// Why a refund was asked for, where that was said as a code.
    pub fn reason_of(&self, refund: RefundId) -> Option<ReasonCode> {
        self.refunds.get(&refund).and_then(|refund| refund.reason_code)
    }

    /// Which kind of refund was asked for; none where the book opened it.
    pub fn kind_of(&self, refund: RefundId) -> Option<RefundKind> {
        self.refunds.get(&refund).and_then(|refund| refund.kind)
    }

    /// The campaign of an order.
    pub fn campaign_of(&self, order: OrderId) -> Option<CampaignId> {
        let place = self.orders.get(&order)?.campaign;
        self.campaigns.at(place).map(|campaign| campaign.id)
    }

    /// Takes in a record and says what doesn't hold: of its events, of what they touched.
    pub fn record(&mut self, record: &Record) -> Vec<Broken> {
        let decimals = self.decimals();
        let mut say = Say { broken: Vec::new(), event: None, decimals };
        self.head(&record.head, &mut say);
        for (place, event) in record.events.iter().enumerate() {
            say.event = Some(place);
            self.postings(event, &mut say);
            self.event(event, &record.head, &mut say);
        }
        say.event = None;
        self.balances_stand(&mut say);
        self.orders_stand(&mut say);
        say.broken
    }

    /// Time never goes back, nothing is dated inside a sealed period.
    fn head(&mut self, head: &Head, say: &mut Say) {
        let (at, happened_at) = (head.at, head.happened_at());
        let last = self.last_at.unwrap_or(at);
        say.hold(at >= last, Rule::TimesNeverGoBack, |_| {
            ["at".into(), format!("{last} or later"), at.to_string()]
        });
        say.hold(happened_at <= at, Rule::TimesNeverGoBack, |_| {
            ["occurred_at".into(), format!("at most {at}"), happened_at.to_string()]
        });
        let sealed = self.sealed_through.filter(|through| happened_at <= *through);
        say.hold(sealed.is_none(), Rule::SealedPeriods, |_| {
            let through = sealed.map_or_else(String::new, |through| through.to_string());
            [String::new(), format!("later than {through}"), happened_at.to_string()]
        });
        self.last_at = Some(last.max(at));
    }

    /// Each event's postings sum to zero.
    fn postings(&mut self, event: &Event, say: &mut Say) {
        let mut sum = 0_i128;
        for_each_posting(event, &mut |account, amount| {
            let amount = amount.minor();
            sum = sum.saturating_add(amount.into());
            let balance = match self.balances.get_mut(&account) {
                Some(balance) => balance,
                None => self.balances.entry(account.clone()).or_insert(0),
            };
            *balance = balance.saturating_add(amount);
            if !in_range(&account, *balance) {
                self.suspects.push(account);
            }
        });
        say.hold(sum == 0, Rule::PostingsSumToZero, |m| {
            let found = m.money(i64::try_from(sum).unwrap_or(i64::MAX));
            [event.name().into(), m.money(0), found]
        });
    }

    /// What balances can be once the whole record is posted.
    fn balances_stand(&mut self, say: &mut Say) {
        self.suspects.dedup();
        for account in self.suspects.drain(..) {
            let balance = self.balances.get(&account).copied().unwrap_or(0);
            let rule = if balance.unsigned_abs() > AMOUNT_MINOR_MAX.unsigned_abs() {
                Rule::BalancesInRange
            } else {
                Rule::DebtsNotOverpaid
            };
            say.hold(in_range(&account, balance), rule, |m| {
                let expected = if rule == Rule::DebtsNotOverpaid {
                    "at most what is owed".into()
                } else {
                    m.money(AMOUNT_MINOR_MAX)
                };
                [account.to_string(), expected, m.money(balance)]
            });
        }
    }

    /// Each event, by what it is about. A new one must be thought of.
    fn event(&mut self, event: &Event, head: &Head, say: &mut Say) {
        match event {
            Event::BookOpened(e) => {
                let (operator, decimals) = (e.operator, e.currency.decimals);
                say.decimals = Some(decimals);
                self.opened = Some(Opened { operator, limits: e.channel_limits, decimals });
            }
            Event::PeriodSealed(e) => self.sealed_through = Some(e.through),
            Event::LeaderRegistered(e) => {
                self.ids.once("party", e.leader, say);
                self.uplines.insert(e.leader, e.upline);
            }
            Event::SupplierRegistered(e) => self.ids.once("party", e.supplier, say),
            Event::CampaignOpened(e) => self.campaign_opened(e, say),
            Event::StockAdded(e) => {
                self.ids.once("addition", e.addition, say);
                self.stock_added(e, say);
            }
            Event::OrderPlaced(e) => self.order_placed(e, say),
            Event::OrderPaid(e) => self.order_paid(e, head, say),
            Event::PaymentSuspended(e) => self.payment_recorded(&e.payment, head, say),
            Event::OrderCancelled(e) => self.order_void(e.order, say),
            Event::OrderExpired(e) => self.order_void(e.order, say),
            Event::OrderSettled(e) => self.order_settled(e, say),
            Event::PayableMatured(e) => self.payable_matured(e, say),
            Event::RefundRequested(e) => self.refund_requested(e, head, say),
            Event::RefundApproved(e) => self.refund_approved(e, head, say),
            Event::RefundWithdrawn(e) => {
                if let Some(reopened) = &e.reopened {
                    self.reopened(e.refund, reopened, say);
                }
            }
            Event::ReturnLapsed(e) => self.reopened(e.refund, &e.reopened, say),
            Event::PriceAdjusted(e) => self.price_adjusted(e, say),
            Event::RefundPaid(e) => self.refund_paid(e, head, say),
            Event::UnmatchedRecorded(e) => self.unmatched_recorded(e, say),
            Event::UnmatchedResolved(e) => self.unmatched_resolved(e, say),
            Event::PayoutRequested(e) => {
                let available = self.balances.get(&Account::Available(e.party)).copied();
                let left = available.unwrap_or(0).saturating_neg();
                say.hold(left >= 0, Rule::PayoutAtMostAvailable, |m| {
                    let before = left.saturating_add(e.amount.minor());
                    let expected = format!("at most {}", m.money(before));
                    [format!("payout {}", e.payout), expected, m.money(e.amount.minor())]
                });
                self.payout_requested(e, head, say);
            }
            Event::PayoutPaid(e) => {
                self.payout_ended((e.payout, e.party, e.amount), Some(head.actor), say);
            }
            Event::PayoutFailed(e) => self.payout_ended((e.payout, e.party, e.amount), None, say),
            Event::CostRecorded(e) => self.ids.once("cost", e.cost, say),
            Event::Adjusted(e) => self.ids.once("adjustment", e.adjustment, say),
            Event::WrittenOff(e) => self.ids.once("write-off", e.write_off, say),
            Event::Transferred(e) => self.ids.once("transfer", e.transfer, say),
            Event::Drawn(e) => self.ids.once("draw", e.draw, say),
            Event::SellerAllowed(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_) => {}
        }
    }
}

/// Whether an account can have a balance, debits positive. A debt to a buyer, money in transit: never overpaid.
fn in_range(account: &Account, balance: i64) -> bool {
    let owed_only = matches!(account, Account::RefundDue(_) | Account::InTransit(_));
    balance.unsigned_abs() <= AMOUNT_MINOR_MAX.unsigned_abs() && !(owed_only && balance > 0)
}
