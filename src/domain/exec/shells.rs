//! Which shells are tried for a terminal. Pure.
//!
//! A terminal begins with a script ([`super::greeting`]) that a POSIX shell runs;
//! it then becomes the shell that the person gets. Images keep theirs at different
//! places, some of them outside of PATH.

/// The words that start a shell.
pub(super) type ShellCommand = Vec<String>;

/// Every image with a shell has one of these. The first ones are looked for in PATH.
const USUAL: [&[&str]; 8] = [
    &["sh"],
    &["bash"],
    &["ash"],
    &["/bin/sh"],
    &["/bin/bash"],
    // Distroless images for debugging (gcr.io/distroless, tag `debug`).
    &["/busybox/sh"],
    &["busybox", "sh"],
    &["/bin/busybox", "sh"],
];
/// Shells that run a POSIX script.
const POSIX: [&str; 8] = ["sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "yash"];

/// What can run the script, in the order in which it is tried. A named shell of
/// another kind is started by one of the usual ones; if the image has none of
/// them, it is tried itself.
pub(super) fn candidates(named: Option<&str>) -> Vec<ShellCommand> {
    let usual = USUAL
        .iter()
        .map(|words| words.iter().map(|word| (*word).to_owned()).collect());
    let Some(named) = named else {
        return usual.collect();
    };
    let program = named.rsplit('/').next().unwrap_or(named);
    let itself = vec![named.to_owned()];
    if POSIX.contains(&program) {
        return vec![itself];
    }
    usual.chain([itself]).collect()
}

/// For a message: `sh, bash and busybox sh`.
pub(super) fn listed(candidates: &[ShellCommand]) -> String {
    let names: Vec<String> = candidates.iter().map(|words| words.join(" ")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_posix_shell_is_tried_as_named_and_another_kind_by_the_usual_ones_first() {
        for named in ["bash", "/bin/bash", "/busybox/sh", "/usr/local/bin/zsh"] {
            assert_eq!(candidates(Some(named)), [[named]]);
        }
        let fish = candidates(Some("/usr/bin/fish"));
        assert_eq!(fish.first().unwrap(), &["sh"]);
        assert_eq!(fish.last().unwrap(), &["/usr/bin/fish"]);
        let usual = candidates(None);
        assert_eq!(fish[..usual.len()], usual);
        assert!(usual.contains(&vec!["/busybox/sh".to_owned()]));
    }

    #[test]
    fn tried_shells_are_listed_as_a_sentence_part() {
        assert_eq!(listed(&candidates(Some("bash"))), "bash");
        assert!(listed(&candidates(None)).ends_with("busybox sh and /bin/busybox sh"));
    }
}
