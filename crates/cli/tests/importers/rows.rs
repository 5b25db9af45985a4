//! What becomes of the rows of an online-retail file: each trap of the data, in a few lines of CSV.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::io::Write;

use crate::import::{Class, DEMO, ImportError, Plan, Progress, pounds, write_rejects};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn read(bytes: &[u8]) -> Result<Plan, ImportError> {
    Plan::from_bytes(bytes, |_| ())
}

/// The plan of these rows. A time of one word is a day of December 2010, at noon.
fn plan(rows: &[&str]) -> Plan {
    read(format!("{HEADER}{}\n", rows.join("\n")).as_bytes()).unwrap()
}

/// Name, and time, of each command with one of these names.
fn named<'a>(plan: &'a Plan, names: &'a [&str]) -> Vec<(String, String)> {
    let steps = plan.commands().filter(|step| names.contains(&step.command.name()));
    steps.map(|step| (step.command.name().to_owned(), step.at.to_string())).collect()
}

/// The bodies of all commands of a name.
fn bodies(plan: &Plan, name: &str) -> Vec<Value> {
    let steps = plan.commands().filter(|step| step.command.name() == name);
    steps.map(|step| serde_json::to_value(&step.command).unwrap()[name].take()).collect()
}

/// Rows, quantity and value of a class.
fn class(plan: &Plan, class: Class) -> (u64, i64, String) {
    let total = plan.classes().get(class);
    (total.rows, total.quantity, pounds(total.milli))
}

fn lines(body: &Value) -> Vec<(String, i64)> {
    let lines = body["lines"].as_array().unwrap().iter();
    lines
        .map(|l| (l["sku"].as_str().unwrap().to_owned(), l["quantity"].as_i64().unwrap()))
        .collect()
}

#[test]
fn an_invoice_is_an_order_paid_shipped_and_received_at_its_time() {
    let plan = plan(&["536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"]);
    let commands: Vec<_> = plan.commands().map(|step| step.command.name()).collect();
    assert_eq!(
        commands,
        [
            "open_book",
            "register_leader",
            "open_campaign",
            "register_leader",
            "allow_seller",
            "place_order",
            "record_payment",
            "ship_order",
            "receive_order"
        ]
    );
    assert!(plan.commands().all(|step| step.at.to_string() == "2010-12-01T08:26:00Z"));
    let book = bodies(&plan, "open_book").remove(0);
    assert_eq!((&book["currency"], &book["decimals"]), (&"GBP".into(), &3.into()));
    assert_eq!(book["timezone"], "Europe/London");
    let campaign = bodies(&plan, "open_campaign").remove(0);
    assert_eq!(campaign["owner"], book["operator"]);
    assert_eq!(campaign["opens_at"], "2010-12-01T00:00:00Z");
    assert_eq!(campaign["closes_at"], "2011-01-01T00:00:00Z");
    assert_eq!(campaign["items"][0]["sku"], "85123A@2.55");
    assert_eq!(campaign["items"][0]["title"], "WHITE HEART");
    assert_eq!(campaign["split"]["shares"][0]["take"]["rate"], "0.10");
    assert_eq!(campaign["split"]["remainder"], "operator");
    let payment = bodies(&plan, "record_payment").remove(0);
    assert_eq!((&payment["amount"], &payment["channel"]), (&"15.300".into(), &"shop".into()));
    assert_eq!(plan.len_hint(), 9);
}

#[test]
fn lines_of_one_item_are_summed_and_prices_are_items() {
    let plan = plan(&[
        "1,A,,1,2010-12-01 08:00:00,2.55,7,EIRE",
        "1,A,red,2,2010-12-01 08:00:00,2.95,7,EIRE",
        "1,A,  a thing ,3,2010-12-01 08:00:00,2.5500,7,EIRE",
        "1,POST,POSTAGE,1,2010-12-01 08:00:00,0.001,7,EIRE",
    ]);
    let order = bodies(&plan, "place_order").remove(0);
    let expected = [("A@2.55", 4), ("A@2.95", 2), ("POST@0.001", 1)];
    assert_eq!(lines(&order), expected.map(|(sku, units)| (sku.to_owned(), units)));
    assert_eq!(bodies(&plan, "record_payment")[0]["amount"], "16.101");
    let items = bodies(&plan, "open_campaign")[0]["items"].take();
    assert_eq!(items[0]["title"], "a thing", "the first description that isn't empty");
    assert_eq!(items.as_array().unwrap().len(), 3);
}

#[test]
fn an_invoice_of_two_times_is_an_order_at_the_first() {
    let plan = plan(&[
        "1,A,a,1,2010-12-31 23:59:00,1,7,EIRE",
        "1,B,b,1,2011-01-01 00:00:00,1,7,EIRE",
        "2,C,c,1,2011-01-01 00:00:00,1,7,EIRE",
    ]);
    let placed = named(&plan, &["place_order", "open_campaign", "close_campaign"]);
    let expected = [
        ("open_campaign", "2010-12-31T23:59:00Z"),
        ("place_order", "2010-12-31T23:59:00Z"),
        ("close_campaign", "2011-01-01T00:00:00Z"),
        ("open_campaign", "2011-01-01T00:00:00Z"),
        ("place_order", "2011-01-01T00:00:00Z"),
    ];
    assert_eq!(placed, expected.map(|(name, at)| (name.to_owned(), at.to_owned())));
    assert_eq!(bodies(&plan, "open_campaign")[0]["items"].as_array().unwrap().len(), 2);
}

#[test]
fn an_order_without_a_customer_has_no_buyer() {
    let plan =
        plan(&["1,A,a,1,2010-12-01 08:00:00,1,,EIRE", "2,A,a,1,2010-12-01 08:00:00,1,7,EIRE"]);
    let orders = bodies(&plan, "place_order");
    assert!(orders[0].get("buyer").is_none() && orders[1].get("buyer").is_some());
    assert_eq!(plan.classes().figures.anonymous_orders, 1);
}

#[test]
fn customers_written_as_floating_point_are_the_same() {
    let plan =
        plan(&["1,A,a,1,2010-12-01 08:00:00,1,7.0,EIRE", "2,A,a,1,2010-12-01 08:00:00,1,7,EIRE"]);
    let orders = bodies(&plan, "place_order");
    assert_eq!(orders[0]["buyer"], orders[1]["buyer"]);
}

#[test]
fn a_country_is_a_leader_from_its_first_row_and_allowed_once_a_month() {
    let plan = plan(&[
        "1,A,a,1,2010-12-01 08:00:00,1,7,EIRE",
        "2,A,a,1,2010-12-02 08:00:00,0,8,France",
        "3,A,a,1,2010-12-03 08:00:00,1,7,EIRE",
        "4,A,a,1,2011-01-03 08:00:00,1,7,EIRE",
    ]);
    let expected = [
        ("register_leader", "2010-12-01T08:00:00Z"),
        ("register_leader", "2010-12-01T08:00:00Z"),
        ("allow_seller", "2010-12-01T08:00:00Z"),
        ("register_leader", "2010-12-02T08:00:00Z"),
        ("allow_seller", "2011-01-03T08:00:00Z"),
    ];
    let found = named(&plan, &["register_leader", "allow_seller"]);
    assert_eq!(found, expected.map(|(name, at)| (name.to_owned(), at.to_owned())));
    assert_eq!(plan.len_hint(), plan.commands().count());
}

#[test]
fn orders_settle_a_second_after_their_window_as_the_time_passes() {
    let plan = plan(&[
        "1,A,a,1,2010-12-01 08:00:00,1,7,EIRE",
        "2,A,a,1,2010-12-20 08:00:00,1,7,EIRE",
        "3,A,a,1,2011-01-15 08:00:00,1,7,EIRE",
    ]);
    let expected = [
        ("settle_order", "2010-12-31T08:00:01Z"),
        ("close_campaign", "2011-01-01T00:00:00Z"),
        ("open_campaign", "2011-01-15T08:00:00Z"),
    ];
    let found = named(&plan, &["settle_order", "close_campaign", "open_campaign"]);
    assert_eq!(found[1..], expected.map(|(name, at)| (name.to_owned(), at.to_owned())));
    let times: Vec<_> = plan.commands().map(|step| step.at).collect();
    assert!(times.is_sorted());
    assert_eq!(plan.len_hint(), times.len());
}

#[test]
fn a_cancellation_is_tied_to_the_earliest_lines_and_split_over_orders() {
    let plan = plan(&[
        "1,A,a,5,2010-12-01 08:00:00,1.5,7,EIRE",
        "2,A,a,5,2010-12-02 08:00:00,1.5,7,EIRE",
        "3,A,a,5,2010-12-02 08:00:00,1.5,8,EIRE",
        "C4,A,a,-7,2010-12-03 08:00:00,1.5,7,EIRE",
        "C5,A,a,-3,2010-12-03 08:00:00,1.5,7,EIRE",
        "C6,A,a,-1,2010-12-03 08:00:00,1.5,7,EIRE",
    ]);
    assert_eq!(class(&plan, Class::CancelTied), (2, -10, "-15.000".into()));
    assert_eq!(class(&plan, Class::CancelUnmatched), (1, -1, "-1.500".into()));
    let requests = bodies(&plan, "request_refund");
    let orders = bodies(&plan, "place_order");
    let found: Vec<_> = requests.iter().map(|r| (&r["order"], lines(r)[0].1, &r["kind"])).collect();
    let (first, second, kind) = (&orders[0]["order"], &orders[1]["order"], &"refund_only".into());
    assert_eq!(found, [(first, 5, kind), (second, 2, kind), (second, 3, kind)]);
    let paid = bodies(&plan, "record_refund_payment");
    let amounts: Vec<_> = paid.iter().map(|p| (&p["by"], &p["amount"], &p["refund"])).collect();
    let by = &"channel".into();
    assert_eq!(amounts[0], (by, &"7.500".into(), &requests[0]["refund"]));
    assert_eq!(amounts[1], (by, &"3.000".into(), &requests[1]["refund"]));
    let unmatched = bodies(&plan, "record_unmatched");
    assert_eq!(
        (&unmatched[0]["direction"], &unmatched[0]["amount"]),
        (&"out".into(), &"1.500".into())
    );
    assert_eq!(plan.classes().figures.refunds_of_a_payment_max, 2);
    assert_eq!(plan.len_hint(), plan.commands().count());
}

#[test]
fn a_cancellation_that_fits_no_earlier_line_whole_is_unmatched() {
    let plan = plan(&[
        "C1,A,a,-1,2010-12-01 08:00:00,1,7,EIRE",
        "2,A,a,5,2010-12-02 08:00:00,1,7,EIRE",
        "3,A,a,5,2010-12-02 08:00:00,1,,EIRE",
        "C4,A,a,-6,2010-12-03 08:00:00,1,7,EIRE",
        "C5,A,a,-1,2010-12-03 08:00:00,2,7,EIRE",
        "C6,A,a,-1,2010-12-03 08:00:00,1,,EIRE",
        "C7,A,a,-5,2010-12-03 08:00:00,1,7,EIRE",
    ]);
    assert_eq!(
        class(&plan, Class::CancelTied),
        (1, -5, "-5.000".into()),
        "C7: whole or not at all"
    );
    assert_eq!(class(&plan, Class::CancelUnmatched).0, 4);
    assert_eq!(bodies(&plan, "record_unmatched").len(), 4);
    assert_eq!(bodies(&plan, "request_refund").len(), 1);
}

#[test]
fn a_credit_note_makes_one_refund_for_each_order() {
    let plan = plan(&[
        "1,A,a,2,2010-12-01 08:00:00,1,7,EIRE",
        "1,B,b,2,2010-12-01 08:00:00,2,7,EIRE",
        "C2,A,a,-1,2010-12-01 08:00:00,1,7,EIRE",
        "C2,X,x,-1,2010-12-01 08:00:00,1,7,EIRE",
        "C2,B,b,-1,2010-12-01 08:01:00,2,7,EIRE",
        "C2,A,a,-1,2010-12-01 08:01:00,1,7,EIRE",
        "C2,X,x,-1,2010-12-01 08:01:00,1,7,EIRE",
    ]);
    let requests = bodies(&plan, "request_refund");
    assert_eq!(requests.len(), 1);
    assert_eq!(lines(&requests[0]), [("A@1".to_owned(), 2), ("B@2".to_owned(), 1)]);
    assert_eq!(bodies(&plan, "record_refund_payment")[0]["amount"], "4.000");
    let unmatched = bodies(&plan, "record_unmatched");
    assert_ne!(unmatched[0]["unmatched"], unmatched[1]["unmatched"], "an id for each row");
    let at: Vec<_> = named(&plan, &["record_unmatched", "request_refund"]);
    assert!(at.iter().all(|(_, at)| at == "2010-12-01T08:00:00Z"), "at its first row's time");
}

#[test]
fn what_the_channel_cannot_give_back_is_transferred() {
    let mut rows = vec!["1,A,a,100,2010-12-01 08:00:00,1,7,EIRE".to_owned()];
    rows.extend((0..51).map(|n| format!("C{n},A,a,-1,2010-12-02 08:00:00,1,7,EIRE")));
    rows.push("2,B,b,2,2010-12-02 08:00:00,1,7,EIRE".into());
    rows.push("C100,B,b,-1,2011-12-02 08:00:00,1,7,EIRE".into());
    rows.push("C101,B,b,-1,2011-12-02 08:01:00,1,7,EIRE".into());
    let plan = plan(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let by: Vec<_> =
        bodies(&plan, "record_refund_payment").iter().map(|p| p["by"].clone()).collect();
    assert!(by[..50].iter().all(|by| by == "channel"));
    assert_eq!(
        by[50..],
        ["transfer", "channel", "transfer"],
        "the 51st; 365 days, and a minute more"
    );
    assert_eq!(plan.classes().figures.refunds_by_transfer, 2);
}

#[test]
fn bad_debt_is_an_adjustment_and_free_and_corrected_units_are_counted() {
    let plan = plan(&[
        "A1,B,Adjust bad debt,1,2010-12-01 08:00:00,11062.06,,United Kingdom",
        "A2,B,Adjust bad debt,1,2010-12-01 08:01:00,-11062.06,,United Kingdom",
        "3,A,,5,2010-12-01 08:02:00,0,,United Kingdom",
        "4,A,damaged,-7,2010-12-01 08:03:00,0.0,,United Kingdom",
    ]);
    let adjusted = bodies(&plan, "adjust");
    let first = |body: &Value| (body["postings"][0].clone(), body["postings"][1].clone());
    let posting =
        |account: &str, amount: &str| serde_json::json!({"account": account, "amount": amount});
    let (up, down) = ("11062.060", "-11062.060");
    assert_eq!(
        first(&adjusted[0]),
        (posting("channel:shop", up), posting("expense:bad_debt", down))
    );
    assert_eq!(
        first(&adjusted[1]),
        (posting("channel:shop", down), posting("expense:bad_debt", up))
    );
    assert_eq!(class(&plan, Class::BadDebt), (2, 2, "0.000".into()));
    assert_eq!(class(&plan, Class::Free), (1, 5, "0.000".into()));
    assert_eq!(class(&plan, Class::StockAdjustment), (1, -7, "0.000".into()));
    assert!(bodies(&plan, "open_campaign").is_empty() && bodies(&plan, "place_order").is_empty());
    assert_eq!(plan.len_hint(), plan.commands().count());
}

#[test]
fn every_bad_row_is_rejected_with_line_and_reason_and_costs_itself_only() {
    let good = "1,A,a,1,2010-12-01 08:00:00,1,7,EIRE";
    let bad: &[(&str, Class, &str)] = &[
        ("too,few", Class::BadCsv, "2 fields instead of 8"),
        ("2,A,\"a,1,2010-12-01 08:00:00,1,7,EIRE", Class::BadCsv, "a quote is never closed"),
        ("2,A,\"a\"b,1,2010-12-01 08:00:00,1,7,EIRE", Class::BadCsv, "text between"),
        (",A,a,1,2010-12-01 08:00:00,1,7,EIRE", Class::BadField, "InvoiceNo: \"\""),
        ("2,,a,1,2010-12-01 08:00:00,1,7,EIRE", Class::BadField, "StockCode"),
        ("2,A,a,1.5,2010-12-01 08:00:00,1,7,EIRE", Class::BadField, "Quantity: \"1.5\""),
        ("2,A,a,1,1/12/2010 8:00,1,7,EIRE", Class::BadField, "InvoiceDate"),
        ("2,A,a,1,2010-13-01 08:00:00,1,7,EIRE", Class::BadField, "InvoiceDate"),
        ("2,A,a,1,2010-12-01 08:00:00,1.0005,7,EIRE", Class::BadField, "UnitPrice: \"1.0005\""),
        ("2,A,a,1,2010-12-01 08:00:00,1e3,7,EIRE", Class::BadField, "UnitPrice"),
        ("2,A,a,9,2010-12-01 08:00:00,900000000000,7,EIRE", Class::BadField, "too large"),
        ("2,A,a,1,2010-12-01 08:00:00,99999999999999999999,7,EIRE", Class::BadField, "UnitPrice"),
        ("2,A,a,1,2010-12-01 08:00:00,1,7,", Class::BadField, "Country"),
        ("2,A,a,0,2010-12-01 08:00:00,1,7,EIRE", Class::UnknownKind, "quantity 0 at price 1.000"),
        ("2,A,a,1,2010-12-01 08:00:00,-1,7,EIRE", Class::UnknownKind, "an invoice has no lines"),
        ("2,A,a,-1,2010-12-01 08:00:00,1,7,EIRE", Class::UnknownKind, "an invoice"),
        ("C2,A,a,1,2010-12-01 08:00:00,1,7,EIRE", Class::UnknownKind, "a credit note"),
        ("A2,A,a,1,2010-12-01 08:00:00,0,7,EIRE", Class::UnknownKind, "a bad debt"),
        ("1,A,a,1,2010-12-01 08:00:00,1,8,EIRE", Class::InvoiceConflict, "another customer"),
        ("1,A,a,1,2010-12-01 08:00:00,1,7,Spain", Class::InvoiceConflict, "country"),
        ("1,A,a,1000000,2010-12-01 08:00:00,1,7,EIRE", Class::OverLimit, "1000000 units"),
    ];
    for (row, class, reason) in bad {
        let plan = plan(&[good, row, "3,A,a,1,2010-12-01 08:00:00,1,7,EIRE"]);
        let rejects = plan.rejects();
        assert_eq!(rejects.len(), 1, "{row}");
        assert_eq!(
            (rejects[0].line, rejects[0].class),
            (3, *class),
            "{row}: {}",
            rejects[0].reason
        );
        assert!(rejects[0].reason.contains(reason), "{row}: {}", rejects[0].reason);
        assert_eq!(rejects[0].raw, *row);
        assert_eq!(plan.classes().get(Class::Sale).rows, 2, "{row}");
        assert_eq!(plan.classes().total().rows, 3);
        assert_eq!(bodies(&plan, "place_order").len(), 2, "{row}");
        assert_eq!(plan.len_hint(), plan.commands().count(), "{row}");
    }
}

#[test]
fn a_rejected_first_row_leaves_no_invoice_behind() {
    let plan = plan(&[
        "1,A,a,1000001,2010-12-01 08:00:00,1,7,EIRE",
        "1,A,a,2,2010-12-02 08:00:00,1,8,France",
    ]);
    assert_eq!(plan.rejects().len(), 1);
    assert_eq!(plan.classes().figures.leaders, 1);
    assert_eq!(named(&plan, &["place_order"])[0].1, "2010-12-02T08:00:00Z");
}

#[test]
fn an_order_has_at_most_2000_items() {
    let rows: Vec<_> =
        (0..2_002).map(|n| format!("1,A{n},a,1,2010-12-01 08:00:00,1,7,EIRE")).collect();
    let plan = plan(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(plan.classes().get(Class::OverLimit).rows, 2);
    assert_eq!(plan.rejects()[0].line, 2_002);
}

#[test]
fn mark_crlf_quotes_and_empty_lines_are_read() {
    let rows = "\"1\",A,\"a \"\"big\"\", red\",1,2010-12-01 08:00,1,7,EIRE\r\n\r\n\
                2,A,6\" plate,1,2010-12-01 08:01:00,1,7,EIRE";
    let text = format!("\u{feff}{}\r\n{rows}", HEADER.trim_end());
    let plan = read(text.as_bytes()).unwrap();
    assert_eq!(plan.classes().total().rows, 2);
    assert_eq!(plan.rejects(), []);
    let items = bodies(&plan, "open_campaign")[0]["items"].take();
    assert_eq!(items[0]["title"], "a \"big\", red");
    assert_eq!(plan.commands().last().unwrap().line, 4);
}

#[test]
fn a_quoted_field_may_span_lines_and_an_unclosed_one_swallows_nothing() {
    let plan = plan(&[
        "1,A,\"two",
        "lines\",1,2010-12-01 08:00:00,1,7,EIRE",
        "2,A,\"open,1,2010-12-01 08:00:00,1,7,EIRE",
        "3,A,a,1,2010-12-01 08:00:00,1,7,EIRE",
        "4,B,\"b, c\",1,2010-12-01 08:00:00,1,7,EIRE",
    ]);
    assert_eq!(plan.classes().get(Class::Sale).rows, 3);
    assert_eq!(bodies(&plan, "open_campaign")[0]["items"][0]["title"], "two lines");
    let rejected: Vec<_> = plan.rejects().iter().map(|reject| reject.line).collect();
    assert_eq!(rejected, [4]);
}

#[test]
fn bytes_that_are_no_text_and_endless_lines_are_rejected() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend_from_slice(b"1,A,caf\xe9,1,2010-12-01 08:00:00,1,7,EIRE\n");
    bytes.extend(std::iter::repeat_n(b'x', 300_000));
    bytes.extend_from_slice(b"\n2,A,a,1,2010-12-01 08:00:00,1,7,EIRE\n");
    let plan = read(&bytes).unwrap();
    let classes: Vec<_> = plan.rejects().iter().map(|reject| (reject.line, reject.class)).collect();
    assert_eq!(classes, [(2, Class::NotUtf8), (3, Class::TooLong)]);
    assert!(plan.rejects()[0].raw.starts_with("1,A,caf\u{fffd}"));
    assert_eq!(plan.rejects()[1].raw.len(), 2_000);
    assert_eq!(plan.classes().get(Class::Sale).rows, 1);
}

#[test]
fn titles_are_cut_at_200_bytes_between_characters() {
    let title = format!("{}\t£", "é".repeat(120));
    let plan = plan(&[&format!("1,A,{title},1,2010-12-01 08:00:00,1,7,EIRE")]);
    let items = bodies(&plan, "open_campaign")[0]["items"].take();
    assert_eq!(items[0]["title"], "é".repeat(100));
}

#[test]
fn an_item_without_a_description_is_called_by_its_code() {
    let plan = plan(&["1,A,,1,2010-12-01 08:00:00,1,7,EIRE"]);
    assert_eq!(bodies(&plan, "open_campaign")[0]["items"][0]["title"], "A");
}

#[test]
fn summer_time_follows_london() {
    let plan = plan(&[
        "1,A,a,1,2011-03-27 00:30:00,1,7,EIRE",
        "2,A,a,1,2011-03-27 01:30:00,1,7,EIRE",
        "3,A,a,1,2011-03-27 02:45:00,1,7,EIRE",
        "4,A,a,1,2011-10-30 01:30:00,1,7,EIRE",
        "5,A,a,1,2011-10-30 02:00:00,1,7,EIRE",
    ]);
    let times: Vec<_> = named(&plan, &["place_order"]).into_iter().map(|(_, at)| at).collect();
    let expected = [
        "2011-03-27T00:30:00Z",
        "2011-03-27T01:30:00Z",
        "2011-03-27T01:45:00Z",
        "2011-10-30T00:30:00Z",
        "2011-10-30T02:00:00Z",
    ];
    assert_eq!(times, expected);
    let figures = plan.classes().figures;
    assert_eq!((figures.shifted_times, figures.ambiguous_times), (1, 1));
    let campaign = &bodies(&plan, "open_campaign")[0];
    assert_eq!(campaign["opens_at"], "2011-03-01T00:00:00Z");
    assert_eq!(campaign["closes_at"], "2011-03-31T23:00:00Z");
}

#[test]
fn rows_out_of_order_become_commands_in_order() {
    let plan = plan(&[
        "C3,A,a,-1,2010-12-03 08:00:00,1,7,EIRE",
        "2,A,a,1,2010-12-02 08:00:00,1,7,EIRE",
        "1,A,a,1,2010-11-02 08:00:00,1,7,EIRE",
    ]);
    assert!(plan.commands().map(|step| step.at).is_sorted());
    assert_eq!(plan.classes().get(Class::CancelTied).rows, 1);
    assert_eq!(plan.len_hint(), plan.commands().count());
}

#[test]
fn a_file_of_another_format_is_an_error() {
    for text in ["", "a,b\n1,2\n", "InvoiceNo,StockCode\n", "\u{0}\u{1}", "PK\u{3}\u{4}"] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ImportError::Header { .. }), "{error}");
    }
    let none = read(HEADER.as_bytes()).unwrap();
    assert_eq!((none.commands().count(), none.len_hint()), (0, 0), "a header alone: nothing to do");
}

#[test]
fn a_compressed_file_that_ends_early_or_is_damaged_is_an_error() {
    let truncated = read(&DEMO[..DEMO.len() / 2]).unwrap_err();
    assert!(matches!(truncated, ImportError::Truncated { line } if line > 1_000), "{truncated}");
    assert!(matches!(read(&DEMO[..DEMO.len() - 1]).unwrap_err(), ImportError::Truncated { .. }));
    let mut damaged = DEMO.to_vec();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let damaged = read(&damaged).unwrap_err();
    assert!(matches!(damaged, ImportError::Damaged { .. }), "{damaged}");
}

#[test]
fn a_plain_file_that_ends_early_loses_its_last_row_only() {
    let text = format!("{HEADER}1,A,a,1,2010-12-01 08:00:00,1,7,EIRE\n2,A,a,1,2010-12-0");
    let plan = read(text.as_bytes()).unwrap();
    assert_eq!((plan.classes().get(Class::Sale).rows, plan.rejects().len()), (1, 1));
}

#[test]
fn a_file_of_bad_rows_is_none() {
    let text = format!("{HEADER}{}", "x\n".repeat(100_001));
    let error = read(text.as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::TooManyRejects { line: 100_002, .. }), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Plan::read("no/such.csv".as_ref(), |_| ()).unwrap_err();
    assert!(error.to_string().starts_with("no/such.csv: "), "{error}");
}

#[test]
fn rejected_rows_are_written_without_formulas() {
    let plan = plan(&["=HYPERLINK(\"http://x\"),a", " @SUM(A1),b"]);
    let mut out = Vec::new();
    write_rejects(&mut out, plan.rejects()).unwrap();
    let expected = "line,class,reason,row\n\
        2,rejected_bad_csv,2 fields instead of 8,\"'=HYPERLINK(\"\"http://x\"\"),a\"\n\
        3,rejected_bad_csv,2 fields instead of 8,\"' @SUM(A1),b\"\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn progress_reaches_the_end_of_the_file() {
    let mut seen: Vec<Progress> = Vec::new();
    Plan::from_bytes(DEMO, |progress| seen.push(progress)).unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.rows, last.bytes), (42_481, last.bytes_total));
    assert!(seen.len() > 3 && seen.is_sorted_by_key(|progress| progress.bytes));
}

#[test]
fn plain_and_compressed_files_give_the_same_commands() {
    let text = format!("{HEADER}1,A,a,1,2010-12-01 08:00:00,1,7,EIRE\n");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let (plain, gzip) = (read(text.as_bytes()).unwrap(), read(&gzip.finish().unwrap()).unwrap());
    assert!(plain.commands().eq(gzip.commands()));
}

#[test]
fn the_month_of_the_demo_has_its_known_figures() {
    let plan = read(DEMO).unwrap();
    let cancel = (class(&plan, Class::CancelTied), class(&plan, Class::CancelUnmatched));
    assert_eq!(class(&plan, Class::Sale), (41_480, 359_239, "823746.140".into()));
    assert_eq!(cancel.0.0 + cancel.1.0, 728);
    assert_eq!(cancel, ((289, -3_196, "-8031.720".into()), (439, -12_846, "-66757.400".into())));
    assert_eq!(class(&plan, Class::Free).0, 203);
    assert_eq!(class(&plan, Class::StockAdjustment).0, 70);
    let total = plan.classes().total();
    assert_eq!((total.rows, pounds(total.milli)), (42_481, "748957.020".into()));
    let figures = plan.classes().figures;
    assert_eq!((figures.orders, figures.credit_notes, figures.refunds), (1_559, 326, 157));
    assert_eq!(plan.rejects(), []);
    assert_eq!((plan.len_hint(), plan.commands().count()), (7_196, 7_196));
    let (mut sum, mut gross) = (0_i64, 0_i64);
    for (body, sign) in
        [("record_payment", 1), ("record_refund_payment", -1), ("record_unmatched", -1)]
    {
        for body in bodies(&plan, body) {
            let milli: i64 = body["amount"].as_str().unwrap().replace('.', "").parse().unwrap();
            sum += sign * milli;
            gross += milli.max(0) * i64::from(sign == 1);
        }
    }
    assert_eq!((sum, gross), (748_957_020, 823_746_140), "the commands carry what the rows do");
}

#[test]
fn no_mutation_of_a_file_loses_a_row_or_disturbs_the_order() {
    let rows = "1,A,\"a, b\",5,2010-12-01 08:00:00,1.25,7,EIRE\n\
                2,A,a,5,2010-12-31 08:01:00,1.25,7,EIRE\n\
                C3,A,a,-6,2011-01-31 08:02:00,1.25,7,EIRE\n\
                A4,B,b,1,2011-03-27 01:30:00,-3,,Spain\n\
                5,D,d,-1,2011-03-28 08:00:00,0,,Spain\n";
    let text = format!("{HEADER}{rows}");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let bytes = b"\",\n\r019-CA.: \xff\x00=";
    for _ in 0..5_000 {
        let mut mutant = text.clone().into_bytes();
        for _ in 0..=random(4) {
            let place = HEADER.len() + random(mutant.len() - HEADER.len());
            match random(3) {
                0 => mutant[place] = bytes[random(bytes.len())],
                1 => mutant.insert(place, bytes[random(bytes.len())]),
                _ => drop(mutant.drain(place..(place + random(30)).min(mutant.len()))),
            }
        }
        let Ok(plan) = read(&mutant) else { panic!("the header is whole") };
        let total = plan.classes().total().rows;
        let accepted: u64 = plan.classes().iter().take(6).map(|(_, total)| total.rows).sum();
        assert_eq!(total, accepted + u64::try_from(plan.rejects().len()).unwrap());
        assert_eq!(plan.len_hint(), plan.commands().count());
        assert!(plan.commands().map(|step| step.at).is_sorted());
    }
}
