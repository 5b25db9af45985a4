//! `tuanzhang export`: a book as Parquet files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::wildcard_imports, reason = "tests")]

mod kit;

use kit::*;

#[test]
fn an_export_says_what_it_wrote_and_writes_it_again() {
    let shop = Shop::open();
    let script = Script::at_minute(600).then(place(1, "mug", 1)).then(pay(1, "59.00"));
    shop.apply(&script.text()).all_ok();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("files");
    let arguments = ["export", &shop.book(), "--format", "parquet", to.to_str().unwrap(), "--json"];
    let ran = run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = &ran.lines()[0];
    assert_eq!(said["timezone"], "Asia/Shanghai");
    let book = format!("book={}", said["book"].as_str().unwrap());
    let months = to.join("orders_paid").join(book);
    let month = std::fs::read_dir(&months).unwrap().next().unwrap().unwrap().path();
    assert!(month.join("part-0.parquet").is_file(), "{}", month.display());
    assert_eq!(run(&arguments).out, ran.out);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let shop = Shop::open();
    let ran = run(&["export", &shop.book(), "--format", "parquet", "/dev/null/files"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("/dev/null/files"), "{ran:?}");
}
