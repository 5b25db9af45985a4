//! The page without a browser: it parses, escapes, defines every key, and prints what the report holds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod sample;

use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use sample::{HOSTILE, all_columns, empty, full, many};
use scraper::{ElementRef, Html, Selector};
use tuanzhang_analytics::{Facts, Report, Settings, Shape, Table, Total, Utc, Value, Window};
use tuanzhang_core::{Money, PartyId};
use tuanzhang_page::render;

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// What a reader sees, as plain text: without thousands, percent signs and marks of hidden characters.
fn read(cell: &ElementRef<'_>) -> String {
    cell.text().collect::<String>().replace(',', "").replace(" %", "")
}

/// Checks every printed value against the report, and returns the rows that each table shows.
fn check_values(report: &Report, page: &Html) -> BTreeMap<String, BTreeSet<usize>> {
    let mut shown: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for cell in all(page, "[data-key]") {
        let attribute = |name: &str| cell.value().attr(name);
        let (table, key) = (attribute("data-table").unwrap(), attribute("data-key").unwrap());
        let row: usize = attribute("data-row").unwrap().parse().unwrap();
        let value = report.table(table).unwrap().get(row, key);
        let plain = value.plain(report.decimals);
        assert_eq!(attribute("data-value"), plain.as_deref(), "{table}.{key} of row {row}");
        if value.is_number() {
            assert_eq!(
                read(&cell),
                plain.unwrap_or_else(|| "–".into()),
                "{table}.{key} of row {row}"
            );
        }
        shown.entry(table.to_owned()).or_default().insert(row);
    }
    shown
}

#[test]
fn every_value_on_the_page_is_the_reports() {
    let report = full();
    let page = Html::parse_document(&render(&report));
    let shown = check_values(&report, &page);
    for table in &report.tables {
        let rest = all(&page, &format!("[data-rest-of={}]", table.key));
        let rest: usize =
            rest.first().map_or(0, |rest| rest.value().attr("data-rest").unwrap().parse().unwrap());
        assert_eq!(shown[table.key].len() + rest, table.rows.len(), "{}", table.key);
    }
}

#[test]
fn every_column_of_a_shown_row_is_there() {
    let report = full();
    let page = Html::parse_document(&render(&report));
    let mut keys: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for cell in all(&page, "article [data-key]") {
        let attribute = |name: &str| cell.value().attr(name).unwrap().to_owned();
        keys.entry((attribute("data-table"), attribute("data-row")))
            .or_default()
            .insert(attribute("data-key"));
    }
    for ((table, row), keys) in keys {
        // The map's headings stand for a cohort's rows: name, size and period.
        if table == "cohorts" {
            continue;
        }
        let wanted =
            report.table(&table).unwrap().columns.iter().map(|column| column.key.to_owned());
        assert_eq!(keys, wanted.collect(), "{table}, row {row}");
    }
}

#[test]
fn the_page_parses_without_an_error() {
    for report in [full(), empty()] {
        let page = Html::parse_document(&render(&report));
        assert!(page.errors.is_empty(), "{:?}", page.errors);
        let torn = Html::parse_document("<!DOCTYPE html><table><td><p></b></table>");
        assert!(!torn.errors.is_empty(), "the control: this parser reports nothing");
        let mut ids = BTreeSet::new();
        for element in all(&page, "[id]") {
            assert!(ids.insert(element.value().attr("id").unwrap()), "an id twice");
        }
        for link in all(&page, "nav a") {
            let target = link.value().attr("href").unwrap().trim_start_matches('#');
            assert!(ids.contains(target), "{target} leads nowhere");
        }
    }
}

#[test]
fn what_strangers_wrote_is_text_and_nothing_else() {
    let html = render(&full());
    let page = Html::parse_document(&html);
    assert!(all(&page, "script, img, iframe, object, embed, form, base").is_empty());
    assert!(!html.contains('\u{202E}') || attributes_only(&page), "a direction reaches the reader");
    for element in all(&page, "*") {
        for (name, value) in element.value().attrs() {
            assert!(!name.starts_with("on"), "{name}");
            let leads_out = matches!(name, "href" | "src" | "srcset" | "action" | "xlink:href");
            assert!(!leads_out || value.starts_with('#') || value == "data:,", "{name}={value}");
        }
    }
    let title = all(&page, "[data-table=by_campaign][data-key=title][data-row='0']");
    assert_eq!(title[0].value().attr("data-value"), Some(HOSTILE));
    assert_eq!(title[0].text().collect::<String>(), HOSTILE.replace('\u{202E}', "U+202E"));
    assert!(
        !html.contains("http:")
            || !html.replace("http://www.w3.org/2000/svg", "").contains("http:")
    );
    assert!(!html.contains("url(") && !html.contains("@import"));
}

/// Whether no text node has it: in an attribute it turns nothing around.
fn attributes_only(page: &Html) -> bool {
    page.root_element().text().all(|text| !text.contains('\u{202E}'))
}

#[test]
fn nothing_from_outside_is_allowed() {
    let page = Html::parse_document(&render(&empty()));
    let policy = all(&page, "meta[http-equiv='Content-Security-Policy']");
    let policy = policy[0].value().attr("content").unwrap();
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("script-src"),
        "{policy}"
    );
}

#[test]
fn every_key_is_defined_beside_its_figures() {
    for report in [full(), empty()] {
        let page = Html::parse_document(&render(&report));
        for table in &report.tables {
            for column in &table.columns {
                let found = all(&page, &format!("#t-{} [data-defines={}]", table.key, column.key));
                let text: String = found[0].text().collect();
                let parts =
                    [column.meaning, column.chinese_meaning, column.chinese, column.english];
                for part in parts {
                    assert!(text.contains(part), "{}.{}: {text}", table.key, column.key);
                }
            }
        }
    }
    assert!(all_columns(&full()).count() > 200, "the sample has lost its columns");
}

#[test]
fn the_fields_of_the_grid_are_the_sums_of_the_rows_under_it() {
    let report = full();
    let page = Html::parse_document(&render(&report));
    let rfm = report.table("rfm").unwrap();
    let fields = all(&page, "td[data-recency]");
    assert_eq!(fields.len(), 25);
    for field in fields {
        let score = |name: &str| Value::Count(field.value().attr(name).unwrap().parse().unwrap());
        let (mut buyers, mut net) = (0, Total::ZERO);
        for row in &rfm.rows {
            if row[0] == score("data-recency") && row[1] == score("data-frequency") {
                let (Value::Count(more), Value::Money(money)) = (&row[3], &row[4]) else {
                    panic!()
                };
                (buyers, net) = (buyers + more, net.plus(*money));
            }
        }
        assert_eq!(field.value().attr("data-sum-buyers").unwrap(), buyers.to_string());
        assert_eq!(field.value().attr("data-sum-net-sales").unwrap(), net.display(report.decimals));
    }
}

#[test]
fn an_empty_book_gives_a_page_that_says_so() {
    let report = empty();
    let page = Html::parse_document(&render(&report));
    check_values(&report, &page);
    for table in report.tables.iter().filter(|table| table.shape == Shape::Many) {
        assert_eq!(all(&page, &format!("#t-{} .nothing", table.key)).len(), 1, "{}", table.key);
    }
    let funnel: String = all(&page, "#t-funnel .nothing")[0].text().collect();
    assert!(funnel.contains("import"), "{funnel}");
    assert!(all(&page, "figure.chart").is_empty());
}

#[test]
fn a_table_that_no_section_names_is_shown_all_the_same() {
    let mut report = empty();
    report.tables = vec![many(
        "weather",
        "天气",
        &["day", "part_total"],
        vec![vec![Value::text("2024-01-01"), Value::Count(3)]],
    )];
    let page = Html::parse_document(&render(&report));
    assert_eq!(check_values(&report, &page)["weather"], BTreeSet::from([0]));
    assert_eq!(all(&page, "#more h3").len(), 1);
}

#[test]
fn figures_beyond_any_book_are_drawn_without_a_panic() {
    let mut report = full();
    let extreme = [i128::MAX, i128::MIN, 0, 1, -1];
    for table in &mut report.tables {
        for (row, values) in table.rows.iter_mut().enumerate() {
            for value in values.iter_mut() {
                *value = match &*value {
                    Value::Count(_) if table.key != "cohorts" => {
                        Value::Count([i64::MAX, i64::MIN, 0, -7, 3][row % 5])
                    }
                    Value::Money(_) => Value::Money(Total::from_minor(extreme[row % 5])),
                    other => other.clone(),
                };
            }
        }
    }
    let page = Html::parse_document(&render(&report));
    check_values(&report, &page);
}

#[test]
fn a_long_table_is_cut_and_says_by_how_much() {
    let mut report = full();
    let row = |number: i64| vec![Value::Count(number), Value::Count(1)];
    let long: Table = many(
        "orders_per_buyer",
        "每人笔数",
        &["orders", "buyers_with_so_many"],
        (0..4_321).map(row).collect(),
    );
    report.tables = vec![long];
    let page = Html::parse_document(&render(&report));
    let rest = all(&page, "[data-rest-of=orders_per_buyer]");
    assert_eq!(rest[0].value().attr("data-rest"), Some("4291"));
    assert!(rest[0].text().collect::<String>().contains("CSV"));
}

/// A report as the facts give it, of two books, each table of many rows with two rows put in.
fn real() -> Report {
    let facts = || Facts::new(Arc::new(Utc));
    let settings = Settings {
        target: Money::from_minor(1_000).ok(),
        pk: Some((PartyId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]))),
        ..Settings::default()
    };
    let mut report = Report::of_books(&[facts(), facts()], &settings).unwrap();
    for table in report.tables.iter_mut().filter(|table| table.shape == Shape::Many) {
        let row = |number: i64| {
            let value = |key: &str| match key {
                "day" => Value::text(format!("2024-01-0{number}")),
                "month" | "cohort" => Value::text(format!("2024-0{number}")),
                _ => Value::Count(number),
            };
            table.columns.iter().map(|column| value(column.key)).collect()
        };
        table.rows = vec![row(1), row(2)];
    }
    report
}

#[test]
fn every_table_that_facts_give_has_its_place_and_its_drawing() {
    let report = real();
    let page = Html::parse_document(&render(&report));
    assert!(all(&page, "#more").is_empty(), "a table has no section");
    assert_eq!(all(&page, ".card").len(), 10, "a key figure is missing");
    for (key, drawings) in [
        ("funnel", 1),
        ("funnel_by_day", 1),
        ("funnel_by_source", 1),
        ("by_day", 2),
        ("by_month", 2),
        ("repeat_curve", 1),
        ("orders_per_buyer", 1),
        ("lifecycle", 1),
        ("leaderboard", 1),
        ("campaign_board", 1),
        ("item_board", 1),
        ("return_shipping_by_bearer", 1),
        ("return_shipping_by_item", 1),
        ("growth_by_day", 2),
        ("inviters", 1),
        ("margin_by_campaign", 1),
        ("margin_by_account", 1),
        ("exposure", 1),
        ("suspense_by_month", 1),
        ("target_progress", 1),
    ] {
        let found = all(&page, &format!("#t-{key} figure"));
        assert_eq!(found.len(), drawings, "{key}");
        for figure in
            found.iter().filter(|figure| figure.value().classes().any(|class| class == "bars"))
        {
            let named = Selector::parse("[data-key]").unwrap();
            let mut values = figure.select(&named);
            assert!(
                values.all(|value| !report
                    .table(key)
                    .unwrap()
                    .columns
                    .iter()
                    .all(|column| Some(column.key) != value.value().attr("data-key"))),
                "{key} draws a column that it lacks"
            );
        }
    }
    for (key, element) in [
        ("cohorts", "table.heat td.heat0"),
        ("rfm", "table.grid"),
        ("pk", "table.side"),
        ("groups", "table.side"),
    ] {
        assert!(!all(&page, &format!("#t-{key} {element}")).is_empty(), "{key}");
    }
    for chart in all(&page, "figure.chart") {
        let legend = chart.select(&Selector::parse(".legend li").unwrap()).count();
        let title: String = chart.text().take(3).collect();
        assert!(legend >= 1, "{title} has lost its series");
    }
}

#[test]
fn the_sample_has_the_tables_that_facts_give() {
    let keys = |report: &Report| -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let columns = |table: &Table| table.columns.iter().map(|column| column.key).collect();
        report.tables.iter().map(|table| (table.key, columns(table))).collect()
    };
    let (sample, real) = (keys(&full()), keys(&real()));
    // A new column needs nothing of the page; one that is gone, or a new table, does.
    for (key, columns) in &sample {
        let gone: Vec<_> = columns.difference(&real[key]).collect();
        assert!(gone.is_empty(), "{key} has no {gone:?} any more");
    }
    assert_eq!(sample.len(), real.len());
}

/// A report of two months of facts: the first order on 1 March, the last day covered on 20 April.
fn running() -> Report {
    let mut report = real();
    (report.first_bought, report.as_of) = ("2024-03-01".parse().ok(), "2024-04-20".parse().ok());
    for table in &mut report.tables {
        table.rows = match table.key {
            "repeat_curve" => [7, 30, 50, 60]
                .map(|days| {
                    let shares = [Value::Count(4), Value::Count(1)].into_iter().cycle().take(5);
                    std::iter::once(Value::Count(days)).chain(shares).collect()
                })
                .into(),
            "cohorts" => [("2024-03", 0), ("2024-03", 1), ("2024-04", 0)]
                .map(|(cohort, period)| {
                    let counts = [4, period, 1, 25].map(Value::Count);
                    std::iter::once(Value::text(cohort)).chain(counts).collect()
                })
                .into(),
            _ => std::mem::take(&mut table.rows),
        };
    }
    report
}

#[test]
fn what_still_runs_is_lighter_and_a_note_says_so() {
    let mut report = running();
    let count = |report: &Report, selector: &str| {
        all(&Html::parse_document(&render(report)), selector).len()
    };
    // 50 days lie between; 60 have run for nobody.
    assert_eq!(count(&report, "#t-repeat_curve tr.unfinished"), 1);
    // April is the last period of both cohorts.
    assert_eq!(count(&report, "#t-cohorts td.unfinished"), 2);
    report.as_of = "2024-04-30".parse().ok();
    assert_eq!(count(&report, "#t-repeat_curve tr.unfinished"), 0);
    assert_eq!(count(&report, "#t-cohorts td.unfinished"), 0);
}

#[test]
fn the_repeat_curves_lines_have_names_of_their_own() {
    let page = Html::parse_document(&render(&full()));
    let names: Vec<String> =
        all(&page, "#t-repeat_curve .legend li").iter().map(|name| name.text().collect()).collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}

#[test]
fn a_shop_without_carts_has_no_such_step() {
    let mut report = full();
    let steps = |report: &Report| {
        all(&Html::parse_document(&render(report)), "#t-funnel figure .bar-row").len()
    };
    assert_eq!(steps(&report), 4);
    let funnel = report.tables.iter_mut().find(|table| table.key == "funnel").unwrap();
    let at = funnel.columns.iter().position(|column| column.key == "shortlisters").unwrap();
    funnel.rows[0][at] = Value::Count(0);
    assert_eq!(steps(&report), 3);
}

#[test]
fn an_open_end_of_the_window_is_said() {
    let mut report = full();
    let (from, through) = (report.window.from, report.window.through);
    for (window, shown) in [
        (Window { from, through: None }, "起"),
        (Window { from: None, through }, "… –"),
        (Window::default(), "全部"),
    ] {
        report.window = window;
        let page = Html::parse_document(&render(&report));
        let covers: String = all(&page, "dl.covers dd")[0].text().collect();
        assert!(covers.contains(shown), "{covers}");
    }
}

#[test]
fn the_card_of_the_margin_says_that_it_is_settled() {
    let page = Html::parse_document(&render(&full()));
    let cards: Vec<String> = all(&page, ".card-name").iter().map(|c| c.text().collect()).collect();
    let settled = cards.iter().filter(|name| name.contains("已结算")).count();
    assert_eq!(settled, 1, "{cards:?}");
}
