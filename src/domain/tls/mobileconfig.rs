//! The profile by which iPhones, iPads and Macs install the authority in a few
//! taps (Apple, "Configuration Profile Reference", payload
//! `com.apple.security.root`).

use super::described::fingerprint;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The same authority always gives the same profile, so that installing it
/// again replaces the first instead of adding another.
pub(super) fn profile(host: &str, authority: &[u8]) -> String {
    let host = escape(host);
    let certificate = STANDARD.encode(authority);
    let outer = uuid(b"profile", authority);
    let inner = uuid(b"certificate", authority);
    let fingerprint = fingerprint(authority);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key>
			<string>dockermate-ca.crt</string>
			<key>PayloadContent</key>
			<data>{certificate}</data>
			<key>PayloadDescription</key>
			<string>SHA-256 {fingerprint}</string>
			<key>PayloadDisplayName</key>
			<string>DockerMate local authority ({host})</string>
			<key>PayloadIdentifier</key>
			<string>dockermate.authority.{inner}</string>
			<key>PayloadType</key>
			<string>com.apple.security.root</string>
			<key>PayloadUUID</key>
			<string>{inner}</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
		</dict>
	</array>
	<key>PayloadDescription</key>
	<string>Lets this device trust the DockerMate host "{host}". It is limited to names of the local network.</string>
	<key>PayloadDisplayName</key>
	<string>DockerMate ({host})</string>
	<key>PayloadIdentifier</key>
	<string>dockermate.profile.{outer}</string>
	<key>PayloadRemovalDisallowed</key>
	<false/>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>{outer}</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#
    )
}

/// A name-based UUID of version 8 (RFC 9562).
fn uuid(purpose: &[u8], authority: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(purpose)
        .chain_update(authority)
        .finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let hex = format!("{number:032X}");
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

fn escape(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobileconfig_profile_is_deterministic_and_escapes_the_host_name() {
        let first = profile("pi<script>", b"certificate");
        assert_eq!(first, profile("pi<script>", b"certificate"));
        assert!(first.contains("pi&lt;script&gt;") && !first.contains("<script>"));
        assert!(first.contains("<data>Y2VydGlmaWNhdGU=</data>"));
        assert_ne!(uuid(b"profile", b"a"), uuid(b"profile", b"b"));
        let uuid = uuid(b"profile", b"a");
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'8');
    }
}
