//! The figures of a report, as JSON and as tables.

use std::io::{self, Write};

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use tuanzhang_analytics::{DEFINITIONS, Month, Projection, Ratio, Report, Row, Scope, Total, Zone};
use tuanzhang_core::Time;
use tuanzhang_core::money::Decimals;

use crate::book_url::BookUrl;
use crate::failure::Failure;
use crate::fold::{AsOf, Folded, fold_with};
use crate::node::Node;
use crate::table;

/// The figures of a book.
#[derive(Debug)]
pub(crate) struct Figures {
    zone: String,
    folded: Folded,
    book: Row,
    months: Vec<Row>,
    leaders: Vec<Row>,
}

/// Digits of a percentage.
const PERCENT_DIGITS: u32 = 2;

/// Folds a book into its figures.
pub(crate) fn of(url: &BookUrl) -> Result<Figures, Failure> {
    // The zone stands in the first record, which is read before any fact is folded.
    let mut report: Option<Report<_>> = None;
    let mut zone = Tz::UTC;
    let folded = fold_with(url, AsOf::NOW, &mut |record| {
        let report = report.get_or_insert_with(|| {
            zone = zone_of(record).unwrap_or(Tz::UTC);
            Report::new(Local(zone))
        });
        record.events.iter().for_each(|event| report.apply(&record.head, event));
    })?;
    let asked = folded.opened.timezone.as_str();
    if zone.name() != asked {
        let text = "is not known to this program; months are counted in UTC";
        let _ = writeln!(io::stderr(), "tuanzhang: the book's time zone {asked} {text}");
    }
    let report = report.unwrap_or_else(|| Report::new(Local(zone)));
    let (book, months, leaders) = (report.row(Scope::Book), report.months(), report.leaders());
    Ok(Figures { zone: zone.name().to_owned(), folded, book, months, leaders })
}

fn zone_of(record: &tuanzhang_core::Record) -> Option<Tz> {
    match record.events.first() {
        Some(tuanzhang_core::Event::BookOpened(opened)) => opened.timezone.as_str().parse().ok(),
        Some(_) | None => None,
    }
}

/// Months of a place. An instant beyond the calendar counts as the first of 1970.
#[derive(Clone, Copy, Debug)]
struct Local(Tz);

impl Zone for Local {
    fn month(&self, at: Time) -> Month {
        let instant = DateTime::<Utc>::from_timestamp_micros(at.micros()).unwrap_or_default();
        let local = instant.with_timezone(&self.0);
        Month { year: local.year(), month: local.month() }
    }
}

impl Figures {
    pub(crate) fn node(&self) -> Node {
        let decimals = self.folded.decimals();
        let named = |name: &'static str, rows: &[Row]| {
            Node::list(rows.iter().map(|row| {
                let mut fields = vec![(name, scope(row.scope).into())];
                fields.extend(figures(row, decimals));
                Node::Map(fields)
            }))
        };
        let mut total = figures(&self.book, decimals);
        let mut fields = vec![
            ("position", self.folded.book.position().get().into()),
            ("as_of", self.folded.as_of.map(|at| at.to_string()).into()),
            ("currency", self.folded.opened.currency.code.as_str().into()),
            ("timezone", self.zone.as_str().into()),
        ];
        fields.append(&mut total);
        fields.push(("by_month", named("month", &self.months)));
        fields.push(("by_leader", named("leader", &self.leaders)));
        let meanings = DEFINITIONS.iter().map(|known| (known.key, known.meaning.into()));
        fields.push(("definitions", Node::Map(meanings.collect())));
        Node::Map(fields)
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        let decimals = self.folded.decimals();
        let currency = self.folded.opened.currency.code.as_str();
        let as_of = self.folded.as_of.map_or_else(|| "–".to_owned(), |at| at.to_string());
        let position = self.folded.book.position();
        writeln!(
            out,
            "position {position}, as of {as_of}, in {currency}, months of {}",
            self.zone
        )?;
        let mut total = table::headed(&["figure", "指标", "value", "definition"]);
        for (definition, (_, value)) in DEFINITIONS.iter().zip(figures(&self.book, decimals)) {
            let cells =
                [definition.english, definition.chinese, &figure(&value), definition.meaning];
            total.add_row(cells);
        }
        table::align_right(&mut total, [2]);
        writeln!(out, "{total}")?;
        write_rows(out, "by month 按月", "month", &self.months, decimals)?;
        write_rows(out, "by leader 按团长", "leader 团长", &self.leaders, decimals)?;
        Ok(())
    }
}

fn write_rows(
    out: &mut impl Write,
    title: &str,
    first: &str,
    rows: &[Row],
    decimals: Decimals,
) -> Result<(), Failure> {
    let headings = [
        first,
        "GMV placed 下单",
        "GMV paid 支付",
        "refunded 退款",
        "net 纯销售",
        "orders 笔数",
        "buyers 人数",
        "repeat 复购",
        "per order 笔单价",
        "per buyer 客单价",
    ];
    let mut table = table::headed(&headings);
    for row in rows {
        let money = |ratio: Ratio| ratio.money(decimals).unwrap_or_else(|| "–".into());
        table.add_row([
            scope(row.scope),
            row.sales.gmv_placed.display(decimals),
            row.sales.gmv_paid.display(decimals),
            row.sales.refunded.display(decimals),
            row.sales.net().display(decimals),
            row.sales.paid_orders.to_string(),
            row.buyers.buyers.to_string(),
            row.buyers.repeat_buyers.to_string(),
            money(row.average_per_order()),
            money(row.average_per_buyer()),
        ]);
    }
    table::align_right(&mut table, 1..headings.len());
    writeln!(out, "\n{title}\n{table}")?;
    Ok(())
}

fn scope(scope: Scope) -> String {
    match scope {
        Scope::Book => "book".into(),
        Scope::Month(month) => month.to_string(),
        Scope::Leader(leader) => leader.to_string(),
    }
}

/// The figures of a row, in the order of [`DEFINITIONS`].
fn figures(row: &Row, decimals: Decimals) -> Vec<(&'static str, Node)> {
    let (sales, buyers) = (&row.sales, &row.buyers);
    let each = |ratio: Ratio| {
        let total = Total::from_minor(ratio.numerator).display(decimals);
        exact(total.into(), ratio.denominator, ratio.money(decimals))
    };
    let share = row.repeat_rate();
    vec![
        ("gmv_placed", sales.gmv_placed.display(decimals).into()),
        ("placed_orders", sales.placed_orders.into()),
        ("gmv_paid", sales.gmv_paid.display(decimals).into()),
        ("paid_orders", sales.paid_orders.into()),
        ("anonymous_orders", sales.anonymous_orders.into()),
        ("anonymous_paid", sales.anonymous_paid.display(decimals).into()),
        ("refunds", sales.refunds.into()),
        ("refunded", sales.refunded.display(decimals).into()),
        ("refund_extras", sales.refund_extras.display(decimals).into()),
        ("net_sales", sales.net().display(decimals).into()),
        ("buyers", buyers.buyers.into()),
        ("repeat_buyers", buyers.repeat_buyers.into()),
        (
            "repeat_rate",
            exact(buyers.repeat_buyers.into(), share.denominator, share.percent(PERCENT_DIGITS)),
        ),
        ("average_per_order", each(row.average_per_order())),
        ("average_per_buyer", each(row.average_per_buyer())),
    ]
}

/// A ratio with what it was made of.
fn exact(numerator: Node, denominator: u64, value: Option<String>) -> Node {
    Node::Map(vec![
        ("numerator", numerator),
        ("denominator", denominator.into()),
        ("value", value.into()),
    ])
}

/// What a person wants to see of a figure: of a ratio, its value.
fn figure(node: &Node) -> String {
    match node {
        Node::Map(fields) => fields
            .iter()
            .find(|(key, _)| *key == "value")
            .map_or_else(|| node.cell(), |(_, value)| value.cell()),
        Node::Null
        | Node::Bool(_)
        | Node::Count(_)
        | Node::Text(_)
        | Node::List(_)
        | Node::Json(_) => node.cell(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_has_its_figure_in_the_same_order() {
        let row = Report::new(|_: Time| Month { year: 2021, month: 12 }).row(Scope::Book);
        let keys: Vec<_> =
            figures(&row, Decimals::new(2).unwrap()).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, DEFINITIONS.iter().map(|known| known.key).collect::<Vec<_>>());
    }

    #[test]
    fn a_month_is_that_of_the_books_zone() {
        let at: Time = "2021-11-30T16:30:00Z".parse().unwrap();
        assert_eq!(Local(Tz::Asia__Shanghai).month(at).to_string(), "2021-12");
        assert_eq!(Local(Tz::UTC).month(at).to_string(), "2021-11");
    }
}
