//! Being asked to end: Ctrl-C, SIGTERM, SIGHUP. The first time in an orderly way, the second time at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Some senders, such as timeout(1), signal both the process and its group: that is one asking, not two.
const ECHO: Duration = Duration::from_millis(500);

/// Listens for as long as it lives.
#[derive(Debug)]
pub(crate) struct Signals {
    asked: watch::Receiver<bool>,
    _listening: JoinSet<()>,
}

impl Signals {
    /// From now on the first signal is told to whoever waits, and the second ends the process: whatever we started sees
    /// that from our closed pipes, and tidies up on its own.
    ///
    /// # Errors
    /// The operating system gives no signals.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let (ask, asked) = watch::channel(false);
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut first = None;
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                match first {
                    None => {
                        first = Some(Instant::now());
                        ask.send_replace(true);
                    }
                    Some(first) if first.elapsed() > ECHO => std::process::exit(130),
                    Some(_) => {}
                }
            }
        });
        Ok(Self { asked, _listening: listening })
    }

    /// Ready once a signal has come.
    pub(crate) async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
