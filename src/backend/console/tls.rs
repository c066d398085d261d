//! TLS for VNC (VeNCrypt x509), with the certificates in the places where libvirt's clients and
//! virt-viewer look.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};

use crate::backend::console::route::Wire;
use crate::hv::error::{ErrorKind, HvError};

/// Names of a certificate authority's file: libvirt's and QEMU's.
const AUTHORITY: &[&str] = &["cacert.pem", "ca-cert.pem"];
/// Names of the user's own certificate.
const OWN: &[&str] = &["clientcert.pem", "client-cert.pem"];
/// Names of its key.
const KEY: &[&str] = &[
    "private/clientkey.pem",
    "clientkey.pem",
    "private/client-key.pem",
    "client-key.pem",
];
/// Where systems keep the authorities that everybody trusts.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

fn failed(why: impl Into<String>) -> HvError {
    HvError::own(ErrorKind::Auth, "vnc", why.into())
}

/// Directories that hold certificates: the one that the host's URI names, the user's, the system's.
fn directories(named: Option<&Path>, home: Option<&Path>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = named.map(Path::to_owned).into_iter().collect();
    if let Some(home) = home {
        all.extend(["libvirt-vnc", "libvirt", "CA"].map(|place| home.join(".pki").join(place)));
    }
    all.extend(["libvirt-vnc", "CA", "libvirt"].map(|place| Path::new("/etc/pki").join(place)));
    all
}

fn first(directories: &[PathBuf], names: &[&str]) -> Option<PathBuf> {
    let paths = directories
        .iter()
        .flat_map(|directory| names.iter().map(|name| directory.join(name)));
    paths.into_iter().find(|path| path.is_file())
}

/// Whom we trust, and the file that says so. Only where there is no authority for libvirt are all
/// trusted that the system trusts.
fn roots(directories: &[PathBuf], system: &[&str]) -> Result<(RootCertStore, PathBuf), HvError> {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = first(directories, AUTHORITY) {
        let unreadable = |error: &dyn std::fmt::Display| failed(format!("{}: {error}", authority.display()));
        for certificate in CertificateDer::pem_file_iter(&authority).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
        return Ok((roots, authority));
    }
    for bundle in system.iter().map(PathBuf::from) {
        if let Ok(all) = CertificateDer::pem_file_iter(&bundle) {
            roots.add_parsable_certificates(all.filter_map(Result::ok));
        }
        if !roots.is_empty() {
            return Ok((roots, bundle));
        }
    }
    let places: Vec<String> = directories.iter().map(|path| path.display().to_string()).collect();
    Err(failed(format!(
        "no CA for the TLS of the VM's VNC: there is no cacert.pem in {}",
        places.join(", ")
    )))
}

fn config(directories: &[PathBuf]) -> Result<(ClientConfig, PathBuf), HvError> {
    let (roots, authority) = roots(directories, SYSTEM)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(roots);
    let Some((certificate, key)) = first(directories, OWN).zip(first(directories, KEY)) else {
        return Ok((builder.with_no_client_auth(), authority));
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&certificate)
        .map_err(|error| failed(format!("{}: {error}", certificate.display())))?
        .collect();
    let chain = chain.map_err(|error| failed(format!("{}: {error}", certificate.display())))?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| failed(format!("{}: {error}", key.display())))?;
    let config = builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| failed(format!("the client's certificate: {error}")))?;
    Ok((config, authority))
}

/// Why there is no TLS, the reason first: lines on the screen are short.
fn why(error: &std::io::Error, host: &str, authority: &Path) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("VNC's certificate is not by the CA in {}", authority.display())
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("VNC's certificate is not for {host}")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "VNC's certificate has expired".to_owned()
            }
            other => format!("VNC's certificate is not valid: {other}"),
        },
        _ => format!("TLS with {host}: {error}"),
    }
}

/// Wraps a stream; the server must have a certificate of this host. `named` is the directory with
/// certificates that the host's URI names (`pkipath`).
///
/// # Errors
/// Why the server is not who it should be, or we are not.
pub async fn wrap(wire: Box<dyn Wire>, host: &str, named: Option<PathBuf>) -> Result<Box<dyn Wire>, HvError> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    // small local files
    let (config, authority) =
        tokio::task::spawn_blocking(move || config(&directories(named.as_deref(), home.as_deref())))
            .await
            .map_err(|error| failed(error.to_string()))??;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| failed(format!("'{host}' is no name for TLS")))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, wire).await;
    let stream = stream.map_err(|error| failed(why(&error, host, &authority)))?;
    Ok(Box::new(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_authority_counts() {
        let place = tempfile::tempdir().unwrap();
        let (named, home) = (place.path().join("named"), place.path().join("home"));
        let all = directories(Some(&named), Some(&home));
        assert_eq!(all[0], named);
        assert!(all[1].ends_with("home/.pki/libvirt-vnc") && all.ends_with(&["/etc/pki/libvirt".into()]));
        let mine = &all[..4];
        assert_eq!(first(mine, AUTHORITY), None);
        for path in ["home/.pki/CA/cacert.pem", "home/.pki/libvirt/private/clientkey.pem"] {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(first(mine, AUTHORITY), Some(home.join(".pki/CA/cacert.pem")));
        assert_eq!(first(mine, KEY), Some(home.join(".pki/libvirt/private/clientkey.pem")));
        std::fs::create_dir(&named).unwrap();
        std::fs::write(named.join("ca-cert.pem"), "").unwrap();
        assert_eq!(first(mine, AUTHORITY), Some(named.join("ca-cert.pem")));
    }

    #[test]
    fn without_any_authority_it_is_said_where_one_belongs() {
        let place = tempfile::tempdir().unwrap();
        let all = directories(None, Some(place.path()));
        let error = roots(&all[..3], &[]).unwrap_err();
        assert!(error.message.raw().starts_with("no CA "), "{error}");
        assert!(error.message.raw().contains(".pki/CA"), "{error}");
    }

    #[test]
    fn wrong_certificates_are_told_apart() {
        let authority = Path::new("/etc/pki/CA/cacert.pem");
        let said = |certificate| {
            let error = std::io::Error::other(rustls::Error::InvalidCertificate(certificate));
            why(&error, "lab1", authority)
        };
        assert_eq!(
            said(CertificateError::UnknownIssuer),
            "VNC's certificate is not by the CA in /etc/pki/CA/cacert.pem"
        );
        assert_eq!(
            said(CertificateError::NotValidForName),
            "VNC's certificate is not for lab1"
        );
        assert_eq!(said(CertificateError::Expired), "VNC's certificate has expired");
        assert!(said(CertificateError::Revoked).starts_with("VNC's certificate is not valid"));
    }
}
