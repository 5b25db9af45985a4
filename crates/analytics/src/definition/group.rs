//! The group: members, invitations, reviews, complaints, suggestions.

use super::catalogue;

catalogue! { ALL_GROUP:
    JOINS = "joins", "joins",
        "how often somebody joined in the scope; joining twice without leaving between is joining once",
        "入群", "范围内的入群人次；未退群而重复入群只算一次，退群后再入群另算";
    LEAVES = "leaves", "leaves",
        "how often a member left in the scope; who wasn't a member doesn't leave",
        "退群", "范围内成员的退群人次；本不在群的退群记录不计";
    MEMBERS_AT_END = "members_at_end", "members",
        "members at the end of the day",
        "群成员", "当日结束时的成员数";
    INVITER_RANK = "inviter_rank", "rank",
        "1 + how many inviters brought strictly more joins; ties share a rank",
        "名次", "1 + 带来入群严格更多的邀请人数；并列同名次";
    INVITER = "inviter", "inviter",
        "the id of who invited",
        "邀请人", "邀请人的编号";
    INVITED_JOINS = "invited_joins", "joined by invitation",
        "joins of the window that name an inviter (in the table of inviters: this one)",
        "受邀入群", "窗口内注明邀请人的入群人次；邀请榜中为该邀请人的";
    INVITED_BUYERS = "invited_buyers", "of them buyers",
        "distinct people of those joins with a paid order up to the last day covered",
        "其中买家", "受邀入群者中截至统计末日有支付订单的人，去重";
    MEMBERS = "members", "members",
        "people who joined and didn't leave, at the end of the last day covered; who is in several groups is one",
        "群成员", "统计末日结束时在群（已入群且未退）的人数；同在几个群的只算一人";
    INVITATIONS = "invitations", "invitations",
        "invitations sent in the window",
        "邀请", "窗口内发出的邀请次数";
    BUYERS_AMONG_MEMBERS = "buyers_among_members", "members who bought",
        "members with a paid order up to the last day covered",
        "成员买家", "群成员中截至统计末日有支付订单的人数";
    NEVER_BOUGHT = "never_bought", "never bought",
        "members without a paid order up to the last day covered",
        "从未购买", "群成员中截至统计末日没有支付订单的人数";
    SILENT_MEMBERS = "silent_members", "silent members",
        "members who in the last N3 days, the last day covered included, neither visited nor put goods into the cart nor paid an order",
        "沉默成员", "群成员中最近 N3 天（含统计末日）既无浏览、无加购收藏、也无支付订单的人数";
    REVIEWS = "reviews", "reviews",
        "reviews made in the window; one made anew counts once, with the day and the rating of the latest by its own time (of the same instant the one recorded last)",
        "评价", "窗口内的评价数；重新评价的只计一次，以发生时间最晚的一次（同一时刻的以后记录者）的日期与评级为准";
    GOOD_REVIEWS = "good_reviews", "good reviews",
        "reviews of the window that are good",
        "好评", "窗口内评价中的好评数";
    NEUTRAL_REVIEWS = "neutral_reviews", "neutral reviews",
        "reviews of the window that are neutral",
        "中评", "窗口内评价中的中评数";
    BAD_REVIEWS = "bad_reviews", "bad reviews",
        "reviews of the window that are bad",
        "差评", "窗口内评价中的差评数";
    GOOD_RATE = "good_rate", "satisfaction",
        "good reviews / reviews",
        "好评率", "好评 ÷ 评价";
    RECEIVED_ORDERS = "received_orders", "orders received",
        "orders whose first receipt (or pick-up) of units is in the window",
        "收货订单", "首次收货（或自提）在窗口内的订单数";
    COMPLAINTS = "complaints", "complaints",
        "complaints made in the window; one reported twice counts once, with its earliest day",
        "投诉", "窗口内提出的投诉数；重复上报的只计一次，以最早之日为准";
    COMPLAINTS_RESOLVED = "complaints_resolved", "of them resolved",
        "complaints made in the window that were resolved up to the last day covered, each by its earliest resolution",
        "已办结", "窗口内提出的投诉中，截至统计末日已办结的数量，以最早一次办结为准";
    COMPLAINT_RATE = "complaint_rate", "complaint rate",
        "complaints / orders received",
        "投诉率", "投诉 ÷ 收货订单";
    SUGGESTIONS = "suggestions", "suggestions",
        "suggestions made in the window; one reported twice counts once, with its earliest day",
        "建议", "窗口内提出的建议数；重复上报的只计一次，以最早之日为准";
    SUGGESTION_RATE = "suggestion_rate", "suggestion rate",
        "suggestions / orders received",
        "建议率", "建议 ÷ 收货订单";
}
