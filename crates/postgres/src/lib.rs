//! Books in a `PostgreSQL` database.

mod address;
mod append;
mod doubt;
mod error;
mod link;
mod place;
mod pool;
mod read;
mod rows;
mod runtime;
mod schema;
mod server;
mod store;
mod tls;
mod verify;

pub use error::OpenError;
pub use store::{Options, PostgresStore};
