//! How points are encoded.

/// The code of a gap in two bytes.
pub(super) const FINE_GAP: u16 = u16::MAX;
/// The code of a gap in one byte.
pub(super) const COARSE_GAP: u8 = u8::MAX;

/// A percentage in steps of 0.01, up to 655.34.
pub(super) fn fine(value: Option<f32>) -> u16 {
    match value {
        Some(value) if value.is_finite() => (value.max(0.0) * 100.0).round().min(f32::from(FINE_GAP - 1)) as u16,
        _ => FINE_GAP,
    }
}

/// The percentage of a code; `None` for a gap.
pub(super) fn from_fine(code: u16) -> Option<f32> {
    (code != FINE_GAP).then(|| f32::from(code) / 100.0)
}

/// Codes 1 to 254 cover 1 to 10^11 (100 GB/s), each a tenth above the one before.
const DECADES: f64 = 11.0;
const STEPS: f64 = 253.0;

/// A value of 1 to 10^11 on a logarithmic scale; what is below 1 is zero.
pub(super) fn coarse(value: Option<f64>) -> u8 {
    match value {
        Some(value) if value.is_finite() => {
            if value < 0.5 {
                return 0;
            }
            let step = value.max(1.0).log10() / DECADES * STEPS;
            step.round().min(STEPS) as u8 + 1
        }
        _ => COARSE_GAP,
    }
}

/// The value of a code; `None` for a gap.
pub(super) fn from_coarse(code: u8) -> Option<f64> {
    match code {
        COARSE_GAP => None,
        0 => Some(0.0),
        code => Some(10f64.powf(f64::from(code - 1) / STEPS * DECADES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentages_survive(value in 0f32..655.0) {
            let back = from_fine(fine(Some(value))).expect("no gap");
            prop_assert!((back - value).abs() < 0.0051);
        }

        #[test]
        fn rates_survive(exponent in 0f64..11.0) {
            let value = 10f64.powf(exponent);
            let back = from_coarse(coarse(Some(value))).expect("no gap");
            prop_assert!((back / value - 1.0).abs() < 0.052, "{} became {}", value, back);
        }
    }

    #[test]
    fn gaps_zeros_and_nonsense() {
        assert_eq!(from_fine(fine(None)), None);
        assert_eq!(from_coarse(coarse(None)), None);
        assert_eq!(from_coarse(coarse(Some(f64::NAN))), None);
        assert_eq!(from_coarse(coarse(Some(0.0))), Some(0.0));
        assert_eq!(from_coarse(coarse(Some(-5.0))), Some(0.0));
        assert_eq!(from_fine(fine(Some(0.0))), Some(0.0));
        assert!(coarse(Some(f64::MAX)) < COARSE_GAP);
    }
}
