//! Calendar dates at the clinic's place, and instants in UTC.
//!
//! A stay's dates are calendar dates, not instants (domain guide, rule 12): the contract counts days
//! from 1970-01-01. The conversions are Howard Hinnant's `days_from_civil` and its inverse.

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateError {
    /// Not of the form `YYYY-MM-DD`, or not in the calendar.
    #[error("{0:?} is not a date; write YYYY-MM-DD, for example 2026-12-01")]
    NotADate(String),
    /// The contract counts days from 1970-01-01.
    #[error("{0:?} is before 1970-01-01")]
    BeforeEpoch(String),
    /// Neither a date nor an instant with its zone.
    #[error(
        "{0:?} is neither a date nor an instant; write 2026-12-01 or 2026-12-01T08:30:00Z, with Z or \
         an offset"
    )]
    NotAnInstant(String),
}

/// A point in time, in Unix seconds: written as a date, which means its first second in UTC, or as an
/// instant of RFC 3339 with its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// Unix seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl std::str::FromStr for Instant {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let Some((date, clock)) = text.split_once(['T', 't']) else {
            return Ok(Self(u64::from(parse_day(text)?) * 86_400));
        };
        let wrong = || DateError::NotAnInstant(text.to_owned());
        let days = u64::from(parse_day(date).map_err(|_| wrong())?);
        let (clock, offset) = zone(clock).ok_or_else(wrong)?;
        let seconds = seconds_of_day(clock).ok_or_else(wrong)?;
        let local = i64::try_from(days * 86_400 + seconds).map_err(|_| wrong())?;
        let utc = u64::try_from(local - offset);
        utc.map(Self).map_err(|_| DateError::BeforeEpoch(text.to_owned()))
    }
}

/// The clock without its zone, and the zone's offset from UTC in seconds.
fn zone(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = clock.rfind(['+', '-'])?;
    let (clock, zone) = clock.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':')?;
    let size =
        i64::try_from(two_digits(hours, 23)? * 3_600 + two_digits(minutes, 59)? * 60).ok()?;
    Some((clock, if zone.starts_with('-') { -size } else { size }))
}

/// `HH:MM` or `HH:MM:SS`.
fn seconds_of_day(clock: &str) -> Option<u64> {
    let mut parts = clock.split(':');
    let (hours, minutes) = (two_digits(parts.next()?, 23)?, two_digits(parts.next()?, 59)?);
    let seconds = parts.next().map_or(Some(0), |seconds| two_digits(seconds, 59))?;
    parts.next().is_none().then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn two_digits(text: &str, most: u64) -> Option<u64> {
    let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten().filter(|number| *number <= most)
}

/// Days from 1970-01-01 to the date written as `YYYY-MM-DD`.
///
/// # Errors
///
/// [`DateError`] if the text is no date of the calendar or before 1970.
pub fn parse_day(text: &str) -> Result<u32, DateError> {
    let wrong = || DateError::NotADate(text.to_owned());
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() });
    if !shape {
        return Err(wrong());
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().map_err(|_| wrong());
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return Err(wrong());
    }
    u32::try_from(days_from_civil(year, month, day))
        .map_err(|_| DateError::BeforeEpoch(text.to_owned()))
}

/// The date `day` days after 1970-01-01, as `YYYY-MM-DD`.
#[must_use]
pub fn format_day(day: u32) -> String {
    let (year, month, day) = civil_from_days(i64::from(day));
    format!("{year:04}-{month:02}-{day:02}")
}

/// An instant as RFC 3339 in UTC; `seconds` count from the Unix epoch.
#[must_use]
pub fn format_instant(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Block times are 64-bit; what no calendar shows is shown as the number it is.
    let Ok(days) = u32::try_from(days) else { return format!("{seconds}s") };
    format!("{}T{:02}:{:02}:{:02}Z", format_day(days), rest / 3_600, rest / 60 % 60, rest % 60)
}

/// The wall clock in Unix seconds.
#[must_use]
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_secs())
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days_are_counted_from_1970() {
        for (text, day) in [
            ("1970-01-01", 0),
            ("2000-02-29", 11_016),
            ("2026-12-01", 20_788),
            ("2026-12-03", 20_790),
        ] {
            assert_eq!(parse_day(text), Ok(day), "{text}");
            assert_eq!(format_day(day), text);
        }
    }

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-12-01",
            "2026-1-1",
            "01.12.2026",
            "2026-12-01T00:00",
            "",
            "2026-12-00",
            "２０２６-12-01",
        ] {
            assert!(matches!(parse_day(text), Err(DateError::NotADate(_))), "{text:?}");
        }
        assert!(matches!(parse_day("1969-12-31"), Err(DateError::BeforeEpoch(_))));
    }

    #[test]
    fn instants_are_rfc_3339_in_utc() {
        assert_eq!(format_instant(1_800_000_000), "2027-01-15T08:00:00Z");
        assert_eq!(format_instant(u64::MAX), "18446744073709551615s");
    }

    #[test]
    fn instants_need_their_zone() {
        for (text, seconds) in [
            ("2027-01-15", 1_799_971_200),
            ("2027-01-15T08:00:00Z", 1_800_000_000),
            ("2027-01-15T08:00Z", 1_800_000_000),
            ("2027-01-15T09:30:00+01:30", 1_800_000_000),
            ("2027-01-14T22:00:00-10:00", 1_800_000_000),
        ] {
            assert_eq!(text.parse::<Instant>().map(Instant::seconds), Ok(seconds), "{text}");
        }
        for text in [
            "2027-01-15T08:00:00",
            "2027-01-15T24:00:00Z",
            "2027-01-15T8:00:00Z",
            "2027-01-15T08:00:00+1",
            "2027-01-15T08:00:00.5Z",
            "tomorrowT08:00Z",
        ] {
            assert!(matches!(text.parse::<Instant>(), Err(DateError::NotAnInstant(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_survive_the_round_trip(day in 0u32..2_900_000) {
            prop_assert_eq!(parse_day(&format_day(day)), Ok(day));
        }
    }
}
