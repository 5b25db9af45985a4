//! Turns of one handle at once, and what is read meanwhile.

use std::ops::ControlFlow;
use std::sync::Barrier;
use std::thread;

use tuanzhang_log::Store;

use super::given::{BOOK, OTHER, PATIENCE, database, record, server, written};
use crate::Options;

/// Each takes a turn as often as it can, and reads in it through the handle: a turn never has the last
/// connection.
#[test]
fn turns_leave_a_connection_to_read_with() {
    let server = server!();
    for connections in [1, 2, 3] {
        let url = written(server);
        let store = Options::new().connections(connections).wait(PATIENCE).connect(&url).unwrap();
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for book in [BOOK, OTHER, BOOK, OTHER] {
                let (store, start) = (&store, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..10 {
                        let read = &mut |position, found: &[u8]| {
                            let again = store.read_one(book, position).unwrap();
                            assert_eq!(again.as_deref(), Some(found));
                            ControlFlow::Continue(())
                        };
                        let turn = store.turn(book, 1, read).unwrap().unwrap();
                        let size = turn.head().size;
                        assert_eq!(store.read_one(book, size).unwrap(), Some(record(size)));
                        assert_eq!(turn.append(&[&record(size + 1)]).unwrap().size, size + 1);
                    }
                });
            }
        });
        assert_eq!((store.head(BOOK).unwrap().size, store.head(OTHER).unwrap().size), (32, 22));
    }
}

/// A turn that ends gives its place back, however it ends.
#[test]
fn a_turn_that_is_dropped_makes_room_for_the_next() {
    let server = server!();
    let store = Options::new().connections(2).connect(&database(server)).unwrap();
    for _ in 0..5 {
        drop(store.turn(BOOK, 1, &mut |_, _| ControlFlow::Continue(())).unwrap());
    }
    let turn = store.turn(BOOK, 1, &mut |_, _| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!(turn.append(&[&record(1)]).unwrap().size, 1);
}
