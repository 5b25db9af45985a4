//! What a file showed, for people and as JSON.

use std::io::Write;

use tuanzhang_core::json;
use tuanzhang_core::money::Money;
use tuanzhang_proof::{CANNOT_SHOW, Grown, Piece, Shown, SignedCheckpoint, Story, Sums, Verified};

use super::against::Link;
use super::{Checked, checkpoint_of, zone_of};
use crate::failure::Failure;
use crate::node::Node;
use crate::table;

/// As JSON.
pub(super) fn node(name: &str, found: Result<&Checked, &str>) -> Result<Node, Failure> {
    let mut fields = vec![("file", name.into())];
    match found {
        Err(why) => fields.extend([("holds", false.into()), ("why", why.into())]),
        Ok(checked) => {
            fields.push(("holds", checked.holds().into()));
            fields.push(("checkpoint", checkpoint(checkpoint_of(&checked.shown))));
            let signed = checked.signed.as_ref();
            fields.push(("signature", signature(checked).into()));
            fields.push((
                "signature_error",
                signed.and_then(|one| one.as_ref().err()).cloned().into(),
            ));
            fields.push(("contradicted_by", checked.contradicted_by.clone().into()));
            fields.push(("kept", checked.link.map(Link::word).into()));
            match &checked.shown {
                Shown::Receipt(verified) => {
                    fields.push(("since", verified.since.as_ref().map(checkpoint).into()));
                    fields.push(("receipt", receipt(verified)?));
                }
                Shown::Growth(grown) => fields.push(("since", checkpoint(&grown.since))),
            }
        }
    }
    Ok(Node::Map(fields))
}

/// Whether anybody vouches for the checkpoint.
fn signature(checked: &Checked) -> &'static str {
    let is_signed = !checkpoint_of(&checked.shown).note().signatures().is_empty();
    match &checked.signed {
        Some(Ok(())) => "good",
        Some(Err(_)) => "refused",
        None if is_signed => "unchecked",
        None => "none",
    }
}

fn checkpoint(signed: &SignedCheckpoint) -> Node {
    let checkpoint = signed.checkpoint();
    let signers = signed.note().signatures().iter().map(|one| Node::text(one.name()));
    Node::Map(vec![
        ("origin", Node::text(checkpoint.origin())),
        ("size", checkpoint.head().size.into()),
        ("root", Node::text(checkpoint.head().root)),
        ("names_claimed", Node::list(signers)),
    ])
}

fn receipt(verified: &Verified) -> Result<Node, Failure> {
    let story = told(verified)?;
    let decimals = story.currency.decimals;
    let amount = |amount: Money| Node::from(amount.display(decimals));
    let records = verified.records.iter().map(|record| json::to_value(record, decimals));
    let records = records.map(|record| record.map(Node::Json)).collect::<Result<_, _>>()?;
    let parts = story.parts.iter().map(|part| {
        Node::Map(vec![
            ("role", part.role.word().into()),
            ("party", Node::text(part.party)),
            ("amount", amount(part.amount)),
        ])
    });
    let steps = story.steps.iter().map(|step| {
        Node::Map(vec![
            ("position", step.position.get().into()),
            ("event", step.event.into()),
            ("chinese", step.said.chinese().map(text).collect::<String>().into()),
            ("english", step.said.english().map(text).collect::<String>().into()),
        ])
    });
    let money = sums(&story).into_iter().map(|(key, _, sum)| (key, amount(sum))).collect();
    Ok(Node::Map(vec![
        ("book", Node::text(verified.opened.book)),
        ("order", Node::text(story.order)),
        ("campaign", Node::text(story.campaign)),
        ("status", story.status.word().into()),
        ("currency", Node::text(&story.currency.code)),
        ("money", Node::Map(money)),
        ("parts", Node::list(parts)),
        ("steps", Node::list(steps)),
        ("records", Node::List(records)),
        ("cannot_show", Node::list(CANNOT_SHOW.iter().map(|(_, english)| (*english).into()))),
    ]))
}

fn text(piece: Piece<'_>) -> String {
    piece.text().to_owned()
}

fn told(verified: &Verified) -> Result<Story, Failure> {
    verified.story().map_err(|error| Failure::input(error.to_string()))
}

/// The sums by key, and what people call them.
fn sums(story: &Story) -> Vec<(&'static str, &'static str, Money)> {
    let Sums { due, paid, in_suspense, elsewhere, refund_due, refunded } = story.sums;
    let mut sums = vec![
        ("due", "应付 to be paid", due),
        ("paid", "已付 paid", paid),
        ("in_suspense", "挂账 held", in_suspense),
        ("elsewhere", "转作他用 arrived for it, used elsewhere", elsewhere),
        ("refund_due", "应退 became owed back", refund_due),
        ("refunded", "已退 paid back", refunded),
    ];
    sums.extend(story.sums.still_owed().ok().map(|owed| ("still_owed", "尚欠 still owed", owed)));
    sums
}

/// For people.
pub(super) fn write(
    out: &mut impl Write,
    name: &str,
    found: Result<&Checked, &str>,
) -> Result<(), Failure> {
    let checked = match found {
        Ok(checked) => checked,
        Err(why) => {
            writeln!(out, "{name}: DOES NOT HOLD 不成立: {why}")?;
            return Ok(());
        }
    };
    let verdict = if checked.holds() { "holds 成立" } else { "DOES NOT HOLD 不成立" };
    writeln!(out, "{name}: {verdict}")?;
    match &checked.shown {
        Shown::Receipt(verified) => write_receipt(out, verified)?,
        Shown::Growth(grown) => write_growth(out, grown)?,
    }
    let head = checkpoint_of(&checked.shown).checkpoint().head();
    writeln!(out, "Checkpoint 检查点: {} records, root {}", head.size, head.root)?;
    match (signature(checked), &checked.signed) {
        (_, Some(Err(why))) => writeln!(out, "  NOT SIGNED as asked: {why}")?,
        ("good", _) => writeln!(out, "  signed by the key that you named")?,
        ("unchecked", _) => {
            let signatures = checkpoint_of(&checked.shown).note().signatures().iter();
            let names: Vec<_> = signatures.map(tuanzhang_proof::Signature::name).collect();
            writeln!(
                out,
                "  signature not checked (name claimed: {}): name the key with --key",
                names.join(", ")
            )?;
        }
        _ => writeln!(out, "  not signed")?,
    }
    if let Some(link) = checked.link {
        writeln!(out, "  {}", link.said())?;
    }
    if let Some(other) = &checked.contradicted_by {
        writeln!(out, "  CONTRADICTS {other}: the book was given two histories")?;
    }
    if matches!(checked.shown, Shown::Receipt(_)) {
        writeln!(out, "What this can't show 不能证明的:")?;
        for (chinese, english) in CANNOT_SHOW {
            writeln!(out, "  {chinese} {english}")?;
        }
    }
    Ok(())
}

fn write_growth(out: &mut impl Write, grown: &Grown) -> Result<(), Failure> {
    let (old, new) = (grown.since.checkpoint().head(), grown.checkpoint.checkpoint().head());
    writeln!(out, "Book {} only grew, from {} to {} records", grown.book, old.size, new.size)?;
    Ok(())
}

fn write_receipt(out: &mut impl Write, verified: &Verified) -> Result<(), Failure> {
    let story = told(verified)?;
    let zone = zone_of(verified);
    let currency = &story.currency;
    writeln!(
        out,
        "Order 订单 {}: {} {}",
        story.order,
        story.status.chinese(),
        story.status.word()
    )?;
    let mut steps = table::headed(&["position", "when", "who", "what"]);
    for step in &story.steps {
        let when = zone.time(step.occurred_at.unwrap_or(step.at));
        steps.add_row([
            step.position.to_string(),
            when,
            step.actor.to_string(),
            step.said.to_string(),
        ]);
    }
    table::align_right(&mut steps, [0]);
    writeln!(out, "{steps}")?;
    let mut money = table::headed(&["money 钱款", currency.code.as_str()]);
    for (_, name, sum) in sums(&story) {
        money.add_row([name.to_owned(), sum.display(currency.decimals)]);
    }
    table::align_right(&mut money, [1]);
    writeln!(out, "{money}")?;
    if let Some(since) = &verified.since {
        writeln!(out, "The book only grew since {} records", since.checkpoint().head().size)?;
    }
    Ok(())
}
