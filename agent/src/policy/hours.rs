//! When jobs may begin: windows of the week in a time zone.

use std::fmt;
use std::path::Path;

use time::{OffsetDateTime, UtcOffset, Weekday};

use super::read::shown;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES: u16 = 24 * 60;
/// Larger than any file of a time zone.
const MAX_ZONE_BYTES: u64 = 256 * 1024;

/// When jobs may begin.
#[derive(Clone, Debug)]
pub struct Hours {
    pub(super) zone: Zone,
    pub(super) windows: Vec<Window>,
}

/// A window of the week. One that ends before it begins goes on into the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    text: String,
    days: [bool; 7],
    from: u16,
    to: u16,
}

impl Window {
    /// Reads `08:00-18:00`, `mon-fri 08:00-18:00` or `sat,sun 22:00-04:00`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{}` is no window of time, such as \"mon-fri 08:00-18:00\" or \"22:00-04:00\"",
                shown(text)
            )
        };
        let (days, times) = match text.trim().split_once(' ') {
            Some((days, times)) => (read_days(days).ok_or_else(bad)?, times.trim()),
            None => ([true; 7], text.trim()),
        };
        let (from, to) = times.split_once('-').ok_or_else(bad)?;
        let (from, to) = (minute(from).ok_or_else(bad)?, minute(to).ok_or_else(bad)?);
        if from == to || from == MINUTES {
            return Err(format!("`{}` has no length; a whole day is 00:00-24:00", shown(text)));
        }
        Ok(Self { text: text.trim().to_owned(), days, from, to })
    }

    fn holds(&self, day: usize, minute: u16) -> bool {
        if self.from < self.to {
            return self.days[day] && (self.from..self.to).contains(&minute);
        }
        self.days[day] && minute >= self.from || self.days[(day + 6) % 7] && minute < self.to
    }
}

fn read_days(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name.trim()));
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        for step in 0..=(last + 7 - first) % 7 {
            days[(first + step) % 7] = true;
        }
    }
    Some(days)
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= MINUTES).then_some(all)
}

/// A time zone of the host's (`tzfile(5)`), with its rules for the future.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    name: String,
    rules: Option<tz::TimeZone>,
}

impl Zone {
    /// The zone that needs no file.
    pub(super) fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: None }
    }

    /// Reads a zone by its name in the IANA's database.
    pub(super) fn load(name: &str, zones: &Path) -> Result<Self, String> {
        if name == "UTC" {
            return Ok(Self::utc());
        }
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
        };
        if !name.split('/').all(part) {
            return Err(format!("`{}` is no time zone, such as \"Europe/Berlin\"", shown(name)));
        }
        let path = zones.join(name);
        let bytes = crate::files::read_bounded(&path, MAX_ZONE_BYTES).map_err(|error| {
            format!(
                "the time zone `{name}` is not on this host ({}: {error}); is tzdata installed?",
                path.display()
            )
        })?;
        let rules = tz::TimeZone::from_tz_data(&bytes)
            .map_err(|error| format!("the time zone `{name}`: {}: {error}", path.display()))?;
        Ok(Self { name: name.to_owned(), rules: Some(rules) })
    }

    fn offset(&self, now: OffsetDateTime) -> UtcOffset {
        let local = self.rules.as_ref().and_then(|zone| zone.find_local_time_type(now.unix_timestamp()).ok());
        let seconds = local.map_or(0, tz::LocalTimeType::ut_offset);
        UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC)
    }
}

impl Hours {
    /// The time in the zone.
    fn local(&self, now: OffsetDateTime) -> OffsetDateTime {
        now.to_offset(self.zone.offset(now))
    }

    /// Whether a job may begin now.
    pub fn are_open(&self, now: OffsetDateTime) -> bool {
        let local = self.local(now);
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        let day = usize::from(local.weekday().number_days_from_monday());
        self.windows.iter().any(|window| window.holds(day, minute))
    }

    /// The time as an administrator reads it, such as `sun 21:05`.
    pub fn time_of_day(&self, now: OffsetDateTime) -> String {
        let local = self.local(now);
        let day: Weekday = local.weekday();
        let day = DAYS[usize::from(day.number_days_from_monday())];
        format!("{day} {:02}:{:02}", local.hour(), local.minute())
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let windows: Vec<&str> = self.windows.iter().map(|window| window.text.as_str()).collect();
        write!(f, "{} in {}", windows.join(" and "), self.zone.name)
    }
}

/// `tzfile(5)`, version 2, with nothing but the rules for all times.
#[cfg(test)]
pub(super) fn central_europe() -> Vec<u8> {
    let header = |version: u8| {
        let mut header = b"TZif".to_vec();
        header.push(version);
        header.extend([0; 15]);
        // UT and standard indicators, leap seconds, transitions, types, letters.
        for count in [0, 0, 0, 0, 1, 4] {
            header.extend([0, 0, 0, count]);
        }
        // One type: an hour ahead, no summer time, the first letters.
        header.extend([0, 0, 14, 16, 0, 0]);
        header.extend(b"CET\0");
        header
    };
    [header(b'2'), header(b'2'), b"\nCET-1CEST,M3.5.0,M10.5.0/3\n".to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn hours(windows: &[&str], zone: Zone) -> Hours {
        Hours { zone, windows: windows.iter().map(|text| Window::parse(text).unwrap()).collect() }
    }

    fn berlin() -> Zone {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Europe")).unwrap();
        std::fs::write(folder.path().join("Europe/Berlin"), central_europe()).unwrap();
        Zone::load("Europe/Berlin", folder.path()).unwrap()
    }

    #[test]
    fn windows_hold_their_days_and_go_over_midnight() {
        let hours = hours(&["mon-fri 08:00-18:00", "fri,sat 22:00-04:00"], Zone::utc());
        for open in [
            datetime!(2026-11-23 08:00 UTC),
            datetime!(2026-11-27 17:59:59 UTC),
            datetime!(2026-11-27 23:00 UTC),
            datetime!(2026-11-28 03:59 UTC),
            datetime!(2026-11-29 00:30 UTC),
        ] {
            assert!(hours.are_open(open), "{open}");
        }
        for closed in [
            datetime!(2026-11-23 07:59:59 UTC),
            datetime!(2026-11-23 18:00 UTC),
            datetime!(2026-11-27 03:00 UTC),
            datetime!(2026-11-28 09:00 UTC),
            datetime!(2026-11-29 22:30 UTC),
        ] {
            assert!(!hours.are_open(closed), "{closed}");
        }
    }

    #[test]
    fn a_zone_is_followed_into_and_out_of_summer_time() {
        let hours = hours(&["08:00-09:00"], berlin());
        assert!(hours.are_open(datetime!(2026-01-15 07:30 UTC)));
        assert!(!hours.are_open(datetime!(2026-01-15 06:30 UTC)));
        assert!(hours.are_open(datetime!(2026-07-15 06:30 UTC)));
        assert!(!hours.are_open(datetime!(2026-07-15 07:30 UTC)));
        assert_eq!(hours.time_of_day(datetime!(2026-07-19 22:30 UTC)), "mon 00:30");
        assert_eq!(hours.to_string(), "08:00-09:00 in Europe/Berlin");
    }

    #[test]
    fn days_wrap_around_the_week_and_a_whole_day_has_24_hours() {
        let weekend = hours(&["sat-mon 00:00-24:00"], Zone::utc());
        assert!(weekend.are_open(datetime!(2026-11-23 23:59 UTC)));
        assert!(!weekend.are_open(datetime!(2026-11-24 00:00 UTC)));
        for bad in [
            "",
            "8-18",
            "08:00-08:00",
            "24:00-01:00",
            "08:60-09:00",
            "mon 25:00-26:00",
            "noday 08:00-09:00",
            "8:00-9:00",
        ] {
            assert!(Window::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_is_named_and_no_path() {
        let nowhere = Path::new("/nonexistent");
        for bad in ["../../etc/passwd", "/etc/passwd", "", "Europe/", "a b", "./UTC"] {
            assert!(Zone::load(bad, nowhere).unwrap_err().contains("no time zone"), "{bad}");
        }
        assert!(Zone::load("Europe/Berlin", nowhere).unwrap_err().contains("tzdata"));
        assert!(Zone::load("UTC", nowhere).is_ok());
    }
}
