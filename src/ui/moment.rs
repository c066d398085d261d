//! Wall-clock moments as text, in UTC, because a fleet has many time zones.

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    // years begin in March here, so that the leap day is the last one
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// `2026-11-21 03:04Z`.
pub(super) fn minute(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60
    )
}

/// `11-21 03:04:05Z`.
pub(super) fn second(millis: i64) -> String {
    let seconds = millis.div_euclid(1000);
    let (_, month, day) = civil(seconds.div_euclid(86_400));
    let rest = seconds.rem_euclid(86_400);
    format!(
        "{month:02}-{day:02} {:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// `03:04:05Z`.
pub(super) fn time_of_day(millis: i64) -> String {
    second(millis).split_off("11-21 ".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(minute(0), "1970-01-01 00:00Z");
        assert_eq!(minute(951_782_399), "2000-02-28 23:59Z");
        assert_eq!(minute(951_782_400), "2000-02-29 00:00Z");
        assert_eq!(minute(1_767_225_599), "2025-12-31 23:59Z");
        assert_eq!(minute(-1), "1969-12-31 23:59Z");
        assert_eq!(second(1_767_225_599_999), "12-31 23:59:59Z");
        assert_eq!(time_of_day(1_767_225_599_999), "23:59:59Z");
        // moments that no host means must not break the screen either
        for odd in [i64::MIN, i64::MAX] {
            assert!(!second(odd).is_empty());
            assert!(!minute(odd).is_empty());
        }
    }
}
