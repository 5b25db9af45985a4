//! The page in headless Chromium: silent, asks for nothing, fits a phone, prints, and shows the report's numbers.
//!
//! With `TUANZHANG_PAGE_PICTURES` set to a directory, pages and pictures are left there to be looked at.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod chromium;
mod sample;
mod statements;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chromium::{Browser, program};
use sample::{empty, full, long};
use serde_json::Value;
use tuanzhang_analytics::Report;
use tuanzhang_core::Event;
use tuanzhang_core::text::Text;
use tuanzhang_page::render;
use tuanzhang_proof::{Shown, verify};

/// Printed values with what a reader sees of each.
const VALUES: &str = "[...document.querySelectorAll('[data-key]')].map(cell => [
    cell.dataset.table, cell.dataset.key, Number(cell.dataset.row), cell.dataset.value ?? null, cell.textContent])";

/// Elements beyond the window's right edge that no box of their own lets scroll there.
const BEYOND: &str = "[...document.querySelectorAll('body *')].filter(element =>
    !element.closest('.scroll > *') && element.getBoundingClientRect().right > innerWidth + 1
).map(element => element.outerHTML.slice(0, 120))";

/// A4 across without its margins, at 96 dots an inch.
const SHEET: u32 = 1046;

/// Letters of charts that lie outside their drawing.
const CUT: &str = "[...document.querySelectorAll('.chart text')].filter(text => {
    const box = text.ownerSVGElement.getBoundingClientRect(), own = text.getBoundingClientRect();
    return own.width && (own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1 || own.top < box.top - 1);
}).map(text => text.textContent)";

/// Letters of one chart that lie on each other.
const OVERLAPPING: &str = "[...document.querySelectorAll('.chart svg')].flatMap(svg => {
    const all = [...svg.querySelectorAll('text')].map(text => [text.textContent.trim(), text.getBoundingClientRect()]).filter(([, box]) => box.width);
    return all.flatMap(([one, a], index) => all.slice(index + 1).filter(([, b]) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2).map(([other]) => one + ' / ' + other));
})";

fn browser() -> Option<Browser> {
    let program = program();
    if program.is_none() {
        // Past the harness, which keeps what a passing test prints to itself.
        let line = "skipped: no chromium on this machine, so no page was opened";
        std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    program.map(Browser::start)
}

fn write(folder: &Path, name: &str, report: &Report) -> PathBuf {
    let file = folder.join(format!("{name}.html"));
    fs::write(&file, render(report)).unwrap();
    file
}

fn none(found: &Value, what: &str) {
    assert!(found.as_array().is_some_and(Vec::is_empty), "{what}: {found:#}");
}

fn check_numbers(report: &Report, values: &Value) {
    let values = values.as_array().unwrap();
    assert!(values.len() > 30, "the browser shows only {} values", values.len());
    for cell in values {
        let row = usize::try_from(cell[2].as_u64().unwrap()).unwrap();
        let table = report.table(cell[0].as_str().unwrap()).unwrap();
        let value = table.get(row, cell[1].as_str().unwrap());
        let plain = value.plain(report.decimals);
        assert_eq!(cell[3].as_str(), plain.as_deref(), "{cell}");
        if value.is_number() {
            let read = cell[4].as_str().unwrap().replace(',', "").replace(" %", "");
            assert_eq!(read, plain.unwrap_or_else(|| "–".into()), "{cell}");
        }
    }
}

/// Keeps what was made, if somebody wants to look at it.
fn keep(name: &str, base64: &str) {
    let Ok(folder) = std::env::var("TUANZHANG_PAGE_PICTURES") else { return };
    fs::write(Path::new(&folder).join(name), decode(base64)).unwrap();
}

/// Keeps the whole page in strips: in one piece it is too tall for a picture.
fn keep_strips(browser: &mut Browser, name: &str) {
    const STRIP: u64 = 1600;
    if std::env::var_os("TUANZHANG_PAGE_PICTURES").is_none() {
        return;
    }
    let height = browser.evaluate("document.documentElement.scrollHeight").as_u64().unwrap();
    for strip in 0..=height / STRIP {
        let picture = browser.picture(Some((strip * STRIP, STRIP)));
        keep(&format!("{name}-{strip:02}.png"), &picture);
    }
}

fn decode(base64: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in base64.bytes().take_while(|letter| *letter != b'=') {
        let six = LETTERS.iter().position(|known| *known == letter).unwrap();
        bits = bits << 6 | u32::try_from(six).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).unwrap());
        }
    }
    bytes
}

#[test]
fn the_page_is_silent_fits_and_shows_the_reports_numbers() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in [("full", full()), ("empty", empty()), ("long", long())] {
        let file = write(folder.path(), name, &report);
        if let Ok(folder) = std::env::var("TUANZHANG_PAGE_PICTURES") {
            write(Path::new(&folder), name, &report);
        }
        for (window, width, height, phone) in
            [("phone", 390, 844, true), ("small", 320, 640, true), ("desk", 1280, 900, false)]
        {
            browser.open(&file, width, height, phone);
            let across = browser.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(across.as_i64(), Some(0), "{name} on a {window} scrolls sideways");
            none(&browser.evaluate(BEYOND), "beyond the edge");
            none(&browser.evaluate(CUT), "labels cut");
            none(&browser.evaluate(OVERLAPPING), "labels on each other");
            check_numbers(&report, &browser.evaluate(VALUES));
            let picture = browser.picture(None);
            assert!(decode(&picture).starts_with(b"\x89PNG"));
            keep(&format!("{name}-{window}.png"), &picture);
            keep_strips(&mut browser, &format!("{name}-{window}"));
        }
        let pdf = browser.print();
        assert!(decode(&pdf).starts_with(b"%PDF"));
        keep(&format!("{name}.pdf"), &pdf);
        let complaints = browser.complaints();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

#[test]
fn nothing_is_lost_in_print() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "full", &full());
    let wider = format!(
        "[...document.querySelectorAll('table')].filter(table => table.getBoundingClientRect().right > {SHEET} + 1
            || [...table.querySelectorAll('th, td')].some(cell => cell.scrollWidth > cell.clientWidth + 1)
        ).map(table => table.closest('article, header')?.id + ' ' + table.getBoundingClientRect().width)"
    );
    browser.open(&file, SHEET, 1000, false);
    browser.call("Emulation.setEmulatedMedia", serde_json::json!({"media": "print"}));
    none(&browser.evaluate(&wider), "wider than a sheet");
    let closed = "[...document.querySelectorAll('details:not(.all-again)')].filter(one => [...one.children].some(child =>
            !child.matches('.again') && child.getBoundingClientRect().height === 0 && getComputedStyle(child).display !== 'none')).map(one => one.textContent.slice(0, 80))";
    none(&browser.evaluate(closed), "definitions folded in print");
}

/// A receipt that holds, and the same with text that a stranger might write.
fn receipts() -> [(&'static str, String); 2] {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/receipt/settled_refund");
    let Shown::Receipt(mut verified) = verify(&fs::read(file).unwrap()).unwrap() else {
        panic!("a receipt")
    };
    let time = |at: tuanzhang_core::Time| at.to_string();
    let plain = tuanzhang_page::receipt(&verified, &time, true).unwrap();
    for event in verified.records.iter_mut().flat_map(|record| &mut record.events) {
        if let Event::CampaignOpened(opened) = event {
            let terms = Arc::make_mut(&mut opened.terms);
            let long = "很长的名字".repeat(8);
            terms.title =
                Text::new(&format!("a\u{202E}<script>document.title='x'</script>{long}")).unwrap();
            for item in &mut terms.items {
                item.title = Text::new(&"W".repeat(150)).unwrap();
            }
        }
    }
    let hostile = tuanzhang_page::receipt(&verified, &time, true).unwrap();
    assert!(
        !hostile.contains("<script") && !hostile.contains('\u{202E}') && hostile.contains("U+202E")
    );
    [("receipt", plain), ("receipt-hostile", hostile)]
}

#[test]
fn a_receipt_is_silent_fits_and_prints() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, page) in receipts() {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, page).unwrap();
        for (window, width, height, phone) in
            [("phone", 390, 844, true), ("small", 320, 640, true), ("desk", 1280, 900, false)]
        {
            browser.open(&file, width, height, phone);
            let across = browser.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(across.as_i64(), Some(0), "{name} on a {window} scrolls sideways");
            none(&browser.evaluate(BEYOND), "beyond the edge");
            let picture = browser.picture(None);
            assert!(decode(&picture).starts_with(b"\x89PNG"));
            keep(&format!("{name}-{window}.png"), &picture);
            keep_strips(&mut browser, &format!("{name}-{window}"));
        }
        // A4 upright without its margins, at 96 dots an inch.
        let wider = "[...document.querySelectorAll('table, pre')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .map(one => one.outerHTML.slice(0, 120))";
        browser.open(&file, 688, 1000, false);
        browser.call("Emulation.setEmulatedMedia", serde_json::json!({"media": "print"}));
        none(&browser.evaluate(wider), "wider than a sheet");
        browser.call("Emulation.setEmulatedMedia", serde_json::json!({"media": ""}));
        let pdf = browser.print();
        assert!(decode(&pdf).starts_with(b"%PDF"));
        keep(&format!("{name}.pdf"), &pdf);
        let complaints = browser.complaints();
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

#[test]
fn the_control_hears_a_page_that_speaks_or_asks() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = render(&empty());
    for planted in ["<script>console.log(1)</script>", "<img src='http://shop.example/p.png'>"] {
        let file = folder.path().join("planted.html");
        // Without the policy: what it would have stopped must be heard.
        let page = page.replace("http-equiv=\"Content-Security-Policy\"", "name=\"none\"");
        fs::write(&file, page.replace("</main>", &format!("{planted}</main>"))).unwrap();
        browser.open(&file, 390, 844, true);
        assert!(!browser.complaints().is_empty(), "{planted} was not heard");
    }
}
