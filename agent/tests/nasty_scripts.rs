//! Scripts that misbehave, each with the outcome that an administrator would want: it ends, in time, with a word that says
//! how, and leaves nothing behind but what the init system was asked for.

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

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lab::LabAgent;
use purvey_contract::receipt::Outcome;
use purvey_lab::ServerOptions;
use purvey_proto::agent::LogStream;
use support::bench::{Bench, Ran, lives};

const CONFINED: &str = "sandbox:\n  profile: confined\n";
/// With a group of its own, without one, and in namespaces of its own.
const HOLDS: [(bool, &str); 3] = [(true, ""), (false, ""), (true, CONFINED)];

static JOBS: AtomicU32 = AtomicU32::new(0);

/// Runs a script under each kind of hold. `{marks}` in it is a folder that the script can write to.
async fn everywhere(body: &str, manifest: &str, judge: impl Fn(&Bench, &Ran, &Path)) {
    for (with_cgroups, profile) in HOLDS {
        let bench = Bench::new(with_cgroups);
        let began = Instant::now();
        // Without a cgroup what is left of a script is known by its job: no two tests may have the same.
        let job = 500_000 + u128::from(JOBS.fetch_add(1, Ordering::Relaxed));
        let ran = bench
            .run(job, &body.replace("{marks}", "$PURVEY_STATE_DIR"), &format!("{profile}{manifest}"))
            .await;
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}: {}", began.elapsed(), ran.whole_log);
        let install = purvey_contract::id::InstallUid(uuid::Uuid::from_u128(job + 1000));
        judge(&bench, &ran, &bench.paths.install(install));
    }
}

fn nothing_named(mark: &str) {
    let alive: Vec<String> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (line.contains(mark) && !line.contains("nasty_scripts")).then_some(line)
        })
        .collect();
    assert!(alive.is_empty(), "{alive:?}");
}

#[tokio::test]
async fn a_tree_of_processes_that_never_ends_is_ended_at_its_time() {
    // 127 shells, each with a process that is replaced when it ends.
    let body = "grow() { if [ $1 -gt 0 ]; then grow $(($1 - 1)) & grow $(($1 - 1)) & fi; \
        while true; do sleep 0.471$1; done; }; trap '' TERM; grow 6";
    everywhere(body, "timeout_seconds: 2\n", |_, ran, _| {
        assert_eq!(ran.ending.outcome, Outcome::TimedOut, "{}", ran.whole_log);
        nothing_named("sleep 0.471");
    })
    .await;
}

#[tokio::test]
async fn a_fork_bomb_meets_its_limit_and_is_ended() {
    if !rustix::process::geteuid().is_root() {
        eprintln!(
            "skipped: only root's agent gives each install a user of its own, whose processes can be counted"
        );
        return;
    }
    let bench = Bench::new(true);
    let manifest = "sandbox:\n  profile: confined\n  max_processes: 40\ntimeout_seconds: 3\n";
    let bomb = "trap '' TERM; bomb() { bomb purvey | bomb & }; bomb; \
        while true; do ls -d /proc/[0-9]* | wc -l; sleep 0.5; done";
    let ran = bench.run(510, bomb, manifest).await;
    assert_eq!(ran.ending.outcome, Outcome::TimedOut, "{}", ran.whole_log);
    assert!(ran.ending.sandbox.enforced.contains(&"max_processes".to_owned()));
    assert!(ran.output.contains("Resource temporarily unavailable"), "{}", ran.output);
    let most = ran.output.lines().filter_map(|line| line.parse::<u32>().ok()).max().unwrap_or_default();
    assert!(most <= 41, "{most}");
}

#[tokio::test]
async fn a_memory_hog_meets_its_limit() {
    // The group's limit where the host has it, each process's own otherwise: in both cases it fails, and says so.
    let hog = "perl -e 'my @hog; for (1..400) { push @hog, \"x\" x 1_000_000 } print \"had it all\\n\"; sleep 1'; \
        echo exit $?; cat /proc/self/oom_score_adj";
    for profile in ["host", "confined"] {
        let bench = Bench::new(true);
        let manifest = format!("sandbox:\n  profile: {profile}\n  memory_mb: 64\n");
        let ran = bench.run(520, hog, &manifest).await;
        assert!(!ran.output.contains("had it all"), "{}", ran.whole_log);
        let held = &ran.ending.sandbox;
        let by = |list: &[String], name: &str| list.iter().any(|it| it == name);
        assert!(by(&held.enforced, "memory.max") != by(&held.enforced, "memory_per_process"), "{held:?}");
        assert_eq!(by(&held.missing, "memory.max"), by(&held.enforced, "memory_per_process"), "{held:?}");
        if by(&held.enforced, "memory_per_process") {
            assert!(ran.output.contains("Out of memory"), "{}", ran.output);
        } else {
            assert_eq!(ran.ending.reason_code, "OUT_OF_MEMORY");
        }
        if by(&held.enforced, "ended_first_when_memory_is_short") {
            assert!(ran.output.contains("exit 0") || ran.output.ends_with("300"), "{}", ran.output);
        }
    }
}

#[tokio::test]
async fn output_without_end_is_bounded_and_marked_as_truncated() {
    let mut bench = Bench::new(true);
    bench.runner.log_limits.total = 2 * 1024 * 1024;
    let ran = bench
        .run(
            530,
            "trap 'echo the end; exit 5' TERM; while true; do echo spam spam; done",
            "timeout_seconds: 2\n",
        )
        .await;
    assert_eq!(
        (ran.ending.outcome, ran.ending.exit_code),
        (Outcome::TimedOut, Some(5)),
        "{}",
        ran.ending.reason
    );
    let text: usize = ran.lines.iter().map(|line| line.text.len()).sum();
    assert!((2_000_000..4_000_000).contains(&text), "{text}");
    assert!(ran.whole_log.contains("truncated: its output is longer than 2 MiB"));
    assert!(ran.lines.iter().any(|line| line.dropped_bytes > 0));
    // What it said last is there all the same.
    let last = ran.lines.iter().rev().find(|line| line.stream() == LogStream::Stdout).unwrap();
    assert_eq!(last.text, b"the end");
}

#[tokio::test]
async fn a_daemon_does_not_outlive_its_script() {
    // Forks twice, leads a session of its own, closes everything and forgets who it was.
    let body = "(setsid env -i bash -c 'cd /; trap \"\" HUP TERM INT; exec 0<&- 1>&- 2>&-; echo $$ > \"$0\"; \
        while true; do sleep 0.382; done' \"{marks}/pid\" &) ; \
        while [ ! -s \"{marks}/pid\" ]; do sleep 0.05; done; echo started";
    for (number, (with_cgroups, profile)) in HOLDS.into_iter().enumerate() {
        let bench = Bench::new(with_cgroups);
        let ran =
            bench.run(540 + number as u128, &body.replace("{marks}", "$PURVEY_STATE_DIR"), profile).await;
        assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.whole_log);
        if with_cgroups {
            nothing_named("sleep 0.382");
            continue;
        }
        // Without a cgroup one that hides session and environment gets away: that is reported, and ended here.
        assert!(ran.ending.sandbox.missing.contains(&"cgroup".to_owned()), "{:?}", ran.ending.sandbox);
        assert!(ran.whole_log.contains("a process that hides may outlive the script"), "{}", ran.whole_log);
        let install = purvey_contract::id::InstallUid(uuid::Uuid::from_u128(540 + number as u128 + 1000));
        let pid = std::fs::read_to_string(bench.paths.install(install).join("pid")).unwrap();
        let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        // And what it was waiting for.
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
}

#[tokio::test]
async fn a_script_that_closes_its_descriptors_still_has_an_end() {
    everywhere("echo before; exec 0<&- 1>&- 2>&-; sleep 0.5; exit 6", "", |_, ran, _| {
        assert_eq!(ran.ending.exit_code, Some(6), "{}", ran.whole_log);
        assert_eq!(ran.output, "before");
    })
    .await;
}

#[tokio::test]
async fn a_script_in_another_session_and_group_is_stopped_all_the_same() {
    let body = "exec setsid --fork --wait bash -c 'trap \"\" TERM; set -m; echo $$ > \"$0\"; \
        sleep 0.2; while true; do sleep 0.293; done' \"{marks}/pid\"";
    everywhere(body, "timeout_seconds: 1\n", |_, ran, marks| {
        assert_eq!(ran.ending.outcome, Outcome::TimedOut, "{}", ran.whole_log);
        nothing_named("sleep 0.293");
        // The number in the file is only the host's own outside of namespaces.
        assert!(ran.ending.sandbox.profile == "confined" || !lives(&marks.join("pid")));
    })
    .await;
}

#[tokio::test]
async fn a_script_that_stops_itself_is_ended_at_its_time() {
    everywhere("kill -STOP $$; echo went on", "timeout_seconds: 1\n", |_, ran, _| {
        assert_eq!(ran.ending.outcome, Outcome::TimedOut, "{}", ran.whole_log);
        assert!(!ran.output.contains("went on") || ran.ending.exit_code.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_process_that_holds_the_pipes_delays_nothing() {
    let body = "(trap '' TERM HUP; sleep 0.2; while true; do echo still here; sleep 0.614; done) & echo done";
    everywhere(body, "", |_, ran, _| {
        assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.whole_log);
        assert!(ran.output.contains("done"));
        nothing_named("sleep 0.614");
    })
    .await;
}

#[tokio::test]
async fn garbage_in_the_files_for_results_harms_nobody() {
    let garbage = [
        ("head -c 5000000 /dev/urandom > \"$PURVEY_OUTPUT\"", None),
        ("head -c 5000000 /dev/zero | tr '\\0' 'a' > \"$PURVEY_OUTPUT\"", None),
        (
            "for i in $(seq 20000); do echo name$i=value; done > \"$PURVEY_OUTPUT\"; echo x > \"$PURVEY_PROGRESS\"",
            Some(100),
        ),
        ("printf 'good=1\\n\\0\\xff\\n=\\nbad name=2\\ngood2=\\xff\\n' > \"$PURVEY_OUTPUT\"", Some(2)),
        ("chmod 000 \"$PURVEY_OUTPUT\" \"$PURVEY_PROGRESS\"", None),
        ("truncate -s 1T \"$PURVEY_OUTPUT\"; truncate -s 1T \"$PURVEY_PROGRESS\"", None),
        (
            "rm -f \"$PURVEY_OUTPUT\"; mkdir \"$PURVEY_OUTPUT\"; rm -f \"$PURVEY_PROGRESS\"; mkfifo \"$PURVEY_PROGRESS\"",
            None,
        ),
        ("rm -f \"$PURVEY_OUTPUT\"; ln -s /dev/zero \"$PURVEY_OUTPUT\"", None),
    ];
    for profile in ["", CONFINED] {
        let bench = Bench::new(true);
        for (number, (script, count)) in garbage.into_iter().enumerate() {
            let ran = bench.run(550 + number as u128, &format!("{script}\ntrue"), profile).await;
            assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{script}: {}", ran.whole_log);
            let bytes: usize =
                ran.ending.outputs.iter().map(|output| output.name.len() + output.value.len()).sum();
            assert!(bytes <= 64 * 1024, "{script}: {bytes}");
            if let Some(count) = count {
                assert_eq!(ran.ending.outputs.len(), count, "{script}");
            }
            if script.contains("5000000") || script.contains("20000") {
                assert!(
                    ran.whole_log.contains("more than fits into a receipt"),
                    "{script}: {}",
                    ran.whole_log
                );
            }
        }
    }
}

#[test]
fn on_a_server_services_survive_orphans_do_not_and_the_agent_comes_back() {
    lab::runtime().block_on(async {
        let Some(lab) = lab::open().await else { return };
        let agent = LabAgent::start_with(&lab, "nasty", ServerOptions::default(), "").await;
        let server = &agent.server;

        // A service that the script started goes on; what it started itself does not, wherever it hides.
        let ran = agent
            .run(
                601,
                "systemd-run --quiet --unit=survivor sleep 7001\n\
                 printf '[Service]\\nExecStart=/bin/sleep 7002\\n' > /etc/systemd/system/lasting.service\n\
                 systemctl daemon-reload; systemctl start lasting\n\
                 sleep 7003 & (setsid env -i sleep 7004 </dev/null >/dev/null 2>&1 &)\n\
                 sleep 0.3; cat /proc/self/cgroup",
                "",
            )
            .await;
        assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}", ran.output);
        assert!(ran.output.contains("purvey-agent.service/job-"), "{}", ran.output);
        let alive = server.shell("ps -eo args | grep '^[^ ]*sleep 70' || true").await.unwrap();
        assert_eq!(alive.lines().collect::<Vec<_>>().len(), 2, "{alive}");
        assert!(alive.contains("7001") && alive.contains("7002"), "{alive}");

        // One that ends its parent ends the agent: systemd starts it again, and the attempt is reported for what it is.
        let before = server.main_pid("purvey-agent").await.unwrap();
        let killed = agent.run(602, "echo about to; sleep 0.3; kill -9 $PPID; sleep 7005", "").await;
        assert_eq!(killed.receipt.outcome, Outcome::Interrupted, "{}", killed.output);
        assert_ne!(server.main_pid("purvey-agent").await.unwrap(), before);
        assert!(server.shell("pgrep -f 'sleep 700[5]' || echo gone").await.unwrap().contains("gone"));

        // One that kills everything that it can reach.
        let killed = agent.run(603, "echo about to; sleep 0.3; kill -9 -1", "").await;
        assert!(
            matches!(killed.receipt.outcome, Outcome::Interrupted | Outcome::Failed),
            "{}",
            killed.receipt.reason
        );
        let after = agent.run(604, "echo fine", "").await;
        assert_eq!(after.receipt.outcome, Outcome::Succeeded, "{}", after.output);
        assert_eq!(
            server
                .shell("ls /var/lib/purvey/agent/tmp /var/lib/purvey/agent/spool")
                .await
                .unwrap()
                .lines()
                .filter(|line| !line.is_empty() && !line.ends_with(':'))
                .count(),
            0
        );
        lab.close().await.unwrap();
    });
}
