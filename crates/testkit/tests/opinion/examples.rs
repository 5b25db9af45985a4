//! Price tiers and duties in the model, by example: `domain.md` 3.4, example 5, and section 11.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

use tuanzhang_core::accounting::{RecordUnmatched, ResolveTo, ResolveUnmatched};
use tuanzhang_core::book::OpenBook;
use tuanzhang_core::campaign::{
    CancelCampaign, CloseCampaign, FormationText, ItemText, OpenCampaign, ReturnShippingText,
    ShareText, ShippingText, SplitText, TakeText, TierText,
};
use tuanzhang_core::command::{
    By, Command, Direction, FundedBy, GoodsBorneBy, RefundKind, SkuQuantity, Way,
};
use tuanzhang_core::money::{Amount, RateText};
use tuanzhang_core::order::{
    AdjustPrice, CancelOrder, DiscountText, ExpireOrder, PlaceOrder, ReceiveOrder, RecordPayment,
    SettleOrder, ShipOrder,
};
use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
use tuanzhang_core::refund::{
    ApproveRefund, LapseReturn, ReceiveReturn, RecordRefundPayment, RefundUnformed, RequestRefund,
    WithdrawRefund,
};
use tuanzhang_core::{
    Actor, BookId, BuyerId, CampaignId, OrderId, PartyId, PaymentId, RefundId, RefundPaymentId,
    Role, Time, UnmatchedId,
};
use tuanzhang_testkit::model::{Model, Outcome};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 86_400_000_000;

const fn id(number: u8) -> [u8; 16] {
    [number; 16]
}

const OPERATOR: PartyId = PartyId::from_bytes(id(1));
const OWNER: PartyId = PartyId::from_bytes(id(2));
const SUPPLIER: PartyId = PartyId::from_bytes(id(3));
const CAMPAIGN: CampaignId = CampaignId::from_bytes(id(4));

/// A shop with one open campaign of one item, `tea`; orders and refunds are numbered by the tests.
struct Shop {
    model: Model,
    now: i64,
    payments: u8,
}

impl Shop {
    fn new(price: &str, tiers: &[(i64, &str)]) -> Self {
        let mut shop = Self { model: Model::new(), now: 0, payments: 0 };
        let book = BookId::from_bytes(id(9));
        shop.done(OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), OPERATOR));
        shop.done(RegisterLeader::new(OWNER));
        shop.done(RegisterSupplier::new(SUPPLIER, 0));
        shop.done(campaign(price, tiers));
        shop
    }

    fn send(&mut self, actor: Actor, command: impl Into<Command>) -> Outcome {
        self.now += MINUTE;
        self.model.submit(Time::from_micros(self.now), None, actor, &command.into())
    }

    fn done(&mut self, command: impl Into<Command>) {
        let outcome = self.send(Actor::Operator, command);
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }

    fn refused(&mut self, code: &'static str, command: impl Into<Command>) {
        assert_eq!(self.send(Actor::Operator, command), Outcome::Rejected { code });
    }

    /// Pays and answers whether the payment fits.
    fn pays(&mut self, order: u8, amount: &str) -> bool {
        self.payments += 1;
        let payment = PaymentId::from_bytes(id(100 + self.payments));
        let (channel, reference) = ("wechat".into(), format!("{}", self.payments));
        let amount = Amount::from(amount);
        let before = self.balance("suspense:wechat");
        let order = OrderId::from_bytes(id(order));
        self.done(RecordPayment::new(payment, order, channel, amount, reference.into()));
        self.balance("suspense:wechat") == before
    }

    fn placed_and_paid(&mut self, order: u8, units: i64, amount: &str) {
        self.done(place(order, units));
        assert!(self.pays(order, amount));
    }

    fn close(&mut self) {
        self.done(CloseCampaign::new(CAMPAIGN));
    }

    fn refund(&mut self, refund: u8, order: u8, kind: RefundKind, units: i64) {
        let lines = vec![SkuQuantity::new("tea", units)];
        let (refund, order) = (RefundId::from_bytes(id(refund)), OrderId::from_bytes(id(order)));
        self.done(RequestRefund::new(refund, order, kind).lines(lines));
    }

    fn balance(&self, account: &str) -> i128 {
        self.model.balances().get(account).copied().unwrap_or(0)
    }

    /// What a buyer is owed.
    fn owed(&self, order: u8) -> i128 {
        -self.balance(&format!("refund_due:{}", BuyerId::from_bytes(id(order))))
    }

    fn pending(&self, party: PartyId) -> i128 {
        -self.balance(&format!("pending:{party}"))
    }
}

fn campaign(price: &str, tiers: &[(i64, &str)]) -> OpenCampaign {
    let mut item = ItemText::new("tea", "", Amount::from(price));
    let tier = |(at_quantity, price): &(i64, &str)| TierText {
        at_quantity: *at_quantity,
        price: Amount::from(*price),
    };
    item.tiers = Some(tiers.iter().map(tier).collect());
    let share = ShareText { to: Role::Owner, take: TakeText::Rate(RateText::from("0.12")) };
    let nothing = Amount::from("0");
    OpenCampaign::new(
        CAMPAIGN,
        OWNER,
        "".into(),
        vec![item],
        Time::from_micros(0),
        Time::from_micros(9 * DAY),
        SplitText { shares: vec![share], remainder: Role::Supplier },
        ShippingText {
            fee: nothing.clone(),
            free_from: None,
            to: Role::Owner,
            ways: vec![Way::Courier],
        },
        ReturnShippingText { cap: nothing, borne_by: Role::Owner },
        0,
        1_000,
        0,
    )
    .supplier(SUPPLIER)
}

/// The order's buyer has its number.
fn place(order: u8, units: i64) -> PlaceOrder {
    let lines = vec![SkuQuantity::new("tea", units)];
    PlaceOrder::new(OrderId::from_bytes(id(order)), CAMPAIGN, OWNER, lines, Way::Courier)
        .buyer(BuyerId::from_bytes(id(order)))
}

fn adjust(order: u8) -> AdjustPrice {
    AdjustPrice::new(OrderId::from_bytes(id(order)), "tea".into())
}

const TEA: &[(i64, &str)] = &[(1, "39.90"), (10, "36.90"), (30, "33.90")];

#[test]
fn example_5() {
    let mut shop = Shop::new("39.90", TEA);
    shop.placed_and_paid(11, 2, "79.80");
    assert_eq!(shop.pending(OWNER), 957);
    shop.placed_and_paid(12, 28, "949.20");
    shop.refused("not_due", adjust(11));
    let owner = shop.pending(OWNER);
    shop.close();
    shop.done(adjust(11));
    assert_eq!(shop.owed(11), 1_200);
    assert_eq!(shop.pending(OWNER), owner - 144);
    assert_eq!(shop.model.line(OrderId::from_bytes(id(11)), "tea").unwrap().remaining, 6_780);
    assert!(matches!(shop.send(Actor::System, adjust(11)), Outcome::Repeated { .. }));
    shop.refused("nothing_to_refund", adjust(12));
    // The buyer is paid under the id that is derived.
    let price = RefundId::derived(OrderId::from_bytes(id(11)).uuid(), "price/tea");
    assert_eq!(shop.model.refund_status(price), Some("approved"));
    let payment = RefundPaymentId::from_bytes(id(50));
    let amount = Amount::from("12.00");
    let (by, channel) = (By::Channel, "wechat".into());
    shop.done(RecordRefundPayment::new(payment, price, by, channel, amount, "".into()));
    assert_eq!((shop.owed(11), shop.model.refund_status(price)), (0, Some("paid")));
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn example_5_with_one_unit_refunded_before() {
    let mut shop = Shop::new("39.90", TEA);
    shop.placed_and_paid(11, 2, "79.80");
    shop.placed_and_paid(12, 29, "983.10");
    shop.refund(21, 11, RefundKind::RefundOnly, 1);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(21))));
    assert_eq!(shop.owed(11), 3_990);
    shop.close();
    shop.done(adjust(11));
    assert_eq!(shop.owed(11), 3_990 + 600);
    // The last unit pays back the adjusted price, and nobody has anything of the line any more.
    shop.refund(22, 11, RefundKind::RefundOnly, 1);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(22))));
    assert_eq!(shop.owed(11), 7_980);
    let line = shop.model.line(OrderId::from_bytes(id(11)), "tea").unwrap();
    assert!(line.parts.values().all(|part| *part == 0), "{line:?}");
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn goodwill_units_keep_their_part() {
    let mut shop = Shop::new("39.90", TEA);
    shop.placed_and_paid(11, 2, "79.80");
    shop.placed_and_paid(12, 29, "983.10");
    let owner = shop.pending(OWNER);
    shop.refund(21, 11, RefundKind::RefundOnly, 1);
    let c = ApproveRefund::new(RefundId::from_bytes(id(21)));
    shop.done(c.goods_borne_by(GoodsBorneBy::Role(Role::Operator)));
    shop.close();
    shop.done(adjust(11));
    // 79.80 less 6.00 stays in the split: 0.12 of 73.80 is 8.85.
    assert_eq!((shop.owed(11), shop.pending(OWNER)), (4_590, owner - 957 + 885));
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn prices_follow_what_is_live_and_lock_by_what_is_paid() {
    let mut shop = Shop::new("10.00", &[(3, "9.00"), (5, "8.00")]);
    shop.done(place(11, 2));
    // With three more live units a unit costs 8.00; cancelled, they count no more.
    shop.done(place(12, 3));
    shop.done(CancelOrder::new(OrderId::from_bytes(id(12))));
    assert!(shop.pays(11, "20.00"));
    shop.placed_and_paid(13, 1, "9.00");
    shop.placed_and_paid(14, 2, "16.00");
    // Paid are five, less one returned before the close: 9.00 is locked; who paid 8.00 owes nothing more.
    shop.refund(21, 11, RefundKind::RefundOnly, 1);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(21))));
    shop.close();
    shop.done(adjust(11));
    assert_eq!(shop.owed(11), 1_000 + 100);
    shop.refused("nothing_to_refund", adjust(13));
    shop.refused("nothing_to_refund", adjust(14));
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn a_discount_stays_and_its_funder_gets_back_what_it_no_longer_needs() {
    for funded_by in [FundedBy::Role(Role::Operator), FundedBy::Shared] {
        let mut shop = Shop::new("10.00", &[(5, "3.00")]);
        let amount = Amount::from("4.00");
        shop.done(place(11, 1).discount(DiscountText { amount, funded_by }));
        assert!(shop.pays(11, "6.00"));
        shop.placed_and_paid(12, 4, "12.00");
        let others = shop.pending(OWNER) + shop.pending(SUPPLIER);
        shop.close();
        shop.done(adjust(11));
        assert_eq!(shop.owed(11), 600);
        let all = shop.pending(OWNER) + shop.pending(SUPPLIER);
        let promotion = shop.balance("expense:promotion");
        match funded_by {
            // 10.00 was split, 3.00 is; of 4.00 the discount needs 3.00.
            FundedBy::Role(_) => assert_eq!((others - all, promotion), (700, 300)),
            FundedBy::Shared => assert_eq!((others - all, promotion), (600, 0)),
        }
        shop.refused("unknown_sku", AdjustPrice::new(OrderId::from_bytes(id(11)), "t".into()));
        assert_eq!(shop.model.check(), Ok(()));
    }
}

#[test]
fn an_order_paid_after_the_close_owes_the_locked_price() {
    let mut shop = Shop::new("39.90", TEA);
    for order in [11, 12] {
        shop.done(place(order, 2));
    }
    shop.placed_and_paid(13, 30, "1017.00");
    shop.close();
    assert!(!shop.pays(11, "79.80"));
    assert!(shop.pays(11, "67.80"));
    shop.refused("nothing_to_refund", adjust(11));
    // The same out of suspense.
    let (old, new) = (UnmatchedId::from_bytes(id(31)), UnmatchedId::from_bytes(id(32)));
    for (unmatched, amount) in [(old, "79.80"), (new, "67.80")] {
        let amount = Amount::from(amount);
        let bank = "bank".into();
        shop.done(RecordUnmatched::new(unmatched, bank, Direction::In, amount, "".into()));
    }
    let to = ResolveTo::Order(OrderId::from_bytes(id(12)));
    shop.refused("not_paid", adjust(12));
    shop.refused("bad_amount", ResolveUnmatched::new(old, to.clone(), "".into()));
    shop.done(ResolveUnmatched::new(new, to, "".into()));
    assert_eq!(shop.model.order_status(OrderId::from_bytes(id(12))), Some("paid"));
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn a_price_that_falls_below_the_discount_before_payment_leaves_the_fee() {
    let mut shop = Shop::new("10.00", &[]);
    let mut c = campaign("10.00", &[(5, "3.00")]);
    c.campaign = CampaignId::from_bytes(id(60));
    c.shipping.fee = Amount::from("5.00");
    shop.done(c);
    let (amount, funded_by) = (Amount::from("4.00"), FundedBy::Role(Role::Operator));
    let mut c = place(11, 1).discount(DiscountText { amount, funded_by });
    c.campaign = CampaignId::from_bytes(id(60));
    shop.done(c);
    let mut c = place(12, 5);
    c.campaign = CampaignId::from_bytes(id(60));
    shop.done(c);
    assert!(shop.pays(12, "20.00"));
    let others = shop.pending(OWNER) + shop.pending(SUPPLIER);
    shop.done(CloseCampaign::new(CampaignId::from_bytes(id(60))));
    assert!(!shop.pays(11, "11.00"));
    assert!(shop.pays(11, "5.00"));
    // 3.00 is split, all of it out of the discount; the rest of the discount isn't needed.
    let all = shop.pending(OWNER) + shop.pending(SUPPLIER);
    assert_eq!((all - others, shop.balance("expense:promotion")), (800, 300));
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn what_was_given_back_once_is_not_due_again() {
    let mut shop = Shop::new("10.00", &[]);
    let mut c = campaign("10.00", &[]);
    c.campaign = CampaignId::from_bytes(id(60));
    shop.done(c.formation(FormationText { min_buyers: None, min_quantity: Some(2) }));
    let mut c = place(11, 2);
    c.campaign = CampaignId::from_bytes(id(60));
    shop.done(c);
    assert!(shop.pays(11, "20.00"));
    let order = OrderId::from_bytes(id(11));
    shop.done(ShipOrder::new(order));
    shop.refund(21, 11, RefundKind::Return, 1);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(21))));
    shop.done(CloseCampaign::new(CampaignId::from_bytes(id(60))));
    let now = |shop: &Shop| Time::from_micros(shop.now);
    assert!(shop.model.due(now(&shop)).contains(&RefundUnformed::new(order).into()));
    shop.done(RefundUnformed::new(order));
    assert_eq!(shop.owed(11), 2_000);
    // The return never comes: one unit is the buyer's again, and may be asked back anew.
    shop.now += 15 * DAY;
    shop.done(LapseReturn::new(RefundId::from_bytes(id(21))));
    assert_eq!(shop.owed(11), 1_000);
    let due = shop.model.due(now(&shop));
    assert!(due.iter().all(|command| command.name() != "refund_unformed"), "{due:?}");
    let again = shop.send(Actor::System, RefundUnformed::new(order));
    assert!(matches!(again, Outcome::Repeated { .. }));
}

#[test]
fn an_unformed_or_cancelled_campaign_locks_nothing() {
    let mut shop = Shop::new("39.90", TEA);
    shop.placed_and_paid(11, 2, "79.80");
    shop.placed_and_paid(12, 28, "949.20");
    shop.done(place(13, 1));
    shop.close();
    shop.done(CancelCampaign::new(CAMPAIGN));
    shop.refused("not_due", adjust(11));
    assert!(!shop.pays(13, "33.90"));
    shop.now += 1_000 * MINUTE;
    shop.done(ExpireOrder::new(OrderId::from_bytes(id(13))));
    shop.refused("not_paid", adjust(13));
    // One that isn't formed locks nothing from the first.
    let mut shop = Shop::new("39.90", TEA);
    let mut c = campaign("39.90", TEA);
    c.campaign = CampaignId::from_bytes(id(60));
    let formation = FormationText { min_buyers: Some(2), min_quantity: None };
    shop.done(c.formation(formation));
    let mut c = place(11, 40);
    c.campaign = CampaignId::from_bytes(id(60));
    shop.done(c);
    assert!(shop.pays(11, "1356.00"));
    shop.done(CloseCampaign::new(CampaignId::from_bytes(id(60))));
    shop.refused("not_due", adjust(11));
}

#[test]
fn a_return_that_is_awaited_stops_the_adjustment_and_one_that_is_waived_is_final_after_it() {
    let mut shop = Shop::new("39.90", TEA);
    let order = OrderId::from_bytes(id(11));
    shop.placed_and_paid(11, 4, "159.60");
    shop.placed_and_paid(12, 30, "1017.00");
    shop.done(ShipOrder::new(order));
    shop.close();
    let (awaited, waived) = (RefundId::from_bytes(id(21)), RefundId::from_bytes(id(22)));
    shop.refund(21, 11, RefundKind::Return, 1);
    shop.done(ApproveRefund::new(awaited));
    shop.refund(22, 11, RefundKind::Return, 1);
    shop.done(ApproveRefund::new(waived).waive_return(true));
    shop.refused("refund_open", adjust(11));
    shop.done(ReceiveReturn::new(awaited));
    shop.done(adjust(11));
    assert_eq!(shop.owed(11), 2 * 3_990 + 1_200);
    shop.refused("already_decided", WithdrawRefund::new(waived));
    // Approved afterwards, it can be withdrawn as ever, and asked again.
    shop.refund(23, 11, RefundKind::Return, 1);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(23))));
    shop.done(WithdrawRefund::new(RefundId::from_bytes(id(23))));
    assert_eq!(shop.owed(11), 2 * 3_990 + 1_200);
    shop.refund(24, 11, RefundKind::Return, 2);
    shop.done(ApproveRefund::new(RefundId::from_bytes(id(24))));
    assert_eq!(shop.owed(11), 15_960);
    assert_eq!(shop.model.check(), Ok(()));
}

#[test]
fn settling_waits_for_the_close_and_for_the_adjustment() {
    let mut shop = Shop::new("39.90", TEA);
    let (order, returned) = (OrderId::from_bytes(id(11)), OrderId::from_bytes(id(13)));
    shop.placed_and_paid(11, 2, "79.80");
    shop.placed_and_paid(13, 1, "39.90");
    shop.done(ShipOrder::new(order));
    shop.done(ReceiveOrder::new(order));
    shop.refused("not_due", SettleOrder::new(order));
    // One that is left without units waits for nothing but its refund.
    shop.done(CancelOrder::new(returned));
    shop.refused("refund_open", SettleOrder::new(returned));
    let payment = RefundPaymentId::from_bytes(id(50));
    let cancelled = RefundId::derived(returned.uuid(), "cancelled");
    let (by, amount) = (By::Transfer, Amount::from("39.90"));
    shop.done(RecordRefundPayment::new(payment, cancelled, by, "wechat".into(), amount, "".into()));
    shop.done(SettleOrder::new(returned));
    shop.placed_and_paid(12, 30, "1017.00");
    shop.close();
    shop.refused("not_due", SettleOrder::new(order));
    let due = shop.model.due(Time::from_micros(shop.now));
    assert_eq!(due, [adjust(11).into()]);
    shop.done(adjust(11));
    shop.refused("refund_open", SettleOrder::new(order));
}

#[test]
fn tiers_rise_in_quantity_and_fall_in_price() {
    for (tiers, code) in [
        (vec![(0, "9.00")], "bad_terms"),
        (vec![(-1, "9.00")], "bad_terms"),
        (vec![(1_000_000_000_001, "9.00")], "bad_terms"),
        (vec![(2, "10.01")], "bad_terms"),
        (vec![(2, "9.00"), (2, "8.00")], "bad_terms"),
        (vec![(3, "9.00"), (2, "8.00")], "bad_terms"),
        (vec![(2, "9.00"), (3, "9.00")], "bad_terms"),
        (vec![(2, "9.00"), (3, "9.50")], "bad_terms"),
        (vec![(2, "-1.00")], "bad_amount"),
        (vec![(2, "9.001")], "bad_amount"),
        (vec![(2, "abc")], "bad_amount"),
    ] {
        let mut shop = Shop::new("10.00", &[]);
        let mut c = campaign("10.00", &tiers);
        c.campaign = CampaignId::from_bytes(id(60));
        shop.refused(code, c);
    }
    let mut shop = Shop::new("10.00", &[(1, "10.00"), (1_000_000_000_000, "0.00")]);
    shop.placed_and_paid(11, 1, "10.00");
    // Without tiers there is nothing to adjust, ever.
    let mut shop = Shop::new("10.00", &[]);
    shop.placed_and_paid(11, 1, "10.00");
    shop.refused("bad_terms", adjust(11));
}

#[test]
fn only_the_clock_and_the_operator_adjust() {
    let mut shop = Shop::new("39.90", TEA);
    shop.placed_and_paid(11, 2, "79.80");
    shop.placed_and_paid(12, 28, "949.20");
    shop.close();
    let buyer = BuyerId::from_bytes(id(11));
    for actor in [Actor::Leader(OWNER), Actor::Supplier(SUPPLIER), Actor::Buyer(buyer)] {
        assert_eq!(shop.send(actor, adjust(11)), Outcome::Rejected { code: "not_allowed" });
    }
    shop.refused("unknown_order", adjust(19));
    assert!(matches!(shop.send(Actor::System, adjust(11)), Outcome::Accepted { .. }));
    let again = shop.send(Actor::Leader(OWNER), adjust(11));
    assert_eq!(again, Outcome::Rejected { code: "not_allowed" });
}
