//! docs/events.md: every event of the code with its number, its name, its fields and the commands that write it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use crate::common::*;
use tuanzhang_core::Command;

fn event_sources() -> String {
    ["mod", "campaign", "order", "refund", "accounting", "moved", "seal"]
        .map(|name| source(&format!("event/{name}.rs")))
        .join("\n")
}

/// Number, name and struct of every event, as `event/mod.rs` declares them.
fn declared() -> Vec<[String; 3]> {
    let source = source("event/mod.rs");
    let block = source.split("\nevents! {\n").nth(1).unwrap();
    let lines = block.lines().take_while(|line| *line != "}");
    let words = |line: &str| {
        let words: Vec<&str> = line.trim().trim_end_matches(',').split(' ').collect();
        [words[0].into(), words[1].replace('"', ""), words[2].into()]
    };
    lines.map(words).collect()
}

/// The public fields of a struct.
fn fields(sources: &str, of: &str) -> Vec<String> {
    let body = sources.split(&format!("pub struct {of} {{\n")).nth(1);
    let body = body.unwrap_or_else(|| panic!("no struct {of}")).split("\n}").next().unwrap();
    let public = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
    public.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

/// The names of all commands, as `command.rs` declares them.
fn commands() -> BTreeSet<String> {
    let source = source("command.rs");
    let block = source.split("\ncommands! {\n").nth(1).unwrap();
    let lines = block.lines().take_while(|line| *line != "}");
    lines.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

fn listed(page: &str) -> Vec<Vec<String>> {
    rows(page).into_iter().filter(|row| row.len() == 5).collect()
}

/// The commands in a *written by* cell.
fn writers(cell: &str) -> BTreeSet<String> {
    cell.split(',').map(|part| part.trim().split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn each_event_is_listed_with_its_number_and_its_fields() {
    let (page, sources) = (page("events.md"), event_sources());
    let listed = listed(&page);
    let declared = declared();
    assert_eq!(listed.len(), declared.len());
    for (row, [number, name, of]) in listed.iter().zip(&declared) {
        assert_eq!([&row[0], &row[1]], [number, name]);
        assert_eq!(row[3], fields(&sources, of).join(", "), "{name}");
        assert!(row[4].starts_with("0."), "{name}: since");
    }
    let numbers: BTreeSet<&String> = declared.iter().map(|[number, ..]| number).collect();
    assert_eq!(numbers.len(), declared.len(), "a number stands twice");
}

#[test]
fn each_shape_is_listed_with_its_fields() {
    let (page, sources) = (page("events.md"), event_sources());
    let shapes = page.split("## Shapes").nth(1).unwrap();
    let rows = rows(shapes).into_iter().filter(|row| row.len() == 3 && row[0] != "Currency");
    let mut shapes = 0;
    for row in rows {
        assert_eq!(row[2], fields(&sources, &row[0]).join(", "), "{}", row[0]);
        shapes += 1;
    }
    let structs = sources.matches("pub struct ").count();
    assert_eq!(shapes + declared().len(), structs, "a shape isn't listed");
}

#[test]
fn each_command_writes_an_event_and_no_other_is_named() {
    let page = page("events.md");
    let named: BTreeSet<String> = listed(&page).iter().flat_map(|row| writers(&row[2])).collect();
    assert_eq!(named, commands());
}

#[test]
fn what_the_other_pages_write_is_written_by_the_commands_that_are_named() {
    let catalogue = page("events.md");
    let rows = listed(&catalogue).into_iter();
    let writers: BTreeMap<String, BTreeSet<String>> =
        rows.map(|row| (row[1].clone(), writers(&row[2]))).collect();
    let page = page("accounting.md");
    for (_, block) in blocks(&page).iter().filter(|(mark, _)| mark.starts_with("jsonl")) {
        let mut shop = Shop::empty();
        for line in block.lines() {
            assert_eq!(shop.line(serde_json::from_str(line).unwrap()), Outcome::Accepted);
        }
        for record in &shop.records {
            let command = Command::from_record(record, shop.decimals()).unwrap();
            for event in &record.events {
                assert!(writers[event.name()].contains(command.name()), "{}", event.name());
            }
        }
    }
}
