//! The lifecycle mix that the benchmarks run: each order has two lines and is placed, paid, shipped,
//! received and, a while later, settled; one in eight is refunded. Four roles share every line.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers of its own making")]

use tuanzhang_core::book::OpenBook;
use tuanzhang_core::campaign::{
    AllowSeller, ItemText, OpenCampaign, ReturnShippingText, ShareText, ShippingText, SplitText,
    TakeText,
};
use tuanzhang_core::command::{By, RefundKind, SkuQuantity, Way};
use tuanzhang_core::money::{Amount, RateText};
use tuanzhang_core::order::{PlaceOrder, ReceiveOrder, RecordPayment, SettleOrder, ShipOrder};
use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
use tuanzhang_core::refund::{ApproveRefund, RecordRefundPayment, RequestRefund};
use tuanzhang_core::{
    Actor, BookId, BuyerId, CampaignId, Command, OrderId, PartyId, PaymentId, RefundId,
    RefundPaymentId, Role, Time,
};

/// One command of the mix.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Time,
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

/// Orders between an order's receipt and its settlement.
const LAG: u64 = 4_096;
const OPERATOR: PartyId = PartyId::from_bytes([1; 16]);
const OWNER: PartyId = PartyId::from_bytes([2; 16]);
const SELLER: PartyId = PartyId::from_bytes([3; 16]);
const SUPPLIER: PartyId = PartyId::from_bytes([4; 16]);
const CAMPAIGN: CampaignId = CampaignId::from_bytes([5; 16]);

/// The mix for so many orders, opening included. Ids are spread over the whole space.
pub fn lifecycle(orders: u64) -> impl Iterator<Item = Step> {
    let mut at = 0_i64;
    let opening = opening().into_iter().map(|command| (Actor::Operator, command));
    let lives = (0..orders.saturating_add(LAG)).flat_map(move |n| {
        let mut commands = Vec::with_capacity(8);
        if n < orders {
            order(n, &mut commands);
        }
        if let Some(old) = n.checked_sub(LAG).filter(|old| *old < orders) {
            commands.push((Actor::System, SettleOrder::new(order_id(old)).into()));
        }
        commands
    });
    opening.chain(lives).map(move |(actor, command)| {
        at = at.saturating_add(1_000);
        Step { at: Time::from_micros(at), actor, command }
    })
}

fn spread(n: u64, salt: u64) -> [u8; 16] {
    let mixed = n.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (u128::from(mixed ^ (mixed >> 32)) << 64 | u128::from(n)).to_be_bytes()
}

fn order_id(n: u64) -> OrderId {
    OrderId::from_bytes(spread(n, 11))
}

fn opening() -> Vec<Command> {
    let share = |to, take| ShareText { to, take };
    let split = SplitText {
        shares: vec![
            share(Role::Owner, TakeText::Rate(RateText::from("0.12"))),
            share(Role::Seller, TakeText::Rate(RateText::from("0.10"))),
            share(Role::Operator, TakeText::Rate(RateText::from("0.01"))),
        ],
        remainder: Role::Supplier,
    };
    let items = (0..50)
        .map(|n| ItemText::new(&format!("sku-{n:05}"), "草莓 500 g", Amount::new(1_990 + n, 2)))
        .collect();
    let shipping = ShippingText {
        fee: Amount::new(600, 2),
        free_from: Some(Amount::new(9_900, 2)),
        to: Role::Supplier,
        ways: vec![Way::Courier],
    };
    let return_shipping = ReturnShippingText { cap: Amount::new(1_500, 2), borne_by: Role::Owner };
    let far = Time::from_micros(i64::MAX);
    vec![
        OpenBook::new(BookId::from_bytes([9; 16]), "CNY".into(), "Asia/Shanghai".into(), OPERATOR)
            .into(),
        RegisterLeader::new(OWNER).into(),
        RegisterLeader::new(SELLER).upline(OWNER).into(),
        RegisterSupplier::new(SUPPLIER, 0).into(),
        OpenCampaign::new(
            CAMPAIGN,
            OWNER,
            "草莓".into(),
            items,
            Time::from_micros(0),
            far,
            split,
            shipping,
            return_shipping,
            0,
            30,
            10,
        )
        .supplier(SUPPLIER)
        .into(),
        AllowSeller::new(CAMPAIGN, SELLER).into(),
    ]
}

fn order(n: u64, commands: &mut Vec<(Actor, Command)>) {
    let item = |n: u64| i64::try_from(n % 50).unwrap_or(0);
    let (first, second) = (item(n), item(n.wrapping_mul(7).wrapping_add(1)));
    let second = if first == second { (first + 1) % 50 } else { second };
    let (one, two) = (1 + item(n) % 3, 1);
    let line = |item: i64, quantity| SkuQuantity::new(&format!("sku-{item:05}"), quantity);
    let goods = (1_990 + first) * one + (1_990 + second) * two;
    let due = if goods >= 9_900 { goods } else { goods + 600 };
    let order = order_id(n);
    let buyer = BuyerId::from_bytes(spread(n % 20_000, 12));
    let place = PlaceOrder::new(
        order,
        CAMPAIGN,
        SELLER,
        vec![line(first, one), line(second, two)],
        Way::Courier,
    );
    commands.push((Actor::Buyer(buyer), place.buyer(buyer).into()));
    let payment = PaymentId::from_bytes(spread(n, 13));
    let reference = format!("4200001234{n:018}").into();
    let pay = RecordPayment::new(payment, order, "wechat".into(), Amount::new(due, 2), reference);
    commands.push((Actor::Operator, pay.into()));
    commands.push((Actor::Supplier(SUPPLIER), ShipOrder::new(order).into()));
    commands.push((Actor::Buyer(buyer), ReceiveOrder::new(order).into()));
    if n.is_multiple_of(8) {
        let refund = RefundId::from_bytes(spread(n, 14));
        let request =
            RequestRefund::new(refund, order, RefundKind::RefundOnly).lines(vec![line(second, 1)]);
        commands.push((Actor::Operator, request.into()));
        commands.push((Actor::Operator, ApproveRefund::new(refund).into()));
        let id = RefundPaymentId::from_bytes(spread(n, 15));
        let amount = Amount::new(1_990 + second, 2);
        let paid =
            RecordRefundPayment::new(id, refund, By::Channel, "wechat".into(), amount, "r".into());
        commands.push((Actor::Operator, paid.into()));
    }
}

/// Resident bytes of this process; 0 where the system doesn't say.
pub fn rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}
