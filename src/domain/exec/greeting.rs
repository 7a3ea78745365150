//! The first words of a terminal: the process number of the shell, in an
//! escape sequence that no terminal shows (APC, ECMA-48 8.3.2), taken off
//! before anybody sees it. Pure.
//!
//! Invariant: what the container writes after it is passed on untouched, and
//! output that does not begin with it did not come from our shell.

use bytes::{Buf as _, BytesMut};

/// Tells the number and becomes the shell: the one that was asked for (the first
/// argument), else the best that is there; the others are the words that started
/// this one.
const SCRIPT: &str = r#"wanted=$1
shift
if [ -n "$wanted" ]; then
  command -v "$wanted" >/dev/null 2>&1 || { printf '%s: not found\n' "$wanted"; exit 127; }
  set -- "$wanted"
else
  for shell in bash ash; do
    if command -v "$shell" >/dev/null 2>&1; then
      set -- "$shell"
      break
    fi
  done
fi
printf '\033_dockermate %s\033\\' "$$"
exec "$@""#;

/// The command of a terminal: the script, run by `candidate`.
pub(super) fn command(candidate: &[String], wanted: Option<&str>) -> Vec<String> {
    let script = ["-c", SCRIPT, "sh", wanted.unwrap_or_default()].map(str::to_owned);
    candidate
        .iter()
        .chain(&script)
        .chain(candidate)
        .cloned()
        .collect()
}

/// What the script writes when the wanted shell is not there.
pub(super) fn not_found(wanted: &str) -> String {
    format!("{wanted}: not found")
}

const BEGIN: &[u8] = b"\x1b_dockermate ";
const END: &[u8] = b"\x1b\\";
/// Kept of what comes instead.
const KEPT: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Greeting {
    bytes: BytesMut,
}

impl Greeting {
    pub fn push(&mut self, data: &[u8]) {
        let room = KEPT.saturating_sub(self.bytes.len()).min(data.len());
        self.bytes.extend_from_slice(&data[..room]);
    }

    /// The number, once it is there; it is taken off.
    pub fn pid(&mut self) -> Option<u32> {
        let rest = self.bytes.strip_prefix(BEGIN)?;
        let end = rest.windows(END.len()).position(|part| part == END)?;
        let pid: u32 = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        if pid < 2 {
            return None;
        }
        self.bytes.advance(BEGIN.len() + end + END.len());
        Some(pid)
    }

    /// What came after it.
    pub fn rest(self) -> BytesMut {
        self.bytes
    }

    /// What came instead of it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    /// Its output, run here.
    fn run(candidate: &str, wanted: Option<&str>) -> Greeting {
        let candidate: Vec<String> = candidate.split(' ').map(str::to_owned).collect();
        let words = command(&candidate, wanted);
        let output = Command::new(&words[0])
            .args(&words[1..])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let mut greeting = Greeting::default();
        greeting.push(&output.stdout);
        greeting
    }

    #[test]
    fn greeting_script_reports_its_pid_and_runs_the_command_in_every_shell() {
        for shell in ["sh", "bash", "busybox sh", "/bin/sh"] {
            let mut greeting = run(shell, Some("pwd"));
            assert!(greeting.pid().is_some(), "{shell}: {greeting:?}");
            assert!(greeting.text().starts_with('/'), "{}", greeting.text());
            let mut greeting = run(shell, None);
            assert!(greeting.pid().is_some(), "{shell}: {greeting:?}");
            assert_eq!(greeting.text(), "");
            let mut greeting = run(shell, Some("/nowhere/fish"));
            assert_eq!(greeting.pid(), None);
            assert_eq!(greeting.text().trim(), not_found("/nowhere/fish"));
        }
    }

    #[test]
    fn output_without_a_valid_greeting_is_kept_as_text() {
        for text in [
            "OCI runtime exec failed",
            "\x1b_dockermate x\x1b\\",
            "\x1b_dockermate 1\x1b\\",
        ] {
            let mut greeting = Greeting::default();
            greeting.push(text.as_bytes());
            assert_eq!(greeting.pid(), None);
            assert_eq!(greeting.text(), text);
        }
    }

    proptest! {
        #[test]
        fn greeting_is_recognised_in_output_split_into_chunks_of_any_size(pid in 2u32.., rest in "[ -~]{0,20}", cut in 1usize..9) {
            let text = format!("\x1b_dockermate {pid}\x1b\\{rest}");
            let mut greeting = Greeting::default();
            let mut found = None;
            for part in text.as_bytes().chunks(cut) {
                greeting.push(part);
                found = found.or_else(|| greeting.pid());
            }
            prop_assert_eq!(found, Some(pid));
            prop_assert_eq!(greeting.text(), rest);
        }
    }
}
