//! An explanation as tables: what moved an account by kind, then order by order with the rule of each amount.

use std::io::Write;

use tuanzhang_core::Money;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_statement::{
    Entry, Kind, OfAccount, OfKind, OfSubject, Subject, is_debit, meaning, on_its_side,
};

use super::Explained;
use crate::failure::Failure;
use crate::table;

/// Entries shown of one order where several are shown.
const ENTRIES_MAX: usize = 12;

pub(super) fn write(explained: &Explained, out: &mut impl Write) -> Result<(), Failure> {
    let as_of = explained.as_of.map_or_else(|| "–".to_owned(), |at| at.to_string());
    write!(out, "position {}, as of {as_of}, in {}", explained.position, explained.currency)?;
    if let Some(business) = explained.business {
        write!(out, ", business time {business}")?;
    }
    writeln!(out)?;
    let mut any = false;
    for (account, of) in explained.explanation.accounts() {
        any = true;
        writeln!(out)?;
        of_account(explained, account, of, out)?;
    }
    if !any {
        writeln!(out, "nothing moved there 没有变动: 0")?;
    }
    Ok(())
}

fn of_account(
    explained: &Explained,
    account: &Account,
    of: &OfAccount,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let decimals = explained.decimals;
    let (english, chinese) = meaning(account);
    let side = if is_debit(account) { "debit 借" } else { "credit 贷" };
    let shown = |amount: Total| on_its_side(account, amount).display(decimals);
    writeln!(out, "{account}  {chinese} {english}")?;
    writeln!(
        out,
        "{} movements 笔: {} reckoned again and the same 重算一致, {} as recorded 按记录, {} unexplained 未解释",
        of.count, of.checked, of.given, of.unexplained
    )?;
    let mut kinds = table::headed(&["kind", "类型", "movements 笔数", side]);
    for (kind, of_kind) in &of.kinds {
        let (count, sum) = (of_kind.count.to_string(), shown(of_kind.sum));
        kinds.add_row([kind.english(), kind.chinese(), &count, &sum]);
    }
    if of.others > 0 {
        let (count, sum) = (of.others.to_string(), shown(of.others_sum));
        kinds.add_row(["not of this order", "不属此订单", &count, &sum]);
    }
    kinds.add_row(["balance", "余额", &of.count.to_string(), &shown(of.sum)]);
    table::align_right(&mut kinds, [2, 3]);
    writeln!(out, "{kinds}")?;
    for (kind, of_kind) in &of.kinds {
        of_kind_table(explained, account, *kind, of_kind, out)?;
    }
    Ok(())
}

fn of_kind_table(
    explained: &Explained,
    account: &Account,
    kind: Kind,
    of: &OfKind,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let decimals = explained.decimals;
    let (shown, rest, rest_sum) = last_subjects(of, explained.limit);
    if shown.is_empty() {
        return Ok(());
    }
    let all = of.subjects.len();
    writeln!(out, "\n{} {}: {} of {all} shown 列出", kind.english(), kind.chinese(), shown.len())?;
    let mut rows =
        table::headed(&["about 对象", "record 记录", "part 份额", "amount 金额", "why 缘由"]);
    for (subject, of_subject) in shown {
        add_subject(&mut rows, account, *subject, of_subject, explained);
    }
    table::align_right(&mut rows, [1, 3]);
    writeln!(out, "{rows}")?;
    if rest > 0 {
        let sum = on_its_side(account, rest_sum).display(decimals);
        writeln!(out, "the other {rest} come to {sum}; --limit N or --order ID shows them")?;
        writeln!(out, "其余 {rest} 项合计 {sum}；用 --limit N 或 --order ID 查看")?;
    }
    Ok(())
}

fn add_subject(
    rows: &mut comfy_table::Table,
    account: &Account,
    subject: Subject,
    of: &OfSubject,
    explained: &Explained,
) {
    let decimals = explained.decimals;
    let side = |amount: Total| on_its_side(account, amount).display(decimals);
    let mut about = people_subject(subject);
    let most = if explained.one_order { usize::MAX } else { ENTRIES_MAX };
    let skipped = of.entries.len().saturating_sub(most);
    for entry in of.entries.iter().skip(skipped) {
        add_entry(rows, account, &std::mem::take(&mut about), entry, 0, decimals);
    }
    let left = of.count.saturating_sub(u64::try_from(of.entries.len()).unwrap_or(u64::MAX));
    let left = left.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
    if left > 0 {
        let shown = of.entries.iter().skip(skipped).fold(Total::ZERO, |sum, entry| {
            sum.plus(Total::from_minor(entry.amount.minor().into()))
        });
        let amount = side(of.sum.minus(shown));
        rows.add_row([about, String::new(), format!("{left} earlier 更早"), amount, String::new()]);
    }
    if of.count > 1 {
        rows.add_row([
            String::new(),
            String::new(),
            "sum 小计".into(),
            side(of.sum),
            String::new(),
        ]);
    }
}

fn people_subject(subject: Subject) -> String {
    let (english, chinese) = subject.people();
    format!("{english} {chinese}\n{}", subject.id())
}

/// An entry, and beneath it what it is made of.
fn add_entry(
    rows: &mut comfy_table::Table,
    account: &Account,
    about: &str,
    entry: &Entry,
    depth: usize,
    decimals: Decimals,
) {
    let mark = "· ".repeat(depth);
    let said = entry.rule.sentence(decimals);
    let mut part = format!("{mark}{} {}", entry.kind.english(), entry.kind.chinese());
    if let Some(of) = &entry.part {
        part.push('\n');
        part.push_str(&mark);
        part.push_str(of.role.word());
        if let Some((sku, units)) = &of.line {
            part.push_str(&format_line(sku.as_str(), *units));
        }
    }
    let next = format!("\n{mark}");
    let english = said.english.replace("; ", &format!(";{next}"));
    let chinese = said.chinese.replace('；', &format!("；{next}"));
    let mut why = format!("{mark}{english}{next}{chinese}");
    if let Some(refund) = entry.refund {
        why.push_str(&format_refund(&mark, &refund.to_string()));
    }
    for (english, chinese, said) in entry.noted.iter().flat_map(|noted| noted.lines()) {
        why.push_str(&[&next, english, " ", chinese, " ", &said].concat());
    }
    rows.add_row([
        about.to_owned(),
        format!("{}\n{}", entry.position, entry.happened_at),
        part,
        format!("{mark}{}", amount(account, entry.amount, decimals)),
        why,
    ]);
    for below in &entry.made_of {
        add_entry(rows, account, "", below, depth.saturating_add(1), decimals);
    }
}

fn format_line(sku: &str, units: u32) -> String {
    format!(" {sku} × {units}")
}

fn format_refund(mark: &str, refund: &str) -> String {
    format!("\n{mark}refund 退款 {refund}")
}

fn amount(account: &Account, amount: Money, decimals: Decimals) -> String {
    on_its_side(account, Total::from_minor(amount.minor().into())).display(decimals)
}

/// The last so many by their last record, in the order of the records; how many are left, and what those come to.
pub(super) fn last_subjects(
    of: &OfKind,
    limit: usize,
) -> (Vec<(&Subject, &OfSubject)>, usize, Total) {
    let mut kept: Vec<_> = of.subjects.iter().filter(|(_, of)| !of.entries.is_empty()).collect();
    kept.sort_by_key(|(_, of)| of.entries.back().map(|entry| entry.position));
    let shown = kept.split_off(kept.len().saturating_sub(limit));
    let sum = shown.iter().fold(Total::ZERO, |sum, (_, of)| sum.plus(of.sum));
    let rest = of.subjects.len().saturating_sub(shown.len());
    (shown, rest, of.sum.minus(sum))
}
