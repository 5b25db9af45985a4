//! Conversion: visits, visitors, placers, payers.

use super::catalogue;

catalogue! { ALL_FUNNEL:
    VISITORS = "visitors", "visitors",
        "distinct visitors with a visit in the scope, by the visit's own time, and buyers who placed or paid in it without one, by the day of placing and the day the payment was recorded",
        "访客", "范围内有浏览的访客（按浏览发生的时间），加上无浏览却下单或支付的买家（按下单日、支付入账日），去重";
    PLACERS = "placers", "placed",
        "distinct buyers who placed an order in the scope, by the day of placing; walk-ins are nobody",
        "下单人数", "范围内下过单的买家，去重，按下单日；散客不计";
    PAYERS = "payers", "paid",
        "distinct buyers with an order paid in the scope, by the day the payment was recorded; walk-ins are nobody",
        "支付人数", "范围内有支付订单的买家，去重，按支付入账日；散客不计";
    PLACING_CONVERSION = "placing_conversion", "placing conversion",
        "placed / visitors; none where no visit was recorded in the scope",
        "下单转化率", "下单人数 ÷ 访客；范围内没有浏览记录则无此值";
    PAYING_CONVERSION = "paying_conversion", "paying conversion",
        "paid / visitors; none where no visit was recorded in the scope",
        "支付转化率", "支付人数 ÷ 访客；范围内没有浏览记录则无此值";
    PLACE_TO_PAY = "place_to_pay", "placed to paid",
        "paid / placed; who pays in the scope may have placed before it, so it can be above 100 %",
        "下单支付率", "支付人数 ÷ 下单人数；支付者可能在范围之前下单，故可超过 100%";
    PV = "pv", "visits",
        "visits, by their own time",
        "浏览量 PV", "浏览次数，按浏览发生的时间";
    UV = "uv", "visitors seen",
        "distinct visitors with a visit in the scope, by the visit's own time",
        "访客数 UV", "范围内有浏览的访客，去重，按浏览发生的时间";
    BUYERS_WITHOUT_VISIT = "buyers_without_visit", "buyers without a visit",
        "distinct buyers who placed or paid in the scope without a visit in it; they count as visitors",
        "无浏览的买家", "范围内下单或支付、却无浏览的买家，去重；他们计入访客";
    SHORTLISTS = "shortlists", "into the cart",
        "how often goods were put into the cart or among the favourites, by its own time",
        "加购收藏次数", "加入购物车或收藏的次数，按发生的时间";
    SHORTLISTERS = "shortlisters", "put into the cart",
        "distinct people of the scope who put goods into the cart or among their favourites",
        "加购收藏人数", "范围内加购或收藏过的人，去重";
    SOURCE = "source", "source",
        "where a visit came from; none where it wasn't said",
        "来源", "浏览的来源渠道；未注明则为空";
    SHORTLISTED_PAYERS = "shortlisted_payers", "of them paid",
        "of who put goods into the cart or among the favourites in the scope: distinct buyers with an order paid in it",
        "加购后支付人数", "加购收藏者中，同一范围内有支付订单的人，去重；不问先后";
}
