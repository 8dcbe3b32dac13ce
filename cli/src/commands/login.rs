use clap::Args;
use purvey_sdk::v1::{CreateApiKeyRequest, WhoAmIResponse};
use purvey_sdk::{Client, SecretString};
use secrecy::ExposeSecret as _;

use crate::cli::Global;
use crate::config::{Config, Context, environment};
use crate::failure::Failure;
use crate::output::escape;
use crate::{prompt, session};

/// Begins a bootstrap token, which a control plane writes at its first start and which is good for one API key.
const BOOTSTRAP_PREFIX: &str = "pvb_";

/// Sign in to a control plane and remember it.
///
/// The token is asked for without echo, or read from `--token-file` or `PURVEY_TOKEN`. A bootstrap token is turned into an
/// API key with the role `admin`, and that is what is remembered. With `--context NAME` it is remembered under that
/// name, otherwise as `default`; it becomes the current context.
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// The control plane's URL, such as `https://purvey.example:5000` (or `--url`)
    #[arg(value_name = "URL")]
    control_plane: Option<String>,
    /// What the new API key is called, when the token is a bootstrap token
    #[arg(long, value_name = "TEXT")]
    key_name: Option<String>,
}

pub(crate) async fn run(global: &Global, login: Login) -> Result<(), Failure> {
    let path = Config::path()?;
    let mut config = Config::load(&path)?;
    let url = login
        .control_plane
        .or_else(|| global.url.clone())
        .ok_or_else(|| Failure::usage_with("which control plane?", "purvey login https://HOST:5000"))?;
    let mut endpoint = session::endpoint(&url)?;
    let ca = match &global.ca {
        Some(file) => Some(std::fs::read_to_string(file).map_err(Failure::file(file))?),
        None => None,
    };
    if let Some(pem) = &ca {
        endpoint = endpoint.with_ca_pem(pem.as_bytes());
    }
    let given = match session::given_token(global)? {
        Some(token) => token,
        None if prompt::can_ask() => prompt::secret("Token:")?.expose_secret().trim().into(),
        None => {
            return Err(Failure::usage_with(
                "there is no terminal to ask for the token",
                "use --token-file FILE, or --token-file - for standard input",
            ));
        }
    };
    let client = Client::connect(&endpoint.clone().with_token(given.clone()))?;
    let token = match given.expose_secret().starts_with(BOOTSTRAP_PREFIX) {
        true => first_key(&client, login.key_name).await?,
        false => given,
    };
    let who = Client::connect(&endpoint.clone().with_token(token.clone()))?.identity().who_am_i().await?;

    let name = global.context.clone().unwrap_or_else(|| "default".to_owned());
    let project = global.project.clone().or_else(|| (!who.project.is_empty()).then(|| who.project.clone()));
    let context = Context { url: endpoint.url(), token: token.expose_secret().to_owned(), ca, project };
    config.contexts.insert(name.clone(), context);
    config.current.clone_from(&name);
    config.save(&path)?;

    let out = global.printer();
    out.note(&format!("The token is kept in {} (mode 0600).", path.display()));
    out.resource(&who, || summary(&who, &endpoint.url(), &name))
}

fn summary(who: &WhoAmIResponse, url: &str, context: &str) -> String {
    format!("signed in to {url} as {} (context `{context}`)", escape(&who.principal))
}

async fn first_key(client: &Client, name: Option<String>) -> Result<SecretString, Failure> {
    let display_name = name.unwrap_or_else(|| {
        let user = environment("USER").unwrap_or_else(|| "somebody".to_owned());
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        format!("purvey login of {user} on {host}")
    });
    let request = CreateApiKeyRequest { display_name, role: "admin".to_owned(), ..Default::default() };
    let key = client.identity().create_api_key(request).await?;
    if key.secret.is_empty() {
        // The answer that held it was lost, and no answer holds it twice (`SECRET_SHOWN_ONCE`).
        return Err(Failure::Io(std::io::Error::other(format!(
            "the API key {} was made and its secret was lost on the way; make a new bootstrap token",
            escape(&key.id)
        ))));
    }
    Ok(key.secret.into())
}
