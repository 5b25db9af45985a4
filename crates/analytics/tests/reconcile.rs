//! Figures against the accounts: on generated lives of a book, net sales equal the change of balances
//! between any two positions; and a fold that was resumed equals one that ran through.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::panic,
    reason = "tests"
)]

use tuanzhang_analytics::{Month, Projection, Report, Row, Scope};
use tuanzhang_core::accounting::{Account, ExpenseKind};
use tuanzhang_core::book::{Book, Decision, OpenBook, Order, apply, decide};
use tuanzhang_core::campaign::{
    ItemText, OpenCampaign, ReturnShippingText, ShareText, ShippingText, SplitText, TakeText,
};
use tuanzhang_core::command::{By, FundedBy, RefundKind, SkuQuantity, Way};
use tuanzhang_core::money::{Amount, Decimals};
use tuanzhang_core::order::{CancelOrder, DiscountText, PlaceOrder, RecordPayment, ShipOrder};
use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::refund::{
    ApproveRefund, LapseReturn, RecordRefundPayment, RequestRefund, WithdrawRefund,
};
use tuanzhang_core::{
    Actor, BookId, BuyerId, CampaignId, Command, Head, Money, OrderId, PartyId, PaymentId,
    Position, Record, RefundId, RefundPaymentId, Role, RulesVersion, Time,
};

fn uuid(kind: u8, n: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes
}

fn order_id(n: u64) -> OrderId {
    OrderId::from_bytes(uuid(1, n))
}

fn refund_id(n: u64) -> RefundId {
    RefundId::from_bytes(uuid(2, n))
}

fn owner() -> PartyId {
    PartyId::from_bytes([8; 16])
}

fn campaign() -> CampaignId {
    CampaignId::from_bytes([9; 16])
}

fn yuan(amount: Money) -> Amount {
    amount.amount(Decimals::new(2).unwrap())
}

/// A book's life: its records, decided by core.
struct Life {
    book: Book,
    records: Vec<Record>,
    minute: i64,
    seed: u64,
    undone: u64,
}

impl Life {
    fn opened(seed: u64) -> Self {
        let mut life =
            Self { book: Book::default(), records: Vec::new(), minute: 0, seed, undone: 0 };
        let operator = PartyId::from_bytes([7; 16]);
        let book = BookId::from_bytes([6; 16]);
        life.must(OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator));
        life.must(RegisterLeader::new(owner()));
        let rate = TakeText::Rate("0.12".into());
        let split = SplitText {
            shares: vec![ShareText { to: Role::Owner, take: rate }],
            remainder: Role::Operator,
        };
        let ways = vec![Way::Courier];
        let shipping = ShippingText {
            fee: "6.00".into(),
            free_from: Some("80".into()),
            to: Role::Owner,
            ways,
        };
        let back = ReturnShippingText { cap: "15".into(), borne_by: Role::Owner };
        let items =
            vec![ItemText::new("a", "", "33.33".into()), ItemText::new("b", "", "9.90".into())];
        let (opens, closes) = (Time::from_micros(0), Time::from_micros(i64::MAX / 2));
        let open = OpenCampaign::new(
            campaign(),
            owner(),
            "枣".into(),
            items,
            opens,
            closes,
            split,
            shipping,
            back,
            30,
            100_000,
            10,
        );
        life.must(open);
        life
    }

    /// A number below `n`.
    fn any(&mut self, n: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % n
    }

    fn must(&mut self, command: impl Into<Command>) {
        assert!(self.send(command), "a command of the opening was refused");
    }

    /// Records a command if the rules accept it.
    fn send(&mut self, command: impl Into<Command>) -> bool {
        self.minute += 200;
        let at = Time::from_micros(self.minute * 60_000_000);
        let command = command.into();
        match decide(&self.book, at, None, Actor::Operator, &command) {
            Decision::Accepted(events) => {
                let position = self.book.position().next();
                let (actor, rules) = (Actor::Operator, RulesVersion::CURRENT);
                let head = Head { position, at, occurred_at: None, actor, rules };
                let record = Record { head, events };
                apply(&mut self.book, &record).unwrap();
                self.records.push(record);
                true
            }
            Decision::Known(_) | Decision::Rejected(_) => false,
        }
    }

    fn step(&mut self, n: u64) {
        // One of the last orders or refunds: ids count the steps of their kind.
        let earlier = self.any(30) + (n / 3).saturating_sub(30);
        let n = n / 3;
        match self.any(10) {
            0..=2 => self.place(n),
            3..=4 => {
                self.pay(earlier);
                if self.any(2) == 0 {
                    self.send(ShipOrder::new(order_id(earlier)));
                }
            }
            5 => {
                self.send(CancelOrder::new(order_id(earlier)));
            }
            6 => {
                self.send(ShipOrder::new(order_id(earlier)));
            }
            7..=8 => self.refund(n, earlier),
            _ => self.pay_back(n, earlier),
        }
    }

    fn place(&mut self, n: u64) {
        let lines = ["a", "b"].map(|sku| SkuQuantity::new(sku, 1 + self.any(4) as i64));
        let mut place =
            PlaceOrder::new(order_id(n), campaign(), owner(), lines.into(), Way::Courier);
        if self.any(5) > 0 {
            place = place.buyer(BuyerId::from_bytes(uuid(3, self.any(20))));
        }
        let funded_by = match self.any(4) {
            0 => FundedBy::Shared,
            1 => FundedBy::Role(Role::Operator),
            2 => FundedBy::Role(Role::Owner),
            _ => {
                self.send(place);
                return;
            }
        };
        let amount = Amount::new(self.any(900) as i64, 2);
        self.send(place.discount(DiscountText { amount, funded_by }));
    }

    fn pay(&mut self, n: u64) {
        let Some(due) = self.book.get::<Order>(&order_id(n)).map(|order| order.due) else { return };
        let payment = PaymentId::from_bytes(uuid(4, n));
        let pay = RecordPayment::new(payment, order_id(n), "wechat".into(), yuan(due), "".into());
        let fee = Amount::new(self.any(60) as i64, 2);
        self.send(pay.fee(fee));
    }

    fn refund(&mut self, n: u64, of: u64) {
        let kind = if self.any(2) == 0 { RefundKind::RefundOnly } else { RefundKind::Return };
        let lines =
            vec![SkuQuantity::new(["a", "b"][self.any(2) as usize], 1 + self.any(2) as i64)];
        let mut request = RequestRefund::new(refund_id(n), order_id(of), kind).lines(lines);
        if kind == RefundKind::Return {
            request = request.return_shipping(Amount::new(self.any(1500) as i64, 2));
        }
        if self.send(request) {
            let mut approve = ApproveRefund::new(refund_id(n));
            if self.any(3) == 0 {
                approve = approve.with_shipping_fee(true);
            }
            if self.any(4) == 0 {
                approve = approve
                    .goods_borne_by(tuanzhang_core::command::GoodsBorneBy::Role(Role::Owner));
            }
            let waived = self.any(4) > 0;
            self.send(approve.waive_return(waived));
            // Some approvals are undone: by the operator, or because the goods never come.
            match self.any(8) {
                0..=1 => {
                    self.undone += u64::from(self.send(WithdrawRefund::new(refund_id(n))));
                }
                2..=3 if !waived => {
                    self.minute += 15 * 1_440;
                    self.undone += u64::from(self.send(LapseReturn::new(refund_id(n))));
                }
                _ => {}
            }
        }
    }

    fn pay_back(&mut self, n: u64, of: u64) {
        let Some(due) =
            self.book.get::<tuanzhang_core::book::Refund>(&refund_id(of)).map(|r| r.due)
        else {
            return;
        };
        let id = RefundPaymentId::from_bytes(uuid(5, n));
        let (channel, reference) = ("wechat".into(), "".into());
        self.send(RecordRefundPayment::new(
            id,
            refund_id(of),
            By::Transfer,
            channel,
            yuan(due),
            reference,
        ));
    }
}

fn month(at: Time) -> Month {
    let months = at.micros() / (30 * 86_400_000_000);
    Month { year: 1970 + (months / 12) as i32, month: (months % 12) as u32 + 1 }
}

/// All figures after the records so far.
fn rows(report: &Report<fn(Time) -> Month>) -> Vec<Row> {
    [vec![report.row(Scope::Book)], report.months(), report.leaders()].concat()
}

fn fold(report: &mut Report<fn(Time) -> Month>, records: &[Record]) {
    for record in records {
        record.events.iter().for_each(|event| report.apply(&record.head, event));
    }
}

/// What sales leave on the accounts: money at channels without what fits no order, fees that were taken
/// from it, and what is owed back.
fn on_the_accounts(book: &Book) -> i128 {
    let counts = |account: &Account| match account {
        Account::Channel(_)
        | Account::RefundDue(_)
        | Account::Suspense(_)
        | Account::Expense(ExpenseKind::ChannelFee) => true,
        Account::Pending(_)
        | Account::Term(_)
        | Account::Available(_)
        | Account::InTransit(_)
        | Account::Income(_)
        | Account::EquityOperator
        | Account::Expense(_) => false,
    };
    let balances = book.balances().into_iter().filter(|(account, _)| counts(account));
    balances.map(|(_, amount)| i128::from(amount.minor())).sum()
}

#[test]
fn net_sales_equal_the_movement_of_the_accounts_between_any_two_positions() {
    for seed in 1..=8 {
        let mut life = Life::opened(seed);
        let mut report = Report::new(month as fn(Time) -> Month);
        let mut folded = 0;
        let (mut before_accounts, mut before_net) = (0, 0);
        for n in 0..1500 {
            life.step(n);
            fold(&mut report, &life.records[folded..]);
            folded = life.records.len();
            if n % 7 == 0 {
                let row = report.row(Scope::Book);
                // Extras are owed to buyers but undo no sales.
                let net = row.sales.net().minus(row.sales.refund_extras).minor();
                let accounts = on_the_accounts(&life.book);
                assert_eq!(net - before_net, accounts - before_accounts, "seed {seed}, step {n}");
                (before_accounts, before_net) = (accounts, net);
            }
        }
        let row = report.row(Scope::Book);
        assert!(life.undone > 0, "no approval was undone");
        assert!(row.sales.refunds > 10 && row.sales.paid_orders > 40, "{row:?}");
        assert!(row.sales.anonymous_orders > 0 && row.buyers.repeat_buyers > 0, "{row:?}");
        assert!(row.sales.refund_extras.minor() > 0, "{row:?}");
        let by_month: i128 = report.months().iter().map(|row| row.sales.net().minor()).sum();
        let by_leader: i128 = report.leaders().iter().map(|row| row.sales.net().minor()).sum();
        assert_eq!((by_month, by_leader), (row.sales.net().minor(), row.sales.net().minor()));
    }
}

#[test]
fn a_resumed_fold_equals_one_that_ran_through() {
    let mut life = Life::opened(42);
    (0..300).for_each(|n| life.step(n));
    let mut whole = Report::new(month as fn(Time) -> Month);
    fold(&mut whole, &life.records);
    for stop in [0, 1, life.records.len() / 2, life.records.len()] {
        let mut kept = Report::new(month as fn(Time) -> Month);
        fold(&mut kept, &life.records[..stop]);
        let mut resumed = kept.clone();
        drop(kept);
        fold(&mut resumed, &life.records[stop..]);
        assert_eq!(rows(&resumed), rows(&whole));
    }
    assert_eq!(
        life.records.last().unwrap().head.position,
        Position::new(life.records.len() as u64)
    );
}
