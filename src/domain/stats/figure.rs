//! A figure in two bytes. Pure.
//!
//! A whole number as a floating-point number of 5 bits of exponent and 11 of
//! mantissa, without a sign: exact below 4,096, then within one part in 4,096,
//! up to 4 TiB, where it saturates. The highest pattern means missing, which is
//! not zero.

/// Bits of the mantissa.
const MANTISSA: u32 = 11;
const ONE: u64 = 1 << MANTISSA;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure(u16);

impl Figure {
    pub const MISSING: Self = Self(u16::MAX);
    const HIGHEST: u16 = u16::MAX - 1;

    /// The nearest one. What is not a number is missing.
    pub fn of(value: Option<f64>) -> Self {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            return Self::MISSING;
        };
        // Saturates below and above.
        let value = value.round() as u64;
        if value < ONE {
            return Self(value as u16);
        }
        let shift = value.ilog2() - MANTISSA;
        let half = (1 << shift) >> 1;
        // A mantissa that is rounded up to the next power adds one to the exponent.
        let code =
            (u64::from(shift + 1) << MANTISSA) + ((value.saturating_add(half) >> shift) - ONE);
        Self(u16::try_from(code).map_or(Self::HIGHEST, |code| code.min(Self::HIGHEST)))
    }

    pub fn value(self) -> Option<u64> {
        if self == Self::MISSING {
            return None;
        }
        let (exponent, mantissa) = (u32::from(self.0) >> MANTISSA, u64::from(self.0) % ONE);
        Some(match exponent {
            0 => mantissa,
            _ => (ONE + mantissa) << (exponent - 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(value: f64) -> Option<u64> {
        Figure::of(Some(value)).value()
    }

    #[test]
    fn small_figures_are_exact_and_missing_is_not_zero() {
        for value in 0..4096_u64 {
            assert_eq!(kept(value as f64), Some(value));
        }
        assert_eq!(kept(0.4), Some(0));
        assert_eq!(Figure::of(None).value(), None);
        assert_eq!(kept(f64::NAN), None);
        assert_eq!(kept(-5.0), Some(0));
        assert_eq!(size_of::<Figure>(), 2);
    }

    #[test]
    fn figures_beyond_four_tebibytes_saturate() {
        let highest = kept(1e18).unwrap();
        assert_eq!(highest, 4094 << 30);
        assert_eq!(kept(u64::MAX as f64), Some(highest));
        assert_eq!(kept(highest as f64 * 2.0), Some(highest));
    }

    proptest::proptest! {
        #[test]
        fn figures_are_within_one_part_in_4096_and_keep_their_order(value in 0_u64..4_000_000_000_000, more in 0_u64..1_000_000_000) {
            let found = kept(value as f64).unwrap();
            proptest::prop_assert!(found.abs_diff(value) * 4096 <= value);
            proptest::prop_assert!(found <= kept((value + more) as f64).unwrap());
        }
    }
}
