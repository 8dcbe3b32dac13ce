//! How to go on once the demo is up.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;

use super::road::{Done, Wish};
use super::show::Show;
use super::world::World;

/// Says where everything is, and the commands that do the same steps again.
///
/// # Errors
/// Standard output is closed.
pub(super) fn say(show: &Show, world: &World, wish: &Wish, done: &Done) -> Result<()> {
    let control_plane = world.control_plane()?;
    let (url, ca, key) = (control_plane.url(), control_plane.ca_file(), world.api_key_file()?);
    let places = json!({
        "url": url, "ca_file": ca, "token_file": key,
        "health_url": format!("http://{}/health/ready", control_plane.ops()),
        "agents": control_plane.agents(), "log_file": control_plane.log_file(),
    });
    show.event("ready", places)?;
    let (ca, key) = (ca.display(), key.display());
    let job = &done.job.job;
    let server = wish.server;
    let mut text = format!("\n{} in {:.1} s.\n", show.paint("1", "Purvey is up"), show.total().as_secs_f64());
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:10} {value}");
    };
    line("API", &url);
    line("CA", &ca.to_string());
    line("API key", &format!("{key} (mode 0600)"));
    line("health", &format!("http://{}/health/ready", control_plane.ops()));
    line("log", &control_plane.log_file().display().to_string());
    if let Some(server) = world.lab_server() {
        line("page", &server.page_command());
        if let Some(leader) = server.leader() {
            line("shell", &format!("nsenter --target {leader} --all bash   # in {}", wish.server));
        }
    }
    let own = std::env::current_exe().ok();
    let folder = own.as_deref().and_then(std::path::Path::parent).map(|it| it.display().to_string());
    let folder = folder.unwrap_or_default();
    let _ = write!(
        text,
        "\nIn another terminal:\n  \
         export PATH={folder}:$PATH PURVEY_URL={url} PURVEY_CA={ca} PURVEY_TOKEN=$(cat {key})\n  \
         purvey server list\n  \
         purvey app show {app}\n  \
         purvey job logs {job}\n  \
         purvey install create hello-site --server {server} --set title=Hello --follow\n  \
         purvey install delete {app} --server {server} --follow --yes\n\n\
         The same API with grpcurl:\n  \
         g() {{ grpcurl -cacert {ca} -H \"authorization: Bearer $(cat {key})\" \"$@\"; }}\n  \
         g {address} list\n  \
         g {address} purvey.v1.ServerService/ListServers\n  \
         g -d '{{\"server\": \"{server}\", \"app\": \"hello-site\"}}' {address} purvey.v1.InstallService/CreateInstall\n  \
         g -d '{{\"job\": \"{job}\"}}' {address} purvey.v1.JobService/ReadLogs\n\n\
         Ctrl-C ends it and leaves nothing behind.",
        app = wish.app,
        address = control_plane.api(),
    );
    show.text(&text)
}
