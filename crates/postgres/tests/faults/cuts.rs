//! The connection is cut at every step of the protocol, of an append and of making sure of it.

use std::collections::BTreeMap;

use tuanzhang_log::{AppendError, Store};
use tuanzhang_pgserver::{Counted, Proxy, Step};
use tuanzhang_postgres::PostgresStore;
use tuanzhang_powerloss::Random;

use crate::app::App;
use crate::given::{BOOK, Way, all, append, number, patiently, records, server, wrong};

/// Cuts where the environment says nothing.
const CUTS: u64 = 100;
/// Places among the bytes of a message stream that are tried.
const OFFSETS: u64 = 12;

/// Each boundary of messages both ways, and places within messages.
fn steps(counted: Counted) -> Vec<Step> {
    let mut steps = Vec::new();
    for at in 1..=counted.requests {
        steps.extend([Step::BeforeRequest(at), Step::AfterRequest(at)]);
    }
    for at in 1..=counted.answers {
        steps.extend([Step::BeforeAnswer(at), Step::AfterAnswer(at)]);
    }
    for part in 0..OFFSETS {
        steps.push(Step::AfterRequestBytes(counted.request_bytes * part / OFFSETS + part % 3));
        steps.push(Step::AfterAnswerBytes(counted.answer_bytes * part / OFFSETS + part % 3));
    }
    steps
}

/// A step of the protocol of a new connection and of what is asked on it first.
fn later_step(random: &mut Random) -> Step {
    match random.below(4) {
        0 => Step::BeforeRequest(1 + random.below(11)),
        1 => Step::AfterRequest(1 + random.below(11)),
        2 => Step::AfterAnswer(1 + random.below(28)),
        _ => Step::AfterAnswerBytes(random.below(900)),
    }
}

#[derive(Debug, Default)]
struct Tried {
    cuts: u64,
    answered: u64,
    /// By what the caller was told, and whether it was there then.
    told: BTreeMap<(&'static str, &'static str), u64>,
    false_answers: Vec<String>,
}

impl Tried {
    fn told(&mut self, told: &'static str, there: bool) {
        let there = if there { "written" } else { "not written" };
        *self.told.entry((told, there)).or_default() += 1;
    }

    fn false_answer(&mut self, step: Step, what: &str) {
        self.false_answers.push(format!("{step:?}: {what}"));
    }
}

/// A store behind a proxy, and what was appended to it.
struct Cut {
    way: Way,
    proxy: Proxy,
    store: PostgresStore,
    /// Another handle, whose connection nobody cuts.
    witness: PostgresStore,
    appends: Vec<Vec<Vec<u8>>>,
    size: u64,
    tried: Tried,
}

impl Cut {
    /// Appends while the connection is cut at a step, makes sure of it, sends it again where it has to be.
    fn round(&mut self, step: Step, random: &mut Random) {
        let nth = u64::try_from(self.appends.len()).unwrap();
        let wanted = records(nth, 1 + nth % 3);
        let after = self.size + u64::try_from(wanted.len()).unwrap();
        self.proxy.cut(step);
        let answer = self.way.append(&self.store, self.size, &wanted);
        self.tried.cuts += u64::from(self.proxy.has_cut());
        self.proxy.count();
        assert!(self.proxy.settle());
        let there = self.witness.head(BOOK).unwrap().size;
        assert!(there == self.size || there == after, "{step:?}: all or nothing: {there}");
        match answer {
            Ok(head) => {
                self.tried.answered += 1;
                if head.size != after || there != after {
                    self.tried.false_answer(step, &format!("answered {head:?}, {there} are there"));
                }
            }
            Err(AppendError::Unavailable(_)) => {
                self.tried.told("unavailable", there == after);
                if there == self.size {
                    self.way.append(&self.store, self.size, &wanted).unwrap();
                } else {
                    self.tried.false_answer(step, &format!("nothing written, {there} are there"));
                }
            }
            Err(AppendError::Unknown(_)) => {
                self.tried.told("unknown", there == after);
                self.find(step, there, &wanted, random);
            }
            Err(error) => panic!("{step:?}: {error}"),
        }
        self.size = after;
        self.appends.push(wanted);
    }

    /// Makes sure of an append whose answer was lost.
    fn find(&mut self, step: Step, there: u64, wanted: &[Vec<u8>], random: &mut Random) {
        if random.eighths(4) {
            // The connection by which it makes sure breaks, too.
            self.proxy.cut(later_step(random));
        }
        let found = patiently(|| self.store.head(BOOK)).size;
        self.tried.cuts += u64::from(self.proxy.has_cut());
        self.proxy.count();
        if found != there {
            self.tried.false_answer(step, &format!("{found} are shown, {there} are there"));
        }
        if found == self.size {
            self.way.append(&self.store, self.size, wanted).unwrap();
        } else {
            assert_eq!(all(&self.store, self.size + 1).unwrap(), wanted, "{step:?}");
        }
    }
}

#[test]
fn whatever_step_is_cut_the_answer_is_true_and_nothing_doubles() {
    let Some(server) = server("cut connections") else { return };
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let cuts = number("CUTS").unwrap_or(CUTS);
    for (way, name) in [(Way::Append, "cuts"), (Way::Turn, "cuts_turns")] {
        let direct = server.database(name).unwrap();
        let proxy = Proxy::start(server).unwrap();
        let store = PostgresStore::connect(&proxy.url(name)).unwrap();
        let witness = PostgresStore::connect(&direct).unwrap();
        let (appends, tried) = (vec![records(0, 2), records(1, 2)], Tried::default());
        way.append(&store, 0, &appends[0]).unwrap();
        proxy.count();
        way.append(&store, 2, &appends[1]).unwrap();
        let steps = steps(proxy.counted());
        let mut cut = Cut { way, proxy, store, witness, appends, size: 4, tried };
        for step in steps.iter().cycle() {
            if cut.tried.cuts >= cuts {
                break;
            }
            cut.round(*step, &mut random);
        }
        let (tried, wrong) = (cut.tried, wrong(&direct, &cut.appends));
        println!(
            "{way:?}: {} cuts at {} steps of it and of making sure: {} appends, {} answered in spite of the \
             cut, told {:?}; {} false answers, {wrong:?} wrong",
            tried.cuts,
            steps.len(),
            cut.appends.len(),
            tried.answered,
            tried.told,
            tried.false_answers.len()
        );
        assert!(tried.false_answers.is_empty(), "{}", tried.false_answers.join("\n"));
        assert_eq!(wrong, [""; 0]);
        assert!(tried.told.len() >= 2, "both kinds were met: {tried:?}");
    }
}

/// The control: somebody who takes a lost answer for "not written", and sends it again behind what is
/// there.
#[test]
fn the_control_doubles() {
    let Some(server) = server("cut connections") else { return };
    let direct = server.database("cuts_control").unwrap();
    let proxy = Proxy::start(server).unwrap();
    let url = proxy.url("cuts_control");
    let store = PostgresStore::connect(&url).unwrap();
    let mut appends = vec![records(0, 2)];
    append(&store, 0, &appends[0]).unwrap();
    proxy.count();
    appends.push(records(1, 2));
    append(&store, 2, &appends[1]).unwrap();
    let steps = steps(proxy.counted());
    for (nth, step) in (2..).zip(&steps) {
        let wanted = records(nth, 2);
        let size = store.head(BOOK).unwrap().size;
        proxy.cut(*step);
        if append(&store, size, &wanted).is_err() {
            assert!(proxy.settle());
            let size = patiently(|| store.head(BOOK)).size;
            append(&store, size, &wanted).unwrap();
        }
        appends.push(wanted);
    }
    let wrong = wrong(&direct, &appends);
    println!("control, sent again as if not written: {} cuts, {wrong:?}", steps.len());
    assert!(wrong.concat().contains("doubled"), "the control doubled nothing: {wrong:?}");
}

#[test]
fn through_the_ledger_each_command_sent_again_is_found_once() {
    let Some(server) = server("cut connections") else { return };
    let direct = server.database("cuts_ledger").unwrap();
    let proxy = Proxy::start(server).unwrap();
    let app = App::open(PostgresStore::connect(&proxy.url("cuts_ledger")).unwrap());
    app.execute(1, 0..1).unwrap();
    proxy.count();
    app.execute(1, 1..2).unwrap();
    let steps = steps(proxy.counted());
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let wanted = number("CUTS").unwrap_or(CUTS);
    let (mut cuts, mut again, mut repeated, mut next) = (0, 0, 0, 2);
    for round in 0_usize.. {
        if cuts >= wanted {
            break;
        }
        let nths = next..next + 1 + random.below(3);
        next = nths.end;
        let mut step = steps[round % steps.len()];
        let mut answers = loop {
            proxy.cut(step);
            let answer = app.execute(1, nths.clone());
            cuts += u64::from(proxy.has_cut());
            match answer {
                Ok(answers) => break answers,
                Err(error) => assert!(error.can_retry(), "{step:?}: {error}"),
            }
            again += 1;
            // One time in two the next connection breaks, too.
            step =
                if random.eighths(4) { later_step(&mut random) } else { Step::BeforeRequest(999) };
        };
        answers.retain(|done| done.repeated);
        repeated += answers.len();
    }
    proxy.count();
    let found = App::check(&direct, next);
    println!(
        "through the ledger: {cuts} cuts, {next} commands, {again} times sent again, {repeated} commands \
         were found; sent again at the end: {found} of {next} found, gapless, none doubled"
    );
    assert!(repeated > 0 && found == next);
}
