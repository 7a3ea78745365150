//! Published ports as values of `-p`: neighbours become a range.

use crate::model::spec::PortSpec;

/// Each `-p` with its meaning; neighbours become a range.
pub(super) fn ports(ports: &[PortSpec]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = ports;
    while let Some(first) = rest.first() {
        let length = run_length(rest);
        let host = single(first).filter(|_| length > 2);
        let (text, shown) = if let Some(host) = host {
            let span = |port: u16| format!("{port}-{}", usize::from(port) + length - 1);
            let whole = PortSpec {
                host_port: Some(span(host)),
                ..first.clone()
            };
            let end = span(first.container_port);
            let short = whole.short().replacen(
                &format!("{}:{}", span(host), first.container_port),
                &format!("{}:{end}", span(host)),
                1,
            );
            rest = &rest[length..];
            (short, end)
        } else {
            rest = &rest[1..];
            (first.short(), first.container_port.to_string())
        };
        let protocol = match first.protocol.as_str() {
            "" | "tcp" => String::new(),
            other => format!(" ({other})"),
        };
        let host = match text.rsplit_once(':').map(|(host, _)| host) {
            Some(host) if first.host_port.is_some() => format!("Port {host} of the host"),
            Some(host) => format!(
                "A random port of the host at {}",
                host.trim_end_matches(':')
            ),
            None => "A random port of the host".to_owned(),
        };
        out.push((
            text,
            format!("{host} is published to port {shown} of the container{protocol}."),
        ));
    }
    out
}

fn single(port: &PortSpec) -> Option<u16> {
    port.host_port.as_deref()?.parse().ok().filter(|n| *n > 0)
}

/// How many follow each other on both sides.
fn run_length(ports: &[PortSpec]) -> usize {
    let Some((first, host)) = ports
        .first()
        .and_then(|first| Some((first, single(first)?)))
    else {
        return 1;
    };
    let follows = |(offset, port): &(usize, &PortSpec)| {
        let next = |from: u16| u16::try_from(usize::from(from) + offset).ok();
        port.protocol == first.protocol
            && port.host_ip == first.host_ip
            && single(port).is_some()
            && single(port) == next(host)
            && Some(port.container_port) == next(first.container_port)
    };
    ports.iter().enumerate().take_while(follows).count().max(1)
}
