//! What the service manager is told.

use std::time::Duration;

use sd_notify::NotifyState;

/// The agent is up.
pub fn ready() {
    say(&[NotifyState::Ready]);
}

/// The agent is about to end.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

/// The agent is alive.
pub fn alive() {
    say(&[NotifyState::Watchdog]);
}

/// What `systemctl status` shows.
pub fn status(text: &str) {
    say(&[NotifyState::Status(text)]);
}

/// How often [`alive`] is expected; none if nobody watches.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

fn say(state: &[NotifyState<'_>]) {
    // Without a service manager there is nobody to tell.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not told");
    }
}
