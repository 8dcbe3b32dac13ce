//! What is found in scripts, and what is not.

use super::*;

/// A script, and the codes of what is found in it.
fn check(cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (script, codes) in cases {
        let folder = Folder::new(script);
        let found = folder.codes();
        if found != *codes {
            wrong.push(format!("{script}\n  expected {codes:?}\n  found {:#?}", folder.found()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_that_ask_are_found() {
    check(&[
        ("read -r answer", &["PV014"]),
        ("read -rp 'Name? ' answer <<<x", &["PV014"]),
        ("read -r answer </dev/tty", &["PV014"]),
        (
            "read -r line <file; while read -r line; do :; done <file; cat file | while read -r x; do :; done",
            &[],
        ),
        ("f() { read -r line; }; f <file", &[]),
        ("select x in a b; do :; done", &["PV014"]),
        ("whiptail --yesno hello 8 40", &["PV014"]),
        ("mysql_secure_installation", &["PV014"]),
        ("nano /etc/motd; crontab -e; systemctl edit nginx", &["PV014", "PV014", "PV014"]),
        ("passwd root", &["PV014"]),
        ("passwd -l root; printf x | passwd root; passwd --stdin root <file", &[]),
        ("adduser app || true", &["PV014"]),
        ("ssh-keygen -t ed25519 -f key", &["PV014"]),
        ("ssh-keygen -q -N '' -f key; ssh-keygen -lf key", &[]),
        ("tail -f /var/log/syslog & ", &["PV014"]),
        ("ufw enable", &["PV014"]),
        ("ufw --force enable", &[]),
        ("openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c", &["PV014"]),
        ("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout k -out c", &[]),
        ("mysql -u root -p", &["PV014"]),
        ("dpkg-reconfigure tzdata; certbot certonly; add-apt-repository ppa:x", &["PV014", "PV014", "PV014"]),
    ]);
}

#[test]
fn apt_is_told_to_go_on() {
    check(&[
        ("apt-get install nginx", &["PV015"]),
        ("apt install --no-install-recommends nginx", &["PV015"]),
        ("DEBIAN_FRONTEND=noninteractive apt-get purge nginx", &["PV015"]),
        (
            "apt-get install -y -qq nginx; apt-get -yq install x; apt-get -qq install x; apt-get install --yes x",
            &[],
        ),
        ("apt-get update -qq; apt-cache policy nginx; apt-get -s purge x", &[]),
        ("options=(-y); apt-get \"${options[@]}\" install nginx", &[]),
        ("if ! command -v nginx; then apt-get install nginx; fi", &["PV015"]),
    ]);
}

#[test]
fn the_user_is_changed_by_runuser() {
    check(&[
        ("sudo systemctl stop x; su - postgres -c psql", &["PV016", "PV016"]),
        ("runuser -u postgres -- psql; command -v sudo; echo sudo", &[]),
        ("nice -n 5 sudo id", &["PV016"]),
    ]);
}

#[test]
fn secrets_on_command_lines_are_found_wherever_they_went() {
    check(&[
        ("mysql -u root -p\"$SECRET\" -e 'select 1'", &["PV017"]),
        ("curl -u \"admin:$SECRET\" http://127.0.0.1/", &["PV017"]),
        ("env TOKEN=\"$SECRET\" program", &["PV017"]),
        ("\"$program\" \"${SECRET:-}\"; program=x", &["PV017"]),
        ("copy=$SECRET; openssl passwd -6 \"$copy\"", &["PV017"]),
        ("printf -v line 'password=%s' \"$SECRET\"; program \"$line\"", &["PV017"]),
        ("login() { mysql --password=\"$1\"; }; login \"$SECRET\"", &["PV017"]),
        ("all() { program \"$@\"; }; all x \"$SECRET\"", &["PV017"]),
        ("third() { program \"${@:2}\"; }; third x \"$SECRET\"", &["PV017"]),
        ("third() { program \"${@:3}\" \"$1\"; }; third x \"$SECRET\"", &[]),
        ("MYSQL_PWD=$SECRET mysql; printf '%s' \"$SECRET\" | program; program <<<\"$SECRET\"", &[]),
        (
            "[[ -n $SECRET && ${#SECRET} -gt 8 ]] || exit 1; [ -n \"$SECRET\" ]; case $SECRET in x) ;; esac",
            &[],
        ),
        ("program ${SECRET:+--with-password} \"${#SECRET}\"", &[]),
        ("quote() { REPLY=\"'$1'\"; }; quote \"$SECRET\"", &[]),
    ]);
}

#[test]
fn secrets_in_the_log_are_found() {
    check(&[
        ("echo \"the password is $SECRET\"", &["PV018"]),
        ("printf '%s\\n' \"$SECRET\" >&2", &["PV018"]),
        ("cat <<EOF\n$SECRET\nEOF", &["PV018", "PV022"]),
        ("set -x", &["PV018"]),
        ("set -o xtrace", &["PV018"]),
        ("log_info() { :; }; log_info \"$SECRET\"", &["PV018"]),
        ("output() { :; }; output address \"$SECRET\"; output token \"$SECRET\"", &["PV018"]),
        (
            "echo \"$SECRET\" >/etc/app.key; printf '%s' \"$SECRET\" | program; hash=$(printf %s \"$SECRET\" | sha256sum)",
            &[],
        ),
        ("render() { printf 'password %s\\n' \"$SECRET\"; }; render >/etc/app.conf", &[]),
        ("{ echo user; echo \"$SECRET\"; } >/etc/app.conf; printf -v x %s \"$SECRET\"", &[]),
    ]);
    let folder = Folder::new("").script("install.sh", &format!("#!/bin/bash -x\nset -euo pipefail\n{USES}"));
    assert_eq!(folder.codes(), ["PV008", "PV018"]);
}

#[test]
fn inputs_that_become_code_are_found() {
    check(&[
        ("eval \"x=$SITE\"", &["PV019"]),
        ("eval \"port=$HTTP_PORT\"", &["PV019"]),
        ("bash -c \"echo $SITE\"; sh -ec \"echo $SITE\"", &["PV019", "PV019"]),
        ("copy=$SITE; runuser -u app -c \"echo $copy\"", &["PV019"]),
        ("sed -i \"s/NAME/$SITE/\" /etc/app.conf", &["PV019"]),
        ("sed -i -e \"s/NAME/$WORD/\" -e \"s/PORT/$HTTP_PORT/\" /etc/app.conf", &[]),
        ("mysql -e \"create database $SITE\"; psql -tAc \"select '$SITE'\"", &["PV019", "PV019"]),
        (
            "awk \"/$SITE/\" file; python3 -c \"print('$SITE')\"; perl -pe \"s/x/$SITE/\" file",
            &["PV019", "PV019", "PV019"],
        ),
        ("trap \"rm -f $SITE\" EXIT", &["PV019"]),
        (
            "bash -c 'echo \"$1\"' _ \"$SITE\"; awk -v site=\"$SITE\" '$1 == site' file; SITE=$SITE perl -ne 'print' x",
            &[],
        ),
        ("sed -n 's/a/b/p' \"$SITE\"; trap 'rm -f x' EXIT", &[]),
    ]);
}

#[test]
fn what_was_just_downloaded_is_not_run() {
    check(&[
        ("curl -fsSL https://example.com/x | bash", &["PV020"]),
        ("wget -qO- https://example.com/x | tee x | sudo bash -s -- --yes", &["PV016", "PV020"]),
        ("bash <(curl -s https://example.com/x)", &["PV020"]),
        (
            "bash -c \"$(curl -s https://example.com/x)\"; eval \"$(wget -qO- https://example.com/x)\"",
            &["PV020", "PV020"],
        ),
        (". <(curl -s https://example.com/x)", &["PV020"]),
        (
            "curl -fsSL https://example.com/key | gpg --dearmor >key; curl -s x | python3 -c 'import sys'; curl -s x | jq .",
            &[],
        ),
    ]);
}

#[test]
fn inputs_are_quoted() {
    check(&[
        ("mkdir -p $SITE", &["PV021"]),
        ("cat x >$SITE", &["PV021"]),
        ("program --name=$SITE ${SITE:-x}", &["PV021", "PV021"]),
        ("for part in $SITE; do :; done", &["PV021"]),
        ("mkdir -p \"$SITE\"; x=$SITE; [[ $SITE == x ]]; case $SITE in x) ;; esac; program $HTTP_PORT", &[]),
        ("program ${SITE:+--name \"$SITE\"} \"${#SITE}\" \"$x\"; x=1", &[]),
    ]);
}

#[test]
fn free_text_is_not_put_into_here_documents() {
    check(&[
        ("cat >/etc/app.conf <<EOF\nname $SITE\nEOF", &["PV022"]),
        ("cat >/etc/app.conf <<EOF\nname $WORD\nport $HTTP_PORT\nEOF", &[]),
        ("cat >/etc/app.conf <<'EOF'\nname $SITE\nEOF", &[]),
    ]);
}

#[test]
fn what_a_second_run_would_do_again_is_found() {
    check(&[
        ("echo x >>/etc/hosts", &["PV023"]),
        ("echo x | tee -a /etc/hosts", &["PV023"]),
        ("grep -q x /etc/hosts || echo x >>/etc/hosts; echo x >>\"$TMPDIR/list\"; echo x >>/dev/null", &[]),
        ("echo x >>\"$PURVEY_OUTPUT\"; printf x >>\"$PURVEY_STATE_DIR/log\"", &[]),
        ("useradd app; groupadd app", &["PV024", "PV024"]),
        (
            "id app || useradd app; useradd app || true; groupadd -f app; adduser --system app; if ! id b; then useradd b; fi",
            &[],
        ),
        ("mkdir /srv/app", &["PV025"]),
        ("mkdir -p /srv/app; mkdir -m 0750 -p x; [[ -d /x ]] || mkdir /x; mkdir \"$TMPDIR/x\"", &[]),
        ("ln -s a b; ln -sf a b", &["PV026", "PV026"]),
        ("ln -sfn a b; ln -sfT a b; ln a b; [[ -e b ]] || ln -s a b", &[]),
        ("systemctl restart nginx; systemctl enable nginx; service nginx reload", &["PV027", "PV027"]),
        ("if cmp -s a b; then systemctl restart nginx; fi; load() { systemctl reload nginx; }", &[]),
        ("rm /etc/app.conf; rmdir /srv/app", &["PV028", "PV028"]),
        ("undo() { if [[ ! -d a ]]; then return 0; fi; rmdir a; }; undo", &[]),
        ("rm -f a; rm -rf b; rmdir c || true; [[ ! -e a ]] || rm a; rm \"$TMPDIR/x\"", &[]),
    ]);
}

#[test]
fn variables_come_from_somewhere() {
    check(&[
        ("echo \"$SERVER_NAME\"", &["PV010"]),
        ("echo \"$((WORKERS * 2))\"", &["PV010"]),
        ("PORT=\"${PORT:-80}\"; echo \"$PORT\"", &["PV010"]),
        (
            "OTHER=1; readonly THIRD=2; read -r FOURTH <x; for FIFTH in a; do echo \"$OTHER$THIRD$FOURTH$FIFTH\"; done",
            &[],
        ),
        ("echo \"$HOME $PATH $TMPDIR $PURVEY_ACTION $RANDOM $UID ${BASH_SOURCE[0]} $lower\"; lower=1", &[]),
        (". /etc/os-release; echo \"$VERSION_ID\"", &[]),
        ("local_use() { local HERE=1; echo \"$HERE\"; }", &[]),
    ]);
    let folder = Folder::new("echo \"$HTTP_PROT\"");
    assert_eq!(
        folder.found(),
        [
            "4:7 PV010 error: `HTTP_PROT` is never set: it is no input, is not provided and is set nowhere; did you mean HTTP_PORT?"
        ]
    );
    let folder = Folder::new("echo \"${WITH_DEFAULT:-1}\"");
    assert!(folder.found()[0].starts_with("4:7 PV010 warning"), "{:?}", folder.found());
}

#[test]
fn strict_mode_is_on_from_the_beginning() {
    let codes = |text: &str| {
        let folder = Folder::new("").script("install.sh", &format!("#!/bin/bash\n{text}\n{USES}"));
        folder.codes()
    };
    for good in [
        "set -euo pipefail",
        "set -eu -o pipefail",
        "set -e\nset -u\nset -o pipefail",
        "set -Eeuxo pipefail\nset +x",
        ". lib/purvey.sh",
    ] {
        let found: Vec<_> = codes(good).into_iter().filter(|code| *code != "PV018").collect();
        assert!(found.is_empty(), "{good}: {found:?}");
    }
    for bad in [
        "",
        "set -e",
        "set -eu",
        "apt-get update\nset -euo pipefail",
        "if true; then set -euo pipefail; fi",
        "f() { set -euo pipefail; }",
    ] {
        assert_eq!(codes(bad), ["PV012"], "{bad}");
    }
}

#[test]
fn a_script_that_is_no_shell_is_found() {
    let folder = Folder::new("echo 'never closed");
    assert_eq!(folder.codes(), ["PV011"]);
}

#[test]
fn a_reason_silences_a_finding() {
    check(&[
        ("# purvey-lint: allow PV023 because the file is ours\necho x >>/etc/hosts", &[]),
        ("echo x >>/etc/hosts # purvey-lint: allow PV023 because the file is ours", &[]),
        (
            "# purvey-lint: allow PV023, PV021 because the file is ours\n# another comment\ncat $SITE >>/etc/hosts",
            &[],
        ),
        ("# purvey-lint: allow appends because the file is ours\necho x >>/etc/hosts", &[]),
        (
            "# purvey-lint: allow PV023 because the file is ours\n\necho x >>/etc/hosts\necho x >>/etc/hosts",
            &["PV023"],
        ),
        ("# purvey-lint: allow PV023\necho x >>/etc/hosts", &["PV090", "PV023"]),
        ("# purvey-lint: allow PV023 because x\necho x >>/etc/hosts", &["PV090", "PV023"]),
        ("# purvey-lint: allow PV999 because of nothing\ntrue", &["PV090"]),
        ("# purvey-lint: ignore PV023 because of it\ntrue", &["PV090"]),
        ("# purvey-lint: allow PV001 because I say so\ntrue", &["PV090"]),
        ("# purvey-lint: allow PV023 because the file is ours\ntrue", &["PV091"]),
        ("echo 'purvey-lint: allow nothing'", &[]),
    ]);
    let whole = "#!/bin/bash\n# purvey-lint: allow PV023 because all of them are ours\nset -euo pipefail\n";
    let text = format!("{whole}{USES}echo x >>/etc/a\necho x >>/etc/b\n");
    assert!(Folder::new("").script("install.sh", &text).codes().is_empty());
}
