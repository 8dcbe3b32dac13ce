//! A manifest as it is written. The doc comments are what an editor shows and what the reference says.
#![allow(dead_code, reason = "only their schema is of use")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::super::read::names::dangerous;
use crate::manifest::{InputKind, Profile, Protocol};

/// What an app is, what it needs, what it asks for and which scripts it runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "Manifest of a Purvey app")]
pub(super) struct Manifest {
    /// The app's id, the same in all its versions.
    #[schemars(extend("examples" = ["my-app"]))]
    id: Id,
    /// Who vouches for the app: whoever signs it.
    #[schemars(extend("examples" = ["acme"]), extend("default" = "local"))]
    publisher: Option<Id>,
    /// What people call it.
    #[schemars(extend("examples" = ["My app"]))]
    name: Line<100>,
    /// The app's version, as its authors write it. In quotes if it looks like a number.
    #[schemars(length(max = 64), regex(pattern = "^[A-Za-z0-9.+~:_-]+$"), extend("examples" = ["1.24.0-2"]))]
    version: String,
    /// Grows with each release of the bundle, whatever the version says. Downgrades, and the lowest release that a
    /// publisher still allows, are judged by it.
    #[schemars(range(min = 1, max = 9223372036854775807i64), extend("examples" = [2]), extend("default" = 1))]
    release: Option<i64>,
    /// One or two sentences: what it does.
    #[schemars(extend("examples" = ["Serves a web site with nginx."]))]
    description: Option<Lines<4000>>,
    /// The heading that it is listed under.
    #[schemars(extend("examples" = ["web-servers"]), extend("default" = "other"))]
    category: Option<Line<64>>,
    /// Who wrote the installer.
    #[schemars(extend("examples" = ["Jane Doe"]))]
    author: Option<Line<200>>,
    /// The licence of the app, as an SPDX expression.
    #[schemars(extend("examples" = ["BSD-2-Clause"]))]
    licence: Option<Line<200>>,
    /// Who looks after the installer.
    #[schemars(length(max = 64), extend("examples" = [["Jane Doe <jane@example.com>"]]))]
    maintainers: Option<Vec<Line<200>>>,
    /// Where to read on about the app.
    #[schemars(length(max = 2048), regex(pattern = "^https?://"), extend("examples" = ["https://nginx.org/"]))]
    homepage: Option<String>,
    /// A file of the bundle, or the name of an icon that every panel has.
    #[schemars(extend("examples" = ["icon.svg"]))]
    icon: Option<File>,
    /// Words to find it by.
    #[schemars(length(max = 64), extend("examples" = [["web", "http"]]))]
    tags: Option<Vec<Line<64>>>,
    /// On which systems it runs. Any, if not said.
    os_requirements: Option<OsRequirements>,
    /// What the machine must have.
    resource_requirements: Option<ResourceRequirements>,
    /// What it asks for, in the order of the form.
    #[schemars(length(max = 200))]
    inputs: Option<Vec<Input>>,
    /// The script that puts the app there. It also runs for `reconfigure` and `upgrade` where they have no own script.
    #[schemars(extend("examples" = ["install.sh"]))]
    install_script: File,
    /// The script that removes what install made.
    #[schemars(extend("examples" = ["uninstall.sh"]))]
    uninstall_script: Option<File>,
    /// The script that moves the app to this version.
    #[schemars(extend("examples" = ["upgrade.sh"]))]
    upgrade_script: Option<File>,
    /// The script that applies other inputs.
    #[schemars(extend("examples" = ["reconfigure.sh"]))]
    reconfigure_script: Option<File>,
    /// The script that checks that all is as it should be, and changes nothing.
    #[schemars(extend("examples" = ["verify.sh"]))]
    verify_script: Option<File>,
    /// The script that saves the app's data.
    #[schemars(extend("examples" = ["backup.sh"]))]
    backup_script: Option<File>,
    /// The script that brings the data back.
    #[schemars(extend("examples" = ["restore.sh"]))]
    restore_script: Option<File>,
    /// How long one attempt of a script may take, in seconds. Then it gets SIGTERM, and a little later SIGKILL.
    #[schemars(range(min = 1, max = 86400), extend("examples" = [900]), extend("default" = 600))]
    timeout_seconds: Option<u32>,
    /// How failed attempts are repeated: after an exponentially growing pause.
    retry: Option<Retry>,
    /// Whether the scripts may safely run again after an interruption.
    #[schemars(extend("examples" = [true]), extend("default" = true))]
    idempotent: Option<bool>,
    /// What the scripts are held in. Without it the profile is `host`.
    sandbox: Option<Sandbox>,
    /// What the scripts report, by the library's function `output`.
    #[schemars(length(max = 64))]
    outputs: Option<Vec<Output>>,
    /// The ports that the app listens on, each a number or a mapping.
    #[schemars(length(max = 64))]
    ports: Option<Vec<Port>>,
    /// Apps, or things that apps provide, that cannot be on the same server.
    #[schemars(length(max = 64), extend("examples" = [["apache"]]))]
    conflicts: Option<Vec<Id>>,
    /// What it is besides itself, for the conflicts of others.
    #[schemars(length(max = 64), extend("examples" = [["web-server"]]))]
    provides: Option<Vec<Id>>,
}

/// On which systems an app runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OsRequirements {
    /// `ID` of `/etc/os-release`, in lower case. A system whose `ID_LIKE` names one of them will do as well.
    #[schemars(length(max = 64), inner(length(max = 64), regex(pattern = "^[a-z0-9._-]+$")), extend("examples" = [["debian", "ubuntu"]]))]
    family: Option<Vec<String>>,
    /// The lowest `VERSION_ID` of the first family. Versions of different families cannot be compared.
    #[schemars(length(max = 64), regex(pattern = VERSION_ID), extend("examples" = ["12"]))]
    min_version: Option<String>,
    /// The lowest `VERSION_ID` of each family, where there are several.
    #[schemars(extend("examples" = [{"ubuntu": "22.04"}]))]
    min_versions: Option<BTreeMap<String, VersionId>>,
}

const VERSION_ID: &str = "^[0-9]{1,9}(\\.[0-9]{1,9})*$";

/// What the machine must have.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ResourceRequirements {
    /// Memory, in MiB.
    #[schemars(range(min = 0, max = 1073741824), extend("examples" = [512]), extend("default" = 0))]
    min_ram_mb: Option<u64>,
    /// Free space on the root file system, in MiB.
    #[schemars(range(min = 0, max = 1073741824), extend("examples" = [1024]), extend("default" = 0))]
    min_disk_mb: Option<u64>,
    /// Processors.
    #[schemars(range(min = 0, max = 4096), extend("examples" = [2]), extend("default" = 0))]
    min_cpu_cores: Option<u32>,
    /// Architectures, as Debian names them. Any, if none is listed.
    #[schemars(length(max = 64), extend("examples" = [["amd64", "arm64"]]))]
    architectures: Option<Vec<Architecture>>,
}

/// An architecture, as Debian names it.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Architecture {
    Amd64,
    Arm64,
    Armhf,
    I386,
    Ppc64el,
    Riscv64,
    S390x,
}

/// Something that the app asks for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Input {
    /// The name. In upper case it is the environment variable that a script gets, so names that steer programs are
    /// refused.
    #[schemars(extend("examples" = ["http_port"]))]
    name: InputName,
    /// What kind of value.
    #[schemars(extend("examples" = ["port"]))]
    r#type: InputKind,
    /// What people call it; the name, if not said.
    #[schemars(extend("examples" = ["HTTP port"]))]
    label: Option<Line<200>>,
    /// The heading that it stands under.
    #[schemars(extend("examples" = ["Network"]))]
    group: Option<Line<100>>,
    /// What it means, in a sentence.
    #[schemars(extend("examples" = ["The port for plain HTTP."]))]
    description: Option<Lines<4000>>,
    /// What an empty field shows.
    #[schemars(extend("examples" = ["www.example.com"]))]
    placeholder: Option<Lines<1000>>,
    /// A longer explanation.
    #[schemars(extend("examples" = ["Ports below 1024 need no other setting."]))]
    help: Option<Lines<8000>>,
    /// Whether it must have a value where it is visible.
    #[schemars(extend("examples" = [true]), extend("default" = false))]
    required: Option<bool>,
    /// Whether the value is a secret: encrypted at rest, masked in logs, in no answer. Passwords always are.
    #[schemars(extend("examples" = [true]), extend("default" = false))]
    sensitive: Option<bool>,
    /// What values are allowed.
    validation: Option<Validation>,
    /// The value if none is given. It must keep the input's own rules.
    #[schemars(extend("examples" = [80]))]
    default: Option<Plain>,
    /// Makes up a password if none is given, and shows it once to whoever creates the install: `true`, or a mapping that
    /// says how.
    #[schemars(extend("examples" = [true]), extend("default" = false))]
    generate: Option<Generate>,
    /// When it is asked for: a mapping from other inputs to values. A hidden input is neither required nor passed on.
    #[schemars(extend("examples" = [{"enable_ssl": true}]))]
    visible_if: Option<Condition>,
}

/// What values are allowed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Validation {
    /// A regular expression that the whole value must match, in time linear to its length: no look-around, no
    /// back-references, no Unicode classes. Of a multiselect each chosen value must match.
    #[schemars(extend("examples" = ["[a-z]+"]))]
    pattern: Option<Line<1024>>,
    /// The fewest characters, or chosen values of a multiselect.
    #[schemars(range(min = 0, max = 65536), extend("examples" = [1]))]
    min_length: Option<u32>,
    /// The most characters, or chosen values of a multiselect.
    #[schemars(range(min = 0, max = 65536), extend("examples" = [64]))]
    max_length: Option<u32>,
    /// The lowest number.
    #[schemars(extend("examples" = [1]))]
    min_value: Option<Integer>,
    /// The highest number.
    #[schemars(extend("examples" = [100]))]
    max_value: Option<Integer>,
    /// The values to choose from, which select and multiselect need.
    #[schemars(length(min = 1, max = 1000), extend("examples" = [["abc", "def"]]))]
    allowed_values: Option<Vec<Scalar>>,
    /// What to say in place of the general message when a rule is broken, by the rule's key.
    messages: Option<Messages>,
}

/// What to say when a rule is broken.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Messages {
    /// When the pattern does not match.
    #[schemars(extend("examples" = ["Only small letters, please."]))]
    pattern: Option<Line<500>>,
    /// When it is too short.
    #[schemars(extend("examples" = ["At least 8 characters, please."]))]
    min_length: Option<Line<500>>,
    /// When it is too long.
    #[schemars(extend("examples" = ["At most 64 characters, please."]))]
    max_length: Option<Line<500>>,
    /// When it is too low.
    #[schemars(extend("examples" = ["At least one worker is needed."]))]
    min_value: Option<Line<500>>,
    /// When it is too high.
    #[schemars(extend("examples" = ["More than 64 workers are of no use."]))]
    max_value: Option<Line<500>>,
    /// When it is not among the allowed values.
    #[schemars(extend("examples" = ["Choose one of the listed modes."]))]
    allowed_values: Option<Line<500>>,
}

/// Whether and how to make up a password.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Generate {
    YesOrNo(bool),
    How(GenerateHow),
}

/// How to make up a password.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct GenerateHow {
    /// How many characters.
    #[schemars(range(min = 8, max = 256), extend("examples" = [32]), extend("default" = 24))]
    length: Option<u32>,
    /// What they are drawn from: 10 or more different printable ASCII characters. Letters and digits, if not said.
    #[schemars(
        length(min = 10, max = 94),
        regex(pattern = "^[!-~]+$"),
        extend("examples" = ["abcdefghijkmnpqrstuvwxyz23456789"]))]
    alphabet: Option<String>,
}

/// When an input is asked for. All entries must hold. A key is the name of another input, and its value what that must
/// be: a value, a list of values, or a mapping of comparisons.
struct Condition;

impl JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let again = generator.subschema_for::<Self>();
        let is = generator.subschema_for::<Is>();
        json_schema!({
            "description": "When an input is asked for. All entries must hold. A key is the name of another input, and \
                its value what that must be: a value, a list of values, or a mapping of comparisons.",
            "type": "object",
            "minProperties": 1,
            "properties": {
                "and": {"description": "All of these hold.", "type": "array", "items": again, "minItems": 1, "maxItems": 50},
                "or": {"description": "At least one of these holds.", "type": "array", "items": again, "minItems": 1,
                    "maxItems": 50},
                "not": {"description": "This does not hold.", "allOf": [again]},
            },
            "additionalProperties": is,
        })
    }
}

/// What another input must be.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Is {
    Equal(Scalar),
    In(#[schemars(length(min = 1))] Vec<Scalar>),
    Compared(Comparison),
}

/// Comparisons, all of which must hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(super) struct Comparison {
    /// It has this value.
    #[schemars(extend("examples" = ["abc"]))]
    equals: Option<Plain>,
    /// It is set, and has not this value.
    #[schemars(extend("examples" = ["abc"]))]
    not_equals: Option<Plain>,
    /// It has one of these values; of a multiselect one of them is chosen.
    #[schemars(extend("examples" = [["abc", "def"]]))]
    r#in: Option<Plain>,
    /// It is set, and has none of these values.
    #[schemars(extend("examples" = [["abc"]]))]
    not_in: Option<Plain>,
    /// It is a lower number.
    #[schemars(extend("examples" = [8]))]
    less_than: Option<Integer>,
    /// It is this number or a lower one.
    #[schemars(extend("examples" = [7]))]
    at_most: Option<Integer>,
    /// It is a higher number.
    #[schemars(extend("examples" = [1]))]
    greater_than: Option<Integer>,
    /// It is this number or a higher one.
    #[schemars(extend("examples" = [2]))]
    at_least: Option<Integer>,
    /// Whether it has a value other than the empty one.
    #[schemars(extend("examples" = [true]))]
    is_set: Option<bool>,
}

/// How failed attempts are repeated.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Retry {
    /// Attempts in all.
    #[schemars(range(min = 1, max = 20), extend("examples" = [5]), extend("default" = 3))]
    max_attempts: Option<u32>,
    /// The longest first pause, in seconds.
    #[schemars(range(min = 1, max = 3600), extend("examples" = [10]), extend("default" = 5))]
    initial_seconds: Option<u32>,
    /// The longest pause, in seconds.
    #[schemars(range(min = 1, max = 86400), extend("examples" = [120]), extend("default" = 300))]
    max_seconds: Option<u32>,
}

/// What the scripts are held in.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Sandbox {
    /// Which kind.
    #[schemars(extend("examples" = ["confined"]))]
    profile: Profile,
    /// Whether a confined script may use the network. A script in `host` always may.
    #[schemars(extend("examples" = [true]))]
    network: Option<bool>,
    /// The folders that a confined script may write to, besides its own.
    #[schemars(length(max = 64), inner(length(max = 4096), regex(pattern = "^/")), extend("examples" = [["/srv/site"]]))]
    write_paths: Option<Vec<String>>,
    /// The most memory of all its processes together, in MiB. No limit, if not said.
    #[schemars(range(min = 16, max = 1073741824), extend("examples" = [256]))]
    memory_mb: Option<u32>,
    /// The most processes and threads. No limit, if not said.
    #[schemars(range(min = 1, max = 1048576), extend("examples" = [100]))]
    max_processes: Option<u32>,
    /// The most processor time, in hundredths of one processor. No limit, if not said.
    #[schemars(range(min = 1, max = 100000), extend("examples" = [150]))]
    cpu_percent: Option<u32>,
}

/// Something that the scripts report.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Output {
    /// The name.
    #[schemars(length(max = 63), regex(pattern = NAME), extend("examples" = ["url"]))]
    name: String,
    /// What people call it; the name, if not said.
    #[schemars(extend("examples" = ["Address"]))]
    label: Option<Line<200>>,
    /// What it is for.
    #[schemars(extend("examples" = ["Where the site answers."]))]
    description: Option<Lines<4000>>,
    /// Whether it is kept from logs and answers.
    #[schemars(extend("examples" = [true]), extend("default" = false))]
    sensitive: Option<bool>,
}

/// A port that the app listens on.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Port {
    /// TCP on this port.
    Number(#[schemars(range(min = 1, max = 65535))] u16),
    Use(PortUse),
}

/// A port that the app listens on: `port` or `input` says which.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [
    {"required": ["port"], "properties": {"port": {"type": "integer"}, "input": {"type": "null"}}},
    {"required": ["input"], "properties": {"input": {"type": "string"}, "port": {"type": "null"}}},
]))]
pub(super) struct PortUse {
    /// Always this one.
    #[schemars(range(min = 1, max = 65535))]
    port: Option<u16>,
    /// The input of type port that holds it.
    #[schemars(extend("examples" = ["a_port"]))]
    input: Option<Line<64>>,
    /// By which protocol.
    #[schemars(extend("default" = "tcp"), extend("examples" = ["tcp"]))]
    protocol: Option<Protocol>,
    /// What for.
    #[schemars(extend("examples" = ["HTTP"]))]
    description: Option<Line<200>>,
}

const NAME: &str = "^[a-z]([a-z0-9_]*[a-z0-9])?$";

macro_rules! inline {
    ($(#[$doc:meta])* $name:ident $(<const $max:ident: usize>)? = $schema:tt) => {
        $(#[$doc])*
        pub(super) struct $name $(<const $max: usize>)?;

        impl $(<const $max: usize>)? JsonSchema for $name $(<$max>)? {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

inline! {
    /// One line that says something.
    Line<const MAX: usize> = {"type": "string", "maxLength": MAX, "pattern": "^[^\\r\\n]*\\S[^\\r\\n]*$"}
}
inline! {
    /// Any number of lines that say something.
    Lines<const MAX: usize> = {"type": "string", "maxLength": MAX, "pattern": "\\S"}
}
inline! {
    /// A caller-chosen id (`crate::id::Name`).
    Id = {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"}
}
inline! {
    /// A path in the bundle.
    File = {
        "type": "string",
        "maxLength": 200,
        "pattern": "^[A-Za-z0-9_+@][A-Za-z0-9._+@-]{0,98}(/[A-Za-z0-9_+@][A-Za-z0-9._+@-]{0,98}){0,7}$",
    }
}
inline! {
    /// `VERSION_ID` of os-release(5).
    VersionId = {"type": "string", "maxLength": 64, "pattern": VERSION_ID}
}
inline! {
    /// A whole number of 64 bits.
    Integer = {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX}
}
inline! {
    /// One value.
    Scalar = {"type": ["string", "boolean", "integer"]}
}
inline! {
    /// A value, or a list of values.
    Plain = {"type": ["string", "boolean", "integer", "array"], "items": {"type": ["string", "boolean", "integer"]}}
}
inline! {
    /// A name that can become a variable.
    InputName = {
        "type": "string",
        "maxLength": 63,
        "pattern": NAME,
        "not": {"anyOf": [{"enum": dangerous().0}, {"pattern": dangerous().1}]},
    }
}
