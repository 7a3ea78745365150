//! Networks, volumes, secrets, configs and models of a Compose file.

use super::{Object, SWARM, ValueShape, key, object, refused, without};

const EXTERNAL: ValueShape = ValueShape::Either(&[
    ValueShape::Bool,
    ValueShape::Object(&object(&[key("name", ValueShape::Text)])),
]);

pub const NETWORK: Object = object(&[
    key("name", ValueShape::Text),
    key("driver", ValueShape::Text),
    key("driver_opts", ValueShape::Values),
    key(
        "ipam",
        ValueShape::Object(&object(&[
            key("driver", ValueShape::Text),
            key(
                "config",
                ValueShape::List(&ValueShape::Object(&object(&[
                    key("subnet", ValueShape::Text),
                    key("ip_range", ValueShape::Text),
                    key("gateway", ValueShape::Text),
                    key("aux_addresses", ValueShape::Values),
                ]))),
            ),
            key("options", ValueShape::Values),
        ])),
    ),
    key("external", EXTERNAL),
    key("internal", ValueShape::Bool),
    key("enable_ipv4", ValueShape::Bool),
    key("enable_ipv6", ValueShape::Bool),
    key("attachable", ValueShape::Bool),
    key("labels", ValueShape::Pairs),
]);

pub const VOLUME: Object = object(&[
    key("name", ValueShape::Text),
    key("driver", ValueShape::Text),
    key("driver_opts", ValueShape::Values),
    key("external", EXTERNAL),
    key("labels", ValueShape::Pairs),
]);

const ELSEWHERE: &str = "secrets and configs of a swarm are not on this host";

pub const SECRET: Object = object(&[
    key("name", ValueShape::Text),
    key("environment", ValueShape::Text),
    key("file", ValueShape::Text),
    refused("external", EXTERNAL, ELSEWHERE),
    without("labels", ValueShape::Pairs, SWARM),
    refused("driver", ValueShape::Text, ELSEWHERE),
    refused("driver_opts", ValueShape::Values, ELSEWHERE),
    refused("template_driver", ValueShape::Text, ELSEWHERE),
]);

pub const CONFIG: Object = object(&[
    key("name", ValueShape::Text),
    key("content", ValueShape::Text),
    key("environment", ValueShape::Text),
    key("file", ValueShape::Text),
    refused("external", EXTERNAL, ELSEWHERE),
    without("labels", ValueShape::Pairs, SWARM),
    refused("template_driver", ValueShape::Text, ELSEWHERE),
]);

pub const MODEL: Object = object(&[
    key("name", ValueShape::Text),
    key("model", ValueShape::Text),
    key("context_size", ValueShape::Int),
    key("runtime_flags", ValueShape::List(&ValueShape::Text)),
]);
