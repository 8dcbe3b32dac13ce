//! The project's own commands, as `cargo xtask NAME`. `cargo xtask help` lists them.

#![allow(
    clippy::disallowed_methods,
    reason = "a program for developers: it reads the environment where it needs it"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

mod args;
#[cfg(feature = "codegen")]
mod codegen;
mod demo;
mod host;
mod lint;
mod process;
mod sqlx;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::Args;

const HELP: &str = "\
Purvey's own commands.

cargo xtask demo [ARGUMENT...]         build everything in release and run `purvey demo` with these arguments
cargo xtask test [--no-lab] [-- ARGUMENT...]
                                       run all tests on a private PostgreSQL; arguments go to the test programs
cargo xtask lint [--install]           run all static checks; installs the tools they need when told so or in CI
cargo xtask tidy                       check the rules of the source tree alone
cargo xtask codegen [--check]          generate the code that comes from proto/, or fail if it is stale
cargo xtask sqlx [--check]             write .sqlx from the queries and a migrated database, or fail if it is stale";

fn main() -> ExitCode {
    match run(Args::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Args) -> Result<ExitCode> {
    let root = workspace::root();
    match args.command().as_str() {
        "demo" => demo::run(&root, args),
        "test" => test::run(&root, args),
        "lint" => lint::run(&root, args),
        "tidy" => {
            args.finish()?;
            tidy::run(&root)
        }
        "codegen" => generate(args),
        "sqlx" => sqlx::run(&root, args),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => {
            eprintln!("error: no command {other:?}\n\n{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}

#[cfg(feature = "codegen")]
fn generate(mut args: Args) -> Result<ExitCode> {
    let check = args.flag("--check");
    args.finish()?;
    codegen::run(&workspace::root(), check)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "codegen"))]
fn generate(args: Args) -> Result<ExitCode> {
    workspace::again_with("codegen", args.all())
}
