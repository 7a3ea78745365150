//! What the open ports of containers speak: asked once for each run of a container,
//! a little after its start, by connections to this host's own ports.

use super::Containers;
use super::addresses::{Answers, PortAnswer, candidates};
use crate::engine::EngineError;
use crate::model::container::{Container, State};
use crate::model::service::WebScheme;
use crate::model::timestamp::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between a start and the first question, and then between one and the next while
/// a port does not answer: many services take minutes for their first start.
const WAITS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(20),
    Duration::from_mins(1),
    Duration::from_mins(4),
];
const CONNECT: Duration = Duration::from_secs(1);
/// Protocols in which the server speaks first do so within this.
const GREETING: Duration = Duration::from_millis(300);
const ANSWER: Duration = Duration::from_secs(3);
/// Containers that are asked at the same time.
const AT_ONCE: usize = 2;

/// What is known of all containers, each for its current run.
#[derive(Debug, Default)]
pub(super) struct WebPorts {
    by_id: HashMap<String, (Option<Timestamp>, Answers)>,
}

impl WebPorts {
    pub fn of(&self, container: &Container) -> Option<&Answers> {
        let (started, answers) = self.by_id.get(&container.id)?;
        (*started == container.started_at).then_some(answers)
    }

    /// Whether it is to be asked: it runs, has ports, and this run was not seen yet.
    pub fn begin(&mut self, container: &Container) -> bool {
        if container.state != State::Running || candidates(container).is_empty() {
            return false;
        }
        let known = self.by_id.get(&container.id);
        if known.is_some_and(|(started, _)| *started == container.started_at) {
            return false;
        }
        self.by_id
            .insert(container.id.clone(), (container.started_at, Answers::new()));
        true
    }

    /// Whether this says something new.
    fn put(&mut self, container: &Container, answers: Answers) -> bool {
        match self.by_id.get_mut(&container.id) {
            Some((started, known)) if *started == container.started_at => {
                let is_new = answers
                    .iter()
                    .any(|(port, answer)| known.get(port) != Some(answer));
                known.extend(answers);
                is_new
            }
            _ => false,
        }
    }

    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.by_id.retain(|id, _| exists(id));
    }

    pub fn forget(&mut self, id: &str) {
        self.by_id.remove(id);
    }
}

impl Containers {
    /// Asks the ports of containers whose ids come in, until `stop`. Of which something
    /// new is known is sent to `answered`.
    pub(super) async fn ask_ports(
        self: Arc<Self>,
        mut started: UnboundedReceiver<String>,
        answered: UnboundedSender<String>,
        stop: CancellationToken,
    ) {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let mut asking = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(id) = started.recv() => {
                    let (turns, answered) = (Arc::clone(&turns), answered.clone());
                    asking.spawn(Arc::clone(&self).ask_ports_of(id, turns, answered));
                }
                Some(_) = asking.join_next(), if !asking.is_empty() => {}
                else => return,
            }
        }
    }

    async fn ask_ports_of(
        self: Arc<Self>,
        id: String,
        turns: Arc<Semaphore>,
        answered: UnboundedSender<String>,
    ) {
        let mut run = None;
        for wait in WAITS {
            sleep(wait).await;
            let container = match self.engine.get(&id) {
                Ok(container) => container,
                Err(EngineError::NotFound(_)) => return,
                // It comes back, and may know more than its list then.
                Err(_) => continue,
            };
            if container.state == State::Paused || container.started_at.is_none() {
                continue;
            }
            // The next run has a task of its own.
            if container.state != State::Running
                || *run.get_or_insert(container.started_at) != container.started_at
            {
                return;
            }
            let open: Vec<_> = candidates(&container)
                .into_iter()
                .map(|(ip, port, _)| (ip, port))
                .filter(|key| {
                    let ports = self.web_ports();
                    ports
                        .of(&container)
                        .is_some_and(|known| !known.contains_key(key))
                })
                .collect();
            if open.is_empty() {
                return;
            }
            let Ok(turn) = turns.acquire().await else {
                return;
            };
            let mut answers = Answers::new();
            for (ip, port) in open {
                let address = SocketAddr::new(ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port);
                let answer = ask(address).await;
                tracing::debug!(%address, ?answer, name = container.name, "a port was asked what it speaks");
                if let Some(answer) = answer {
                    answers.insert((ip, port), answer);
                }
            }
            drop(turn);
            if self.web_ports().put(&container, answers) && answered.send(id.clone()).is_err() {
                return;
            }
        }
    }
}

/// What a port speaks; `None` while nobody is there.
async fn ask(address: SocketAddr) -> Option<PortAnswer> {
    let connect = timeout(CONNECT, TcpStream::connect(address)).await;
    let mut stream = connect.ok()?.ok()?;
    let mut first = [0; 512];
    match timeout(GREETING, stream.read(&mut first)).await {
        // The engine's proxy takes every connection, and closes it when the container does not.
        Ok(Ok(0) | Err(_)) => return None,
        // It speaks first: SSH, mail, databases.
        Ok(Ok(_)) => return Some(PortAnswer::SomethingElse),
        Err(_) => {}
    }
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUser-Agent: DockerMate\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    timeout(CONNECT, stream.write_all(request.as_bytes()))
        .await
        .ok()?
        .ok()?;
    let mut answer = Vec::with_capacity(first.len());
    let read = timeout(ANSWER, async {
        while answer.len() < 1024 {
            match stream.read(&mut first).await {
                Ok(0) | Err(_) => break,
                Ok(n) => answer.extend_from_slice(first.get(..n).unwrap_or_default()),
            }
        }
    });
    // What has come by then is enough.
    let _ = read.await;
    Some(understand(&answer))
}

/// Servers that expect TLS close the connection, answer with an alert (RFC 8446, 5.1),
/// or say in plain HTTP that they do not speak it.
fn understand(answer: &[u8]) -> PortAnswer {
    if answer.starts_with(&[0x15, 0x03]) {
        return PortAnswer::Web(WebScheme::Https);
    }
    if !answer.starts_with(b"HTTP/") {
        return PortAnswer::SomethingElse;
    }
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let refused = text
        .get(8..)
        .is_some_and(|rest| rest.trim_start().starts_with("400"));
    let wants_tls = [
        "https port",
        "https server",
        "ssl-enabled",
        "ssl-only",
        "this combination of host and port requires tls",
    ]
    .iter()
    .any(|words| text.contains(words));
    PortAnswer::Web(if refused && wants_tls {
        WebScheme::Https
    } else {
        WebScheme::Http
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_to_plain_http_tells_http_https_and_other_protocols_apart() {
        let https = PortAnswer::Web(WebScheme::Https);
        let http = PortAnswer::Web(WebScheme::Http);
        for (answer, expected) in [
            (&b"HTTP/1.1 200 OK\r\n\r\n"[..], http),
            (b"HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n", http),
            (b"HTTP/1.1 401 Unauthorized\r\n\r\n", http),
            (b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", https),
            (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<title>400 The plain HTTP request was sent to HTTPS port</title>", https),
            (b"HTTP/1.1 400 Bad Request\r\n\r\nYou're speaking plain HTTP to an SSL-enabled server port.", https),
            (b"HTTP/1.1 400 Bad Request\r\n\r\nThis combination of host and port requires TLS.", https),
            (b"HTTP/1.1 200 OK\r\n\r\nabout the https port", http),
            (b"\x15\x03\x01\x00\x02\x02\x46", https),
            (b"-ERR unknown command\r\n", PortAnswer::SomethingElse),
            (b"", PortAnswer::SomethingElse),
        ] {
            assert_eq!(understand(answer), expected, "{}", String::from_utf8_lossy(answer));
        }
    }

    #[test]
    fn answers_are_known_for_one_run_and_asked_again_in_the_next() {
        let mut container = Container::running("web");
        container.network_mode = "host".to_owned();
        container.ports = vec![crate::model::container::Port {
            container_port: 80,
            protocol: "tcp".to_owned(),
            host_port: None,
            host_ip: None,
        }];
        container.started_at = Some(Timestamp(1));
        let mut ports = WebPorts::default();
        assert!(ports.begin(&container));
        assert!(!ports.begin(&container), "under way");
        let answers = || Answers::from([((None, 80), PortAnswer::Web(WebScheme::Http))]);
        assert!(ports.put(&container, answers()));
        assert!(!ports.put(&container, answers()), "nothing new");
        container.started_at = Some(Timestamp(2));
        assert_eq!(ports.of(&container), None);
        assert!(!ports.put(&container, answers()), "of a run that is over");
        assert!(ports.begin(&container));
    }
}
