//! Scripts as they should be: what they are given, and what becomes of what they do.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use agent::exec::probe;
use agent::exec::runner::Stop;
use purvey_contract::action::Action;
use purvey_contract::inputs::Inputs;
use purvey_contract::receipt::Outcome;
use support::bench::{Bench, lives};
use support::bundle;
use support::fleet::Fleet;
use tokio::sync::watch;

#[tokio::test]
async fn the_environment_is_what_the_contract_names_and_nothing_else() {
    let bench = Bench::new(true);
    let ran = bench
        .run(1, "env | cut -d= -f1 | sort; [ -d \"$PURVEY_STATE_DIR\" ] && [ -w \"$TMPDIR\" ]", "")
        .await;
    assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.whole_log);
    let names: Vec<&str> = ran.output.lines().filter(|name| !["_", "PWD", "SHLVL"].contains(name)).collect();
    assert_eq!(
        names,
        [
            "DEBIAN_FRONTEND",
            "HOME",
            "LANG",
            "PATH",
            "PURVEY_ACTION",
            "PURVEY_APP",
            "PURVEY_APP_VERSION",
            "PURVEY_ATTEMPT",
            "PURVEY_INSTALL",
            "PURVEY_INSTALL_ID",
            "PURVEY_JOB_ID",
            "PURVEY_OUTPUT",
            "PURVEY_PROGRESS",
            "PURVEY_STATE_DIR",
            "TMPDIR"
        ]
    );
}

#[tokio::test]
async fn a_script_leads_its_own_session_without_input_or_terminal() {
    let bench = Bench::new(true);
    let ran = bench
        .run(
            2,
            "ps -o sid= -p $$ | tr -d ' ' ; echo $$; readlink /proc/self/fd/0; umask; ls /proc/self/fd",
            "",
        )
        .await;
    let lines: Vec<&str> = ran.output.lines().collect();
    assert_eq!(lines[0], lines[1], "{}", ran.whole_log);
    assert_eq!(&lines[2..4], ["/dev/null", "0022"]);
    // 3 is the folder that ls reads.
    assert_eq!(&lines[4..], ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn a_script_that_takes_too_long_is_asked_and_then_killed() {
    let bench = Bench::new(true);
    let began = Instant::now();
    let ran = bench
        .run(3, "trap 'echo not now' TERM; while true; do sleep 0.1; done", "timeout_seconds: 1\n")
        .await;
    assert_eq!((ran.ending.outcome, ran.ending.exit_code), (Outcome::TimedOut, None));
    assert!(ran.output.contains("not now"), "{}", ran.whole_log);
    assert!(began.elapsed() < Duration::from_secs(10));
    let polite =
        bench.run(4, "trap 'exit 7' TERM; while true; do sleep 0.1; done", "timeout_seconds: 1\n").await;
    assert_eq!((polite.ending.outcome, polite.ending.exit_code), (Outcome::TimedOut, Some(7)));
}

#[tokio::test]
async fn orphans_do_not_outlive_the_script() {
    for with_cgroups in [true, false] {
        let bench = Bench::new(with_cgroups);
        let marker = bench.paths.root().join("pid");
        let body = format!(
            "setsid bash -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 300' </dev/null &>/dev/null &\n\
             sleep 300 &\nwhile [ ! -s {0} ]; do sleep 0.05; done; echo ended",
            marker.display()
        );
        let began = Instant::now();
        let ran = bench.run(5 + u128::from(with_cgroups), &body, "").await;
        assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.whole_log);
        assert!(!lives(&marker), "with cgroups: {with_cgroups}");
        assert!(began.elapsed() < Duration::from_secs(10));
        let missing = ran.ending.sandbox.missing.contains(&"cgroup".to_owned());
        assert_eq!(missing, bench.runner.cgroups.is_none());
    }
}

#[tokio::test]
async fn a_script_that_kills_itself_or_is_missing_its_interpreter_has_failed() {
    let bench = Bench::new(true);
    let killed = bench.run(7, "kill -9 $$", "").await;
    assert_eq!((killed.ending.outcome, killed.ending.exit_code), (Outcome::Failed, None));
    assert_eq!(killed.ending.reason, "ended by signal 9");
    let code = bench.run(8, "exit 3", "").await;
    assert_eq!((code.ending.exit_code, code.ending.reason_code.as_str()), (Some(3), "SCRIPT_FAILED"));
}

#[tokio::test]
async fn a_cancelled_script_that_ends_with_0_has_succeeded() {
    let bench = Bench::new(true);
    let (stop, stopped) = watch::channel(Stop::Cancel);
    let ran = bench
        .run_with(9, "trap 'exit 0' TERM; while true; do sleep 0.1; done", "", Inputs::new(), stopped)
        .await;
    // It may also be stopped before it has set its trap.
    assert!(matches!(ran.ending.outcome, Outcome::Succeeded | Outcome::Cancelled), "{}", ran.whole_log);
    drop(stop);
}

#[tokio::test]
async fn a_hundred_thousand_lines_are_all_there() {
    let bench = Bench::new(true);
    let ran = bench.run(10, "seq 1 100000; printf 'no newline\\0'", "").await;
    assert_eq!(ran.output.lines().count(), 100_001);
    assert!(ran.output.ends_with("100000\nno newline\0"));
    // And the agent's two.
    assert_eq!(ran.ending.log.lines, 100_003);
}

#[tokio::test]
async fn secrets_do_not_reach_log_outputs_or_reason() {
    let bench = Bench::new(true);
    let mut inputs = Inputs::new();
    inputs.insert("word".to_owned(), "correct horse battery".into());
    let ran = bench
        .run_with(
            11,
            "set -x; echo \"$WORD\"; echo \"a=$WORD\" >> \"$PURVEY_OUTPUT\"; echo \"message=$WORD\" >> \"$PURVEY_PROGRESS\"",
            "inputs:\n  - name: word\n    type: password\n    required: true\n",
            inputs,
            watch::channel(Stop::No).1,
        )
        .await;
    assert!(ran.output.contains("********"), "{}", ran.whole_log);
    let shown = format!("{} {:?} {:?}", ran.whole_log, ran.ending, bench.progress.lock().unwrap());
    assert!(!shown.contains("correct horse"), "{shown}");
}

#[tokio::test]
async fn what_no_package_needs_is_denied_in_the_profile_host() {
    let bench = Bench::new(true);
    let ran = bench
        .run(12, "date -s @0; echo clock $?; swapoff -a; echo swap $?; grep NoNewPrivs /proc/self/status", "")
        .await;
    assert!(ran.output.contains("clock 1"), "{}", ran.output);
    let wanted = if rustix::process::geteuid().is_root() { "NoNewPrivs:\t0" } else { "NoNewPrivs:\t1" };
    assert!(ran.output.contains(wanted), "{}", ran.output);
    assert!(ran.ending.sandbox.enforced.contains(&"seccomp".to_owned()));
}

#[tokio::test]
async fn a_confined_script_can_write_to_its_own_folders_only() {
    if let Err(why) = probe::profiles(Path::new(env!("CARGO_BIN_EXE_agent"))).confined {
        // The agent refuses such jobs on this host; there is nothing to run.
        assert!(!why.is_empty());
        return;
    }
    let bench = Bench::new(true);
    let secret = bench.paths.root().join("secret");
    std::fs::write(&secret, "not for scripts").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let body = format!(
        "echo own > \"$PURVEY_STATE_DIR/file\" && echo state ok\necho t > \"$TMPDIR/file\" && echo tmp ok\n\
         cat {}  && echo LEAK\necho x > /tmp/purvey-leak && cat \"$TMPDIR/purvey-leak\"\n\
         exec 3<>/dev/tcp/127.0.0.1/9 && echo LEAK\npython3 -c 'import socket; socket.socket(socket.AF_UNIX)' && echo LEAK\n\
         unshare -U true && echo LEAK\ngrep -E 'NoNewPrivs|CapEff' /proc/self/status; id -u\n\
         echo \"a=b\" >> \"$PURVEY_OUTPUT\"; exit 0",
        secret.display()
    );
    let ran = bench.run(13, &body, "sandbox:\n  profile: confined\n").await;
    assert_eq!(ran.ending.outcome, Outcome::Succeeded, "{}", ran.whole_log);
    assert!(ran.output.contains("state ok") && ran.output.contains("tmp ok"), "{}", ran.output);
    assert!(!ran.output.contains("LEAK") && !Path::new("/tmp/purvey-leak").exists(), "{}", ran.output);
    assert!(ran.output.contains("NoNewPrivs:\t1"), "{}", ran.output);
    if rustix::process::geteuid().is_root() {
        assert!(ran.output.contains("CapEff:\t0000000000000000"), "{}", ran.output);
        assert!(ran.output.lines().any(|line| line == "70000"), "{}", ran.output);
    }
    assert_eq!(ran.ending.outputs.len(), 1);
}

#[tokio::test]
async fn the_state_folder_lasts_until_a_successful_uninstall() {
    let bench = Bench::new(true);
    let kept =
        bench.run(14, "echo 1 >> \"$PURVEY_STATE_DIR/count\"; wc -l < \"$PURVEY_STATE_DIR/count\"", "").await;
    assert_eq!(kept.output, "1");
    let again =
        bench.run(14, "echo 1 >> \"$PURVEY_STATE_DIR/count\"; wc -l < \"$PURVEY_STATE_DIR/count\"", "").await;
    assert!(again.output.ends_with('2'));
    let bundle = bundle::script("true", "");
    let mut spec = Fleet::new().job(14, 1, &bundle, &[]);
    assert!(bench.paths.install(spec.install).exists());
    assert_eq!(agent::installed::look_up(&bench.paths, spec.install).unwrap().release, 5);
    spec.action = Action::Uninstall;
    agent::installed::forget(&bench.paths, spec.install).unwrap();
    assert!(!bench.paths.install(spec.install).exists());
    assert_eq!(agent::installed::look_up(&bench.paths, spec.install), None);
}
