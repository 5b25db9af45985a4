//! The second opinion on the rules, and what is held against it; one program, since each costs seconds to build.

mod agree;
mod duplicates;
mod examples;
mod figures;
mod lives;
mod paths;
mod planted;
mod planted_later;
mod shop;
mod stateful;
mod tidy;
mod vectors;
