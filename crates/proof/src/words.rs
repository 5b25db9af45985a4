//! What each event means for the buyer, in Chinese and English.

use tuanzhang_core::accounting::Posting;
use tuanzhang_core::command::{By, RefundKind, Way};
use tuanzhang_core::event::{
    CampaignClosed, LineUnits, OrderPaid, RefundApproved, RefundCause, ResolvedTo, SuspenseReason,
    Terms, UnmatchedResolved,
};
use tuanzhang_core::money::{Currency, Money};
use tuanzhang_core::{Event, RefundId};

use crate::said::{Said, Value, both, value};

/// Lines that a sentence names; it counts the rest: the goods stand in the order's own table.
const LINES_SHOWN: usize = 4;

/// Postings of an adjustment that a sentence names; it counts the rest.
const POSTINGS_SHOWN: usize = 8;

/// The title of an item; its sku where it has none.
pub(crate) fn title<'t>(terms: &'t Terms, sku: &'t str) -> &'t str {
    let item = terms.items.iter().find(|item| item.sku.as_str() == sku);
    item.map(|item| item.title.as_str()).filter(|title| !title.is_empty()).unwrap_or(sku)
}

/// What an event means for the buyer.
pub(crate) fn said(event: &Event, terms: &Terms, currency: &Currency) -> Said {
    Speaker { terms, currency }.say(event)
}

#[derive(Clone, Copy)]
struct Speaker<'a> {
    terms: &'a Terms,
    currency: &'a Currency,
}

fn plain(chinese: &'static str, english: &'static str) -> Said {
    Said::new(chinese, english, [])
}

impl Speaker<'_> {
    #[expect(clippy::too_many_lines, reason = "one arm a kind of event")]
    fn say(self, event: &Event) -> Said {
        match event {
            Event::BookOpened(e) => Said::new(
                "账本启用，币种 {}，时区 {}",
                "The book was opened, in {}, time zone {}",
                [value(&e.currency.code), value(&e.timezone)],
            ),
            Event::CampaignOpened(e) => Said::new(
                "开团：{}；收货后 {} 天内可申请售后",
                "Campaign opened: {}; a refund can be asked for until {} days after receipt",
                [value(&e.terms.title), value(e.terms.after_sales_days)],
            ),
            Event::PresaleDecided(e) if e.open => {
                plain("预售达标，开始接单", "The presale was enough: orders are taken")
            }
            Event::PresaleDecided(_) => {
                plain("预售未达标，不开团", "The presale wasn't enough: dropped")
            }
            Event::FormedDeclared(_) => {
                plain("运营方宣布成团", "The operator declared the campaign formed")
            }
            Event::CampaignClosed(e) => closed(e),
            Event::CampaignCancelled(_) => plain(
                "团被取消，已付订单将退款",
                "The campaign was cancelled: paid orders are refunded",
            ),
            Event::OrderPlaced(e) => Said::new(
                "下单，应付 {}（其中运费 {}），{}",
                "Order placed: {} to be paid, of it {} shipping; {}",
                [self.money(e.due), self.money(e.shipping), way(e.way)],
            ),
            Event::OrderPaid(e) => self.paid(e),
            Event::PaymentSuspended(e) => Said::new(
                "收到 {}（{} {}），与订单不符（{}），挂账待处理",
                "{} arrived ({} {}) and doesn't fit the order ({}): held until it is resolved",
                [
                    self.money(e.payment.amount),
                    value(&e.payment.channel),
                    value(&e.payment.reference),
                    suspense(e.because),
                ],
            ),
            Event::OrderCancelled(_) => plain("订单取消", "The order was cancelled"),
            Event::OrderExpired(_) => {
                plain("未按时付款，订单过期", "Not paid in time: the order expired")
            }
            Event::OrderShipped(e) => Said::new(
                "发货：{}；单号 {}",
                "Shipped: {}; tracking number {}",
                [self.units(&e.lines), e.reference.as_ref().map_or_else(|| value("–"), value)],
            ),
            Event::OrderArrived(e) => {
                Said::new("到自提点：{}", "At the pick-up point: {}", [self.units(&e.lines)])
            }
            Event::OrderReceived(e) => {
                Said::new("收货：{}", "Received: {}", [self.units(&e.lines)])
            }
            Event::OrderPickedUp(e) => {
                Said::new("提货：{}", "Picked up: {}", [self.units(&e.lines)])
            }
            Event::OrderSettled(_) => {
                plain("售后期已过，订单结算", "The time for refunds is over: the order is settled")
            }
            Event::PayableMatured(_) => {
                plain("供应商账期已到", "The supplier's payment terms have run")
            }
            Event::RefundRequested(e) => Said::new(
                "申请{}（{}）：{}",
                "Asked for {} ({}): {}",
                [
                    refund_kind(e.kind),
                    refund(e.refund),
                    e.amount.map_or_else(|| self.units(&e.lines), |amount| self.money(amount)),
                ],
            ),
            Event::RefundApproved(e) => self.approved(e),
            Event::RefundRejected(e) => {
                Said::new("退款被拒绝（{}）", "The refund was refused ({})", [refund(e.refund)])
            }
            Event::ReturnReceived(e) => {
                Said::new("退货已收到（{}）", "The goods came back ({})", [refund(e.refund)])
            }
            Event::RefundPaid(e) => Said::new(
                "退还 {}（{}），{} {} {}",
                "{} paid back ({}), {} {} {}",
                [
                    self.money(e.amount),
                    refund(e.refund),
                    by(e.by),
                    value(&e.channel),
                    value(&e.reference),
                ],
            ),
            Event::RefundWithdrawn(e) => {
                Said::new("退款撤回（{}）", "The refund was withdrawn ({})", [refund(e.refund)])
            }
            Event::ReturnLapsed(e) => Said::new(
                "退货未寄回，退款失效（{}），{} 不再退",
                "The goods never came back: the refund lapsed ({}), {} is owed no more",
                [refund(e.refund), self.money(e.reopened.due)],
            ),
            Event::PriceAdjusted(e) => Said::new(
                "阶梯价落定：{} 按 {}，退差价 {}（{}）",
                "The price tier was locked: {} at {}, the difference of {} is owed to the buyer ({})",
                [
                    value(title(self.terms, e.sku.as_str())),
                    self.money(e.price),
                    self.money(e.paid),
                    refund(e.refund),
                ],
            ),
            Event::UnmatchedResolved(e) => self.resolved(e),
            Event::Adjusted(e) => Said::new(
                "运营方调账，更正第 {} 条记录：{}（{}）",
                "The operator adjusted the books, correcting record {}: {} ({})",
                [
                    value(e.corrects.map_or(0, tuanzhang_core::Position::get)),
                    value(&e.reason),
                    self.postings(&e.postings),
                ],
            ),
            // No receipt takes these; they are told plainly if one ever does.
            Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::InterestExpressed(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => Said::new("记录 {}", "Recorded: {}", [value(event.name())]),
        }
    }

    fn paid(self, event: &OrderPaid) -> Said {
        match (&event.payment, &event.out_of_suspense) {
            (Some(payment), _) => Said::new(
                "付款 {}（{} {}）",
                "{} paid ({} {})",
                [self.money(payment.amount), value(&payment.channel), value(&payment.reference)],
            ),
            (None, Some(held)) => Said::new(
                "以挂账款 {} 付清（{}）",
                "Paid with {} that was held ({})",
                [self.money(held.amount), value(&held.channel)],
            ),
            (None, None) => plain("无需付款", "Nothing had to be paid"),
        }
    }

    fn approved(self, event: &RefundApproved) -> Said {
        let amount = self.money(event.due);
        let values = [amount, refund(event.refund)];
        match event.cause {
            None => Said::new(
                "退款已批准，应退 {}（{}）",
                "The refund was approved: {} is owed to the buyer ({})",
                values,
            ),
            Some(RefundCause::Cancelled) => Said::new(
                "因取消订单退款，应退 {}（{}）",
                "Refund for the cancelled order: {} is owed to the buyer ({})",
                values,
            ),
            Some(RefundCause::Unformed) => Said::new(
                "因未成团或取消团退款，应退 {}（{}）",
                "Refund, as the campaign wasn't formed or was cancelled: {} is owed to the buyer ({})",
                values,
            ),
            Some(RefundCause::Price) => Said::new(
                "退差价 {}（{}）",
                "Refund of a price difference: {} is owed to the buyer ({})",
                values,
            ),
        }
    }

    fn resolved(self, event: &UnmatchedResolved) -> Said {
        let (amount, reason) = (self.money(event.amount), value(&event.reason));
        match &event.to {
            ResolvedTo::Order(_) => Said::new(
                "挂账款 {} 用于付订单：{}",
                "{} that was held pays an order: {}",
                [amount, reason],
            ),
            ResolvedTo::Refund(id) => Said::new(
                "{} 查明为退款（{}）：{}",
                "{} turned out to be refund money ({}): {}",
                [amount, refund(*id), reason],
            ),
            ResolvedTo::Account(account) => Said::new(
                "挂账款 {} 转入 {}：{}",
                "{} that was held goes to {}: {}",
                [amount, value(account), reason],
            ),
        }
    }

    fn money(self, amount: Money) -> Value {
        value(format_args!("{} {}", amount.display(self.currency.decimals), self.currency.code))
    }

    /// Accounts and amounts, debits positive.
    fn postings(self, postings: &[Posting]) -> Value {
        let shown = |posting: &Posting| {
            format!("{} {}", posting.account, posting.amount.display(self.currency.decimals))
        };
        let (few, rest) = postings.split_at_checked(POSTINGS_SHOWN).unwrap_or((postings, &[]));
        let mut text = few.iter().map(shown).collect::<Vec<_>>().join(", ");
        if !rest.is_empty() {
            text = format!("{text}, … +{}", rest.len());
        }
        value(text)
    }

    fn units(self, lines: &[LineUnits]) -> Value {
        if lines.is_empty() {
            return value("–");
        }
        let unit = |line: &LineUnits| {
            format!("{} × {}", title(self.terms, line.sku.as_str()), line.quantity)
        };
        let (shown, rest) = lines.split_at_checked(LINES_SHOWN).unwrap_or((lines, &[]));
        let mut text = shown.iter().map(unit).collect::<Vec<_>>().join(", ");
        if !rest.is_empty() {
            let (kinds, units) = (rest.len(), rest.iter().map(|line| u64::from(line.quantity)));
            let units: u64 = units.fold(0, u64::saturating_add);
            text = format!("{text}, … +{units} ({kinds})");
        }
        value(text)
    }
}

fn closed(event: &CampaignClosed) -> Said {
    if event.formed {
        plain("截团，已成团", "The campaign closed, formed")
    } else {
        plain(
            "截团，未成团，已付订单将退款",
            "The campaign closed and wasn't formed: paid orders are refunded",
        )
    }
}

/// The first digits of a refund's id: enough to tell those of one order apart.
fn refund(id: RefundId) -> Value {
    let text = id.to_string();
    value(text.split('-').next().unwrap_or_default())
}

fn way(way: Way) -> Value {
    both(match way {
        Way::Courier => ("快递", "by courier"),
        Way::Pickup => ("自提", "to be picked up"),
        Way::LeaderDelivery => ("团长配送", "delivered by the leader"),
    })
}

fn by(by: By) -> Value {
    both(match by {
        By::Channel => ("原路退回", "back through the payment's channel"),
        By::Transfer => ("转账", "by transfer"),
    })
}

fn refund_kind(kind: RefundKind) -> Value {
    both(match kind {
        RefundKind::RefundOnly => ("仅退款", "a refund"),
        RefundKind::Return => ("退货退款", "a return"),
        RefundKind::Exchange => ("换货", "an exchange"),
        RefundKind::Compensation => ("补偿", "a compensation"),
    })
}

fn suspense(reason: SuspenseReason) -> Value {
    both(match reason {
        SuspenseReason::UnknownOrder => ("当时没有此订单", "no such order then"),
        SuspenseReason::OrderCancelled => ("订单已取消", "the order was cancelled"),
        SuspenseReason::OrderExpired => ("订单已过期", "the order had expired"),
        SuspenseReason::AlreadyPaid => ("订单已付款", "the order was paid already"),
        SuspenseReason::WrongAmount => ("金额不符", "not the amount that is owed"),
        SuspenseReason::DuplicateReference => ("流水号重复", "the channel's number came before"),
        SuspenseReason::CampaignRefunding => ("团正在退款", "the campaign is being refunded"),
    })
}
