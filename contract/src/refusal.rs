//! What to do about a refused job, by the code in its receipt. The same words for everybody who shows one.

/// Every code with which an agent refuses a job, and what to do about it.
const ADVICE: &[(&str, &str)] = &[
    (
        "ENVELOPE_MALFORMED",
        "agent and control plane do not understand each other, or something between them changes what is sent; compare \
         their versions",
    ),
    (
        "ENVELOPE_UNTRUSTED",
        "the job was not signed by a key of the trust document: see whether job keys were just changed (the agent fetches \
         the newer document by itself), and take it for an attack if they were not",
    ),
    (
        "WRONG_SERVER",
        "the control plane sent another server's job; take it for an attack or a damaged database",
    ),
    (
        "WRONG_INCARNATION",
        "the job was made for an earlier enrolment of this server; retry it (`purvey job retry`)",
    ),
    (
        "NONCE_MISMATCH",
        "the job answers a poll that is not pending, as a replayed one does; a retry makes a new one, and if that is \
         refused as well, look at what stands between agent and control plane",
    ),
    (
        "JOB_EXPIRED",
        "the job arrived too late; retry it, and look at the network between agent and control plane",
    ),
    ("CLOCK_OFF", "set the host's clock (`timedatectl set-ntp true`), then retry the job"),
    ("SPEC_VERSION_UNSUPPORTED", "upgrade the agent, then retry the job"),
    ("ACTION_UNKNOWN", "upgrade the agent, then retry the job"),
    ("JOB_MALFORMED", "upgrade whichever is older, agent or control plane, then retry the job"),
    (
        "POLICY_INVALID",
        "mend /etc/purvey/policy.toml on the host (`agent policy check` shows every line that is wrong); until then every \
         job is refused",
    ),
    ("POLICY_PAUSED", "the host's administrator has paused it: `pause` in /etc/purvey/policy.toml"),
    ("POLICY_ACTION", "only the host's administrator can allow it: `actions` in /etc/purvey/policy.toml"),
    (
        "POLICY_HOURS",
        "retry the job within the hours, or change `hours` in the host's /etc/purvey/policy.toml",
    ),
    ("POLICY_APP", "only the host's administrator can allow it: `apps` in /etc/purvey/policy.toml"),
    (
        "POLICY_PUBLISHER",
        "only the host's administrator can allow it: `publishers` in /etc/purvey/policy.toml",
    ),
    (
        "POLICY_DOWNGRADE",
        "only the host's administrator can allow it: `downgrades` in /etc/purvey/policy.toml",
    ),
    (
        "POLICY_DAILY_LIMIT",
        "retry the job tomorrow (UTC), or raise `daily_limit` in the host's /etc/purvey/policy.toml; if nobody asked for \
         so many, find out who did",
    ),
    (
        "POLICY_DAILY_JOBS",
        "retry the job tomorrow (UTC), or raise `daily_jobs` in the host's /etc/purvey/policy.toml",
    ),
    ("POLICY_USER", "only the host's administrator can allow it: `users` in /etc/purvey/policy.toml"),
    (
        "POLICY_WRITE_PATH",
        "only the host's administrator can allow it: `write_paths` in /etc/purvey/policy.toml",
    ),
    ("POLICY_NETWORK", "only the host's administrator can allow it: `network` in /etc/purvey/policy.toml"),
    (
        "POLICY_INPUT",
        "choose an allowed value, or have `inputs` changed in the host's /etc/purvey/policy.toml",
    ),
    (
        "POLICY_RESOURCES",
        "enable the cgroup controllers on the host (`agent doctor` says which), or take `resources` out of its \
         /etc/purvey/policy.toml",
    ),
    (
        "PUBLISHER_NOT_TRUSTED",
        "if this host shall run that publisher's apps, put the publisher's root document into /etc/purvey/publishers.d",
    ),
    (
        "PUBLISHER_DOCUMENT_INVALID",
        "put the publisher's present root document into the host's /etc/purvey/publishers.d, owned by root, mode 0644",
    ),
    (
        "PUBLISHER_NOT_TRUSTED_FOR_APP",
        "a publisher vouches for its own apps only; see who uploaded the app's bundle, and under which name",
    ),
    (
        "BUNDLE_STATEMENT_UNTRUSTED",
        "the bundle is not signed by a key of its publisher; sign it and upload it again",
    ),
    (
        "BUNDLE_STATEMENT_MISMATCH",
        "the signature is another version's; upload the version again with its own signature",
    ),
    ("PUBLISHER_KEY_EXPIRED", "sign the bundle with a present key of the publisher, and upload it again"),
    ("PUBLISHER_KEY_REVOKED", "sign the bundle with a key that is not revoked, and upload it again"),
    ("BUNDLE_REVOKED", "its publisher has withdrawn this bundle; install another version"),
    ("RELEASE_BELOW_FLOOR", "its publisher no longer lets so old a release run; install a newer version"),
    (
        "BUNDLE_UNAVAILABLE",
        "the control plane does not have the bundle; upload the version again, then retry the job",
    ),
    (
        "BUNDLE_ALTERED",
        "the bundle is not the signed one: it was changed on its way or in the control plane's store; upload it again, and \
         find out by what",
    ),
    (
        "BUNDLE_INVALID",
        "the bundle cannot be read by this agent; upgrade the agent, or pack the bundle again",
    ),
    ("MANIFEST_MISMATCH", "the bundle holds another app than its signature says; pack and sign it again"),
    (
        "ACTION_NOT_SUPPORTED",
        "the app has no script for this action; choose another action or another version",
    ),
    (
        "SEALED_INPUTS_UNREADABLE",
        "the secrets were sealed to another key than this server's; retry the job, and enrol the server again if that does \
         not help",
    ),
    ("INPUTS_INVALID", "correct the inputs of the install (`purvey install update`)"),
    ("OS_UNSUPPORTED", "the app does not run on this system; choose another server or another app"),
    ("RESOURCES_INSUFFICIENT", "give the server what the app needs, or choose another one"),
    (
        "SANDBOX_UNAVAILABLE",
        "the app needs the sandbox `confined`: run a kernel with Landlock (5.19 or later) on this server, or choose another \
         one",
    ),
    ("SERVER_BUSY", "retry the job when the other one has ended"),
    ("ATTEMPT_SUPERSEDED", "nothing: a later attempt of the same job was taken on before"),
    ("JOURNAL_UNWRITABLE", "make room on the host's disk (`agent doctor` says where), then retry the job"),
];

/// What to do about a job that was refused with this code.
pub fn advice(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(known, _)| *known == code).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_advice() {
        for (at, (code, advised)) in ADVICE.iter().enumerate() {
            assert!(!ADVICE[..at].iter().any(|(other, _)| other == code), "{code} twice");
            assert_eq!(advice(code), Some(*advised));
        }
        assert_eq!(advice("SCRIPT_FAILED"), None);
    }
}
