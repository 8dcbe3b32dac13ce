//! The profile `host` with packages that are known to be difficult, on a real server: they install as by hand, and one of
//! them is the agent itself.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

#[path = "support/lab.rs"]
mod lab;
mod support;

use std::time::Duration;

use lab::{LabAgent, open, runtime};
use purvey_contract::receipt::Outcome;
use purvey_lab::ServerOptions;

const LIMIT: Duration = Duration::from_secs(400);
/// Daemons that ask for users, sockets, set-group-id programs, debconf and the init system.
const PACKAGES: &str = "apt-get update -q\n\
    echo 'postfix postfix/main_mailer_type select Local only' | debconf-set-selections\n\
    echo 'postfix postfix/mailname string lab.example' | debconf-set-selections\n\
    apt-get install -q -y --no-install-recommends postfix mariadb-server\n\
    echo 'Subject: test' | runuser -u nobody -- sendmail root\n\
    mariadb -e 'SELECT 1 + 1'\n";
/// One that restarts services, its own parent's neighbours included, while it runs.
const RESTARTS: &str = "systemctl restart mariadb systemd-journald dbus\n\
    systemctl daemon-reexec\n\
    sleep 1; systemctl is-active mariadb; echo restarted\n";

#[test]
fn difficult_packages_install_and_the_agent_upgrades_itself_only_when_idle() {
    runtime().block_on(async {
        let Some(lab) = open().await else { return };
        let agent = LabAgent::start_with(&lab, "host", ServerOptions::default(), "").await;
        let server = &agent.server;
        let ran = agent.run_within(LIMIT, 501, &format!("set -e\n{PACKAGES}"), "timeout_seconds: 380\n").await;
        assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}\n{}", ran.receipt.reason, ran.output);
        assert_eq!(ran.receipt.sandbox.profile, "host");
        let active = server.shell("systemctl is-active mariadb postfix").await.unwrap();
        assert_eq!(active, "active\nactive\n");
        let queue = server.shell("sleep 1; mailq; ls /var/mail /var/spool/mail 2>/dev/null | sort -u").await.unwrap();
        assert!(queue.contains("empty") || queue.contains("root"), "{queue}");

        let before = server.main_pid("purvey-agent").await.unwrap();
        let ran = agent.run_within(LIMIT, 502, &format!("set -e\n{RESTARTS}"), "").await;
        assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}\n{}", ran.receipt.reason, ran.output);
        assert!(ran.output.contains("restarted"));
        assert_eq!(server.main_pid("purvey-agent").await.unwrap(), before);

        // A package of the agent: the same program with another byte behind it.
        server.shell("mkdir -p /root/deb/DEBIAN /root/deb/usr/bin /root/deb/lib/systemd/system; \
            cp /usr/bin/agent /root/deb/usr/bin/agent; echo x >> /root/deb/usr/bin/agent; \
            cp /etc/systemd/system/purvey-agent.service /root/deb/lib/systemd/system/; \
            printf 'Package: purvey-agent\\nVersion: 2\\nArchitecture: all\\nMaintainer: t <t@example.com>\\nDescription: t\\n' \
              > /root/deb/DEBIAN/control; \
            printf '#!/bin/sh\\nset -e\\nsystemctl daemon-reload\\n' > /root/deb/DEBIAN/postinst; chmod 755 /root/deb/DEBIAN/postinst; \
            dpkg-deb -Zgzip --build /root/deb /root/agent.deb").await.unwrap();
        let ran = agent
            .run_within(
                LIMIT,
                503,
                "set -e; dpkg -i /root/agent.deb; sleep 3; readlink /proc/$PPID/exe; echo still $PPID",
                "",
            )
            .await;
        assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}\n{}", ran.receipt.reason, ran.output);
        // During the job the old one went on.
        assert!(ran.output.contains("(deleted)"), "{}", ran.output);
        assert!(ran.output.contains(&format!("still {}", before.unwrap())), "{}", ran.output);
        // Idle, it became the new one, as the same process.
        let becomes = "for i in $(seq 100); do case $(readlink /proc/$1/exe) in /usr/bin/agent) exit 0;; esac; sleep 0.1; done; exit 1";
        let pid = before.unwrap().to_string();
        let became = server.exec(["sh", "-c", becomes, "become", &pid]).await.unwrap();
        assert!(became.is_success(), "{}", agent.own_log().await);
        assert_eq!(server.main_pid("purvey-agent").await.unwrap(), before);
        let after = agent.run(504, "cmp /proc/$PPID/exe /root/deb/usr/bin/agent && echo the new one", "").await;
        assert!(after.output.contains("the new one"), "{}", after.output);
        assert!(after.receipt.sandbox.enforced.iter().any(|it| it == "cgroup"), "{:?}", after.receipt.sandbox);
        // A program that does not run is not become.
        let broken = agent.run(505, "printf 'no program' > /usr/bin/agent.new; chmod 755 /usr/bin/agent.new; \
            mv /usr/bin/agent.new /usr/bin/agent", "").await;
        assert_eq!(broken.receipt.outcome, Outcome::Succeeded);
        assert_eq!(agent.run(506, "true", "").await.receipt.outcome, Outcome::Succeeded);
        assert!(agent.own_log().await.contains("one that does not run"));
        lab.close().await.unwrap();
    });
}
