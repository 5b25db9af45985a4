//! Buyers: repeat purchase, cohorts, lifecycle, RFM.

use super::catalogue;

catalogue! { ALL_BUYERS:
    DAYS = "days", "days",
        "after the first paid order",
        "天数", "自首笔支付起的天数";
    BUYERS_SO_FAR = "buyers_so_far", "buyers",
        "distinct buyers with a paid order up to the last day covered, whatever the window's first",
        "支付人数", "截至统计末日有支付订单的买家，去重；不受窗口首日限制";
    AGAIN_WITHIN = "again_within", "again within",
        "buyers with a paid order later than the first (not of the same instant), at most so many times 24 hours after it; buyers whose days haven't run count as not",
        "再次购买", "首笔支付之后（同一时刻的不算）若干个 24 小时内再有支付订单的买家；天数未满的按未复购计";
    AGAIN_SHARE = "again_share", "second order within",
        "again within / buyers",
        "期内再购占比", "再次购买人数 ÷ 支付人数";
    LATER_DAY_WITHIN = "later_day_within", "on a later day",
        "buyers with a paid order on a later local day, at most so many days after the first one's",
        "隔日再购", "在首笔支付日之后的另一自然日、且相隔不超过若干天再有支付订单的买家";
    LATER_DAY_SHARE = "later_day_share", "share on a later day",
        "on a later day / buyers",
        "隔日再购占比", "隔日再购人数 ÷ 支付人数";
    ORDERS = "orders", "orders",
        "paid orders of one buyer in the window",
        "订单数", "一位买家在窗口内的支付笔数";
    BUYERS_WITH_SO_MANY = "buyers_with_so_many", "paying buyers",
        "buyers with exactly so many orders paid in the window",
        "支付人数", "窗口内恰好支付这么多笔的买家数";
    COHORT = "cohort", "cohort",
        "the month (or the Monday of the week) of the first paid order",
        "首购期", "首笔支付所在的月份（按周时为该周的周一）";
    SIZE = "size", "size",
        "buyers whose first paid order is in it",
        "人数", "首笔支付在该期的买家数";
    PERIOD = "period", "period",
        "months (or weeks) after the cohort's; 0 is itself",
        "第几期", "首购期之后第几个月（或周）；0 为首购当期";
    ACTIVE = "active", "active",
        "buyers of the cohort with a paid order in that period; refunds are no activity",
        "活跃人数", "该批买家中当期有支付订单的人数；退款不算活跃";
    COHORT_SHARE = "cohort_share", "share",
        "active / size",
        "占比", "活跃人数 ÷ 该批人数";
    STATE = "state", "state",
        "as of the last day covered: lost: last paid order N3 or more days ago, or left the group at or after it and a member of none; else new: first paid order less than N1 days ago; else active: last one less than N2 days ago; else sleeping",
        "状态", "截至统计末日，依次判定：末笔支付已满 N3 天，或自那以后退群且已不在任何群，为流失；首笔支付未满 N1 天为新客；末笔支付未满 N2 天为活跃；其余为沉睡";
    LIFECYCLE_SHARE = "lifecycle_share", "share",
        "buyers in the state / all buyers with a paid order up to the last day covered",
        "占比", "该状态人数 ÷ 截至统计末日的全部支付人数";
    RECENCY_SCORE = "recency_score", "R",
        "1 to 5, by the day of the last paid order up to the last day covered, later is better: 1 + floor(5 x buyers strictly worse / buyers); ties share a score",
        "最近购买 R", "1 至 5 分，按截至统计末日的末笔支付日，越近越高：1 + ⌊5 × 严格更差的人数 ÷ 总人数⌋；并列同分";
    FREQUENCY_SCORE = "frequency_score", "F",
        "1 to 5, by the number of paid orders up to the last day covered, more is better; computed as R",
        "购买频次 F", "1 至 5 分，按截至统计末日的支付笔数，越多越高；算法同 R";
    MONETARY_SCORE = "monetary_score", "M",
        "1 to 5, by GMV paid minus refunded up to the last day covered, more is better; computed as R",
        "购买金额 M", "1 至 5 分，按截至统计末日的支付成交额减退款，越多越高；算法同 R";
    NET_OF_BUYERS = "net_of_buyers", "their net",
        "GMV paid minus refunded of their orders up to the last day covered",
        "净额", "这些买家截至统计末日的支付成交额减退款";
    BUYER = "buyer", "buyer",
        "the buyer's id",
        "买家", "买家编号";
    ORDERS_SO_FAR = "orders_so_far", "paid orders",
        "of the buyer up to the last day covered",
        "支付笔数", "该买家截至统计末日的支付笔数";
    PAID_SO_FAR = "paid_so_far", "paid",
        "GMV paid of the buyer's orders up to the last day covered",
        "支付额", "该买家截至统计末日的支付成交额";
    FIRST_DAY = "first_day", "first paid on",
        "the local day of the buyer's first paid order",
        "首购日", "该买家首笔支付的日期";
    LAST_DAY = "last_buying_day", "last paid on",
        "the local day of the buyer's last paid order up to the last day covered",
        "末购日", "该买家截至统计末日末笔支付的日期";
    RECENCY_DAYS = "recency_days", "days since",
        "days from the buyer's last paid order to the last day covered; 0 on the same day",
        "距今天数", "该买家末笔支付日至统计末日相隔的天数；同日为 0";
}
