//! Which control plane a command talks to, as whom, in which project.

use std::path::Path;

use purvey_sdk::{Client, Endpoint, SecretString};
use secrecy::ExposeSecret as _;

use crate::cli::Global;
use crate::config::{Config, environment};
use crate::failure::Failure;
use crate::output::Printer;

/// An open client and what commands need besides it.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) project: String,
    pub(crate) out: Printer,
}

impl Session {
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        let config = Config::load(&Config::path()?)?;
        let context = config.context(global.context.as_deref())?;
        let url = global.url.clone().or_else(|| context.map(|context| context.url.clone()));
        let mut endpoint = endpoint(&url.ok_or(Failure::NotSignedIn)?)?;
        // What a context knows belongs to its own control plane: another URL must not be sent its token.
        let context = match context {
            Some(context) if same_place(&context.url, &endpoint) => Some(context),
            _ => None,
        };
        match (&global.ca, context.and_then(|context| context.ca.as_ref())) {
            (Some(file), _) => endpoint = endpoint.with_ca_file(file),
            (None, Some(pem)) => endpoint = endpoint.with_ca_pem(pem.as_bytes()),
            (None, None) => {}
        }
        let token = match given_token(global)? {
            Some(token) => token,
            None => context.map(|context| context.token.as_str().into()).ok_or(Failure::NotSignedIn)?,
        };
        Ok(Self {
            client: Client::connect(&endpoint.with_token(token))?,
            project: global
                .project
                .clone()
                .or_else(|| context.and_then(|context| context.project.clone()))
                .unwrap_or_else(|| "default".to_owned()),
            out: global.printer(),
        })
    }
}

/// The endpoint of a URL, whose scheme may be left out.
pub(crate) fn endpoint(url: &str) -> Result<Endpoint, Failure> {
    let url = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let agent = concat!("purvey/", env!("CARGO_PKG_VERSION"));
    Ok(Endpoint::new(&url)?.with_user_agent(agent))
}

fn same_place(url: &str, endpoint: &Endpoint) -> bool {
    self::endpoint(url).is_ok_and(|other| other.url() == endpoint.url())
}

/// The token of `--token-file` or `PURVEY_TOKEN`.
pub(crate) fn given_token(global: &Global) -> Result<Option<SecretString>, Failure> {
    match &global.token_file {
        Some(path) => {
            let token = read_text(path)?;
            match token.expose_secret().trim() {
                "" => Err(Failure::usage(format!("{} holds no token", path.display()))),
                token => Ok(Some(token.into())),
            }
        }
        None => Ok(environment("PURVEY_TOKEN").map(|token| token.trim().into())),
    }
}

/// A text file that may hold a secret; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<SecretString, Failure> {
    let text = match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    text.map(SecretString::from).map_err(Failure::file(path))
}
