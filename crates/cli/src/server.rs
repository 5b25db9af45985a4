//! A PostgreSQL database as a place of books: its URL without the book, and opening it.

use std::fmt;

use tuanzhang_log::Store;

use crate::failure::Failure;

/// The URL of a database, shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ServerUrl(String);

/// What a URL is to look like, for help and errors.
pub(crate) const FORM: &str = "postgres://USER@HOST/DATABASE[?book=UUID]";

impl ServerUrl {
    /// A URL, and what stands in its `book=`.
    pub(crate) fn of(text: &str) -> Result<(Self, Option<&str>), String> {
        let Some((_, rest)) = text.split_once("://") else {
            return Err(format!("a database on a server is {FORM}"));
        };
        if rest.trim_matches('/').is_empty() {
            return Err(format!("no database is named: {FORM}"));
        }
        if !is_clear(rest) {
            return Err(format!(
                "user, password and host can't be told apart; in a user or password write %40 for @, \
                 %2F for /, %3F for ? and %3A for :, and %40 for @ elsewhere: {FORM}"
            ));
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut book = None;
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.strip_prefix("book=") {
                Some(_) if book.is_some() => return Err("one book= is enough".into()),
                Some(id) => book = Some(id),
                None => kept.push(pair),
            }
        }
        let mut url = base.to_owned();
        if !kept.is_empty() {
            url = format!("{url}?{}", kept.join("&"));
        }
        Ok((Self(url), book))
    }

    /// The URL with a book's name, without a password.
    pub(crate) fn with_book(&self, book: &dyn fmt::Display) -> String {
        let url = self.to_string();
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}book={book}")
    }

    /// Opens it for reading; `None` where nothing of ours is in it.
    #[cfg(feature = "postgres")]
    pub(crate) fn read_only(&self) -> Result<Option<Box<dyn Store>>, Failure> {
        self.opened(Self::options().read_only(&self.0))
            .map(|opened| opened.map(|store| -> Box<dyn Store> { Box::new(store) }))
    }

    /// Opens it for writing; the tables are made where there are none.
    #[cfg(feature = "postgres")]
    pub(crate) fn writable(&self) -> Result<Box<dyn Store>, Failure> {
        let opened = self.opened(Self::options().connect(&self.0))?;
        let Some(store) = opened else { return Err(Failure::Store(format!("{self} has gone"))) };
        let kinds = tuanzhang_wire::SHIPPED.iter().map(|(kind, _, name)| (*kind, *name));
        store.name_kinds(kinds).map_err(|error| Failure::store(&error))?;
        Ok(Box::new(store))
    }

    /// The password may stand in the environment, where a list of processes doesn't show it.
    #[cfg(feature = "postgres")]
    fn options() -> tuanzhang_postgres::Options {
        let options = tuanzhang_postgres::Options::new();
        match std::env::var("PGPASSWORD") {
            Ok(password) => options.password(password),
            Err(_) => options,
        }
    }

    #[cfg(feature = "postgres")]
    fn opened<S>(
        &self,
        answer: Result<S, tuanzhang_postgres::OpenError>,
    ) -> Result<Option<S>, Failure> {
        use tuanzhang_postgres::OpenError;
        match answer {
            Ok(store) => Ok(Some(store)),
            Err(OpenError::Missing { .. }) => Ok(None),
            Err(OpenError::Damaged(damage)) => Err(Failure::Damaged(damage)),
            Err(error @ OpenError::Address(_)) => Err(Failure::input(format!("{self}: {error}"))),
            Err(
                error @ (OpenError::Unavailable(_)
                | OpenError::Refused(_)
                | OpenError::NeedsNewerVersion { .. }),
            ) => Err(Failure::store(&error)),
        }
    }

    #[cfg(not(feature = "postgres"))]
    pub(crate) fn read_only(&self) -> Result<Option<Box<dyn Store>>, Failure> {
        Err(self.left_out())
    }

    #[cfg(not(feature = "postgres"))]
    pub(crate) fn writable(&self) -> Result<Box<dyn Store>, Failure> {
        Err(self.left_out())
    }

    #[cfg(not(feature = "postgres"))]
    fn left_out(&self) -> Failure {
        Failure::input(format!("{self}: this program was built without its feature `postgres`"))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.0))
    }
}

/// Whether it is sure where a password ends: one `@` at most, before the first `/` and `?`.
fn is_clear(rest: &str) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let marks = rest.matches('@').count();
    marks <= 1 && authority.matches('@').count() == marks
}

/// A place as it may be printed: of a URL only what can be no part of a password, all else as it stands.
pub(crate) fn shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(':') else { return text.to_owned() };
    let Some(rest) = rest.strip_prefix("//") else {
        let secret = scheme.starts_with("postgres") || rest.contains('@');
        return if secret { format!("{scheme}:…") } else { text.to_owned() };
    };
    if !is_clear(rest) {
        return format!("{scheme}://…");
    }
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = match base.split_once('/') {
        Some((authority, database)) => (authority, format!("/{database}")),
        None => (base, String::new()),
    };
    let (user, hosts) = match authority.split_once('@') {
        Some((account, hosts)) => {
            (format!("{}@", account.split(':').next().unwrap_or_default()), hosts)
        }
        None => (String::new(), authority),
    };
    if !hosts.split(',').all(is_host) {
        return format!("{scheme}://…");
    }
    let pairs: Vec<_> = query.split('&').filter(|pair| is_harmless(pair)).collect();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    format!("{scheme}://{user}{hosts}{database}{query}")
}

/// A host with a port or without: where the host is forgotten, a password stands in the port's place.
fn is_host(text: &str) -> bool {
    let behind = match text.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(_, behind)| behind),
        None => Some(text.find(':').and_then(|colon| text.get(colon..)).unwrap_or_default()),
    };
    behind.is_some_and(|port| is_number(port.strip_prefix(':').unwrap_or(port)))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a part of the query is known and says nothing that is secret.
fn is_harmless(pair: &str) -> bool {
    match pair.split_once('=') {
        Some(("sslmode" | "target_session_attrs", word)) => {
            ["disable", "prefer", "require", "verify-full", "any", "read-write", "read-only"]
                .contains(&word)
        }
        Some(("port" | "connect_timeout", numbers)) => numbers.split(',').all(is_number),
        Some((key, _)) => {
            ["book", "host", "hostaddr", "dbname", "user", "application_name", "sslrootcert"]
                .contains(&key)
        }
        None => false,
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_taken_out_of_the_query_and_all_else_stays() {
        for (text, url, book) in [
            ("postgres://h/d", "postgres://h/d", None),
            ("postgres://h/d?book=1", "postgres://h/d", Some("1")),
            (
                "postgresql:///d?host=/run&book=1&sslmode=disable",
                "postgresql:///d?host=/run&sslmode=disable",
                Some("1"),
            ),
        ] {
            let (of, named) = ServerUrl::of(text).unwrap();
            assert_eq!((of.0.as_str(), named), (url, book));
        }
        for text in ["postgres:d", "postgres://", "postgres:///", "postgres://h/d?book=1&book=2"] {
            assert!(ServerUrl::of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for text in [
            "postgres://liu:geheim@h/d?sslmode=require",
            "postgres://liu@h/d?password=geheim&sslmode=require",
            "postgres://liu@h/d?pass%77ord=geheim",
            "postgres://liu@h/d?sslpassword=geheim",
            "postgres://liu@h/d?password=ge&heim",
            "postgres://liu:geheim/d",
        ] {
            let (url, _) = ServerUrl::of(text).unwrap();
            let shown = format!("{url} {url:?} {}", url.with_book(&1));
            assert!(!shown.contains("heim"), "{shown}");
        }
        for text in ["postgres:liu:geheim@h/d", "postgres:geheim", "liu:geheim@h/d"] {
            assert!(!shown(text).contains("heim"), "{text}");
        }
        let (url, _) = ServerUrl::of("postgres://liu:geheim@h/d?sslmode=require").unwrap();
        assert_eq!(url.with_book(&1), "postgres://liu@h/d?sslmode=require&book=1");
        assert!(url.0.contains("geheim"));
        for text in [
            "postgres://liu@[::1]:5433,h:1,/d?host=/run&port=1,2&book=1",
            "postgres:///d?sslrootcert=/a.pem",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    proptest::proptest! {
        /// Whatever is written for a password, well or badly, none of it is printed again.
        #[test]
        fn no_part_of_any_password_is_shown(
            user in "[a-z]{1,4}",
            cuts in proptest::collection::vec("[-@:/?#&=%,+ a-z\\[\\]]{0,3}", 0..4),
            host in "[a-z]{0,3}(:[0-9]{1,2})?",
            query in "(\\?[a-z]{1,3}=[a-z@/]{0,3})?",
            at in proptest::bool::ANY,
        ) {
            let password = format!("GEHEIM{}GEHEIM", cuts.join("GEHEIM"));
            // Without an @ behind it, one within it would be that of the host.
            let open = if at { format!("{password}@") } else { password.replace('@', "") };
            for text in [
                format!("postgres://{user}:{password}@{host}/d{query}"),
                format!("postgres://{user}:{open}{host}/d"),
                format!("postgres://{user}:GEHEIM@{host}/d{query}"),
                format!("postgres:{user}:{password}@{host}/d{query}"),
                format!("{user}x:{password}@{host}/d{query}"),
                format!("postgre://{user}:{password}@{host}/d{query}"),
            ] {
                let of = ServerUrl::of(&text).map(|(url, _)| url);
                let parsed: Result<crate::book_url::BookUrl, _> = text.parse();
                let printed = format!("{} {of:?} {parsed:?}", shown(&text));
                proptest::prop_assert!(!printed.contains("GEHEIM"), "{printed}");
            }
        }
    }
}
