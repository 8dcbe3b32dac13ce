//! What a server is besides its files: packages, users, units, ports, mounts, firewall rules, processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use purvey_lab::Server;
use tokio::process::Command;

use super::lifecycle::Residue;

/// Prints a heading and lines for each kind of thing.
const PROBE: &str = r#"
section() { printf '\n@@%s\n' "$1"; }
section package; dpkg-query -W -f='${Package} ${Version} ${db:Status-Status}\n'
section user; getent passwd
section group; getent group
section unit; systemctl list-unit-files --no-legend --no-pager --plain | awk '{ print $1, $2 }'
section 'active unit'; systemctl list-units --all --no-legend --no-pager --plain --state=active,failed,activating | awk '{ print $1, $3 }'
section port; ss -H -lntu | awk '{ print $1, $5 }'
section mount; awk '{ print $2, $3 }' /proc/self/mounts
section interface; ip -oneline link | awk -F ': ' '{ print $2 }'
section process; ps -e -o comm=
section crontab; cat /var/spool/cron/crontabs/* 2>/dev/null || true
"#;

/// Units of systemd itself, of the agent, of those who log in, and of the commands by which a test looks.
const OTHER_UNITS: [&str; 12] = [
    "run-",
    "systemd-",
    "user@",
    "user-",
    "session-",
    "init.scope",
    "purvey-agent",
    "dbus",
    "console-getty",
    "dev-",
    "sys-",
    "proc-",
];
const OTHER_MOUNTS: [&str; 4] = ["/run/credentials", "/run/user", "/proc", "/run/systemd"];
const OTHER_PROCESSES: [&str; 14] = [
    "awk",
    "bash",
    "cat",
    "sh",
    "ps",
    "ls",
    "ss",
    "systemctl",
    "systemd",
    "(sd-",
    "dpkg-query",
    "getent",
    "agent",
    "dbus-daemon",
];

/// Lines by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct State(BTreeMap<String, BTreeSet<String>>);

/// Looks.
///
/// # Errors
/// The server is off.
pub(crate) async fn take(server: &Server) -> Result<State> {
    let text = server.exec(["bash", "-c", PROBE]).await?.success()?;
    let mut state = parse(&text);
    let mut nft = Command::new("nsenter");
    nft.arg(format!("--net={}", server.namespace().display())).args([
        "nft",
        "--stateless",
        "list",
        "ruleset",
    ]);
    let rules = nft.output().await.context("listing firewall rules")?;
    let rules = String::from_utf8_lossy(&rules.stdout).into_owned();
    let rules = rules.lines().map(str::trim).filter(|line| line.len() > 1).map(str::to_owned).collect();
    state.0.insert("firewall".to_owned(), rules);
    Ok(state)
}

fn parse(text: &str) -> State {
    let mut state = State::default();
    let mut kind = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("@@") {
            Some(name) => kind = name.to_owned(),
            None if is_other(&kind, line) => {}
            None => {
                state.0.entry(kind.clone()).or_default().insert(line.to_owned());
            }
        }
    }
    state
}

fn is_other(kind: &str, line: &str) -> bool {
    let begins = |with: &[&str]| with.iter().any(|prefix| line.starts_with(prefix));
    match kind {
        "unit" | "active unit" => begins(&OTHER_UNITS),
        "mount" => begins(&OTHER_MOUNTS),
        "process" => begins(&OTHER_PROCESSES),
        _ => false,
    }
}

/// What is there now and was not, or the other way round, but for what may stay: a line each.
pub(crate) fn residue(before: &State, after: &State, allowed: &[Residue]) -> String {
    let mut text = String::new();
    let kinds: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
    for kind in kinds {
        let none = BTreeSet::new();
        let (old, new) = (before.0.get(kind).unwrap_or(&none), after.0.get(kind).unwrap_or(&none));
        for line in new.difference(old).filter(|line| !may_stay(kind, line, allowed)) {
            let _ = writeln!(text, "+ {kind} {line}");
        }
        // Processes come and go; what an uninstall must not take with it is a package, a user, a unit.
        for line in old.difference(new).filter(|_| kind != "process") {
            let _ = writeln!(text, "- {kind} {line}");
        }
    }
    text
}

fn may_stay(kind: &str, line: &str, allowed: &[Residue]) -> bool {
    let name = line.split([':', ' ']).next().unwrap_or_default();
    allowed.iter().any(|one| {
        let named = match kind {
            "package" => &one.package,
            "user" => &one.user,
            "group" => &one.group,
            "unit" | "active unit" => &one.unit,
            "mount" => &one.mount,
            "firewall" => return one.firewall.as_deref().is_some_and(|part| line.contains(part)),
            _ => &None,
        };
        named.as_deref() == Some(name)
    })
}

/// The listening ports with their protocol.
///
/// # Errors
/// The server is off.
pub(crate) async fn ports(server: &Server) -> Result<BTreeSet<(String, u16)>> {
    Ok(parse_ports(&server.exec(["ss", "-H", "-lntu"]).await?.success()?))
}

/// Lines such as `tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*`.
fn parse_ports(text: &str) -> BTreeSet<(String, u16)> {
    let parse = |line: &str| {
        let mut fields = line.split_whitespace();
        let (protocol, address) = (fields.next()?, fields.nth(3)?);
        Some((protocol.to_owned(), address.rsplit(':').next()?.parse().ok()?))
    };
    text.lines().filter_map(parse).collect()
}

/// Which start of each running unit this is (systemd's invocation id).
pub(crate) type Starts = BTreeMap<String, String>;

/// Asks systemd for the running units.
///
/// # Errors
/// The server is off.
pub(crate) async fn starts(server: &Server) -> Result<Starts> {
    let argv = [
        "systemctl",
        "show",
        "--property=Id,InvocationID,ActiveState",
        "*.service",
        "*.socket",
        "*.timer",
        "*.path",
    ];
    let text = server.exec(argv).await?.success()?;
    Ok(parse_starts(&text))
}

fn parse_starts(text: &str) -> Starts {
    let mut starts = Starts::new();
    for block in text.split("\n\n") {
        let field = |name: &str| {
            let value = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        };
        let id = field("Id");
        let runs = matches!(field("ActiveState").as_str(), "active" | "reloading" | "activating");
        if runs && !id.is_empty() && !is_other("unit", &id) {
            starts.insert(id, field("InvocationID"));
        }
    }
    starts
}

/// Units that were started, restarted or stopped in between: a line each.
pub(crate) fn restarts(before: &Starts, after: &Starts) -> String {
    let mut text = String::new();
    for (unit, start) in before {
        match after.get(unit) {
            None => _ = writeln!(text, "{unit} was stopped"),
            Some(other) if other != start => _ = writeln!(text, "{unit} was restarted"),
            Some(_) => {}
        }
    }
    for unit in after.keys().filter(|unit| !before.contains_key(*unit)) {
        let _ = writeln!(text, "{unit} was started");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_what_went_is_told_by_kind() {
        let before =
            parse("@@package\ncurl 1 installed\nold 1 installed\n@@user\nroot:x:0\n@@process\nsleep\n");
        let after = parse(
            "@@package\ncurl 1 installed\nnginx 2 config-files\n@@user\nroot:x:0\nwww:x:33\nkept:x:34\n@@process\nbash\nnginx\n\
             @@active unit\nrun-u7.service active\nnginx.service failed\n",
        );
        let kept = Residue { user: Some("kept".to_owned()), ..Residue::default() };
        assert_eq!(
            residue(&before, &after, &[kept]),
            "+ active unit nginx.service failed\n+ package nginx 2 config-files\n- package old 1 installed\n\
             + process nginx\n+ user www:x:33\n"
        );
    }

    #[test]
    fn ports_are_read_with_every_kind_of_address() {
        let text = "udp UNCONN 0 0 127.0.0.1%lo:53 0.0.0.0:*\ntcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*\n\
                    tcp LISTEN 0 511 [::]:80 [::]:*\ntcp LISTEN 0 128 *:22 *:*\nnonsense\n";
        let found: Vec<_> = parse_ports(text).into_iter().map(|(_, port)| port).collect();
        assert_eq!(found, [22, 80, 53]);
    }

    #[test]
    fn restarts_are_seen_by_the_invocation() {
        let text = |id: &str| {
            format!(
                "Id=nginx.service\nInvocationID={id}\nActiveState=active\n\nId=run-u1.service\nInvocationID=z\nActiveState=active\n"
            )
        };
        let (one, two) = (parse_starts(&text("a")), parse_starts(&text("b")));
        assert_eq!(restarts(&one, &one), "");
        assert_eq!(restarts(&one, &two), "nginx.service was restarted\n");
        assert_eq!(restarts(&one, &Starts::new()), "nginx.service was stopped\n");
        assert_eq!(restarts(&Starts::new(), &one), "nginx.service was started\n");
    }
}
