//! A book's summary.

use std::collections::BTreeMap;

use tuanzhang_core::book::{Book, PartyKind};

use crate::fold::Folded;
use crate::node::Node;

/// What stands in the activity stream.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Activity {
    pub(super) records: u64,
    pub(super) entries: u64,
}

pub(super) fn node(folded: &Folded, activity: &Activity) -> Node {
    let (book, opened) = (&folded.book, &folded.opened);
    let leaders =
        book.parties().filter(|(_, party)| matches!(party.kind, PartyKind::Leader { .. })).count();
    let suppliers = book
        .parties()
        .filter(|(_, party)| matches!(party.kind, PartyKind::Supplier { .. }))
        .count();
    Node::Map(vec![
        ("book", Node::text(opened.book)),
        ("position", folded.position.get().into()),
        ("as_of", folded.as_of.map(|at| at.to_string()).into()),
        ("currency", opened.currency.code.as_str().into()),
        ("decimals", u32::from(folded.decimals().get()).into()),
        ("timezone", opened.timezone.as_str().into()),
        ("operator", Node::text(opened.operator)),
        ("channel_fee_borne_by", opened.channel_fee_borne_by.word().into()),
        ("channel_refunds_max", opened.channel_limits.refunds.into()),
        ("channel_days_max", opened.channel_limits.days.into()),
        ("sealed_through", book.head().and_then(|head| head.sealed_through).map(Node::text).into()),
        ("sealed", sealed(book)),
        ("leaders", leaders.into()),
        ("suppliers", suppliers.into()),
        ("campaigns", book.campaigns().count().into()),
        ("orders", book.orders().count().into()),
        ("orders_by_status", counted(book.orders().map(|(_, order)| order.status().word()))),
        ("payments", book.payments().count().into()),
        (
            "payments_in_suspense",
            book.payments().filter(|(_, payment)| payment.in_suspense()).count().into(),
        ),
        ("refunds", book.refunds().count().into()),
        ("refunds_by_status", counted(book.refunds().map(|(_, refund)| refund.status.word()))),
        ("payouts", book.payouts().count().into()),
        ("payouts_by_status", counted(book.payouts().map(|(_, payout)| payout.status.word()))),
        ("unmatched", book.unmatched().count().into()),
        ("activity_records", activity.records.into()),
        ("activity_entries", activity.entries.into()),
    ])
}

/// Sealed periods, by their ends: nothing is dated at or before one any more.
fn sealed(book: &Book) -> Node {
    Node::list(book.seals().map(|(through, seal)| {
        Node::Map(vec![("through", Node::text(through)), ("position", seal.position.get().into())])
    }))
}

/// How many of each word, words ascending.
fn counted(words: impl Iterator<Item = &'static str>) -> Node {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    for word in words {
        let count = counts.entry(word).or_default();
        *count = count.saturating_add(1);
    }
    Node::Map(counts.into_iter().map(|(word, count)| (word, count.into())).collect())
}
