//! Leaderboards, PK, efficiency, sell-through; and progress against a target.

use super::catalogue;

catalogue! { ALL_BOARDS:
    RANK = "rank", "rank",
        "1 + how many are strictly better by net sales (items: by net goods); ties share a rank",
        "名次", "1 + 纯销售额（商品榜为商品净额）严格更高者的个数；并列同名次";
    NEW_BUYERS = "new_buyers", "new buyers",
        "buyers whose first paid order of all was paid in the window and is the row's: sold by the leader, of the campaign, with a unit of the item",
        "新客", "有史以来首笔支付在窗口内、且属于该行（经由该团长、属于该团、含该商品）的买家数";
    RANK_BY_UNITS = "rank_by_units", "rank by units",
        "1 + how many rows of the board have strictly more units; ties share a rank",
        "件数名次", "1 + 本榜中件数严格更多的行数；并列同名次";
    RANK_BY_NEW_BUYERS = "rank_by_new_buyers", "rank by new buyers",
        "1 + how many rows of the board have strictly more new buyers; ties share a rank",
        "新客名次", "1 + 本榜中新客严格更多的行数；并列同名次";
    NET_GOODS = "net_goods", "net goods",
        "list minus discount of the units paid, minus what went back of it, each by its own day; without shipping fees",
        "商品净额", "已支付件数的标价减优惠，再减所退货款，各按自己的日期；不含运费";
    WINS = "wins", "ahead in",
        "figures of this table in which this leader is strictly ahead",
        "领先项", "本表中该团长严格领先的指标个数；持平都不计";
    ACTIVE_LEADER_DAYS = "active_leader_days", "active leader days",
        "pairs of a leader and a day of the window on which an order through this leader was paid",
        "活跃团长日", "窗口内有支付订单的“团长—日”组合数";
    LEADER_EFFICIENCY = "leader_efficiency", "leader efficiency",
        "net sales / active leader days, half up to the minor unit",
        "团效", "纯销售额 ÷ 活跃团长日，四舍五入到最小货币单位";
    ITEMS_ON_SALE = "items_on_sale", "items on sale",
        "items of campaigns of which a day from opening to closing, as the terms say, is in the window; that one was closed before its time doesn't matter; with a presale from the day on which it was decided open, and never before or if it was dropped",
        "在售商品", "条款所定开团日至截团日（含首尾）与窗口有交集的团的商品数；提前截团不影响；有预售的自判定开售之日起才算，未判定或作罢的不算";
    ITEMS_SOLD = "items_sold", "items sold",
        "items on sale with at least one unit paid in the window",
        "动销商品", "在售商品中，窗口内至少支付一件的商品数；其后退款不影响";
    SELL_THROUGH = "sell_through", "sell-through",
        "items sold / items on sale",
        "动销率", "动销商品 ÷ 在售商品";
    TARGET = "target", "target",
        "net sales to be reached in the window",
        "目标", "窗口内要达到的纯销售额";
    TARGET_REACHED = "target_reached", "reached",
        "net sales of the window",
        "已达成", "窗口内的纯销售额";
    TARGET_SHARE = "target_share", "share",
        "reached / target",
        "达成率", "已达成 ÷ 目标";
    TARGET_DAYS = "target_days", "days",
        "days of the window; none where an end of it is open",
        "天数", "窗口的天数；窗口任一端未设则无此值";
    TARGET_DAYS_GONE = "target_days_gone", "days gone",
        "days of the window up to the last day on which something happened, 0 before its first; none where an end of it is open",
        "已过天数", "窗口首日至最后有记录之日的天数，不超过窗口，尚未开始为 0；窗口任一端未设则无此值";
}
