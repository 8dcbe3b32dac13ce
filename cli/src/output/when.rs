//! Times as people read them.

use purvey_sdk::protobuf::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

fn moment(time: &Timestamp) -> Option<OffsetDateTime> {
    let whole = OffsetDateTime::from_unix_timestamp(time.seconds).ok()?;
    whole.checked_add(Duration::nanoseconds(i64::from(time.nanos)))
}

/// The point in time (RFC 3339, UTC, to the second); empty if there is none.
pub(crate) fn timestamp(time: Option<&Timestamp>) -> String {
    time.and_then(moment)
        .and_then(|time| time.replace_nanosecond(0).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// How long ago, or in how long, from now: `3m ago`, `in 2h`, `-` if there is no such time.
pub(crate) fn ago(time: Option<&Timestamp>) -> String {
    relative(time, now())
}

#[expect(clippy::disallowed_methods, reason = "the one place that says how long ago something was")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn relative(time: Option<&Timestamp>, now: OffsetDateTime) -> String {
    let Some(time) = time.and_then(moment) else {
        return "-".to_owned();
    };
    let passed = now - time;
    // The two clocks are of different machines.
    if passed.abs() < Duration::seconds(2) {
        "now".to_owned()
    } else if passed.is_positive() {
        format!("{} ago", duration(passed.unsigned_abs()))
    } else {
        format!("in {}", duration(passed.unsigned_abs()))
    }
}

/// From one time to another, or until now: `1m 12s`; empty if it has not begun.
pub(crate) fn since(start: Option<&Timestamp>, end: Option<&Timestamp>) -> String {
    let Some(start) = start.and_then(moment) else {
        return String::new();
    };
    let end = end.and_then(moment).unwrap_or_else(now);
    duration((end - start).max(Duration::ZERO).unsigned_abs())
}

/// `4s`, `1m 12s`, `3h 5m`, `9d`.
pub(crate) fn duration(span: std::time::Duration) -> String {
    let seconds = span.as_secs();
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit} {small}{small_unit}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => two(seconds / 60, "m", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_told_in_the_two_largest_units() {
        let texts = [0, 59, 60, 72, 3_600, 11_100, 86_400, 90_000]
            .map(|seconds| duration(std::time::Duration::from_secs(seconds)));
        assert_eq!(texts, ["0s", "59s", "1m", "1m 12s", "1h", "3h 5m", "1d", "1d 1h"]);
    }

    #[test]
    fn past_and_future_are_told_apart() {
        let now = datetime!(2026-11-22 12:00 UTC);
        let at = |seconds| Some(Timestamp { seconds: now.unix_timestamp() + seconds, nanos: 0 });
        assert_eq!(relative(at(-90).as_ref(), now), "1m 30s ago");
        assert_eq!(relative(at(7_200).as_ref(), now), "in 2h");
        assert_eq!(relative(at(1).as_ref(), now), "now");
        assert_eq!(relative(None, now), "-");
        assert_eq!(timestamp(at(0).as_ref()), "2026-11-22T12:00:00Z");
    }
}
