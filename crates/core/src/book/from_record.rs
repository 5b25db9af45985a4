//! The canonical command of a record: what was asked, defaults resolved, rebuilt from its events
//! alone. An audit decides it again and compares; a repeat is told from a reused id by it.

use smol_str::SmolStr;

use super::open::OpenBook;
use super::seal::SealPeriod;
use crate::accounting::{
    Adjust, PostingText, RecordCost, RecordDraw, RecordTransfer, RecordUnmatched, ResolveTo,
    ResolveUnmatched, WriteOff,
};
use crate::campaign::{
    AddStock, AllowSeller, CancelCampaign, CloseCampaign, DecidePresale, DeclareFormed,
    ExpressInterest, OpenCampaign, ReturnShippingText, ShippingText, written,
};
use crate::command::{Command, SkuQuantity};
use crate::event::{
    CampaignOpened, ChannelPayment, Event, LineUnits, OrderPlaced, RefundApproved, RefundCause,
    RefundRequested, ResolvedTo, UnmatchedResolved,
};
use crate::id::OrderId;
use crate::money::{Amount, Decimals, Money};
use crate::order::{
    AdjustPrice, ArriveAtPickup, CancelOrder, DiscountText, ExpireOrder, MaturePayable,
    PickUpOrder, PlaceOrder, ReceiveOrder, RecordPayment, SettleOrder, ShipOrder,
};
use crate::party::{RegisterLeader, RegisterSupplier};
use crate::payout::{FailPayout, RecordPayout, RequestPayout};
use crate::record::Record;
use crate::refund::{
    ApproveRefund, LapseReturn, ReceiveReturn, RecordRefundPayment, RefundUnformed, RejectRefund,
    RequestRefund, WithdrawRefund,
};

/// A record whose events are not those of a command: damaged, or tampered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the record's events are not those of one command; run an audit")]
pub struct NotACommand;

impl Command {
    /// The command that wrote a record, defaults resolved. `decimals` are the book's.
    ///
    /// # Errors
    /// [`NotACommand`] when no command writes such events.
    pub fn from_record(record: &Record, decimals: Decimals) -> Result<Self, NotACommand> {
        match record.events.as_slice() {
            [event] => from_event(event, decimals),
            [Event::OrderPlaced(placed), Event::OrderPaid(paid)]
                if paid.payment.is_none() && paid.out_of_suspense.is_none() =>
            {
                Ok(place(placed, decimals).into())
            }
            [Event::UnmatchedResolved(e), Event::OrderPaid(paid)]
                if e.to == ResolvedTo::Order(paid.order) && paid.out_of_suspense.is_some() =>
            {
                Ok(resolve(e).into())
            }
            [event @ Event::OrderCancelled(_), Event::RefundApproved(refund)]
                if refund.cause.is_some() =>
            {
                from_event(event, decimals)
            }
            _ => Err(NotACommand),
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each event")]
fn from_event(event: &Event, decimals: Decimals) -> Result<Command, NotACommand> {
    let money = |amount: Money| amount.amount(decimals);
    Ok(match event {
        Event::BookOpened(e) => {
            OpenBook::new(e.book, s(&e.currency.code), s(&e.timezone), e.operator)
                .decimals(i64::from(e.currency.decimals.get()))
                .channel_fee_borne_by(e.channel_fee_borne_by)
                .channel_limits(e.channel_limits.into())
                .into()
        }
        Event::LeaderRegistered(e) => {
            let mut command = RegisterLeader::new(e.leader);
            command.upline = e.upline;
            command.into()
        }
        Event::SupplierRegistered(e) => {
            RegisterSupplier::new(e.supplier, i64::from(e.terms_days)).into()
        }
        Event::CampaignOpened(e) => open_campaign(e, decimals).into(),
        Event::SellerAllowed(e) => {
            let mut command = AllowSeller::new(e.campaign, e.seller);
            command.split = e.split.as_ref().map(|split| written::split(split, decimals));
            command.into()
        }
        Event::StockAdded(e) => {
            AddStock::new(e.addition, e.campaign, s(&e.sku), i64::from(e.quantity)).into()
        }
        Event::CampaignClosed(e) => {
            let mut command = CloseCampaign::new(e.campaign);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::OrderPlaced(e) => place(e, decimals).into(),
        Event::OrderPaid(e) if e.out_of_suspense.is_some() => return Err(NotACommand),
        Event::OrderPaid(e) => {
            payment(e.order, e.payment.as_ref().ok_or(NotACommand)?, decimals).into()
        }
        Event::PaymentSuspended(e) => payment(e.order, &e.payment, decimals).into(),
        Event::OrderCancelled(e) => {
            let mut command = CancelOrder::new(e.order);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::OrderShipped(e) => {
            let mut command = ShipOrder::new(e.order);
            command.parcel = e.parcel;
            command.lines = lines_unless_all(e.all, &e.lines);
            command.reference = e.reference.as_ref().map(s);
            command.into()
        }
        Event::OrderArrived(e) => {
            let mut command = ArriveAtPickup::new(e.order);
            command.arrival = e.arrival;
            command.lines = lines_unless_all(e.all, &e.lines);
            command.into()
        }
        Event::OrderReceived(e) => {
            let mut command = ReceiveOrder::new(e.order);
            command.receipt = e.receipt;
            command.lines = lines_unless_all(e.all, &e.lines);
            command.into()
        }
        Event::OrderPickedUp(e) => {
            let mut command = PickUpOrder::new(e.order);
            command.handover = e.handover;
            command.code = e.code.as_ref().map(s);
            command.lines = lines_unless_all(e.all, &e.lines);
            command.into()
        }
        Event::OrderSettled(e) => SettleOrder::new(e.order).into(),
        Event::PayableMatured(e) => MaturePayable::new(e.order).into(),
        Event::RefundRequested(e) => request_refund(e, decimals).into(),
        Event::RefundApproved(e) if e.cause.is_none() => approve_refund(e, decimals).into(),
        Event::RefundApproved(e) if e.cause == Some(RefundCause::Unformed) => {
            RefundUnformed::new(e.order).into()
        }
        Event::RefundApproved(_) => return Err(NotACommand),
        Event::RefundRejected(e) => {
            let mut command = RejectRefund::new(e.refund);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::ReturnReceived(e) => {
            let mut command = ReceiveReturn::new(e.refund);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::RefundPaid(e) => {
            let (channel, reference) = (s(&e.channel), s(&e.reference));
            let amount = money(e.amount);
            RecordRefundPayment::new(e.refund_payment, e.refund, e.by, channel, amount, reference)
                .fee_returned(money(e.fee_returned))
                .into()
        }
        Event::RefundWithdrawn(e) => {
            let mut command = WithdrawRefund::new(e.refund);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::ReturnLapsed(e) => LapseReturn::new(e.refund).into(),
        Event::PayoutRequested(e) => RequestPayout::new(e.payout, e.party, money(e.amount)).into(),
        Event::PayoutPaid(e) => {
            RecordPayout::new(e.payout, s(&e.channel), s(&e.reference)).fee(money(e.fee)).into()
        }
        Event::PayoutFailed(e) => FailPayout::new(e.payout, s(&e.reason)).into(),
        Event::UnmatchedRecorded(e) => {
            let amount = money(e.amount);
            RecordUnmatched::new(e.unmatched, s(&e.channel), e.direction, amount, s(&e.reference))
                .into()
        }
        Event::CostRecorded(e) => {
            let mut command = RecordCost::new(e.cost, e.category, s(&e.channel), money(e.amount));
            command.campaign = e.campaign;
            command.into()
        }
        Event::Adjusted(e) => {
            let posting = |posting: &crate::accounting::Posting| PostingText {
                account: posting.account.to_string().into(),
                amount: money(posting.amount),
            };
            let postings = e.postings.iter().map(posting).collect();
            let mut command = Adjust::new(e.adjustment, postings, s(&e.reason));
            command.corrects = e.corrects;
            command.into()
        }
        Event::WrittenOff(e) => {
            WriteOff::new(e.write_off, e.party, money(e.amount), s(&e.reason)).into()
        }
        Event::Transferred(e) => {
            let (from, to) = (s(&e.from), s(&e.to));
            RecordTransfer::new(e.transfer, from, to, money(e.amount), s(&e.reference))
                .fee(money(e.fee))
                .into()
        }
        Event::Drawn(e) => {
            let (channel, reference) = (s(&e.channel), s(&e.reference));
            RecordDraw::new(e.draw, e.direction, channel, money(e.amount), reference).into()
        }
        Event::PeriodSealed(e) => SealPeriod::new(e.through).into(),
        Event::UnmatchedResolved(e) if matches!(e.to, ResolvedTo::Order(_)) => {
            return Err(NotACommand);
        }
        Event::UnmatchedResolved(e) => resolve(e).into(),
        Event::PriceAdjusted(e) => AdjustPrice::new(e.order, s(&e.sku)).into(),
        Event::OrderExpired(e) => ExpireOrder::new(e.order).into(),
        Event::InterestExpressed(e) => ExpressInterest::new(e.campaign, e.buyer).into(),
        Event::PresaleDecided(e) => DecidePresale::new(e.campaign).into(),
        Event::FormedDeclared(e) => {
            let mut command = DeclareFormed::new(e.campaign);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
        Event::CampaignCancelled(e) => {
            let mut command = CancelCampaign::new(e.campaign);
            command.reason = e.reason.as_ref().map(s);
            command.into()
        }
    })
}

fn resolve(e: &UnmatchedResolved) -> ResolveUnmatched {
    let to = match &e.to {
        ResolvedTo::Order(order) => ResolveTo::Order(*order),
        ResolvedTo::Refund(refund) => ResolveTo::Refund(*refund),
        ResolvedTo::Account(account) => ResolveTo::Account(account.to_string().into()),
    };
    ResolveUnmatched::new(e.unmatched, to, s(&e.reason))
}

fn s(text: &(impl Clone + Into<SmolStr>)) -> SmolStr {
    text.clone().into()
}

fn lines(units: &[LineUnits]) -> Vec<SkuQuantity> {
    units
        .iter()
        .map(|line| SkuQuantity { sku: s(&line.sku), quantity: i64::from(line.quantity) })
        .collect()
}

fn lines_unless_all(all: bool, units: &[LineUnits]) -> Option<Vec<SkuQuantity>> {
    (!all).then(|| lines(units))
}

fn open_campaign(e: &CampaignOpened, decimals: Decimals) -> OpenCampaign {
    let terms = &e.terms;
    let money = |amount: Money| amount.amount(decimals);
    let shipping = ShippingText {
        fee: money(terms.shipping.fee),
        free_from: terms.shipping.free_from.map(money),
        to: terms.shipping.to,
        ways: terms.shipping.ways.clone(),
    };
    let return_shipping = ReturnShippingText {
        cap: money(terms.return_shipping.cap),
        borne_by: terms.return_shipping.borne_by,
    };
    let mut command = OpenCampaign::new(
        e.campaign,
        e.owner,
        s(&terms.title),
        terms.items.iter().map(|item| written::item(item, decimals)).collect(),
        terms.opens_at,
        terms.closes_at,
        written::split(&terms.split, decimals),
        shipping,
        return_shipping,
        i64::from(terms.after_sales_days),
        i64::from(terms.pay_within_minutes),
        i64::from(terms.auto_receive_days),
    )
    .return_within_days(i64::from(terms.return_within_days));
    command.supplier = e.supplier;
    command.formation = terms.formation.map(written::formation);
    command.presale = terms.presale.map(written::presale);
    command
}

fn place(e: &OrderPlaced, decimals: Decimals) -> PlaceOrder {
    let line = |line: &crate::event::PlacedLine| SkuQuantity {
        sku: s(&line.sku),
        quantity: i64::from(line.quantity),
    };
    let lines = e.lines.iter().map(line).collect();
    let mut command = PlaceOrder::new(e.order, e.campaign, e.seller, lines, e.way);
    command.buyer = e.buyer;
    command.pickup_code_digest =
        e.pickup_code_digest.map(|digest| crate::order::hex(&digest).into());
    command.discount = e.discount.map(|discount| DiscountText {
        amount: discount.amount.amount(decimals),
        funded_by: discount.funded_by,
    });
    command
}

fn payment(order: OrderId, e: &ChannelPayment, decimals: Decimals) -> RecordPayment {
    let (channel, reference) = (s(&e.channel), s(&e.reference));
    RecordPayment::new(e.payment, order, channel, e.amount.amount(decimals), reference)
        .fee(e.fee.amount(decimals))
}

fn request_refund(e: &RefundRequested, decimals: Decimals) -> RequestRefund {
    let mut command = RequestRefund::new(e.refund, e.order, e.kind);
    command.lines = (!e.lines.is_empty()).then(|| lines(&e.lines));
    command.amount = e.amount.map(|amount| amount.amount(decimals));
    let claimed: Option<Amount> =
        (!e.return_shipping.is_zero()).then(|| e.return_shipping.amount(decimals));
    command.return_shipping = claimed;
    command.reason_code = e.reason_code;
    command.reason = e.reason.as_ref().map(s);
    command
}

fn approve_refund(e: &RefundApproved, decimals: Decimals) -> ApproveRefund {
    let mut command = ApproveRefund::new(e.refund)
        .goods_borne_by(e.goods_borne_by)
        .return_shipping(e.return_shipping.amount(decimals))
        .return_shipping_borne_by(e.return_shipping_borne_by)
        .with_shipping_fee(e.with_shipping_fee)
        .waive_return(e.waive_return)
        .compensation_borne_by(e.compensation_borne_by);
    command.amount = e.compensation.map(|amount| amount.amount(decimals));
    command
}
