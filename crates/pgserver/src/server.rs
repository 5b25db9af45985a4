//! A server that a test holds.

use std::fs::{self, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rustix::process::{Pid, Signal};

use crate::home::Home;
use crate::options::Options;
use crate::process::{Process, locked};
use crate::programs::{self, Owner, run};
use crate::tls::Certificates;

/// The port of a server that has none: its number is a part of the socket's name.
const NO_PORT: u16 = 5432;
/// Ports that are tried: another program may take one between the look and the start.
const PORTS_MAX: u32 = 5;
const READY: &str = "database system is ready to accept";

/// A PostgreSQL server of a test; it ends and its folder goes when it is dropped.
#[derive(Debug)]
pub struct Server {
    pub(crate) owner: Owner,
    pub(crate) data: PathBuf,
    options: Options,
    port: u16,
    certificates: Option<Certificates>,
    running: Mutex<Option<Process>>,
    home: Mutex<Home>,
    folder: PathBuf,
}

impl Server {
    /// Whether servers can be started here.
    ///
    /// # Errors
    /// Why not, and what to install.
    pub fn available() -> Result<(), String> {
        Owner::find()?;
        for program in ["initdb", "postgres", "psql", "pg_basebackup"] {
            programs::postgres(program)?;
        }
        Ok(())
    }

    /// Makes a cluster, unless [`Options::at`] has one, and starts it.
    ///
    /// # Errors
    /// What its programs said.
    pub fn start(options: &Options) -> io::Result<Self> {
        Self::prepared(options, |server| {
            if server.data.join("PG_VERSION").exists() { Ok(()) } else { server.init() }
        })
    }

    /// A server whose data `prepare` has put into its folder.
    pub(crate) fn prepared(
        options: &Options,
        prepare: impl FnOnce(&Self) -> io::Result<()>,
    ) -> io::Result<Self> {
        let owner = Owner::find().map_err(io::Error::other)?;
        let home = Home::new(owner, "QUIT")?;
        let folder = home.path().to_owned();
        let data = options.data.clone().unwrap_or_else(|| folder.join("data"));
        let certificates = options.tls.then(|| Certificates::make(&folder, owner)).transpose()?;
        let mut server = Self {
            owner,
            data,
            options: options.clone(),
            port: NO_PORT,
            certificates,
            running: Mutex::new(None),
            home: Mutex::new(home),
            folder,
        };
        prepare(&server)?;
        for _ in 0..PORTS_MAX {
            if options.tcp {
                server.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            }
            match server.restart() {
                Err(error) if options.tcp && taken(&error) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
        Err(io::Error::other("another program has taken each port that was free"))
    }

    fn init(&self) -> io::Result<()> {
        self.make_data()?;
        let mut copy = self.owner.command(Path::new("cp"));
        run(copy.arg("-a").arg(template(self.owner)?.join(".")).arg(&self.data))?;
        // What is in a folder of the caller's has to be there after a loss of power.
        if self.options.data.is_some() { self.sync() } else { Ok(()) }
    }

    /// Syncs every file and folder of the data of a server that is stopped (`initdb --sync-only`).
    ///
    /// # Errors
    /// What the program said.
    pub fn sync(&self) -> io::Result<()> {
        run(self.program("initdb")?.arg("--sync-only").arg("-D").arg(&self.data)).map(|_| ())
    }

    /// The folder for the data, the server's own.
    pub(crate) fn make_data(&self) -> io::Result<()> {
        if !self.data.exists() {
            fs::create_dir(&self.data)?;
        }
        fs::set_permissions(&self.data, Permissions::from_mode(0o700))?;
        self.owner.own(&self.data)
    }

    /// One of PostgreSQL's programs, run as the server's user.
    pub(crate) fn program(&self, name: &str) -> io::Result<Command> {
        let path = programs::postgres(name).map_err(io::Error::other)?;
        Ok(self.owner.command(&path))
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = self.program("postgres")?;
        command.arg("-D").arg(&self.data).arg("-c").arg(format!("port={}", self.port));
        let folder = self.folder.display();
        command.arg("-c").arg(format!("unix_socket_directories={folder}"));
        let address = if self.options.tcp { "127.0.0.1" } else { "" };
        command.arg("-c").arg(format!("listen_addresses={address}"));
        if let Some(certificates) = &self.certificates {
            command.args(["-c", "ssl=on"]);
            for (name, path) in certificates.of_server() {
                command.arg("-c").arg(format!("{name}={}", path.display()));
            }
        }
        for (name, value) in &self.options.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        Ok(command)
    }

    /// Starts it again, at the same place; it may be running or not.
    ///
    /// # Errors
    /// The end of its log, if it does not start.
    pub fn restart(&self) -> io::Result<()> {
        self.stop()?;
        self.note(Some(Process::start(&mut self.command()?, READY)?))
    }

    fn note(&self, process: Option<Process>) -> io::Result<()> {
        let pid = process.as_ref().map(Process::pid);
        *locked(&self.running) = process;
        locked(&self.home).tell(pid)
    }

    /// Kills every process of it with SIGKILL, and waits until they are gone.
    ///
    /// # Errors
    /// Those of the system.
    pub fn kill(&self) -> io::Result<()> {
        match locked(&self.running).take() {
            Some(mut process) => process.kill()?,
            None => return Ok(()),
        }
        self.note(None)
    }

    /// Stops it in order (*fast*: clients are cut off, all is written out), and waits.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stop(&self) -> io::Result<()> {
        self.end(Signal::INT)
    }

    /// Stops it at once (*immediate*): it recovers at the next start, as after a kill.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stop_at_once(&self) -> io::Result<()> {
        self.end(Signal::QUIT)
    }

    fn end(&self, signal: Signal) -> io::Result<()> {
        match locked(&self.running).take() {
            Some(mut process) => process.end(signal)?,
            None => return Ok(()),
        }
        self.note(None)
    }

    /// Kills, with SIGKILL, the one process that works for the client of this `application_name`; the server then ends all
    /// others, recovers, and is ready again when this returns.
    ///
    /// # Errors
    /// Those of the system, that there is no such process, or that it does not recover.
    pub fn kill_one(&self, client: &str) -> io::Result<()> {
        let one = "select pid from pg_stat_activity where application_name =";
        let pid = self.sql("postgres", &format!("{one} '{client}' limit 1"))?;
        let pid = pid.parse().ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other(format!("no process works for {client}")))?;
        match &*locked(&self.running) {
            Some(process) => process.kill_one(pid),
            None => Err(io::Error::other("the server is not running")),
        }
    }

    /// Stops all its processes where they are (SIGSTOP), until [`resume`](Self::resume).
    ///
    /// # Errors
    /// Those of the system, or that it isn't running.
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    /// Those of the system, or that it isn't running.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        match &*locked(&self.running) {
            Some(process) => process.signal_all(signal),
            None => Err(io::Error::other("the server is not running")),
        }
    }

    /// The last lines of its log; none when it is not running.
    pub fn log(&self) -> Vec<String> {
        locked(&self.running).as_ref().map(Process::log).unwrap_or_default()
    }

    /// Its first process, to be looked up in the system.
    pub fn pid(&self) -> Option<Pid> {
        locked(&self.running).as_ref().map(Process::pid)
    }

    /// Makes an empty database, in place of one of the same name, and gives its URL.
    ///
    /// # Errors
    /// What the server said.
    ///
    /// # Panics
    /// When the name is not made of `a`–`z`, `0`–`9` and `_`.
    pub fn database(&self, name: &str) -> io::Result<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(!name.is_empty() && name.chars().all(plain), "a plain name: {name}");
        self.sql("postgres", &format!("drop database if exists \"{name}\" with (force)"))?;
        self.sql("postgres", &format!("create database \"{name}\""))?;
        Ok(self.url(name))
    }

    /// The URL of a database through the socket.
    pub fn url(&self, database: &str) -> String {
        url(&self.folder, self.port, database)
    }

    /// The URL of a database through the port, by the name `localhost`; `None` without one.
    pub fn tcp_url(&self, database: &str) -> Option<String> {
        let port = self.port;
        self.options.tcp.then(|| {
            format!("postgresql://postgres@localhost:{port}/{database}?hostaddr=127.0.0.1")
        })
    }

    /// The port of 127.0.0.1; `None` without one.
    pub fn port(&self) -> Option<u16> {
        self.options.tcp.then_some(self.port)
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        socket(&self.folder, self.port)
    }

    /// The folder of the socket, and the number in its name.
    pub(crate) fn socket_parts(&self) -> (&Path, u16) {
        (&self.folder, self.port)
    }

    /// The folder with the data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The certificates, of a server with TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Runs SQL through `psql`, as the server's own user, and gives what it printed: rows as lines, columns parted
    /// by `|`.
    ///
    /// # Errors
    /// What `psql` said.
    pub fn sql(&self, database: &str, text: &str) -> io::Result<String> {
        sql(self.owner, &self.url(database), text)
    }
}

/// A cluster that nobody has started, made once in a test program.
fn template(owner: Owner) -> io::Result<PathBuf> {
    static MADE: Mutex<Option<Home>> = Mutex::new(None);
    let mut made = locked(&MADE);
    if let Some(home) = &*made {
        return Ok(home.path().join("data"));
    }
    let home = Home::new(owner, "KILL")?;
    let data = home.path().join("data");
    let mut initdb = owner.command(&programs::postgres("initdb").map_err(io::Error::other)?);
    initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-k", "--no-sync"]);
    run(initdb.args(["--locale=C", "--encoding=UTF8"]))?;
    *made = Some(home);
    Ok(data)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn taken(error: &io::Error) -> bool {
    error.to_string().contains("Address already in use")
}

pub(crate) fn url(folder: &Path, port: u16, database: &str) -> String {
    let host = folder.display().to_string().replace('/', "%2F");
    format!("postgresql://postgres@{host}:{port}/{database}")
}

pub(crate) fn socket(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

/// Runs SQL at any URL.
pub(crate) fn sql(owner: Owner, url: &str, text: &str) -> io::Result<String> {
    let path = programs::postgres("psql").map_err(io::Error::other)?;
    let mut psql = owner.command(&path);
    psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text]);
    run(&mut psql).map(|text| text.trim_end().to_owned())
}
