//! A set of throw-away servers on a network of their own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::apt::HostApt;
use crate::error::{Doing as _, LabError};
use crate::guard::Guard;
use crate::namespace::Namespace;
use crate::network::{NETWORKS, Network};
use crate::process::ProcessId;
use crate::proxy::Proxy;
use crate::requirements;
use crate::rootfs::{self, RootFs};
use crate::server::{Plan, Server, ServerOptions};
use crate::sweep::{self, Entry, Register, folder};

/// Where the disks of servers are by default: a place of size that is not memory.
pub(crate) const WORK_PARENT: &str = "/var/tmp";

/// How a lab is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LabOptions {
    /// The disks of the servers are made below this folder, which must not itself be an overlay.
    pub work_parent: PathBuf,
}

impl Default for LabOptions {
    fn default() -> Self {
        Self { work_parent: PathBuf::from(WORK_PARENT) }
    }
}

/// An open lab. [`Lab::close`] removes everything; so do dropping it (blocking for some 100 ms), a panic, and the death
/// of this process by whatever signal, for which a small guard process waits.
#[derive(Debug)]
pub struct Lab {
    id: String,
    work: PathBuf,
    servers: Mutex<BTreeMap<String, Option<Server>>>,
    network: Network,
    proxy: Proxy,
    apt: HostApt,
    // After the proxy, which lets go by itself; before the root file system, which overlays lie over until then.
    guard: Guard,
    rootfs: RootFs,
}

impl Lab {
    /// Sweeps what dead labs left, makes the network, and finds or makes (a minute, once) the root file system.
    ///
    /// # Errors
    /// [`LabError::CannotHost`] and [`LabError::Missing`] before anything is touched.
    pub async fn open(options: LabOptions) -> Result<Self, LabError> {
        let missing = requirements::check();
        if !missing.is_empty() && rustix::process::geteuid().is_root() {
            return Err(LabError::Missing(missing));
        }
        requirements::can_host_servers().await.map_err(LabError::CannotHost)?;
        if let Err(error) = sweep::sweep().await {
            tracing::warn!(%error, "something of an older lab is left");
        }
        raise_limits();

        let (id, work, mut entry, guard) = enter(&options).await?;
        let network = make_network(&id, &mut entry).await?;
        let apt = HostApt::read().await?;
        let cache = crate::paths::cache().join("apt");
        let proxy = Proxy::start(network.gateway(), apt.clone(), cache).await?;
        let rootfs = rootfs::prepare(&apt, &proxy.url()).await?;
        // A path for mount options, which cannot hold every character that a home folder may.
        let lower = folder(&id).join("lower");
        std::os::unix::fs::symlink(&rootfs.path, &lower)
            .doing::<LabError>(|| format!("making {}", lower.display()))?;
        Ok(Self { id, work, servers: Mutex::default(), network, proxy, apt, guard, rootfs })
    }

    /// Its id, part of the name of everything that it makes: folders, devices, control groups.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// This host's address on the lab's network; servers know it by the name `gateway` too. What they are to reach
    /// listens here.
    pub fn gateway(&self) -> Ipv4Addr {
        self.network.gateway()
    }

    /// Where servers get packages.
    pub fn apt_proxy_url(&self) -> String {
        self.proxy.url()
    }

    /// The root file system that the servers share, read only.
    pub fn root_file_system(&self) -> &Path {
        &self.rootfs.path
    }

    /// Makes and boots a server. Several may boot at the same time.
    ///
    /// # Errors
    /// A name in use or no host name, or a server that does not come up.
    pub async fn boot(&self, name: &str) -> Result<Server, LabError> {
        self.boot_with(name, ServerOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Self::boot`].
    pub async fn boot_with(&self, name: &str, options: ServerOptions) -> Result<Server, LabError> {
        check_name(name)?;
        let place = Reserved::take(&self.servers, name)?;
        let server = self.create(name, options).await?;
        place.fill(server.clone());
        Ok(server)
    }

    async fn create(&self, name: &str, options: ServerOptions) -> Result<Server, LabError> {
        let port = self.network.plug_in(name).await?;
        let files = self.first_files(name, port.address, &options);
        let (lower, folder) = (folder(&self.id).join("lower"), self.work.join("servers").join(name));
        Server::create(Plan { lab: &self.id, name, folder, lower: &lower, port, options, files }).await
    }

    /// The servers that are there, in order of name.
    pub fn servers(&self) -> Vec<Server> {
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.values().flatten().cloned().collect()
    }

    /// Removes one server and everything that it held.
    ///
    /// # Errors
    /// What resisted; the end of the lab removes it then.
    pub async fn remove(&self, server: &Server) -> Result<(), LabError> {
        server.destroy().await?;
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).remove(server.name());
        Ok(())
    }

    /// Removes everything and says whether that worked.
    ///
    /// # Errors
    /// [`LabError::Teardown`] with what is still there.
    pub async fn close(self) -> Result<(), LabError> {
        let Self { servers, network, proxy, rootfs, guard, .. } = self;
        drop((servers, network, proxy));
        let closed = guard.release().await;
        // The root file system may be removed as out of date only when no overlay lies over it any more.
        drop(rootfs);
        closed
    }

    /// Makes a network namespace on the lab's network for programs of this host, such as a control plane whose own
    /// network is cut in a test. It lasts as long as the lab.
    ///
    /// # Errors
    /// A name in use or no host name.
    pub async fn namespace(&self, name: &str) -> Result<Namespace, LabError> {
        check_name(name)?;
        let place = Reserved::take(&self.servers, name)?;
        let port = self.network.plug_in(name).await?;
        place.keep();
        Ok(Namespace::new(&self.id, name, port))
    }

    fn first_files(&self, name: &str, address: Ipv4Addr, options: &ServerOptions) -> Vec<(PathBuf, String)> {
        let mut hosts = format!("127.0.0.1 localhost\n{address} {name}\n{} gateway\n", self.gateway());
        for (name, address) in &options.hosts {
            hosts.push_str(&format!("{address} {name}\n"));
        }
        let proxy = format!("Acquire::http::Proxy \"{}\";\n", self.proxy.url());
        let relaxed: String = self.apt.options().iter().map(|it| format!("{it};\n")).collect();
        vec![
            ("/etc/hosts".into(), hosts),
            ("/etc/hostname".into(), format!("{name}\n")),
            ("/etc/apt/apt.conf.d/01lab".into(), proxy + &relaxed),
            ("/etc/apt/sources.list".into(), self.apt.sources_list().join("\n") + "\n"),
        ]
    }
}

/// A name that is taken, and free again if nothing comes of it.
struct Reserved<'a> {
    servers: &'a Mutex<BTreeMap<String, Option<Server>>>,
    name: &'a str,
}

impl<'a> Reserved<'a> {
    fn take(servers: &'a Mutex<BTreeMap<String, Option<Server>>>, name: &'a str) -> Result<Self, LabError> {
        let mut all = servers.lock().unwrap_or_else(PoisonError::into_inner);
        if all.contains_key(name) {
            return Err(LabError::Name {
                name: name.to_owned(),
                why: "a server or namespace of that name is there",
            });
        }
        all.insert(name.to_owned(), None);
        Ok(Self { servers, name })
    }

    /// For what is no server: the name stays taken.
    fn keep(self) {
        std::mem::forget(self);
    }

    fn fill(self, server: Server) {
        let mut all = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(self.name.to_owned(), Some(server));
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut all = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(all.get(self.name), Some(None)) {
            all.remove(self.name);
        }
    }
}

/// Registers a new lab and starts its guard.
async fn enter(options: &LabOptions) -> Result<(String, PathBuf, Entry, Guard), LabError> {
    let register = Register::lock().await?;
    let mut entry = Entry { owner: ProcessId::own(), guard: None, network: None };
    loop {
        let id = new_id();
        let work = options.work_parent.join(format!("purvey-lab-{id}"));
        if work.to_string_lossy().contains(|it: char| !it.is_ascii_alphanumeric() && !"/-_.".contains(it)) {
            let source = std::io::Error::from(std::io::ErrorKind::InvalidInput);
            return Err(LabError::Io {
                what: format!("{} holds a character that mounts do not take", work.display()),
                source,
            });
        }
        if !register.enter(&id, &work, &entry)? {
            continue;
        }
        let guard = Guard::spawn(&id)?;
        entry.guard = guard.process();
        register.update(&id, &entry)?;
        std::fs::create_dir(&work).doing::<LabError>(|| format!("making {}", work.display()))?;
        return Ok((id, work, entry, guard));
    }
}

/// Takes a free network, and writes that down before anybody else can look.
async fn make_network(id: &str, entry: &mut Entry) -> Result<Network, LabError> {
    let register = Register::lock().await?;
    let mut taken = Network::taken().await?;
    taken.extend(register.entries().iter().filter_map(|(_, entry)| entry.as_ref()?.network));
    // Labs that come one after the other get different networks, so that no late packet or cached peer confuses them.
    let first = id.bytes().fold(0_u16, |sum, it| sum.wrapping_mul(31).wrapping_add(it.into()));
    let mut candidates = (0..NETWORKS).map(|it| first.wrapping_add(it) % NETWORKS);
    let index = candidates.find(|it| !taken.contains(it)).ok_or(LabError::NoFreeNetwork("network"))?;
    entry.network = Some(index);
    register.update(id, entry)?;
    Network::create(id, index).await
}

/// Six characters that no other lab of this boot has: this process and its how-manieth lab, hashed.
fn new_id() -> String {
    static LABS: AtomicU32 = AtomicU32::new(0);
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let own = ProcessId::own();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let text = format!("{boot} {} {} {}", own.pid, own.start, LABS.fetch_add(1, Ordering::Relaxed));
    Sha256::digest(text).iter().take(6).map(|it| char::from(ALPHABET[usize::from(it % 32)])).collect()
}

fn check_name(name: &str) -> Result<(), LabError> {
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let why = match name {
        "" => "it is empty",
        _ if name.len() > 40 => "it is longer than 40 characters",
        _ if !name.chars().all(fits) => "only lower-case letters, digits and - are allowed",
        _ if name.starts_with('-') || name.ends_with('-') => "it starts or ends with -",
        "gateway" | "localhost" => "that name is taken",
        _ => return Ok(()),
    };
    Err(LabError::Name { name: name.to_owned(), why })
}

/// Each systemd takes some inotify instances of root's, of which there are 128 by default: too few for 18 servers. Never
/// lowered again, since others may count on it meanwhile.
fn raise_limits() {
    const WANTED: u64 = 8192;
    let path = "/proc/sys/fs/inotify/max_user_instances";
    let now = std::fs::read_to_string(path).ok().and_then(|it| it.trim().parse::<u64>().ok());
    if now.is_some_and(|it| it < WANTED)
        && let Err(error) = std::fs::write(path, WANTED.to_string())
    {
        tracing::warn!(%error, "{path} cannot be raised: about 17 servers will fit");
    }
}
