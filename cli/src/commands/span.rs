//! Spans of time on the command line.

use purvey_sdk::protobuf::Duration;

/// `90s`, `30m`, `12h`, `7d`, and sums such as `1h30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is not a span of time; write it like 90s, 30m, 1h30m or 7d");
    let mut seconds: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let number: i64 = rest[..digits].parse().map_err(|_| bad())?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            _ => return Err(bad()),
        };
        seconds = number.checked_mul(unit).and_then(|part| seconds.checked_add(part)).ok_or_else(bad)?;
        rest = &rest[digits + 1..];
    }
    Ok(Duration { seconds, nanos: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_sums_of_numbers_with_units() {
        let seconds = |text: &str| parse(text).map(|span| span.seconds);
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h30m"), Ok(5_400));
        assert_eq!(seconds("7d"), Ok(604_800));
        for bad in [
            "",
            "1",
            "h",
            "1x",
            "1h 30m",
            "-1h",
            "1.5h",
            "99999999999999999999d",
            "9223372036854775807d",
            "1é",
        ] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
