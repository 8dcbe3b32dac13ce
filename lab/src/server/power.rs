//! On and off: boot, reboot, shut down, power cut.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{Machine, Server, boot, exec};
use crate::cgroup;
use crate::error::LabError;
use crate::process::{ProcessId, send};

/// What systemd-nspawn ends with when the server wants to be started again.
const REBOOT_STATUS: i32 = 133;
const POWER_OFF_LIMIT: Duration = Duration::from_secs(60);
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// Whether a server is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Switched off, or crashed.
    Off,
    /// Between power-on and the moment when systemd has started everything.
    Booting,
    /// Up.
    Running {
        /// How many times it has come up, this time included.
        boots: u32,
    },
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub(super) booting: bool,
    pub(super) leader: Option<ProcessId>,
    pub(super) boots: u32,
}

impl State {
    fn is_off(&self) -> bool {
        self.leader.is_none() && !self.booting
    }
}

/// The task that follows a server while it is on.
#[derive(Clone, Debug, Default)]
pub(super) struct Supervisor(Arc<Mutex<JoinSet<()>>>);

impl Supervisor {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

impl Server {
    /// Whether it is on, now.
    pub fn power(&self) -> Power {
        let state = *self.machine.state.borrow();
        match state.leader {
            Some(_) => Power::Running { boots: state.boots },
            None if state.booting => Power::Booting,
            None => Power::Off,
        }
    }

    /// Boots it, if it is off, and returns when systemd has started everything: within a second as a rule.
    ///
    /// # Errors
    /// [`LabError::Boot`] with the end of its console.
    pub async fn power_on(&self) -> Result<(), LabError> {
        let first = self.machine.state.send_if_modified(|it| {
            let off = it.is_off();
            it.booting |= off;
            off
        });
        if !first {
            self.comes_to(boot::LIMIT * 2, |it| !it.booting).await;
            return self.leader().map(drop);
        }
        // In a task of its own, so that a caller who gives up does not leave half a boot behind.
        let (tell, told) = oneshot::channel();
        self.supervisor.spawn(supervise(self.machine.clone(), tell));
        told.await.unwrap_or_else(|_| self.leader().map(drop))
    }

    /// Shuts it down in an orderly way and returns when it is off. After a minute it is killed.
    ///
    /// # Errors
    /// [`LabError::NotRunning`].
    pub async fn power_off(&self) -> Result<(), LabError> {
        let leader = self.leader()?;
        let mut command = exec::enter(leader);
        command.args(["systemctl", "--no-block", "poweroff"]);
        crate::command::run_command(command).await?;
        if !self.comes_to(POWER_OFF_LIMIT, |it| it.leader.is_none()).await {
            return self.kill_hard().await;
        }
        Ok(())
    }

    /// Cuts the power: every process in it is killed at once. [`Self::power_on`] boots it again with what its disk held.
    ///
    /// # Errors
    /// [`LabError::Boot`] if it does not die.
    pub async fn kill_hard(&self) -> Result<(), LabError> {
        let leader = self.machine.state.borrow().leader;
        match leader {
            Some(leader) => send(leader.pid, Signal::KILL),
            None => cgroup::kill(&self.machine.lab, &self.machine.name),
        }
        if self.comes_to(KILL_LIMIT, State::is_off).await {
            return Ok(());
        }
        cgroup::kill(&self.machine.lab, &self.machine.name);
        if self.comes_to(KILL_LIMIT, State::is_off).await {
            return Ok(());
        }
        Err(self.failure("it does not die"))
    }

    /// Reboots it from inside and returns when it is up again, with the same disk, address and name.
    ///
    /// # Errors
    /// As [`Self::power_on`].
    pub async fn reboot(&self) -> Result<(), LabError> {
        let before = *self.machine.state.borrow();
        let leader = self.leader()?;
        let mut command = exec::enter(leader);
        command.args(["systemctl", "--no-block", "reboot"]);
        crate::command::run_command(command).await?;
        let up_again = |it: &State| it.leader.is_some() && it.boots > before.boots;
        if self.comes_to(POWER_OFF_LIMIT * 2, up_again).await {
            return Ok(());
        }
        Err(self.failure("it did not come back after a reboot"))
    }

    fn failure(&self, why: &str) -> LabError {
        LabError::Boot { name: self.name().to_owned(), why: why.to_owned(), console: self.console() }
    }

    /// Waits until it is up, for a server that reboots by itself. `false` after `limit`.
    pub async fn is_up_within(&self, limit: Duration) -> bool {
        self.comes_to(limit, |it| it.leader.is_some()).await
    }

    async fn comes_to(&self, limit: Duration, wanted: impl Fn(&State) -> bool) -> bool {
        let mut state = self.machine.state.subscribe();
        matches!(tokio::time::timeout(limit, state.wait_for(|it| wanted(it))).await, Ok(Ok(_)))
    }
}

impl Machine {
    async fn boot(&self) -> Result<Child, LabError> {
        self.state.send_modify(|it| it.booting = true);
        let booted = async {
            let mut nspawn = boot::spawn(self)?;
            let up = boot::wait(self, &mut nspawn).await;
            if up.is_err() {
                cgroup::kill(&self.lab, &self.name);
                let _ended = nspawn.wait().await;
            }
            up.map(|leader| (nspawn, leader))
        };
        match booted.await {
            Ok((nspawn, leader)) => {
                let boots = self.state.borrow().boots + 1;
                self.state.send_replace(State { booting: false, leader: Some(leader), boots });
                Ok(nspawn)
            }
            Err(error) => {
                self.state.send_modify(|it| it.booting = false);
                Err(error)
            }
        }
    }
}

/// Boots a server, tells how that went, and follows it through reboots from inside until it is switched off.
async fn supervise(machine: Arc<Machine>, tell: oneshot::Sender<Result<(), LabError>>) {
    let mut nspawn = match machine.boot().await {
        Ok(nspawn) => {
            let _nobody_waits = tell.send(Ok(()));
            nspawn
        }
        Err(error) => {
            let _nobody_waits = tell.send(Err(error));
            return;
        }
    };
    loop {
        let status = nspawn.wait().await;
        let again = matches!(&status, Ok(status) if status.code() == Some(REBOOT_STATUS));
        machine.state.send_modify(|it| {
            it.leader = None;
            it.booting = again;
        });
        if !again {
            return;
        }
        match machine.boot().await {
            Ok(child) => nspawn = child,
            Err(error) => {
                tracing::warn!(server = machine.name, %error, "a server did not come back from its reboot");
                return;
            }
        }
    }
}
