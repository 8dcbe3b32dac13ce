//! Scripts of the profile `confined` that try to get out, one way at a time, on a real server with a real systemd. Whatever
//! one of them achieves it says as `LEAK`.

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

use agent::exec::users::CONFINED_USERS;
use lab::{LabAgent, Ran, open, runtime};
use purvey_contract::receipt::Outcome;
use purvey_lab::{Lab, ServerOptions};
use support::control_plane::FakeControlPlane;
use support::fleet::Fleet;
use support::process::AgentProcess;
use tokio::sync::OnceCell;

const CONFINED: &str = "sandbox:\n  profile: confined\n";
const WITH_NETWORK: &str = "sandbox:\n  profile: confined\n  network: true\n";

/// One server for all attacks. The lab's guard removes it when this program ends.
async fn shared() -> Option<&'static LabAgent> {
    static SHARED: OnceCell<Option<(Lab, LabAgent)>> = OnceCell::const_new();
    let shared = SHARED
        .get_or_init(|| async {
            let lab = open().await?;
            let agent = LabAgent::start(&lab, "box", ServerOptions::default()).await;
            agent.server.shell(SURROUNDINGS).await.unwrap();
            Some((lab, agent))
        })
        .await;
    shared.as_ref().map(|(_, agent)| agent)
}

/// What there is to attack: sockets that anybody may write to, files that anybody may read, a way to become root.
const SURROUNDINGS: &str = "
    listen() { systemd-run --quiet --unit=\"$1\" perl -MSocket -e \"$2\"; }
    listen fake-docker 'unlink \"/run/docker.sock\"; socket(S, AF_UNIX, SOCK_STREAM, 0); \
        bind(S, sockaddr_un(\"/run/docker.sock\")); chmod 0666, \"/run/docker.sock\"; listen(S, 9); sleep 9999'
    listen fake-abstract 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"\\0purvey-test\")); \
        listen(S, 9); sleep 9999'
    listen fake-service 'socket(S, AF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(8080, INADDR_ANY)); \
        listen(S, 9); sleep 9999'
    mkdir -p /home/bob /srv/theirs /srv/open && chmod 777 /srv/open
    for it in /home/bob/secret /root/secret /var/lib/secret /srv/theirs/secret; do
        echo 'not for scripts' > $it; chmod 644 $it
    done
    chmod 755 /root /home/bob
    cp /bin/bash /usr/local/bin/rootsh && chmod 4755 /usr/local/bin/rootsh
    for it in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/docker.sock ] && break; sleep 0.2; done
";

/// Runs an attack, which must have come to its end, and have achieved nothing.
async fn attack(agent: &LabAgent, job: u128, body: &str, manifest: &str) -> Ran {
    let ran = agent.run(job, &format!("{body}\necho 'came to its end'"), manifest).await;
    assert_eq!(ran.receipt.outcome, Outcome::Succeeded, "{}\n{}", ran.receipt.reason, ran.output);
    assert!(ran.output.contains("came to its end"), "{}", ran.output);
    assert!(!ran.output.contains("LEAK"), "{}", ran.output);
    ran
}

/// Shell functions of attacks: `denied NAME NUMBER ARGS` calls the kernel, which must answer EPERM.
fn with_system_calls(body: &str) -> String {
    format!(
        "call() {{ perl -e 'my ($n, @a) = map {{ $_ + 0 }} @ARGV; my $r = syscall($n, @a); print $r < 0 ? $! + 0 : \"done\"' -- \"$@\"; }}\n\
         denied() {{ local name=$1; shift; local got; got=$(call \"$@\"); [ \"$got\" = 1 ] || echo \"LEAK $name: $got\"; }}\n\
         {body}"
    )
}

macro_rules! attacks {
    ($($(#[$doc:meta])* $name:ident($agent:ident, $job:literal) $body:block)*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            runtime().block_on(async {
                let Some($agent) = shared().await else { return };
                const JOB: u128 = $job;
                $body
            });
        }
    )*};
}

attacks! {
    a_receipt_and_doctor_say_what_holds_a_confined_script(agent, 101) {
        let ran = attack(agent, JOB, "true", CONFINED).await;
        assert_eq!(ran.receipt.sandbox.profile, "confined");
        let doctor = agent.server.exec(["agent", "doctor"]).await.unwrap().stdout;
        for measure in [
            "private_mounts", "private_processes", "private_ipc", "max_processes", "unprivileged_user", "no_capabilities",
            "no_new_privs", "landlock", "seccomp", "no_network", "rlimits",
        ] {
            assert!(ran.receipt.sandbox.enforced.iter().any(|it| it == measure), "{measure}: {:?}", ran.receipt.sandbox);
            let line = doctor.lines().find(|line| line.contains("sandbox confined")).unwrap();
            assert!(line.starts_with("ok") && line.contains(measure), "{measure}: {doctor}");
        }
    }

    the_sockets_of_systemd_dbus_and_docker_are_not_there(agent, 102) {
        assert!(agent.server.shell("ls /run/docker.sock /run/systemd/private /run/dbus/system_bus_socket").await.is_ok());
        let body = "for it in /run/docker.sock /var/run/docker.sock /run/systemd/private /run/systemd/notify \
            /run/dbus/system_bus_socket /run/systemd/journal/stdout /dev/log; do [ -e $it ] && echo LEAK $it; done\n\
            for it in /run/docker.sock /run/systemd/private /run/dbus/system_bus_socket; do\n\
              perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) and print \"LEAK socket\\n\"; \
                connect(S, sockaddr_un($ARGV[0])) and print \"LEAK connected\\n\"' $it\n\
            done\n\
            systemctl is-system-running && echo LEAK systemctl\n\
            systemd-run --wait true && echo LEAK systemd-run\n\
            busctl --system list && echo LEAK busctl";
        attack(agent, JOB, body, CONFINED).await;
        attack(agent, JOB + 1000, body, WITH_NETWORK).await;
    }

    abstract_sockets_cannot_be_reached(agent, 103) {
        let connect = "perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) and print \"LEAK socket\\n\"; \
            connect(S, sockaddr_un(\"\\0purvey-test\")) and print \"LEAK connected\\n\"'";
        assert!(agent.server.shell(connect).await.unwrap().contains("LEAK connected"));
        attack(agent, JOB, connect, CONFINED).await;
        attack(agent, JOB + 1000, connect, WITH_NETWORK).await;
    }

    the_files_of_others_are_not_there(agent, 104) {
        let ran = attack(agent, JOB, "for it in /home/bob/secret /root/secret /var/lib/secret /srv/theirs/secret /etc/shadow \
            /var/lib/dpkg/status /proc/1/environ /proc/sysrq-trigger /proc/kcore /dev/mem /dev/vda; do\n\
              cat $it > /dev/null && echo LEAK $it\n\
            done\n\
            ls /home /root /var/lib /srv /sys /boot /mnt 2>/dev/null && echo LEAK listed\n\
            cat /etc/os-release > /dev/null && echo the system is readable", CONFINED).await;
        assert!(ran.output.contains("the system is readable"), "{}", ran.output);
    }

    nothing_is_written_outside_of_the_declared_paths(agent, 105) {
        let manifest = "sandbox:\n  profile: confined\n  write_paths: [/srv/site, /srv/theirs]\n";
        let ran = attack(agent, JOB, "for it in /etc /usr /usr/local /opt /var /var/lib /srv /srv/open /home /run / /dev /proc \
              /etc/purvey . ..; do\n\
              echo x > $it/purvey-leak && echo LEAK $it\n\
            done\n\
            echo x > /srv/theirs/file && echo LEAK a folder of somebody else\n\
            echo page > /srv/site/index.html && echo wrote the site\n\
            echo x > \"$PURVEY_STATE_DIR/x\" && echo x > \"$TMPDIR/x\" && echo x > /var/tmp/y && echo wrote its own\n\
            ln -s /etc \"$TMPDIR/link\"; echo x > \"$TMPDIR/link/purvey-leak\" && echo LEAK by a link\n\
            truncate -s 0 /etc/hosts && echo LEAK truncated\n\
            chmod 777 /srv/site/.. && echo LEAK chmod; true", manifest).await;
        assert!(ran.output.contains("wrote the site") && ran.output.contains("wrote its own"), "{}", ran.output);
        let left = agent.server.shell("find / -xdev -name purvey-leak; cat /srv/site/index.html; stat -c %u /srv/site; \
            ls /tmp /var/tmp | grep -c '^[xy]$' || true").await.unwrap();
        let lines: Vec<&str> = left.lines().collect();
        assert!(lines[0] == "page" && CONFINED_USERS.contains(&lines[1].parse().unwrap()) && lines[2] == "0", "{left}");
    }

    what_is_the_agents_own_cannot_be_declared(agent, 106) {
        for (number, path) in ["/var/lib/purvey", "/var/lib/purvey/agent/identity", "/etc/purvey"].into_iter().enumerate() {
            let manifest = format!("sandbox:\n  profile: confined\n  write_paths: [{path}]\n");
            let ran = agent.run(JOB + 10_000 + number as u128, "echo LEAK", &manifest).await;
            assert_eq!((ran.receipt.outcome, ran.receipt.reason_code.as_str()), (Outcome::Failed, "START_FAILED"));
            assert!(ran.receipt.reason.contains("the agent's own"), "{}", ran.receipt.reason);
        }
    }

    the_agents_state_and_keys_are_not_there(agent, 107) {
        attack(agent, JOB, "for it in /var/lib/purvey/agent/identity/receipt.key /var/lib/purvey/agent/identity \
              /var/lib/purvey/agent/journal /var/lib/purvey/agent/spool /var/lib/purvey/agent/trust.json; do\n\
              [ -e $it ] && echo LEAK $it; cat $it && echo LEAK $it\n\
            done\n\
            ls /var/lib/purvey/agent/installs | grep -v \"${PURVEY_STATE_DIR##*/}\" && echo LEAK installs of others\n\
            ls /var/lib/purvey/agent/tmp | grep . && echo LEAK attempts of others\n\
            echo '#' >> install.sh && echo LEAK its own bundle", CONFINED).await;
    }

    no_network_means_none(agent, 108) {
        let gateway = agent.fake.address.to_string().replace(':', "/");
        let connect = format!("for it in {gateway} 127.0.0.1/8080; do exec 3<>/dev/tcp/$it && echo LEAK $it; done 2>/dev/null\n\
            perl -MSocket -e 'for (AF_INET, AF_INET6, 16, 17) {{ for my $t (1, 2, 3) {{ socket(S, $_, $t, 0) and print \"LEAK $_ $t\\n\" }} }}'\n\
            tail -n +3 /proc/net/dev | grep -v ' lo:' && echo LEAK a device");
        attack(agent, JOB, &connect, CONFINED).await;
        // Declared, it works, and still for nothing but the internet protocols.
        let declared = format!("for it in {gateway} 127.0.0.1/8080; do (exec 3<>/dev/tcp/$it) && echo reached $it; done\n\
            perl -MSocket -e 'for (AF_UNIX, 16, 17, 40) {{ for my $t (1, 2, 3) {{ socket(S, $_, $t, 0) and print \"LEAK $_ $t\\n\" }} }}\n\
              socket(S, AF_INET, SOCK_RAW, 1) and print \"LEAK raw\\n\"'\n\
            (echo > /dev/tcp/127.0.0.1/1) 2>/dev/null; cat /etc/resolv.conf > /dev/null || true");
        let ran = attack(agent, JOB + 1000, &declared, WITH_NETWORK).await;
        assert_eq!(ran.output.matches("reached").count(), 2, "{}", ran.output);
    }

    it_has_no_capabilities_and_uses_none(agent, 109) {
        let ran = attack(agent, JOB, "grep -E '^Cap' /proc/self/status\n\
            chown 0 \"$TMPDIR\" && echo LEAK chown\n\
            mknod \"$TMPDIR/disk\" b 254 0 && echo LEAK mknod\n\
            hostname leak && echo LEAK hostname\n\
            echo 1 > /proc/sys/kernel/sysrq && echo LEAK sysctl\n\
            nice -n -5 true 2>&1 | grep -q . || echo LEAK nice\n\
            mount -t tmpfs none \"$TMPDIR\" && echo LEAK mount\n\
            chroot / true && echo LEAK chroot\n\
            id -u; id -G", CONFINED).await;
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert!(ran.output.contains(&format!("{set}:\t0000000000000000")), "{set}: {}", ran.output);
        }
        let ids: Vec<&str> = ran.output.lines().filter(|line| line.starts_with("700")).collect();
        assert!(ids.len() == 2 && ids[0] == ids[1], "{}", ran.output);
    }

    a_set_user_id_program_brings_nothing(agent, 110) {
        let become_root = "rootsh -p -c '[ $(id -u) = 0 ] && echo LEAK root'; su -c 'echo LEAK su' </dev/null; true";
        // The attack works outside.
        let mut nobody = purvey_lab::ExecOptions::default();
        nobody.user = Some("nobody".to_owned());
        let outside = agent.server.exec_with(["rootsh", "-p", "-c", "id -u"], nobody).await.unwrap();
        assert_eq!(outside.stdout.trim(), "0");
        attack(agent, JOB, become_root, CONFINED).await;
    }

    it_makes_no_namespaces(agent, 111) {
        let body = with_system_calls(&format!(
            "for it in -U -m -n -p -i -u -C; do unshare $it true && echo LEAK unshare $it; done\n\
             for flag in 0x10000000 0x00020000 0x40000000 0x20000000 0x08000000 0x04000000 0x02000000; do\n\
               denied unshare {unshare} $((flag)); denied clone {clone} $((flag | 17)) 0 0 0 0\n\
             done\n\
             for it in user mnt net pid; do nsenter --$it=/proc/1/ns/$it true && echo LEAK nsenter $it; done\n\
             denied setns {setns} 0 0\n\
             [ \"$(call {clone3} 0 0)\" = 38 ] || echo LEAK clone3",
            unshare = libc::SYS_unshare, clone = libc::SYS_clone, setns = libc::SYS_setns, clone3 = libc::SYS_clone3,
        ));
        attack(agent, JOB, &body.replace("nsenter --mnt", "nsenter --mount"), CONFINED).await;
    }

    interfaces_of_the_kernel_are_closed(agent, 112) {
        let calls = [
            ("mount", libc::SYS_mount), ("umount2", libc::SYS_umount2), ("pivot_root", libc::SYS_pivot_root),
            ("open_tree", libc::SYS_open_tree), ("move_mount", libc::SYS_move_mount), ("fsopen", libc::SYS_fsopen),
            ("mount_setattr", libc::SYS_mount_setattr), ("bpf", libc::SYS_bpf), ("perf", libc::SYS_perf_event_open),
            ("userfaultfd", libc::SYS_userfaultfd), ("keyctl", libc::SYS_keyctl), ("add_key", libc::SYS_add_key),
            ("request_key", libc::SYS_request_key), ("io_uring", libc::SYS_io_uring_setup),
            ("open_by_handle_at", libc::SYS_open_by_handle_at), ("init_module", libc::SYS_init_module),
            ("kexec_load", libc::SYS_kexec_load), ("reboot", libc::SYS_reboot), ("swapon", libc::SYS_swapon),
            ("settimeofday", libc::SYS_settimeofday), ("syslog", libc::SYS_syslog), ("acct", libc::SYS_acct),
            ("fanotify_init", libc::SYS_fanotify_init), ("move_pages", libc::SYS_move_pages),
        ];
        let calls: String = calls.iter().map(|(name, number)| format!("denied {name} {number} 0 0 0 0 0\n")).collect();
        attack(agent, JOB, &with_system_calls(&calls), CONFINED).await;
    }

    it_traces_and_reads_no_process(agent, 113) {
        let body = with_system_calls(&format!(
            "sleep 30 & child=$!\n\
             denied attach {ptrace} 16 $child 0 0; denied seize {ptrace} 16902 $child 0 0; denied traceme {ptrace} 0 0 0 0\n\
             denied readv {readv} $child 0 0 0 0 0; denied writev {writev} $child 0 0 0 0 0; denied getfd {getfd} 0 0 0\n\
             denied kcmp {kcmp} $$ $child 0 0 0\n\
             dd if=/proc/1/mem of=/dev/null bs=1 count=1 && echo LEAK /proc/1/mem\n\
             cat /proc/1/environ && echo LEAK /proc/1/environ\n\
             ls /proc/1/root/home && echo LEAK /proc/1/root\n\
             kill $child",
            ptrace = libc::SYS_ptrace, readv = libc::SYS_process_vm_readv, writev = libc::SYS_process_vm_writev,
            getfd = libc::SYS_pidfd_getfd, kcmp = libc::SYS_kcmp,
        ));
        attack(agent, JOB, &body, CONFINED).await;
    }

    it_sees_and_ends_no_process_but_its_own(agent, 114) {
        let (main, victim) = (agent.server.main_pid("purvey-agent").await.unwrap().unwrap(),
            agent.server.main_pid("fake-service").await.unwrap().unwrap());
        let ran = attack(agent, JOB, &format!(
            "ls -d /proc/[0-9]* | wc -l\n\
             for it in {main} {victim}; do [ -e /proc/$it/cmdline ] && grep -aq -e agent -e perl /proc/$it/cmdline && echo LEAK $it; done\n\
             kill -9 1; kill -9 $PPID; kill -STOP 1; kill -9 {victim} && [ ! -e /proc/{victim} ] && echo LEAK killed\n\
             grep -a agent /proc/*/comm | grep -v '/1/comm' && echo LEAK the agent is visible\n\
             trap '' TERM; kill -TERM -1; true"), CONFINED).await;
        let processes: u32 = ran.output.lines().next().unwrap().parse().unwrap();
        assert!(processes <= 5, "{}", ran.output);
        assert_eq!(agent.server.main_pid("purvey-agent").await.unwrap(), Some(main));
        assert_eq!(agent.server.main_pid("fake-service").await.unwrap(), Some(victim));
    }

    two_installs_cannot_touch_each_other(agent, 115) {
        let first = "id -u; echo mine > \"$PURVEY_STATE_DIR/kept\"; chmod 666 \"$PURVEY_STATE_DIR/kept\"; pwd; echo $PURVEY_STATE_DIR; \
            for i in $(seq 100); do sleep 0.1; done & echo $!; wait";
        agent.fake.offer_job(JOB, 1, &support::bundle::script(first, CONFINED));
        agent.fake.until("the first runs", |script| script.output(JOB, 1).lines().count() == 4).await;
        let said: Vec<String> = agent.fake.with(|script| script.output(JOB, 1)).lines().map(str::to_owned).collect();
        let ran = attack(agent, JOB + 1000, &format!(
            "id -u; ls {state} && echo LEAK its folder; cat {state}/kept && echo LEAK its file; ls {bundle} && echo LEAK its bundle\n\
             pgrep -f seq && echo LEAK its processes; true", state = said[2], bundle = said[1]), CONFINED).await;
        assert_ne!(ran.output.lines().next().unwrap(), said[0]);
        agent.fake.with(|script| script.cancels.push(purvey_proto::agent::AttemptRef {
            job_id: uuid::Uuid::from_u128(JOB).to_string(), attempt: 1 }));
        let ended = agent.ran_within(std::time::Duration::from_secs(30), JOB).await;
        assert_eq!(ended.receipt.outcome, Outcome::Cancelled, "{}", ended.output);
    }

    a_confined_script_ends_like_any_other(agent, 116) {
        let failed = agent.run(JOB, "exit 3", CONFINED).await;
        assert_eq!((failed.receipt.exit_code, failed.receipt.reason_code.as_str()), (Some(3), "SCRIPT_FAILED"));
        let killed = agent.run(JOB + 1000, "kill -9 $$", CONFINED).await;
        assert_eq!((killed.receipt.exit_code, killed.receipt.reason.as_str()), (None, "ended by signal 9"));
        let term = agent.run(JOB + 2000, "trap 'echo asked; exit 4' TERM; sleep 60 & wait", &format!("{CONFINED}timeout_seconds: 1\n")).await;
        assert_eq!((term.receipt.outcome, term.receipt.exit_code), (Outcome::TimedOut, Some(4)), "{}", term.output);
        assert!(term.output.contains("asked"));
        let left = agent.run(JOB + 3000, "setsid sleep 7654 </dev/null >/dev/null 2>&1 & echo started", CONFINED).await;
        assert_eq!(left.receipt.outcome, Outcome::Succeeded);
        assert!(agent.server.shell("pgrep -f 'sleep 765[4]' || echo gone").await.unwrap().contains("gone"));
    }
}

#[test]
fn a_host_without_landlock_refuses_confined_jobs_and_says_why() {
    runtime().block_on(async {
        let Some(lab) = open().await else { return };
        let mut options = ServerOptions::default();
        options.nspawn_args.push("--system-call-filter=~landlock_create_ruleset".to_owned());
        let agent = LabAgent::start(&lab, "old", options).await;
        let ran = agent.run(201, "echo LEAK", CONFINED).await;
        assert_eq!(
            (ran.receipt.outcome, ran.receipt.reason_code.as_str()),
            (Outcome::Refused, "SANDBOX_UNAVAILABLE")
        );
        assert!(ran.receipt.reason.to_lowercase().contains("landlock"), "{}", ran.receipt.reason);
        assert_eq!(agent.run(202, "true", "").await.receipt.outcome, Outcome::Succeeded);
        let doctor = agent.server.exec(["agent", "doctor"]).await.unwrap().stdout;
        let line = doctor.lines().find(|line| line.contains("sandbox confined")).unwrap();
        assert!(line.starts_with("warning"), "{doctor}");
        lab.close().await.unwrap();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_users_agent_holds_its_scripts_as_well() {
    let fake = FakeControlPlane::start(Fleet::new()).await;
    let mut agent = AgentProcess::enrolled(&fake);
    let doctor = agent.command(&["doctor"]).output().unwrap();
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    let line = doctor.lines().find(|line| line.contains("sandbox confined")).unwrap();
    if !line.starts_with("ok") {
        eprintln!("skipped: this host gives ordinary users no namespaces: {line}");
        assert!(line.starts_with("warning"), "{doctor}");
        return;
    }
    agent.start(None);
    let state = agent.paths.state();
    let body = format!(
        "ls {0}/identity && echo LEAK keys; cat {0}/journal/journal && echo LEAK journal; ls /home /run && echo LEAK\n\
         perl -MSocket -e 'for (AF_UNIX, AF_INET, 16) {{ socket(S, $_, SOCK_STREAM, 0) and print \"LEAK socket $_\\n\" }}'\n\
         unshare -Ur true && echo LEAK namespace; kill -9 {1} && echo LEAK killed; echo x > /etc/purvey-leak && echo LEAK\n\
         grep -E '^Cap(Eff|Bnd|Prm)' /proc/self/status; ls -d /proc/[0-9]* | wc -l; echo mine > \"$PURVEY_STATE_DIR/file\"; echo done",
        state.display(),
        agent.pid()
    );
    fake.offer_job(0x900, 1, &support::bundle::script(&body, CONFINED));
    fake.until("a receipt and its log", |script| {
        let receipts = script.verified_receipts();
        receipts.first().is_some_and(|it| script.lines(0x900, 1).len() as u64 == it.log.lines)
    })
    .await;
    let (receipt, output) =
        fake.with(|script| (script.verified_receipts().remove(0), script.output(0x900, 1)));
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{}: {output}", receipt.reason);
    assert!(!output.contains("LEAK") && output.contains("done"), "{output}");
    assert_eq!(output.matches("\t0000000000000000").count(), 3, "{output}");
    // It is the agent's own user, and the receipt says so.
    assert!(receipt.sandbox.missing.contains(&"unprivileged_user".to_owned()), "{:?}", receipt.sandbox);
}
