//! What `purvey new` writes, and the app of `docs/writing-an-installer.md`, on a server that is thrown away: installed, the
//! same again, other inputs, verified, uninstalled. The whole road is `purvey lab test`'s to prove; here it is the scripts.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]
#![allow(clippy::disallowed_methods, reason = "a test asks whether it runs in CI")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use purvey_lab::{ExecOptions, Lab, LabOptions, Server, requirements};

/// Runs a script of an app in `/opt/app` as the agent does: in its folder, with nothing but the contract's environment.
const RUN: &str = r#"
script=$1; shift
mkdir -p /var/tmp/state /var/tmp/run && cd /opt/app
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
  DEBIAN_FRONTEND=noninteractive TMPDIR=/var/tmp/run PURVEY_STATE_DIR=/var/tmp/state PURVEY_APP=app PURVEY_INSTALL_ID=one \
  "$@" "./$script" </dev/null
"#;

struct Host(Server);

impl Host {
    async fn bring(&self, folder: &Path, into: &str) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{into}/{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                Box::pin(self.bring(&path, &name)).await;
            } else {
                self.0.push_file(&std::fs::read(&path).unwrap(), name, 0o755).await.unwrap();
            }
        }
    }

    /// The exit code of a script, and what it said.
    async fn run(&self, script: &str, inputs: &[&str]) -> (bool, String) {
        let words = ["bash", "-c", RUN, "run", script].into_iter().chain(inputs.iter().copied());
        let mut options = ExecOptions::default();
        options.limit = Duration::from_secs(600);
        let output = self.0.exec_with(words.map(str::to_owned), options).await.unwrap();
        (output.is_success(), format!("{}{}", output.stdout, output.stderr))
    }

    async fn succeeds(&self, script: &str, inputs: &[&str]) {
        let (succeeded, said) = self.run(script, inputs).await;
        assert!(succeeded, "{script} {inputs:?}\n{said}");
    }

    /// The whole life of an app with one service and one file.
    async fn lives(&self, (service, file): (&str, &str), default: &[&str], other: &[&str], package: &str) {
        let snapshot = format!("stat -c %y:%i {file}; systemctl show --property MainPID {service}");
        self.succeeds("install.sh", default).await;
        self.succeeds("verify.sh", default).await;
        let before = self.0.shell(&snapshot).await.unwrap();
        self.succeeds("install.sh", default).await;
        assert_eq!(self.0.shell(&snapshot).await.unwrap(), before, "the second run changes nothing");
        assert!(!self.run("verify.sh", other).await.0, "the other inputs are not there yet");
        self.succeeds("install.sh", other).await;
        self.succeeds("verify.sh", other).await;
        self.0.shell(&format!("systemctl stop {service}")).await.unwrap();
        assert!(!self.run("verify.sh", other).await.0, "a service that does not run is noticed");
        self.succeeds("install.sh", other).await;
        self.succeeds("uninstall.sh", other).await;
        let left = format!(
            "[ ! -e {file} ] && ! dpkg-query -W -f='${{db:Status-Status}}' {package} 2>/dev/null | grep -q .; ls -A /var/tmp/state"
        );
        assert_eq!(self.0.shell(&left).await.unwrap(), "", "nothing is left");
        self.0.shell("rm -rf /opt/app /var/tmp/state /var/tmp/run").await.unwrap();
    }
}

/// Writes the files of the guide.
fn guide(into: &Path) {
    let guide = include_str!("../../docs/writing-an-installer.md");
    for part in guide.split("<!-- file: ").skip(1) {
        let (name, rest) = part.split_once(" -->").unwrap();
        let (_, block) = rest.split_once("```").unwrap();
        let (_, text) = block.split_once('\n').unwrap();
        std::fs::write(into.join(name), text.split("\n```").next().unwrap().to_owned() + "\n").unwrap();
    }
}

#[tokio::test]
async fn a_new_app_and_that_of_the_guide_live_and_go() {
    let missing = match std::env::var_os("PURVEY_TEST_LAB").is_some_and(|it| it == "off") {
        true => Some("PURVEY_TEST_LAB is off".to_owned()),
        false => requirements::can_host_servers().await.err().map(|reason| reason.to_string()),
    };
    if let Some(why) = missing {
        assert!(std::env::var_os("CI").is_none() || why.contains("off"), "{why}");
        eprintln!("skipped: {why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let new = ["new", "redis", "--package", "redis-server", "--port", "6379", "--maintainer", "Jane"];
    let made =
        Command::new(env!("CARGO_BIN_EXE_purvey")).args(new).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let of_guide = folder.path().join("memcached");
    std::fs::create_dir(&of_guide).unwrap();
    guide(&of_guide);

    let lab = Lab::open(LabOptions::default()).await.unwrap();
    let host = Host(lab.boot("new-app").await.unwrap());
    host.bring(&folder.path().join("redis"), "/opt/app").await;
    let drop_in = "/etc/systemd/system/redis-server.service.d/purvey.conf";
    let other = ["MEMORY_LIMIT_MB=512", "OPEN_FIREWALL=true"];
    let default = ["MEMORY_LIMIT_MB=0", "OPEN_FIREWALL=false"];
    host.lives(("redis-server", drop_in), &default, &other, "redis-server").await;

    host.bring(&of_guide, "/opt/app").await;
    let installers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
    host.bring(&installers.join("lib"), "/opt/app/lib").await;
    let default = ["CACHE_MB=64", "PORT=11211", "REACH=this-server"];
    let other = ["CACHE_MB=128", "PORT=11311", "REACH=network", "ADDRESS=0.0.0.0"];
    host.lives(("memcached", "/etc/memcached.conf"), &default, &other, "memcached").await;
    let users = host.0.shell("getent passwd memcache || true").await.unwrap();
    assert_eq!(users, "", "the user that came with the package goes with it");
    lab.remove(&host.0).await.unwrap();
    lab.close().await.unwrap();
}
