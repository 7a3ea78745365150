//! A network namespace for the browser, in which no interface comes or goes: as
//! soon as an address of its machine changes, Chromium ends every request that
//! is under way, and the engines of other tests change addresses all the time.
//! What it needs of the outside is relayed, port by port.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::{Mutex, mpsc};

type Task = Box<dyn FnOnce() + Send>;

/// A thread that lives in the namespace; sockets that it opens stay there,
/// whoever uses them.
pub struct NetworkNamespace {
    tasks: Mutex<mpsc::Sender<Task>>,
    relayed: Mutex<BTreeSet<u16>>,
}

impl NetworkNamespace {
    /// The namespace of a process.
    pub fn of(pid: u32) -> Self {
        let namespace = File::open(format!("/proc/{pid}/ns/net")).unwrap();
        let (tasks, received) = mpsc::channel::<Task>();
        std::thread::spawn(move || {
            rustix::thread::move_into_link_name_space(namespace.as_fd(), None).unwrap();
            // The browser's own connections must not take a port that is relayed
            // (`free_port`).
            let range = "/proc/sys/net/ipv4/ip_local_port_range";
            std::fs::write(range, "10000 19999").unwrap();
            for task in received {
                task();
            }
        });
        Self {
            tasks: Mutex::new(tasks),
            relayed: Mutex::default(),
        }
    }

    fn there<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, result) = mpsc::channel();
        let task = move || drop(done.send(task()));
        self.tasks.lock().unwrap().send(Box::new(task)).unwrap();
        result.recv().unwrap()
    }

    /// A connection to a port in the namespace.
    pub fn connect(&self, port: u16) -> io::Result<TcpStream> {
        self.there(move || TcpStream::connect((Ipv4Addr::LOCALHOST, port)))
    }

    /// From now on a port in the namespace is reached on this machine too.
    pub fn publish(self, port: u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        std::thread::spawn(move || {
            for outside in listener.incoming().flatten() {
                if let Ok(inside) = self.connect(port) {
                    join(&outside, &inside);
                }
            }
        });
    }

    /// From now on a port of this machine is reached in the namespace too.
    pub fn relay(&self, port: u16) {
        if !self.relayed.lock().unwrap().insert(port) {
            return;
        }
        let listener = self
            .there(move || TcpListener::bind((Ipv4Addr::LOCALHOST, port)))
            .unwrap();
        std::thread::spawn(move || {
            for inside in listener.incoming().flatten() {
                // Where nobody listens, the browser sees a connection that closes.
                if let Ok(outside) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                    join(&inside, &outside);
                }
            }
        });
    }
}

/// What one of them receives the other one sends.
fn join(one: &TcpStream, other: &TcpStream) {
    for (from, to) in [(one, other), (other, one)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || copy(from, to));
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = to.set_nodelay(true);
    let end = match io::copy(&mut from, &mut to) {
        Ok(_) => Shutdown::Write,
        Err(_) => Shutdown::Both,
    };
    let _ = to.shutdown(end);
}
