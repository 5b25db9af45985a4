//! Where a book is: `PATH`, `file:PATH` (a journal directory), `sqlite:PATH?book=UUID`,
//! `postgres://…?book=UUID` or `memory:`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use tuanzhang_core::{Event, Record};
use tuanzhang_journal::{ActivityStream, Journal, OpenError, Salvage};
use tuanzhang_log::{BookKey, Damage, MemoryStore, Store};
use tuanzhang_sqlite::{OpenError as SqliteError, SqliteStore};
use tuanzhang_wire as wire;
use uuid::Uuid;

use crate::failure::Failure;
use crate::server::{self, ServerUrl};

/// Help for a book that is only read.
pub(crate) const READ: &str = "PATH or file:PATH of a journal directory, sqlite:PATH[?book=UUID], or postgres://…[?book=UUID]";
/// Help for a book that is written.
pub(crate) const WRITTEN: &str = "PATH or file:PATH of a journal directory, sqlite:PATH[?book=UUID] or postgres://…[?book=UUID], made where there is none; or memory:";

/// A book's place, as written on the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum BookUrl {
    /// A journal directory.
    Journal(PathBuf),
    /// A book in a database; it may go unnamed where it is the only one.
    Sqlite { path: PathBuf, book: Option<BookKey> },
    /// The same on a server.
    Postgres { url: ServerUrl, book: Option<BookKey> },
    /// Gone when the program ends.
    Memory,
}

impl FromStr for BookUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = "a book is PATH, file:PATH (a journal directory), sqlite:PATH[?book=UUID], \
                     postgres://USER@HOST/DATABASE[?book=UUID] or memory:";
        let Some((scheme, rest)) = text.split_once(':').filter(|(word, _)| is_scheme(word)) else {
            return if text.is_empty() {
                Err(known.into())
            } else {
                Ok(Self::Journal(text.into()))
            };
        };
        match (scheme, rest) {
            ("file", "") => Err(known.into()),
            ("file", path) => Ok(Self::Journal(path.into())),
            ("memory", "") => Ok(Self::Memory),
            ("memory", _) => Err("memory: has no name; write memory: alone".into()),
            ("sqlite", rest) => sqlite(rest),
            ("postgres" | "postgresql", _) => {
                let (url, book) = ServerUrl::of(text)?;
                Ok(Self::Postgres { url, book: book.map(named).transpose()? })
            }
            ("nats", _) => Err(format!("this version has no {scheme} store; {known}")),
            _ => {
                let text = server::shown(text);
                Err(format!("{scheme}: is no store; {known}; for a path write ./{text}"))
            }
        }
    }
}

/// Reads a place from the command line: an error repeats it without its password.
#[derive(Clone, Debug)]
pub(crate) struct FromCommandLine;

impl ValueParserFactory for BookUrl {
    type Parser = FromCommandLine;

    fn value_parser() -> Self::Parser {
        FromCommandLine
    }
}

impl TypedValueParser for FromCommandLine {
    type Value = BookUrl;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<BookUrl, clap::Error> {
        let text = value.to_string_lossy();
        let parsed = match value.to_str() {
            Some(text) => text.parse(),
            None => Err("a place is written in UTF-8".to_owned()),
        };
        parsed.map_err(|what| {
            let name = argument.map(ToString::to_string).unwrap_or_default();
            let what = format!("invalid value '{}' for '{name}': {what}\n", server::shown(&text));
            clap::Error::raw(ErrorKind::ValueValidation, what).with_cmd(command)
        })
    }
}

/// What stands behind `sqlite:`.
fn sqlite(rest: &str) -> Result<BookUrl, String> {
    let (path, query) =
        rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    if path.is_empty() {
        return Err("sqlite: needs a file: sqlite:PATH or sqlite:PATH?book=UUID".into());
    }
    if path == ":memory:" {
        return Err("a database in memory is gone at once; write memory:".into());
    }
    let named = |query: &str| match query.strip_prefix("book=") {
        Some(id) => named(id),
        None => Err(format!("behind the ? stands book=UUID, not {query:?}")),
    };
    Ok(BookUrl::Sqlite { path: path.into(), book: query.map(named).transpose()? })
}

/// What stands behind `book=`.
fn named(id: &str) -> Result<BookKey, String> {
    let parsed = Uuid::parse_str(id).map(|id| BookKey(id.into_bytes()));
    parsed.map_err(|_| format!("behind the ? stands book=UUID, not \"book={id}\""))
}

/// A word before a colon that a path would hardly have: letters first, at least two.
fn is_scheme(word: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    word.len() >= 2
        && word.bytes().all(rest)
        && word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
}

impl std::fmt::Display for BookUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Journal(path) => path.display().fmt(f),
            Self::Sqlite { path, book: None } => write!(f, "sqlite:{}", path.display()),
            Self::Sqlite { path, book: Some(key) } => {
                write!(f, "sqlite:{}?book={}", path.display(), wire::book_id(*key))
            }
            Self::Postgres { url, book: None } => url.fmt(f),
            Self::Postgres { url, book: Some(key) } => {
                f.write_str(&url.with_book(&wire::book_id(*key)))
            }
            Self::Memory => f.write_str("memory:"),
        }
    }
}

/// A store that is only read, and the book in it.
#[derive(Debug)]
pub(crate) struct ReadOnly {
    pub(crate) store: Box<dyn Store>,
    pub(crate) key: BookKey,
}

impl BookUrl {
    /// Opens the book for reading, beside a writer if there is one.
    pub(crate) fn read_only(&self) -> Result<ReadOnly, Failure> {
        let store: Box<dyn Store> = match self {
            Self::Journal(path) => {
                self.must_exist(path)?;
                Box::new(Journal::read_only(path).map_err(|error| self.not_opened(error))?)
            }
            Self::Sqlite { path, .. } => {
                self.must_be_file(path)?;
                let store = SqliteStore::read_only(path);
                Box::new(store.map_err(|error| self.not_opened_in(error))?)
            }
            Self::Postgres { url, .. } => url.read_only()?.ok_or_else(|| self.missing())?,
            Self::Memory => Box::new(MemoryStore::new()),
        };
        if let Some(key) = self.named() {
            return match store.head(key)?.size {
                0 => Err(self.missing()),
                _ => Ok(ReadOnly { store, key }),
            };
        }
        match store.books()?.as_slice() {
            [key] => Ok(ReadOnly { key: *key, store }),
            books @ [_, _, ..] => Err(self.several(books)),
            [] if self.is_begun() => Err(Failure::NoBook(format!(
                "no record of the book in {self} is vouched for yet; if its writer was killed or the \
                 power was lost, let a writer open it once: `tuanzhang apply {} /dev/null`",
                for_shell(&self.to_string())
            ))),
            [] => Err(self.missing()),
        }
    }

    /// What stands before the damage that keeps a journal from being opened; none where nothing of it can be told
    /// from other bytes.
    pub(crate) fn before(&self, damage: &Damage) -> Option<ReadOnly> {
        let Self::Journal(path) = self else { return None };
        let keys = |first: Option<&[u8]>| first.and_then(opened_by).into_iter().collect();
        let remains = Salvage::at(path, &keys).ok()?.before(damage.clone()).ok()?;
        Some(ReadOnly { key: remains.key(), store: Box::new(remains) })
    }

    /// Opens the activity streams beside the book for reading, without the book.
    pub(crate) fn activity(&self) -> Result<Box<dyn Store>, Failure> {
        match self {
            Self::Journal(path) => {
                let streams = ActivityStream::read_only(path);
                Ok(Box::new(streams.map_err(|error| self.not_opened(error))?))
            }
            Self::Sqlite { path, .. } => {
                self.must_be_file(path)?;
                let store = SqliteStore::read_only(path);
                Ok(store.map_err(|error| self.not_opened_in(error))?.activity()?)
            }
            Self::Postgres { url, .. } => {
                Ok(url.read_only()?.ok_or_else(|| self.missing())?.activity()?)
            }
            Self::Memory => Ok(Box::new(MemoryStore::new())),
        }
    }

    /// Says that a book of several has to be named, and how each is.
    pub(crate) fn several(&self, books: &[BookKey]) -> Failure {
        let url = |key: &BookKey| {
            let book = Some(*key);
            match self {
                Self::Sqlite { path, .. } => Self::Sqlite { path: path.clone(), book }.to_string(),
                Self::Postgres { url, .. } => Self::Postgres { url: url.clone(), book }.to_string(),
                Self::Journal(_) | Self::Memory => wire::book_id(*key).to_string(),
            }
        };
        let urls: Vec<_> = books.iter().map(url).collect();
        Failure::input(format!("{self} has several books; name one: {}", urls.join(" or ")))
    }

    /// The book's name, in a place that may have several.
    pub(crate) fn named(&self) -> Option<BookKey> {
        match self {
            Self::Sqlite { book, .. } | Self::Postgres { book, .. } => *book,
            Self::Journal(_) | Self::Memory => None,
        }
    }

    fn must_be_file(&self, path: &Path) -> Result<(), Failure> {
        if path.is_file() { Ok(()) } else { Err(self.missing()) }
    }

    fn must_exist(&self, path: &Path) -> Result<(), Failure> {
        if path.is_dir() { Ok(()) } else { Err(self.missing()) }
    }

    /// What a journal says that can't be opened.
    pub(crate) fn not_opened(&self, error: OpenError) -> Failure {
        match error {
            OpenError::Damaged(damage) => Failure::Damaged(damage),
            OpenError::Missing { .. } => self.missing(),
            OpenError::Locked { .. }
            | OpenError::Unavailable(_)
            | OpenError::NeedsNewerVersion { .. }
            | OpenError::NetworkFileSystem { .. } => Failure::store(&error),
        }
    }

    /// What a database says that can't be opened.
    pub(crate) fn not_opened_in(&self, error: SqliteError) -> Failure {
        match error {
            SqliteError::Damaged(damage) => Failure::Damaged(damage),
            SqliteError::Missing { .. } => self.missing(),
            SqliteError::Unavailable(_) | SqliteError::NeedsNewerVersion { .. } => {
                Failure::store(&error)
            }
        }
    }

    /// Whether a journal was made there.
    fn is_begun(&self) -> bool {
        matches!(self, Self::Journal(path) if path.join("head").exists())
    }

    pub(crate) fn missing(&self) -> Failure {
        let quoted = for_shell(&self.to_string());
        Failure::NoBook(format!(
            "there is no book in {self}; open one with `tuanzhang apply {quoted} FILE`, whose first \
             command is open_book, or look with `tuanzhang demo`"
        ))
    }
}

/// The key of the book that a record opens.
pub(crate) fn opened_by(bytes: &[u8]) -> Option<BookKey> {
    let Record { events, .. } = wire::decode(bytes).ok()?;
    match events.as_slice() {
        [Event::BookOpened(opened)] => Some(wire::book_key(opened.book)),
        _ => None,
    }
}

/// A word of a command as a shell takes it for one.
fn for_shell(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_a_file_url_and_memory_are_books() {
        let journal = |path: &str| Ok(BookUrl::Journal(path.into()));
        assert_eq!("books/liu".parse(), journal("books/liu"));
        assert_eq!("file:books/liu".parse(), journal("books/liu"));
        assert_eq!("./a:b".parse(), journal("./a:b"));
        assert_eq!("C:/books".parse(), journal("C:/books"));
        assert_eq!("memory:".parse(), Ok(BookUrl::Memory));
    }

    #[test]
    fn a_database_is_a_file_with_a_book_that_may_be_named() {
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        for (text, named) in
            [("sqlite:a/b.db".to_owned(), false), (format!("sqlite:a/b.db?book={id}"), true)]
        {
            let url: BookUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
            let BookUrl::Sqlite { path, book } = url else { panic!("{text}") };
            assert_eq!((path, book.is_some()), ("a/b.db".into(), named));
        }
        for text in [
            "sqlite:",
            "sqlite:?book=1",
            "sqlite:a.db?book=liu",
            "sqlite:a.db?x=1",
            "sqlite::memory:",
        ] {
            let refused = text.parse::<BookUrl>().unwrap_err();
            assert!(!refused.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_database_on_a_server_has_a_book_that_may_be_named() {
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        for text in [
            "postgres://liu@db.example/shop".to_owned(),
            format!("postgresql://liu@db.example:5433/shop?sslmode=disable&book={id}"),
        ] {
            let url: BookUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
            assert_eq!(url.named().is_some(), text.contains(id));
        }
        for text in ["postgres:shop", "postgres://", "postgres://h/d?book=liu"] {
            assert!(text.parse::<BookUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_place_in_a_suggested_command_is_one_word_of_the_shell() {
        assert_eq!(for_shell("books/liu"), "books/liu");
        assert_eq!(for_shell("postgres://h/d?a=1&b=2"), "'postgres://h/d?a=1&b=2'");
        assert_eq!(for_shell("it's"), r"'it'\''s'");
        let url: BookUrl = "postgres://h/d?sslmode=disable&application_name=x".parse().unwrap();
        let told = url.missing().to_string();
        assert!(told.contains("apply 'postgres://h/d?sslmode=disable&application_name=x' FILE"));
    }

    #[test]
    fn other_schemes_are_refused_naming_what_exists() {
        for text in ["nats://h", "ftp://x", "file:", "", "memory:x"] {
            let refused = text.parse::<BookUrl>().unwrap_err();
            assert!(refused.contains("memory:"), "{text}: {refused}");
        }
    }
}
