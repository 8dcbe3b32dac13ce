//! What the host's own apt is told: where Debian comes from, and through which proxy.

use std::collections::BTreeSet;
use std::path::Path;

use url::Url;

use crate::command::run;
use crate::error::LabError;

/// The release that servers run.
pub(crate) const SUITE: &str = "bookworm";

const DEBIAN: &str = "http://deb.debian.org/debian";
const SECURITY: &str = "http://deb.debian.org/debian-security";

/// The host's settings, as far as the servers' apt needs them.
#[derive(Clone, Debug)]
pub(crate) struct HostApt {
    /// The mirror of Debian, plain HTTP: packages carry signatures.
    debian: Url,
    /// The mirror of its security updates.
    security: Url,
    /// `host` or `host:port` of every HTTP source of the host, and of the two above.
    pub(crate) hosts: BTreeSet<String>,
    /// The proxy for everything, and those for one host (`None`: straight).
    proxy: Option<Url>,
    proxy_of: Vec<(String, Option<Url>)>,
    /// Checks that the host has turned off, since its mirror is frozen or its clock is.
    relaxed: Vec<String>,
}

impl HostApt {
    /// Asks `apt-config` and reads the sources.
    pub(crate) async fn read() -> Result<Self, LabError> {
        let config = run("apt-config", ["dump"]).await?;
        let proxy = ["http_proxy", "HTTP_PROXY"].iter().find_map(|it| std::env::var(it).ok());
        let no_proxy = ["no_proxy", "NO_PROXY"].iter().find_map(|it| std::env::var(it).ok());
        Ok(Self::from(&config, &sources(Path::new("/etc/apt")), proxy.as_deref(), no_proxy.as_deref()))
    }

    fn from(config: &str, sources: &[Source], http_proxy: Option<&str>, no_proxy: Option<&str>) -> Self {
        let http = |it: &&Source| it.uri.scheme() == "http";
        let mirror = |is_security: bool, otherwise: &str| {
            let mut fitting = sources.iter().filter(http).filter(|it| it.is_debian(is_security));
            let url = fitting.next().map(|it| it.uri.clone()).or_else(|| Url::parse(otherwise).ok());
            url.unwrap_or_else(|| unreachable!("the default mirrors are URLs"))
        };
        let (debian, security) = (mirror(false, DEBIAN), mirror(true, SECURITY));
        let used = [&debian, &security].into_iter().chain(sources.iter().filter(http).map(|it| &it.uri));
        let hosts = used.filter_map(authority).collect();

        let mut apt =
            Self { debian, security, hosts, proxy: None, proxy_of: Vec::new(), relaxed: Vec::new() };
        for (name, value) in config.lines().filter_map(setting) {
            let parsed = Url::parse(value).ok().filter(|it| it.scheme() == "http");
            match name.to_ascii_lowercase().as_str() {
                "acquire::http::proxy" => apt.proxy = parsed,
                "acquire::check-valid-until" | "acquire::check-date" if value == "false" => {
                    apt.relaxed.push(format!("{name} \"false\""));
                }
                lower => {
                    if let Some(host) = lower.strip_prefix("acquire::http::proxy::") {
                        apt.proxy_of.push((host.to_owned(), parsed));
                    }
                }
            }
        }
        if apt.proxy.is_none() {
            apt.proxy = http_proxy.and_then(|it| Url::parse(it).ok()).filter(|it| it.scheme() == "http");
            let straight = no_proxy.unwrap_or_default().split(',').map(str::trim).filter(|it| !it.is_empty());
            apt.proxy_of.extend(straight.map(|it| (it.trim_start_matches('.').to_owned(), None)));
        }
        apt
    }

    /// The proxy that the host's apt would use for this host.
    pub(crate) fn proxy_for(&self, host: &str) -> Option<&Url> {
        let fits =
            |it: &str| it == "*" || host == it || host.strip_suffix(it).is_some_and(|it| it.ends_with('.'));
        match self.proxy_of.iter().find(|(it, _)| fits(it)) {
            Some((_, proxy)) => proxy.as_ref(),
            None => self.proxy.as_ref(),
        }
    }

    /// The lines of the servers' `sources.list`.
    pub(crate) fn sources_list(&self) -> Vec<String> {
        const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
        let signed = if Path::new(KEYS).exists() { format!("[signed-by={KEYS}] ") } else { String::new() };
        let line = |uri: &Url, suite: String| {
            format!("deb {signed}{} {suite} main", uri.as_str().trim_end_matches('/'))
        };
        vec![
            line(&self.debian, SUITE.to_owned()),
            line(&self.debian, format!("{SUITE}-updates")),
            line(&self.security, format!("{SUITE}-security")),
        ]
    }

    /// Further settings for the servers' apt, without the final semicolon.
    pub(crate) fn options(&self) -> Vec<String> {
        let fixed =
            ["Acquire::Languages \"none\"", "Acquire::http::Timeout \"180\"", "Acquire::Retries \"2\""];
        fixed.iter().map(|it| (*it).to_owned()).chain(self.relaxed.iter().cloned()).collect()
    }
}

/// `host` or `host:port`, as in the request line of a proxy.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// `Name "value";`
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().strip_suffix("\";")?.split_once(" \"")?;
    Some((name, value))
}

/// One source of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    uri: Url,
    suites: Vec<String>,
    components: Vec<String>,
}

impl Source {
    /// Whether it is a mirror of Debian itself (or its security updates), and not somebody's own repository.
    fn is_debian(&self, is_security: bool) -> bool {
        const SUITES: [&str; 8] =
            ["bullseye", "bookworm", "trixie", "forky", "oldstable", "stable", "testing", "sid"];
        let name = |suite: &str| match suite.strip_suffix("-security") {
            Some(name) => is_security && SUITES.contains(&name),
            None => !is_security && SUITES.contains(&suite),
        };
        // Vendors name their suites `stable` too; mirrors keep the archive's folder name.
        let folder = self.uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let archive = if is_security { self.uri.as_str().contains("security") } else { folder == "debian" };
        archive && self.suites.iter().any(|it| name(it)) && self.components.iter().any(|it| it == "main")
    }
}

fn sources(etc: &Path) -> Vec<Source> {
    let mut files = vec![etc.join("sources.list")];
    let parts = std::fs::read_dir(etc.join("sources.list.d")).into_iter().flatten().flatten();
    files.extend(parts.map(|it| it.path()));
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        match file.extension().and_then(|it| it.to_str()) {
            Some("list") => found.extend(text.lines().flat_map(one_line)),
            Some("sources") => found.extend(text.split("\n\n").flat_map(stanza)),
            _ => {}
        }
    }
    found
}

/// `deb [options] URI suite component...`
fn one_line(line: &str) -> Option<Source> {
    let rest = line.split('#').next()?.trim().strip_prefix("deb ")?.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
    let mut words = rest.split_whitespace();
    let uri = Url::parse(words.next()?).ok()?;
    let suites = vec![words.next()?.to_owned()];
    Some(Source { uri, suites, components: words.map(str::to_owned).collect() })
}

/// The fields of a deb822 stanza; one source for each URI.
fn stanza(text: &str) -> Vec<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    let words = |name: &str| -> Vec<String> {
        let found = fields.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
    };
    if !words("types").contains(&"deb".to_owned()) || words("enabled").iter().any(|it| it == "no") {
        return Vec::new();
    }
    let uris = words("uris").into_iter().filter_map(|it| Url::parse(&it).ok());
    uris.map(|uri| Source { uri, suites: words("suites"), components: words("components") }).collect()
}

#[cfg(test)]
#[path = "apt_tests.rs"]
mod tests;
