use secrecy::ExposeSecret as _;

use super::*;

/// Compares with a file under `docs/reference`, or writes it when `PURVEY_WRITE_GOLDEN` is set.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name);
    if std::env::var_os("PURVEY_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == text, "{} is out of date; run the test with PURVEY_WRITE_GOLDEN=1", path.display());
}

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::from_text("purvey.toml", text, [])
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = read("").unwrap();
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:5000");
    assert_eq!(config.database.max_connections, 20);
    assert_eq!(config.timings.drain, Duration::from_secs(30));
    assert!(config.agents.advertise.is_none() && config.catalogue.folder.is_none() && !config.fleet.demo);
}

#[test]
fn the_printed_default_file_gives_the_defaults() {
    let (printed, empty) = (read(&reference::default_file()).unwrap(), read("").unwrap());
    assert_eq!(format!("{printed:?}"), format!("{empty:?}"));
}

#[test]
fn an_unknown_setting_is_refused_with_its_line_and_the_nearest_one() {
    assert_eq!(
        refusal("[api]\nlisten = \"127.0.0.1:1\"\nplaintxt = true\n"),
        "purvey.toml:3: there is no setting `api.plaintxt`; did you mean `api.plaintext`?"
    );
    assert_eq!(refusal("[apo]\n"), "purvey.toml:1: there is no setting `apo`; did you mean `[api]`?");
    assert_eq!(refusal("[log]\nwhatever = 1\n"), "purvey.toml:2: there is no setting `log.whatever`");
}

#[test]
fn a_wrong_value_is_refused_with_its_line_and_what_is_needed() {
    assert_eq!(
        refusal("[database]\nmax_connections = \"20\"\n"),
        "purvey.toml:2: `database.max_connections`: a whole number is needed, without quotes"
    );
    assert_eq!(
        refusal("[database]\nmax_connections = 2\n"),
        "purvey.toml:2: `database.max_connections`: 2 is not between 4 and 1000"
    );
    assert_eq!(
        refusal("\n[log]\nformat = \"xml\"\n"),
        "purvey.toml:3: `log.format`: `xml` is none of text, json"
    );
    assert!(refusal("[api]\nlisten = \"5000\"\n").starts_with("purvey.toml:2: `api.listen`: `5000` is not"));
    assert!(refusal("[fleet]\ncell = \"A b\"\n").starts_with("purvey.toml:2: `fleet.cell`"));
    assert!(refusal("[api\n").starts_with("purvey.toml:1: not TOML"));
    assert!(refusal("api = 1\n").contains("this is a section"));
}

#[test]
fn plain_text_is_served_on_loopback_only() {
    assert!(read("[api]\nplaintext = true\n").unwrap().api.plaintext);
    assert!(
        refusal("[api]\nlisten = \"0.0.0.0:5000\"\nplaintext = true\n")
            .starts_with("purvey.toml:3: `api.plaintext`")
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let environment = [
        ("PURVEY_DATABASE_URL", "postgresql://db/purvey"),
        ("PURVEY_API_NAMES", "a.example, 10.0.0.1"),
        ("PURVEY_API_LISTN", "127.0.0.1:1"),
        ("PURVEY_TOKEN", "of the command line"),
        ("HOME", "/"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::from_text("f", "[database]\nurl = \"postgresql://other\"\n", environment).unwrap();
    assert_eq!(config.database.url.expose_secret(), "postgresql://db/purvey");
    assert_eq!(config.api.names, ["a.example", "10.0.0.1"]);
    assert_eq!(config.unknown_variables, ["PURVEY_API_LISTN"]);
    let wrong = [("PURVEY_FLEET_DEMO".to_owned(), "yes".to_owned())];
    let refusal = Config::from_text("f", "", wrong).unwrap_err().to_string();
    assert_eq!(refusal, "environment variable PURVEY_FLEET_DEMO: `fleet.demo`: `true` or `false` is needed");
}

#[test]
fn a_missing_file_is_an_error_only_when_it_was_named() {
    assert!(matches!(
        Config::load(Some(Path::new("/nowhere/p.toml")), []),
        Err(ConfigError::Unreadable { .. })
    ));
}

#[test]
fn the_database_s_password_does_not_show_in_debug() {
    let config = read("[database]\nurl = \"postgresql://u:hunter2@db/purvey\"\n").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_reference_is_up_to_date() {
    golden("configuration.md", &reference::markdown());
}
