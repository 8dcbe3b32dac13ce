//! A private PostgreSQL from the host's own binaries: no TCP port, a Unix socket in a folder that only its user can
//! enter, and it never outlives its owner.

mod cluster;
mod install;
mod scratch;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::command::tail;
use crate::error::{Doing as _, PostgresError};
use crate::leash::{Leash, Spec};
use crate::process::{ProcessId, children, until};
use install::{Install, RunAs};
use scratch::Scratch;

/// The cluster's superuser, whom every connection on the private socket may be.
const SUPERUSER: &str = "postgres";
/// Crash recovery of a large database takes a while.
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How to run a private PostgreSQL.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// Where the data stays. `None`: in a temporary folder that goes with the server.
    pub data_dir: Option<PathBuf>,
    /// Faster by not surviving a crash of the machine: `fsync`, `synchronous_commit` and `full_page_writes` are off.
    /// Data still survives a crash of PostgreSQL itself. For tests only.
    pub unsafe_fast: bool,
    /// The database that [`Postgres::url`] names; made if it is not there.
    pub database: String,
    /// Further settings (`name`, `value`), which win over the built-in ones.
    pub settings: Vec<(String, String)>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { data_dir: None, unsafe_fast: false, database: "purvey".to_owned(), settings: Vec::new() }
    }
}

impl PostgresOptions {
    /// Data in a temporary folder, gone with the server. For the demo and the tests.
    pub fn throw_away() -> Self {
        Self::default()
    }

    /// Data that stays in `data_dir`, made at the first start and found again at the next.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: Some(data_dir.into()), ..Self::default() }
    }

    /// Sets [`Self::unsafe_fast`].
    #[must_use]
    pub fn unsafe_fast(mut self) -> Self {
        self.unsafe_fast = true;
        self
    }

    /// Adds one to [`Self::settings`].
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}

/// Whether this host has binaries that [`Postgres::start`] can use.
pub(crate) fn is_installed() -> bool {
    Install::find(Path::new("")).is_ok()
}

/// A running private PostgreSQL. Dropping it stops it (blocking for some milliseconds) and removes what was temporary;
/// the same happens when this process is killed.
#[derive(Debug)]
pub struct Postgres {
    options: PostgresOptions,
    data_dir: PathBuf,
    install: Install,
    user: RunAs,
    leash: Option<Leash>,
    // Declared last, so that the server has ended when its folder goes.
    scratch: Scratch,
}

impl Postgres {
    /// Makes the cluster if need be, starts it, and makes the database. Takes about a second the first time.
    ///
    /// # Errors
    /// No binaries on this host, a data folder in use or of another version, or a server that does not start.
    pub async fn start(options: PostgresOptions) -> Result<Self, PostgresError> {
        let known = options.data_dir.clone().unwrap_or_default();
        let install = Install::find(&known)?;
        let user = RunAs::choose(&known)?;
        let scratch = Scratch::new(&user)?;
        let data_dir = match &options.data_dir {
            Some(dir) => {
                std::path::absolute(dir).doing::<PostgresError>(|| format!("finding {}", dir.display()))?
            }
            None => scratch.data_dir(),
        };
        cluster::ensure(&data_dir, &install, &user, options.data_dir.is_none()).await?;
        let mut postgres = Self { options, data_dir, install, user, leash: None, scratch };
        postgres.launch().await?;
        postgres.ensure_database().await?;
        Ok(postgres)
    }

    /// The address for `sqlx` and `libpq`: `postgresql:///purvey?host=/...&user=postgres`.
    pub fn url(&self) -> String {
        self.url_of(&self.options.database)
    }

    /// The same for another database of this cluster.
    pub fn url_of(&self, database: &str) -> String {
        let host = escape(&self.socket_dir().to_string_lossy());
        format!("postgresql:///{}?host={host}&user={SUPERUSER}", escape(database))
    }

    /// The folder of the Unix socket, for `psql -h`.
    pub fn socket_dir(&self) -> PathBuf {
        self.scratch.socket_dir()
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The process id of the postmaster while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.leash.as_ref().map(Leash::pid)
    }

    /// Runs SQL with `psql` and answers its output, unaligned, without headers; several statements are allowed.
    ///
    /// # Errors
    /// The first failing statement, with what PostgreSQL said.
    pub async fn psql(&self, sql: &str) -> Result<String, PostgresError> {
        self.psql_on(&self.options.database, sql).await
    }

    /// Stops it in an orderly way ("fast": sessions are cut, nothing is lost). [`Self::restart`] brings it back.
    ///
    /// # Errors
    /// None but of the operating system; a server that hangs is killed.
    pub async fn shut_down(&mut self) -> Result<(), PostgresError> {
        if let Some(mut leash) = self.leash.take() {
            leash.signal(Signal::INT);
            leash.ended_within(STOP_LIMIT).await;
        }
        Ok(())
    }

    /// Kills it as a crash would: SIGKILL to the postmaster, after which its sessions die too. Returns when all are
    /// gone. [`Self::restart`] brings it back, through crash recovery.
    ///
    /// # Errors
    /// None but of the operating system.
    pub async fn kill(&mut self) -> Result<(), PostgresError> {
        if let Some(mut leash) = self.leash.take() {
            leash.signal(Signal::STOP);
            let sessions: Vec<_> = children(leash.pid()).into_iter().filter_map(ProcessId::of).collect();
            leash.signal(Signal::KILL);
            if !until(STOP_LIMIT, || !sessions.iter().any(|it| it.is_alive())).await {
                sessions.iter().for_each(|it| crate::process::send(it.pid, Signal::KILL));
            }
            leash.ended_within(STOP_LIMIT).await;
        }
        Ok(())
    }

    /// Stops it if it runs, and starts it again on the same data and socket.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&mut self) -> Result<(), PostgresError> {
        self.shut_down().await?;
        self.launch().await
    }

    /// Stops it for good, in an orderly way. Durable data stays, the rest is removed.
    ///
    /// # Errors
    /// As [`Self::shut_down`].
    pub async fn stop(mut self) -> Result<(), PostgresError> {
        self.shut_down().await
    }

    async fn launch(&mut self) -> Result<(), PostgresError> {
        cluster::claim(&self.data_dir).await?;
        let log = self.open_log()?;
        let throw_away = self.options.data_dir.is_none();
        let mut args: Vec<OsString> = vec!["-D".into(), self.data_dir.clone().into()];
        for (name, value) in self.settings() {
            args.push("-c".into());
            args.push(format!("{name}={value}").into());
        }
        let spec = Spec {
            argv: self.user.argv(true, self.install.program("postgres"), args),
            first_signal: if throw_away { "QUIT" } else { "INT" },
            grace: if throw_away { Duration::from_secs(5) } else { STOP_LIMIT },
            folder: Some(self.scratch.path()),
            shm_file: Some(&self.data_dir.join("postmaster.pid")),
            log,
        };
        let mut leash = Leash::spawn(spec).doing::<PostgresError>(|| "starting postgres".to_owned())?;
        let (data_dir, pid) = (self.data_dir.clone(), leash.pid());
        let ready =
            until(START_LIMIT, || cluster::is_ready(&data_dir, pid) || !matches!(leash.try_wait(), Ok(None)));
        if ready.await && cluster::is_ready(&self.data_dir, pid) {
            self.leash = Some(leash);
            return Ok(());
        }
        drop(leash);
        let log = std::fs::read(self.log_path()).unwrap_or_default();
        Err(PostgresError::DidNotStart { log: tail(&log, 2000) })
    }

    async fn ensure_database(&self) -> Result<(), PostgresError> {
        let name = self.options.database.replace('\'', "''");
        let there =
            self.psql_on("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).await?;
        if there.trim().is_empty() {
            let name = self.options.database.replace('"', "\"\"");
            self.psql_on("postgres", &format!("CREATE DATABASE \"{name}\"")).await?;
        }
        Ok(())
    }

    async fn psql_on(&self, database: &str, sql: &str) -> Result<String, PostgresError> {
        let mut argv: Vec<OsString> =
            vec![self.install.program("psql").into(), "-h".into(), self.socket_dir().into()];
        argv.extend(
            ["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", database, "-f", "-"]
                .map(OsString::from),
        );
        cluster::run(&argv, Some(sql)).await
    }

    fn settings(&self) -> Vec<(String, String)> {
        let socket = self.socket_dir().to_string_lossy().into_owned();
        let mut all = vec![
            ("listen_addresses", ""),
            ("unix_socket_directories", socket.as_str()),
            ("unix_socket_permissions", "0700"),
            ("max_connections", "100"),
            ("shared_buffers", "64MB"),
            ("jit", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("cluster_name", "purvey"),
        ];
        if self.options.data_dir.is_none() {
            // Shared memory in files of the data folder goes with it, however the server ends.
            all.push(("dynamic_shared_memory_type", "mmap"));
        }
        if self.options.unsafe_fast {
            all.extend([("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")]);
        }
        let all = all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        all.chain(self.options.settings.iter().cloned()).collect()
    }

    fn log_path(&self) -> PathBuf {
        self.data_dir.join("server.log")
    }

    /// One log of the running server and one of the time before.
    fn open_log(&self) -> Result<File, PostgresError> {
        let path = self.log_path();
        if path.metadata().is_ok_and(|it| it.len() > 4 << 20) {
            let _only_a_log = std::fs::rename(&path, self.data_dir.join("server.log.1"));
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.doing(|| format!("opening {}", path.display()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut leash) = self.leash.take() {
            leash.release(STOP_LIMIT);
        }
    }
}

/// Percent-encodes what may not stand in a URL's query as it is.
fn escape(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"/-._~".contains(&it);
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
