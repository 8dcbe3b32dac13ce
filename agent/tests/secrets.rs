//! Where a secret could get to, and does not.

#![allow(
    clippy::disallowed_methods,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, live in real time and end with it"
)]

mod support;

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use purvey_contract::receipt::Outcome;
use purvey_proto::agent as wire;
use support::bundle;
use support::host::start;

const SECRET: &str = "c0rrect h'rse & b@ttery";

/// Every file below the folder, with its bytes.
fn files(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.push((path.display().to_string(), bytes));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_shows_its_secret_in_many_forms_gives_nothing_away_on_the_wire_or_on_disk() {
    let (fake, host) = start().await;
    fake.with(|script| script.keep_receipts_waiting = true);
    let bundle = bundle::script(
        "set -x\necho \"$WORD\"; echo \"$WORD\" | base64; printf '%s' \"x$WORD\" | base64 -w0; echo\n\
         printf '%s' \"$WORD\" | od -An -tx1 -v | tr -d ' \\n'; echo; printf '%q\\n' \"$WORD\"\n\
         { set +x; } 2>/dev/null; printf '%s' \"${WORD:0:9}\"; sleep 0.2; echo \"${WORD:9}\"; set -x; env; export; declare -p WORD\n\
         echo \"message=$WORD\" >> \"$PURVEY_PROGRESS\"; sleep 0.4; echo \"shown=$WORD\" >> \"$PURVEY_OUTPUT\"\n\
         curl --no-such-option \"https://x/?p=$WORD\" || true; exit 3",
        "inputs:\n  - name: word\n    type: password\n    required: true\noutputs:\n  - name: shown\n    label: Shown\n",
    );
    let (copy, statement) = (bundle.clone(), fake.fleet.signed_statement(&bundle));
    let sealing_key = fake.with(|script| script.sealing_key.clone());
    fake.offer(&bundle, move |fleet, nonce| {
        let mut job = fleet.job(11, 1, &copy, nonce);
        fleet.seal(&mut job, &[("word", SECRET)], &sealing_key);
        wire::JobOffer { envelope: fleet.sign(&job), bundle_statement: statement.clone() }
    });
    fake.until("a receipt", |script| !script.receipts.is_empty()).await;
    let receipt = fake.with(|script| script.verified_receipts().remove(0));
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Failed, Some(3)), "{receipt:#?}");
    fake.until("the whole log", |script| script.lines(11, 1).len() as u64 == receipt.log.lines).await;
    let mut places = vec![("the receipt".to_owned(), format!("{receipt:?}").into_bytes())];
    fake.with(|script| {
        places.push(("the log".to_owned(), script.output(11, 1).into_bytes()));
        places.push(("the progress".to_owned(), format!("{:?}", script.progress).into_bytes()));
        let shown = script.output(11, 1).matches("********").count();
        assert!(shown >= 10, "{}", script.output(11, 1));
    });
    files(&host.paths.state(), &mut places);
    assert!(places.iter().any(|(name, _)| name.contains("/journal/")), "nothing was looked at");
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded = STANDARD.encode(SECRET);
    for form in [SECRET, "c0rrect", "b@ttery", hex.as_str(), &encoded[..16], &encoded[12..28]] {
        for (name, bytes) in &places {
            let holds = bytes.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!holds, "{form} is in {name}: {}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn the_agent_s_memory_can_be_neither_dumped_nor_read_by_its_user() {
    // Root may read every process: only an ordinary user's agent can show it.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("agent");
    std::fs::copy(env!("CARGO_BIN_EXE_agent"), &program).unwrap();
    let mut child = Command::new(&program)
        .args(["--root", "/nonexistent", "enroll", "--control-plane", "localhost:1", "--token-file", "-"])
        .current_dir("/")
        .uid(65534)
        .gid(65534)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let proc = format!("/proc/{}", child.id());
    let limits = || std::fs::read_to_string(format!("{proc}/limits")).unwrap();
    let no_core = |limits: &str| {
        limits.lines().any(|line| {
            line.starts_with("Max core file size")
                && line.split_whitespace().filter(|word| *word == "0").count() == 2
        })
    };
    let mut tries = 0;
    while !no_core(&limits()) && tries < 100 {
        std::thread::sleep(Duration::from_millis(50));
        tries += 1;
    }
    assert!(no_core(&limits()), "{}", limits());
    std::thread::sleep(Duration::from_millis(100));
    // proc(5): what belongs to a process that cannot be dumped belongs to root.
    let owner = std::fs::metadata(format!("{proc}/environ")).unwrap().uid();
    assert_eq!(owner, 0);
    child.stdin.take().unwrap().write_all(b"no token\n").unwrap();
    assert!(!child.wait().unwrap().success());
}
