//! Standbys: a copy that follows, and takes over.

use std::io;

use crate::options::Options;
use crate::programs::run;
use crate::server::Server;

/// Looks at the primary, a twentieth of a second apart, before saying that a standby doesn't come.
const LOOKS_MAX: u32 = 1_200;

impl Server {
    /// Starts a standby called `name`, and waits until it follows, asynchronously.
    ///
    /// # Errors
    /// What the programs said.
    pub fn standby(&self, name: &str, options: &Options) -> io::Result<Self> {
        let (folder, port) = self.socket_parts();
        let source = format!("host={} port={port} user=postgres", folder.display());
        let options = options.clone().set("cluster_name", name);
        let standby = Self::prepared(&options, |standby| {
            standby.make_data()?;
            let mut copy = standby.program("pg_basebackup")?;
            copy.arg("-D").arg(&standby.data).arg("-d").arg(source);
            copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync"]);
            run(&mut copy).map(|_| ())
        })?;
        self.until(&format!(
            "select count(*) = 1 from pg_stat_replication where application_name = '{name}' \
             and state = 'streaming'"
        ))?;
        Ok(standby)
    }

    /// Has every commit wait for the standby `name` (`synchronous_standby_names`), and waits until it counts.
    ///
    /// # Errors
    /// What the server said, or that the standby doesn't follow.
    pub fn wait_for_standby(&self, name: &str) -> io::Result<()> {
        self.set("synchronous_standby_names", name)?;
        self.until(&format!(
            "select count(*) = 1 from pg_stat_replication where application_name = '{name}' \
             and sync_state = 'sync'"
        ))
    }

    /// Cuts a standby off from its primary: it follows no more, and what it has not received it never will.
    ///
    /// # Errors
    /// What the server said.
    pub fn cut_off(&self) -> io::Result<()> {
        self.set("primary_conninfo", "")?;
        self.until("select count(*) = 0 from pg_stat_wal_receiver")
    }

    /// Makes a standby a primary, and waits until it is.
    ///
    /// # Errors
    /// What the server said.
    pub fn promote(&self) -> io::Result<()> {
        match self.sql("postgres", "select pg_promote(true, 60)")?.as_str() {
            "t" => Ok(()),
            _ => Err(io::Error::other("the standby was not promoted within a minute")),
        }
    }

    /// Sets a setting of the whole server from now on.
    ///
    /// # Errors
    /// What the server said.
    pub fn set(&self, name: &str, value: &str) -> io::Result<()> {
        let value = value.replace('\'', "''");
        self.sql("postgres", &format!("alter system set {name} = '{value}'"))?;
        self.sql("postgres", "select pg_reload_conf()").map(|_| ())
    }

    /// Waits until a question is answered with yes.
    ///
    /// # Errors
    /// What the server said, or that the answer stayed no for a minute.
    pub fn until(&self, question: &str) -> io::Result<()> {
        for _ in 0..LOOKS_MAX {
            if self.sql("postgres", question)? == "t" {
                return Ok(());
            }
            self.sql("postgres", "select pg_sleep(0.05)")?;
        }
        Err(io::Error::other(format!("the answer stays no: {question}")))
    }
}
