//! Whether a text is the MAC address of one machine.

use crate::error::{Error, Result};

/// # Errors
/// Names the field.
pub fn check_mac(field: &str, text: &str) -> Result<()> {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    let good = parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok());
    if !good {
        return Err(Error::invalid(
            field.to_owned(),
            format!("{text:?} is not a MAC address. Write it like 02:42:ac:11:00:02."),
        ));
    }
    if u8::from_str_radix(parts[0], 16).is_ok_and(|first| first & 1 == 1) {
        return Err(Error::invalid(
            field.to_owned(),
            format!(
                "{text} is a multicast address. The second digit of a MAC address must be even."
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_or_multicast_mac_address_is_refused() {
        assert!(check_mac("f", "02:42:ac:11:00:02").is_ok());
        for wrong in [
            "",
            "02:42",
            "0g:42:ac:11:00:02",
            "03:42:ac:11:00:02",
            "2:42:ac:11:00:02",
        ] {
            assert!(check_mac("f", wrong).is_err(), "{wrong}");
        }
    }
}
