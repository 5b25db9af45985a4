use crate::command::command;
use crate::id::{OrderId, PaymentId};
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records a payment that has arrived. Never refused for not fitting: then it goes to suspense. By the operator.
    RecordPayment {
        /// The payment's id.
        payment: PaymentId,
        /// The order it is for.
        order: OrderId,
        /// Where the money is.
        channel: SmolStr,
        /// Gross, above zero.
        amount: Amount,
        /// The channel's own number; the same under another payment id goes to suspense, unless empty.
        reference: SmolStr,
        ;
        /// What the channel kept, at most the amount; none where absent.
        fee: Amount,
    }
}

use super::moving::{Mover, hold, line_place};
use crate::book::apply::{Broken, Fold, add, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{
    BookHead, Campaign, FirstPayment, ItemCount, Line, Order, OrderStatus, Payment, Read, Seller,
    State,
};
use crate::event::{
    Base, ChannelPayment, Event, OrderPaid, PaidLine, PaymentSuspended, SuspenseReason,
};
use crate::money::{Decimals, Money, OutOfRange, split};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::role::Role;

impl Rule for RecordPayment {
    type Form = ChannelPayment;
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<ChannelPayment, Rejection> {
        let channel = form::name("channel", &self.channel)?;
        let amount = form::positive("amount", &self.amount, decimals)?;
        let reference = form::text("reference", &self.reference)?;
        let fee = form::fee("fee", self.fee.as_ref(), amount, decimals)?;
        Ok(ChannelPayment { payment: self.payment, channel, amount, fee, reference })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Payment>(&self.payment).map(|payment| Known::by_id(payment.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    /// Money that has arrived is never refused: what doesn't fit goes to suspense.
    fn decide<S: Read>(
        &self,
        payment: ChannelPayment,
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        match self.fitting(&payment, cx.state) {
            Err(because) => {
                Ok(vec![PaymentSuspended { order: self.order, payment, because }.into()])
            }
            Ok(order) => {
                let campaign = crate::campaign::find(cx.state, order.campaign)?;
                let seller = cx.state.get::<Seller>(&(order.campaign, order.seller));
                let paid = paid_event(cx.head, campaign, seller, order, self.order, Some(payment))?;
                Ok(vec![paid.into()])
            }
        }
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        self.fee.get_or_insert(Amount::new(0, 0));
    }
}

impl RecordPayment {
    /// The order that the payment pays, or why it fits none.
    fn fitting<'s, S: Read>(
        &self,
        payment: &ChannelPayment,
        state: &'s S,
    ) -> Result<&'s Order, SuspenseReason> {
        let reference = (payment.channel.clone(), payment.reference.clone());
        if !payment.reference.as_str().is_empty() && state.get::<FirstPayment>(&reference).is_some()
        {
            return Err(SuspenseReason::DuplicateReference);
        }
        let order = state.get::<Order>(&self.order).ok_or(SuspenseReason::UnknownOrder)?;
        payable(state, order, payment.amount)?;
        Ok(order)
    }
}

/// Whether an amount pays an order, or why it doesn't.
pub(crate) fn payable<S: Read>(
    state: &S,
    order: &Order,
    amount: Money,
) -> Result<(), SuspenseReason> {
    match order.status() {
        OrderStatus::Placed => {}
        OrderStatus::Cancelled => return Err(SuspenseReason::OrderCancelled),
        OrderStatus::Expired => return Err(SuspenseReason::OrderExpired),
        OrderStatus::Paid
        | OrderStatus::Shipped
        | OrderStatus::AtPickup
        | OrderStatus::Received
        | OrderStatus::Settled => return Err(SuspenseReason::AlreadyPaid),
    }
    let campaign = state.get::<Campaign>(&order.campaign);
    if campaign.is_some_and(|campaign| campaign.gives_back().is_some()) {
        return Err(SuspenseReason::CampaignRefunding);
    }
    let owed = campaign.and_then(|campaign| order.owed(campaign).ok());
    if owed == Some(amount) { Ok(()) } else { Err(SuspenseReason::WrongAmount) }
}

/// What becomes of an order's money once it is paid: the split of each line, the shipping fee, a funded
/// discount, the channel's fee. `domain.md` §4, *order paid*.
pub(crate) fn paid_event(
    head: &BookHead,
    campaign: &Campaign,
    seller: Option<&Seller>,
    order: &Order,
    id: OrderId,
    payment: Option<ChannelPayment>,
) -> Result<OrderPaid, Rejection> {
    let mut mover = Mover::new(head, campaign, order);
    let funder = order.funder();
    let mut lines = Vec::with_capacity(order.lines.len());
    for (index, line) in order.lines.iter().enumerate() {
        let place = line_place(index)?;
        let charged = campaign.charged(line)?;
        let (list, discount) =
            charged.map_or((line.list, line.discount), |now| (now.list, now.discount));
        let value = if funder.is_some() { list } else { list.minus(discount)? };
        let parts = line_split(campaign, seller, order, line, value, line.quantity)?;
        for (role, part) in Role::ALL.into_iter().zip(parts) {
            if !part.is_zero() || takes_part(campaign, seller, line, role) {
                mover.earn(Base::Goods, place, role, part);
            }
        }
        if let Some(role) = funder {
            mover.bear(Base::Discount, place, role, discount);
        }
        lines.push(PaidLine { sku: line.sku.clone(), quantity: line.quantity, charged, value });
    }
    if !order.shipping.is_zero() {
        mover.earn(Base::Shipping, 0, campaign.terms.shipping.to, order.shipping);
    }
    if let Some(payment) = payment.as_ref().filter(|payment| !payment.fee.is_zero()) {
        mover.bear(Base::Fee, 0, head.opened.channel_fee_borne_by, payment.fee);
    }
    Ok(OrderPaid { order: id, payment, out_of_suspense: None, lines, moved: mover.finish()? })
}

/// The split of a line for some value and quantity of it. `domain.md` §3.1.
pub(crate) fn line_split(
    campaign: &Campaign,
    seller: Option<&Seller>,
    order: &Order,
    line: &Line,
    value: Money,
    quantity: u32,
) -> Result<crate::money::Parts, OutOfRange> {
    let terms = campaign.split(line.item, line.split, seller);
    let supply_price =
        campaign.item(line.item).and_then(|item| item.supply_price).unwrap_or(Money::ZERO);
    split(terms, campaign.filled(order.upline), value, quantity, supply_price)
}

/// Whether a role has a share in the line's split, or its remainder.
pub(crate) fn takes_part(
    campaign: &Campaign,
    seller: Option<&Seller>,
    line: &Line,
    role: Role,
) -> bool {
    let terms = campaign.split(line.item, line.split, seller);
    terms.remainder == role || terms.shares.iter().any(|share| share.to == role)
}

impl Fold for OrderPaid {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        if let Some(payment) = &self.payment {
            remember(state, head, self.order, payment, true);
        }
        let resolved = self.out_of_suspense.as_ref().and_then(|money| money.payment);
        if let Some(payment) = resolved {
            known::<Payment, _>(state, &payment, "an unknown payment")?.order = self.order;
        }
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.paid = Some(head.position);
        order.payment = self.payment.as_ref().map(|payment| payment.payment).or(resolved);
        let paid = self.payment.as_ref().map(|payment| payment.amount);
        let paid = paid.or(self.out_of_suspense.as_ref().map(|money| money.amount));
        order.due = paid.unwrap_or(Money::ZERO);
        if order.lines.len() != self.lines.len() {
            return Err(Broken("other lines than were placed"));
        }
        let mut kept = Vec::with_capacity(self.lines.len());
        for (line, paid) in order.lines.iter_mut().zip(&self.lines) {
            if let Some(charged) = paid.charged {
                (line.price, line.list, line.discount) =
                    (charged.price, charged.list, charged.discount);
            }
            line.split_value = paid.value;
            kept.push((line.item, line.quantity));
        }
        for part in self.moved.parts.iter().filter(|part| part.base == Base::Goods) {
            let line =
                order.lines.get_mut(usize::from(part.line)).ok_or(Broken("an unknown line"))?;
            let of = line.parts.get_mut(part.role.index()).ok_or(Broken("an unknown role"))?;
            add(of, part.amount)?;
        }
        hold(order, &self.moved)?;
        let (campaign, buyer, units) = (order.campaign, order.buyer, order.live());
        for (item, units) in kept {
            let key = (campaign, item);
            let count = known::<ItemCount, _>(state, &key, "an item without counters")?;
            count.paid = count.paid.saturating_add(u64::from(units));
        }
        crate::campaign::recount(state, campaign, buyer, 0, units)
    }
}

impl Fold for PaymentSuspended {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        remember(state, head, self.order, &self.payment, false);
        Ok(())
    }
}

fn remember<S: State>(
    state: &mut S,
    head: &Head,
    order: OrderId,
    payment: &ChannelPayment,
    fits: bool,
) {
    let key = (payment.channel.clone(), payment.reference.clone());
    if !payment.reference.as_str().is_empty() && state.get::<FirstPayment>(&key).is_none() {
        state.put(key, FirstPayment(payment.payment));
    }
    let entity = Payment {
        position: head.position,
        happened_at: head.happened_at(),
        order,
        fits,
        resolved: None,
        channel: payment.channel.clone(),
        amount: payment.amount,
        fee: payment.fee,
        refunded: Money::ZERO,
        refunds: 0,
        fee_returned: Money::ZERO,
    };
    state.put(payment.payment, entity);
}
