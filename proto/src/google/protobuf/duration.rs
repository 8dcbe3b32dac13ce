use std::fmt;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Duration;

/// About 10,000 years, the furthest that the type goes.
const MAX_SECONDS: i64 = 315_576_000_000;
const RANGE: &str = "a duration is at most 315576000000s, and its nanoseconds have the sign of its seconds";
const FORM: &str = "a duration is written in seconds, such as 90s or 1.5s";

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let signs_agree = self.seconds == 0 || self.nanos == 0 || (self.seconds < 0) == (self.nanos < 0);
        let nanos = self.nanos.unsigned_abs();
        if self.seconds.unsigned_abs() > MAX_SECONDS.unsigned_abs() || nanos > 999_999_999 || !signs_agree {
            return Err(S::Error::custom(RANGE));
        }
        let sign = if self.seconds < 0 || self.nanos < 0 { "-" } else { "" };
        serializer.collect_str(&format_args!("{sign}{}{}s", self.seconds.unsigned_abs(), fraction(nanos)))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = text.strip_suffix('s').and_then(parse).ok_or_else(|| D::Error::custom(FORM))?;
        if read.seconds.abs() > MAX_SECONDS {
            return Err(D::Error::custom(RANGE));
        }
        Ok(read)
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || whole.len() > 18 || !is_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    Some(Duration { seconds: sign * whole.parse::<i64>().ok()?, nanos: i32::try_from(sign).ok()? * nanos })
}

/// Nanoseconds as the fraction of a second, with none, three, six or nine digits.
pub(super) fn fraction(nanos: u32) -> impl fmt::Display {
    fmt::from_fn(move |f| match nanos {
        0 => Ok(()),
        _ if nanos.is_multiple_of(1_000_000) => write!(f, ".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1_000) => write!(f, ".{:06}", nanos / 1_000),
        _ => write!(f, ".{nanos:09}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_seconds_with_a_suffix() {
        let texts = [
            (0, 0, "0s"),
            (90, 0, "90s"),
            (1, 500_000_000, "1.500s"),
            (0, -1_000, "-0.000001s"),
            (-3, -1, "-3.000000001s"),
            (MAX_SECONDS, 0, "315576000000s"),
        ];
        for (seconds, nanos, text) in texts {
            let span = Duration { seconds, nanos };
            assert_eq!(serde_json::to_value(span).unwrap(), text);
            assert_eq!(serde_json::from_value::<Duration>(text.into()).unwrap(), span);
        }
        let short = serde_json::from_value::<Duration>("1.5s".into()).unwrap();
        assert_eq!(short, Duration { seconds: 1, nanos: 500_000_000 });
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in
            ["", "s", "1", "1m", "+1s", "--1s", "1.s", ".5s", "1.0000000001s", "315576000001s", "1e3s"]
        {
            assert!(serde_json::from_value::<Duration>(text.into()).is_err(), "{text}");
        }
        assert!(serde_json::to_value(Duration { seconds: 1, nanos: -1 }).is_err());
        assert!(serde_json::to_value(Duration { seconds: i64::MIN, nanos: 0 }).is_err());
    }
}
