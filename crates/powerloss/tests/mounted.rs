//! The file system through the kernel: what programs do with it, what a power loss leaves.
#![cfg(target_os = "linux")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;
use tuanzhang_powerloss::{Cut, Disk, Mounted, Naming, Options, Syncs};

/// A folder to mount on; `None`, visibly, where that can't be done.
fn place() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let why = Disk::unavailable(folder.path());
    if let Some(why) = &why {
        // Past the test's own capture: what is skipped is seen.
        let _ = writeln!(std::io::stderr(), "skipped: a file system under power loss: {why}");
    }
    why.is_none().then_some(folder)
}

fn error<T: std::fmt::Debug>(result: std::io::Result<T>) -> i32 {
    result.unwrap_err().raw_os_error().unwrap()
}

fn sync_folder(path: &Path) {
    File::open(path).unwrap().sync_all().unwrap();
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Loses power and starts again.
fn restart(disk: &Disk, mounted: Mounted, seed: u64) -> (Cut, Mounted) {
    let at = mounted.path().to_owned();
    drop(mounted);
    let cut = disk.restart(seed);
    (cut, disk.mount(&at).unwrap())
}

#[test]
fn programs_find_what_they_know_of_a_disk() {
    let Some(folder) = place() else { return };
    let disk = Disk::new(Options::default());
    let mounted = disk.mount(folder.path()).unwrap();
    let at = mounted.path();

    fs::create_dir(at.join("d")).unwrap();
    fs::write(at.join("d/a"), vec![7; 300_000]).unwrap();
    assert_eq!(fs::read(at.join("d/a")).unwrap(), vec![7; 300_000]);
    let file = OpenOptions::new().read(true).write(true).open(at.join("d/a")).unwrap();
    file.set_len(10).unwrap();
    file.write_all_at(b"end", 20).unwrap();
    let mut bytes = vec![1; 40];
    assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 23);
    assert_eq!(bytes[..23], *b"\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\0\0\0\0\0\0\0\0\0\0end");
    let mut appended = OpenOptions::new().append(true).open(at.join("d/a")).unwrap();
    appended.write_all(b"more").unwrap();
    assert_eq!(fs::metadata(at.join("d/a")).unwrap().len(), 27);

    fs::rename(at.join("d/a"), at.join("d/b")).unwrap();
    fs::hard_link(at.join("d/b"), at.join("c")).unwrap();
    assert_eq!(fs::metadata(at.join("c")).unwrap().nlink(), 2);
    assert_eq!(error(fs::remove_dir(at.join("d"))), 39, "a folder with a file in it stays");
    fs::remove_file(at.join("d/b")).unwrap();
    assert_eq!(names(&at.join("d")), Vec::<String>::new());
    fs::remove_dir(at.join("d")).unwrap();
    assert_eq!(names(at), ["c"]);
    assert_eq!(error(File::open(at.join("d"))), 2);

    // A file that is open outlives its name.
    fs::remove_file(at.join("c")).unwrap();
    assert_eq!(file.read_at(&mut bytes, 20).unwrap(), 7);
    drop((file, appended));

    symlink("somewhere", at.join("link")).unwrap();
    assert_eq!(fs::read_link(at.join("link")).unwrap(), Path::new("somewhere"));
    fs::write(at.join("e"), b"x").unwrap();
    fs::set_permissions(at.join("e"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fs::metadata(at.join("e")).unwrap().mode() & 0o777, 0o600);
    let time = std::time::SystemTime::UNIX_EPOCH;
    File::options().write(true).open(at.join("e")).unwrap().set_modified(time).unwrap();
    assert_eq!(fs::metadata(at.join("e")).unwrap().modified().unwrap(), time);

    let (first, second) = (File::open(at.join("e")).unwrap(), File::open(at.join("e")).unwrap());
    first.lock().unwrap();
    assert!(second.try_lock().is_err(), "locks are the kernel's");
    drop((first, second));

    for name in 0..1000 {
        fs::write(at.join(format!("many{name}")), b"").unwrap();
    }
    assert_eq!(names(at).len(), 1002);
    fs::remove_dir_all(at.join("nothing")).unwrap_err();
    for name in names(at) {
        fs::remove_file(at.join(name)).unwrap();
    }
    assert_eq!(names(at), Vec::<String>::new());
}

#[test]
fn what_was_synced_is_there_and_the_dead_get_eio() {
    let Some(folder) = place() else { return };
    let disk = Disk::new(Options::default());
    let mut mounted = disk.mount(folder.path()).unwrap();
    for seed in 0..40 {
        let at = mounted.path().to_owned();
        let file = File::create(at.join("f")).unwrap();
        file.write_all_at(&[1; 5000], 0).unwrap();
        file.sync_data().unwrap();
        sync_folder(&at);
        file.write_all_at(&[2; 1000], 1024).unwrap();
        disk.cut_in(2);
        file.write_all_at(&[2; 1000], 2048).unwrap();
        assert_eq!(error(file.write_all_at(&[3; 1000], 3072)), 5);
        assert_eq!(error(file.sync_data()), 5);
        assert_eq!(error(File::create(at.join("g"))), 5);
        drop(file);
        let cut = disk.cut().unwrap();
        assert_eq!((cut.under_way, cut.edits, cut.names), ("write", 3, 0));
        let after;
        (after, mounted) = restart(&disk, mounted, seed);
        assert_eq!(after, cut);
        let mut bytes = Vec::new();
        let mut file = File::open(at.join("f")).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 5000);
        assert_eq!((&bytes[..1024], &bytes[4096..]), (&[1; 1024][..], &[1; 904][..]));
        assert_eq!(names(&at), ["f"]);
    }
}

/// Creates, syncs and renames in every way, and says what a power loss left: names and bytes.
fn life_of_names(naming: Naming, syncs: Syncs, seed: u64) -> Option<(Vec<String>, Vec<u8>)> {
    let folder = place()?;
    let disk = Disk::new(Options { syncs, naming });
    let mounted = disk.mount(folder.path()).unwrap();
    let at = mounted.path();
    let mut file = File::create(at.join("durable")).unwrap();
    file.write_all(b"bytes").unwrap();
    file.sync_all().unwrap();
    sync_folder(at);
    File::create(at.join("new")).unwrap();
    let mut other = File::create(at.join("new2")).unwrap();
    other.write_all(b"other").unwrap();
    fs::rename(at.join("new2"), at.join("renamed")).unwrap();
    drop((file, other));
    let (_, mounted) = restart(&disk, mounted, seed);
    let bytes = fs::read(mounted.path().join("durable")).unwrap_or_default();
    Some((names(mounted.path()), bytes))
}

#[test]
fn names_are_lost_whole_in_any_order_or_in_theirs() {
    for (naming, endings) in [(Naming::Strict, 6), (Naming::Journaled, 4)] {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..60 {
            let Some((names, bytes)) = life_of_names(naming, Syncs::Honest, seed) else { return };
            assert_eq!(bytes, b"bytes");
            assert!(names.contains(&"durable".to_owned()));
            assert!(!(names.contains(&"new2".into()) && names.contains(&"renamed".into())));
            seen.insert(names);
        }
        assert_eq!(seen.len(), endings, "{naming:?}: {seen:?}");
    }
}

#[test]
fn the_controls_lose() {
    let (mut bytes_lost, mut names_lost) = (0, 0);
    for seed in 0..40 {
        let Some((_, bytes)) = life_of_names(Naming::Strict, Syncs::Ignored, seed) else { return };
        bytes_lost += u32::from(bytes != b"bytes");
        let kept = life_of_names(Naming::Strict, Syncs::NamesIgnored, seed);
        names_lost += u32::from(!kept.unwrap().0.contains(&"durable".into()));
    }
    println!(
        "40 cuts each: {bytes_lost} lost with syncs ignored, {names_lost} with those of folders"
    );
    assert!(bytes_lost > 10 && names_lost > 10, "{bytes_lost} {names_lost}");
}

#[test]
fn a_seed_gives_the_same_again() {
    for seed in 0..10 {
        let [Some(first), Some(second)] =
            [0, 1].map(|_| life_of_names(Naming::Strict, Syncs::Ignored, seed))
        else {
            return;
        };
        assert_eq!(first, second, "seed {seed}");
    }
}

#[test]
fn a_panic_unmounts() {
    let Some(folder) = place() else { return };
    let at = folder.path().to_owned();
    let ended = std::thread::spawn(move || {
        let mounted = Disk::new(Options::default()).mount(&at).unwrap();
        fs::write(mounted.path().join("f"), b"x").unwrap();
        std::panic::resume_unwind(Box::new("a test that fails"));
    });
    assert!(ended.join().is_err());
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(folder.path().to_str().unwrap()), "still mounted");
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
