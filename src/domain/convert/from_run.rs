//! `docker run` commands, or containers that are there, as a Compose file.

use super::compose_yaml::compose_yaml;
use super::resources::ResourceOrigin;
use crate::domain::containers::Containers;
use crate::domain::run_line::{RunText, run_to_spec};
use crate::error::{Error, Result};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::spec::ContainerSpec;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Containers of one file.
const MOST: usize = 200;

/// Commands that are to become a Compose file.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunCommand {
    /// One or several `docker run` commands, with whatever stands around them.
    pub command: String,
}

/// A Compose file that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComposeText {
    pub compose: String,
    /// What the file does not say, and what to look at.
    pub warnings: Vec<String>,
}

/// # Errors
/// Where no command is found, or one cannot be read.
pub fn run_to_compose(command: &RunCommand) -> Result<ComposeText> {
    let read = run_to_spec(&RunText {
        command: command.command.clone(),
        ..RunText::default()
    });
    let all = read.containers.iter().flat_map(|one| &one.diagnostics);
    let told: Vec<&Diagnostic> = all.chain(&read.diagnostics).collect();
    let is_error = |one: &&&Diagnostic| one.severity == Severity::Error;
    if let Some(error) = told.iter().find(is_error) {
        return Err(Error::invalid(
            "command",
            format!("Line {}: {}", error.line, error.message),
        ));
    }
    let mut warnings: Vec<String> = told
        .iter()
        .filter(|one| one.severity == Severity::Warning)
        .map(|one| format!("Line {}: {}", one.line, one.message))
        .collect();
    let specs: Vec<(ContainerSpec, Option<String>)> = read
        .containers
        .into_iter()
        .map(|one| (one.spec, one.pull))
        .collect();
    let written = compose_yaml(&specs, ResourceOrigin::Command);
    warnings.extend(written.warnings);
    Ok(ComposeText {
        compose: written.text,
        warnings,
    })
}

/// Containers by name or id, with what was set for them, and not what their images say.
///
/// # Errors
/// Where one is not there.
pub async fn containers_to_compose(
    containers: &Containers,
    references: &[String],
) -> Result<ComposeText> {
    if references.is_empty() || references.len() > MOST {
        return Err(Error::invalid(
            "containers",
            format!("Name 1 to {MOST} containers."),
        ));
    }
    let mut specs = Vec::new();
    for reference in references {
        let mut spec = containers.spec(reference).await?;
        // What Compose wrote itself it writes again.
        spec.labels
            .retain(|key, _| !key.starts_with("com.docker.compose."));
        specs.push((spec, None));
    }
    let written = compose_yaml(&specs, ResourceOrigin::Container);
    Ok(ComposeText {
        compose: written.text,
        warnings: written.warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(command: &str) -> String {
        let made = run_to_compose(&RunCommand {
            command: command.to_owned(),
        });
        made.unwrap().compose
    }

    #[test]
    fn file_is_what_a_person_would_write() {
        let text = compose(
            "docker run -d --name web --restart unless-stopped -p 8080:80 -e TZ=Europe/Berlin -e PUID=1000 -v data:/data -v /srv/conf:/etc/nginx:ro --network proxy nginx:1.27",
        );
        assert_eq!(
            text,
            "services:
  web:
    image: nginx:1.27
    container_name: web
    restart: unless-stopped
    environment:
      TZ: Europe/Berlin
      PUID: 1000
    networks:
      - proxy
    ports:
      - \"8080:80\"
    volumes:
      - data:/data
      - /srv/conf:/etc/nginx:ro

networks:
  proxy:
    external: true

volumes:
  data:
    name: data
"
        );
    }

    #[test]
    fn what_a_file_cannot_say_is_named() {
        let made = run_to_compose(&RunCommand {
            command: "docker run --rm -P --cpuset-mems 0 busybox true".to_owned(),
        })
        .unwrap();
        for word in ["--rm", "--publish-all", "--cpuset-mems"] {
            assert!(
                made.warnings.iter().any(|why| why.contains(word)),
                "{word}: {made:?}"
            );
        }
        assert!(made.compose.contains("network_mode: bridge"), "{made:?}");
        let none = run_to_compose(&RunCommand {
            command: "echo hello".to_owned(),
        });
        assert!(none.unwrap_err().to_string().contains("docker run"));
    }

    #[test]
    fn dollar_signs_and_words_of_yaml_are_kept() {
        let text = compose("docker run -e A='$b' -e B=yes -e C= --name x busybox sh -c 'a && b'");
        assert!(text.contains("A: $$b\n"), "{text}");
        assert!(text.contains("B: \"yes\"\n"), "{text}");
        assert!(text.contains("C: \"\"\n"), "{text}");
        assert!(
            text.contains("command: [\"sh\", \"-c\", \"a && b\"]"),
            "{text}"
        );
    }
}
