//! What a row of each table is, and in which order the rows stand.

use crate::table::Heading;

/// Defines headings: name, key, English title and meaning, Chinese title and meaning.
macro_rules! headings {
    ($($name:ident = $key:literal, $english:literal, $meaning:literal,
        $chinese:literal, $chinese_meaning:literal;)*) => {
        $(pub(crate) const $name: Heading = Heading {
            key: $key,
            english: $english,
            chinese: $chinese,
            meaning: $meaning,
            chinese_meaning: $chinese_meaning,
        };)*

        /// The heading of every table that a report can have, and of the list of buyers.
        pub const HEADINGS: &[Heading] = &[$($name),*];
    };
}

headings! {
    SALES_TABLE = "sales", "Sales",
        "all orders of the window",
        "销售", "窗口内的全部订单";
    BY_DAY = "by_day", "By day",
        "a local day on which something was placed, paid or refunded, ascending",
        "按日", "一行一日：有下单、支付或退款的自然日，升序";
    BY_MONTH = "by_month", "By month",
        "a month in which something was placed, paid or refunded, ascending",
        "按月", "一行一月：有下单、支付或退款的自然月，升序";
    BY_CAMPAIGN = "by_campaign", "By campaign",
        "a campaign with orders or refunds in the window, by net sales falling",
        "按团", "一行一团：窗口内有订单或退款的团，按纯销售额降序";
    BY_LEADER = "by_leader", "By leader",
        "a leader with orders or refunds in the window, by net sales falling",
        "按团长", "一行一位团长：窗口内有订单或退款的团长，按纯销售额降序";
    FUNNEL_TABLE = "funnel", "Conversion",
        "everybody in the window",
        "转化", "窗口内的全部人";
    FUNNEL_BY_DAY = "funnel_by_day", "Conversion by day",
        "a local day, ascending; one person counts once a day",
        "按日转化", "一行一日，升序；同一人每日计一次";
    FUNNEL_BY_CAMPAIGN = "funnel_by_campaign", "Conversion by campaign",
        "a campaign, by payers falling, then by id; visits of the shop as a whole are in none",
        "按团转化", "一行一团，按支付人数降序，再按编号；只浏览店铺整体的不归入任何团";
    FUNNEL_BY_SOURCE = "funnel_by_source", "Conversion by source",
        "the visitors from a source, and which of them put into the cart, placed and paid in the window, wherever they came from then; somebody from two sources is in both; visits without a source first, then sources as they were first seen",
        "按来源转化", "一行一个来源：来自该来源的访客，及其中窗口内加购、下单、支付的人，不论当时从何而来；来自两个来源的人两行都计；未注明来源的在先，其余按首次出现的顺序";
    REPEAT_CURVE = "repeat_curve", "Coming again",
        "days after the first paid order, as the settings name them",
        "复购曲线", "一行一个天数：自首笔支付起的天数，按设置的顺序";
    ORDERS_PER_BUYER = "orders_per_buyer", "Orders per buyer",
        "a number of paid orders, ascending",
        "人均订单分布", "一行一个支付笔数，升序";
    COHORTS = "cohorts", "Cohorts",
        "a cohort and a period, both ascending, up to the period of the last day covered",
        "同期群", "一行一个首购期与第几期，均升序，至统计末日所在的一期";
    LIFECYCLE = "lifecycle", "Lifecycle",
        "a state, as of the last day covered: new, active, sleeping, lost",
        "生命周期", "一行一个状态，截至统计末日：新客、活跃、沉睡、流失";
    RFM = "rfm", "RFM",
        "a combination of the three scores that somebody has, best first",
        "RFM 分层", "一行一个有人的 R、F、M 分数组合，由高到低";
    BY_BUYER = "by_buyer", "Buyers",
        "a buyer with a paid order up to the last day covered, by net falling",
        "买家", "一行一位截至统计末日有支付订单的买家，按净额降序";
    LEADERBOARD = "leaderboard", "Leaders",
        "a leader with orders or refunds in the window, by net sales falling",
        "团长榜", "一行一位团长：窗口内有订单或退款的团长，按纯销售额降序";
    CAMPAIGN_BOARD = "campaign_board", "Campaigns",
        "a campaign with orders or refunds in the window, by net sales falling",
        "团榜", "一行一团：窗口内有订单或退款的团，按纯销售额降序";
    ITEM_BOARD = "item_board", "Items",
        "an item with units paid or goods refunded in the window, by net goods falling",
        "商品榜", "一行一个商品：窗口内有支付件数或货款退款的商品，按商品净额降序";
    PK = "pk", "PK",
        "the two leaders that were asked for, over the window",
        "团长 PK", "一行一位：指定的两位团长，同一窗口";
    EFFICIENCY = "leader_efficiency", "Leader efficiency",
        "leaders of the window",
        "团效", "窗口内的团长";
    SELL_THROUGH_TABLE = "sell_through", "Sell-through",
        "items on sale in the window",
        "动销", "窗口内的在售商品";
    REFUND_RATES = "refund_rates", "Refunds",
        "orders paid in the window, and what was granted in it",
        "退款", "窗口内支付的订单，及窗口内批准的运费与补偿";
    RETURNS_BY_BEARER = "return_shipping_by_bearer", "Return shipping by bearer",
        "who bears it, by amount falling, then by role",
        "退货运费承担方", "一行一个承担方，按金额降序，再按角色";
    RETURNS_BY_ITEM = "return_shipping_by_item", "Return shipping by item",
        "an item; a refund's return shipping is shared by its units, largest remainder; by amount falling",
        "退货运费按商品", "一行一个商品，按金额降序；一次退款的运费按件数分摊（最大余数法）";
    MARGIN_TOTAL = "margin_total", "Margin",
        "the operator's result of the window",
        "毛利", "运营方在窗口内的损益";
    MARGIN_BY_ACCOUNT = "margin_by_account", "Margin by account",
        "an account of income or expense, in the order of the chart",
        "毛利按科目", "一行一个收入或费用科目，按科目表顺序";
    MARGIN_BY_CAMPAIGN = "margin_by_campaign", "Margin by campaign",
        "the campaign of the order, or the one that a cost names; none for what names none; by margin falling",
        "毛利按团", "一行一团：订单所属或成本注明的团，未注明的归空行；按毛利降序";
    COMMISSIONS = "commissions", "Parts of the parties",
        "a party in a role, by role; what orders and refunds of the window's days gave it and took from it, settled or not",
        "分成", "一行一个角色与主体，按角色；窗口内各日的订单与退款使其所得与所失，不论是否结算";
    SUSPENSE = "suspense", "Suspense",
        "money that nothing explains yet",
        "待查款", "已收到或已付出、尚无从解释的款项";
    SUSPENSE_BY_MONTH = "suspense_by_month", "Suspense by month",
        "a month in which something moved on the suspense accounts, ascending",
        "待查款按月", "一行一月：待查科目有变动的自然月，升序";
    EXPOSURE_TOTAL = "exposure_total", "Exposure",
        "orders that could still come back",
        "敞口", "仍可能退货的订单";
    EXPOSURE = "exposure", "Exposure by bearer",
        "who would bear it, by role, then by party",
        "敞口承担方", "一行一个承担的角色与主体，按角色，再按主体";
    COMMUNITY = "community", "Group",
        "members, reviews and complaints",
        "社群", "成员、评价与投诉";
    GROWTH_BY_DAY = "growth_by_day", "Growth by day",
        "a local day on which somebody joined or left, ascending",
        "按日成员", "一行一日：有人入群或退群的自然日，升序";
    INVITERS = "inviters", "Inviters",
        "an inviter, by joins falling, then by buyers, then by id",
        "邀请榜", "一行一位邀请人，按受邀入群、其中买家降序，再按编号";
    TARGET_PROGRESS = "target_progress", "Target",
        "progress against the target",
        "目标", "目标的进度";
    GROUPS = "groups", "Groups side by side",
        "a book, in the order in which they were named; buyers of several count in each",
        "各群对比", "一行一个账本，按给出的顺序；在几个群购买的人每群都计";
}
