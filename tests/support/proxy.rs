//! A socket between the program and the engine that counts the requests which
//! change something, and strikes at one of them: somebody's power is cut before
//! the engine has heard of it, or after it has answered and nobody has heard
//! that; or somebody else does something at that moment. It also notes every
//! request, answers chosen ones itself, and cuts the connections that are open.

use super::engine::{number, root};
use std::io::{self, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The engine never hears of the request.
    Before,
    /// The engine has just heard of it.
    During,
    /// The engine has done it, and the answer is lost.
    After,
    /// The engine has done it, and its answer is passed on afterwards.
    Along,
}

/// What a request gets instead of the engine's answer.
#[derive(Debug, Clone, Copy)]
pub enum Refusal {
    /// The connection is closed without an answer.
    Cut,
    /// The connection stays open without an answer.
    Silence,
    Answer {
        status: u16,
        content_type: &'static str,
        body: &'static str,
    },
    /// An answer whose connection is closed before its end.
    Part {
        content_type: &'static str,
        body: &'static str,
    },
}

/// The answer of an engine that has a fault of its own.
pub const FAULT: Refusal = Refusal::Answer {
    status: 500,
    content_type: "application/json",
    body: "{\"message\":\"a fault of the test\"}",
};

/// The answer of a proxy (HAProxy) that does not allow the request.
pub const FORBIDDEN: Refusal = Refusal::Answer {
    status: 403,
    content_type: "text/html",
    body: "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n",
};

type Blow = Box<dyn FnOnce() + Send>;
type Filter = Box<dyn FnMut(&str) -> Option<Refusal> + Send>;

#[derive(Default)]
struct Plan {
    count: u32,
    /// What a request must contain to be counted.
    counted: String,
    at: Option<(u32, When)>,
    blow: Option<Blow>,
    /// The changing requests, to be told in a failure.
    seen: Vec<String>,
    /// Every request.
    asked: Vec<String>,
    /// Parts of a request's first line, and how many of those are refused.
    refused: Vec<(String, u32)>,
    /// Asked with the first line of every request.
    filter: Option<Filter>,
    /// The API version in requests, and the one that the engine gets instead.
    version: Option<(String, String)>,
    open: Vec<UnixStream>,
}

pub struct Proxy {
    path: PathBuf,
    plan: Arc<Mutex<Plan>>,
    over: Arc<AtomicBool>,
}

impl Proxy {
    pub fn start(engine: PathBuf) -> Self {
        let path = root().join(format!("proxy-{}.sock", number()));
        let listener = UnixListener::bind(&path).unwrap();
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let over: Arc<AtomicBool> = Arc::default();
        let (ours, ended) = (Arc::clone(&plan), Arc::clone(&over));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(client) = client else { continue };
                let (engine, plan) = (engine.clone(), Arc::clone(&ours));
                std::thread::spawn(move || {
                    let _ = serve(&client, &engine, &plan);
                    let _ = client.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Self { path, plan, over }
    }

    pub fn host(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Strikes at the `at`th changing request from now on.
    pub fn arm(&self, at: u32, when: When, blow: impl FnOnce() + Send + 'static) {
        self.arm_for("", at, when, blow);
    }

    /// The same, counting only those with this part in their first line.
    pub fn arm_for(&self, part: &str, at: u32, when: When, blow: impl FnOnce() + Send + 'static) {
        let mut plan = self.plan.lock().unwrap();
        part.clone_into(&mut plan.counted);
        plan.count = 0;
        plan.seen.clear();
        plan.at = Some((at, when));
        plan.blow = Some(Box::new(blow));
    }

    /// Lets everything pass; false when it had struck.
    pub fn disarm(&self) -> bool {
        let mut plan = self.plan.lock().unwrap();
        plan.at = None;
        plan.blow.take().is_some()
    }

    /// From now on requests for which `filter` says so get that answer and never
    /// reach the engine. It sees `GET /containers/…/json`, without the version.
    pub fn filter(&self, filter: impl FnMut(&str) -> Option<Refusal> + Send + 'static) {
        self.plan.lock().unwrap().filter = Some(Box::new(filter));
    }

    /// Lets every request through again.
    pub fn end_filter(&self) {
        self.plan.lock().unwrap().filter = None;
    }

    /// From now on requests of API version `said` reach the engine as `meant`.
    pub fn translate(&self, said: &str, meant: &str) {
        let both = [said, meant].map(|version| format!("/v{version}/"));
        self.plan.lock().unwrap().version = Some(both.into());
    }

    /// Closes every connection that is open now.
    pub fn cut(&self) {
        for stream in self.plan.lock().unwrap().open.drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// The changing requests since it was armed.
    pub fn seen(&self) -> Vec<String> {
        self.plan.lock().unwrap().seen.clone()
    }

    /// Answers the next `times` requests whose first line has this part in it
    /// with status 500, in the engine's place.
    pub fn refuse(&self, part: &str, times: u32) {
        let mut plan = self.plan.lock().unwrap();
        plan.refused.retain(|(other, _)| other != part);
        plan.refused.push((part.to_owned(), times));
    }

    /// How many of them are still to come.
    pub fn still_refused(&self, part: &str) -> u32 {
        let plan = self.plan.lock().unwrap();
        let rule = plan.refused.iter().find(|(other, _)| other == part);
        rule.map_or(0, |(_, times)| *times)
    }

    /// The first line of every request since this was last called.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.plan.lock().unwrap().asked)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = UnixStream::connect(&self.path);
    }
}

/// What the head of a request or answer says of its body.
struct Head {
    bytes: Vec<u8>,
    first: String,
    length: Option<u64>,
    chunked: bool,
}

fn head(reader: &mut impl io::BufRead) -> io::Result<Option<Head>> {
    let mut head = Head {
        bytes: Vec::new(),
        first: String::new(),
        length: None,
        chunked: false,
    };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        head.bytes.extend(line.as_bytes());
        let text = line.trim_end().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(Some(head));
        }
        if head.first.is_empty() {
            line.trim_end().clone_into(&mut head.first);
        } else if let Some(length) = text.strip_prefix("content-length:") {
            head.length = length.trim().parse().ok();
        } else if text.starts_with("transfer-encoding:") {
            head.chunked = text.contains("chunked");
        }
    }
}

/// Hands the body on piece by piece, so that streams flow.
fn body(head: &Head, from: &mut impl io::BufRead, to: &mut impl io::Write) -> io::Result<()> {
    if let Some(length) = head.length {
        io::copy(&mut from.take(length), to)?;
        return Ok(());
    }
    if !head.chunked {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        to.write_all(line.as_bytes())?;
        io::copy(&mut from.take(size + 2), to)?;
        to.flush()?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn serve(client: &UnixStream, engine: &PathBuf, plan: &Mutex<Plan>) -> io::Result<()> {
    let engine = UnixStream::connect(engine)?;
    plan.lock()
        .unwrap()
        .open
        .extend([engine.try_clone()?, client.try_clone()?]);
    let (mut to_engine, mut from_engine) = (&engine, BufReader::new(&engine));
    let (mut to_client, mut from_client) = (client, BufReader::new(client));
    while let Some(request) = head(&mut from_client)? {
        let mut asked = translated(&request, plan);
        body(&request, &mut from_client, &mut asked)?;
        match refusal(&request.first, plan) {
            Some(Refusal::Cut) => return Ok(()),
            Some(Refusal::Silence) => {
                return io::copy(&mut from_client, &mut io::sink()).map(drop);
            }
            Some(Refusal::Answer {
                status,
                content_type,
                body,
            }) => {
                write!(
                    to_client,
                    "HTTP/1.1 {status} Refused\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )?;
                continue;
            }
            Some(Refusal::Part { content_type, body }) => {
                return write!(
                    to_client,
                    "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len() + 1
                );
            }
            None => {}
        }
        let struck = strikes(&request.first, plan);
        if let Some((When::Before, blow)) = struck {
            blow();
            return Ok(());
        }
        to_engine.write_all(&asked)?;
        if let Some((When::During, blow)) = struck {
            blow();
            return Ok(());
        }
        let Some(answer) = head(&mut from_engine)? else {
            return Ok(());
        };
        let silent = answer.first.contains(" 204 ") || answer.first.contains(" 304 ");
        match struck {
            Some((When::After, blow)) => {
                if !silent {
                    body(&answer, &mut from_engine, &mut io::sink())?;
                }
                blow();
                return Ok(());
            }
            Some((_, blow)) => blow(),
            None => {}
        }
        to_client.write_all(&answer.bytes)?;
        if answer.first.contains(" 101 ") {
            // From here on it carries bytes both ways.
            return std::thread::scope(|scope| {
                scope.spawn(|| {
                    let _ = io::copy(&mut from_client, &mut to_engine);
                    let _ = engine.shutdown(std::net::Shutdown::Write);
                });
                let copied = io::copy(&mut from_engine, &mut to_client).map(drop);
                let _ = client.shutdown(std::net::Shutdown::Both);
                copied
            });
        }
        if answer.length.is_none() && !answer.chunked && !silent {
            io::copy(&mut from_engine, &mut to_client)?;
            return Ok(());
        }
        if !silent {
            body(&answer, &mut from_engine, &mut to_client)?;
        }
    }
    Ok(())
}

fn translated(request: &Head, plan: &Mutex<Plan>) -> Vec<u8> {
    let plan = plan.lock().unwrap();
    let Some((said, meant)) = &plan.version else {
        return request.bytes.clone();
    };
    let first = request.first.replacen(said, meant, 1);
    [first.as_bytes(), &request.bytes[request.first.len()..]].concat()
}

fn refusal(first: &str, plan: &Mutex<Plan>) -> Option<Refusal> {
    let mut plan = plan.lock().unwrap();
    plan.asked.push(first.to_owned());
    let rule = plan
        .refused
        .iter_mut()
        .find(|(part, times)| *times > 0 && first.contains(part.as_str()));
    if let Some((_, times)) = rule {
        *times -= 1;
        return Some(FAULT);
    }
    let (method, path) = first.split_once(' ')?;
    let path = path.split(' ').next()?;
    // `/v1.41/containers/json` is `/containers/json`.
    let bare = path
        .strip_prefix("/v1.")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(path);
    plan.filter.as_mut()?(&format!("{method} {bare}"))
}

/// The blow, when this is the request that it waits for.
fn strikes(first: &str, plan: &Mutex<Plan>) -> Option<(When, Blow)> {
    if !first.starts_with("POST ") && !first.starts_with("DELETE ") {
        return None;
    }
    let mut plan = plan.lock().unwrap();
    plan.seen.push(first.to_owned());
    if !first.contains(&plan.counted) {
        return None;
    }
    plan.count += 1;
    let (at, when) = plan.at?;
    if plan.count != at {
        return None;
    }
    Some((when, plan.blow.take()?))
}
