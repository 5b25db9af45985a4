//! Refunds, margin, parts, exposure: what things cost, and whom.

use super::catalogue;

catalogue! { ALL_MONEY:
    REFUND_RATE_ORDERS = "refund_rate_orders", "refund rate, orders",
        "orders paid in the window with refunded units / orders paid in it; refunds approved up to the last day covered, less those undone by then",
        "退款率（笔）", "窗口内支付的订单中有退款件数的笔数 ÷ 窗口内支付笔数；退款计至统计末日，已撤回或失效的除外";
    REFUND_RATE_UNITS = "refund_rate_units", "refund rate, units",
        "refunded units of the orders paid in the window / their units; exchanged units are not refunded; refunds as in the rate of orders",
        "退款率（件）", "窗口内支付的订单的退款件数 ÷ 其件数；换货不算退款；退款口径同退款率（笔）";
    REFUND_RATE_AMOUNT = "refund_rate_amount", "refund rate, amount",
        "refunded of the orders paid in the window / their GMV paid; price adjustments included; refunds as in the rate of orders",
        "退款率（金额）", "窗口内支付的订单的退款额（含补差价）÷ 其支付成交额；退款口径同退款率（笔）";
    RETURN_SHIPPING_PER_100_ORDERS = "return_shipping_per_100_orders", "return shipping per 100 orders",
        "return shipping x 100 / orders paid in the window, half up to the minor unit",
        "每百单退货运费", "退货运费 × 100 ÷ 窗口内支付笔数，四舍五入到最小货币单位";
    COMPENSATION = "compensation", "compensation",
        "compensation granted, by the day of the approval, less that undone, by the day of the undoing",
        "补偿", "批准的补偿，按批准日；减去其后撤回或失效的，按撤回或失效之日";
    RETURN_SHIPPING = "return_shipping", "return shipping",
        "return shipping granted, by the day of the approval, less that undone, by the day of the undoing",
        "退货运费", "批准报销的退货运费，按批准日；减去其后撤回或失效的，按撤回或失效之日";
    RETURNS_REIMBURSED = "returns_reimbursed", "returns reimbursed",
        "approvals that granted return shipping, by their day, less those undone, by the day of the undoing",
        "报销笔数", "批准报销退货运费的次数，按批准日；减去其后撤回或失效的，按撤回或失效之日";
    ROLE = "role", "role",
        "supplier; owner: opened the campaign; seller: the order is hers; upline: recruited the seller; operator: runs the book",
        "角色", "supplier 供应商；owner 开团团长；seller 帮卖团长（订单归属）；upline 上级团长；operator 运营方（平台或群主）";
    PARTY = "party", "party",
        "the id of who fills the role",
        "主体", "担任该角色者的编号";
    SKU = "sku", "sku",
        "the item's sku",
        "货号", "商品货号（SKU）";
    ITEM = "item", "item",
        "the item's title",
        "商品", "商品名称";
    INCOME = "income", "income",
        "the operator's income accounts: settled commission and shipping fees, membership; by the day of the posting",
        "收入", "运营方的收入科目：已结算的佣金与运费、会员费；按记账日";
    EXPENSE = "expense", "expense",
        "the operator's expense accounts: what it bears, and the costs that were recorded; by the day of the posting",
        "支出", "运营方的费用科目：所承担的各项与登记的成本；按记账日";
    MARGIN = "margin", "margin",
        "income − expense",
        "毛利", "收入 − 支出";
    MARGIN_RATE = "margin_rate", "margin rate",
        "margin / income",
        "毛利率", "毛利 ÷ 收入";
    RESULT = "result", "amount",
        "what the account adds to the margin: income positive, expense negative",
        "金额", "该科目对毛利的影响：收入为正，支出为负";
    ACCOUNT = "account", "account",
        "as in the chart of accounts",
        "科目", "会计科目表中的科目";
    GOODS_PART = "goods_part", "goods",
        "parts of lines' values, less those reversed",
        "商品分成", "商品金额中的分成，减去退款冲回的";
    SHIPPING_PART = "shipping_part", "shipping fees",
        "shipping fees earned, less those given back",
        "运费收入", "所得运费，减去退回的";
    DISCOUNT_PART = "discount_part", "discounts funded",
        "discounts that the party funds, less those given back; negative",
        "承担优惠", "该主体出资的优惠，减去退款冲回的；为负数";
    GOODWILL_PART = "goodwill_part", "goodwill",
        "refunds of goods that the party bears whole; negative",
        "兜底退款", "由该主体全额承担的货款退款；为负数";
    RETURN_SHIPPING_PART = "return_shipping_part", "return shipping",
        "return shipping borne; negative",
        "承担退货运费", "所承担的退货运费；为负数";
    COMPENSATION_PART = "compensation_part", "compensation",
        "compensation borne; negative",
        "承担补偿", "所承担的补偿；为负数";
    FEE_PART = "fee_part", "channel fees",
        "channel fees borne; negative",
        "承担手续费", "所承担的支付渠道手续费；为负数";
    PART_TOTAL = "part_total", "in all",
        "the sum of the columns before it",
        "合计", "前面各列之和";
    SUSPENSE_CHANGE = "suspense_change", "into suspense",
        "money that came into the suspense accounts and that nothing explains yet, less what went out of them, explained or paid out unexplained; by the day of the posting; in no figure of sales",
        "待查款变动", "转入待查科目、尚无从解释的款项，减去转出的（已查明的，或无从解释的付出）；按记账日；不计入任何销售指标";
    SUSPENSE_BALANCE = "suspense_balance", "in suspense",
        "what stands on the suspense accounts at the end of the last day covered; negative where more left than arrived",
        "待查款余额", "统计末日结束时待查科目的余额；付出多于收入时为负数";
    EXPOSED_GOODS = "exposed_goods", "goods",
        "what buyers paid of the goods of exposed orders, less what went back of it; by role what the role holds of it, discounts that it funds taken off; where a refund was borne whole by one party, holdings are more than that, and it is shared over the roles that hold something, in proportion to it by largest remainder, of equal remainders to the lower role number (supplier, owner, seller, upline, operator), all to the operator where no role does; as of the last record",
        "商品", "敞口订单已付的货款减去已退的；按角色为其所得部分，已减其出资的优惠；若有由一方全额兜底的退款，各角色所得之和大于可退货款，则将可退货款按所得为正的各角色之所得比例分摊（最大余数法，余数相同归角色号小者：供应商、开团团长、帮卖团长、上级团长、运营方），无一为正则全归运营方；以最后一条记录为准";
    EXPOSED_SHIPPING_FEE = "exposed_shipping_fee", "shipping fees",
        "shipping fees held of exposed orders of which nothing was shipped: they go back with the last unit; by the role that earned them, as of the last record",
        "运费", "完全未发货的敞口订单所持有的运费，随最后一件退回；按所得角色；以最后一条记录为准";
    EXPOSED_RETURN_SHIPPING = "exposed_return_shipping", "return shipping",
        "one return at the cap of the campaign's terms for each exposed order of which something was shipped or arrived at the pick-up point, by the role that the terms name, as of the last record",
        "退货运费", "每张已发货（或已到自提点）的敞口订单，按团条款的运费上限计一次退货，归条款所定的角色；以最后一条记录为准";
    EXPOSED_ORDERS = "exposed_orders", "orders",
        "orders paid up to the last day covered whose after-sales window ends on that day or later, or hasn't begun because not every unit left is with the buyer (one that is exchanged until its replacement is received); as of the last record neither settled nor cancelled, and not refunded whole",
        "订单", "截至统计末日已支付、售后期在该日或之后才到期（未退的件未全部在买家手中的视为未开始，换货的件在收到换来的货之前也算）的订单；且以最后一条记录为准，未结算、未取消、未全退";
}
