//! Whose certificates are trusted: the public authorities that the program
//! carries, those of the machine, and further ones that the owner named.

use super::ClientError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where distributions keep the authorities that the machine trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// What is offered to the server by ALPN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocols {
    Http1,
    /// HTTP/2 first.
    Http2,
}

/// A client's own certificate, PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    pub certificate: PathBuf,
    pub private_key: PathBuf,
}

/// Cheap to clone: a handle.
#[derive(Debug, Clone)]
pub struct Trust(pub(super) Arc<ClientConfig>);

impl Trust {
    /// `extra` are PEM files with further authorities.
    ///
    /// # Errors
    /// Names the file that cannot be used.
    pub fn new(
        extra: &[&Path],
        identity: Option<&ClientIdentity>,
        protocols: Protocols,
    ) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(bundle) = SYSTEM_BUNDLES.iter().map(Path::new).find(|p| p.exists()) {
            // A list of the machine that is damaged leaves the public ones.
            if let Ok(certificates) = read(bundle) {
                roots.add_parsable_certificates(certificates);
            }
        }
        for path in extra {
            for certificate in read(path)? {
                roots
                    .add(certificate)
                    .map_err(|cause| unusable(path, &cause))?;
            }
        }
        let builder = builder()?.with_root_certificates(roots);
        Self::finish(builder, identity, protocols)
    }

    /// Trusts whoever answers, for registries that the owner called insecure.
    ///
    /// # Errors
    /// As [`Trust::new`].
    pub fn unverified(
        identity: Option<&ClientIdentity>,
        protocols: Protocols,
    ) -> Result<Self, ClientError> {
        let builder = builder()?;
        let verifier = Unverified(Arc::clone(builder.crypto_provider()));
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        Self::finish(builder, identity, protocols)
    }

    fn finish(
        builder: rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>,
        identity: Option<&ClientIdentity>,
        protocols: Protocols,
    ) -> Result<Self, ClientError> {
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain = read(&identity.certificate)?;
                let path = &identity.private_key;
                let key =
                    PrivateKeyDer::from_pem_file(path).map_err(|cause| unusable(path, &cause))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|cause| unusable(&identity.certificate, &cause))?
            }
        };
        if protocols == Protocols::Http2 {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Ok(Self(Arc::new(config)))
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, ClientError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .map_err(|cause| unusable(Path::new("TLS"), &cause))
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let found = CertificateDer::pem_file_iter(path)
        .map_err(|cause| unusable(path, &cause))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| unusable(path, &cause))?;
    if found.is_empty() {
        return Err(unusable(path, &"it contains no certificate"));
    }
    Ok(found)
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> ClientError {
    ClientError::Roots {
        path: path.display().to_string(),
        cause: cause.to_string(),
    }
}

/// Any certificate whose key the server has.
#[derive(Debug)]
pub struct Unverified(pub Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_or_empty_ca_file_is_rejected_with_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        let trust = |path: &Path| Trust::new(&[path], None, Protocols::Http1);
        let error = trust(&path).unwrap_err();
        assert!(error.to_string().contains("root.pem"), "{error}");
        std::fs::write(&path, "no certificate").unwrap();
        let error = trust(&path).unwrap_err();
        assert!(error.to_string().contains("no certificate"), "{error}");
        assert!(Trust::new(&[], None, Protocols::Http2).is_ok());
        assert!(Trust::unverified(None, Protocols::Http2).is_ok());
    }
}
