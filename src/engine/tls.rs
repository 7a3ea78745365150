//! TLS to an engine over TCP, as the Docker CLI does it: `ca.pem` says whom to
//! trust, `cert.pem` and `key.pem` say who we are
//! (<https://docs.docker.com/engine/security/protect-access/>).

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// Where distributions keep the authorities that the machine trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// The client side, from a folder with `ca.pem` and, optionally, `cert.pem`
/// with `key.pem`. Without `ca.pem` the machine's own authorities count.
///
/// # Errors
/// A sentence naming the file and what is wrong with it.
pub(super) fn client_config(folder: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let ca = folder
        .map(|dir| dir.join("ca.pem"))
        .filter(|path| path.exists());
    match &ca {
        Some(path) => {
            for certificate in certificates(path)? {
                roots
                    .add(certificate)
                    .map_err(|e| format!("{} holds no usable authority ({e})", path.display()))?;
            }
        }
        None => {
            if let Some(bundle) = SYSTEM_BUNDLES.iter().map(Path::new).find(|p| p.exists()) {
                roots.add_parsable_certificates(certificates(bundle)?);
            }
        }
    }
    if roots.is_empty() {
        return Err(match folder {
            Some(dir) => format!(
                "no certificate authority: {} is missing (DOCKER_CERT_PATH names the folder)",
                dir.join("ca.pem").display()
            ),
            None => "no certificate authority: set DOCKER_CERT_PATH to the folder with ca.pem"
                .to_owned(),
        });
    }
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let identity = folder
        .map(|dir| (dir.join("cert.pem"), dir.join("key.pem")))
        .filter(|(cert, key)| cert.exists() && key.exists());
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => {
            let chain = certificates(&cert)?;
            let secret = PrivateKeyDer::from_pem_file(&key)
                .map_err(|e| format!("{} is not a private key ({e})", key.display()))?;
            builder.with_client_auth_cert(chain, secret).map_err(|e| {
                format!(
                    "{} and {} do not belong together ({e})",
                    cert.display(),
                    key.display()
                )
            })?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The name that the engine's certificate must carry.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| format!("\"{host}\" cannot be a certificate's name"))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |e: &dyn std::fmt::Display| {
        format!(
            "{} cannot be read as PEM certificates ({e})",
            path.display()
        )
    };
    let found = CertificateDer::pem_file_iter(path)
        .map_err(|e| told(&e))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| told(&e))?;
    if found.is_empty() {
        return Err(format!("{} holds no certificate", path.display()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_ca_file_is_named_in_the_error() {
        let dir = tempfile::tempdir().unwrap();
        let error = {
            std::fs::write(dir.path().join("ca.pem"), "not a certificate").unwrap();
            client_config(Some(dir.path())).unwrap_err()
        };
        assert!(error.contains("ca.pem"), "{error}");
    }

    #[test]
    fn client_certificate_is_read_from_cert_folder_and_invalid_key_is_rejected() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = rcgen::CertificateParams::new(vec!["engine".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        std::fs::write(dir.path().join("ca.pem"), cert.pem()).unwrap();
        std::fs::write(dir.path().join("cert.pem"), cert.pem()).unwrap();
        std::fs::write(dir.path().join("key.pem"), key.serialize_pem()).unwrap();
        let config = client_config(Some(dir.path())).unwrap();
        assert!(config.client_auth_cert_resolver.has_certs());

        std::fs::write(dir.path().join("key.pem"), "nonsense").unwrap();
        let error = client_config(Some(dir.path())).unwrap_err();
        assert!(error.contains("key.pem"), "{error}");
    }
}
