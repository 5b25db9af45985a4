//! What every figure means, to be printed beside it. One name, one definition.

/// A figure's names and meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Definition {
    /// In JSON.
    pub key: &'static str,
    /// For people.
    pub english: &'static str,
    /// For people.
    pub chinese: &'static str,
    /// What is counted, over what, at which time.
    pub meaning: &'static str,
}

const fn define(
    key: &'static str,
    english: &'static str,
    chinese: &'static str,
    meaning: &'static str,
) -> Definition {
    Definition { key, english, chinese, meaning }
}

/// The figures of [`Report`](crate::Report), in the order in which they are printed.
pub const DEFINITIONS: &[Definition] = &[
    define(
        "gmv_placed",
        "GMV placed",
        "下单成交额",
        "list minus discount, plus shipping, of orders placed; by the time of placing",
    ),
    define("placed_orders", "orders placed", "下单笔数", "orders placed, walk-ins included"),
    define(
        "gmv_paid",
        "GMV paid",
        "支付成交额",
        "list minus discount, plus shipping, of orders paid; by the time the payment was recorded",
    ),
    define("paid_orders", "orders paid", "支付笔数", "orders paid, walk-ins included"),
    define(
        "anonymous_orders",
        "of them without a buyer",
        "其中匿名",
        "paid orders of walk-ins: they count as orders, never as buyers",
    ),
    define("anonymous_paid", "their GMV", "匿名成交额", "GMV paid of orders without a buyer"),
    define("refunds", "refunds", "退款笔数", "refunds approved; by the time of approval"),
    define(
        "refunded",
        "refunded",
        "退款额",
        "goods and shipping fees of approved refunds; by the time of approval",
    ),
    define(
        "refund_extras",
        "on top of refunds",
        "退货运费与补偿",
        "return shipping and compensation granted; a cost, no sales undone",
    ),
    define("net_sales", "net sales", "纯销售额", "GMV paid minus refunded"),
    define("buyers", "paying buyers", "支付人数", "distinct buyers with a paid order in the scope"),
    define(
        "repeat_buyers",
        "repeat buyers",
        "复购人数",
        "distinct buyers with at least two paid orders in the scope",
    ),
    define(
        "repeat_rate",
        "repeat purchase",
        "复购率",
        "repeat buyers / paying buyers, in percent, half up to 2 digits",
    ),
    define(
        "average_per_order",
        "average per order",
        "笔单价",
        "GMV paid / orders paid, half up to the minor unit",
    ),
    define(
        "average_per_buyer",
        "average per buyer",
        "客单价",
        "GMV paid / paying buyers, half up to the minor unit; walk-ins are in the first, not in the second",
    ),
];
