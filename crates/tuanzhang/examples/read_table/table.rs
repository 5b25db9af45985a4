//! The app's own tables, and the one step that keeps them: rows and position in one transaction.

use std::error::Error;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tuanzhang::Follow;
use tuanzhang::prelude::*;

/// `fed` says which record of the book was the last to reach these tables.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, buyer TEXT, status TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS buyers (id TEXT PRIMARY KEY, orders INTEGER NOT NULL,
        paid INTEGER NOT NULL, paid_back INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS fed (position INTEGER NOT NULL) STRICT;
    INSERT INTO fed SELECT 0 WHERE NOT EXISTS (SELECT * FROM fed);";

/// Orders with their status and totals of each buyer in fen, in a database of the app's.
pub struct Table {
    pub db: Connection,
}

impl Table {
    /// Opens the database; a new one has been fed nothing.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "wal")?;
        // A power loss may take the last transactions, rows and position together: the book has them.
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.execute_batch(TABLES)?;
        Ok(Self { db })
    }

    /// The first record that it hasn't been fed.
    pub fn next_position(&self) -> Result<Position, Box<dyn Error + Send + Sync>> {
        let fed: i64 = self.db.query_row("SELECT position FROM fed", [], |row| row.get(0))?;
        Ok(Position::new(u64::try_from(fed)?).next())
    }

    /// Feeds it some records in one transaction: all of it, or nothing.
    pub fn feed(&mut self, records: &[Record]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        position(&transaction, records)?;
        rows(&transaction, records)?;
        Ok(transaction.commit()?)
    }
}

/// Feeds a table until the follower ends, at most so many records in one transaction. After any error,
/// open both anew and go on from the table's own position.
pub fn keep(
    table: &mut Table,
    follow: &mut Follow,
    at_most: usize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    while let Some(first) = follow.next() {
        let mut records = vec![first?];
        while records.len() < at_most
            && let Some(record) = follow.try_next()
        {
            records.push(record?);
        }
        table.feed(&records)?;
    }
    Ok(())
}

/// What each event does to the rows. Sums grow: a record that came twice would count twice.
#[allow(clippy::wildcard_enum_match_arm, reason = "a table looks at the events that it shows")]
pub fn rows(transaction: &Transaction<'_>, records: &[Record]) -> rusqlite::Result<()> {
    let status = |order: OrderId, status: &str| {
        let sql = "UPDATE orders SET status = ?2 WHERE id = ?1";
        transaction.execute(sql, params![order.to_string(), status])
    };
    for event in records.iter().flat_map(|record| &record.events) {
        match event {
            Event::OrderPlaced(placed) => {
                let buyer = placed.buyer.map(|buyer| buyer.to_string());
                let sql = "INSERT INTO orders VALUES (?1, ?2, 'placed')";
                transaction.execute(sql, params![placed.order.to_string(), buyer])?;
                let sql = "INSERT INTO buyers SELECT ?1, 1, 0, 0 WHERE ?1 IS NOT NULL
                           ON CONFLICT DO UPDATE SET orders = orders + 1";
                transaction.execute(sql, [buyer])?;
            }
            Event::OrderPaid(paid) => {
                status(paid.order, "paid")?;
                let amount = paid.payment.as_ref().map_or(0, |payment| payment.amount.minor());
                let sql = "UPDATE buyers SET paid = paid + ?2
                           WHERE id = (SELECT buyer FROM orders WHERE id = ?1)";
                transaction.execute(sql, params![paid.order.to_string(), amount])?;
            }
            Event::RefundPaid(refund) => {
                let buyer = refund.buyer.map(|buyer| buyer.to_string());
                let sql = "UPDATE buyers SET paid_back = paid_back + ?2 WHERE id = ?1";
                transaction.execute(sql, params![buyer, refund.amount.minor()])?;
            }
            Event::OrderShipped(shipped) => drop(status(shipped.order, "shipped")?),
            Event::OrderReceived(received) => drop(status(received.order, "received")?),
            Event::OrderCancelled(cancelled) => drop(status(cancelled.order, "cancelled")?),
            Event::OrderExpired(expired) => drop(status(expired.order, "expired")?),
            _ => {}
        }
    }
    Ok(())
}

/// Moves the position on, if these records are the next ones: where two processes feed one table, the
/// second is told.
pub fn position(
    transaction: &Transaction<'_>,
    records: &[Record],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
    let (first, last) = (first.head.position, last.head.position);
    let sql = "UPDATE fed SET position = ?2 WHERE position = ?1 - 1";
    let moved =
        transaction.execute(sql, [i64::try_from(first.get())?, i64::try_from(last.get())?])?;
    if moved == 1 { Ok(()) } else { Err(format!("record {first} is not the next one").into()) }
}
