//! Certificates for a test: a root, a server's of it, and a root that has signed nothing.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::{self, Owner, run};

const NAMES: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";

/// Where the certificates of a server with TLS are, in PEM.
#[derive(Clone, Debug)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    pub(crate) fn make(folder: &Path, owner: Owner) -> io::Result<Self> {
        for (name, subject) in [("root", "/CN=the root of a test"), ("other", "/CN=another root")] {
            let mut root = openssl(folder)?;
            root.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
            root.args(["-nodes", "-days", "3650", "-subj", subject]);
            root.args(["-addext", "keyUsage=critical,keyCertSign"]);
            root.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]);
            run(&mut root)?;
        }
        let mut request = openssl(folder)?;
        request.args(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
        request.args(["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"]);
        run(&mut request)?;
        fs::write(folder.join("names"), NAMES)?;
        let mut sign = openssl(folder)?;
        sign.args(["x509", "-req", "-in", "server.csr", "-CA", "root.crt", "-CAkey", "root.key"]);
        sign.args(["-CAcreateserial", "-days", "3650", "-extfile", "names", "-out", "server.crt"]);
        run(&mut sign)?;
        let key = folder.join("server.key");
        fs::set_permissions(&key, Permissions::from_mode(0o600))?;
        owner.own(&key)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The root that has signed the server's certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root.crt")
    }

    /// A root that has not.
    pub fn other_root(&self) -> PathBuf {
        self.folder.join("other.crt")
    }

    pub(crate) fn of_server(&self) -> [(&'static str, PathBuf); 2] {
        let path = |name| self.folder.join(name);
        [("ssl_cert_file", path("server.crt")), ("ssl_key_file", path("server.key"))]
    }
}

fn openssl(folder: &Path) -> io::Result<Command> {
    let mut command = Command::new(programs::in_path("openssl").map_err(io::Error::other)?);
    command.current_dir(folder);
    Ok(command)
}
