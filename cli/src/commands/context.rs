use clap::Subcommand;
use comfy_table::Cell;
use serde::Serialize;

use crate::cli::Global;
use crate::config::{Config, ConfigError};
use crate::failure::Failure;

/// Choose between control planes that are signed in to.
#[derive(Debug, Subcommand)]
pub(crate) enum Context {
    /// List them
    List,
    /// Make one the current one
    Use {
        /// Its name
        name: String,
    },
    /// Forget one and its token (the token stays good: `purvey key revoke` ends it)
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    project: String,
    current: bool,
}

pub(crate) fn run(global: &Global, command: Context) -> Result<(), Failure> {
    let path = Config::path()?;
    let mut config = Config::load(&path)?;
    match command {
        Context::List => {
            let row = |(name, context): (&String, &crate::config::Context)| Row {
                name: name.clone(),
                url: context.url.clone(),
                project: context.project.clone().unwrap_or_else(|| "default".to_owned()),
                current: *name == config.current,
            };
            let rows: Vec<Row> = config.contexts.iter().map(row).collect();
            global.printer().list("contexts", &rows, &["", "NAME", "URL", "PROJECT"], |row| {
                let mark = if row.current { "*" } else { "" };
                vec![Cell::new(mark), Cell::new(&row.name), Cell::new(&row.url), Cell::new(&row.project)]
            })
        }
        Context::Use { name } => {
            config.context(Some(&name))?;
            config.current = name;
            Ok(config.save(&path)?)
        }
        Context::Remove { name } => {
            config.contexts.remove(&name).ok_or_else(|| ConfigError::NoContext(name.clone()))?;
            if config.current == name {
                config.current.clear();
            }
            Ok(config.save(&path)?)
        }
    }
}
