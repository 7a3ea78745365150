//! A reverse proxy on a port of its own, between the browser and the program, that
//! passes on everything but the upgrade to a WebSocket, as many do unless they are
//! told to.

use super::app::free_port;
use super::certificate::certificate;
use super::client::{Client, Tls};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

pub struct ReverseProxy {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ReverseProxy {
    /// In front of the program that `client` asks; lives as long as the tests.
    pub fn start(client: &Client) -> Self {
        let made = certificate(&["localhost"]);
        let chain = CertificateDer::from_pem_slice(made.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(made.private_key.as_bytes()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .unwrap();
        let (config, client) = (Arc::new(config), client.clone());
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for inside in listener.incoming().flatten() {
                let (config, client) = (Arc::clone(&config), client.clone());
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || {
                    let _ = inside.set_read_timeout(Some(Duration::from_mins(2)));
                    let connection = ServerConnection::new(config).unwrap();
                    let _ = pass_on(StreamOwned::new(connection, inside), &client, &noted);
                });
            }
        });
        Self { port, asked }
    }

    /// How many upgrades it has dropped.
    pub fn dropped(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// One request, and its answer until the program closes the connection.
fn pass_on(
    stream: StreamOwned<ServerConnection, TcpStream>,
    client: &Client,
    noted: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut from = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if lower.starts_with("upgrade:") {
            noted.lock().unwrap().push(head.clone());
        } else if line == "\r\n" {
            head.push_str("Connection: close\r\n\r\n");
            break;
        } else if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let mut inside: Tls = client.connect()?;
    inside.sock.set_read_timeout(Some(Duration::from_mins(2)))?;
    inside.write_all(head.as_bytes())?;
    inside.write_all(&body)?;
    let mut to = from.into_inner();
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let count = inside.read(&mut buffer).unwrap_or(0);
        if count == 0 {
            break;
        }
        to.write_all(&buffer[..count])?;
        to.flush()?;
    }
    to.conn.send_close_notify();
    let _ = to.flush();
    to.sock.shutdown(Shutdown::Both)
}
