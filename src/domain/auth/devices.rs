//! Devices that have logged in before (OWASP, device cookies): a flood of tries
//! from elsewhere does not delay them. A device proves nothing else by it.
//!
//! The cookie is an id and its MAC. Nothing of it is stored. It stays good when the
//! password changes: after a reset in the middle of a flood the owner needs it most.

use super::{Auth, random};
use crate::domain::security::Device;
use crate::error::Result;
use crate::model::hex;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

#[derive(Debug)]
pub(super) struct Devices {
    key: hmac::Key,
}

impl Devices {
    pub fn new(secret: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    fn cookie(&self, id: &str) -> String {
        let tag = hmac::sign(&self.key, message(id).as_bytes());
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn read(&self, cookie: &str) -> Option<Device> {
        let (id, tag) = cookie.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.key, message(id).as_bytes(), &tag).ok()?;
        Some(Device(id.to_owned()))
    }
}

fn message(id: &str) -> String {
    format!("device {id}")
}

impl Auth {
    /// The device that a cookie names, if a login gave it.
    pub fn device(&self, cookie: &str) -> Option<Device> {
        self.devices.read(cookie)
    }

    /// The cookie of a device that has just logged in.
    pub fn new_device(&self) -> Result<String> {
        let id = hex::encode(&random::<12>()?);
        Ok(self.devices.cookie(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_cookie_is_read_back_and_any_change_makes_it_worthless() {
        let devices = Devices::new(b"secret");
        let cookie = devices.cookie("abc");
        assert_eq!(devices.read(&cookie), Some(Device("abc".to_owned())));
        assert_eq!(devices.read(&cookie.replace("abc", "abd")), None);
        assert_eq!(Devices::new(b"other").read(&cookie), None);
        for bad in ["", "abc", "abc.", ".", "abc.AAAA"] {
            assert_eq!(devices.read(bad), None, "{bad}");
        }
    }
}
