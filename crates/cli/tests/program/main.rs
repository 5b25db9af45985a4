//! The built program from outside: one test program for all verbs, since each costs seconds to build.

#[path = "../kit/mod.rs"]
mod kit;

mod activity;
mod apply;
mod audit;
mod demo;
mod due;
mod examples;
mod export;
mod known_figures;
mod page;
mod python_reader;
mod read;
mod receipts;
mod report;
mod salvage;
#[cfg(target_os = "linux")]
mod servers;
mod statements;
mod stores;
