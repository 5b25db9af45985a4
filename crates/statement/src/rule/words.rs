//! Rules in sentences, English and Chinese.

use rust_decimal::Decimal;
use tuanzhang_core::Money;
use tuanzhang_core::money::{Decimals, Rate, SplitStep, SplitTake};
use tuanzhang_core::refund::Returning;

use super::{Fall, Portion, Rule, exact};

/// A sentence in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// English.
    pub english: String,
    /// Chinese.
    pub chinese: String,
}

impl Sentence {
    fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }
}

impl Rule {
    /// The rule in a sentence, with its figures.
    pub fn sentence(&self, decimals: Decimals) -> Sentence {
        let m = |money: Money| money.display(decimals);
        match self {
            Self::Split { price, portion } => {
                let own = portion_words(portion, decimals);
                if price.discount.is_zero() {
                    return own;
                }
                let (list, discount) = (m(price.list), m(price.discount));
                if price.funded {
                    Sentence::new(
                        format!("{} (the list amount: the discount is funded)", own.english),
                        format!("{}（按标价，优惠另有承担）", own.chinese),
                    )
                } else {
                    let value = m(portion.value);
                    Sentence::new(
                        format!("{} ({list} less discount {discount} = {value})", own.english),
                        format!("{}（{list} 减优惠 {discount} = {value}）", own.chinese),
                    )
                }
            }
            Self::SplitAgain { held, portion, fall } => {
                again_words(*held, portion, *fall, decimals)
            }
            Self::Discount { discount, list, lists, part } => {
                let (discount, list, lists, part) = (m(*discount), m(*list), m(*lists), m(*part));
                Sentence::new(
                    format!(
                        "{list} / {lists} of the discount {discount}, by largest remainder: {part}"
                    ),
                    format!("优惠 {discount} 按 {list} / {lists} 分摊（最大余数法）：{part}"),
                )
            }
            Self::DiscountBack { list, paid } => {
                let back = list.minus(*paid).map_or_else(|_| "–".into(), m);
                let (list, paid) = (m(*list), m(*paid));
                Sentence::new(
                    format!(
                        "list amount fell by {list}, what was paid by {paid}: {back} of the discount comes back"
                    ),
                    format!("标价减少 {list}，实付减少 {paid}：退回优惠 {back}"),
                )
            }
            Self::Shipping { fee } => Sentence::new(
                format!("the order's shipping fee {}", m(*fee)),
                format!("订单运费 {}", m(*fee)),
            ),
            Self::Goods { returning } => returning_words(*returning, decimals),
            Self::Granted { claimed } => match claimed {
                Some(claimed) => Sentence::new(
                    format!("granted by the approval; claimed were {}", m(*claimed)),
                    format!("审批同意的金额；申请 {}", m(*claimed)),
                ),
                None => Sentence::new("granted by the approval", "审批同意的金额"),
            },
            Self::Fee { payment } => Sentence::new(
                format!("fee of the channel on {}, as it reported it", m(*payment)),
                format!("渠道对 {} 收取的手续费，按渠道所报", m(*payment)),
            ),
            Self::OrderPrice { goods, shipping } => Sentence::new(
                format!("goods {} + shipping {}", m(*goods), m(*shipping)),
                format!("商品 {} + 运费 {}", m(*goods), m(*shipping)),
            ),
            Self::Owed { goods, shipping, return_shipping, compensation } => {
                owed_words([*goods, *shipping, *return_shipping, *compensation], decimals)
            }
            Self::Balance { held } => Sentence::new(
                format!("all that the party had of the order there: {}", m(*held)),
                format!("该订单在此科目的全部余额 {}", m(*held)),
            ),
            Self::Payout { asked } => Sentence::new(
                format!("the payout's amount {}", m(*asked)),
                format!("提现申请金额 {}", m(*asked)),
            ),
            Self::Undone { approved } => {
                let at = approved.map_or_else(|| "–".into(), |position| position.to_string());
                Sentence::new(
                    format!("the opposite of the approval at position {at}"),
                    format!("冲销第 {at} 条的退款审批"),
                )
            }
            Self::Suspended => {
                Sentence::new("all of the money that stood in suspense", "该笔暂收暂付款的全额")
            }
            Self::Given => Sentence::new("as recorded", "按记录金额"),
            Self::Unexplained { why } => {
                Sentence::new(format!("unexplained: {why}"), "未能解释：与当时规则重算不符")
            }
        }
    }
}

fn portion_words(portion: &Portion, decimals: Decimals) -> Sentence {
    if portion.steps.is_empty() {
        return Sentence::new("no share of the split", "分账中没有份额");
    }
    let steps: Vec<Sentence> =
        portion.steps.iter().map(|step| step_words(step, portion, decimals)).collect();
    let joined = |of: fn(&Sentence) -> &str| steps.iter().map(of).collect::<Vec<_>>().join("; + ");
    let (mut english, mut chinese) = (joined(|s| &s.english), joined(|s| &s.chinese));
    if steps.len() > 1 {
        let sum = portion.amount.display(decimals);
        english.push_str(&format_sum(&sum));
        chinese.push_str(&format_sum(&sum));
    }
    Sentence { english, chinese }
}

fn format_sum(sum: &str) -> String {
    format!(" = {sum}")
}

fn percent(rate: Rate) -> String {
    Decimal::new(i64::from(rate.millionths()), 4).normalize().to_string()
}

fn step_words(step: &SplitStep, portion: &Portion, decimals: Decimals) -> Sentence {
    let (of, wanted) = (step.of.display(decimals), step.wanted.display(decimals));
    let units = portion.quantity;
    let rated = |rate, english: &str, chinese: &str| {
        let percent = percent(rate);
        let exact = exact(step, decimals).map_or_else(|| "–".into(), |exact| exact.to_string());
        if exact == wanted {
            Sentence::new(
                format!("{percent} % of {english}{of} = {wanted}"),
                format!("{chinese}{of} × {percent}% = {wanted}"),
            )
        } else {
            Sentence::new(
                format!("{percent} % of {english}{of} = {exact}, rounded down to {wanted}"),
                format!("{chinese}{of} × {percent}% = {exact}，舍去尾数得 {wanted}"),
            )
        }
    };
    let said = match step.take {
        Some(SplitTake::Rate(rate)) => rated(rate, "", ""),
        Some(SplitTake::RateOfSeller(rate)) => rated(rate, "the seller's ", "销售方所得 "),
        Some(SplitTake::PerUnit(_)) => Sentence::new(
            format!("{of} x {units} = {wanted}"),
            format!("每件 {of} × {units} = {wanted}"),
        ),
        Some(SplitTake::SupplyPrice) => Sentence::new(
            format!("supply price {of} x {units} = {wanted}"),
            format!("供货价 {of} × {units} = {wanted}"),
        ),
        None => {
            let value = portion.value.display(decimals);
            Sentence::new(
                format!("what the other shares left of {value}: {wanted}"),
                format!("{value} 中其他各方分取后的余额 {wanted}"),
            )
        }
    };
    if step.taken == step.wanted {
        return said;
    }
    let taken = step.taken.display(decimals);
    Sentence::new(
        format!("{}, but only {taken} was left", said.english),
        format!("{}，但只剩 {taken}", said.chinese),
    )
}

fn again_words(held: Money, portion: &Portion, fall: Fall, decimals: Decimals) -> Sentence {
    let m = |money: Money| money.display(decimals);
    let change = portion.amount.minus(held).map_or_else(|_| "–".into(), m);
    let (held, value, units) = (m(held), m(portion.value), portion.quantity);
    let why = match fall {
        Fall::Returned { units, returning } => {
            let back = returning_words(returning, decimals);
            Sentence::new(
                format!("{units} returned ({})", back.english),
                format!("退 {units} 件（{}）", back.chinese),
            )
        }
        Fall::Price { price, units, by } => Sentence::new(
            format!("price fell to {} for {units}: {} less", m(price), m(by)),
            format!("{units} 件降价至 {}，减少 {}", m(price), m(by)),
        ),
    };
    let left = if units == 0 && portion.value.is_zero() {
        Sentence::new("nothing is left", "已无剩余")
    } else {
        let left = portion_words(portion, decimals);
        Sentence::new(
            format!("{value} for {units} left: {}", left.english),
            format!("剩 {units} 件 {value}：{}", left.chinese),
        )
    };
    Sentence::new(
        format!("{}; {}; less {held} had = {change}", why.english, left.english),
        format!("{}；{}；减原有 {held} = {change}", why.chinese, left.chinese),
    )
}

fn returning_words(r: Returning, decimals: Decimals) -> Sentence {
    let m = |money: Money| money.display(decimals);
    let (amount, units, returned) = (m(r.amount), r.units, r.returned);
    let (in_all, before, step) = (m(r.in_all), m(r.before), m(r.step));
    if r.before.is_zero() && returned == units {
        return Sentence::new(
            format!("all {units} of {amount}"),
            format!("全部 {units} 件共 {amount}"),
        );
    }
    Sentence::new(
        format!("{returned} of {units} of {amount} = {in_all}, less {before} before = {step}"),
        format!("{amount} 的 {returned}/{units} = {in_all}，减已退 {before} = {step}"),
    )
}

fn owed_words(amounts: [Money; 4], decimals: Decimals) -> Sentence {
    let names = [
        ("goods", "商品"),
        ("shipping fee", "运费"),
        ("return shipping", "退货运费"),
        ("compensation", "补偿"),
    ];
    let parts: Vec<_> = names.iter().zip(amounts).filter(|(_, amount)| !amount.is_zero()).collect();
    let said = |of: fn(&(&'static str, &'static str)) -> &'static str| {
        let words =
            parts.iter().map(|(name, amount)| format!("{} {}", of(name), amount.display(decimals)));
        words.collect::<Vec<_>>().join(" + ")
    };
    Sentence::new(said(|name| name.0), said(|name| name.1))
}
