//! A party's statement of account: what it had, what moved, what it has; and the orders behind each line.

use maud::{Markup, html};
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::PartyKind;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_statement::{
    AccountPeriod, Kind, Lates, Row, Sealing, Statement, Subject, meaning, on_its_side,
};

use crate::cell;
use crate::page::shell;
use crate::words::{Words, words};

/// Orders that are listed behind one line; the CSV has them all.
const BEHIND_MAX: usize = 400;
/// Late records that are listed.
const LATE_MAX: usize = 100;

/// What a statement's page says in words of its reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// The party's name, where one is known; else its id stands alone.
    pub name: Option<String>,
    /// The first day, as printed.
    pub from: String,
    /// The last day, as printed.
    pub through: String,
    /// IANA name of the zone of these days.
    pub zone: String,
    /// ISO 4217 code of the currency.
    pub currency: String,
    /// Its decimals.
    pub decimals: Decimals,
}

/// Renders a statement as a complete HTML document. Credits are positive: what the party has.
pub fn render_statement(statement: &Statement, labels: &Labels) -> String {
    let party = statement.party.to_string();
    let who = labels.name.as_deref().unwrap_or(&party);
    let title = format!("对账单 statement · {who} · {} – {}", labels.from, labels.through);
    let total = statement.in_total();
    shell(&title, include_str!("statement.css"), &html! {
        (header(statement, labels))
        main {
            (cards(statement, &total, labels.decimals))
            (debt(statement, labels.decimals))
            section id="total" {
                h2 { (words("合计", "In total").markup()) }
                p.about { (words(
                    "各科目合计；自己科目之间的结转（结算、到期、提现申请）相互抵消，不列。",
                    "All accounts together; what moved between the party's own accounts cancels out and isn't listed.",
                ).markup()) }
                (period(&total, "total", labels.decimals, &|amount| amount.negated(), Behind::Left))
            }
            @for (account, of) in &statement.accounts { (section(account, of, labels.decimals)) }
            (lates(&statement.opening_changed, "opening_changed", words("期初变动", "Opening changed"), words(
                "发生在本期之前、本期开始后才入账的记录：期初自那时起已变。",
                "Records dated before the period and recorded since it began: the opening has changed since.",
            )))
            (lates(&statement.late, "late", words("补记", "Recorded late"), words(
                "发生在本期、期末之后才入账的记录。",
                "Records dated inside the period and recorded after its end.",
            )))
        }
        footer { (words(
            "期初 + 各项变动 = 期末，逐科目核对；金额均来自账本事件，贷方（应得）为正。用 tuanzhang explain 可查每一分的来由。",
            "Opening and movements come to the closing balance, account by account. Amounts are those of the book's events; what the party has is positive. tuanzhang explain shows the rule behind every one.",
        ).markup()) }
    })
    .into_string()
}

fn header(statement: &Statement, labels: &Labels) -> Markup {
    let kind = match (statement.kind, statement.operator) {
        (_, true) => words("平台/群主", "operator"),
        (Some(PartyKind::Supplier { .. }), false) => words("供应商", "supplier"),
        (Some(PartyKind::Leader { .. }), false) => words("团长", "leader"),
        (None, false) => words("未登记", "not registered"),
    };
    html! { header {
        p.brand { "团账 tuanzhang" }
        h1 { (words("对账单", "Statement of account").markup()) }
        dl.covers {
            @if let Some(name) = &labels.name { (entry(words("对象", "Party"), &cell::name(name))) }
            (entry(words("编号", "Id"), &cell::name(&statement.party.to_string())))
            (entry(words("身份", "Role"), &kind.markup()))
            (entry(words("期间", "Period"), &html! {
                span.short { (labels.from) } " – " span.short { (labels.through) }
            }))
            (entry(words("时区", "Time zone"), &cell::name(&labels.zone)))
            (entry(words("币种", "Currency"), &cell::name(&labels.currency)))
            (entry(words("截至记录", "Through record"), &html! {
                (cell::grouped(&statement.position.to_string()))
            }))
            (entry(words("封账", "Sealed"), &sealing(statement.sealing)))
        }
    } }
}

fn sealing(sealing: Sealing) -> Markup {
    match sealing {
        Sealing::Open => words("未封账，仍可能变动", "not sealed: it can still change").markup(),
        Sealing::Partly { through } => html! {
            (words("部分封账至", "in part, through").markup()) " " (through)
        },
        Sealing::Sealed { position, at } => html! {
            (words("已封账，不再变动", "sealed: never changes again").markup())
            " · " (position) " · " (at)
        },
    }
}

fn entry(name: Words, value: &Markup) -> Markup {
    html! { div { dt { (name.markup()) } dd { (value) } } }
}

fn cards(statement: &Statement, total: &AccountPeriod, decimals: Decimals) -> Markup {
    let closing = |account: Account| {
        statement.accounts.get(&account).map_or(Total::ZERO, |of| of.closing.negated())
    };
    let paid = total.rows.get(&Kind::PayoutPaid).map_or(Total::ZERO, |row| row.sum);
    let party = statement.party;
    let cards = [
        ("opening", words("期初", "Opening"), total.opening.negated()),
        ("paid_out", words("本期提现", "Paid out"), paid),
        ("pending", words("期末待结算", "Pending"), closing(Account::Pending(party))),
        ("term", words("期末账期中", "Terms run"), closing(Account::Term(party))),
        ("closing", words("期末", "Closing"), total.closing.negated()),
    ];
    html! { div.cards.sum { @for (key, name, amount) in cards { div.card {
        span.card-name { (name.markup()) }
        span.card-value data-key=(key) data-value=(amount.display(decimals)) {
            (cell::grouped(&amount.display(decimals)))
        }
    } } } }
}

fn debt(statement: &Statement, decimals: Decimals) -> Markup {
    let debts = [
        (
            "debt_brought_in",
            words("期初欠款", "Debt brought in: owed when the period began"),
            statement.debt_brought_in(),
        ),
        (
            "carried_debt",
            words("结转欠款：以后的收入先行抵扣", "Carried debt: later earnings cover it first"),
            statement.carried_debt(),
        ),
        (
            "pending_debt",
            words("待结算为负，未计入结转欠款", "Pending below zero, not in the carried debt"),
            statement.pending_debt(),
        ),
    ];
    html! { @for (key, name, debt) in debts { @if !debt.is_zero() {
        p.owed data-key=(key) data-value=(debt.display(decimals)) {
            (name.markup()) " " strong { (cell::grouped(&debt.display(decimals))) }
        }
    } } }
}

fn section(account: &Account, of: &AccountPeriod, decimals: Decimals) -> Markup {
    let (english, chinese) = meaning(account);
    let name = account.to_string();
    html! { section id={ "a-" (name) } {
        h2 { (Words { chinese, english }.markup()) }
        p.about { (cell::name(&name)) }
        (period(of, &name, decimals, &|amount| on_its_side(account, amount), Behind::Shown))
    } }
}

/// Whether the orders behind a line are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Behind {
    Shown,
    Left,
}

fn period(
    of: &AccountPeriod,
    name: &str,
    decimals: Decimals,
    side: &dyn Fn(Total) -> Total,
    behind: Behind,
) -> Markup {
    let amount = |amount: Total| {
        let text = side(amount).display(decimals);
        html! { span data-value=(text) { (cell::grouped(&text)) } }
    };
    html! {
        div.scroll { table.statement data-table=(name) {
            thead { tr {
                th scope="col" { (words("项目", "Movement").markup()) }
                th.num scope="col" { (words("笔数", "Count").markup()) }
                th.num scope="col" { (words("金额", "Amount").markup()) }
            } }
            tbody {
                tr.edge data-row="opening" {
                    td { (words("期初", "Opening").markup()) } td.num {} td.num { (amount(of.opening)) }
                }
                @for (kind, row) in &of.rows { tr data-row=(kind.key()) {
                    td { (words(kind.chinese(), kind.english()).markup()) }
                    td.num { (cell::grouped(&row.count.to_string())) }
                    td.num { (amount(row.sum)) }
                } }
                tr.edge data-row="closing" {
                    td { (words("期末", "Closing").markup()) } td.num {} td.num { (amount(of.closing)) }
                }
            }
        } }
        @if behind == Behind::Shown { @for (kind, row) in &of.rows {
            (behind_row(*kind, row, decimals, side))
        } }
    }
}

/// The orders behind a line.
fn behind_row(kind: Kind, row: &Row, decimals: Decimals, side: &dyn Fn(Total) -> Total) -> Markup {
    let rest = row.subjects.len().saturating_sub(BEHIND_MAX);
    let left = row.subjects.values().skip(BEHIND_MAX);
    let left = left.fold(Total::ZERO, |sum, (_, amount)| sum.plus(*amount));
    html! { details.behind {
        summary {
            (words(kind.chinese(), kind.english()).markup()) " · "
            (cell::grouped(&row.subjects.len().to_string())) " "
            (words("项明细", "items").markup())
        }
        div.scroll { table.statement { tbody {
            @for (subject, (count, sum)) in row.subjects.iter().take(BEHIND_MAX) { tr {
                td { (subject_words(*subject).markup()) " " (cell::name(&subject.id())) }
                td.num { (cell::grouped(&count.to_string())) }
                td.num { (cell::grouped(&side(*sum).display(decimals))) }
            } }
            @if rest > 0 { tr.edge {
                td { (words("其余", "others").markup()) " " (cell::grouped(&rest.to_string())) }
                td.num {}
                td.num { (cell::grouped(&side(left).display(decimals))) }
            } }
        } } }
    } }
}

const fn subject_words(subject: Subject) -> Words {
    let (english, chinese) = subject.people();
    Words { chinese, english }
}

fn lates(lates: &Lates, id: &str, title: Words, about: Words) -> Markup {
    html! { @if lates.count > 0 { section id=(id) {
        h2 { (title.markup()) }
        p.about { (about.markup()) }
        div.scroll { table.rows {
            thead { tr {
                th.num scope="col" { (words("记录", "Record").markup()) }
                th scope="col" { (words("发生", "Happened").markup()) }
                th scope="col" { (words("入账", "Recorded").markup()) }
                th scope="col" { (words("事项", "About").markup()) }
            } }
            tbody { @for late in lates.named.iter().take(LATE_MAX) { tr {
                td.num { (late.position) }
                td { (time(&late.happened_at.to_string())) }
                td { (time(&late.at.to_string())) }
                td { code { (late.event) } " " (subject_words(late.subject).markup()) " "
                    (cell::name(&late.subject.id())) }
            } } }
        } }
        p.rest { (words("共", "in all").markup()) " " (cell::grouped(&lates.count.to_string())) }
    } } }
}

/// A time, broken only between day and hour.
fn time(text: &str) -> Markup {
    html! { @for part in text.split('T') { span.short { (part) } " " } }
}
