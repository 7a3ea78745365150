//! Where a request goes: scheme, host and port.

use super::ClientError;
use hyper::Uri;
use std::fmt;
use std::net::IpAddr;

/// What RFC 6454 calls an origin. Credentials for one are never sent to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpOrigin {
    pub is_https: bool,
    /// In lower case, without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
}

impl HttpOrigin {
    /// # Errors
    /// Unless the address is an absolute one of `https` or `http`.
    pub fn of(uri: &Uri) -> Result<Self, ClientError> {
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(ClientError::Address(uri.to_string())),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(ClientError::Address(uri.to_string()));
        }
        Ok(Self {
            is_https,
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(if is_https { 443 } else { 80 }),
        })
    }

    /// `host` or `host:port`, as `Host` and certificates' folders name it.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.is_https, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    pub fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }
}

impl fmt::Display for HttpOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.authority())
    }
}

/// Where a connection may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Anywhere,
    /// Not to this machine, nor into a network that is not the internet.
    Internet,
}

impl Reach {
    /// Where somebody may be led on to whom a server at this address has answered. One
    /// behind a proxy (`None`) is not of the network here.
    #[must_use]
    pub fn after(self, peer: Option<IpAddr>) -> Self {
        match self {
            Self::Anywhere if peer.is_some_and(is_private) => Self::Anywhere,
            _ => Self::Internet,
        }
    }

    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Anywhere || !is_private(address)
    }
}

/// Whether an address is of this machine or of a network that is not the
/// internet (RFC 1918, 3927, 4193, 4291, 6052, 6598).
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || first == 0
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(v6) => {
            // An IPv4 address behind a translator.
            if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() {
                let [[a, b], [c, d]] = [high, low].map(u16::to_be_bytes);
                return is_private(IpAddr::from([a, b, c, d]));
            }
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_scheme_host_and_port_of_an_absolute_url() {
        let of =
            |text: &str| HttpOrigin::of(&text.parse().unwrap()).map(|origin| origin.to_string());
        assert_eq!(of("https://CA.example/x").unwrap(), "https://ca.example");
        assert_eq!(of("https://[::1]:14000/x").unwrap(), "https://[::1]:14000");
        assert_eq!(of("http://a:80/").unwrap(), "http://a");
        assert_eq!(of("http://a:443/").unwrap(), "http://a:443");
        assert!(of("ftp://a/").is_err());
        assert!(of("/x").is_err());
    }

    #[test]
    fn whoever_answered_from_the_internet_leads_nobody_into_a_private_network() {
        let after = |reach: Reach, peer: &str| reach.after(peer.parse().ok());
        assert_eq!(after(Reach::Anywhere, "192.168.1.5"), Reach::Anywhere);
        assert_eq!(after(Reach::Anywhere, "8.8.8.8"), Reach::Internet);
        assert_eq!(after(Reach::Internet, "192.168.1.5"), Reach::Internet);
        assert_eq!(Reach::Anywhere.after(None), Reach::Internet);
        assert!(!Reach::Internet.allows("10.0.0.1".parse().unwrap()));
        assert!(Reach::Anywhere.allows("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn private_addresses_are_told_from_those_of_the_internet() {
        for private in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::192.168.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
