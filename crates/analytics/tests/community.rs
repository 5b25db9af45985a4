//! The group's figures against numbers computed by hand: joining twice, leaving, coming back; reviews made anew;
//! complaints resolved before and after the window's end; people of several groups.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

mod shop;

use shop::{LEADER, Shop, buyer, happened, id, number, text};
use tuanzhang_analytics::{Day, Report, Settings, Window};
use tuanzhang_core::activity::{
    Complained, ComplaintResolved, Happened, Joined, Left, Rating, Reviewed, Shortlisted, Suggested,
};
use tuanzhang_core::{ComplaintId, OrderId, ReviewId, SuggestionId, Time};

const DAY_MICROS: i64 = 86_400_000_000;
const START: i32 = 18_960;

fn noon(day: i32) -> Time {
    Time::from_micros(i64::from(START + day) * DAY_MICROS + DAY_MICROS / 2)
}

/// Days 1 to one, silent after five.
fn until(day: i32) -> Settings {
    let window = Window::of(Day::new(START + 1), Day::new(START + day));
    Settings { window, sleeping_days: 5, ..Settings::default() }
}

fn joined(day: i32, who: u64, by: Option<u64>) -> Happened {
    happened(noon(day), Joined { member: buyer(who), invited_by: by.map(buyer) })
}

fn left(day: i32, who: u64) -> Happened {
    happened(noon(day), Left { member: buyer(who) })
}

fn shop() -> Shop {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign(noon(0), 1, &[("it", "10.00")]);
    shop
}

fn of(report: &Report, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| text(report, "community", 0, key)).collect()
}

#[test]
fn joining_twice_is_joining_once_and_coming_back_is_joining_again() {
    let mut shop = shop();
    shop.happened(&[
        joined(1, 1, Some(9)),
        joined(1, 1, Some(9)), // a member already
        joined(1, 2, Some(9)),
        joined(1, 3, None),
        left(2, 1),
        left(2, 4), // never was one
        joined(3, 1, Some(9)),
        left(4, 3),
        left(4, 3), // gone already
        happened(noon(6), Shortlisted { visitor: buyer(1), campaign: None }),
        left(11, 2), // after the window
    ]);
    let order = shop.buy_from(LEADER, noon(5), 2, 1, ("it", 1, "10.00"));
    shop.deliver(noon(6), order);
    let report = Report::of(&shop.facts, &until(10));
    let keys = ["members", "joins", "leaves", "invited_joins"];
    assert_eq!(of(&report, &keys), ["2", "4", "2", "3"]);
    // In the last five days, 6 to 10, one put something into the cart; the other had bought on the day before.
    let keys = ["buyers_among_members", "never_bought", "silent_members"];
    assert_eq!(of(&report, &keys), ["1", "1", "1"]);
    let growth: Vec<_> = (0..4)
        .map(|row| {
            ["joins", "leaves", "members_at_end"]
                .map(|key| number(&report, "growth_by_day", row, key))
        })
        .collect();
    assert_eq!(growth, [[3, 0, 3], [0, 1, 2], [1, 0, 3], [0, 1, 2]]);
    let keys = ["inviter_rank", "invited_joins", "invited_buyers"];
    assert_eq!(keys.map(|key| number(&report, "inviters", 0, key)), [1, 3, 1]);
    assert_eq!(text(&report, "inviters", 0, "inviter"), buyer(9).to_string());
}

#[test]
fn a_review_made_anew_has_its_last_day_and_a_complaint_is_resolved_as_of_the_last_one() {
    let mut shop = shop();
    let order = shop.buy_from(LEADER, noon(5), 2, 1, ("it", 1, "10.00"));
    shop.deliver(noon(6), order);
    let reviewed = |day: i32, n: u64, rating: Rating| {
        let (review, order) = (ReviewId::from_bytes(id(7, n)), OrderId::from_bytes(id(1, 1)));
        happened(noon(day), Reviewed { review, order, rating })
    };
    let complaint = |n: u64| ComplaintId::from_bytes(id(8, n));
    let complained =
        |day: i32, n: u64| happened(noon(day), Complained { complaint: complaint(n), order: None });
    let resolved =
        |day: i32, n: u64| happened(noon(day), ComplaintResolved { complaint: complaint(n) });
    let suggestion = SuggestionId::from_bytes(id(9, 1));
    shop.happened(&[
        complained(0, 3), // before the window
        reviewed(2, 1, Rating::Good),
        reviewed(3, 2, Rating::Neutral),
        complained(3, 1),
        complained(3, 2),
        reviewed(4, 2, Rating::Good),
        resolved(4, 3),
        resolved(5, 1),
        happened(noon(5), Suggested { suggestion, order: None }),
        reviewed(12, 1, Rating::Bad),
        resolved(12, 2),
    ]);
    let reviews = ["reviews", "good_reviews", "neutral_reviews", "bad_reviews", "good_rate"];
    let voices = [
        "received_orders",
        "complaints",
        "complaints_resolved",
        "complaint_rate",
        "suggestion_rate",
    ];
    let report = Report::of(&shop.facts, &until(10));
    assert_eq!(of(&report, &reviews), ["1", "1", "0", "0", "100.00"]);
    assert_eq!(of(&report, &voices), ["1", "2", "1", "200.00", "100.00"]);
    let report = Report::of(&shop.facts, &until(12));
    assert_eq!(of(&report, &reviews), ["2", "1", "0", "1", "50.00"]);
    assert_eq!(of(&report, &voices), ["1", "2", "2", "200.00", "100.00"]);
}

#[test]
fn who_leaves_one_of_two_groups_is_still_a_member() {
    let mut books = [shop(), Shop::of_book(9, noon(0))];
    books[0].buy(noon(1), 1, 1, "it", 1, "10.00");
    books[0].buy(noon(1), 2, 1, "it", 1, "10.00");
    books[0].happened(&[joined(1, 1, None), joined(1, 2, None), left(3, 1), left(3, 2)]);
    books[1].happened(&[joined(2, 1, None), joined(2, 2, None), left(4, 2)]);
    let facts = books.map(|shop| shop.facts);
    let report = Report::of_books(&facts, &Settings::default()).unwrap();
    // Four times somebody joined a group, three times left one; one person is in none.
    assert_eq!(of(&report, &["joins", "leaves", "members"]), ["4", "3", "1"]);
    assert_eq!(number(&report, "growth_by_day", 3, "members_at_end"), 1);
    let states: Vec<_> =
        (0..4).map(|row| number(&report, "lifecycle", row, "buyers_so_far")).collect();
    assert_eq!(states, [1, 0, 0, 1]);
}

#[test]
fn of_what_was_said_twice_the_order_of_import_decides_nothing() {
    let order = OrderId::from_bytes(id(1, 1));
    let reviewed = |day: i32, rating: Rating| {
        happened(noon(day), Reviewed { review: ReviewId::from_bytes(id(7, 1)), order, rating })
    };
    let complaint = ComplaintId::from_bytes(id(8, 1));
    let suggestion = SuggestionId::from_bytes(id(9, 1));
    let entries = [
        reviewed(3, Rating::Bad),
        reviewed(12, Rating::Good),
        happened(noon(2), Complained { complaint, order: None }),
        happened(noon(12), Complained { complaint, order: None }),
        happened(noon(8), ComplaintResolved { complaint }),
        happened(noon(13), ComplaintResolved { complaint }),
        happened(noon(4), Suggested { suggestion, order: None }),
        happened(noon(12), Suggested { suggestion, order: None }),
    ];
    let mut backwards = entries.clone();
    backwards.reverse();
    let keys = ["reviews", "complaints", "complaints_resolved", "suggestions"];
    let folded = |parts: &[&[Happened]]| {
        let mut shop = shop();
        for part in parts {
            shop.happened(part);
        }
        shop.facts
    };
    let asked = |facts: &_| {
        let report = Report::of(facts, &until(10));
        let later = Report::of(facts, &until(13));
        (of(&report, &keys), of(&later, &["good_reviews", "bad_reviews"]))
    };
    // Up to day 10: the review counts on day 12, the complaint on day 2, resolved on day 8.
    let known = |of: &[&str]| of.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let expected = (known(&["0", "1", "1", "1"]), known(&["1", "0"]));
    for parts in [&[&entries[..]][..], &[&backwards[..]], &[&entries[4..], &entries[..4]]] {
        assert_eq!(asked(&folded(parts)), expected);
    }
    // Of the same instant the one that was recorded last.
    let both = [reviewed(5, Rating::Good), reviewed(5, Rating::Bad)];
    assert_eq!(of(&Report::of(&folded(&[&both]), &until(10)), &["bad_reviews"]), ["1"]);
    assert_eq!(
        of(&Report::of(&folded(&[&both[1..], &both[..1]]), &until(10)), &["good_reviews"]),
        ["1"]
    );
    // Two groups that tell of the same: whichever comes first.
    for (first, second) in [(0..4, 4..8), (4..8, 0..4)] {
        let mut other = Shop::of_book(9, noon(0));
        other.happened(&entries[second.clone()]);
        let mut one = folded(&[&entries[first]]);
        let mut merged = other.facts.clone();
        merged.merge(&one).unwrap();
        one.merge(&other.facts).unwrap();
        assert_eq!((asked(&one), asked(&merged)), (expected.clone(), expected.clone()));
    }
}
