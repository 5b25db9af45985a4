//! Level 3: is this the same command again? Canonical commands, defaults resolved, are compared.

use tuanzhang_core::Actor;
use tuanzhang_core::book::ChannelLimitsText;
use tuanzhang_core::command::{Command, GoodsBorneBy};
use tuanzhang_core::money::Amount;
use tuanzhang_core::{OrderId, Role};

use super::{Code, Model, form};

/// Under which names a recorded command is found again. The ones without an id of their own are found
/// by what they did.
pub(crate) fn names(command: &Command) -> Vec<String> {
    let mut names: Vec<String> = name(command).into_iter().collect();
    match command {
        Command::ShipOrder(c) => names.push(last("shipped", c.order)),
        Command::ArriveAtPickup(c) => names.push(last("arrived", c.order)),
        Command::ReceiveOrder(c) => names.push(last("received", c.order)),
        Command::PickUpOrder(c) => names.push(last("picked up", c.order)),
        _ => {}
    }
    names
}

fn last(what: &str, order: OrderId) -> String {
    format!("last {what} {order}")
}

/// The id, by kind, or what an id-less command does.
fn name(command: &Command) -> Option<String> {
    Some(match command {
        Command::OpenBook(_) => "book".into(),
        Command::RegisterLeader(c) => format!("party {}", c.leader),
        Command::RegisterSupplier(c) => format!("party {}", c.supplier),
        Command::OpenCampaign(c) => format!("campaign {}", c.campaign),
        Command::AllowSeller(c) => format!("seller {} {}", c.campaign, c.seller),
        Command::AddStock(c) => format!("addition {}", c.addition),
        Command::CloseCampaign(c) => format!("close {}", c.campaign),
        Command::PlaceOrder(c) => format!("order {}", c.order),
        Command::CancelOrder(c) => format!("cancel {}", c.order),
        Command::RecordPayment(c) => format!("payment {}", c.payment),
        Command::ShipOrder(c) => format!("parcel {}", c.parcel?),
        Command::ArriveAtPickup(c) => format!("arrival {}", c.arrival?),
        Command::ReceiveOrder(c) => format!("receipt {}", c.receipt?),
        Command::PickUpOrder(c) => format!("handover {}", c.handover?),
        Command::SettleOrder(c) => format!("settle {}", c.order),
        Command::MaturePayable(c) => format!("mature {}", c.order),
        Command::RequestRefund(c) => format!("refund {}", c.refund),
        Command::ApproveRefund(c) => format!("decision {}", c.refund),
        Command::RejectRefund(c) => format!("decision {}", c.refund),
        Command::ReceiveReturn(c) => format!("return {}", c.refund),
        Command::RecordRefundPayment(c) => format!("refund payment {}", c.refund_payment),
        Command::RequestPayout(c) => format!("payout {}", c.payout),
        Command::RecordPayout(c) => format!("payout end {}", c.payout),
        Command::FailPayout(c) => format!("payout end {}", c.payout),
        Command::RecordUnmatched(c) => format!("unmatched {}", c.unmatched),
        Command::RecordCost(c) => format!("cost {}", c.cost),
        Command::Adjust(c) => format!("adjustment {}", c.adjustment),
        Command::RecordTransfer(c) => format!("transfer {}", c.transfer),
        Command::RecordDraw(c) => format!("draw {}", c.draw),
        Command::WriteOff(c) => format!("write off {}", c.write_off),
        Command::SealPeriod(c) => format!("sealed through {}", c.through),
        Command::ResolveUnmatched(c) => format!("resolved {}", c.unmatched),
        Command::ExpireOrder(c) => format!("expire {}", c.order),
        Command::RefundUnformed(c) => format!("unformed {}", c.order),
        Command::CancelCampaign(c) => format!("cancel campaign {}", c.campaign),
        Command::DeclareFormed(c) => format!("declare {}", c.campaign),
        Command::ExpressInterest(c) => format!("interest {} {}", c.campaign, c.buyer),
        Command::DecidePresale(c) => format!("presale {}", c.campaign),
        Command::WithdrawRefund(c) => format!("withdrawal {}", c.refund),
        Command::LapseReturn(c) => format!("lapse {}", c.refund),
        Command::AdjustPrice(c) => format!("price {} {}", c.order, c.sku),
    })
}

/// Whether the recorded command decided the same thing, but the other way. Cancelling and adjusting approve
/// their own refund.
fn is_other_decision(command: &Command, recorded: &Command) -> bool {
    let by_the_book = matches!(
        recorded,
        Command::CancelOrder(_) | Command::RefundUnformed(_) | Command::AdjustPrice(_)
    );
    match command {
        Command::ApproveRefund(_) => recorded.name() != command.name() && !by_the_book,
        Command::RejectRefund(_) | Command::RecordPayout(_) | Command::FailPayout(_) => {
            recorded.name() != command.name()
        }
        _ => false,
    }
}

/// What differing from what was done is.
fn when_it_differs(command: &Command) -> Code {
    match command {
        Command::CloseCampaign(_) | Command::CancelCampaign(_) => "campaign_closed",
        Command::CancelOrder(_)
        | Command::DeclareFormed(_)
        | Command::ApproveRefund(_)
        | Command::RejectRefund(_)
        | Command::ReceiveReturn(_)
        | Command::RecordPayout(_)
        | Command::FailPayout(_)
        | Command::ResolveUnmatched(_)
        | Command::SettleOrder(_)
        | Command::WithdrawRefund(_)
        | Command::LapseReturn(_)
        | Command::MaturePayable(_) => "already_decided",
        _ => "id_reused",
    }
}

impl Model {
    /// The position of the record that this command wrote before; or the refusal of one that only looks
    /// like it.
    pub(crate) fn is_known(&self, actor: Actor, command: &Command) -> Result<Option<u64>, Code> {
        let found = name(command).and_then(|name| self.known.get(&name));
        // Decided the other way (approved, rejected; paid, failed) is a matter of state.
        let found = found.filter(|(_, recorded)| !is_other_decision(command, recorded));
        if let Some((position, recorded)) = found {
            // Could this actor have sent it? Where it names what is not there: the one that was recorded.
            let judged = if self.names_known_things(command) { command } else { recorded };
            self.authorise(actor, judged.clone()).map_err(|_| "not_allowed")?;
            let same = self.canonical(command) == *recorded;
            return if same { Ok(Some(*position)) } else { Err(when_it_differs(command)) };
        }
        match self.all_done(command) {
            Some(_) if !self.may(actor, command) => Err("not_allowed"),
            done => Ok(done),
        }
    }

    /// *All that is left* of nothing, after something: the last such record.
    fn all_done(&self, command: &Command) -> Option<u64> {
        let (what, order, lines) = match command {
            Command::ShipOrder(c) => ("shipped", c.order, &c.lines),
            Command::ArriveAtPickup(c) => ("arrived", c.order, &c.lines),
            Command::ReceiveOrder(c) => ("received", c.order, &c.lines),
            Command::PickUpOrder(c) => ("picked up", c.order, &c.lines),
            _ => return None,
        };
        let placed = self.orders.get(&order)?;
        let left: i128 = match command {
            Command::ShipOrder(_) | Command::ArriveAtPickup(_) => {
                placed.lines.iter().map(|line| self.shippable(placed, line)).sum()
            }
            _ => placed.lines.iter().map(super::Line::underway).sum(),
        };
        if lines.is_some() || left > 0 {
            return None;
        }
        // A wrong code is wrong where nothing is left, too.
        if let (Command::PickUpOrder(c), Some(digest)) = (command, &placed.digest) {
            let shown = c.code.as_ref().map(|code| super::code_digest(order, code));
            if shown.as_ref() != Some(digest) {
                return None;
            }
        }
        self.known.get(&last(what, order)).map(|(position, _)| *position)
    }

    /// The command with its defaults filled in.
    pub(crate) fn canonical(&self, command: &Command) -> Command {
        let nothing = || Some(Amount::new(0, 0));
        let mut command = command.clone();
        match &mut command {
            Command::OpenBook(c) => {
                c.decimals = form::decimals_of(c).ok().map(i64::from);
                c.channel_fee_borne_by = Some(c.channel_fee_borne_by.unwrap_or(Role::Operator));
                let limits = ChannelLimitsText { refunds: 50, days: 365 };
                c.channel_limits = Some(c.channel_limits.clone().unwrap_or(limits));
            }
            Command::OpenCampaign(c) => {
                c.return_within_days = Some(c.return_within_days.unwrap_or(15));
                for item in &mut c.items {
                    item.tiers = item.tiers.take().filter(|tiers| !tiers.is_empty());
                }
            }
            Command::PlaceOrder(c) => {
                let is_none = |amount: &Amount| *amount == Amount::new(0, 0);
                c.discount = c.discount.take().filter(|discount| !is_none(&discount.amount));
            }
            Command::RecordPayment(c) => c.fee = c.fee.take().or_else(nothing),
            Command::RecordRefundPayment(c) => {
                c.fee_returned = c.fee_returned.take().or_else(nothing);
            }
            Command::RecordPayout(c) => c.fee = c.fee.take().or_else(nothing),
            Command::RecordTransfer(c) => c.fee = c.fee.take().or_else(nothing),
            Command::RequestRefund(c) => {
                c.return_shipping = c.return_shipping.take().or_else(nothing);
                c.lines = c.lines.take().filter(|lines| !lines.is_empty());
            }
            Command::ApproveRefund(c) => {
                let refund = &self.refunds[&c.refund];
                let campaign = &self.campaigns[&self.orders[&refund.order].campaign];
                let claimed = i64::try_from(refund.claimed).unwrap();
                let claimed = Amount::new(claimed, u32::from(self.opened().decimals));
                c.goods_borne_by = Some(c.goods_borne_by.unwrap_or(GoodsBorneBy::Reverse));
                c.return_shipping = Some(c.return_shipping.clone().unwrap_or(claimed));
                let bearer = c.return_shipping_borne_by.unwrap_or(campaign.return_borne_by);
                c.return_shipping_borne_by = Some(bearer);
                c.with_shipping_fee = Some(c.with_shipping_fee.unwrap_or(false));
                c.waive_return = Some(c.waive_return.unwrap_or(false));
                c.compensation_borne_by = Some(c.compensation_borne_by.unwrap_or(Role::Operator));
                if let (None, Some(asked)) = (&c.amount, refund.amount) {
                    let asked = i64::try_from(asked).unwrap();
                    c.amount = Some(Amount::new(asked, u32::from(self.opened().decimals)));
                }
            }
            _ => {}
        }
        command
    }
}
