//! Ending what a script left behind where there is no cgroup to end as one.
//!
//! The agent adopts the orphans of its scripts (it is their subreaper, prctl(2)), and knows them by their session or by
//! the attempt in their environment. A process that hides both escapes; with a cgroup none does.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};

use crate::journal::AttemptId;

const ROUNDS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// Makes the agent the parent of its scripts' orphans.
pub fn adopt() {
    let own = rustix::process::getpid();
    if let Err(error) = rustix::process::set_child_subreaper(Some(own)) {
        tracing::warn!(%error, "orphans of scripts cannot be adopted");
    }
}

/// Ends every process that an attempt's script left behind; the script is not known after a restart of the agent. False
/// if some could not be ended.
pub async fn end(id: AttemptId, script: Option<Pid>) -> bool {
    let mut ended = HashSet::new();
    for _ in 0..ROUNDS {
        // The group first: its processes need not be looked for.
        if let Some(script) = script {
            let _ = rustix::process::kill_process_group(script, Signal::KILL);
        }
        let found = find(id, script);
        for pid in &found {
            let _ = rustix::process::kill_process(*pid, Signal::KILL);
        }
        let none_left = found.is_empty();
        ended.extend(found);
        // Works for those whose parent the agent has become.
        ended.retain(|pid| {
            !matches!(rustix::process::waitpid(Some(*pid), WaitOptions::NOHANG), Ok(Some(_)) | Err(_))
        });
        if none_left {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
    }
    false
}

fn find(id: AttemptId, script: Option<Pid>) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = processes.filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?));
    pids.filter(|pid| Some(*pid) != script && belongs(*pid, id, script)).collect()
}

fn belongs(pid: Pid, id: AttemptId, script: Option<Pid>) -> bool {
    let number = pid.as_raw_nonzero();
    let Ok(stat) = fs::read_to_string(format!("/proc/{number}/stat")) else {
        return false;
    };
    // The name in parentheses may hold anything; the fields after it are state, parent, group, session.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let [state, _parent, _group, session, ..] = fields[..] else {
        return false;
    };
    if state == "Z" {
        return false;
    }
    if script.is_some_and(|script| session.parse() == Ok(script.as_raw_nonzero().get())) {
        return true;
    }
    let environment = fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
    let job = format!("PURVEY_JOB_ID={}", id.job);
    let attempt = format!("PURVEY_ATTEMPT={}", id.attempt);
    let has =
        |wanted: &str| environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
    has(&job) && has(&attempt)
}
