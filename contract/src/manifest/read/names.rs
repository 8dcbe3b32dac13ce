//! The names of inputs and outputs. An input's upper case becomes an environment variable of a script that runs as
//! root, so what a shell or a program obeys is refused.

use super::fields::{Findings, Place, clip};
use crate::manifest::yaml::Node;

/// Variables that steer programs.
const DANGEROUS: &[&str] = &[
    "PATH",
    "HOME",
    "IFS",
    "ENV",
    "SHELL",
    "USER",
    "LANG",
    "TMPDIR",
    "PS4",
    "LOGNAME",
    "TERM",
    "LANGUAGE",
    "CDPATH",
    "GLOBIGNORE",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "HOSTALIASES",
    "JAVA_TOOL_OPTIONS",
    "LOCPATH",
    "NLSPATH",
    "NODE_OPTIONS",
    "OPENSSL_CONF",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "RES_OPTIONS",
    "RUBYLIB",
    "RUBYOPT",
    "SHELLOPTS",
];
const DANGEROUS_PREFIXES: &[&str] =
    &["LD_", "BASH", "LC_", "DPKG_", "APT_", "DEB", "PURVEY_", "PERL", "PYTHON", "GIT_", "SYSTEMD_"];
const DANGEROUS_SUFFIXES: &[&str] = &["_PROXY"];

/// Variables that bash sets itself, so that a script would not see the input.
const OF_THE_SHELL: &[&str] = &[
    "COLUMNS",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "FUNCNEST",
    "GROUPS",
    "HISTCMD",
    "HOSTTYPE",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PS1",
    "PS2",
    "PS3",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHLVL",
    "SRANDOM",
    "TIMEFORMAT",
    "UID",
];

/// The words of conditions.
const RESERVED: &[&str] = &["and", "or", "not"];

/// A name that can become a variable.
pub(super) fn name(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let name = to.line(node, at, 200)?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let good = name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && name.bytes().all(allowed);
    if !good {
        let message = format!(
            "`{}` is not possible; write at most 63 lower-case letters, digits and underscores, as in `http_port`, \
             beginning with a letter",
            clip(&name)
        );
        to.problem(at, "MANIFEST_INVALID_NAME", message);
        return None;
    }
    Some(name)
}

/// The name of an input.
pub(super) fn input_name(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let name = name(to, node, at)?;
    let variable = name.to_ascii_uppercase();
    if RESERVED.contains(&name.as_str()) {
        let message = format!("`{name}` is a word of `visible_if`; take another name");
        to.problem(at, "MANIFEST_RESERVED_NAME", message);
    } else if let Some(why) = danger(&variable) {
        let message =
            format!("the script would get it as the variable {variable}, which {why}; take another name");
        to.problem(at, "MANIFEST_DANGEROUS_NAME", message);
    }
    Some(name)
}

/// Notes a name that was seen before, and remembers it.
pub(super) fn unique(to: &mut Findings, at: &Place, seen: &mut Vec<String>, name: &str, what: &str) {
    if seen.iter().any(|other| other == name) {
        to.problem(
            at,
            "MANIFEST_DUPLICATE_NAME",
            format!("there is another {what} `{name}`; take another name"),
        );
    }
    seen.push(name.to_owned());
}

/// The dangerous names, and the pattern of the others, for the schema.
#[cfg(test)]
pub(crate) fn dangerous() -> (Vec<String>, String) {
    let words = DANGEROUS.iter().chain(OF_THE_SHELL).map(|name| name.to_ascii_lowercase());
    let names = words.chain(RESERVED.iter().map(|&name| name.to_owned())).collect();
    let (prefixes, suffixes) = (DANGEROUS_PREFIXES.join("|"), DANGEROUS_SUFFIXES.join("|"));
    (names, format!("^({prefixes})|({suffixes})$").to_ascii_lowercase())
}

fn danger(variable: &str) -> Option<&'static str> {
    if OF_THE_SHELL.contains(&variable) {
        Some("the shell sets itself")
    } else if DANGEROUS.contains(&variable) {
        Some("changes how programs behave")
    } else if DANGEROUS_PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) {
        Some(
            "begins like those that change how programs behave (LD_, BASH, LC_, DPKG_, APT_, DEB, PURVEY_, PERL, \
              PYTHON, GIT_, SYSTEMD_)",
        )
    } else if DANGEROUS_SUFFIXES.iter().any(|suffix| variable.ends_with(suffix)) {
        Some("ends with _PROXY like those that redirect programs")
    } else {
        None
    }
}
