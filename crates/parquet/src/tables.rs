//! Every table: its columns, and what each means. docs/export.md has them for people, compared by a test.
//! A new column goes to the end of its table, so that older files can be read beside newer ones.

use tuanzhang_core::{BuyerId, CampaignId, CostId, Money, OrderId, PartyId, RefundId, Time};
use uuid::Uuid;

use crate::column::{Buffer, Day, Field};
use crate::sheet::Sheet;
use crate::table::{Column, Row, Table, put};

macro_rules! tables {
    ($($name:ident $row:ident<$life:lifetime> $meaning:literal {
        $($field:ident: $type:ty = $what:literal,)*
    })*) => {
        /// Every table, in the order of the documentation.
        pub const TABLES: &[Table] = &[$(Table {
            name: stringify!($name),
            meaning: $meaning,
            columns: $row::COLUMNS,
        }),*];

        /// A writer for each table.
        #[derive(Debug)]
        pub(crate) struct Sheets {
            $(pub(crate) $name: Sheet,)*
        }

        impl Sheets {
            /// A writer for each of [`TABLES`], made by `sheet`.
            pub(crate) fn new(sheet: impl Fn(Table) -> Sheet) -> Option<Self> {
                let mut tables = TABLES.iter();
                Some(Self { $($name: sheet(*tables.next()?),)* })
            }

            pub(crate) fn all(&mut self) -> Vec<&mut Sheet> {
                vec![$(&mut self.$name),*]
            }
        }

        $(
            #[derive(Clone, Copy, Debug)]
            pub(crate) struct $row<$life> { $(pub(crate) $field: $type,)* }

            impl<$life> $row<$life> {
                const COLUMNS: &'static [Column] = &[$(Column {
                    name: stringify!($field),
                    kind: <$type as Field>::KIND,
                    optional: <$type as Field>::OPTIONAL,
                    meaning: $what,
                }),*];
            }

            impl<$life> Row for $row<$life> {
                fn sheet(sheets: &mut Sheets) -> &mut Sheet {
                    &mut sheets.$name
                }
                fn put(&self, to: &mut std::slice::IterMut<'_, Buffer>) {
                    $(put(&self.$field, to);)*
                }
            }
        )*
    };
}

tables! {
    books BookRow<'a> "A book's settings: one row." {
        operator: PartyId = "who runs the book",
        currency: &'a str = "ISO 4217 code; all money is in its minor units",
        decimals: i32 = "digits of its minor unit: 2 for fen",
        timezone: &'a str = "IANA name of the zone of `day` and `month`",
        channel_fee_borne_by: &'a str = "the role that bears channel fees",
    }
    events EventRow<'a> "Every event of every record; the other tables have what it says." {
        name: &'a str = "its name: `order_placed`",
        occurred_at: Option<Time> = "when it happened outside, if that was said",
        actor: &'a str = "operator, system, leader, supplier or buyer",
        actor_id: Option<Uuid> = "the leader, supplier or buyer",
        rules: i32 = "the version of the arithmetic that the record followed",
    }
    parties PartyRow<'a> "A leader or a supplier was registered." {
        party: PartyId = "who",
        kind: &'a str = "leader or supplier",
        upline: Option<PartyId> = "who recruited the leader",
        terms_days: Option<i64> = "a supplier's payment terms in days",
    }
    campaigns CampaignRow<'a> "A campaign was opened; its terms never change." {
        campaign: CampaignId = "the campaign",
        owner: PartyId = "the leader who opened it",
        supplier: Option<PartyId> = "who delivers",
        title: &'a str = "for people",
        opens_at: Time = "orders from then on",
        closes_at: Time = "orders before then",
        opens_day: Day = "the day of `opens_at` in the book's zone",
        closes_day: Day = "the day of `closes_at` in the book's zone",
        shipping_to: &'a str = "the role that earns the shipping fee",
        return_shipping_cap_minor: Money = "return shipping that is reimbursed at most",
        return_shipping_borne_by: &'a str = "the role that bears it",
        after_sales_days: i64 = "days after receipt in which a refund can be asked for",
        return_within_days: i64 = "days after approval in which goods must come back",
        presale: bool = "interest is collected before it opens",
    }
    items ItemRow<'a> "An item on sale in a campaign, as it was opened." {
        campaign: CampaignId = "the campaign",
        line: i32 = "its place among the campaign's items",
        sku: &'a str = "unique in the campaign",
        title: &'a str = "for people",
        price_minor: Money = "of one unit, before tiers",
        supply_price_minor: Option<Money> = "what the supplier gets for one unit, where set",
        stock: Option<i64> = "units at the start; none for unlimited",
    }
    campaign_steps CampaignStepRow<'a> "What became of a campaign." {
        campaign: CampaignId = "the campaign",
        step: &'a str = "interest_expressed, presale_decided, seller_allowed, stock_added, formed_declared, closed, cancelled",
        yes: Option<bool> = "presale_decided: it opened; closed: it was formed",
        buyer: Option<BuyerId> = "who expressed interest",
        seller: Option<PartyId> = "who may sell",
        sku: Option<&'a str> = "whose stock grew",
        quantity: Option<i64> = "by so many units",
    }
    orders_placed PlacedRow<'a> "An order was placed." {
        order_id: OrderId = "the order",
        campaign: CampaignId = "its campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom it came",
        owner: PartyId = "the leader who opened the campaign",
        supplier: Option<PartyId> = "who delivers",
        upline: Option<PartyId> = "who had recruited the seller",
        way: &'a str = "how it reaches the buyer",
        discount_minor: Money = "on the whole order",
        discount_funded_by: Option<&'a str> = "`shared`, or the role that pays for it",
        shipping_minor: Money = "the shipping fee",
        due_minor: Money = "what the buyer owes: list minus discount, plus shipping",
    }
    lines_placed LinePlacedRow<'a> "A line of an order, as it was placed." {
        order_id: OrderId = "the order",
        campaign: CampaignId = "its campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom it came",
        line: i32 = "its place in the order",
        sku: &'a str = "the item",
        quantity: i64 = "units",
        price_minor: Money = "of one unit",
        list_minor: Money = "price x quantity",
        discount_minor: Money = "its part of the order's discount",
    }
    orders_paid PaidRow<'a> "An order was paid." {
        order_id: OrderId = "the order",
        campaign: CampaignId = "its campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom it came",
        channel: Option<&'a str> = "where the money is; none where nothing was owed",
        out_of_suspense: bool = "money in suspense paid it",
        shipping_minor: Money = "the shipping fee in it",
        paid_minor: Money = "list minus discount, plus shipping, at the prices that count at payment",
        fee_minor: Money = "what the channel kept of it; none where it came out of suspense",
    }
    lines_paid LinePaidRow<'a> "A line of an order that was paid." {
        order_id: OrderId = "the order",
        campaign: CampaignId = "its campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom it came",
        line: i32 = "its place in the order",
        sku: &'a str = "the item",
        quantity: i64 = "units",
        list_minor: Money = "price x quantity, at the price that counts at payment",
        discount_minor: Money = "its part of the order's discount",
        paid_minor: Money = "list minus discount",
        value_minor: Money = "what was split",
    }
    order_steps StepRow<'a> "What became of an order: a row a line where units moved, else one." {
        order_id: OrderId = "the order",
        campaign: CampaignId = "its campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        step: &'a str = "shipped, arrived, received, picked_up, settled, matured, cancelled, expired",
        line: Option<i32> = "the line's place in the order",
        sku: Option<&'a str> = "the item",
        quantity: Option<i64> = "units",
        replacements: Option<i64> = "of them replacing exchanged units",
        window_ends_day: Option<Day> = "received, picked_up: the day on which an after-sales window from here ends",
    }
    refunds RefundRow<'a> "A refund was approved, or its approval undone: then with the sign changed." {
        refund: RefundId = "the refund",
        order_id: OrderId = "its order",
        campaign: CampaignId = "the order's campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom the order came",
        step: &'a str = "approved, price_adjusted, withdrawn (undone), lapsed (undone)",
        cause: Option<&'a str> = "cancelled, unformed or price, where the book opened it itself",
        refunds: i64 = "1 for an approval or an adjustment, -1 where it is undone",
        units: i64 = "units refunded; none of a compensation, an exchange, an adjustment",
        exchanged: i64 = "units exchanged",
        goods_minor: Money = "what the buyer paid for the units",
        shipping_fee_minor: Money = "the shipping fee that goes back",
        return_shipping_minor: Money = "return shipping reimbursed",
        compensation_minor: Money = "compensation",
        due_minor: Money = "all that is owed for it: the four together",
        goods_borne_by: Option<&'a str> = "`reverse`, or the role that bears the goods whole",
        goods_bearer: Option<PartyId> = "who that is",
        return_shipping_borne_by: Option<&'a str> = "the role that bears it, where there is any",
        return_shipping_bearer: Option<PartyId> = "who that is",
        compensation_borne_by: Option<&'a str> = "the role that bears it, where there is any",
        compensation_bearer: Option<PartyId> = "who that is",
    }
    refund_lines RefundLineRow<'a> "A line of a refund that was approved, or undone: then with the sign changed." {
        refund: RefundId = "the refund",
        order_id: OrderId = "its order",
        campaign: CampaignId = "the order's campaign",
        buyer: Option<BuyerId> = "none for a walk-in",
        seller: PartyId = "the leader through whom the order came",
        step: &'a str = "as in `refunds`",
        line: i32 = "the line's place in the order",
        sku: &'a str = "the item",
        units: i64 = "units refunded; 0 of an exchange or an adjustment",
        unshipped: i64 = "of them never shipped",
        exchanged: i64 = "units exchanged",
        list_minor: Money = "by how much the line's list amount fell",
        paid_minor: Money = "what the buyer paid for them",
        return_shipping_minor: Money = "its part of the refund's return shipping, by units (refunded or exchanged), largest remainder, a tie to the refund's earlier line",
        received: i64 = "of the units, refunded or exchanged, those that the buyer had received",
    }
    parts PartRow<'a> "A part of what an event moved, on its party's account. A part of 0 says that the role took part." {
        name: &'a str = "the event's name",
        order_id: OrderId = "its order",
        campaign: CampaignId = "the order's campaign",
        refund: Option<RefundId> = "its refund, if it is about one",
        base: &'a str = "goods, shipping, discount, goodwill, return_shipping, compensation, fee, balance",
        line: Option<i32> = "the line's place in the order, for goods, discount and goodwill",
        sku: Option<&'a str> = "that line's item",
        role: &'a str = "the role that it fell to",
        party: PartyId = "who filled it",
        pocket: &'a str = "pending, term, available, or the operator's income or expense",
        amount_minor: Money = "credited; debited where negative",
    }
    postings PostingRow<'a> "What an event posts to the accounts, zeros left out; a record's rows sum to zero." {
        account: &'a str = "as written: `pending:UUID`, `channel:wechat`, `income:shipping`",
        kind: &'a str = "its first word: channel, pending, term, available, in_transit, refund_due, suspense, income, equity, expense",
        name: Option<&'a str> = "the channel, or the kind of income or expense",
        party: Option<PartyId> = "of pending, term, available, in_transit",
        buyer: Option<BuyerId> = "of refund_due; none for walk-ins",
        amount_minor: Money = "debit positive, credit negative",
        order_id: Option<OrderId> = "the order that the event is about",
        campaign: Option<CampaignId> = "that order's campaign, or the one that a cost names",
        refund: Option<RefundId> = "the refund that the event is about",
    }
    costs CostRow<'a> "A cost of running the group was paid." {
        cost: CostId = "the cost",
        category: &'a str = "which expense",
        campaign: Option<CampaignId> = "the campaign it was for",
        channel: &'a str = "where the money left",
        amount_minor: Money = "how much",
    }
    activity ActivityRow<'a> "A community fact: a stream of its own beside the book." {
        name: &'a str = "visited, shortlisted, joined, left, invited, reviewed, complained, complaint_resolved, suggested",
        person: Option<BuyerId> = "who: the visitor, the member, the inviter",
        other: Option<BuyerId> = "who else: who invited the member, whom the inviter invited",
        campaign: Option<CampaignId> = "what was looked at; none for the shop as a whole",
        source: Option<&'a str> = "where a visitor came from",
        subject: Option<Uuid> = "the review, complaint or suggestion",
        order_id: Option<OrderId> = "the order that it is about",
        rating: Option<&'a str> = "good, neutral or bad",
    }
}
