//! Rules in sentences, English and Chinese.

use rust_decimal::Decimal;
use tuanzhang_core::Money;
use tuanzhang_core::money::{Decimals, Rate, SplitStep, SplitTake};
use tuanzhang_core::refund::Returning;

use super::{Fall, Portion, Rule, exact, exact_part};

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
            Self::SplitAgain { held, portion, fall, borne } => {
                again_words(*held, portion, *fall, *borne, decimals)
            }
            Self::Discount { discount, list, lists, part } => {
                let share = discount_words(*discount, (*list, *lists), *part, decimals);
                let (discount, list, lists) = (m(*discount), m(*list), m(*lists));
                Sentence::new(
                    format!("{list} / {lists} of the discount {discount} = {}", share.english),
                    format!("优惠 {discount} × {list} / {lists} = {}", share.chinese),
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
            Self::Granted { claimed, terms } => {
                let mut said = match claimed {
                    Some(claimed) => Sentence::new(
                        format!("granted by the approval; claimed were {}", m(*claimed)),
                        format!("审批同意的金额；申请 {}", m(*claimed)),
                    ),
                    None => Sentence::new("granted by the approval", "审批同意的金额"),
                };
                if let Some((cap, by)) = terms {
                    let (cap, by) = (m(*cap), by.word());
                    said.english.push_str(&["; terms: cap ", &cap, ", borne by ", by].concat());
                    said.chinese.push_str(&["；条款：上限 ", &cap, "，由 ", by, " 承担"].concat());
                }
                said
            }
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
    let emptied = |step: &&SplitStep| step.taken.is_zero() && !step.wanted.is_zero();
    for step in portion.shares.iter().filter(emptied) {
        let (zero, wanted) = (step.taken.display(decimals), step.wanted.display(decimals));
        english.push_str(
            &[", ", step.to.word(), " ", &zero, ": nothing was left for its ", &wanted].concat(),
        );
        chinese.push_str(
            &["，", step.to.word(), " ", &zero, "：应得 ", &wanted, "，已无剩余"].concat(),
        );
    }
    Sentence { english, chinese }
}

/// An amount before it is rounded; of one that never ends four digits more than an amount has.
fn part_words(of: Money, part: i64, whole: i64, decimals: Decimals) -> String {
    match exact_part(of, part, whole, decimals) {
        Some((exact, true)) => exact.to_string(),
        Some((exact, false)) => [&exact.to_string(), "…"].concat(),
        None => "–".into(),
    }
}

/// The share rounded down, and the minor unit that was left over where the line got one.
fn discount_words(
    discount: Money,
    (list, lists): (Money, Money),
    part: Money,
    decimals: Decimals,
) -> Sentence {
    let exact = part_words(discount, list.minor(), lists.minor(), decimals);
    let got = part.display(decimals);
    if exact == got {
        return Sentence::new(got.clone(), got);
    }
    let product = i128::from(discount.minor()).saturating_mul(list.minor().into());
    let floor = product.checked_div_euclid(lists.minor().into()).unwrap_or(0);
    let floor = i64::try_from(floor).ok().and_then(|minor| Money::from_minor(minor).ok());
    let over = floor.and_then(|floor| Some((floor, part.minus(floor).ok()?)));
    match over {
        Some((floor, over)) if !over.is_zero() => {
            let (floor, over) = (floor.display(decimals), over.display(decimals));
            Sentence::new(
                format!("{exact}, rounded down to {floor} + {over} (largest remainder) = {got}"),
                format!("{exact}，舍去尾数得 {floor} + {over}（最大余数法）= {got}"),
            )
        }
        Some(_) | None => Sentence::new(
            format!("{exact}, rounded down to {got} (largest remainder)"),
            format!("{exact}，舍去尾数得 {got}（最大余数法）"),
        ),
    }
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
            let mut left = portion.value.display(decimals);
            for share in portion.shares.iter().filter(|share| !share.taken.is_zero()) {
                left.push_str(" - ");
                left.push_str(&share.taken.display(decimals));
            }
            Sentence::new(
                format!("what the other shares left: {left} = {wanted}"),
                format!("其他各方分取后的余额 {left} = {wanted}"),
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

fn again_words(
    held: Money,
    portion: &Portion,
    fall: Fall,
    borne: u32,
    decimals: Decimals,
) -> Sentence {
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
        Fall::Price { price, units, by, discount } if discount.is_zero() => Sentence::new(
            format!("price fell to {} for {units}: {} less", m(price), m(by)),
            format!("{units} 件降价至 {}，减少 {}", m(price), m(by)),
        ),
        Fall::Price { price, units, by, discount } => {
            let now = price.times(units).map_or_else(|_| "–".into(), m);
            let (price, by, discount) = (m(price), m(by), m(discount));
            Sentence::new(
                format!(
                    "price fell to {price} for {units}: {now} less remaining discount {discount}, {by} less than before"
                ),
                format!("{units} 件降价至 {price}：{now} 减剩余优惠 {discount}，比原来减少 {by}"),
            )
        }
    };
    let stay = if borne == 0 {
        Sentence::new("", "")
    } else {
        Sentence::new(
            format!(" ({borne} of them refunded as goodwill: they stay in the split)"),
            format!("（其中 {borne} 件为兜底退款，仍在分账中）"),
        )
    };
    let left = if units == 0 && portion.value.is_zero() {
        Sentence::new("nothing is left", "已无剩余")
    } else {
        let left = portion_words(portion, decimals);
        Sentence::new(
            format!("{value} for {units} left{}: {}", stay.english, left.english),
            format!("剩 {units} 件{} {value}：{}", stay.chinese, left.chinese),
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
    let exact = part_words(r.amount, returned.into(), units.into(), decimals);
    let (english, chinese) = if exact == in_all {
        (in_all.clone(), in_all)
    } else {
        (format!("{exact}, rounded down to {in_all}"), format!("{exact}，舍去尾数得 {in_all}"))
    };
    let none_left = r.in_all.minus(r.before) != Ok(r.step);
    let (equals, gives) =
        if none_left { (", so no more:", "，不再退：") } else { (" =", " =") };
    Sentence::new(
        format!(
            "{returned} of {units} of {amount} = {english}, less {before} before{equals} {step}"
        ),
        format!("{amount} 的 {returned}/{units} = {chinese}，减已退 {before}{gives} {step}"),
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
