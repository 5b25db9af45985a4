//! What an export says of itself: up to where it goes, and its files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::exporter::Exported;
use crate::sheet::SCHEMA_VERSION;

/// A file of an export.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// The manifest as JSON. Names of tables, books and months need no escapes.
pub(crate) fn manifest(root: &Path, exported: &Exported, files: &[Written]) -> String {
    let Exported { book, position, activity, rows, bytes, .. } = exported;
    let mut text = format!(
        "{{\n\"book\": \"{book}\",\n\"schema\": {SCHEMA_VERSION},\n\"position\": {position},\n\
         \"activity_position\": {activity},\n\"rows\": {rows},\n\"bytes\": {bytes},\n\"files\": ["
    );
    for (file, comma) in files.iter().zip(std::iter::once("").chain(std::iter::repeat(","))) {
        let path = file.path.strip_prefix(root).unwrap_or(&file.path);
        let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
        let (path, bytes) = (names.join("/"), file.bytes);
        // Writing to a string can't fail.
        let _ = write!(text, "{comma}\n{{\"path\": \"{path}\", \"bytes\": {bytes}}}");
    }
    text.push_str("\n]\n}\n");
    text
}
