//! One order, from opening the book to a refund of half of it: `cargo run --example shop [DIR]`.
//! Again on the same directory it adds nothing: every command finds that it was recorded.

use tuanzhang::{journal::Journal, prelude::*};

#[expect(clippy::print_stdout, reason = "an example")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let dir = std::env::args_os().nth(1).map_or_else(|| scratch.path().join("liu"), Into::into);
    let ledger = Ledger::open(Journal::at(dir)?, Options::default())?;

    // Every thing has an id that its creator chose: the app's UUIDs, or derived from its numbers.
    let (book, operator) = (BookId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
    let (liu, buyer) = (PartyId::from_bytes([3; 16]), BuyerId::from_bytes([4; 16]));
    let (campaign, order) = (CampaignId::from_bytes([5; 16]), OrderId::from_bytes([6; 16]));
    let (payment, refund) = (PaymentId::from_bytes([7; 16]), RefundId::from_bytes([8; 16]));
    let back = RefundPaymentId::from_bytes([9; 16]);

    // Of each order 1 % goes to the operator, what is left to Liu, who opened the campaign.
    let shares = vec![ShareText { to: Role::Operator, take: TakeText::Rate("0.01".into()) }];
    let split = SplitText { shares, remainder: Role::Owner };
    let ways = vec![Way::Courier];
    let ship = ShippingText { fee: "0.00".into(), free_from: None, to: Role::Owner, ways };
    let ship_back = ReturnShippingText { cap: "15.00".into(), borne_by: Role::Owner };
    let items = vec![ItemText::new("peach", "Peaches, 5 kg", "89.90".into())];
    let (from, to) = ("2026-01-01T00:00:00+08:00".parse()?, "2099-01-01T00:00:00+08:00".parse()?);
    let peaches = |quantity| vec![SkuQuantity::new("peach", quantity)];

    let open = OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator);
    let title = "Peaches".into();
    let terms =
        OpenCampaign::new(campaign, liu, title, items, from, to, split, ship, ship_back, 7, 60, 10);
    let place = PlaceOrder::new(order, campaign, liu, peaches(2), Way::Courier).buyer(buyer);
    let wechat = || "wechat".into();
    let pay = RecordPayment::new(payment, order, wechat(), "179.80".into(), "wx-1".into());
    let ask = RequestRefund::new(refund, order, RefundKind::RefundOnly).lines(peaches(1));
    let (amount, reference) = ("89.90".into(), "wx-2".into());
    let pay_back = RecordRefundPayment::new(back, refund, By::Channel, wechat(), amount, reference);
    let requests = [
        Request::new(Actor::Operator, open),
        Request::new(Actor::Operator, RegisterLeader::new(liu)),
        Request::new(Actor::Leader(liu), terms),
        Request::new(Actor::Buyer(buyer), place),
        Request::new(Actor::Operator, pay),
        Request::new(Actor::Leader(liu), ShipOrder::new(order)),
        Request::new(Actor::Buyer(buyer), ReceiveOrder::new(order)),
        Request::new(Actor::Buyer(buyer), ask),
        Request::new(Actor::Leader(liu), ApproveRefund::new(refund)),
        Request::new(Actor::Operator, pay_back),
    ];
    for answer in ledger.execute_many(&requests)? {
        let done = answer?; // or the rule that refused it
        println!("{:>2} {:?}", done.position, done.events().first().map(Event::name));
    }
    for (account, balance) in ledger.read(Book::balances) {
        println!("{:>8} fen  {account}", balance.minor());
    }
    Ok(())
}
