//! Sales: GMV, refunds, net, buyers.

use super::catalogue;

catalogue! { ALL_SALES:
    BOOK = "book", "book",
        "the book's id: a group",
        "账本", "账本编号，一个账本即一个群";
    GMV_PAID = "gmv_paid", "GMV paid",
        "list minus discount, plus shipping, of orders paid; by the day the payment was recorded",
        "支付成交额", "已支付订单的标价减优惠加运费；按支付入账日";
    PAID_ORDERS = "paid_orders", "orders paid",
        "orders paid, walk-ins included; an order that owes nothing is paid when it is placed",
        "支付笔数", "已支付的订单数，含散客订单；应付为零的订单下单即算支付；按支付入账日";
    NET_SALES = "net_sales", "net sales",
        "GMV paid minus refunded, each by its own day",
        "纯销售额", "支付成交额减退款额，各按自己的日期";
    BUYERS = "buyers", "paying buyers",
        "distinct buyers with an order paid in the scope, by the day the payment was recorded; walk-ins are nobody",
        "支付人数", "范围内有支付订单的买家，去重，按支付入账日；散客不计";
    UNITS = "units", "units",
        "units of orders paid minus units refunded, each by its own day; exchanged units stay",
        "件数", "已支付订单的件数减退款件数，各按自己的日期；换货的件数不减";
    REFUNDED = "refunded", "refunded",
        "goods and shipping fees of approved refunds and price adjustments, by the day of the approval, less those undone, by the day of the undoing",
        "退款额", "已批准的退款与补差价所退的货款和运费，按批准日；减去其后撤回或失效的，按撤回或失效之日";
    AVERAGE_PER_ORDER = "average_per_order", "average per order",
        "GMV paid / orders paid, half up to the minor unit",
        "笔单价", "支付成交额 ÷ 支付笔数，四舍五入到最小货币单位";
    AVERAGE_PER_BUYER = "average_per_buyer", "average per buyer",
        "GMV paid / paying buyers, half up to the minor unit; walk-ins are in the first, not in the second",
        "客单价", "支付成交额 ÷ 支付人数，四舍五入到最小货币单位；散客计入分子，不计入分母";
    REPEAT_BUYERS = "repeat_buyers", "repeat buyers",
        "distinct buyers with at least two orders paid in the scope",
        "复购人数", "范围内支付两笔及以上的买家，去重";
    REPEAT_RATE = "repeat_rate", "repeat purchase",
        "repeat buyers / paying buyers of the scope",
        "复购率", "范围内复购人数 ÷ 支付人数";
    REFUNDS = "refunds", "refunds",
        "refunds approved and prices adjusted, also those undone later; by the day of the approval",
        "退款笔数", "批准的退款与补差价次数，其后撤回或失效的也计；按批准日";
    REFUND_EXTRAS = "refund_extras", "on top of refunds",
        "return shipping and compensation granted, by the day of the approval, less those undone, by the day of the undoing; a cost, no sales undone",
        "退货运费与补偿", "批准的退货运费与补偿，按批准日；减去其后撤回或失效的，按撤回或失效之日；属于费用，不冲减销售";
    GMV_PLACED = "gmv_placed", "GMV placed",
        "list minus discount, plus shipping, of orders placed; by the day of placing",
        "下单成交额", "所下订单的标价减优惠加运费，不论是否支付；按下单日";
    PLACED_ORDERS = "placed_orders", "orders placed",
        "orders placed, walk-ins included; by the day of placing",
        "下单笔数", "所下的订单数，含散客订单；按下单日";
    ANONYMOUS_ORDERS = "anonymous_orders", "of them without a buyer",
        "paid orders of walk-ins: they count as orders, never as buyers",
        "其中匿名", "散客的支付笔数：计入笔数，不计入人数";
    ANONYMOUS_PAID = "anonymous_paid", "their GMV",
        "GMV paid of orders without a buyer",
        "匿名成交额", "散客订单的支付成交额";
    REFUNDED_OF_ORDERS = "refunded_of_orders", "refunded of these orders",
        "refunded of the orders paid in the scope, by approvals up to the last day covered, less those undone by then",
        "这些订单的退款", "范围内支付的订单截至统计末日的退款额，不论何日批准；已撤回或失效的除外";
    NET_OF_ORDERS = "net_of_orders", "net of these orders",
        "GMV paid minus the refunds of the same orders",
        "这些订单的净额", "支付成交额减同一批订单的退款";
    DAY = "day", "day",
        "a calendar day of the zone",
        "日期", "报表时区的自然日";
    MONTH = "month", "month",
        "a calendar month of the zone, as far as it is in the window",
        "月份", "报表时区的自然月；跨窗口边界的月只计窗口内的日子";
    CAMPAIGN = "campaign", "campaign",
        "the campaign's id",
        "团", "团的编号";
    TITLE = "title", "title",
        "the campaign's title, as it was opened",
        "名称", "开团时的团名";
    LEADER = "leader", "leader",
        "the id of the leader through whom the order was sold",
        "团长", "带来订单的团长（销售团长）的编号";
}
