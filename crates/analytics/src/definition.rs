//! The catalogue of figures: what each means, to be printed beside it. One name, one definition; a test compares it with
//! docs/analytics.md.

use crate::table::Column;

macro_rules! catalogue {
    ($($name:ident = $key:literal, $english:literal, $chinese:literal, $meaning:literal;)*) => {
        $(pub(crate) const $name: Column = Column::new($key, $english, $chinese, $meaning);)*

        /// Every column that a report can have.
        pub const DEFINITIONS: &[Column] = &[$($name),*];
    };
}

catalogue! {
    // groups.rs
    BOOK = "book", "book", "账本",
        "the book's id: a group";
    // sales.rs
    GMV_PAID = "gmv_paid", "GMV paid", "支付成交额",
        "list minus discount, plus shipping, of orders paid; by the day the payment was recorded";
    PAID_ORDERS = "paid_orders", "orders paid", "支付笔数",
        "orders paid, walk-ins included";
    NET_SALES = "net_sales", "net sales", "纯销售额",
        "GMV paid minus refunded, each by its own day";
    BUYERS = "buyers", "paying buyers", "支付人数",
        "distinct buyers with a paid order in the scope; walk-ins are nobody";
    UNITS = "units", "units", "件数",
        "units of orders paid minus units refunded, each by its own day; exchanged units stay";
    REFUNDED = "refunded", "refunded", "退款额",
        "goods and shipping fees of approved refunds and price adjustments, less those undone; by the day of the approval";
    AVERAGE_PER_ORDER = "average_per_order", "average per order", "笔单价",
        "GMV paid / orders paid, half up to the minor unit";
    AVERAGE_PER_BUYER = "average_per_buyer", "average per buyer", "客单价",
        "GMV paid / paying buyers, half up to the minor unit; walk-ins are in the first, not in the second";
    REPEAT_BUYERS = "repeat_buyers", "repeat buyers", "复购人数",
        "distinct buyers with at least two paid orders in the scope";
    REPEAT_RATE = "repeat_rate", "repeat purchase", "复购率",
        "repeat buyers / paying buyers of the scope";
    REFUNDS = "refunds", "refunds", "退款笔数",
        "refunds approved and prices adjusted, also those undone later; by the day of the approval";
    REFUND_EXTRAS = "refund_extras", "on top of refunds", "退货运费与补偿",
        "return shipping and compensation granted, less those undone; a cost, no sales undone";
    GMV_PLACED = "gmv_placed", "GMV placed", "下单成交额",
        "list minus discount, plus shipping, of orders placed; by the day of placing";
    PLACED_ORDERS = "placed_orders", "orders placed", "下单笔数",
        "orders placed, walk-ins included";
    ANONYMOUS_ORDERS = "anonymous_orders", "of them without a buyer", "其中匿名",
        "paid orders of walk-ins: they count as orders, never as buyers";
    ANONYMOUS_PAID = "anonymous_paid", "their GMV", "匿名成交额",
        "GMV paid of orders without a buyer";
    REFUNDED_OF_ORDERS = "refunded_of_orders", "refunded of these orders", "这些订单的退款",
        "refunds of the orders paid in the scope, whenever they were approved";
    NET_OF_ORDERS = "net_of_orders", "net of these orders", "这些订单的净额",
        "GMV paid minus the refunds of the same orders";
    DAY = "day", "day", "日期",
        "a calendar day of the zone";
    MONTH = "month", "month", "月份",
        "a calendar month of the zone";
    CAMPAIGN = "campaign", "campaign", "团",
        "the campaign's id";
    TITLE = "title", "title", "名称",
        "as it was opened";
    LEADER = "leader", "leader", "团长",
        "the seller's id";
    // funnel.rs
    VISITORS = "visitors", "visitors", "访客",
        "distinct visitors, and buyers without a visit in the scope";
    PLACERS = "placers", "placed", "下单人数",
        "distinct buyers who placed an order in the scope";
    PAYERS = "payers", "paid", "支付人数",
        "distinct buyers with an order paid in the scope";
    PLACING_CONVERSION = "placing_conversion", "placing conversion", "下单转化率",
        "placers / visitors; none where no visit was recorded in the scope";
    PAYING_CONVERSION = "paying_conversion", "paying conversion", "支付转化率",
        "payers / visitors; none where no visit was recorded in the scope";
    PLACE_TO_PAY = "place_to_pay", "placed to paid", "下单支付率",
        "payers / placers";
    PV = "pv", "visits", "浏览量 PV",
        "visits, by their own time";
    UV = "uv", "visitors seen", "访客数 UV",
        "distinct visitors with a visit in the scope";
    BUYERS_WITHOUT_VISIT = "buyers_without_visit", "buyers without a visit", "无浏览的买家",
        "distinct buyers who placed or paid in the scope without a visit in it; they count as visitors";
    SHORTLISTS = "shortlists", "into the cart", "加购收藏次数",
        "how often goods were put into the cart or among the favourites, by its own time";
    SHORTLISTERS = "shortlisters", "put into the cart", "加购收藏人数",
        "distinct visitors who put goods into the cart or among their favourites";
    SOURCE = "source", "source", "来源",
        "where a visit came from; none where it wasn't said";
    SHORTLISTED_PAYERS = "shortlisted_payers", "of them paid", "加购后支付人数",
        "shortlisters with an order paid in the scope";
    // repeat.rs
    DAYS = "days", "days", "天数",
        "after the first paid order";
    BUYERS_SO_FAR = "buyers_so_far", "buyers", "支付人数",
        "with a paid order up to the last day covered";
    AGAIN_WITHIN = "again_within", "again within", "再次购买",
        "with a paid order later than the first (not of the same instant), at most so many times 24 hours after it; buyers whose days haven't run count as not";
    AGAIN_SHARE = "again_share", "share", "占比",
        "again within / buyers";
    LATER_DAY_WITHIN = "later_day_within", "on a later day", "隔日再购",
        "with a paid order on a later local day, at most so many days after the first one's";
    LATER_DAY_SHARE = "later_day_share", "share", "占比",
        "on a later day / buyers";
    ORDERS = "orders", "orders", "订单数",
        "paid orders of one buyer in the window";
    BUYERS_WITH_SO_MANY = "buyers_with_so_many", "paying buyers", "支付人数",
        "buyers with exactly so many";
    COHORT = "cohort", "cohort", "首购期",
        "the month (or the Monday of the week) of the first paid order";
    SIZE = "size", "size", "人数",
        "buyers whose first paid order is in it";
    PERIOD = "period", "period", "第几期",
        "months (or weeks) after it; 0 is itself";
    ACTIVE = "active", "active", "活跃人数",
        "of them with a paid order in that period; refunds are no activity";
    COHORT_SHARE = "cohort_share", "share", "占比",
        "active / size";
    // lifecycle.rs
    STATE = "state", "state", "状态",
        "new 新: first paid order less than N1 days ago; active 活跃: last one less than N2 days ago; sleeping 沉睡: less than N3; lost 流失: N3 or more, or left the group since; the first that holds, lost before new";
    LIFECYCLE_SHARE = "lifecycle_share", "share", "占比",
        "of them";
    RECENCY_SCORE = "recency_score", "R", "最近购买 R",
        "1 to 5, by the day of the last paid order, later is better: 1 + floor(5 x buyers strictly worse / buyers); ties share a score";
    FREQUENCY_SCORE = "frequency_score", "F", "购买频次 F",
        "likewise, by the number of paid orders";
    MONETARY_SCORE = "monetary_score", "M", "购买金额 M",
        "likewise, by paid less refunded";
    NET_OF_BUYERS = "net_of_buyers", "their net", "净额",
        "GMV paid minus refunded of their orders up to the last day covered";
    BUYER = "buyer", "buyer", "买家",
        "the buyer's id";
    ORDERS_SO_FAR = "orders_so_far", "paid orders", "支付笔数",
        "of the buyer up to the last day covered";
    PAID_SO_FAR = "paid_so_far", "paid", "支付额",
        "GMV paid of those orders";
    FIRST_DAY = "first_day", "first paid on", "首购日",
        "the local day of the buyer's first paid order";
    LAST_DAY = "last_buying_day", "last paid on", "末购日",
        "the local day of the last one up to the last day covered";
    // boards.rs
    RANK = "rank", "rank", "名次",
        "1 + how many are strictly better by net sales; ties share a rank";
    NEW_BUYERS = "new_buyers", "new buyers", "新客",
        "buyers whose first paid order of all was through this leader in the window";
    RANK_BY_UNITS = "rank_by_units", "rank by units", "件数名次",
        "likewise, by units";
    RANK_BY_NEW_BUYERS = "rank_by_new_buyers", "rank by new buyers", "新客名次",
        "likewise, by new buyers";
    NET_GOODS = "net_goods", "net goods", "商品净额",
        "list minus discount of the units paid, minus what went back of it, each by its own day; without shipping fees";
    WINS = "wins", "ahead in", "领先项",
        "figures of this table in which this leader is strictly ahead";
    ACTIVE_LEADER_DAYS = "active_leader_days", "active leader days", "活跃团长日",
        "pairs of a leader and a day on which an order of hers was paid";
    LEADER_EFFICIENCY = "leader_efficiency", "leader efficiency", "团效",
        "net sales / active leader days, half up to the minor unit";
    ITEMS_ON_SALE = "items_on_sale", "items on sale", "在售商品",
        "items of campaigns whose time from opening to closing has a day in the window";
    ITEMS_SOLD = "items_sold", "items sold", "动销商品",
        "of them with at least one unit paid in the window";
    SELL_THROUGH = "sell_through", "sell-through", "动销率",
        "items sold / items on sale";
    // refunds.rs
    REFUND_RATE_ORDERS = "refund_rate_orders", "refund rate, orders", "退款率（笔）",
        "orders paid in the window with refunded units / orders paid in it; refunds whenever approved, less those undone";
    REFUND_RATE_UNITS = "refund_rate_units", "refund rate, units", "退款率（件）",
        "refunded units of those orders / their units; exchanged units are not refunded";
    REFUND_RATE_AMOUNT = "refund_rate_amount", "refund rate, amount", "退款率（金额）",
        "refunds of those orders / their GMV paid";
    RETURN_SHIPPING_PER_100_ORDERS = "return_shipping_per_100_orders", "return shipping per 100 orders", "每百单退货运费",
        "return shipping x 100 / orders paid in the window, half up to the minor unit";
    COMPENSATION = "compensation", "compensation", "补偿",
        "compensation granted, less that undone; by the day of the approval";
    RETURN_SHIPPING = "return_shipping", "return shipping", "退货运费",
        "return shipping granted, less that undone; by the day of the approval";
    RETURNS_REIMBURSED = "returns_reimbursed", "returns reimbursed", "报销笔数",
        "approvals that granted return shipping, less those undone";
    ROLE = "role", "role", "角色",
        "supplier 供应商, owner 开团团长, seller 帮卖团长, upline 上级团长, operator 平台/群主";
    PARTY = "party", "party", "主体",
        "who fills the role";
    SKU = "sku", "sku", "货号",
        "the item's sku";
    ITEM = "item", "item", "商品",
        "the item's title";
    // margin.rs
    INCOME = "income", "income", "收入",
        "the operator's income accounts: settled commission and shipping fees, membership; by the day of the posting";
    EXPENSE = "expense", "expense", "支出",
        "the operator's expense accounts: what it bears, and the costs that were recorded; by the day of the posting";
    MARGIN = "margin", "margin", "毛利",
        "income − expense";
    MARGIN_RATE = "margin_rate", "margin rate", "毛利率",
        "margin / income";
    RESULT = "result", "amount", "金额",
        "what it adds to the margin: income positive, expense negative";
    ACCOUNT = "account", "account", "科目",
        "as in the chart of accounts";
    GOODS_PART = "goods_part", "goods", "商品分成",
        "parts of lines' values, less those reversed";
    SHIPPING_PART = "shipping_part", "shipping fees", "运费收入",
        "shipping fees earned, less those given back";
    DISCOUNT_PART = "discount_part", "discounts funded", "承担优惠",
        "discounts that the party funds; negative";
    GOODWILL_PART = "goodwill_part", "goodwill", "兜底退款",
        "goods amounts borne whole; negative";
    RETURN_SHIPPING_PART = "return_shipping_part", "return shipping", "承担退货运费",
        "return shipping borne; negative";
    COMPENSATION_PART = "compensation_part", "compensation", "承担补偿",
        "compensation borne; negative";
    FEE_PART = "fee_part", "channel fees", "承担手续费",
        "channel fees borne; negative";
    PART_TOTAL = "part_total", "in all", "合计",
        "the sum of the columns before it";
    // exposure.rs
    EXPOSED_GOODS = "exposed_goods", "goods", "商品",
        "what the role holds of units that could still come back; as of the last record, whatever the window";
    EXPOSED_RETURN_SHIPPING = "exposed_return_shipping", "return shipping", "退货运费",
        "one return at the cap for each shipped order that could still come back";
    EXPOSED_ORDERS = "exposed_orders", "orders", "订单",
        "paid orders, not settled, whose after-sales window is open on the last day covered";
    // group.rs
    JOINS = "joins", "joins", "入群",
        "who joined in the scope; joining twice without leaving between is joining once";
    LEAVES = "leaves", "leaves", "退群",
        "members who left in the scope";
    MEMBERS_AT_END = "members_at_end", "members", "群成员",
        "at the end of the day";
    INVITER_RANK = "inviter_rank", "rank", "名次",
        "1 + how many brought strictly more; ties share a rank";
    INVITER = "inviter", "inviter", "邀请人",
        "who invited";
    INVITED_JOINS = "invited_joins", "joined by invitation", "受邀入群",
        "joins of the window that name the inviter";
    INVITED_BUYERS = "invited_buyers", "of them buyers", "其中买家",
        "distinct of them with a paid order up to the last day covered";
    MEMBERS = "members", "members", "群成员",
        "joined and not left, at the end of the last day covered";
    INVITATIONS = "invitations", "invitations", "邀请",
        "sent in the window";
    BUYERS_AMONG_MEMBERS = "buyers_among_members", "members who bought", "成员买家",
        "members with a paid order";
    NEVER_BOUGHT = "never_bought", "never bought", "从未购买",
        "members without a paid order";
    SILENT_MEMBERS = "silent_members", "silent members", "沉默成员",
        "members with neither a visit nor a paid order in the last N3 days";
    REVIEWS = "reviews", "reviews", "评价",
        "made in the window; a review made anew counts with its last rating";
    GOOD_REVIEWS = "good_reviews", "good reviews", "好评",
        "of them good";
    NEUTRAL_REVIEWS = "neutral_reviews", "neutral reviews", "中评",
        "of them neutral";
    BAD_REVIEWS = "bad_reviews", "bad reviews", "差评",
        "of them bad";
    GOOD_RATE = "good_rate", "satisfaction", "好评率",
        "good reviews / reviews";
    RECEIVED_ORDERS = "received_orders", "orders received", "收货订单",
        "orders whose first receipt is in the window";
    COMPLAINTS = "complaints", "complaints", "投诉",
        "made in the window";
    COMPLAINTS_RESOLVED = "complaints_resolved", "of them resolved", "已办结",
        "by the last day covered";
    COMPLAINT_RATE = "complaint_rate", "complaint rate", "投诉率",
        "complaints / orders received";
    SUGGESTIONS = "suggestions", "suggestions", "建议",
        "made in the window";
    SUGGESTION_RATE = "suggestion_rate", "suggestion rate", "建议率",
        "suggestions / orders received";
    // target.rs
    TARGET = "target", "target", "目标",
        "net sales to be reached in the window";
    TARGET_REACHED = "target_reached", "reached", "已达成",
        "net sales of the window";
    TARGET_SHARE = "target_share", "share", "达成率",
        "reached / target";
    TARGET_DAYS = "target_days", "days", "天数",
        "of the window; 0 where none was given";
    TARGET_DAYS_GONE = "target_days_gone", "days gone", "已过天数",
        "up to the last day on which something happened";
}
