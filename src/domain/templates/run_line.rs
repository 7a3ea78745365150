//! Templates from pasted `docker run` lines, as readmes have them.
//!
//! The reading itself is in `domain::run_line`; what its values say of one container
//! becomes questions here, and passwords in the line stay behind.

use super::candidate::Candidate;
use super::check::NAME_MOST;
use super::from_spec::{folder_of, from_spec};
use super::sanitize::line;
use crate::domain::run_line::{Converted, RunText, run_to_spec};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::spec::ContainerSpec;
use crate::model::template::{SkippedTemplate, Template};

/// Whether a text begins like one.
pub fn is_run_line(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(4).collect();
    let words = words.strip_prefix(&["sudo"]).unwrap_or(&words);
    matches!(
        words,
        ["docker" | "podman", "run" | "create", ..]
            | ["docker" | "podman", "container", "run" | "create", ..]
    )
}

/// What can be kept of it, and what cannot with the reason.
pub fn read(text: &str) -> (Vec<Candidate>, Vec<SkippedTemplate>) {
    let found = run_to_spec(&RunText {
        command: text.to_owned(),
        ..RunText::default()
    });
    let (mut candidates, mut skipped) = (Vec::new(), Vec::new());
    for (container, place) in found.containers.into_iter().zip(1..) {
        let name = name_of(&container, place);
        // What only a shell knows can be asked for.
        let wrong = container
            .diagnostics
            .iter()
            .find(|one| one.severity == Severity::Error && one.variable.is_none());
        let read = match wrong {
            Some(wrong) => Err(sentence(wrong)),
            None => candidate(container, name.clone()),
        };
        match read {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => skipped.push(SkippedTemplate { name, reason }),
        }
    }
    if candidates.is_empty() && skipped.is_empty() {
        skipped.extend(found.diagnostics.iter().map(|one| SkippedTemplate {
            name: format!("line {}", one.line),
            reason: sentence(one),
        }));
    }
    (candidates, skipped)
}

fn candidate(container: Converted, name: String) -> Result<Candidate, String> {
    let unknown: Vec<Diagnostic> = container
        .diagnostics
        .iter()
        .filter(|one| one.variable.is_some())
        .cloned()
        .collect();
    let mut remarks: Vec<String> = container.diagnostics.iter().map(sentence).collect();
    let made = from_spec(container.spec, false);
    remarks.extend(made.warnings);
    remarks.extend(made.left_out.iter().map(|name| {
        format!(
            "The value of {} was left out and is asked for instead.",
            line(name, 100)
        )
    }));
    let mut template = made.template;
    ask(&mut template, &unknown)?;
    template.name = name;
    Ok(Candidate { template, remarks })
}

/// Values with a part that only a shell knows become questions without an
/// answer of their own.
///
/// # Errors
/// The first that stands where nothing is asked.
fn ask(template: &mut Template, unknown: &[Diagnostic]) -> Result<(), String> {
    let open = |text: &str| unknown.iter().any(|one| text.contains(&one.text));
    for variable in &mut template.variables {
        if variable.default.as_deref().is_some_and(open) {
            variable.default = None;
            variable.required = true;
        }
    }
    for path in &mut template.paths {
        if open(&path.suggested) {
            path.suggested = folder_of(&path.target);
        }
    }
    // The questions have taken its place in these.
    let rest = ContainerSpec {
        env: Vec::new(),
        mounts: Vec::new(),
        ..template.spec.clone()
    };
    let rest = format!("{rest:?}");
    let left = unknown.iter().find(|one| {
        let quoted = format!("{:?}", one.text);
        rest.contains(quoted.trim_matches('"'))
    });
    left.map_or(Ok(()), |one| Err(sentence(one)))
}

/// The container's name, or what its image is called.
fn name_of(container: &Converted, place: usize) -> String {
    let image = container.spec.image.rsplit('/').next().unwrap_or("");
    let image = image.split([':', '@']).next().unwrap_or("");
    let name = container.spec.name.as_deref().unwrap_or(image);
    let name = line(name, NAME_MOST);
    if name.is_empty() {
        format!("container {place}")
    } else {
        name
    }
}

fn sentence(diagnostic: &Diagnostic) -> String {
    line(
        &format!("Line {}: {}", diagnostic.line, diagnostic.message),
        400,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_run_command_from_a_readme_becomes_a_template() {
        let text = "docker run -d \\\n  --name=sonarr \\\n  -e PUID=1000 -e API_TOKEN=hunter2 \\\n  -p 8989:8989 \\\n  -v /path/to/config:/config \\\n  --restart unless-stopped \\\n  lscr.io/linuxserver/sonarr:latest";
        assert!(is_run_line(text));
        let (candidates, skipped) = read(text);
        assert!(skipped.is_empty(), "{skipped:?}");
        let one = &candidates[0];
        assert_eq!(one.template.name, "sonarr");
        assert_eq!(one.template.spec.image, "lscr.io/linuxserver/sonarr:latest");
        assert_eq!(one.template.spec.restart.as_deref(), Some("unless-stopped"));
        assert_eq!(one.template.paths[0].suggested, "/path/to/config");
        assert_eq!(one.template.ports[0].host_port.as_deref(), Some("8989"));
        let token = one
            .template
            .variables
            .iter()
            .find(|q| q.name == "API_TOKEN");
        assert!(token.is_some_and(|q| q.required && q.default.is_none()));
        assert!(
            one.remarks
                .iter()
                .any(|remark| remark.contains("API_TOKEN"))
        );
    }

    #[test]
    fn unknown_shell_variables_become_questions_or_skip_the_command() {
        let text = "docker run -e USER_UID=$(id -u) -e TZ=UTC -v $PWD/data:/data gitea/gitea";
        let (candidates, skipped) = read(text);
        assert!(skipped.is_empty(), "{skipped:?}");
        let template = &candidates[0].template;
        let variable = &template.variables[0];
        assert_eq!(
            (variable.default.as_deref(), variable.required),
            (None, true)
        );
        assert_eq!(template.variables[1].default.as_deref(), Some("UTC"));
        assert_eq!(template.paths[0].suggested, "data");
        let (candidates, skipped) = read("docker run --hostname $HOST nginx");
        assert!(candidates.is_empty());
        assert!(skipped[0].reason.contains("HOST"), "{skipped:?}");
    }

    #[test]
    fn command_that_cannot_be_parsed_is_skipped_with_the_reason() {
        let (candidates, skipped) = read("docker run --no-such-flag nginx");
        assert!(candidates.is_empty());
        assert!(skipped[0].reason.starts_with("Line 1: "), "{skipped:?}");
        for text in ["docker ps", "run nginx", "{}", "docker  "] {
            assert!(!is_run_line(text), "{text}");
        }
        assert!(is_run_line("sudo podman container run -d nginx"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_run_command_gives_a_template_or_a_skip_reason(text in "\\PC{0,60}") {
            let (candidates, skipped) = read(&format!("docker run {text}"));
            proptest::prop_assert!(!candidates.is_empty() || !skipped.is_empty());
        }
    }
}
