//! The commands, made one by one in the order of time.
//!
//! Three streams are merged, each in the order of time by itself: months that end, orders whose
//! after-sales window ends, invoices. At one instant they go in that order. What a stream has after
//! the last row's time is left to the clock (`tuanzhang due`). Nothing here looks at a book's state.

use std::collections::{HashSet, VecDeque};

use tuanzhang_core::accounting::{Adjust, PostingText, RecordUnmatched};
use tuanzhang_core::book::OpenBook;
use tuanzhang_core::campaign::{
    AllowSeller, CloseCampaign, ItemText, OpenCampaign, ReturnShippingText, ShareText,
    ShippingText, SplitText, TakeText,
};
use tuanzhang_core::command::{By, Direction, ReasonCode, RefundKind, SkuQuantity, Way};
use tuanzhang_core::money::{Amount, RateText};
use tuanzhang_core::order::{PlaceOrder, ReceiveOrder, RecordPayment, SettleOrder, ShipOrder};
use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::refund::{ApproveRefund, RecordRefundPayment, RequestRefund};
use tuanzhang_core::{Actor, Command, Role, Time};

use super::gather::{Gathered, Invoice, Month, Units, at};
use super::row::Kind;
use super::tie::{Note, Refund};
use super::{CURRENCY, DECIMALS, Plan, Step, ids};

const TIMEZONE: &str = "Europe/London";
const CHANNEL: &str = "shop";
const SELLER_RATE: &str = "0.10";
const AFTER_SALES_DAYS: u32 = 30;
/// Invoices are paid at once; a day is what an order would have otherwise.
const PAY_WITHIN_MINUTES: i64 = 1_440;
/// Invoices are received at once.
const AUTO_RECEIVE_DAYS: i64 = 14;
const SECOND_MICROS: i64 = 1_000_000;

/// When an order is settled: a second after the end of its after-sales window.
pub(super) fn settles_at(order: &Invoice) -> Time {
    let ends = order.at.plus_days(AFTER_SALES_DAYS);
    Time::from_micros(ends.micros().saturating_add(SECOND_MICROS))
}

fn pounds(milli: i64) -> Amount {
    Amount::new(milli, u32::from(DECIMALS))
}

/// Commands in the order of time.
pub(super) struct Steps<'a> {
    plan: &'a Plan,
    /// Places of what comes next in each stream.
    next_end: usize,
    next_settled: usize,
    next_invoice: usize,
    is_open: bool,
    /// Months, countries, and countries in a month that are known to the book.
    opened: HashSet<u32>,
    registered: HashSet<u32>,
    allowed: HashSet<(u32, u32)>,
    ready: VecDeque<Step>,
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.ready.is_empty() && self.advance().is_some() {}
        self.ready.pop_front()
    }
}

impl<'a> Steps<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            next_end: 0,
            next_settled: 0,
            next_invoice: 0,
            is_open: false,
            opened: HashSet::new(),
            registered: HashSet::new(),
            allowed: HashSet::new(),
            ready: VecDeque::new(),
        }
    }

    /// Goes on by one entry of one stream; none at the end.
    fn advance(&mut self) -> Option<()> {
        let plan = self.plan;
        let (found, last) = (&plan.found, plan.found.last?);
        let ended = plan.campaigns.get(self.next_end).and_then(|place| at(&found.months, *place));
        let ended = ended.filter(|month| month.closes_at <= last);
        while found.invoices.get(self.next_settled).is_some_and(|invoice| !invoice.is_order()) {
            self.next_settled = self.next_settled.saturating_add(1);
        }
        let settled =
            found.invoices.get(self.next_settled).filter(|order| settles_at(order) <= last);
        let invoice = found.invoices.get(self.next_invoice);

        let before = |time: Time, other: Option<Time>| other.is_none_or(|other| time <= other);
        let (settled_at, invoice_at) = (settled.map(settles_at), invoice.map(|invoice| invoice.at));
        if let Some(month) = ended
            && before(month.closes_at, settled_at)
            && before(month.closes_at, invoice_at)
        {
            self.next_end = self.next_end.saturating_add(1);
            let close = CloseCampaign::new(ids::campaign(month.key));
            self.push(month.closes_at, Actor::System, close, month.line);
        } else if let Some(order) = settled
            && before(settles_at(order), invoice_at)
        {
            self.next_settled = self.next_settled.saturating_add(1);
            let settle = SettleOrder::new(ids::order(&order.number));
            self.push(settles_at(order), Actor::System, settle, order.line);
        } else {
            let invoice = invoice?;
            let place = u32::try_from(self.next_invoice).unwrap_or(u32::MAX);
            self.next_invoice = self.next_invoice.saturating_add(1);
            self.invoice(place, invoice);
        }
        Some(())
    }

    fn push(&mut self, at: Time, actor: Actor, command: impl Into<Command>, line: u64) {
        self.ready.push_back(Step { at, occurred_at: None, actor, command: command.into(), line });
    }

    fn operator(&mut self, invoice: &Invoice, command: impl Into<Command>) {
        self.push(invoice.at, Actor::Operator, command, invoice.line);
    }

    fn invoice(&mut self, place: u32, invoice: &Invoice) {
        let plan = self.plan;
        self.prepare(invoice);
        match invoice.kind {
            Kind::Invoice if invoice.is_order() => self.order(invoice),
            Kind::Invoice => {}
            Kind::CreditNote => {
                if let Some(note) = plan.notes.get(&place) {
                    self.credit_note(place, invoice, note);
                }
            }
            Kind::BadDebt => {
                for line in &invoice.lines {
                    self.bad_debt(invoice, line);
                }
            }
        }
    }

    /// What must be there before an invoice: the book, its operator as a leader, the month's campaign,
    /// the country's leader.
    fn prepare(&mut self, invoice: &Invoice) {
        let plan = self.plan;
        if !self.is_open {
            self.is_open = true;
            let operator = plan.opening.operator;
            if let Some(book) = plan.opening.book {
                let open = OpenBook::new(book, CURRENCY.into(), TIMEZONE.into(), operator);
                self.operator(invoice, open.decimals(i64::from(DECIMALS)));
            }
            self.operator(invoice, RegisterLeader::new(operator));
        }
        if let Some(month) =
            at(&plan.found.months, invoice.month).filter(|month| month.is_campaign())
            && self.opened.insert(invoice.month)
        {
            self.operator(invoice, plan.campaign(month));
        }
        if self.registered.insert(invoice.country) {
            let leader = ids::leader(plan.found.countries.get(invoice.country));
            self.operator(invoice, RegisterLeader::new(leader));
        }
    }

    /// An order: placed, paid, shipped and received at once.
    fn order(&mut self, invoice: &Invoice) {
        let found = &self.plan.found;
        let Some(month) = at(&found.months, invoice.month) else { return };
        let (campaign, seller) =
            (ids::campaign(month.key), ids::leader(found.countries.get(invoice.country)));
        if self.allowed.insert((invoice.month, invoice.country)) {
            self.operator(invoice, AllowSeller::new(campaign, seller));
        }
        let order = ids::order(&invoice.number);
        let lines = invoice.lines.iter();
        let lines =
            lines.map(|line| SkuQuantity::new(&found.sku(line.item), line.quantity)).collect();
        let mut place = PlaceOrder::new(order, campaign, seller, lines, Way::Courier);
        if let Some(customer) = invoice.customer {
            place = place.buyer(ids::buyer(found.customers.get(customer)));
        }
        let (payment, reference) = (ids::payment(&invoice.number), invoice.number.as_ref());
        let amount = pounds(invoice.milli);
        self.operator(invoice, place);
        self.operator(
            invoice,
            RecordPayment::new(payment, order, CHANNEL.into(), amount, reference.into()),
        );
        self.operator(invoice, ShipOrder::new(order));
        self.operator(invoice, ReceiveOrder::new(order));
    }

    /// A credit note: a refund for each order that it is tied to, the rest unmatched money out.
    fn credit_note(&mut self, place: u32, invoice: &Invoice, note: &Note) {
        for refund in &note.refunds {
            self.refund(place, invoice, refund);
        }
        for line in &note.unmatched {
            let found = &self.plan.found;
            let code = found.code(line.item);
            let milli = found.price(line.item).saturating_mul(line.quantity.saturating_neg());
            let (id, amount) = (ids::unmatched(&invoice.number, code, line.row), pounds(milli));
            let reference = format!("{} {code}", invoice.number);
            let (channel, out) = (CHANNEL.into(), Direction::Out);
            let unmatched = RecordUnmatched::new(id, channel, out, amount, reference.into());
            self.push(invoice.at, Actor::Operator, unmatched, line.line);
        }
    }

    fn refund(&mut self, place: u32, invoice: &Invoice, refund: &Refund) {
        let found = &self.plan.found;
        let Some(order) = at(&found.invoices, refund.order) else { return };
        let id = ids::refund(&invoice.number, &order.number);
        let lines = refund.lines.iter();
        let lines =
            lines.map(|(item, units)| SkuQuantity::new(&found.sku(*item), *units)).collect();
        let request = RequestRefund::new(id, ids::order(&order.number), RefundKind::RefundOnly)
            .lines(lines)
            .reason_code(ReasonCode::Other);
        let by = if self.plan.is_by_channel(place, refund) { By::Channel } else { By::Transfer };
        let payment = ids::refund_payment(&invoice.number, &order.number);
        let (amount, reference) = (pounds(refund.milli), invoice.number.as_ref());
        let pay =
            RecordRefundPayment::new(payment, id, by, CHANNEL.into(), amount, reference.into());
        let commands: [Command; 3] = [request.into(), ApproveRefund::new(id).into(), pay.into()];
        for command in commands {
            self.push(invoice.at, Actor::Operator, command, refund.line);
        }
    }

    fn bad_debt(&mut self, invoice: &Invoice, line: &Units) {
        let found = &self.plan.found;
        let milli = found.price(line.item).saturating_mul(line.quantity);
        let posting =
            |account: &str, milli| PostingText { account: account.into(), amount: pounds(milli) };
        let postings = vec![
            posting("channel:shop", milli),
            posting("expense:bad_debt", milli.saturating_neg()),
        ];
        let id = ids::adjustment(&invoice.number, found.code(line.item), line.row);
        let reason = format!("bad debt, invoice {}", invoice.number);
        let adjust = Adjust::new(id, postings, reason.into());
        self.push(invoice.at, Actor::Operator, adjust, line.line);
    }
}

impl Month {
    /// Whether anything was sold in it.
    pub(super) fn is_campaign(&self) -> bool {
        !self.items.is_empty()
    }
}

impl Gathered {
    /// The title of an item: its description, or its code where that is empty.
    pub(super) fn title<'a>(&'a self, item: u32, description: &'a str) -> &'a str {
        if description.is_empty() { self.code(item) } else { description }
    }
}

impl Plan {
    /// Whether a refund goes back through the channel.
    pub(super) fn is_by_channel(&self, place: u32, refund: &Refund) -> bool {
        let (refunds, days) = (self.opening.refunds_max, self.opening.days_max);
        at(&self.found.invoices, place)
            .is_some_and(|note| refund.is_by_channel(&self.found, note, refunds, days))
    }

    fn campaign(&self, month: &Month) -> OpenCampaign {
        let found = &self.found;
        let items = month.items.iter().map(|(item, title)| {
            ItemText::new(&found.sku(*item), found.title(*item, title), pounds(found.price(*item)))
        });
        let seller =
            ShareText { to: Role::Seller, take: TakeText::Rate(RateText::from(SELLER_RATE)) };
        OpenCampaign::new(
            ids::campaign(month.key),
            self.opening.operator,
            month.key.to_string().into(),
            items.collect(),
            month.opens_at,
            month.closes_at,
            SplitText { shares: vec![seller], remainder: Role::Operator },
            ShippingText {
                fee: pounds(0),
                free_from: None,
                to: Role::Operator,
                ways: vec![Way::Courier],
            },
            ReturnShippingText { cap: pounds(0), borne_by: Role::Operator },
            i64::from(AFTER_SALES_DAYS),
            PAY_WITHIN_MINUTES,
            AUTO_RECEIVE_DAYS,
        )
    }
}
