//! A registry on loopback, with or without a password, and a slow road to one.

use super::app::free_port;
use super::engine::{number, root};
use super::wait::{SOON, until};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[derive(Debug)]
pub struct Registry {
    pub port: u16,
    child: Child,
}

impl Registry {
    pub fn start() -> Self {
        Self::with("")
    }

    /// One that lets in only `user` with `password`.
    pub fn locked(user: &str, password: &str) -> Self {
        let output = Command::new("htpasswd")
            .args(["-Bbn", user, password])
            .output()
            .expect("htpasswd is not installed (tests/packages.txt)");
        let file = root().join(format!("htpasswd-{}", number()));
        std::fs::write(&file, output.stdout).unwrap();
        Self::with(&format!(
            "auth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            file.display()
        ))
    }

    fn with(auth: &str) -> Self {
        let dir = root().join(format!("registry-{}", number()));
        std::fs::create_dir_all(&dir).unwrap();
        let port = free_port();
        let config = dir.join("config.yml");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}/data}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n{auth}",
            dir.display()
        );
        std::fs::write(&config, text).unwrap();
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("docker-registry is not installed (tests/packages.txt)");
        until("the registry answers", SOON, || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self { port, child }
    }

    /// `localhost:port/name`.
    pub fn reference(&self, name: &str) -> String {
        format!("localhost:{}/{name}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that leads to another one, with a few kilobytes a second back.
pub fn slow_road(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(registry) = TcpStream::connect(("127.0.0.1", to)) else {
                continue;
            };
            let (mut up_from, mut up_to) =
                (client.try_clone().unwrap(), registry.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut up_from, &mut up_to);
            });
            std::thread::spawn(move || {
                let (mut from, mut to) = (registry, client);
                let mut piece = [0; 2048];
                while let Ok(read) = from.read(&mut piece) {
                    if read == 0 || to.write_all(&piece[..read]).is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        }
    });
    port
}
