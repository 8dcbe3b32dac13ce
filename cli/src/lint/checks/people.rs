//! Commands that ask a person, or change who they run as.

use super::{has_flag, place_of};
use crate::lint::app::ScriptFile;
use crate::lint::finding::Finding;
use crate::lint::rules;
use crate::lint::shell::{Command, Redirect};

pub(crate) fn check(file: &ScriptFile, found: &mut Vec<Finding>) {
    for command in &file.script.commands {
        let Some(name) = command.name() else { continue };
        let flags = command.flags();
        let is_fed = command.fed || command.redirects.iter().any(Redirect::feeds);
        let from_terminal =
            command.redirects.iter().find(|it| it.feeds() && it.target.prefix() == "/dev/tty");
        if let Some(redirect) = from_terminal {
            let place = place_of(&redirect.target);
            found.push(file.finding(rules::INTERACTIVE, place, "there is no terminal to read from"));
            continue;
        }
        if let Some((message, fix)) = asks(&name, &flags, command, is_fed) {
            found.push(file.about(rules::INTERACTIVE, command, message).fixed_by(fix));
        }
        if matches!(name.as_str(), "apt" | "apt-get" | "aptitude") && apt_asks(command, &flags) {
            let verb = flags.iter().find(|flag| !flag.starts_with('-')).cloned().unwrap_or_default();
            found.push(file.about(
                rules::APT_ASKS,
                command,
                format!("`{name} {verb}` asks before it goes on"),
            ));
        }
        if matches!(name.as_str(), "su" | "sudo" | "doas" | "pkexec") {
            found.push(file.about(rules::SU_OR_SUDO, command, format!("`{name}` changes the user")));
        }
    }
}

/// Whether a command waits for a person: what is said of it, and what to do.
fn asks(name: &str, flags: &[String], command: &Command, is_fed: bool) -> Option<(String, String)> {
    let said = |what: &str, fix: &str| Some((what.to_owned(), fix.to_owned()));
    let with = |short: &[char], long: &[&str]| has_flag(flags, short, long);
    match name {
        "read" if with(&['p'], &[]) => said("`read -p` asks somebody", "Make it an input of the manifest."),
        // A function's standard input is that of whoever calls it.
        "read" if !is_fed && command.function.is_none() => said(
            "`read` waits for standard input, which is empty",
            "Feed it: `read -r line <file`, or `<<<\"$text\"`.",
        ),
        "select" => said("`select` shows a menu", "Make it an input of type select."),
        "whiptail" | "dialog" | "zenity" | "kdialog" => Some((
            format!("`{name}` shows a dialogue"),
            "Make what it asks for an input of the manifest.".to_owned(),
        )),
        "mysql_secure_installation" | "mariadb-secure-installation" => said(
            "it asks six questions",
            "Do what it does with SQL: drop the test database and the anonymous users.",
        ),
        "vi" | "vim" | "nvim" | "nano" | "emacs" | "editor" | "sensible-editor" | "visudo" | "vipw"
        | "vigr" => Some((format!("`{name}` is an editor"), "Write the file with write_file.".to_owned())),
        "crontab" if with(&['e'], &[]) => {
            said("`crontab -e` opens an editor", "Put a file into /etc/cron.d.")
        }
        "systemctl" if flags.iter().any(|flag| flag == "edit") && !with(&[], &["--stdin"]) => {
            said("`systemctl edit` opens an editor", "Write a drop-in below /etc/systemd/system.")
        }
        "less" | "more" | "most" | "man" | "top" | "htop" | "watch" => Some((
            format!("`{name}` is made for a terminal"),
            "Print the text with cat, or leave it out.".to_owned(),
        )),
        "tail" if with(&['f', 'F'], &["--follow"]) => {
            said("`tail -f` never ends", "Read what is there: `tail -n 20`.")
        }
        "passwd"
            if !is_fed
                && !with(&['l', 'd', 'u', 'e', 'S'], &["--stdin", "--lock", "--delete", "--unlock"]) =>
        {
            said(
                "`passwd` asks for the password",
                "Give it by standard input: `printf '%s:%s' \"$NAME\" \"$SECRET\" | chpasswd`.",
            )
        }
        "adduser"
            if !with(
                &[],
                &["--disabled-password", "--disabled-login", "--system", "--gecos", "--comment"],
            ) =>
        {
            said("`adduser` asks for a name and a password", "Use `useradd`, or `adduser --system`.")
        }
        "ssh-keygen" if !with(&['N', 'y', 'l', 'F', 'R', 'A', 'Y', 'L'], &[]) => {
            said("`ssh-keygen` asks for a pass phrase", "Say it: `ssh-keygen -q -N '' -f FILE`.")
        }
        "dpkg-reconfigure" if !with(&['f'], &["--frontend"]) => said(
            "`dpkg-reconfigure` asks",
            "Preseed with debconf-set-selections, and add `-f noninteractive`.",
        ),
        "fdisk" | "cfdisk" | "gdisk" if !is_fed && !with(&['l'], &["--list"]) => {
            Some((format!("`{name}` asks"), "Use sfdisk with a script on standard input.".to_owned()))
        }
        "parted" if !with(&['s'], &["--script"]) => said("`parted` asks", "Add `--script`."),
        "certbot" if !with(&['n'], &["--non-interactive", "--noninteractive"]) => {
            said("`certbot` asks", "Add `--non-interactive --agree-tos`.")
        }
        "add-apt-repository" if !with(&['y'], &["--yes"]) => {
            said("`add-apt-repository` asks", "Add `--yes`.")
        }
        "ufw"
            if matches!(
                flags.iter().find(|it| !it.starts_with('-')).map(String::as_str),
                Some("enable" | "reset" | "delete")
            ) && !with(&[], &["--force"]) =>
        {
            said("`ufw` asks before it does that", "Write `ufw --force`.")
        }
        "gpg"
            if with(&[], &["--gen-key", "--full-generate-key", "--full-gen-key"])
                && !with(&[], &["--batch"]) =>
        {
            said("`gpg` asks for a name and a pass phrase", "Add `--batch` and a parameter file.")
        }
        "openssl" if is_asking_openssl(flags) => said(
            "`openssl req` asks for the names in the certificate",
            "Say them: `-subj /CN=...`, or add `-batch`.",
        ),
        "mysql" | "mariadb" | "mysqladmin" | "mysqldump" | "psql" if asks_for_password(name, flags) => {
            Some((
                format!("`{name}` asks for the password"),
                "Give it in a file: `--defaults-extra-file`, or PGPASSFILE.".to_owned(),
            ))
        }
        _ => None,
    }
}

fn is_asking_openssl(flags: &[String]) -> bool {
    let has = |flag: &str| flags.iter().any(|it| it == flag);
    has("req")
        && (has("-new") || has("-x509") || has("-newkey"))
        && !has("-subj")
        && !has("-batch")
        && !has("-config")
}

/// `-p` of mysql without a password behind it; `-W` of psql.
fn asks_for_password(name: &str, flags: &[String]) -> bool {
    let flag = |wanted: &str| flags.iter().any(|flag| flag == wanted);
    if name == "psql" { flag("-W") || flag("--password") } else { flag("-p") || flag("--password") }
}

fn apt_asks(command: &Command, flags: &[String]) -> bool {
    const VERBS: &[&str] = &[
        "install",
        "reinstall",
        "remove",
        "purge",
        "autoremove",
        "autopurge",
        "upgrade",
        "dist-upgrade",
        "full-upgrade",
        "build-dep",
        "satisfy",
    ];
    let has_verb = flags.iter().any(|flag| VERBS.contains(&flag.as_str()));
    // What is not written out may hold the flag.
    let all_written =
        command.arguments().iter().all(|word| word.literal().is_some() || !word.prefix().is_empty());
    let hidden = !all_written && flags.iter().all(|flag| !flag.starts_with('-'));
    let quiet = flags.iter().any(|flag| flag.starts_with("-qq"));
    let is_told = quiet
        || has_flag(
            flags,
            &['y', 's'],
            &["--yes", "--assume-yes", "--force-yes", "--simulate", "--dry-run", "--download-only"],
        );
    has_verb && !is_told && !hidden
}
