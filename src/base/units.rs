//! Numbers as an admin reads them: fixed width, unit always shown, never more digits than known.

/// Bytes with a binary unit, at most four digits and the unit: `0B`, `1023B`, `1.5K`, `640M`, `12.0G`.
pub fn bytes(value: u64) -> String {
    scaled(value as f64, 1024.0, &["B", "K", "M", "G", "T", "P", "E"])
}

/// Bytes a second with a binary unit: `1.2M/s`.
pub fn bytes_per_second(value: f64) -> String {
    format!(
        "{}/s",
        scaled(value.max(0.0), 1024.0, &["B", "K", "M", "G", "T", "P", "E"])
    )
}

/// A count a second with a decimal unit: `950/s`, `1.2k/s`.
pub fn per_second(value: f64) -> String {
    format!("{}/s", scaled(value.max(0.0), 1000.0, &["", "k", "M", "G", "T"]))
}

/// Seconds of latency with a decimal unit: `350µs`, `4.2ms`, `1.5s`.
pub fn latency(seconds: f64) -> String {
    let micros = seconds.max(0.0) * 1e6;
    if micros < 999.5 {
        format!("{micros:.0}µs")
    } else if micros < 999_500.0 {
        digits(micros / 1e3, "ms")
    } else {
        digits(micros / 1e6, "s")
    }
}

/// A percentage: one decimal below 10, none above.
pub fn percent(value: f64) -> String {
    if value.abs() < 9.95 {
        format!("{value:.1}%")
    } else {
        format!("{value:.0}%")
    }
}

fn scaled(value: f64, base: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    while value >= base - 0.5 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    if unit == 0 {
        format!("{value:.0}{}", units[0])
    } else {
        digits(value, units[unit])
    }
}

fn digits(value: f64, unit: &str) -> String {
    if value < 99.95 {
        format!("{value:.1}{unit}")
    } else {
        format!("{value:.0}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_forms() {
        for (value, text) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (640 << 20, "640M"),
            (12 << 30, "12.0G"),
            (u64::MAX, "16.0E"),
        ] {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn other_forms() {
        assert_eq!(per_second(950.0), "950/s");
        assert_eq!(per_second(1234.0), "1.2k/s");
        assert_eq!(latency(0.000_35), "350µs");
        assert_eq!(latency(0.0042), "4.2ms");
        assert_eq!(latency(1.5), "1.5s");
        assert_eq!(percent(3.21), "3.2%");
        assert_eq!(percent(99.96), "100%");
    }
}
