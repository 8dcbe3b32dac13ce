//! The checks of a description, done on a real server.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use purvey_contract::inputs::{Inputs, as_text};
use purvey_lab::{ExecOptions, Output};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::bench::Bench;
use super::finding::{Finding, finding};
use super::lifecycle::{Check, Http, Port, Scheme, Tcp};

/// How long something may take to become true, if the check does not say.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// What something that is to stay closed or false is given.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const SCRIPT_LIMIT: Duration = Duration::from_secs(300);
/// Only root may read it, so that a script may hold secrets.
const FILE: &str = "/run/purvey-lab-test";

/// Waits until all checks hold.
///
/// # Errors
/// The first that does not in time.
pub(crate) async fn hold(bench: &Bench<'_>, section: &str, checks: &[Check]) -> Result<()> {
    let inputs = bench.effective();
    for (index, check) in checks.iter().enumerate() {
        if !applies(check, &inputs) {
            continue;
        }
        let patience = check.within_seconds.map_or(PATIENCE, |seconds| Duration::from_secs(seconds.into()));
        let end = Instant::now() + patience;
        loop {
            let found = match try_once(bench, check, &inputs).await {
                Ok(()) => break,
                Err(error) => Finding::of(error),
            };
            if Instant::now() > end {
                let place = format!("{section}[{index}]");
                let what = check.what.as_deref().map_or(place.clone(), |what| format!("{place}, {what}"));
                let text = format!("{what}: {} (for {} s)", found.what, patience.as_secs());
                return Err(Finding { what: text, ..found }.into());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Whether all checks hold now.
///
/// # Errors
/// The first that does not.
pub(crate) async fn hold_now(bench: &Bench<'_>, checks: &[Check]) -> Result<()> {
    let inputs = bench.effective();
    for check in checks.iter().filter(|check| applies(check, &inputs)) {
        try_once(bench, check, &inputs).await?;
    }
    Ok(())
}

/// Whether each input has its value, or one of those in a list.
fn applies(check: &Check, inputs: &Inputs) -> bool {
    check.when.iter().all(|(name, wanted)| {
        let Some(value) = inputs.get(name) else { return false };
        let same = |wanted: &Value| as_text(wanted) == as_text(value);
        match wanted {
            Value::Array(any) if !value.is_array() => any.iter().any(same),
            one => same(one),
        }
    })
}

async fn try_once(bench: &Bench<'_>, check: &Check, inputs: &Inputs) -> Result<()> {
    match (&check.http, &check.tcp, &check.run) {
        (Some(page), _, _) => http(bench, page, inputs).await,
        (_, Some(port), _) => tcp(bench, port, inputs).await,
        (_, _, Some(script)) => ran(bench, check, script, inputs).await,
        _ => Ok(()),
    }
}

async fn http(bench: &Bench<'_>, page: &Http, inputs: &Inputs) -> Result<()> {
    let Some(port) = number(&page.port, inputs) else { finding!("its port is not set") };
    let address = bench.server.address();
    let scheme = match page.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = page.host.as_ref().map_or_else(|| address.to_string(), |host| filled(host, inputs));
    let path = page.path.as_ref().map_or_else(|| "/".to_owned(), |path| filled(path, inputs));
    let url = format!("{scheme}://{host}:{port}{path}");
    let to = format!("::{address}:{port}");
    let argv = [
        "curl",
        "--silent",
        "--show-error",
        "--insecure",
        "--include",
        "--max-time",
        "10",
        "--connect-to",
        &to,
        &url,
    ];
    let answer = bench.world.visit(&argv).await?;
    let status = answer.split_whitespace().nth(1).and_then(|code| code.parse::<u16>().ok());
    let wanted = page.status.unwrap_or(200);
    let shown = || answer.chars().take(2000).collect::<String>();
    if status != Some(wanted) {
        let got = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        return Err(Finding::new(format!("{url} gave {got}, and not {wanted}"))
            .with("the answer", shown())
            .into());
    }
    if let Some(part) = page.contains.as_ref().map(|part| filled(part, inputs))
        && !answer.contains(&part)
    {
        return Err(Finding::new(format!("{url} does not contain {part:?}"))
            .with("the answer", shown())
            .into());
    }
    if let Some(header) = page.header.as_ref().map(|header| filled(header, inputs)) {
        let (name, part) = header.split_once(':').unwrap_or((&header, ""));
        let has = |line: &str| {
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            key.trim().eq_ignore_ascii_case(name.trim()) && value.contains(part.trim())
        };
        if !answer.lines().take_while(|line| !line.is_empty()).any(has) {
            return Err(Finding::new(format!("{url} has no header {header:?}"))
                .with("the answer", shown())
                .into());
        }
    }
    Ok(())
}

async fn tcp(bench: &Bench<'_>, check: &Tcp, inputs: &Inputs) -> Result<()> {
    let Some(port) = number(&check.port, inputs) else { finding!("its port is not set") };
    let address: SocketAddr = (bench.server.address(), port).into();
    let is_open = matches!(timeout(CONNECT_LIMIT, TcpStream::connect(address)).await, Ok(Ok(_)));
    match (is_open, check.open.unwrap_or(true)) {
        (true, false) => finding!("port {port} can be reached from another machine"),
        (false, true) => finding!("port {port} cannot be reached from another machine"),
        _ => Ok(()),
    }
}

async fn ran(bench: &Bench<'_>, check: &Check, script: &str, inputs: &Inputs) -> Result<()> {
    let output = run(bench, script, inputs).await?;
    let printed = output.stdout.strip_suffix('\n').unwrap_or(&output.stdout);
    let say = |what: String| {
        let finding =
            Finding::new(what).with("standard output", printed).with("standard error", &output.stderr);
        Err(finding.into())
    };
    if !output.is_success() {
        return say(format!("the script ended with {}", code(&output)));
    }
    if let Some(wanted) = check.prints.as_ref().map(|text| filled(text, inputs))
        && printed != wanted
    {
        return say(format!("the script printed {printed:?}, and not {wanted:?}"));
    }
    if let Some(part) = check.contains.as_ref().map(|text| filled(text, inputs))
        && !printed.contains(&part)
    {
        return say(format!("the script did not print {part:?}"));
    }
    Ok(())
}

/// Runs a script of the description that must succeed.
///
/// # Errors
/// It does not.
pub(crate) async fn script(bench: &Bench<'_>, name: &str, script: &str) -> Result<()> {
    let output = run(bench, script, &bench.effective()).await?;
    if output.is_success() {
        return Ok(());
    }
    let what = format!("{name} of the description ended with {}", code(&output));
    Err(Finding::new(what)
        .with("standard output", &output.stdout)
        .with("standard error", &output.stderr)
        .into())
}

fn code(output: &Output) -> String {
    output.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"))
}

/// The script is a file, and not a command line: neither the journal nor the list of processes shows what it knows.
async fn run(bench: &Bench<'_>, script: &str, inputs: &Inputs) -> Result<Output> {
    let mut text = "set -eu -o pipefail\n".to_owned();
    let outputs = bench.outputs();
    let outputs =
        outputs.iter().map(|(name, value)| (format!("OUTPUT_{}", name.to_ascii_uppercase()), value.clone()));
    let address = ("SERVER_ADDRESS".to_owned(), bench.server.address().to_string());
    let inputs = inputs.iter().map(|(name, value)| (name.to_ascii_uppercase(), as_text(value)));
    for (name, value) in inputs.chain(outputs).chain([address]) {
        let _ = writeln!(text, "{name}={}", quoted(&value));
    }
    text.push_str(script);
    text.push('\n');
    bench.server.push_file(text.as_bytes(), FILE, 0o600).await?;
    let mut options = ExecOptions::default();
    options.limit = SCRIPT_LIMIT;
    // It is gone before it runs.
    let open = format!("exec 3<{FILE}; rm {FILE}; exec bash /dev/fd/3");
    let output = bench.server.exec_with(["sh", "-c", &open], options).await;
    output.context("running a script of the description")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn number(port: &Port, inputs: &Inputs) -> Option<u16> {
    match port {
        Port::Fixed(port) => Some(*port),
        Port::Input(name) => inputs.get(name).and_then(Value::as_u64)?.try_into().ok(),
    }
}

/// A text with the inputs in place of `${name}`; those that are not set are empty.
fn filled(text: &str, inputs: &Inputs) -> String {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => {
                filled.push_str(&inputs.get(name).map(as_text).unwrap_or_default());
                filled.push_str(rest);
            }
            None => {
                filled.push_str("${");
                filled.push_str(part);
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs() -> Inputs {
        Inputs::from_iter([
            ("name".to_owned(), json!("a.example")),
            ("port".to_owned(), json!(8080)),
            ("on".to_owned(), json!(true)),
        ])
    }

    #[test]
    fn names_stand_for_their_values() {
        assert_eq!(filled("https://${name}:${port}/${no}x ${", &inputs()), "https://a.example:8080/x ${");
        assert_eq!(number(&Port::Input("port".to_owned()), &inputs()), Some(8080));
        assert_eq!(number(&Port::Input("no".to_owned()), &inputs()), None);
    }

    #[test]
    fn a_check_applies_while_its_inputs_have_the_values() {
        let check = |when: serde_json::Value| Check {
            when: serde_json::from_value(when).unwrap(),
            ..Check::default()
        };
        assert!(applies(&check(json!({"on": true, "port": "8080"})), &inputs()));
        assert!(applies(&check(json!({"port": [80, 8080]})), &inputs()));
        assert!(!applies(&check(json!({"on": false})), &inputs()));
        assert!(!applies(&check(json!({"port": [80, 81]})), &inputs()));
        assert!(!applies(&check(json!({"no": "x"})), &inputs()));
    }

    #[test]
    fn any_text_is_one_word_for_a_shell() {
        assert_eq!(
            quoted("it's $(x)\n"),
            r"'it'\''s $(x)
'"
        );
    }
}
