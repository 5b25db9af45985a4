//! The same things in core and in the model: statuses, units, amounts, counters.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{
    Book, BuyerCount, Campaign, CampaignCount, ItemCount, Line, Order, Party, PartyKind, Payment,
    Payout, Refund, Unmatched,
};
use tuanzhang_core::money::Money;
use tuanzhang_core::{
    CampaignId, OrderId, PartyId, PaymentId, PayoutId, RefundId, Role, UnmatchedId,
};

use super::touch::Touched;
use crate::model::{self, Model, PayoutStatus};

type Differs = Result<(), String>;

/// Two books, and what is compared in them.
pub(super) struct Both<'a> {
    pub(super) model: &'a Model,
    pub(super) book: &'a Book,
}

#[allow(clippy::needless_pass_by_value, reason = "values made on the spot, to be compared")]
fn equal<T: PartialEq + Debug>(what: &str, model: T, core: T) -> Differs {
    if model == core {
        return Ok(());
    }
    Err(format!("{what}\nmodel {model:?}\ncore  {core:?}"))
}

fn minor(money: Money) -> i128 {
    i128::from(money.minor())
}

impl Both<'_> {
    /// Everything that a record touched, and what stands beside it: a refund's order, an order's
    /// campaign, the counters of its items and of its buyer.
    pub(super) fn touched(&self, touched: &Touched) -> Differs {
        let mut orders = touched.orders.clone();
        for id in &touched.refunds {
            self.refund(*id)?;
            orders.extend(self.book.get::<Refund>(id).map(|refund| refund.order));
        }
        let mut campaigns = touched.campaigns.clone();
        for id in &orders {
            self.order(*id)?;
            campaigns.extend(self.book.get::<Order>(id).map(|order| order.campaign));
        }
        for id in campaigns {
            self.campaign(id)?;
        }
        touched.parties.iter().try_for_each(|id| self.party(*id))?;
        touched.payments.iter().try_for_each(|id| self.payment(*id))?;
        touched.payouts.iter().try_for_each(|id| self.payout(*id))?;
        touched.unmatched.iter().try_for_each(|id| self.unmatched(*id))
    }

    /// Everything that there is, in either.
    pub(super) fn everything(&self) -> Differs {
        let (model, book) = (self.model, self.book);
        equal("parties", model.parties.len(), book.parties().count())?;
        equal("campaigns", model.campaigns.len(), book.campaigns().count())?;
        equal("orders", model.orders.len(), book.orders().count())?;
        equal("refunds", model.refunds.len(), book.refunds().count())?;
        equal("payments", model.payments.len(), book.payments().count())?;
        equal("payouts", model.payouts.len(), book.payouts().count())?;
        equal("unmatched", model.unmatched.len(), book.unmatched().count())?;
        book.parties().try_for_each(|(id, _)| self.party(*id))?;
        book.campaigns().try_for_each(|(id, _)| self.campaign(*id))?;
        book.orders().try_for_each(|(id, _)| self.order(*id))?;
        book.refunds().try_for_each(|(id, _)| self.refund(*id))?;
        book.payments().try_for_each(|(id, _)| self.payment(*id))?;
        book.payouts().try_for_each(|(id, _)| self.payout(*id))?;
        book.unmatched().try_for_each(|(id, _)| self.unmatched(*id))?;
        let sealed = book.head().and_then(|head| head.sealed_through);
        equal("sealed", model.sealed, sealed)
    }

    /// What the clock demands, in the same order, now and later.
    pub(super) fn due(&self) -> Differs {
        let Some(last) = self.book.head().map(|head| head.at) else { return Ok(()) };
        for days in [0, 1, 16, 400] {
            let now = last.plus_days(days);
            let core: Vec<_> = self.book.due(now).collect();
            equal(&format!("due after {days} days"), self.model.due(now), core)?;
        }
        Ok(())
    }

    /// All balances, in either; `summed` is what core's events moved.
    pub(super) fn balances(&self, summed: &BTreeMap<String, i128>) -> Differs {
        let model = self.model.balances.iter().filter(|(_, amount)| **amount != 0);
        let core = summed.iter().filter(|(_, amount)| **amount != 0);
        if model.eq(core) {
            return Ok(());
        }
        Err(differences(&self.model.balances, summed))
    }

    fn party(&self, id: PartyId) -> Differs {
        let kind = self.book.get::<Party>(&id).map(|party| party.kind);
        let theirs = self.model.parties.get(&id).map(|party| match *party {
            model::Party::Leader { upline } => PartyKind::Leader { upline },
            model::Party::Supplier { terms_days } => {
                PartyKind::Supplier { terms_days: u32::try_from(terms_days).unwrap_or(u32::MAX) }
            }
        });
        equal(&format!("party {id}"), theirs, kind)
    }

    fn campaign(&self, id: CampaignId) -> Differs {
        let (model, book) = (self.model, self.book);
        let ours = book.get::<Campaign>(&id).ok_or("no such campaign in core")?;
        let theirs = model.campaigns.get(&id).ok_or("no such campaign in the model")?;
        let count = book.get::<CampaignCount>(&id).copied().unwrap_or_default();
        let what = |what: &str| format!("{what} of campaign {id}");
        let status = Some(ours.status(&count).word());
        equal(&what("status"), model.campaign_status(id), status)?;
        equal(&what("formed"), model.is_formed(theirs), ours.is_formed(&count))?;
        let (units, buyers) = model.formation(id);
        // Core counts buyers where a formation asks for them.
        let buyers = if ours.terms.formation.is_some() { buyers } else { 0 };
        let counted = (i128::from(count.units()), i128::from(count.buyers()));
        equal(&what("units and buyers"), (units, buyers), counted)?;
        let interested = u64::try_from(theirs.interested.len()).unwrap_or(u64::MAX);
        equal(&what("interested"), interested, count.interested)?;
        for (place, item) in (0_u32..).zip(&ours.terms.items) {
            let key = (id, place);
            let count = book.get::<ItemCount>(&key).ok_or("an item without counters in core")?;
            let available = count.available().map(i128::from);
            let sku = item.sku.as_str();
            let what = |what: &str| format!("{what} of {sku} in campaign {id}");
            equal(&what("stock"), model.stock(id, sku), available)?;
            let locked = ours.locked.get(&place).copied().map(minor);
            equal(&what("locked price"), theirs.locked.get(sku).copied(), locked)?;
            let (live, kept) = model.units_of_item(id, sku);
            let counted = (i128::from(count.live()), i128::from(count.kept()));
            equal(&what("live and kept units"), (live, kept), counted)?;
        }
        Ok(())
    }

    fn order(&self, id: OrderId) -> Differs {
        let (model, book) = (self.model, self.book);
        let ours = book.get::<Order>(&id).ok_or("no such order in core")?;
        let theirs = model.orders.get(&id).ok_or("no such order in the model")?;
        let what = |what: &str| format!("{what} of order {id}");
        // The contract is silent on an order of which nothing was received and nothing is left to: core says
        // how far it came, the model that nothing is missing.
        let silent = ours.shipped.is_some() && ours.received.is_none() && ours.unreceived() == 0;
        if !silent {
            equal(&what("status"), model.order_status(id), Some(ours.status().word()))?;
        }
        equal(&what("seller"), (theirs.seller, theirs.upline), (ours.seller, ours.upline))?;
        equal(&what("buyer and way"), (theirs.buyer, theirs.way), (ours.buyer, ours.way))?;
        equal(&what("shipping fee"), theirs.shipping_fee, minor(ours.shipping))?;
        // Nothing goes back where there was no fee, whether it is remembered or not.
        let fee = theirs.shipping_fee != 0;
        let back = (theirs.shipping_returned && fee, ours.shipping_returned && fee);
        equal(&what("shipping back"), back.0, back.1)?;
        equal(&what("shipped at"), theirs.last_shipped_at, ours.shipped.map(|(_, at)| at))?;
        equal(&what("received at"), theirs.last_received_at, ours.received.map(|(_, at)| at))?;
        equal(&what("settled at"), theirs.settled_at, ours.settled.map(|(_, at)| at))?;
        equal(&what("lines"), theirs.lines.len(), ours.lines.len())?;
        for line in &ours.lines {
            let what = |what: &str| format!("{what} of {} in order {id}", line.sku);
            self.line(id, theirs, ours.paid.is_some(), line).map_err(|e| what(&e))?;
            self.live(ours, line).map_err(|e| what(&e))?;
        }
        Ok(())
    }

    fn line(&self, id: OrderId, order: &model::Order, is_paid: bool, ours: &Line) -> Differs {
        let sku = ours.sku.as_str();
        let theirs = order.line(sku).ok_or("no such line in the model")?;
        let view = self.model.line(id, sku).ok_or("no view of the line in the model")?;
        let units = [ours.unshipped(), ours.under_way(), ours.with_buyer(), ours.unreplaced()];
        let in_model = [theirs.unshipped(), theirs.underway(), theirs.in_hand(), theirs.owed()];
        let what = "units unshipped, under way, in hand, to be replaced";
        equal(what, in_model, units.map(i128::from))?;
        equal("quantity", theirs.quantity, i128::from(ours.quantity))?;
        equal("replaceable", theirs.replaceable(), i128::from(ours.replaceable()))?;
        equal("returned", view.returned, i128::from(ours.returned()))?;
        equal("price", theirs.price, minor(ours.price))?;
        equal("adjusted", theirs.adjusted.is_some(), ours.adjusted.is_some())?;
        // The model counts what was refunded since the adjustment, core from the first unit on.
        let before = ours.adjusted.as_deref();
        let before = before.map_or((0, 0), |b| (minor(b.refunded), minor(b.list_refunded)));
        let refunded = (minor(ours.refunded) - before.0, minor(ours.list_refunded) - before.1);
        equal("refunded", (view.refunded, theirs.refunded_list), refunded)?;
        let left = minor(ours.paid()) - minor(ours.refunded);
        let left_list = minor(ours.list) - minor(ours.list_refunded);
        let list_in_model = theirs.basis().list - theirs.refunded_list;
        equal("paid and list left", (view.remaining, list_in_model), (left, left_list))?;
        equal("units in the split", theirs.units_in_split, i128::from(ours.split_quantity))?;
        if is_paid {
            equal("value", view.value, minor(ours.split_value))?;
            for (role, part) in Role::ALL.into_iter().zip(ours.parts) {
                let theirs = view.parts.get(&role).copied().unwrap_or(0);
                equal(&format!("part of {role}"), theirs, minor(part))?;
            }
        }
        Ok(())
    }

    /// Live units of the order's buyer, where they are limited.
    fn live(&self, order: &Order, line: &Line) -> Differs {
        let Some(buyer) = order.buyer else { return Ok(()) };
        let key = (order.campaign, line.item, buyer);
        let Some(count) = self.book.get::<BuyerCount>(&key) else { return Ok(()) };
        let campaign = &self.model.campaigns[&order.campaign];
        let units = self.model.live_units(campaign, line.sku.as_str(), buyer);
        equal("live units of the buyer", units, i128::from(count.live()))
    }

    fn refund(&self, id: RefundId) -> Differs {
        let ours = self.book.get::<Refund>(&id).ok_or("no such refund in core")?;
        let theirs = self.model.refunds.get(&id).ok_or("no such refund in the model")?;
        let what = |what: &str| format!("{what} of refund {id}");
        equal(&what("status"), self.model.refund_status(id), Some(ours.status.word()))?;
        equal(&what("kind"), (theirs.order, theirs.kind), (ours.order, ours.kind))?;
        equal(&what("claim"), theirs.claimed, minor(ours.return_shipping))?;
        equal(&what("goods back"), theirs.returned, ours.returned.is_some())?;
        let owes = ours.approved.is_some() && ours.ended.is_none();
        if owes {
            equal(&what("debt"), (theirs.owed, theirs.paid), (minor(ours.due), minor(ours.paid)))?;
        }
        Ok(())
    }

    fn payment(&self, id: PaymentId) -> Differs {
        let ours = self.book.get::<Payment>(&id).ok_or("no such payment in core")?;
        let theirs = self.model.payments.get(&id.uuid()).ok_or("no such payment in the model")?;
        let what = |what: &str| format!("{what} of payment {id}");
        let amounts = (minor(ours.amount), minor(ours.fee));
        equal(&what("amount and fee"), (theirs.amount, theirs.fee), amounts)?;
        equal(&what("time"), theirs.happened_at, ours.happened_at)?;
        equal(&what("suspense at first"), theirs.suspended, !ours.fits)?;
        // What was given back stands with the order that it pays.
        let Some(paid) = self.model.orders.get(&ours.order).and_then(|order| order.paid.as_ref())
        else {
            return Ok(());
        };
        let pays = self.book.get::<Order>(&ours.order).is_some_and(|o| o.payment == Some(id));
        if pays {
            let back = (paid.refunded, paid.refunds, paid.fee_returned);
            let ours = (minor(ours.refunded), i128::from(ours.refunds), minor(ours.fee_returned));
            equal(&what("given back, refunds, fee given back"), back, ours)?;
        }
        Ok(())
    }

    fn payout(&self, id: PayoutId) -> Differs {
        let ours = self.book.get::<Payout>(&id).ok_or("no such payout in core")?;
        let theirs = self.model.payouts.get(&id).ok_or("no such payout in the model")?;
        let status = match theirs.status {
            PayoutStatus::Requested => "requested",
            PayoutStatus::Paid => "paid",
            PayoutStatus::Failed => "failed",
        };
        let theirs = (status, theirs.party, theirs.amount);
        let ours = (ours.status.word(), ours.party, minor(ours.amount));
        equal(&format!("payout {id}"), theirs, ours)
    }

    fn unmatched(&self, id: UnmatchedId) -> Differs {
        let ours = self.book.get::<Unmatched>(&id).ok_or("no such money in core")?;
        let theirs = self.model.unmatched.get(&id.uuid()).ok_or("no such money in the model")?;
        let theirs = (theirs.channel.as_str(), theirs.amount);
        let amount = minor(ours.amount);
        equal(&format!("unmatched money {id}"), theirs, (ours.channel.as_str(), amount))
    }
}

/// The balances of a book, by account as it is printed; zeros left out.
pub(super) fn balances(book: &Book) -> BTreeMap<String, i128> {
    let all = book.balances().into_iter();
    all.map(|(account, amount)| (account.to_string(), minor(amount))).collect()
}

/// Core's own balance of the accounts that a record moved is the sum of what its events moved.
pub(super) fn balances_follow(
    book: &Book,
    accounts: &BTreeSet<Account>,
    summed: &BTreeMap<String, i128>,
) -> Differs {
    for account in accounts {
        let name = account.to_string();
        let sum = summed.get(&name).copied().unwrap_or(0);
        let balance = minor(book.balance(account));
        if sum != balance {
            return Err(format!("{name} is {balance}, its events sum to {sum}"));
        }
    }
    Ok(())
}

/// Account by account, what differs.
pub(super) fn differences(model: &BTreeMap<String, i128>, core: &BTreeMap<String, i128>) -> String {
    let accounts: BTreeSet<&String> = model.keys().chain(core.keys()).collect();
    let lines = accounts.into_iter().filter_map(|account| {
        let [model, core] = [model, core].map(|all| all.get(account).copied().unwrap_or(0));
        (model != core).then(|| format!("{account}: model {model}, core {core}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}
