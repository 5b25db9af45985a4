//! Where a database is: a URL as libpq has them, with what is known here and not to the client.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::OpenError;
use crate::place::Place;
use crate::tls::Tls;

/// Where the server's socket is, if it is of this machine and nothing else is said.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

const PORT: u16 = 5432;

/// What may stand in a URL's query beside hosts, ports and TLS.
const KEYS: [&str; 14] = [
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "sslnegotiation",
];

/// A database, how to get there, and how it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// One for each host, in the URL's order.
    pub(crate) hosts: Vec<Config>,
    /// Which of them answered last.
    pub(crate) last: Arc<AtomicUsize>,
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
    /// Reads a URL; `writes` if a server that only reads is of no use. `wait` is for all hosts together.
    pub(crate) fn of(
        url: &str,
        beside: &Beside,
        wait: Duration,
        writes: bool,
    ) -> Result<Self, OpenError> {
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
        let roots = beside.root_certificates.clone().or(given.root_certificates);
        let mode = given.mode.unwrap_or_else(|| mode_where_none_is_said(&config, roots.is_some()));
        let several = config.get_hosts().len() > 1 || config.get_hostaddrs().len() > 1;
        if several && writes && config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let mut base: Config =
            given.base.parse().map_err(|error| refuse(&crate::place::chain(&error)))?;
        base.target_session_attrs(config.get_target_session_attrs());
        if base.get_application_name().is_none() {
            base.application_name("tuanzhang");
        }
        if let (None, Some(Password(password))) = (base.get_password(), &beside.password) {
            base.password(password);
        }
        let said = given.mode.is_some();
        let hosts = each(&base, &config, |host| match host {
            #[cfg(unix)]
            Some(Host::Unix(_)) if !said => SslMode::Disable,
            _ => mode,
        })?;
        let hosts = within(hosts, wait);
        let tls = Tls::of(mode, roots.as_deref()).map_err(|what| refuse(&what))?;
        let place = Place(named(&config));
        Ok(Self { hosts, last: Arc::default(), tls, place })
    }
}

fn refuse(what: &str) -> OpenError {
    OpenError::Address(what.to_owned())
}

/// Sockets and loopback need no TLS; certificates are named to be looked at.
fn mode_where_none_is_said(config: &Config, has_roots: bool) -> SslMode {
    let addresses = config.get_hostaddrs();
    let hosts = config.get_hosts();
    #[cfg(unix)]
    let only_sockets =
        addresses.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)));
    #[cfg(not(unix))]
    let only_sockets = false;
    let is_here = addresses.iter().all(std::net::IpAddr::is_loopback) && hosts.iter().all(is_here);
    if only_sockets || (is_here && !has_roots) { SslMode::Disable } else { SslMode::Require }
}

/// Half of a host's share is for its socket: its name may have a second address.
fn within(mut hosts: Vec<Config>, wait: Duration) -> Vec<Config> {
    let parts = u32::try_from(hosts.len()).unwrap_or(u32::MAX).saturating_mul(2);
    let share = wait.checked_div(parts).unwrap_or(wait);
    for host in hosts.iter_mut().filter(|host| host.get_connect_timeout().is_none()) {
        host.connect_timeout(share);
    }
    hosts
}

/// The configuration for each host alone.
fn each(
    base: &Config,
    all: &Config,
    mode: impl Fn(Option<&Host>) -> SslMode,
) -> Result<Vec<Config>, OpenError> {
    let (hosts, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let count = hosts.len().max(addresses.len());
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err(refuse("there are not as many hostaddr as hosts"));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(refuse("there are not as many ports as hosts"));
    }
    let one = |index| {
        let mut config = base.clone();
        match hosts.get(index) {
            Some(Host::Tcp(name)) => config.host(name),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => config.host_path(folder),
            None => &mut config,
        };
        if let Some(address) = addresses.get(index) {
            config.hostaddr(*address);
        }
        config.port(ports.get(index).or_else(|| ports.first()).copied().unwrap_or(PORT));
        config.ssl_mode(mode(hosts.get(index)));
        config
    };
    Ok((0..count).map(one).collect())
}

/// A URL without what the client doesn't know.
struct Given {
    url: String,
    /// The same without hosts and ports.
    base: String,
    mode: Option<SslMode>,
    root_certificates: Option<PathBuf>,
}

impl Given {
    fn of(url: &str) -> Result<Self, OpenError> {
        let mut schemes = ["postgres://", "postgresql://"].into_iter();
        let Some(rest) = schemes.find_map(|scheme| url.strip_prefix(scheme)) else {
            return Err(refuse("it doesn't begin with postgres:// or postgresql://"));
        };
        // Nothing of it is repeated: where it isn't clear, any part may be one of a password.
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let marks = rest.matches('@').count();
        if marks > 1 || authority.matches('@').count() != marks {
            return Err(refuse(
                "user, password and host can't be told apart; in a user or password write %40 for @, \
                 %2F for /, %3F for ? and %3A for :, and %40 for @ elsewhere",
            ));
        }
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut mode, mut root_certificates) = (None, None);
        let (mut left, mut of_base) = (Vec::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(ssl_mode(value)?),
                Some(("sslrootcert", "system")) => root_certificates = None,
                Some(("sslrootcert", path)) => root_certificates = Some(decoded(path)?.into()),
                Some(("host" | "hostaddr" | "port", _)) => left.push(pair),
                Some((key, _)) if KEYS.contains(&key) => {
                    left.push(pair);
                    of_base.push(pair);
                }
                _ => {
                    let keys = KEYS.join(", ");
                    return Err(refuse(&format!(
                        "behind the ? stands what is not known; known are host, hostaddr, port, \
                         sslmode, sslrootcert, {keys}, each with = and a value"
                    )));
                }
            }
        }
        let account = authority.split_once('@').map(|(account, _)| format!("{account}@"));
        let database = before.split_once('/').map(|(_, database)| database).unwrap_or_default();
        Ok(Self {
            url: format!("postgres://{before}?{}", left.join("&")),
            base: format!(
                "postgres://{}/{database}?{}",
                account.unwrap_or_default(),
                of_base.join("&")
            ),
            mode,
            root_certificates,
        })
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
pub(crate) fn named(config: &Config) -> String {
    let port = |index: usize| {
        let ports = config.get_ports();
        ports.get(index).or_else(|| ports.first()).copied().unwrap_or(PORT)
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

    const WAIT: Duration = Duration::from_secs(1);

    fn address(url: &str) -> Address {
        Address::of(url, &Beside::default(), WAIT, true).unwrap()
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
                assert_eq!(address(url).hosts[0].get_ssl_mode(), mode, "{url}");
            }
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let beside = Beside { password: Some(Password("geheim".into())), ..Beside::default() };
        for url in ["postgres://liu:geheim@localhost/books", "postgres://liu@localhost/books"] {
            let address = Address::of(url, &beside, WAIT, true).unwrap();
            assert_eq!(address.hosts[0].get_password(), Some("geheim".as_bytes()));
            assert!(!format!("{address:?} {beside:?}").contains("geheim"));
            assert_eq!(address.place.0, "postgres://localhost:5432/books");
        }
        for url in [
            "postgres://liu:geheim@localhost:port/books",
            "postgres://liu:geheim@localhost/books?geheim",
            "postgres://liu:geheim@localhost/books?sslmode=geheim",
            "postgres://liu:geheim@localhost/books?password=ge&heim=1",
            "postgres://liu:geheim@localhost/books?sslpassword=geheim",
            "postgres://liu:ge@heim@localhost/books",
            "postgres://liu:ge/heim@localhost/books",
            "postgres://localhost/books?password=ge@heim",
            "postgres://liu:geheim",
            "liu:geheim@localhost",
        ] {
            let error = Address::of(url, &beside, WAIT, true).unwrap_err();
            assert!(!format!("{error:?} {error}").contains("heim"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_part_of_any_password_is_shown(
            user in "[a-z]{0,4}",
            cuts in proptest::collection::vec("[-@:/?#&=%,+ a-z\\[\\]]{0,3}", 0..4),
            host in "(localhost|127[.]0[.]0[.]1)(:[0-9]{1,4})?",
            query in "(\\?[a-z]{1,3}=[a-z@/]{0,3})?",
            at in proptest::bool::ANY,
        ) {
            let password = format!("GEHEIM{}GEHEIM", cuts.join("GEHEIM"));
            // Without an @ behind it, one within it would be that of the host.
            let open = if at { format!("{password}@") } else { password.replace('@', "") };
            let encoded: String = password.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
            for (text, is_sound) in [
                (format!("postgres://{user}:{password}@{host}/d{query}"), false),
                (format!("postgres://{user}:{open}{host}/d"), false),
                (format!("postgres://{user}:{encoded}@{host}/d"), true),
                (format!("postgres://{user}@{host}/d?password={encoded}"), true),
                (format!("{user}:{password}@{host}/d{query}"), false),
            ] {
                let answer = Address::of(&text, &Beside::default(), WAIT, true);
                let printed = match &answer {
                    Ok(address) => format!("{address:?} {}", address.place.0),
                    Err(error) => format!("{error} {error:?}"),
                };
                proptest::prop_assert!(!printed.contains("GEHEIM"), "{printed}");
                if is_sound {
                    let address = answer.unwrap();
                    proptest::prop_assert_eq!(
                        address.hosts[0].get_password(), Some(password.as_bytes())
                    );
                }
            }
        }
    }

    #[test]
    fn each_host_has_its_address_and_port() {
        let address = address("postgres://liu@a:1,b/d?hostaddr=127.0.0.1,::1&sslmode=disable");
        let of: Vec<_> = address
            .hosts
            .iter()
            .map(|one| (one.get_hosts().len(), one.get_hostaddrs()[0], one.get_ports()[0]))
            .collect();
        assert_eq!(of, [(1, "127.0.0.1".parse().unwrap(), 1), (1, "::1".parse().unwrap(), 5432)]);
        assert_eq!(address.hosts[1].get_user(), Some("liu"));
        assert_eq!(address.hosts[1].get_dbname(), Some("d"));
        for url in ["postgres://a,b/d?hostaddr=::1", "postgres://a,b/d?port=1,2,3"] {
            let answer = Address::of(url, &Beside::default(), WAIT, true);
            assert!(matches!(answer, Err(OpenError::Address(_))), "{url}");
        }
    }

    #[test]
    fn certificates_are_named_to_be_looked_at_except_on_a_socket() {
        let mode =
            |url: &str, roots| mode_where_none_is_said(&url.parse::<Config>().unwrap(), roots);
        for (url, with, without) in [
            ("postgres://localhost/d", SslMode::Require, SslMode::Disable),
            ("postgres://127.0.0.1/d", SslMode::Require, SslMode::Disable),
            ("postgres:///d?hostaddr=127.0.0.1", SslMode::Require, SslMode::Disable),
            ("postgres:///d?host=/run", SslMode::Disable, SslMode::Disable),
            ("postgres://db.example/d", SslMode::Require, SslMode::Require),
        ] {
            assert_eq!((mode(url, true), mode(url, false)), (with, without), "{url}");
        }
    }

    #[test]
    fn of_several_hosts_a_writer_wants_the_one_that_writes() {
        let attrs = |url: &str, writes| {
            let address = Address::of(url, &Beside::default(), WAIT, writes);
            address.unwrap().hosts[0].get_target_session_attrs()
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
