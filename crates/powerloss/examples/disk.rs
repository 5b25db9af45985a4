//! A disk under power loss for programs in any language: commands come on standard input, and each is
//! answered by one line.
//!
//! ```text
//! cargo run -p tuanzhang-powerloss --example disk -- FOLDER [journaled] [ignored|names-ignored]
//! calls          how many calls have changed or synced something
//! cut N          cuts the power in the Nth such call from now
//! restart SEED   unmounts, starts the machine again, mounts what reached the disk
//! ```
//! The end of standard input unmounts. End the programs that use the folder before a restart.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::print_stdout, reason = "a program that answers on standard output")
)]

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use tuanzhang_powerloss::{Disk, Naming, Options, Syncs};

    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name an empty folder to mount on")?;
    let folder = std::path::Path::new(&folder);
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "journaled" => options.naming = Naming::Journaled,
            "ignored" => options.syncs = Syncs::Ignored,
            "names-ignored" => options.syncs = Syncs::NamesIgnored,
            other => return Err(format!("{other} is no option").into()),
        }
    }
    let disk = Disk::new(options);
    let mut mounted = Some(disk.mount(folder)?);
    println!("mounted");
    for line in std::io::stdin().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("calls", _) => println!("{}", disk.calls()),
            ("cut", calls) => {
                disk.cut_in(calls.parse()?);
                println!("ready");
            }
            ("restart", seed) => {
                drop(mounted.take());
                let cut = disk.restart(seed.parse()?);
                mounted = Some(disk.mount(folder)?);
                println!("{cut:?}");
            }
            (other, _) => println!("{other} is no command"),
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {}
