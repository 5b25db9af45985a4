//! What is to be looked at, as it is printed.

use std::io::{self, Write};

use tuanzhang_audit::Audit;
use tuanzhang_audit::look::{Approver, Look, OfKind, OwnCampaign, Sum};
use tuanzhang_core::Money;
use tuanzhang_core::money::Decimals;

use crate::node::Node;
use crate::table;

/// Single records that people see of each kind; JSON has all that were kept.
const SHOWN_MAX: usize = 3;

/// Amounts in the book's currency.
#[derive(Clone, Copy)]
struct Shown(Option<Decimals>);

impl Shown {
    /// In major units; in minor ones where that can't be.
    fn money(self, minor: i128) -> Node {
        let money = i64::try_from(minor).ok().and_then(|minor| Money::from_minor(minor).ok());
        match (self.0, money) {
            (Some(decimals), Some(money)) => money.display(decimals).into(),
            (Some(_) | None, _) => format!("{minor} minor units").into(),
        }
    }

    fn sum(self, sum: Sum) -> Node {
        Node::Map(vec![("count", sum.count.into()), ("amount", self.money(sum.amount_minor))])
    }

    fn approver(self, approver: &Approver) -> Node {
        Node::Map(vec![
            ("actor", Node::text(approver.actor)),
            ("refunds", self.sum(approver.refunds)),
            ("own_campaigns", self.sum(approver.own_campaigns)),
            ("goodwill", self.sum(approver.goodwill)),
            ("compensation", self.sum(approver.compensation)),
            ("return_shipping", self.sum(approver.return_shipping)),
        ])
    }

    fn own_campaign(self, own: &OwnCampaign) -> Node {
        Node::Map(vec![
            ("campaign", Node::text(own.campaign)),
            ("owner", Node::text(own.owner)),
            ("refunds", self.sum(own.refunds)),
        ])
    }

    fn look(self, look: &Look) -> Node {
        Node::Map(vec![
            ("position", look.position.into()),
            ("event", look.event.into()),
            ("at", Node::text(look.at)),
            ("actor", Node::text(look.actor)),
            ("amount", self.money(look.amount.minor().into())),
            ("about", look.about.as_str().into()),
            ("reason", look.reason.as_str().into()),
        ])
    }

    fn of_kind(self, of_kind: &OfKind) -> Node {
        Node::Map(vec![
            ("kind", of_kind.kind.name().into()),
            ("label_zh", of_kind.kind.name_zh().into()),
            ("count", of_kind.sum.count.into()),
            ("amount", self.money(of_kind.sum.amount_minor)),
            ("largest", Node::list(of_kind.largest.iter().map(|look| self.look(look)))),
        ])
    }
}

pub(super) fn node(audit: &Audit) -> Node {
    let (shown, to) = (Shown(audit.decimals), &audit.to_look_at);
    let named = |name: String, key, sum: Sum| {
        Node::Map(vec![
            (key, name.into()),
            ("count", sum.count.into()),
            ("amount", shown.money(sum.amount_minor)),
        ])
    };
    let purchases =
        to.self_purchases.iter().map(|(role, sum)| named(role.to_string(), "role", *sum));
    let discounts = to.discounts.iter().map(|(by, sum)| {
        let by: String = smol_word(*by);
        named(by, "funded_by", *sum)
    });
    Node::Map(vec![
        ("refunds_by_the_book", shown.sum(to.refunds_by_the_book)),
        ("approvers_total", to.approvers_total.into()),
        ("approvers", Node::list(to.approvers.iter().map(|a| shown.approver(a)))),
        ("own_campaigns_total", to.own_campaigns_total.into()),
        ("own_campaigns", Node::list(to.own_campaigns.iter().map(|own| shown.own_campaign(own)))),
        ("self_purchases", Node::list(purchases)),
        ("discounts", Node::list(discounts)),
        ("kinds", Node::list(to.kinds.iter().map(|of_kind| shown.of_kind(of_kind)))),
    ])
}

fn smol_word(by: tuanzhang_core::command::FundedBy) -> String {
    match by {
        tuanzhang_core::command::FundedBy::Shared => "shared".into(),
        tuanzhang_core::command::FundedBy::Role(role) => role.to_string(),
    }
}

pub(super) fn write(audit: &Audit, out: &mut impl Write) -> io::Result<()> {
    let (shown, to) = (Shown(audit.decimals), &audit.to_look_at);
    writeln!(out, "to look at 应予关注, no finding by itself:")?;
    let mut sums = table::headed(&["what", "", "count 笔数", "amount 金额"]);
    let mut row = |what: &str, zh: &str, sum: Sum| {
        let amount = shown.money(sum.amount_minor).cell();
        sums.add_row([what.to_owned(), zh.to_owned(), sum.count.to_string(), amount]);
    };
    row("refunds that the book opened itself", "自动退款", to.refunds_by_the_book);
    for of_kind in &to.kinds {
        row(of_kind.kind.name(), of_kind.kind.name_zh(), of_kind.sum);
    }
    for (role, sum) in &to.self_purchases {
        row(&format!("self-purchase by the {role}"), "自购", *sum);
    }
    for (by, sum) in &to.discounts {
        row(&format!("discount funded by {}", smol_word(*by)), "优惠承担", *sum);
    }
    table::align_right(&mut sums, [2, 3]);
    writeln!(out, "{sums}")?;
    if !to.approvers.is_empty() {
        writeln!(
            out,
            "refunds by who approved them 退款审批人, {}:",
            of_total(to.approvers.len(), to.approvers_total)
        )?;
        let mut rows = table::headed(&[
            "approver 审批人",
            "refunds 退款",
            "amount 金额",
            "own campaigns 自批",
            "goodwill 兜底",
            "compensation 补偿",
        ]);
        for a in &to.approvers {
            let amount = |sum: Sum| shown.money(sum.amount_minor).cell();
            rows.add_row([
                a.actor.to_string(),
                a.refunds.count.to_string(),
                amount(a.refunds),
                amount(a.own_campaigns),
                amount(a.goodwill),
                amount(a.compensation),
            ]);
        }
        table::align_right(&mut rows, 1..6);
        writeln!(out, "{rows}")?;
    }
    for of_kind in &to.kinds {
        let kept = of_kind.largest.iter().take(SHOWN_MAX);
        let (name, zh) = (of_kind.kind.name(), of_kind.kind.name_zh());
        for look in kept {
            let amount = shown.money(look.amount.minor().into()).cell();
            let Look { position, at, actor, about, reason, .. } = look;
            writeln!(
                out,
                "- {name} {zh}, position {position}, {at}, {actor}: {amount}, {about} {reason}"
            )?;
        }
    }
    Ok(())
}

fn of_total(shown: usize, total: usize) -> String {
    if shown == total { format!("{total}") } else { format!("the largest {shown} of {total}") }
}
