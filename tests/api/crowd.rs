//! Anonymous clients in numbers: they fail logins from everywhere, hold connections
//! and read nothing. The owner gets in all the same.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client, Tls};
use crate::support::http2::{PREFACE, answers, frame, get, is_answered, post, whole_post};
use serde_json::json;
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// Of anonymous clients, each with an address of its own.
fn elsewhere(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 9, high, low)
}

fn login(client: &Client, password: &str, cookie: Option<&str>) -> Answer {
    let mut headers = vec![("Sec-Fetch-Site", "same-origin")];
    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let body = json!({"password": password}).to_string();
    client.send("POST", "/api/auth/login", &headers, body.as_bytes())
}

/// The cookie of the device, as the browser sends it back.
fn device_of(answer: &Answer) -> String {
    let mut cookies = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let (_, device) = cookies
        .find(|(_, value)| value.starts_with("__Host-dockermate-device="))
        .unwrap();
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Max-Age=31536000"] {
        assert!(device.contains(part), "{device}");
    }
    device.split(';').next().unwrap().to_owned()
}

/// Wrong passwords from ever new addresses until a new address must wait.
fn flood(client: &Client) {
    let blocked = (0..200_u16).any(|number| {
        let answer = login(&client.from(elsewhere(number)), "Wrong1Password", None);
        assert!(matches!(answer.status, 401 | 429), "{}", answer.text());
        answer.status == 429
    });
    assert!(blocked, "a flood from everywhere is not slowed");
}

#[test]
fn flood_of_logins_delays_neither_a_known_device_nor_a_known_address() {
    let (app, _) = App::ready(NO_ENGINE);
    let client = app.client();
    let phone = client.from(Ipv4Addr::new(127, 1, 1, 1));
    let device = device_of(&login(&phone, PASSWORD, None));
    let desk = client.from(Ipv4Addr::new(127, 1, 1, 2));
    assert_eq!(login(&desk, PASSWORD, None).status, 200);
    flood(&client);
    // Its setup was its first login.
    assert_eq!(login(&client, PASSWORD, None).status, 200);
    let unknown = client.from(elsewhere(5000));
    assert_eq!(login(&unknown, PASSWORD, None).status, 429);
    let begun = Instant::now();
    let roaming = client.from(Ipv4Addr::new(127, 1, 2, 3));
    let answer = login(&roaming, PASSWORD, Some(&device));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(login(&desk, PASSWORD, None).status, 200);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );

    // A cookie that was made up is worth nothing.
    let forged = format!("{}x", device.replace("device=", "device=0"));
    flood(&client);
    assert_eq!(login(&unknown, PASSWORD, Some(&forged)).status, 429);
    let reset = app.command(&["reset-password"]);
    assert!(reset.status.success());
    // The reset forgives what was tried with the old password, and forgets nobody.
    assert_eq!(login(&unknown, PASSWORD, None).status, 401);
    flood(&client);
    let text = String::from_utf8(reset.stdout).unwrap();
    let temporary = text
        .lines()
        .find_map(|line| line.strip_prefix("Temporary Password: "))
        .unwrap();
    assert_eq!(login(&desk, temporary, None).status, 200);
    let roaming = client.from(elsewhere(5001));
    assert_eq!(login(&roaming, temporary, None).status, 429);
    assert_eq!(login(&roaming, temporary, Some(&device)).status, 200);
}

#[test]
fn known_device_has_a_budget_of_its_own_for_wrong_passwords() {
    let (app, _) = App::ready(NO_ENGINE);
    let client = app.client().from(Ipv4Addr::new(127, 1, 1, 1));
    let device = device_of(&login(&client, PASSWORD, None));
    let slowed = (0..10).any(|_| login(&client, "Wrong1Password", Some(&device)).status == 429);
    assert!(
        slowed,
        "passwords can be guessed with the cookie of a device"
    );
}

fn is_closed(stream: &mut Tls) -> bool {
    let mut byte = [0];
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    match stream.read(&mut byte) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ),
    }
}

#[test]
fn connection_finds_a_place_although_anonymous_clients_hold_all_of_them() {
    let app = App::start_with(NO_ENGINE, &["--profile", "raspberry_pi"]);
    let owner = app.set_up();
    let client = app.client();
    // Connected, and silent.
    let mut held: Vec<Tls> = Vec::new();
    for number in 0..300_u16 {
        let mut stream = client.from(elsewhere(number % 8)).connect().unwrap();
        let _ = stream.flush();
        let _ = stream.conn.complete_io(&mut stream.sock);
        held.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(owner.get("/api/auth/session").status, 200);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    let ended: Vec<usize> = (0..held.len())
        .filter(|&at| is_closed(&mut held[at]))
        .collect();
    assert!(!ended.is_empty() && ended.len() < 240, "{ended:?}");
    assert!(ended.iter().all(|at| *at < 240), "the oldest go: {ended:?}");
}

#[test]
fn owner_logs_in_although_a_neighbor_of_his_network_holds_all_of_its_connections() {
    let app = App::start_with(NO_ENGINE, &["--profile", "raspberry_pi"]);
    app.set_up();
    let client = app.client();
    let mut held: Vec<Tls> = Vec::new();
    for _ in 0..160 {
        let mut stream = client.connect_h2().unwrap();
        // The preface and no settings: nothing is asked.
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .unwrap();
        stream.write_all(&frame(4, 0, 0, &[])).unwrap();
        held.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(login(&client, PASSWORD, None).status, 200);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    // Those that stay do so only until their network is quiet.
    std::thread::sleep(Duration::from_secs(17));
    let ended = held
        .iter_mut()
        .filter_map(|one| is_ended(one).then_some(()));
    assert!(ended.count() > 90, "idle connections of a crowd stay");
}

/// Reads whatever was still sent.
fn is_ended(stream: &mut Tls) -> bool {
    stream
        .sock
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ),
    }
}

/// How long until the server closes a connection; it is read from only then.
fn closed_within(app: &App, before: usize, most: Duration) -> Option<Duration> {
    let begun = Instant::now();
    while begun.elapsed() < most {
        if open_sockets(app) <= before {
            return Some(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    None
}

fn open_sockets(app: &App) -> usize {
    let folder = format!("/proc/{}/fd", app.pid());
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let links = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    links
        .filter(|link| link.to_string_lossy().starts_with("socket:"))
        .count()
}

#[test]
fn client_that_reads_no_answer_is_cut_off_after_half_a_minute() {
    let (app, client) = App::ready(NO_ENGINE);
    assert_eq!(client.get("/healthz").status, 200);
    std::thread::sleep(Duration::from_millis(500));
    let before = open_sockets(&app);
    let mut stream = client.connect().unwrap();
    let request = format!(
        "GET /api/openapi.json HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        client.port
    );
    // More answers than any buffer holds.
    stream
        .sock
        .set_write_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    for _ in 0..100 {
        if stream.write_all(request.as_bytes()).is_err() {
            break;
        }
    }
    assert!(open_sockets(&app) > before);
    let after = closed_within(&app, before, Duration::from_secs(70));
    let after = after.expect("an answer that nobody reads holds its connection");
    assert!(after > Duration::from_secs(20), "{after:?}");
}

#[test]
fn window_of_http2_that_stays_shut_is_cut_off_although_pings_are_answered() {
    let (_app, client) = App::ready(NO_ENGINE);
    std::thread::scope(|scope| {
        for window in [0, 1] {
            let client = &client;
            scope.spawn(move || stays_shut(client, window));
        }
    });
}

fn stays_shut(client: &Client, window: u8) {
    let mut stream = client.connect_h2().unwrap();
    let authority = format!("localhost:{}", client.port);
    let path = "/api/openapi.json";
    // HPACK (RFC 7541): GET, https, and two literals with names of the static table.
    let mut headers = vec![0x82, 0x87, 0x04, u8::try_from(path.len()).unwrap()];
    headers.extend(path.as_bytes());
    headers.extend([0x01, u8::try_from(authority.len()).unwrap()]);
    headers.extend(authority.as_bytes());
    let mut hello = PREFACE.to_vec();
    // SETTINGS_INITIAL_WINDOW_SIZE.
    hello.extend(frame(4, 0, 0, &[0, 4, 0, 0, 0, window]));
    hello.extend(frame(1, 0x5, 1, &headers));
    stream.write_all(&hello).unwrap();
    let begun = Instant::now();
    stream
        .sock
        .set_read_timeout(Some(Duration::from_secs(80)))
        .unwrap();
    let mut answered = false;
    loop {
        let mut head = [0; 9];
        if stream.read_exact(&mut head).is_err() {
            break;
        }
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        if stream.read_exact(&mut payload).is_err() {
            break;
        }
        let reply = match (head[3], head[4] & 1) {
            (4, 0) => frame(4, 1, 0, &[]),
            (6, 0) => frame(6, 1, 0, &payload),
            (1, _) => {
                answered = true;
                continue;
            }
            _ => continue,
        };
        if stream.write_all(&reply).is_err() {
            break;
        }
    }
    assert!(answered, "the answer did not begin");
    let after = begun.elapsed();
    assert!(
        (Duration::from_secs(20)..Duration::from_secs(65)).contains(&after),
        "{window}: {after:?}"
    );
}

#[test]
fn connection_without_a_session_is_given_few_answers_that_it_does_not_read() {
    let (_app, owner) = App::ready(NO_ENGINE);
    let hello = |stream: &mut Tls| {
        stream.write_all(PREFACE).unwrap();
        // SETTINGS_INITIAL_WINDOW_SIZE is 0.
        stream
            .write_all(&frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]))
            .unwrap();
    };
    let long = format!("/login?next=/{}", "x".repeat(10_000));
    let mut stream = owner.connect_h2().unwrap();
    hello(&mut stream);
    for number in 0..32 {
        let request = get(&owner, 2 * number + 1, &long, &[]);
        stream.write_all(&request).unwrap();
    }
    let few = answers(&mut stream, 32, Duration::from_secs(3));
    assert_eq!(few.len(), 8);

    let token = format!("Bearer {}", owner.session.as_deref().unwrap());
    let mut stream = owner.connect_h2().unwrap();
    hello(&mut stream);
    for number in 0..32 {
        let headers = [("authorization", token.as_str())];
        let request = get(&owner, 2 * number + 1, "/api/settings", &headers);
        stream.write_all(&request).unwrap();
    }
    let all = answers(&mut stream, 32, Duration::from_secs(10));
    assert_eq!(all.len(), 32, "a session waits for nobody");
}

#[test]
fn request_with_all_cookies_of_a_neighbor_is_answered_over_http2() {
    let (_app, client) = App::ready(NO_ENGINE);
    let mut stream = client.connect_h2().unwrap();
    stream.write_all(PREFACE).unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    let value = "x".repeat(3900);
    let cookies: Vec<String> = (0..5).map(|at| format!("c{at}={value}")).collect();
    let cookies: Vec<_> = cookies.iter().map(|one| ("cookie", one.as_str())).collect();
    stream
        .write_all(&get(&client, 1, "/healthz", &cookies))
        .unwrap();
    let found = answers(&mut stream, 1, Duration::from_secs(5));
    // `:status: 200` is an entry of the static table (RFC 7541, Appendix A).
    assert!(found.iter().any(|block| block.contains(&0x88)), "{found:?}");
}

#[test]
fn login_over_http2_gets_in_although_many_connections_hold_a_request_that_does_not_end() {
    let (_app, client) = App::ready(NO_ENGINE);
    let hello = [PREFACE, &frame(4, 0, 0, &[])].concat();
    let mut held = Vec::new();
    for number in 0..60 {
        let mut stream = client.from(elsewhere(number)).connect_h2().unwrap();
        stream.write_all(&hello).unwrap();
        stream
            .write_all(&post(&client, 1, "/api/auth/login"))
            .unwrap();
        held.push(stream);
    }
    std::thread::sleep(Duration::from_millis(500));
    let body = json!({"password": PASSWORD}).to_string();
    for _ in 0..3 {
        let mut owner = client.connect_h2().unwrap();
        owner.write_all(&hello).unwrap();
        let login = whole_post(&client, 1, "/api/auth/login", body.as_bytes());
        owner.write_all(&login).unwrap();
        let is_in = is_answered(&mut owner, 1, Duration::from_secs(10));
        assert!(is_in, "the login was cut");
    }
    let ended = held
        .iter_mut()
        .filter_map(|one| is_ended(one).then_some(()));
    assert_eq!(ended.count(), 0, "what holds little is in nobody's way");
}

#[test]
fn login_gets_in_although_slow_bodies_of_its_network_hold_all_places() {
    let app = App::start(NO_ENGINE);
    app.set_up();
    let client = app.client();
    for is_known in [true, false] {
        let from = if is_known {
            client.clone()
        } else {
            client.from(elsewhere(7))
        };
        let head = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 100\r\n\r\n{{",
            client.port
        );
        let mut slow: Vec<Tls> = Vec::new();
        for _ in 0..12 {
            let mut stream = from.connect().unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.flush().unwrap();
            slow.push(stream);
        }
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(login(&from, PASSWORD, None).status, 200, "{is_known}");
        // What is left of a body is read for two seconds before its answer is sent.
        std::thread::sleep(Duration::from_secs(4));
        let mut ended = 0;
        for stream in &mut slow {
            let mut said = [0; 1024];
            let within = Some(Duration::from_millis(100));
            stream.sock.set_read_timeout(within).unwrap();
            if let Ok(length) = stream.read(&mut said) {
                let said = String::from_utf8_lossy(&said[..length]);
                assert!(said.starts_with("HTTP/1.1 408"), "{said}");
                ended += 1;
            }
        }
        assert!((4..=5).contains(&ended), "{ended}");
    }
}

#[test]
fn connection_without_a_session_does_not_delay_a_stop() {
    let (mut app, client) = App::ready(NO_ENGINE);
    // An answer that nobody reads, of HTTP/2 and of HTTP/1.1, and a body that does not come.
    let mut unread = client.connect_h2().unwrap();
    let shut = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
    unread.write_all(&[PREFACE, &shut].concat()).unwrap();
    unread.write_all(&get(&client, 1, "/login", &[])).unwrap();
    let mut slow = client.connect().unwrap();
    let host = format!("Host: localhost:{}\r\n", client.port);
    let head = format!("POST /api/auth/login HTTP/1.1\r\n{host}Content-Length: 100\r\n\r\n{{");
    slow.write_all(head.as_bytes()).unwrap();
    let mut kept = client.connect().unwrap();
    for _ in 0..200 {
        let ask = format!("GET /api/openapi.json HTTP/1.1\r\n{host}\r\n");
        kept.sock
            .set_write_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        if kept.write_all(ask.as_bytes()).is_err() {
            break;
        }
    }
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    app.signal(rustix::process::Signal::TERM);
    let ended = app.ended();
    assert!(ended.success(), "{ended}");
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn frames_that_a_client_should_not_send_do_not_fill_the_log() {
    let (app, client) = App::ready(NO_ENGINE);
    let mut stream = client.connect_h2().unwrap();
    stream.write_all(PREFACE).unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).unwrap();
    let before = app.log().len();
    // PING, ACK.
    let pongs = frame(6, 1, 0, &[7; 8]).repeat(2000);
    stream.write_all(&pongs).unwrap();
    stream.write_all(&get(&client, 1, "/healthz", &[])).unwrap();
    assert_eq!(answers(&mut stream, 1, Duration::from_secs(5)).len(), 1);
    let log = app.log();
    assert!(log.len() < before + 4096, "{}", &log[log.len() - 1000..]);
}
