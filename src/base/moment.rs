//! Wall-clock moments as text, in the time zone of whoever looks at them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The time zone of the environment: `TZ`, else the system's; UTC when neither is known.
    pub fn system() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// A fixed distance from UTC in minutes, east of it positive; UTC when there is no such zone.
    pub fn fixed(minutes: i32) -> Self {
        let offset = minutes
            .checked_mul(60)
            .and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
        Self(offset.map_or(TimeZone::UTC, TimeZone::fixed))
    }

    /// Seconds since 1970 as `2026-11-21 03:04`.
    pub fn minute(&self, seconds: i64) -> String {
        self.shown(seconds.saturating_mul(1000), "%Y-%m-%d %H:%M")
    }

    /// Milliseconds since 1970 as `11-21 03:04:05`.
    pub fn second(&self, millis: i64) -> String {
        self.shown(millis, "%m-%d %H:%M:%S")
    }

    /// Milliseconds since 1970 as `03:04:05`.
    pub fn time_of_day(&self, millis: i64) -> String {
        self.shown(millis, "%H:%M:%S")
    }

    /// Milliseconds since 1970 as `2026-11-21T03:04:05+01:00`, which is unambiguous by itself.
    pub fn full(&self, millis: i64) -> String {
        self.shown(millis, "%Y-%m-%dT%H:%M:%S%:z")
    }

    fn shown(&self, millis: i64, form: &str) -> String {
        // a moment that no calendar has comes from a broken host and is shown as it came
        Timestamp::from_millisecond(millis).map_or_else(
            |_| format!("{millis}ms"),
            |moment| moment.to_zoned(self.0.clone()).strftime(form).to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let utc = Zone::default();
        assert_eq!(utc.minute(0), "1970-01-01 00:00");
        assert_eq!(utc.minute(951_782_400), "2000-02-29 00:00");
        assert_eq!(utc.minute(-1), "1969-12-31 23:59");
        assert_eq!(utc.second(1_767_225_599_999), "12-31 23:59:59");
        assert_eq!(utc.full(1_772_368_496_789), "2026-03-01T12:34:56+00:00");
    }

    #[test]
    fn zones_move_the_day() {
        let india = Zone::fixed(330);
        assert_eq!(india.minute(951_782_399), "2000-02-29 05:29");
        assert_eq!(india.full(0), "1970-01-01T05:30:00+05:30");
        assert_eq!(Zone::fixed(-60).minute(0), "1969-12-31 23:00");
    }

    #[test]
    fn odd_moments_break_nothing() {
        for odd in [i64::MIN, i64::MAX] {
            assert!(!Zone::fixed(90).second(odd).is_empty());
            assert!(!Zone::default().minute(odd).is_empty());
        }
        assert_eq!(Zone::fixed(i32::MAX), Zone::default());
    }
}
