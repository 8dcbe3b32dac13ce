use std::fmt;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Timestamp;
use super::duration::fraction;

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        // Below 10^9 always.
        Self { seconds: at.unix_timestamp(), nanos: at.nanosecond() as i32 }
    }
}

/// A timestamp that no calendar has: its nanoseconds are no fraction of a second, or its year is not 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl std::error::Error for OutOfRange {}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time lies from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z")
    }
}

impl TryFrom<Timestamp> for OffsetDateTime {
    type Error = OutOfRange;

    fn try_from(at: Timestamp) -> Result<Self, OutOfRange> {
        let nanos = u32::try_from(at.nanos).map_err(|_| OutOfRange)?;
        let seconds = Self::from_unix_timestamp(at.seconds).map_err(|_| OutOfRange)?;
        let at = seconds.replace_nanosecond(nanos).map_err(|_| OutOfRange)?;
        if (1..=9999).contains(&at.year()) { Ok(at) } else { Err(OutOfRange) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = OffsetDateTime::try_from(*self).map_err(S::Error::custom)?;
        let (date, time) = (at.date(), at.time());
        let (hour, minute, second) = time.as_hms();
        let month = u8::from(date.month());
        serializer.collect_str(&format_args!(
            "{:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}{}Z",
            date.year(),
            date.day(),
            fraction(time.nanosecond()),
        ))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339)
            .map_err(|_| D::Error::custom("a time is written as RFC 3339 has it: 2026-11-22T19:30:00Z"))?;
        let at = Self::from(at);
        OffsetDateTime::try_from(at).map_err(D::Error::custom)?;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_rfc_3339_in_utc_with_three_six_or_nine_digits() {
        let texts = [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1, 500_000_000, "1970-01-01T00:00:01.500Z"),
            (1, 1_000, "1970-01-01T00:00:01.000001Z"),
            (-1, 1, "1969-12-31T23:59:59.000000001Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        ];
        for (seconds, nanos, text) in texts {
            let at = Timestamp { seconds, nanos };
            assert_eq!(serde_json::to_value(at).unwrap(), text);
            assert_eq!(serde_json::from_value::<Timestamp>(text.into()).unwrap(), at);
        }
    }

    #[test]
    fn other_offsets_are_read_and_other_texts_are_not() {
        let read = |text: &str| serde_json::from_value::<Timestamp>(text.into());
        assert_eq!(read("1970-01-01T02:00:00+02:00").unwrap(), Timestamp::default());
        for text in ["", "1970-01-01", "1970-01-01T00:00:00", "0000-01-01T00:00:00Z", "1970-13-01T00:00:00Z"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(serde_json::to_value(Timestamp { seconds: 0, nanos: -1 }).is_err());
        assert!(serde_json::to_value(Timestamp { seconds: i64::MAX, nanos: 0 }).is_err());
    }
}
