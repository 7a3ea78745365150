//! A port that leads to another one with the latency of a long road.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Ends with the process.
pub struct DelayedRoad {
    pub port: u16,
    each_way: Arc<AtomicU64>,
}

impl DelayedRoad {
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let each_way = Arc::new(AtomicU64::new(0));
        let delay = Arc::clone(&each_way);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(registry) = TcpStream::connect(("127.0.0.1", to)) else {
                    continue;
                };
                let _ = registry.set_nodelay(true);
                let _ = client.set_nodelay(true);
                let (Ok(back), Ok(answers)) = (client.try_clone(), registry.try_clone()) else {
                    continue;
                };
                // The connection itself takes a way there and back.
                let ready = Duration::from_millis(2 * delay.load(Ordering::Relaxed));
                carry(client, registry, &delay, Instant::now() + ready);
                carry(answers, back, &delay, Instant::now());
            }
        });
        Self { port, each_way }
    }

    pub fn delay(&self, each_way: Duration) {
        let millis = u64::try_from(each_way.as_millis()).unwrap();
        self.each_way.store(millis, Ordering::Relaxed);
    }
}

/// Hands on what comes, not before `ready` and each piece so much later.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: &Arc<AtomicU64>, ready: Instant) {
    let (send, receive) = channel::<(Instant, Vec<u8>)>();
    let delay = Arc::clone(delay);
    std::thread::spawn(move || {
        let mut piece = [0; 16 * 1024];
        while let Ok(read) = from.read(&mut piece) {
            let way = Duration::from_millis(delay.load(Ordering::Relaxed));
            let at = Instant::now().max(ready) + way;
            if read == 0 || send.send((at, piece[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        while let Ok((at, bytes)) = receive.recv() {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}
