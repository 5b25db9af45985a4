//! What a handle remembers, without a server.

use tuanzhang_log::TreeHead;
use tuanzhang_log::tree::{Edge, leaf_hash};

use super::given::{BOOK, OTHER};
use crate::known::{Doubts, Heads};
use crate::rows::{Kind, Owner, Stream};

const OWNER: Owner = (BOOK, Kind::Book);

fn stream(size: u8, epoch: i64) -> Stream {
    let mut edge = Edge::new();
    (0..size).for_each(|number| edge.push(leaf_hash(&[number])));
    Stream { owner: OWNER, head: edge.head(), edge, epoch }
}

/// An answer that is lost while an earlier one is made sure of is made sure of as well.
#[test]
fn a_doubt_that_came_meanwhile_stays() {
    let doubts = Doubts::default();
    doubts.note(OWNER);
    let first = doubts.about(OWNER).unwrap();
    doubts.note(OWNER);
    doubts.resolve(OWNER, first);
    let second = doubts.about(OWNER).expect("the second is open");
    doubts.note((OTHER, Kind::Book));
    doubts.resolve(OWNER, second);
    assert_eq!(doubts.about(OWNER), None);
    assert_eq!(doubts.all(), [(OTHER, Kind::Book)]);
    // One that is noted again is none of those before.
    doubts.note(OWNER);
    doubts.resolve(OWNER, first);
    doubts.resolve(OWNER, second);
    assert!(doubts.about(OWNER).is_some());
}

#[test]
fn what_is_sure_never_shrinks_and_a_look_is_asked_for_apart() {
    let heads = Heads::default();
    assert_eq!(heads.sure(OWNER), TreeHead::EMPTY);
    heads.remember(stream(5, 1));
    heads.remember(stream(3, 2));
    assert_eq!((heads.sure(OWNER), heads.known(OWNER, 5)), (stream(5, 1).head, Some(stream(5, 1))));
    heads.look_again(OWNER);
    assert_eq!((heads.sure(OWNER), heads.known(OWNER, 5)), (stream(5, 1).head, None));
    heads.remember(stream(4, 9));
    heads.reach(OWNER, stream(2, 1).head);
    assert_eq!((heads.sure(OWNER).size, heads.known(OWNER, 4)), (5, None));
    heads.reach(OWNER, stream(7, 1).head);
    heads.remember(stream(7, 3));
    assert_eq!((heads.sure(OWNER).size, heads.known(OWNER, 7)), (7, Some(stream(7, 3))));
    assert_eq!(heads.known((OTHER, Kind::Book), 7), None);
}
