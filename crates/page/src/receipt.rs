//! The receipt of one order as a page to print: what it came to, what happened, how to check it.
//!
//! Every word of it follows from verified records. The page itself proves nothing and says so: the file
//! beside it does.

use maud::{Markup, html};
use tuanzhang_core::money::{Currency, Money};
use tuanzhang_core::{Actor, Time};
use tuanzhang_proof::{CANNOT_SHOW, Piece, Said, Status, Step, Story, Verified};

use crate::cell;
use crate::page::shell;
use crate::words::{Words, gloss, words};

const STYLE: &str = include_str!("receipt.css");

/// How an instant is written.
type Clock<'c> = dyn Fn(Time) -> String + 'c;

/// The whole document.
pub(crate) fn document(
    verified: &Verified,
    story: &Story,
    time: &Clock<'_>,
    with_parts: bool,
) -> Markup {
    let body = html! { div.receipt {
        (head(verified, story))
        main {
            (heading("money", words("钱款", "Money")))
            (sums(story))
            (heading("lines", words("商品", "Goods")))
            (lines(story))
            (heading("story", words("经过", "What happened")))
            (steps(story, time))
            @if with_parts {
                (heading("parts", words("各方所得", "Who has what of it")))
                (parts(story))
            }
            (heading("check", words("如何核对", "How to check it")))
            (check(verified))
        }
        footer { (words(
            "本页由凭证文件生成，本身不是证明；证明是那份文件。",
            "This page was made from the receipt's file and proves nothing by itself: the file does.",
        ).markup()) }
    } };
    shell(&format!("订单凭证 Receipt · {}", story.order), STYLE, &body)
}

fn heading(id: &str, title: Words) -> Markup {
    html! { h2 id=(id) { (title.markup()) } }
}

fn head(verified: &Verified, story: &Story) -> Markup {
    let placed = &story.placed;
    let checkpoint = verified.checkpoint.checkpoint().head();
    html! { header {
        p.brand { "团账 tuanzhang" }
        h1 { (words("订单凭证", "Receipt of an order").markup()) }
        dl.covers {
            (row(words("订单", "Order"), &cell::name(&story.order.to_string())))
            (row(words("状态", "Status"), &status(story.status)))
            (row(words("团", "Campaign"), &cell::name(&story.title)))
            (row(words("买家", "Buyer"), &placed.buyer.map_or_else(
                || words("散客", "walk-in").markup(), |buyer| cell::name(&buyer.to_string()))))
            (row(words("帮卖团长", "Seller"), &cell::name(&placed.seller.to_string())))
            (row(words("账本", "Book"), &cell::name(&verified.opened.book.to_string())))
            (row(words("截至记录", "Through record"), &html! { (cell::grouped(&checkpoint.size.to_string())) }))
            (row(words("时区", "Time zone"), &cell::name(verified.opened.timezone.as_str())))
        }
    } }
}

fn row(name: Words, value: &Markup) -> Markup {
    html! { div { dt { (name.markup()) } dd { (value) } } }
}

fn status(status: Status) -> Markup {
    html! { span data-status=(status.word()) {
        span lang="zh-Hans" { (status.chinese()) } " " span.en lang="en" { (status.word()) }
    } }
}

/// An amount, and beside it what a program compares.
fn money(key: &str, amount: Money, currency: &Currency) -> Markup {
    let plain = amount.display(currency.decimals);
    html! { span data-key=(key) data-value=(plain) { (cell::grouped(&plain)) " " (currency.code) } }
}

fn sums(story: &Story) -> Markup {
    let sums = story.sums;
    let row = |key: &str, name: Words, amount: Money| {
        html! { tr {
            th scope="row" { (name.markup()) }
            td { (money(key, amount, &story.currency)) }
        } }
    };
    html! { table.sums { tbody {
        (row("due", words("应付", "To be paid"), sums.due))
        (row("paid", words("已付", "Paid"), sums.paid))
        @if !sums.in_suspense.is_zero() {
            (row("in_suspense", words("挂账", "Arrived, held until it is resolved"), sums.in_suspense))
        }
        @if !sums.elsewhere.is_zero() {
            (row("elsewhere", words("转作他用", "Arrived for it, used elsewhere"), sums.elsewhere))
        }
        (row("refund_due", words("应退", "Became owed back"), sums.refund_due))
        (row("refunded", words("已退", "Paid back"), sums.refunded))
        @if let Ok(owed) = sums.still_owed() {
            (row("still_owed", words("尚欠买家", "Still owed to the buyer"), owed))
        }
    } } }
}

fn lines(story: &Story) -> Markup {
    let amount = |amount: Money| html! { td.num { (cell::grouped(&amount.display(story.currency.decimals))) } };
    html! { div.scroll { table.lines {
        thead { tr {
            th scope="col" { (words("商品", "Item").markup()) }
            th.num scope="col" { (words("数量", "Units").markup()) }
            th.num scope="col" { (words("单价", "Price").markup()) }
            th.num scope="col" { (words("小计", "List").markup()) }
            th.num scope="col" { (words("优惠", "Discount").markup()) }
        } }
        tbody { @for line in &story.lines { tr {
            td { (cell::name(&line.title)) @if line.title != line.sku { " " code { (cell::name(&line.sku)) } } }
            td.num { (cell::grouped(&line.quantity.to_string())) }
            (amount(line.price)) (amount(line.list)) (amount(line.discount))
        } } }
    } } }
}

fn steps(story: &Story, time: &Clock<'_>) -> Markup {
    html! { div.scroll { table.story {
        thead { tr {
            th.num scope="col" { (words("记录", "Record").markup()) }
            th scope="col" { (words("时间", "When").markup()) }
            th scope="col" { (words("谁", "Who").markup()) }
            th scope="col" { (words("何事", "What").markup()) }
        } }
        tbody { @for step in &story.steps { (row_of(step, time)) } }
    } } }
}

fn row_of(step: &Step, time: &Clock<'_>) -> Markup {
    let happened = step.occurred_at.filter(|occurred| *occurred != step.at);
    html! { tr data-event=(step.event) data-position=(step.position) {
        td.num { (cell::grouped(&step.position.to_string())) }
        td.when {
            (time(happened.unwrap_or(step.at)))
            @if happened.is_some() { small { (words("记录于", "recorded").markup()) " " (time(step.at)) } }
        }
        td { (who(step.actor)) }
        td.what { (said(&step.said)) }
    } }
}

/// Who it was, by role: the ids stand in the head of the page and in the file.
fn who(actor: Actor) -> Markup {
    match actor {
        Actor::Operator => words("运营方", "operator"),
        Actor::System => words("系统", "system"),
        Actor::Leader(_) => words("团长", "leader"),
        Actor::Supplier(_) => words("供应商", "supplier"),
        Actor::Buyer(_) => words("买家", "buyer"),
    }
    .markup()
}

/// A sentence in both languages, its values set apart.
fn said(said: &Said) -> Markup {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Words(text) => html! { (text) },
        Piece::Value(text) => cell::name(text),
    };
    html! {
        span lang="zh-Hans" { @for one in said.chinese() { (piece(one)) } }
        " " span.en lang="en" { @for one in said.english() { (piece(one)) } }
    }
}

fn parts(story: &Story) -> Markup {
    if story.parts.is_empty() {
        return html! { p.nothing { (words("尚未付款，无可分。", "Nothing is paid yet, so nothing is shared.").markup()) } };
    }
    html! { div.scroll { table.lines {
        thead { tr {
            th scope="col" { (words("角色", "Role").markup()) }
            th scope="col" { (words("谁", "Party").markup()) }
            th.num scope="col" { (words("金额", "Amount").markup()) }
        } }
        tbody { @for part in &story.parts { tr {
            td { (gloss(part.role.word()).unwrap_or_default()) " " span.en lang="en" { (part.role.word()) } }
            td { (cell::name(&part.party.to_string())) }
            td.num { (money(part.role.word(), part.amount, &story.currency)) }
        } } }
    } } }
}

fn check(verified: &Verified) -> Markup {
    let signers = verified.checkpoint.note().signatures();
    html! {
        p { (words(
            "凭证文件里每条记录都带一个证明，可以不要账本、不要网络地核对：",
            "Each record in the receipt's file has a proof that is checked without the book and without a network:",
        ).markup()) }
        pre { "tuanzhang verify RECEIPT.json" }
        p { (words("它们都在这个检查点之下：", "All of them are under this checkpoint:").markup()) }
        pre data-key="checkpoint" { @for line in verified.checkpoint.to_string().lines() { (cell::name(line)) "\n" } }
        @if signers.is_empty() {
            p { (words(
                "检查点没有签名：请与您另存的检查点比较。",
                "The checkpoint is not signed: compare it with one that you kept elsewhere.",
            ).markup()) }
        } @else {
            p { (words("签名未经核对，自称：", "Signature not checked, name claimed:").markup())
                @for signer in signers { " " (cell::name(signer.name())) } }
        }
        p { (words("凭证不能证明：", "What a receipt can't show:").markup()) }
        ul { @for (chinese, english) in CANNOT_SHOW { li { (words(chinese, english).markup()) } } }
    }
}
