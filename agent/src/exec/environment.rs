//! A script's environment: what the contract names, and nothing of the agent's own.

use std::collections::BTreeMap;
use std::path::Path;

use purvey_contract::job::JobSpec;
use zeroize::Zeroizing;

use crate::journal::AttemptId;

const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The paths that a script is told of.
#[derive(Debug)]
pub struct Places<'a> {
    /// Its home.
    pub home: &'a Path,
    /// Its private temporary folder.
    pub temporary: &'a Path,
    /// Where it says how far it is.
    pub progress: &'a Path,
    /// Where it writes its results.
    pub output: &'a Path,
    /// What its install keeps between jobs.
    pub state: &'a Path,
}

/// Variables by name. Secrets are among them.
pub type Variables = BTreeMap<String, Zeroizing<String>>;

/// All of a script's environment.
pub fn variables(spec: &JobSpec, inputs: Vec<(String, Zeroizing<String>)>, places: &Places<'_>) -> Variables {
    let id = AttemptId { job: spec.job, attempt: spec.attempt };
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let ours = [
        ("PATH", SEARCH_PATH.to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("HOME", path(places.home)),
        ("TMPDIR", path(places.temporary)),
        ("DEBIAN_FRONTEND", "noninteractive".to_owned()),
        ("PURVEY_ACTION", spec.action.to_string()),
        ("PURVEY_APP", spec.app.to_string()),
        ("PURVEY_APP_VERSION", spec.version.clone()),
        ("PURVEY_JOB_ID", id.job.to_string()),
        ("PURVEY_ATTEMPT", id.attempt.to_string()),
        ("PURVEY_INSTALL_ID", spec.install.to_string()),
        ("PURVEY_INSTALL", spec.install_name.to_string()),
        ("PURVEY_PROGRESS", path(places.progress)),
        ("PURVEY_OUTPUT", path(places.output)),
        ("PURVEY_STATE_DIR", path(places.state)),
    ];
    // Ours come last: a manifest cannot name them, and if one did they would still be ours.
    let ours = ours.map(|(name, value)| (name.to_owned(), Zeroizing::new(value)));
    inputs.into_iter().chain(ours).collect()
}
