//! The rules of `domain.md`, by the files that hold them; one program, since each costs seconds to build.

mod accounting_page;
mod authority;
mod beside_orders;
mod common;
mod compensation_exchange;
mod damaged;
mod due;
mod elsewhere;
mod errors_page;
mod events_page;
mod formation;
mod hostile;
mod limits;
mod refunds;
mod refusals;
mod reopened;
mod settlement;
mod tiers;
mod worked_examples;
