//! The activity stream beside the book: its folder, its lock, its key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tuanzhang_log::conformance::{CASES, Capacity, Factory};
use tuanzhang_log::{AppendError, BookKey, ReadError, Store};

use super::given::{BOOK, append, look};
use crate::simulation::{Failing, Fate, SimulatedDisk};
use crate::{ActivityStream, Journal, OpenError};

const OTHER: BookKey = BookKey([9; 16]);

/// A folder with the small book's first records.
fn book() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    append(&Journal::at(&path).unwrap(), 0, 3).unwrap();
    (folder, path)
}

fn folder_of(path: &Path) -> PathBuf {
    path.join("activity")
}

#[test]
fn nothing_is_created_before_the_first_append() {
    let (_folder, path) = book();
    let journal = Journal::open_existing(&path).unwrap();
    let activity = journal.activity().unwrap();
    assert_eq!(activity.head(BOOK).unwrap().size, 0);
    assert_eq!(activity.verify(BOOK).unwrap().bytes, 0);
    assert_eq!(activity.append(BOOK, 0, &[]).unwrap().size, 0);
    let raced = activity.append(BOOK, 2, &[b"x"]);
    assert!(matches!(raced, Err(AppendError::Raced { expected: 2, actual: 0 })), "{raced:?}");
    let too_large = activity.append(BOOK, 2, &[&vec![0; (1 << 20) + 1]]);
    assert!(matches!(too_large, Err(AppendError::TooLarge { .. })), "{too_large:?}");
    let stream = ActivityStream::at(&path).unwrap();
    assert!(stream.books().unwrap().is_empty());
    drop((activity, stream, journal));
    assert!(!folder_of(&path).exists());
    let files = std::fs::read_dir(&path).unwrap().count();
    assert_eq!(files, 3, "head, segment and lock");
}

#[test]
fn visits_are_written_beside_whoever_writes_the_book() {
    let (_folder, path) = book();
    let writer = Journal::at(&path).unwrap();
    let visits = ActivityStream::at(&path).unwrap();
    let reader = Journal::read_only(&path).unwrap();
    let seen = reader.activity().unwrap();
    visits.append(BOOK, 0, &[b"visit"]).unwrap();
    append(&writer, 3, 2).unwrap();
    assert_eq!(seen.head(BOOK).unwrap().size, 1);
    assert_eq!(seen.books().unwrap(), [BOOK]);
    assert!(matches!(seen.append(BOOK, 1, &[b"x"]), Err(AppendError::ReadOnly)));
    assert_eq!(look(&reader), Ok(5));
    // The lock is the stream's own, held as long as a handle that writes.
    let taken = ActivityStream::at(&path).unwrap_err();
    assert!(
        matches!(&taken, OpenError::Locked { place } if place.ends_with("activity")),
        "{taken}"
    );
    let taken = writer.activity().unwrap_err();
    assert!(matches!(taken, ReadError::Unavailable(_)), "{taken}");
    assert!(taken.to_string().contains("open for writing elsewhere"), "{taken}");
    visits.close().unwrap();
    let again = writer.activity().unwrap();
    again.append(BOOK, 1, &[b"another"]).unwrap();
    let same = writer.activity().unwrap();
    same.append(BOOK, 2, &[b"a third"]).unwrap();
    assert_eq!((again.head(BOOK).unwrap().size, seen.head(BOOK).unwrap().size), (3, 3));
    drop((again, same));
    assert_eq!(ActivityStream::at(&path).unwrap().verify(BOOK).unwrap().records, 3);
}

#[test]
fn another_books_activity_is_refused_whoever_was_first() {
    let (_folder, path) = book();
    let activity = ActivityStream::at(&path).unwrap();
    let refused = activity.append(OTHER, 0, &[b"x"]).unwrap_err();
    assert!(
        matches!(refused, AppendError::OtherBook { holds, asked } if (holds, asked) == (BOOK, OTHER)),
        "{refused}"
    );
    assert!(!folder_of(&path).exists());
    activity.append(BOOK, 0, &[b"x"]).unwrap();
    let refused = activity.append(OTHER, 1, &[b"x"]).unwrap_err();
    assert!(
        matches!(refused, AppendError::OtherBook { holds, asked } if (holds, asked) == (BOOK, OTHER)),
        "{refused}"
    );
}

#[test]
fn files_of_the_book_dont_pass_as_activity() {
    let (_folder, path) = book();
    std::fs::create_dir(folder_of(&path)).unwrap();
    for name in ["head", "00000001.seg"] {
        std::fs::copy(path.join(name), folder_of(&path).join(name)).unwrap();
    }
    // The copy says whose it is: no book that anybody asks for here.
    let activity = ActivityStream::at(&path).unwrap();
    assert_eq!(activity.head(BOOK).unwrap().size, 0);
    assert_eq!(activity.books().unwrap(), [BOOK.of_activity()]);
    drop(activity);
    // With the stream's own head before it, each frame is damage.
    std::fs::remove_dir_all(folder_of(&path)).unwrap();
    let activity = ActivityStream::at(&path).unwrap();
    let records = super::given::records(1, 3);
    let records: Vec<_> = records.iter().map(Vec::as_slice).collect();
    activity.append(BOOK, 0, &records).unwrap();
    activity.close().unwrap();
    let segment = folder_of(&path).join("00000001.seg");
    assert_eq!(
        std::fs::read(&segment).unwrap().len(),
        std::fs::read(path.join("00000001.seg")).unwrap().len()
    );
    std::fs::copy(path.join("00000001.seg"), &segment).unwrap();
    let damaged = ActivityStream::at(&path).unwrap_err();
    assert!(matches!(&damaged, OpenError::Damaged(_)), "{damaged}");
    assert!(damaged.to_string().contains("activity/00000001.seg"), "{damaged}");
    assert!(Journal::read_only(&path).unwrap().activity().is_err());
    assert_eq!(look(&Journal::read_only(&path).unwrap()), Ok(3), "the book is as it was");
}

#[test]
fn a_folder_without_files_is_an_empty_stream() {
    let (_folder, path) = book();
    std::fs::create_dir(folder_of(&path)).unwrap();
    assert_eq!(look(&Journal::open_existing(&path).unwrap()), Ok(3));
    let activity = ActivityStream::read_only(&path).unwrap();
    assert_eq!(activity.head(BOOK).unwrap().size, 0);
    ActivityStream::at(&path).unwrap().append(BOOK, 0, &[b"x"]).unwrap();
    assert_eq!(activity.head(BOOK).unwrap().size, 1);
}

#[test]
fn a_stream_has_no_stream() {
    let (_folder, path) = book();
    let activity = ActivityStream::at(&path).unwrap();
    assert!(matches!(activity.activity(), Err(ReadError::Unavailable(_))));
    let of_book = Journal::read_only(&path).unwrap().guarantees();
    assert_eq!(activity.guarantees().durability, of_book.durability);
}

/// Each call of a stream's folder fails, and each of the book's: what was answered is there, and no more than
/// what was tried.
#[test]
fn every_failing_call_of_a_stream_loses_nothing() {
    let of_stream: fn(&SimulatedDisk) -> SimulatedDisk =
        |book| book.folder(crate::activity::FOLDER);
    for failing in [of_stream, SimulatedDisk::clone] {
        let mut cases = 0;
        for call in 1.. {
            let simulated = SimulatedDisk::new();
            append(&super::given::open(&simulated).unwrap(), 0, 3).unwrap();
            let stream = |disk: &SimulatedDisk| {
                ActivityStream::beside(Arc::new(disk.clone()), crate::disk::Access::Write)
            };
            let refusing = failing(&simulated);
            let call = refusing.calls() + call;
            refusing.fail(call, Failing::Once, std::io::ErrorKind::Other);
            let (mut answered, mut tried) = (0, 0);
            match stream(&simulated) {
                Ok(stream) => {
                    while answered < 5 {
                        tried = answered + 1;
                        match stream.append(BOOK, answered, &[b"visit"]) {
                            Ok(head) => answered = head.size,
                            Err(AppendError::Unknown(_)) => break,
                            Err(AppendError::Unavailable(_)) => {
                                tried = answered;
                                break;
                            }
                            Err(other) => panic!("call {call}: {other}"),
                        }
                    }
                }
                Err(error) => assert!(matches!(error, OpenError::Unavailable(_)), "{error}"),
            }
            let made = refusing.calls();
            let left = simulated.after_kill();
            let again = stream(&left).unwrap();
            let found = again.head(BOOK).unwrap().size;
            assert!((answered..=tried).contains(&found), "call {call}: {found}");
            assert_eq!(again.verify(BOOK).unwrap().records, found);
            assert_eq!(again.append(BOOK, found, &[b"visit"]).unwrap().size, found + 1);
            assert_eq!(look(&super::given::open(&left).unwrap()), Ok(3), "the book is as it was");
            if made < call {
                assert_eq!(answered, 5);
                break;
            }
            cases += 1;
        }
        println!("{cases} failing calls, 0 lost");
        assert!(cases > 0);
    }
}

/// Streams alone, each opened again after a power loss that loses all it may.
struct Streams {
    disk: std::sync::Mutex<SimulatedDisk>,
    made: AtomicU64,
}

impl Streams {
    fn open(&self) -> Box<dyn Store> {
        let disk = Arc::new(self.disk.lock().unwrap().clone());
        Box::new(ActivityStream::beside(disk, crate::disk::Access::Write).unwrap())
    }
}

impl Factory for Streams {
    fn fresh(&self) -> Box<dyn Store> {
        self.made.fetch_add(1, Ordering::Relaxed);
        *self.disk.lock().unwrap() = SimulatedDisk::new();
        self.open()
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        {
            let mut disk = self.disk.lock().unwrap();
            *disk = disk.after_power_loss(|_| Fate::Lost);
        }
        drop(store);
        self.open()
    }

    fn capacity(&self) -> Capacity {
        Capacity::OneBook
    }
}

#[test]
fn a_stream_alone_conforms() {
    let streams = Streams { disk: std::sync::Mutex::default(), made: AtomicU64::new(0) };
    let own: Vec<_> = CASES.iter().filter(|case| !case.name.contains("activity")).collect();
    assert_eq!(own.len() + 3, CASES.len(), "all but those of a stream beside a stream");
    for case in own {
        assert_eq!((case.run)(&streams), Ok(()), "{}", case.name);
    }
    assert!(streams.made.load(Ordering::Relaxed) > 10);
}
