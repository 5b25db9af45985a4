//! The house rules that a compiler doesn't hold: which crate may know which, and how long a file may be.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file, its tests left out.
const FILE_LINES_MAX: usize = 500;

/// Arrows point left only: each crate, and the crates of this workspace that it may depend on.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("log", &[]),
    ("wire", &["core", "log"]),
    ("journal", &["log"]),
    ("sqlite", &["log"]),
    ("postgres", &["log"]),
    ("audit", &["core", "log", "wire", "proof"]),
    ("ledger", &["core", "log", "wire"]),
    ("analytics", &["core"]),
    ("parquet", &["core"]),
    ("plaintext", &["core"]),
    ("statement", &["core"]),
    ("proof", &["core", "log", "wire"]),
    ("page", &["core", "analytics", "proof", "statement"]),
    (
        "tuanzhang",
        &[
            "core",
            "log",
            "wire",
            "journal",
            "postgres",
            "sqlite",
            "ledger",
            "analytics",
            "audit",
            "proof",
            "statement",
        ],
    ),
    (
        "cli",
        &[
            "core",
            "log",
            "wire",
            "journal",
            "postgres",
            "sqlite",
            "ledger",
            "analytics",
            "audit",
            "page",
            "parquet",
            "plaintext",
            "statement",
            "proof",
        ],
    ),
    ("testkit", &["core", "audit"]),
    ("pgserver", &[]),
    ("powerloss", &[]),
    ("fuzzkit", &["core", "log", "wire", "journal", "cli", "proof", "testkit"]),
];

/// What core may not have: a clock, randomness, a runtime.
const NOT_IN_CORE: &[&str] = &["tokio", "rand", "getrandom", "tracing", "clock", "v4", "now"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn manifest(folder: &str) -> String {
    fs::read_to_string(root().join("crates").join(folder).join("Cargo.toml")).unwrap()
}

/// The crates of this workspace in a manifest's `[dependencies]`.
fn known_by(folder: &str) -> BTreeSet<String> {
    let text = manifest(folder);
    let dependencies =
        text.split("\n[").find(|part| part.starts_with("dependencies]")).unwrap_or_default();
    let name = |line: &str| {
        let name: String =
            line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        name.strip_prefix("tuanzhang-").map(str::to_owned)
    };
    dependencies.lines().filter_map(name).collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn arrows_point_left_only() {
    let may_know: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    let folders: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(folders.iter().all(|folder| may_know.contains_key(folder.as_str())), "{folders:?}");
    for (folder, allowed) in MAY_KNOW {
        for known in known_by(folder) {
            assert!(allowed.contains(&known.as_str()), "{folder} may not depend on {known}");
        }
    }
}

#[test]
fn core_has_no_clock_no_runtime_and_no_randomness() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for dependency in ["chrono", "uuid"] {
        let line = text.lines().find(|line| line.starts_with(&format!("{dependency} ="))).unwrap();
        assert!(line.contains("default-features = false"), "{line}");
        let features = line.split("features = [").nth(1).unwrap_or_default();
        for word in NOT_IN_CORE {
            assert!(!features.contains(&format!("\"{word}\"")), "{line}");
        }
    }
    let manifest = manifest("core");
    for word in NOT_IN_CORE {
        assert!(!manifest.contains(&format!("\n{word}")), "core depends on {word}");
    }
}

#[test]
fn files_are_short() {
    let mut files = Vec::new();
    for folder in ["crates", "benches", "fuzz/fuzz_targets"] {
        rust_files(&root().join(folder), &mut files);
    }
    let mut long = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        if path.contains("/tests/") || path.contains("target/") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{path}: {lines}"));
        }
    }
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines; split by concept:\n{}", long.join("\n"));
}

#[test]
fn the_control_finds_an_arrow_that_points_right() {
    // What the first test would say if core knew the ledger.
    let (_, allowed) = MAY_KNOW.iter().find(|(folder, _)| *folder == "core").unwrap();
    assert!(!allowed.contains(&"ledger"));
    assert!(known_by("ledger").contains("core"), "the reader of manifests finds nothing");
}
