//! Ids that sort in the order in which they were given, whatever the clock does.
//!
//! An id is twelve hexadecimal digits, milliseconds as a rule, and randomness.
//! Where the clock went back, the digits go on from the last id instead, so
//! they order ids but tell no time.

const DIGITS: usize = 12;

/// `id`, moved behind `last` if it does not sort after it by its digits.
pub fn after(last: Option<&str>, id: &str) -> String {
    let digits = |id: &str| {
        id.get(..DIGITS)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
    };
    let (Some(last), Some(now)) = (last.and_then(digits), digits(id)) else {
        return id.to_owned();
    };
    if now > last {
        return id.to_owned();
    }
    format!("{:012x}{}", last + 1, &id[DIGITS..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_id_sorts_after_the_last_one_when_the_clock_goes_back() {
        assert_eq!(after(None, "0000000000ffaa"), "0000000000ffaa");
        assert_eq!(
            after(Some("0000000000feaa"), "0000000000ffbb"),
            "0000000000ffbb"
        );
        assert_eq!(
            after(Some("0000000000ffaa"), "0000000000ffbb"),
            "000000000100bb"
        );
        assert_eq!(
            after(Some("018f00000000aa"), "000000000001bb"),
            "018f00000001bb"
        );
        assert_eq!(after(Some("x"), "y"), "y");
    }
}
