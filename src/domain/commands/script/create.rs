//! The steps of a script that create a container: networks, image, container.

use super::one_line;
use crate::domain::commands::arguments::{RunArguments, is_user_defined};
use crate::domain::commands::layout::{Layout, Placeholders};
use crate::domain::commands::quote::quote;
use crate::domain::commands::writer::CommandWriter;
use crate::domain::images::Pull;
use crate::model::spec::ContainerSpec;

/// What the script leaves out, as comments.
pub(in crate::domain::commands) fn notes(
    arguments: &RunArguments,
    spec: &ContainerSpec,
) -> Vec<String> {
    let mut notes: Vec<String> = arguments
        .missing
        .iter()
        .map(|missing| format!("Not included: {missing}."))
        .collect();
    if let Some(environment) = &spec.environment {
        notes.push(format!(
            "DockerMate also keeps its environment: {environment}."
        ));
    }
    if let Some(description) = &spec.description {
        notes.push(format!(
            "DockerMate also keeps its description: {description}"
        ));
    }
    notes
}

impl CommandWriter {
    /// Explains what the script leaves out.
    pub(in crate::domain::commands) fn explain_missing(&mut self, arguments: &RunArguments) {
        if !arguments.missing.is_empty() {
            self.note(
                "# Not included",
                format!("Not possible with flags: {}.", arguments.missing.join("; ")),
            );
        }
    }

    /// User-defined networks must be there.
    pub(in crate::domain::commands) fn require_networks(&mut self, spec: &ContainerSpec) {
        if spec.network_mode.is_some() {
            return;
        }
        let own = spec
            .networks
            .iter()
            .filter(|network| is_user_defined(&network.name));
        for (index, network) in own.enumerate() {
            if index == 0 {
                self.raw("\n");
            }
            let name = quote(&network.name);
            self.part(
                "docker network inspect",
                "Checks whether the network exists.",
            );
            self.raw(&format!(" -- {name} >/dev/null 2>&1 ||\n  "));
            match network.ipv4.as_deref().or(network.ipv6.as_deref()) {
                None => {
                    self.part(
                        "docker network create",
                        "Creates the network if it is missing, with addresses that the engine chooses.",
                    );
                    self.raw(&format!(" -- {name} >/dev/null\n"));
                }
                Some(address) => {
                    let hint = format!(
                        "The network {} is missing. Create it with a subnet that holds {address}: docker network create --subnet {} {}",
                        one_line(&network.name),
                        subnet(address),
                        quote(&network.name),
                    );
                    self.raw(&format!("fail {}\n", quote(&one_line(&hint))));
                }
            }
        }
    }

    /// Provides the image that the variable names, as the policy says.
    pub(in crate::domain::commands) fn provide_image(
        &mut self,
        variable: &str,
        spec: &ContainerSpec,
        pull: Pull,
    ) {
        let platform = spec
            .platform
            .as_deref()
            .map(|platform| format!(" --platform {}", quote(platform)))
            .unwrap_or_default();
        self.raw("\n");
        if pull != Pull::Always {
            self.part("docker image inspect", "Checks whether the image exists.");
            self.raw(&format!(" -- \"${variable}\" >/dev/null 2>&1 || "));
        }
        match pull {
            Pull::Always => {
                self.part("docker pull", "Pulls the newest image of this name.");
                self.raw(&format!("{platform} -- \"${variable}\"\n"));
            }
            Pull::Missing => {
                self.part("docker pull", "Pulls the image.");
                self.raw(&format!("{platform} -- \"${variable}\"\n"));
            }
            Pull::Never => {
                self.raw(&format!(
                    "fail \"The image ${variable} does not exist on this host. Pull it first.\"\n"
                ));
            }
        }
    }

    /// `variable=$(docker create …)`.
    pub(in crate::domain::commands) fn create_into(
        &mut self,
        variable: &str,
        arguments: &RunArguments,
        start: bool,
        values: Placeholders<'_>,
    ) {
        self.part(
            &format!("{variable}="),
            "Keeps the id of the container that is created.",
        );
        self.raw("$(docker ");
        self.create(arguments, start, Layout::Long, values);
        self.input(arguments);
        self.raw(if arguments.input.is_some() {
            "\n)\n"
        } else {
            ")\n"
        });
    }

    /// Connects the container to its further networks.
    pub(in crate::domain::commands) fn connect_all(
        &mut self,
        arguments: &RunArguments,
        container: &str,
    ) {
        for connect in &arguments.connects {
            self.raw("docker ");
            self.connect(connect);
            self.word(container);
            self.raw("\n");
        }
    }
}

/// A usual subnet around an address.
fn subnet(address: &str) -> String {
    match address.rsplit_once('.') {
        Some((net, _)) => format!("{net}.0/24"),
        None => format!(
            "--ipv6 {}::/64",
            address.split("::").next().unwrap_or(address)
        ),
    }
}
