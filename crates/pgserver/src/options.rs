//! How a server is to be started.

use std::path::{Path, PathBuf};

/// How a server is started: [`Options::new`] has PostgreSQL's own settings, and a socket only.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) tcp: bool,
    pub(crate) tls: bool,
    pub(crate) data: Option<PathBuf>,
}

impl Options {
    /// PostgreSQL's own settings; a socket, no port.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also sets `name` to `value`, on the command line of the server: no file changes it.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Also listens on a free port of 127.0.0.1.
    #[must_use]
    pub fn with_tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Also listens on a free port, with a certificate for `localhost` and 127.0.0.1 of a root made for it.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        self.tls = true;
        self.with_tcp()
    }

    /// The data is in this folder, which stays when the server goes; made by `initdb` unless it is a server's already.
    #[must_use]
    pub fn at(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }
}
