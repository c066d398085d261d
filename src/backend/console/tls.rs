//! TLS for VNC (VeNCrypt x509), with the certificates in the places where libvirt's clients look.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::backend::console::route::Wire;
use crate::hv::error::{ErrorKind, HvError};

fn failed(why: impl Into<String>) -> HvError {
    HvError::own(ErrorKind::Auth, "vnc", why.into())
}

/// Directories that hold certificates, the user's first.
fn directories() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut all: Vec<PathBuf> = Vec::new();
    if let Some(home) = home {
        all.push(home.join(".pki/libvirt-vnc"));
        all.push(home.join(".pki/libvirt"));
        all.push(home.join(".pki/CA"));
    }
    all.extend(["/etc/pki/libvirt-vnc", "/etc/pki/CA", "/etc/pki/libvirt"].map(PathBuf::from));
    all
}

fn first(names: &[&str]) -> Option<PathBuf> {
    let all = directories();
    all.iter()
        .flat_map(|directory| names.iter().map(|name| directory.join(name)))
        .find(|path| path.is_file())
}

fn config() -> Result<ClientConfig, HvError> {
    let authority = first(&["ca-cert.pem", "cacert.pem"]).ok_or_else(|| {
        let places: Vec<String> = directories().iter().map(|path| path.display().to_string()).collect();
        failed(format!(
            "the VM's VNC wants TLS, and there is no ca-cert.pem or cacert.pem in {}",
            places.join(", ")
        ))
    })?;
    let shown = authority.display();
    let unreadable = |error: &dyn std::fmt::Display| failed(format!("{shown}: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&authority).map_err(|error| unreadable(&error))? {
        let certificate = certificate.map_err(|error| unreadable(&error))?;
        roots.add(certificate).map_err(|error| unreadable(&error))?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(roots);
    let own = first(&["client-cert.pem", "clientcert.pem"]).zip(first(&["client-key.pem", "clientkey.pem"]));
    let Some((certificate, key)) = own else {
        return Ok(builder.with_no_client_auth());
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&certificate)
        .map_err(|error| failed(format!("{}: {error}", certificate.display())))?
        .collect();
    let chain = chain.map_err(|error| failed(format!("{}: {error}", certificate.display())))?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| failed(format!("{}: {error}", key.display())))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| failed(format!("the client's certificate: {error}")))
}

/// Wraps a stream; the server must have a certificate of this host.
pub async fn wrap(wire: Box<dyn Wire>, host: &str) -> Result<Box<dyn Wire>, HvError> {
    // small local files
    let config = tokio::task::spawn_blocking(config)
        .await
        .map_err(|error| failed(error.to_string()))??;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| failed(format!("'{host}' is no name for TLS")))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, wire).await;
    let stream = stream.map_err(|error| failed(format!("TLS with {host}: {error}")))?;
    Ok(Box::new(stream))
}
