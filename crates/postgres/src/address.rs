//! Where a database is: a URL as libpq has them, with what is known here and not to the client.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::OpenError;
use crate::place::Place;
use crate::tls::Tls;

/// Where the server's socket is, if it is of this machine and nothing else is said.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

/// A database, how to get there, and how it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    pub(crate) place: Place,
}

/// What is said beside a URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) password: Option<Password>,
}

/// A password, which is never shown.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(_)")
    }
}

impl Address {
    /// Reads a URL; `writes` if a server that only reads is of no use.
    pub(crate) fn of(
        url: &str,
        beside: &Beside,
        wait: Duration,
        writes: bool,
    ) -> Result<Self, OpenError> {
        let refuse = |what: &str| OpenError::Address(what.to_owned());
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(refuse("it doesn't begin with postgres:// or postgresql://"));
        }
        let given = Given::of(url)?;
        let parsed: Result<Config, _> = given.url.parse();
        let mut config = parsed.map_err(|error| refuse(&crate::place::chain(&error)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            if Path::new(SOCKET_FOLDER).is_dir() {
                config.host_path(SOCKET_FOLDER);
            } else {
                config.host("localhost");
            }
        }
        let is_here = config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
            && config.get_hosts().iter().all(is_here);
        let mode = given.mode.unwrap_or(if is_here { SslMode::Disable } else { SslMode::Require });
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("tuanzhang");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(wait);
        }
        if let (None, Some(Password(password))) = (config.get_password(), &beside.password) {
            config.password(password);
        }
        let several = config.get_hosts().len() > 1 || config.get_hostaddrs().len() > 1;
        if several && writes && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let roots = beside.root_certificates.clone().or(given.root_certificates);
        let tls = Tls::of(mode, roots.as_deref()).map_err(|what| refuse(&what))?;
        let place = Place(named(&config));
        Ok(Self { config, tls, place })
    }
}

/// A URL without what the client doesn't know.
struct Given {
    url: String,
    mode: Option<SslMode>,
    root_certificates: Option<PathBuf>,
}

impl Given {
    fn of(url: &str) -> Result<Self, OpenError> {
        let Some((base, query)) = url.split_once('?') else {
            return Ok(Self { url: url.to_owned(), mode: None, root_certificates: None });
        };
        let (mut mode, mut root_certificates, mut left) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(ssl_mode(value)?),
                Some(("sslrootcert", "system")) => root_certificates = None,
                Some(("sslrootcert", path)) => root_certificates = Some(decoded(path)?.into()),
                _ => left.push(pair),
            }
        }
        let mut url = base.to_owned();
        if !left.is_empty() {
            url.push('?');
            url.push_str(&left.join("&"));
        }
        Ok(Self { url, mode, root_certificates })
    }
}

/// The certificate is looked at wherever there is one, so `require` does what `verify-full` does.
fn ssl_mode(value: &str) -> Result<SslMode, OpenError> {
    match value {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(OpenError::Address("sslmode is disable, prefer, require or verify-full".into())),
    }
}

/// Takes `%XX` back.
fn decoded(text: &str) -> Result<String, OpenError> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            bytes.push(b'%');
            rest = behind;
            continue;
        };
        bytes.push(code);
        rest = behind.get(2..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).map_err(|_| OpenError::Address("sslrootcert is no UTF-8".into()))
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// As a URL without user and password.
fn named(config: &Config) -> String {
    let port = |index: usize| {
        let ports = config.get_ports();
        ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432)
    };
    let mut hosts = Vec::new();
    for (index, host) in config.get_hosts().iter().enumerate() {
        hosts.push(match host {
            Host::Tcp(name) => format!("{name}:{}", port(index)),
            #[cfg(unix)]
            Host::Unix(folder) => format!("{}:{}", folder.display(), port(index)),
        });
    }
    if hosts.is_empty() {
        let addresses = config.get_hostaddrs().iter().enumerate();
        hosts.extend(addresses.map(|(index, address)| format!("{address}:{}", port(index))));
    }
    let mut name = format!("postgres://{}", hosts.join(","));
    if let Some(database) = config.get_dbname() {
        let _ = write!(name, "/{database}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::of(url, &Beside::default(), Duration::from_secs(1), true).unwrap()
    }

    #[test]
    fn a_server_elsewhere_is_met_over_tls_unless_the_url_says_otherwise() {
        for (url, mode) in [
            ("postgres://liu@db.example/books", SslMode::Require),
            ("postgresql://db.example", SslMode::Require),
            ("postgres://db.example/books?sslmode=disable", SslMode::Disable),
            ("postgres://db.example/books?sslmode=prefer", SslMode::Prefer),
            ("postgres://localhost/books?sslmode=verify-full", SslMode::Require),
            ("postgres://127.0.0.1:6432/books", SslMode::Disable),
            ("postgres://localhost,db.example/books", SslMode::Require),
            ("postgres://[::1]/books", SslMode::Disable),
            ("postgres:///books?host=/run/pg", SslMode::Disable),
        ] {
            if cfg!(feature = "tls") || mode == SslMode::Disable {
                assert_eq!(address(url).config.get_ssl_mode(), mode, "{url}");
            }
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let beside = Beside { password: Some(Password("geheim".into())), ..Beside::default() };
        let wait = Duration::from_secs(1);
        for url in ["postgres://liu:geheim@localhost/books", "postgres://liu@localhost/books"] {
            let address = Address::of(url, &beside, wait, true).unwrap();
            assert_eq!(address.config.get_password(), Some("geheim".as_bytes()));
            assert!(!format!("{address:?} {beside:?}").contains("geheim"));
            assert_eq!(address.place.0, "postgres://localhost:5432/books");
        }
        for url in [
            "postgres://liu:geheim@localhost:port/books",
            "postgres://liu:geheim@localhost/books?geheim",
            "postgres://liu:geheim@localhost/books?sslmode=geheim",
            "liu:geheim@localhost",
        ] {
            let error = Address::of(url, &beside, wait, true).unwrap_err();
            assert!(!format!("{error:?} {error}").contains("geheim"), "{error}");
        }
    }

    #[test]
    fn of_several_hosts_a_writer_wants_the_one_that_writes() {
        let attrs = |url: &str, writes| {
            let address = Address::of(url, &Beside::default(), Duration::from_secs(1), writes);
            address.unwrap().config.get_target_session_attrs()
        };
        let two = "postgres://localhost:5432,localhost:5433/books";
        assert_eq!(attrs(two, true), TargetSessionAttrs::ReadWrite);
        assert_eq!(attrs(two, false), TargetSessionAttrs::Any);
        assert_eq!(attrs("postgres://localhost/books", true), TargetSessionAttrs::Any);
    }

    #[test]
    fn a_path_of_certificates_is_decoded() {
        assert_eq!(decoded("/a%20b/c.pem").unwrap(), "/a b/c.pem");
        assert_eq!(decoded("/100%").unwrap(), "/100%");
        assert_eq!(decoded("/%zz/%4").unwrap(), "/%zz/%4");
        assert!(decoded("%ff").is_err());
    }
}
