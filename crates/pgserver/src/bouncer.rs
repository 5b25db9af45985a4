//! `PgBouncer` in front of a server, in transaction pooling.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::home::Home;
use crate::process::Process;
use crate::programs::{self, Owner};
use crate::server::{Server, socket, url};

/// The number in the name of its socket: it has no port.
const PORT: u16 = 6432;

/// `PgBouncer` that gives each transaction one of a few connections; it ends when it is dropped.
#[derive(Debug)]
pub struct Bouncer {
    folder: PathBuf,
    running: Process,
    home: Home,
}

impl Bouncer {
    /// Whether it can be started here.
    ///
    /// # Errors
    /// Why not, and what to install.
    pub fn available() -> Result<(), String> {
        Server::available()?;
        programs::in_path("pgbouncer").map(|_| ())
    }

    /// Starts it in front of a server, with so many connections to each database.
    ///
    /// # Errors
    /// What it said.
    pub fn start(server: &Server, connections: u32) -> io::Result<Self> {
        let program = programs::in_path("pgbouncer").map_err(io::Error::other)?;
        let owner = Owner::find().map_err(io::Error::other)?;
        let mut home = Home::new(owner, "KILL")?;
        let folder = home.path().to_owned();
        let (host, port) = server.socket_parts();
        let settings = format!(
            "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_port = {PORT}\n\
             unix_socket_dir = {folder}\nauth_type = trust\nauth_file = {folder}/users\n\
             pool_mode = transaction\ndefault_pool_size = {connections}\n",
            host = host.display(),
            folder = folder.display(),
        );
        fs::write(folder.join("users"), "\"postgres\" \"\"\n")?;
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings)?;
        let running = Process::start(owner.command(&program).arg(&file), "process up")?;
        home.tell(Some(running.pid()))?;
        Ok(Self { folder, running, home })
    }

    /// The URL of a database through it.
    pub fn url(&self, database: &str) -> String {
        url(&self.folder, PORT, database)
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        socket(&self.folder, PORT)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.home.tell(None);
    }
}
