//! The program `tuanzhang`; all of it is in the library beside.

use std::process::ExitCode;

fn main() -> ExitCode {
    tuanzhang_cli::main()
}
