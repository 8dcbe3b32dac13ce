use clap::Subcommand;

use crate::cli::Global;
use crate::failure::Failure;
use crate::lab_test::{self, Test};

/// Try things out on throw-away servers.
#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    Test(Test),
}

pub(crate) async fn run(global: &Global, command: Lab) -> Result<(), Failure> {
    match command {
        Lab::Test(test) => lab_test::run(global, test).await,
    }
}
