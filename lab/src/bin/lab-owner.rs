//! Owns a PostgreSQL or a lab until it is killed: what the tests kill to see that nothing is left behind.
//!
//! - `lab-owner postgres [DATA_DIR]` prints `PID FOLDER`;
//! - `lab-owner lab NAME...` prints `LAB_ID`.

use std::future::pending;
use std::io::Write as _;

use purvey_lab::{Lab, LabOptions, Postgres, PostgresOptions};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("postgres") => {
            let options = args.next().map_or_else(PostgresOptions::throw_away, PostgresOptions::durable);
            let postgres = Postgres::start(options).await?;
            let folder = postgres.socket_dir();
            let folder = folder.parent().unwrap_or(&folder).display();
            say(&format!("{} {folder}", postgres.pid().unwrap_or_default()))?;
            pending().await
        }
        Some("lab") => {
            let lab = Lab::open(LabOptions::default()).await?;
            for name in args {
                lab.boot(&name).await?;
            }
            say(lab.id())?;
            pending().await
        }
        _ => Err("which: postgres or lab?".into()),
    }
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}
