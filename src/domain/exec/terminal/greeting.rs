//! The first words of a terminal: the process number of the shell, in an
//! escape sequence that no terminal shows (APC, ECMA-48 8.3.2), taken off
//! before anybody sees it. Pure.
//!
//! Invariant: what the container writes after it is passed on untouched, and
//! output that does not begin with it did not come from our shell.

use bytes::{Buf as _, BytesMut};

/// Tells the number and becomes the shell: the one that was asked for, else
/// the best that is there.
pub(super) const SCRIPT: &str = r#"printf '\033_dockermate %s\033\\' "$$"
if [ -n "$1" ]; then exec "$1"; fi
for shell in bash ash; do
  if command -v "$shell" >/dev/null 2>&1; then exec "$shell"; fi
done
exec sh"#;

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

    #[test]
    fn greeting_script_reports_its_pid_and_runs_the_command_in_every_shell() {
        for shell in ["sh", "bash", "busybox sh"] {
            let mut words = shell.split(' ');
            let output = Command::new(words.next().unwrap())
                .args(words)
                .args(["-c", SCRIPT, "sh", "pwd"])
                .output()
                .unwrap();
            let mut greeting = Greeting::default();
            greeting.push(&output.stdout);
            assert!(greeting.pid().is_some(), "{shell}: {output:?}");
            assert!(greeting.text().starts_with('/'), "{}", greeting.text());
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
