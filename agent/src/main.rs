//! The agent's program: the command line and nothing else.

fn main() -> std::process::ExitCode {
    agent::provider::install();
    agent::cli::main()
}
