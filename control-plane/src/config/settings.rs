//! Every setting, once: what the file may say, what `print-default` prints and what the reference describes.

/// A setting.
pub(super) struct Setting {
    /// `section.key`.
    pub(super) name: &'static str,
    /// What it can be.
    pub(super) kind: Kind,
    /// What it is when nothing is said, as TOML.
    pub(super) default: &'static str,
    /// What it does.
    pub(super) about: &'static str,
}

/// What a setting can be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number, both ends included.
    Integer(u32, u32),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any texts. In the environment separated by commas.
    List,
}

/// The sections, in order, with what they are about.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("database", "PostgreSQL (15 or later), the only durable store."),
    ("api", "The listener for people and programs: gRPC, gRPC-web and health on one port."),
    ("agents", "The listener for agents: gRPC over TLS 1.3, with client certificates of the fleet's CA."),
    ("ops", "The listener for operators' machinery: health and metrics, without TLS."),
    ("fleet", "Who this control plane is. Fixed by the first start with a database."),
    ("kms", "What wraps the fleet's keys and the sensitive inputs in the database."),
    ("log", "What is logged, to standard error."),
    ("timings", "How long things take."),
    ("bootstrap", "How the first administrator comes in."),
    ("catalogue", "The apps that can be installed."),
    ("retention", "How long history is kept."),
];

/// The settings, by section, in order.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "database.url",
        kind: Kind::Text,
        default: r#""postgresql:///purvey?host=/run/postgresql""#,
        about: "Where PostgreSQL is. A transaction pooler may lie in between.",
    },
    Setting {
        name: "database.direct_url",
        kind: Kind::Text,
        default: r#""""#,
        about: "The same past the pooler, for migrations, partitions and LISTEN. Empty: `url` leads there directly.",
    },
    Setting {
        name: "database.max_connections",
        kind: Kind::Integer(4, 1000),
        default: "20",
        about: "Connections of this replica, at most.",
    },
    Setting {
        name: "api.listen",
        kind: Kind::Text,
        default: r#""127.0.0.1:5000""#,
        about: "Where to listen. Port 0 takes a free one.",
    },
    Setting {
        name: "api.tls_certificate",
        kind: Kind::Text,
        default: r#""""#,
        about: "A certificate chain (PEM file). Empty: one issued by the fleet's CA, renewed by itself.",
    },
    Setting {
        name: "api.tls_key",
        kind: Kind::Text,
        default: r#""""#,
        about: "The key of `tls_certificate` (PEM file).",
    },
    Setting {
        name: "api.names",
        kind: Kind::List,
        default: "[]",
        about: "Further host names and addresses in the certificate that the fleet's CA issues. `localhost`, the host's \
                name and the agents' address are in it anyway.",
    },
    Setting {
        name: "api.ca_file",
        kind: Kind::Text,
        default: r#""""#,
        about: "Where the certificates of the fleet's CAs are written at the start (PEM file), for clients of the API to \
                trust. Empty: nowhere.",
    },
    Setting {
        name: "api.plaintext",
        kind: Kind::Boolean,
        default: "false",
        about: "No TLS. On loopback only, such as behind a proxy on the same host.",
    },
    Setting {
        name: "agents.listen",
        kind: Kind::Text,
        default: r#""0.0.0.0:5443""#,
        about: "Where to listen. Port 0 takes a free one.",
    },
    Setting {
        name: "agents.advertise",
        kind: Kind::Text,
        default: r#""""#,
        about: "Where agents find it, as `host:port`: what join commands show. Empty: the host's name.",
    },
    Setting {
        name: "agents.max_handshakes",
        kind: Kind::Integer(1, 10_000),
        default: "256",
        about: "TLS handshakes at a time. Further agents wait their turn, so that a fleet that comes back at once cannot \
                drown those that are back already.",
    },
    Setting {
        name: "ops.listen",
        kind: Kind::Text,
        default: r#""127.0.0.1:9464""#,
        about: "Where to listen. Port 0 takes a free one.",
    },
    Setting {
        name: "fleet.trust_domain",
        kind: Kind::Text,
        default: r#""purvey.internal""#,
        about: "The fleet's name in identities: `spiffe://<trust_domain>/server/...`.",
    },
    Setting {
        name: "fleet.cell",
        kind: Kind::Text,
        default: r#""main""#,
        about: "This control plane's name in a fleet of several.",
    },
    Setting {
        name: "fleet.demo",
        kind: Kind::Boolean,
        default: "false",
        about: "Marks the trust domain as a demo's. A demo's database is refused by other control planes, and the other \
                way round.",
    },
    Setting {
        name: "kms.key_file",
        kind: Kind::Text,
        default: r#""/etc/purvey/kms.key""#,
        about: "The file with the key, mode 0600; made at the first start. Back it up apart from the database: without it \
                the fleet's keys are lost.",
    },
    Setting {
        name: "log.format",
        kind: Kind::OneOf(&["text", "json"]),
        default: r#""text""#,
        about: "Text for people, or one JSON object a line.",
    },
    Setting {
        name: "log.level",
        kind: Kind::Text,
        default: r#""info,sqlx=warn""#,
        about: "`error`, `warn`, `info`, `debug` or `trace`; or by module, such as `info,control_plane::fleet=debug`.",
    },
    Setting {
        name: "timings.lost_after_seconds",
        kind: Kind::Integer(1, 31_536_000),
        default: "3600",
        about: "How long an agent that has accepted a job may be silent past the job's timeout before the job counts as \
                lost.",
    },
    Setting {
        name: "timings.drain_seconds",
        kind: Kind::Integer(0, 3600),
        default: "30",
        about: "How long calls may go on after SIGTERM. A second signal ends them at once.",
    },
    Setting {
        name: "bootstrap.token_file",
        kind: Kind::Text,
        default: r#""/var/lib/purvey/bootstrap-token""#,
        about: "Where the bootstrap token is written (mode 0600) while no admin key has been used. It is good for an hour.",
    },
    Setting {
        name: "catalogue.folder",
        kind: Kind::Text,
        default: r#""""#,
        about: "A folder of bundles (`<app>-<version>.bundle` beside `<app>-<version>.statement.json`) to import at the \
                start, with their publishers' documents (`<publisher>.publisher.json`). Empty: none.",
    },
    Setting {
        name: "catalogue.publishers_folder",
        kind: Kind::Text,
        default: r#""""#,
        about: "A folder of the documents of publishers whose bundles are taken, each named like its publisher, as in \
                `/etc/purvey/publishers.d` of a server. A document that does not follow from the one that is known takes \
                its place. Empty: none.",
    },
    Setting {
        name: "retention.weeks",
        kind: Kind::Integer(0, 5200),
        default: "0",
        about: "Ended jobs, their output and receipts are dropped after so many weeks. 0 keeps them all.",
    },
];
