//! What the app does meanwhile: some orders, paid, shipped, one of them paid back. Sent again, every
//! command finds that it was recorded.

use tuanzhang::prelude::*;

const BOOK: BookId = BookId::from_bytes([1; 16]);
const OPERATOR: PartyId = PartyId::from_bytes([2; 16]);
const LIU: PartyId = PartyId::from_bytes([3; 16]);
const CAMPAIGN: CampaignId = CampaignId::from_bytes([5; 16]);

/// Opens a book with a campaign, and sells to three buyers.
pub fn requests(orders: u8) -> Result<Vec<Request>, Box<dyn std::error::Error>> {
    let shares = vec![ShareText { to: Role::Operator, take: TakeText::Rate("0.01".into()) }];
    let split = SplitText { shares, remainder: Role::Owner };
    let ways = vec![Way::Courier];
    let ship = ShippingText { fee: "0.00".into(), free_from: None, to: Role::Owner, ways };
    let ship_back = ReturnShippingText { cap: "15.00".into(), borne_by: Role::Owner };
    let items = vec![ItemText::new("peach", "Peaches, 5 kg", "89.90".into())];
    let (from, to) = ("2026-01-01T00:00:00+08:00".parse()?, "2099-01-01T00:00:00+08:00".parse()?);
    let (title, open) = ("Peaches".into(), "Asia/Shanghai".into());
    let open = OpenBook::new(BOOK, "CNY".into(), open, OPERATOR);
    let terms =
        OpenCampaign::new(CAMPAIGN, LIU, title, items, from, to, split, ship, ship_back, 7, 60, 10);
    let mut requests = vec![
        Request::new(Actor::Operator, open),
        Request::new(Actor::Operator, RegisterLeader::new(LIU)),
        Request::new(Actor::Leader(LIU), terms),
    ];
    for number in 0..orders {
        let id = |kind| [kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number];
        let buyer = BuyerId::from_bytes([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number % 3]);
        let (order, payment) = (OrderId::from_bytes(id(6)), PaymentId::from_bytes(id(7)));
        let peaches = |units| vec![SkuQuantity::new("peach", units)];
        let place = PlaceOrder::new(order, CAMPAIGN, LIU, peaches(2), Way::Courier).buyer(buyer);
        requests.push(Request::new(Actor::Buyer(buyer), place));
        let (wechat, paid) = (|| "wechat".into(), "179.80".into());
        let pay = RecordPayment::new(payment, order, wechat(), paid, format!("wx-{number}").into());
        requests.push(Request::new(Actor::Operator, pay));
        if number % 2 == 0 {
            requests.push(Request::new(Actor::Leader(LIU), ShipOrder::new(order)));
        }
        if number % 4 == 0 {
            let refund = RefundId::from_bytes(id(8));
            let back = RefundPaymentId::from_bytes(id(9));
            let ask = RequestRefund::new(refund, order, RefundKind::RefundOnly).lines(peaches(1));
            let (amount, reference) = ("89.90".into(), format!("wx-back-{number}").into());
            let by = By::Channel;
            let pay = RecordRefundPayment::new(back, refund, by, wechat(), amount, reference);
            requests.push(Request::new(Actor::Buyer(buyer), ask));
            requests.push(Request::new(Actor::Leader(LIU), ApproveRefund::new(refund)));
            requests.push(Request::new(Actor::Operator, pay));
        }
    }
    Ok(requests)
}
