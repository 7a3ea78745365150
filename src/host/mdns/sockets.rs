//! The library reads until its sockets are empty before it looks at anything else,
//! and it gives nobody its sockets. Under a flood they are never empty: whoever wants
//! to stop it has to stop what the network sends first.

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use socket2::{SockFilter, Socket, Type};
use std::io;

/// RFC 6762 section 3.
const MDNS_PORT: u16 = 5353;
/// `BPF_RET | BPF_K` with 0: nothing of any packet is passed on.
const DROP_ALL: [SockFilter; 1] = [SockFilter::new(0x06, 0, 0, 0)];

/// Lets this process's mDNS sockets receive nothing more.
///
/// The sockets are found and duplicated by Linux 5.6 and newer, unless a container's
/// system call filter forbids it.
pub(super) fn close_to_the_network() -> io::Result<()> {
    let process = pidfd_open(getpid(), PidfdFlags::empty())?;
    let mut any = false;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Some(number) = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // The folder's own descriptor is gone by now, and others come and go.
        let Ok(descriptor) = pidfd_getfd(&process, number, PidfdGetfdFlags::empty()) else {
            continue;
        };
        let socket = Socket::from(descriptor);
        if is_mdns(&socket) {
            socket.attach_filter(&DROP_ALL)?;
            any = true;
        }
    }
    if any {
        Ok(())
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Other descriptors have no socket type.
fn is_mdns(socket: &Socket) -> bool {
    socket.r#type().is_ok_and(|kind| kind == Type::DGRAM)
        && socket
            .local_addr()
            .ok()
            .and_then(|address| address.as_socket())
            .is_some_and(|address| address.port() == MDNS_PORT)
}
