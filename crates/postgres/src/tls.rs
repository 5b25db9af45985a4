//! Connections over TLS: whom to believe, and that nobody else is believed.

use std::path::Path;

use tokio_postgres::config::SslMode;

/// How a connection is made secure.
#[derive(Clone)]
pub(crate) enum Tls {
    Off,
    #[cfg(feature = "tls")]
    On(tokio_postgres_rustls::MakeRustlsConnect),
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            #[cfg(feature = "tls")]
            Self::On(_) => "On",
        })
    }
}

impl Tls {
    /// Believes the certificates in a file, or those that the system believes.
    #[cfg(feature = "tls")]
    pub(crate) fn of(mode: SslMode, roots: Option<&Path>) -> Result<Self, String> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;

        if mode == SslMode::Disable {
            return Ok(Self::Off);
        }
        let mut believed = rustls::RootCertStore::empty();
        if let Some(path) = roots {
            let unread = |error: &dyn std::fmt::Display| {
                format!("no certificates in {}: {error}", path.display())
            };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|e| unread(&e))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unread(&error))?;
                believed.add(certificate).map_err(|error| unread(&error))?;
            }
            if believed.is_empty() {
                return Err(unread(&"there is none"));
            }
        } else {
            let found = rustls_native_certs::load_native_certs();
            believed.add_parsable_certificates(found.certs);
        }
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS can't be set up: {error}"))?
            .with_root_certificates(believed)
            .with_no_client_auth();
        Ok(Self::On(tokio_postgres_rustls::MakeRustlsConnect::new(config)))
    }

    /// Without the feature `tls` only what is on this machine, or asks for no TLS.
    #[cfg(not(feature = "tls"))]
    pub(crate) fn of(mode: SslMode, _: Option<&Path>) -> Result<Self, String> {
        if mode == SslMode::Disable {
            return Ok(Self::Off);
        }
        Err("TLS is asked for, and this program was built without the feature tls".into())
    }
}
