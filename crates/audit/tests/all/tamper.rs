//! Who tampers with what, and what catches it: each row with the audit alone, and against a checkpoint that was kept
//! elsewhere. What an audit alone calls sound is the control of the checkpoint.

use tuanzhang_core::text::Text;
use tuanzhang_core::{Event, Money, Position, Record};
use tuanzhang_log::{BookKey, Store, TreeHead};

use crate::book::{Files, audited, frame_of, frames, is_segment, journal, records, repair};
use crate::kit::{encoded, head, key, life};

/// A book, and what was kept of it elsewhere.
struct Kept {
    records: Vec<Record>,
    key: BookKey,
    bytes: Vec<Vec<u8>>,
    files: Files,
    head: TreeHead,
}

impl Kept {
    fn new() -> Self {
        let records = life(3, 2_400);
        let (key, bytes) = (key(&records), encoded(&records));
        let (files, head) = (journal(key, &bytes), head(key, &bytes));
        let segments = files.keys().filter(|name| is_segment(name)).count();
        assert!(segments >= 2, "{} records in {segments} segments", records.len());
        Self { records, key, bytes, files, head }
    }

    /// The log written anew from other records, with their positions.
    fn anew(&self, change: impl FnOnce(&mut Vec<Record>)) -> Files {
        let mut records = self.records.clone();
        change(&mut records);
        for (record, position) in records.iter_mut().zip(1..) {
            record.head.position = Position::new(position);
        }
        journal(self.key, &encoded(&records))
    }

    /// The place of the first record behind the middle whose event is such a one.
    fn first(&self, is: impl Fn(&Event) -> bool) -> usize {
        let middle = self.records.len() / 2;
        let at = self.records[middle..].iter().position(|record| is(&record.events[0]));
        middle + at.expect("such an event")
    }

    /// The place of a payment by how many later records name its order.
    fn payment(&self, is: impl Fn(usize) -> bool) -> usize {
        let texts: Vec<_> = self.records.iter().map(|record| format!("{record:?}")).collect();
        let found = self.records.iter().enumerate().rev().position(|(at, record)| {
            let Event::OrderPaid(e) = &record.events[0] else { return false };
            let order = format!("{:?}", e.order);
            let later = texts[at + 1..].iter().filter(|text| text.contains(&order)).count();
            e.payment.is_some() && is(later)
        });
        self.records.len() - 1 - found.expect("such a payment")
    }

    /// The files after a byte of a record's value was changed.
    fn edited(&self, position: u64, is_repaired: bool) -> Files {
        let mut files = self.files.clone();
        let frames = frames(&files);
        let frame = &frames[frame_of(&frames, position)];
        let nth = usize::try_from(position - frame.first).unwrap();
        let place = records(&files, frame)[nth].clone();
        files.get_mut(&frame.file).unwrap()[place.end - 1] ^= 1;
        if is_repaired {
            repair(&mut files, self.key, frame);
        }
        files
    }

    fn last_segment(&self) -> String {
        self.files.keys().rfind(|name| is_segment(name)).unwrap().clone()
    }
}

/// What an audit says.
struct Row {
    attack: &'static str,
    /// A rule of the audit alone that finds it; none where it says sound.
    alone: Option<&'static str>,
    files: fn(&Kept) -> Files,
}

fn paid(records: &mut [Record], at: usize) -> &mut tuanzhang_core::event::OrderPaid {
    let Event::OrderPaid(paid) = &mut records[at].events[0] else { panic!("another event") };
    paid
}

fn is_paid(event: &Event) -> bool {
    matches!(event, Event::OrderPaid(e) if e.moved.parts.iter().filter(|p| p.amount.minor() > 1).count() > 1)
}

const ROWS: &[Row] = &[
    Row {
        attack: "a byte of a record edited",
        alone: Some("bytes"),
        files: |kept| kept.edited(kept.head.size / 2, false),
    },
    Row {
        attack: "the same, the frame's checksum made right",
        alone: Some("bytes"),
        files: |kept| kept.edited(kept.head.size / 2, true),
    },
    Row {
        attack: "the same in the last record",
        alone: Some("bytes"),
        files: |kept| kept.edited(kept.head.size, true),
    },
    Row {
        attack: "a fen moved from one party's part to another's, the whole log written anew",
        alone: Some("decides_the_same"),
        files: |kept| {
            let at = kept.first(is_paid);
            kept.anew(|records| {
                let parts = &mut paid(records, at).moved.parts;
                let mut some = parts.iter_mut().filter(|part| part.amount.minor() > 1);
                let (one, other) = (some.next().unwrap(), some.next().unwrap());
                let fen = Money::from_minor(1).unwrap();
                one.amount = one.amount.plus(fen).unwrap();
                other.amount = other.amount.minus(fen).unwrap();
            })
        },
    },
    Row {
        attack: "a payment's reference changed, the whole log written anew",
        alone: None,
        files: |kept| {
            let at =
                kept.first(|event| matches!(event, Event::OrderPaid(e) if e.payment.is_some()));
            kept.anew(|records| {
                let payment = paid(records, at).payment.as_mut().unwrap();
                payment.reference = Text::new("another-reference").unwrap();
            })
        },
    },
    Row {
        attack: "a record taken out, its frame's checksum made right",
        alone: Some("bytes"),
        files: |kept| {
            let mut files = kept.files.clone();
            let all = frames(&files);
            let frame = &all[all.len() / 2];
            let places = records(&files, frame);
            let from = frame.at + 56;
            let bytes = files.get_mut(&frame.file).unwrap();
            let removed = places[0].end - from;
            bytes.drain(from..places[0].end);
            bytes.extend(std::iter::repeat_n(0, removed));
            let body = u32::try_from(frame.bytes - 56 - removed).unwrap();
            bytes[frame.at + 4..frame.at + 8].copy_from_slice(&body.to_le_bytes());
            bytes[frame.at + 12] -= 1;
            let shorter = crate::book::Frame { bytes: frame.bytes - removed, ..frame.clone() };
            repair(&mut files, kept.key, &shorter);
            files
        },
    },
    Row {
        attack: "a payment dropped, the others renumbered, the whole log written anew",
        alone: Some("decides_the_same"),
        files: |kept| {
            let at = kept.payment(|later| later > 0);
            kept.anew(|records| drop(records.remove(at)))
        },
    },
    Row {
        attack: "a payment dropped of an order that nothing else happened to, the whole log written anew",
        alone: None,
        files: |kept| {
            let at = kept.payment(|later| later == 0);
            kept.anew(|records| drop(records.remove(at)))
        },
    },
    Row {
        attack: "an order that nobody paid yet dropped with all that names it, the whole log written anew",
        alone: None,
        files: |kept| {
            let orders = kept.records.iter().rev().filter_map(|record| match &record.events[0] {
                Event::OrderPlaced(e) => Some(format!("{:?}", e.order)),
                _ => None,
            });
            let texts: Vec<_> = kept.records.iter().map(|record| format!("{record:?}")).collect();
            let named = |order: &str| texts.iter().filter(|text| text.contains(order)).count();
            let dropped = orders.into_iter().find(|order| named(order) == 1).unwrap();
            let names = |record: &Record| format!("{record:?}").contains(&dropped);
            kept.anew(|records| records.retain(|record| !names(record)))
        },
    },
    Row {
        attack: "two records swapped and renumbered, the whole log written anew",
        alone: Some("decides_the_same"),
        files: |kept| {
            let at = kept.first(is_paid);
            let order = |event: &Event| matches!(event, Event::OrderPlaced(_));
            let placed = kept.records[..at].iter().rposition(|r| order(&r.events[0])).unwrap();
            kept.anew(|records| records.swap(placed, at))
        },
    },
    Row {
        attack: "a record put in twice, the whole log written anew",
        alone: Some("ids_once"),
        files: |kept| {
            let at = kept.first(is_paid);
            kept.anew(|records| records.insert(at + 1, records[at].clone()))
        },
    },
    Row {
        attack: "a refund of one's own put in, the whole log written anew",
        alone: Some("refund_paid_at_most_due"),
        files: |kept| {
            let at = kept.first(|event| matches!(event, Event::RefundPaid(_)));
            kept.anew(|records| {
                let mut forged = records[at].clone();
                let Event::RefundPaid(paid) = &mut forged.events[0] else {
                    panic!("another event")
                };
                paid.refund_payment = tuanzhang_core::RefundPaymentId::from_bytes([0xee; 16]);
                records.insert(at + 1, forged);
            })
        },
    },
    Row {
        attack: "two frames swapped",
        alone: Some("bytes"),
        files: |kept| {
            let mut files = kept.files.clone();
            let all = frames(&files);
            let (one, other) = (&all[1], &all[2]);
            assert_eq!(one.file, other.file);
            let bytes = files.get_mut(&one.file).unwrap();
            bytes[one.at..other.at + other.bytes].rotate_left(one.bytes);
            files
        },
    },
    Row {
        attack: "the last frame cut off",
        alone: Some("bytes"),
        files: |kept| {
            let mut files = kept.files.clone();
            let last = frames(&files).pop().unwrap();
            files.get_mut(&last.file).unwrap()[last.at..last.at + last.bytes].fill(0);
            files
        },
    },
    Row {
        attack: "the last records left out, the whole log written anew",
        alone: None,
        files: |kept| kept.anew(|records| records.truncate(records.len() - 30)),
    },
    Row {
        attack: "the last segment removed",
        alone: Some("bytes"),
        files: |kept| {
            let mut files = kept.files.clone();
            files.remove(&kept.last_segment());
            files
        },
    },
    Row {
        attack: "an old copy of the whole book put back",
        alone: None,
        files: |kept| journal(kept.key, &kept.bytes[..kept.bytes.len() / 10 * 5]),
    },
    Row {
        attack: "an old copy of the head file put back, the frames left",
        alone: None,
        files: |kept| {
            let old = journal(kept.key, &kept.bytes[..kept.bytes.len() / 10 * 5]);
            let mut files = kept.files.clone();
            files.insert("head".into(), old["head"].clone());
            files
        },
    },
    Row {
        attack: "a segment of another book put in",
        alone: Some("bytes"),
        files: |kept| {
            let others = life(4, 2_400);
            let other = journal(key(&others), &encoded(&others));
            let mut files = kept.files.clone();
            files.insert("00000001.seg".into(), other["00000001.seg"].clone());
            files
        },
    },
    Row {
        attack: "another book put in its place, whole",
        alone: None,
        files: |_| {
            let others = life(4, 2_400);
            journal(key(&others), &encoded(&others))
        },
    },
];

#[test]
fn each_row_is_caught_by_what_the_table_says() {
    let kept = Kept::new();
    let against = Some((kept.key, kept.head));
    let audit = audited(&kept.files, against);
    assert!(audit.is_sound(), "untouched: {:?}", audit.findings);
    assert!(audit.against[0].holds);
    println!(
        "| who writes to the files does | audit alone 单独审计 | `--against` 对照检查点 |\n|---|---|---|"
    );
    for row in ROWS {
        let files = (row.files)(&kept);
        let alone = audited(&files, None).findings;
        let rules: Vec<_> = alone.kept().iter().map(|finding| finding.rule.name()).collect();
        match row.alone {
            Some(rule) => assert!(rules.contains(&rule), "{}: {rules:?}", row.attack),
            None => assert!(alone.is_empty(), "{}: {:?}", row.attack, alone.kept()),
        }
        let audit = audited(&files, against);
        let caught = audit.findings.kept().iter().find(|found| found.rule.name() == "against");
        // What was kept is of records behind the damage, which is a finding either way.
        let is_damaged = rules.contains(&"bytes");
        assert_eq!(audit.against[0].not_compared.is_some(), is_damaged, "{}", row.attack);
        assert_eq!(caught.is_none(), is_damaged, "{}: a checkpoint misses it", row.attack);
        let mut first = rules.clone();
        first.dedup();
        first.truncate(3);
        let alone =
            if first.is_empty() { "**sound**".into() } else { format!("`{}`", first.join("` `")) };
        let caught = caught.map_or("not compared".into(), |finding| {
            let number =
                |text: &str| if text.len() == 64 { "another root".into() } else { text.to_owned() };
            format!("`against`: {}", number(&finding.found))
        });
        println!("| {} | {alone} | {caught} |", row.attack);
    }
}

#[test]
fn a_checkpoint_says_behind_which_record_the_log_was_altered() {
    let kept = Kept::new();
    let at = kept.first(|event| matches!(event, Event::OrderPaid(e) if e.payment.is_some()));
    let files = kept.anew(|records| {
        let payment = paid(records, at).payment.as_mut().unwrap();
        payment.reference = Text::new("another-reference").unwrap();
    });
    let position = u64::try_from(at).unwrap() + 1;
    // Kept before it and behind it: the alteration lies between the two.
    let heads: Vec<_> = [position - 1, position + 40]
        .iter()
        .map(|size| head(kept.key, &kept.bytes[..usize::try_from(*size).unwrap()]))
        .collect();
    let disk = tuanzhang_journal::simulation::SimulatedDisk::with_files(files);
    let journal = tuanzhang_journal::Journal::read_only_on(std::sync::Arc::new(disk)).unwrap();
    let mut options = tuanzhang_audit::Options::default();
    for (label, head) in ["march", "april"].iter().zip(&heads) {
        let checkpoint = tuanzhang_proof::Checkpoint::of_book(kept.key, *head);
        options = options.against(*label, checkpoint);
    }
    let audit = tuanzhang_audit::audit(&journal, kept.key, options).unwrap();
    assert_eq!(audit.against.iter().map(|kept| kept.holds).collect::<Vec<_>>(), [true, false]);
    let finding = &audit.findings.kept()[0];
    let place = finding.place.clone().unwrap();
    let (behind, to) = (position - 1, position + 40);
    assert!(place.contains(&format!("behind position {behind}, up to {to}")), "{place}");
    assert_eq!(finding.expected, heads[1].root.to_string());
    assert_eq!(audit.findings.total(), 1);
}

#[test]
fn a_database_says_what_was_done_to_its_rows() {
    let records = life(3, 300);
    let (key, bytes) = (key(&records), encoded(&records));
    let attacks: [(&str, &str); 4] = [
        (
            "a record edited",
            "UPDATE tuanzhang_records SET record = zeroblob(40) WHERE position = 7",
        ),
        ("a record deleted", "DELETE FROM tuanzhang_records WHERE position = 7"),
        (
            "two records swapped",
            "UPDATE tuanzhang_records SET position = CASE position WHEN 7 THEN -8 ELSE -7 END WHERE position IN (7, 8); UPDATE tuanzhang_records SET position = -position WHERE position < 0",
        ),
        (
            "the last append deleted",
            "DELETE FROM tuanzhang_records WHERE position > (SELECT max(first) - 1 FROM tuanzhang_appends); DELETE FROM tuanzhang_appends WHERE first = (SELECT max(first) FROM tuanzhang_appends)",
        ),
    ];
    for (attack, sql) in attacks {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.db");
        {
            let store = tuanzhang_sqlite::SqliteStore::at(&path).unwrap();
            crate::kit::append(&store, key, &bytes);
        }
        let database = rusqlite::Connection::open(&path).unwrap();
        database
            .execute_batch("DROP TRIGGER tuanzhang_records_no_update; DROP TRIGGER tuanzhang_records_no_delete; DROP TRIGGER tuanzhang_appends_no_delete")
            .unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        let store = tuanzhang_sqlite::SqliteStore::read_only(&path).unwrap();
        assert!(store.head(key).unwrap().size > 0);
        let audit =
            tuanzhang_audit::audit(&store, key, tuanzhang_audit::Options::default()).unwrap();
        let rules = crate::kit::rules(&audit);
        assert_eq!(rules.first(), Some(&"bytes"), "{attack}: {rules:?}");
        println!("| {attack} in a SQLite database | `bytes` |");
    }
}
