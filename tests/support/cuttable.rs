//! A connection between a browser and the program that can be cut where it hurts:
//! what the browser sends arrives, and what it is answered does not.

use super::app::free_port;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    /// Answers wait.
    Hold,
    /// Nothing passes; a new connection is closed at once.
    Cut,
}

struct State {
    mode: Mode,
    open: Vec<TcpStream>,
}

/// Lives as long as the tests.
pub struct Cuttable {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Cuttable {
    /// In front of a port of this machine.
    pub fn start(to: u16) -> Self {
        let port = free_port();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let state = Arc::new(Mutex::new(State {
            mode: Mode::Pass,
            open: Vec::new(),
        }));
        let ours = Arc::clone(&state);
        std::thread::spawn(move || {
            for inside in listener.incoming().flatten() {
                let mut state = ours.lock().unwrap();
                if state.mode == Mode::Cut {
                    continue;
                }
                let Ok(outside) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else {
                    continue;
                };
                let both = [inside.try_clone().unwrap(), outside.try_clone().unwrap()];
                state.open.extend(both);
                drop(state);
                let (from, to) = (inside.try_clone().unwrap(), outside.try_clone().unwrap());
                std::thread::spawn(move || copy(from, to, None));
                let state = Arc::clone(&ours);
                std::thread::spawn(move || copy(outside, inside, Some(&state)));
            }
        });
        Self { port, state }
    }

    /// From now on answers wait.
    pub fn hold(&self) {
        self.state.lock().unwrap().mode = Mode::Hold;
    }

    /// Ends what is open, with the answers that wait, and whatever comes.
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.mode = Mode::Cut;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub fn pass(&self) {
        self.state.lock().unwrap().mode = Mode::Pass;
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, held: Option<&Mutex<State>>) {
    let _ = to.set_nodelay(true);
    let copied = || -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        loop {
            let read = from.read(&mut bytes)?;
            if read == 0 {
                return Ok(());
            }
            while held.is_some_and(|state| state.lock().unwrap().mode == Mode::Hold) {
                std::thread::sleep(Duration::from_millis(10));
            }
            if held.is_some_and(|state| state.lock().unwrap().mode == Mode::Cut) {
                return Ok(());
            }
            to.write_all(&bytes[..read])?;
        }
    };
    let mut copied = copied;
    let end = match copied() {
        Ok(()) => Shutdown::Write,
        Err(_) => Shutdown::Both,
    };
    let _ = to.shutdown(end);
}
