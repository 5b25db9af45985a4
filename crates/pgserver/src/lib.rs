//! PostgreSQL for tests: real servers that a test starts, kills, promotes and removes again.
//!
#![cfg_attr(target_os = "linux", doc = "```no_run")]
#![cfg_attr(not(target_os = "linux"), doc = "```ignore")]
//! use tuanzhang_pgserver::{Options, Proxy, Server, Step};
//!
//! if let Err(why) = Server::available() { /* say visibly that it is skipped, and why */ }
//! let server = Server::start(&Options::new())?;
//! let url = server.database("books")?; // … open a store at url …
//! server.kill()?; // every process of it, by SIGKILL
//! server.restart()?;
//!
//! let proxy = Proxy::start(&server)?;
//! let url = proxy.url("books"); // … open a store at url …
//! proxy.cut(Step::AfterRequest(3)); // … append: the third message still reaches the server …
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What it needs
//! Linux; PostgreSQL's programs in `/usr/lib/postgresql/*/bin` or in `PATH`; `pgbouncer` for [`Bouncer`],
//! `openssl` for [`Options::with_tls`]. As root the servers run as the user `postgres`.
//!
//! # What a server is
//! A cluster of its own in a folder of its own (`initdb -A trust --no-sync --locale=C -k`), with a socket in a short
//! path and no port unless asked for; settings are PostgreSQL's own. Start one a test program, and take a
//! database a test. It ends and its folder goes when it is dropped, and also when the test program ends
//! in any other way: a watcher waits for that.
#![cfg(target_os = "linux")]

mod bouncer;
mod home;
mod options;
mod process;
mod programs;
mod proxy;
mod server;
mod standby;
mod tls;

pub use bouncer::Bouncer;
pub use options::Options;
pub use proxy::{Counted, Proxy, Step, Target};
pub use server::Server;
pub use tls::Certificates;
