//! Names and numbers of things, each with a type of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            derive_more::Display, derive_more::FromStr, derive_more::From,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
    };
}

uuid_id! {
    /// A project's uid.
    ProjectUid
}
uuid_id! {
    /// A server's durable uid (UUIDv7): key of its tables, audience of its jobs.
    ServerUid
}
uuid_id! {
    /// An install's uid (UUIDv7).
    InstallUid
}
uuid_id! {
    /// A job's id (UUIDv7, by the database's time).
    JobId
}

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Not 1 to 63 lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen.
    #[error(
        "`{0}` is not an id: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit and not \
         ending with a hyphen"
    )]
    Name(String),
    /// Not 64 lower-case hexadecimal digits.
    #[error("`{0}` is not a digest: 64 lower-case hexadecimal digits")]
    Digest(String),
    /// Not `<publisher>/<app>`.
    #[error("`{0}` is not an app reference: <publisher>/<app>")]
    AppRef(String),
}

/// A caller-chosen id: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit and not ending
/// with a hyphen (AIP-122, RFC 1123).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=63).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidId::Name(clip(text))) }
    }
}

/// `<publisher>/<app>`: the name of an app in decisions of trust.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppRef {
    /// Who signs its bundles.
    pub publisher: Name,
    /// The app.
    pub app: Name,
}

impl fmt::Display for AppRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.publisher, self.app)
    }
}

impl FromStr for AppRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (publisher, app) = text.split_once('/').ok_or_else(|| InvalidId::AppRef(clip(text)))?;
        Ok(Self { publisher: publisher.parse()?, app: app.parse()? })
    }
}

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest whose 32 bytes these are.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bad = || InvalidId::Digest(clip(text));
        let nibble = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 64 {
            return Err(bad());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (high, low) = nibble(pair[0]).zip(nibble(pair[1])).ok_or_else(bad)?;
            *byte = high << 4 | low;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! serde_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

serde_as_text!(Name, AppRef, Digest);

/// What an error shows of a text that may be long or hostile.
fn clip(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_lower_case_and_hyphenated() {
        for good in ["a", "web-1", "nginx", "0", &"x".repeat(63)] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "é", "a/b", &"x".repeat(64)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_written_and_read_back() {
        let digest = Digest::of(b"purvey");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
        assert!("é".repeat(32).parse::<Digest>().is_err());
    }

    #[test]
    fn an_app_reference_names_publisher_and_app() {
        let app: AppRef = "purvey/nginx".parse().unwrap();
        assert_eq!((app.publisher.as_str(), app.app.as_str()), ("purvey", "nginx"));
        for bad in ["nginx", "a/b/c", "/nginx", "purvey/"] {
            assert!(bad.parse::<AppRef>().is_err(), "{bad}");
        }
    }
}
