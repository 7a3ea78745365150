//! Lines of a log as a terminal would show them: in the module itself, and on the page.

use super::shots::{WIDTHS, folder};
use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, Refusal};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// The module, from the file of the page that has it.
const MODULE: &str = "import(`${document.documentElement.dataset.assets}js/pages/container.js`)\
    .then(({ modules }) => { const use = (name) => modules[name](use); return use('js/components/logs/ansi.js'); })";

const PARTS: &str =
    "((parts) => parts.map((p) => (p.class ? `<${p.class}:${p.text}>` : p.text)).join(''))";

#[test]
fn carriage_return_backspace_and_erasing_are_shown_as_on_a_terminal() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/");
    for (raw, shown) in [
        ("plain", "plain"),
        ("\r 10%\r 50%\r100%", "100%"),
        ("downloading 100 MB\rdone", "doneloading 100 MB"),
        ("downloading 100 MB\r\u{1b}[Kdone", "done"),
        ("downloading\u{1b}[2K\rdone", "done"),
        ("abc\u{8}\u{8}\u{8}xyz", "xyz"),
        ("a\u{8}\u{8}\u{8}b", "b"),
        ("abcdef\u{1b}[3D\u{1b}[1KX", "   Xef"),
        ("abcdef\u{1b}[3GX", "abXdef"),
        ("ab\u{1b}[5CX", "ab     X"),
        ("abcdef\r\u{1b}[2Xz", "z cdef"),
        ("old screen\u{1b}[H\u{1b}[2Jnew", "new"),
        ("trailing\r", "trailing"),
        ("a\tb\rX", "X       b"),
        ("\u{1b}[31mred and red\u{1b}[0m\rok", "ok<a-f1:d and red>"),
        (
            "\u{1b}[31m10%\u{1b}[0m\r\u{1b}[32m100%\u{1b}[0m",
            "<a-f2:100%>",
        ),
        ("漢字\rab", "ab字"),
        ("漢字\ra", "a 字"),
        ("abcd\r漢", "漢cd"),
        ("x漢\u{8}y", "x y"),
        ("e\u{301}tude\rE", "Etude"),
        ("👍🏽 fine\rno", "no🏽 fine"),
        ("\u{1b}]0;title\u{7}a\rb", "b"),
        ("\u{1b}[?25la\rb\u{1b}[?25h", "b"),
        ("\u{202e}evil\rgood", "goodl"),
        ("\u{1b}[999999999Cx", "x"),
    ] {
        let found = browser.eval(&format!(
            "{MODULE}.then(({{ segments }}) => {PARTS}(segments({})))",
            json!(raw)
        ));
        assert_eq!(found, shown, "{raw:?}");
        let plain = browser.eval(&format!(
            "{MODULE}.then(({{ plain }}) => plain({}))",
            json!(raw)
        ));
        let text = browser.eval(&format!(
            "{MODULE}.then(({{ segments }}) => segments({}).map((p) => p.text).join(''))",
            json!(raw)
        ));
        assert_eq!(plain, text, "{raw:?}");
    }
    browser.in_order();
}

/// Lines of the alphabet that terminals obey, at random and as long as a line can
/// be: nothing is thrown, no control character is left, and what is made of a line
/// is not much longer than the line.
#[test]
fn arbitrary_lines_are_shown_without_errors_and_in_bounded_size() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/");
    let script = r#".then(({ plain, segments }) => {
      let seed = 1;
      const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
      const words = ["a", "b", " ", "\t", "\r", "\b", "漢", "é", "e\u0301", "👍", "\u200d", "\ud800", "\u001b[K", "\u001b[1K",
        "\u001b[2K", "\u001b[J", "\u001b[31m", "\u001b[0m", "\u001b[9G", "\u001b[99999G", "\u001b[3C", "\u001b[2D", "\u001b[4X",
        "\u001b[1;5H", "\u001b[", "\u001b", "\u009b2K", "\u001b]0;", "\u0007", "\u001b[?2J", "\u001b[;;;K", "\u0000", "\u202e"];
      const check = (raw) => {
        const parts = segments(raw);
        const text = parts.map((part) => part.text).join("");
        if (text !== plain(raw)) return "not the plain text";
        if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202e]/.test(text)) return "a control character";
        if (text.length > 6 * raw.length + 1000) return `too long: ${text.length}`;
        return "";
      };
      for (let n = 0; n < 20000; n += 1) {
        let raw = "";
        for (let i = random(24); i >= 0; i -= 1) raw += words[random(words.length)];
        const wrong = check(raw);
        if (wrong) return `${wrong}: ${JSON.stringify(raw)}`;
      }
      const long = 256 * 1024;
      const base = "x".repeat(long / 2);
      for (const word of ["\b", "x\b", "\u001b[1K", "\u001b[2K\u001b[99999Gx", "\u001b[99999X\u001b[G", "\r", "\rx", "漢\b", "\u001b[K\u001b[9999Cx", "\u0301", "\u001b[", "\u001b[31mx\r"])
        for (const raw of [word.repeat(long / word.length), base + word.repeat(long / 2 / word.length)]) {
          const wrong = check(raw);
          if (wrong) return `${wrong}: ${JSON.stringify(word)}`;
        }
      return "well";
    })"#;
    assert_eq!(browser.eval(&format!("{MODULE}{script}")), "well");
    browser.in_order();
}

#[test]
fn progress_in_a_log_is_shown_searched_and_downloaded() {
    let engine = Engine::shared();
    let name = format!("c{}", number());
    let script = r"printf '\r error 0%%\r 50%%       \r100%% complete\n'; printf 'abc\b\b\bxyz\n'; printf 'fetching\r\033[K\033[32mfetched\033[0m all\n'; echo last";
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        script,
    ]);
    let (app, client) = App::ready(&engine.host());
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.wait("document.querySelectorAll('.log-lines .line').length === 4");
    let lines = browser.eval(
        "[...document.querySelectorAll('.log-lines .line .m')].map((line) => line.innerText.trim())",
    );
    assert_eq!(
        lines,
        json!(["100% complete", "xyz", "fetched all", "last"])
    );
    assert_eq!(
        browser.count(".log-lines .l-error"),
        0,
        "what was overwritten"
    );
    browser.fill(".log-tools input[type=search]", "fetching");
    browser.wait("document.querySelector('.log-tools .found').innerText === 'none'");
    browser.fill(".log-tools input[type=search]", "fetched a");
    browser.wait("document.querySelector('.log-tools .found').innerText === '1'");
    // An ended log can be read again.
    browser.wait("document.querySelector('.log-foot').innerText.includes('Ended')");
    for (width, height) in WIDTHS {
        browser.size(width, height);
        browser.wait("new Promise((done) => setTimeout(() => done(true), 300))");
        browser.screenshot(&folder().join(format!("log-progress-{width}.png")));
    }
    browser.size(1440, 900);
    browser.press_in(".log-foot", "Try again");
    browser.wait("document.querySelector('.log-foot').innerText.includes('Ended')");
    assert_eq!(browser.count(".log-lines .line"), 4);
    // And it continues by itself with the container.
    engine.docker(&["start", &name]);
    browser.wait("document.querySelectorAll('.log-lines .line').length === 8");
    browser.in_order();
    // The file has what the container wrote.
    let log = client
        .get(&format!("/api/containers/{name}/logs?download=1"))
        .text();
    assert!(
        log.contains("50%       \r100% complete\nabc\u{8}"),
        "{log:?}"
    );
    engine.docker(&["rm", "-f", &name]);
}

const FOOT: &str = "document.querySelector('.log-foot').innerText";

#[test]
fn log_waits_for_the_engine_and_continues_with_it() {
    let engine = Engine::shared();
    let name = format!("c{}", number());
    let script = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.3; done";
    let run = ["run", "-d", "--network", "none", "--name", &name];
    engine.docker(&[&run[..], &["bb:1", "sh", "-c", script]].concat());
    let proxy = Proxy::start(engine.socket());
    let (app, client) = App::ready(&proxy.host());
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.expect_in_console("503");
    browser.wait(&format!("{FOOT}.includes('Live')"));
    proxy.filter(|_| Some(Refusal::Cut));
    proxy.cut();
    browser.wait(&format!("{FOOT}.includes('Reconnecting')"));
    let before = browser.count(".log-lines .line");
    proxy.end_filter();
    browser.wait(&format!(
        "{FOOT}.includes('Live') && document.querySelectorAll('.log-lines .line').length > {before} + 3"
    ));
    let lines = browser.eval(
        "[...document.querySelectorAll('.log-lines .line .m')].map((line) => Number(line.innerText))",
    );
    let numbers: Vec<u64> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_u64().unwrap())
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "each line once: {numbers:?}"
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn log_that_cannot_be_read_shows_the_reason() {
    let engine = Engine::shared();
    let name = engine.run(&["--log-driver", "none"]);
    let (app, client) = App::ready(&engine.host());
    until("the container is known", SOON, || {
        (client.get(&format!("/api/containers/{name}")).status == 200).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.expect_in_console("409");
    browser.says("The logs of this container cannot be read");
    browser.says("Recreate it with the logging driver json-file, local or journald");
    browser.wait(&format!(
        "{FOOT}.includes('Not readable') && {FOOT}.includes('Try again')"
    ));
    for (width, height) in WIDTHS {
        browser.size(width, height);
        browser.wait("new Promise((done) => setTimeout(() => done(true), 300))");
        browser.screenshot(&folder().join(format!("log-unreadable-{width}.png")));
    }
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}
