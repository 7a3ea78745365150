//! The attributes of a service.

use super::{Object, SWARM, ValueShape, WINDOWS, key, object, refused, requiring, without};

const TEXT_LIST: ValueShape = ValueShape::List(&ValueShape::Text);

pub const SERVICE: Object = object(&[
    key("annotations", ValueShape::Pairs),
    without(
        "attach",
        ValueShape::Bool,
        "logs are followed by service here",
    ),
    key("blkio_config", ValueShape::Object(&BLKIO)),
    key(
        "build",
        ValueShape::Either(&[ValueShape::Text, ValueShape::Object(&BUILD)]),
    ),
    key("cap_add", TEXT_LIST),
    key("cap_drop", TEXT_LIST),
    key("cgroup", ValueShape::Words(&["host", "private"])),
    key("cgroup_parent", ValueShape::Text),
    key("command", ValueShape::Command),
    key("configs", FILES),
    key("container_name", ValueShape::Text),
    without("cpu_count", ValueShape::Int, WINDOWS),
    without("cpu_percent", ValueShape::Number, WINDOWS),
    key("cpu_period", ValueShape::TextOrNumber),
    key("cpu_quota", ValueShape::TextOrNumber),
    key("cpu_rt_period", ValueShape::TextOrNumber),
    key("cpu_rt_runtime", ValueShape::TextOrNumber),
    key("cpu_shares", ValueShape::Number),
    key("cpus", ValueShape::Number),
    key("cpuset", ValueShape::Text),
    without(
        "credential_spec",
        ValueShape::Object(&object(&[
            key("config", ValueShape::Text),
            key("file", ValueShape::Text),
            key("registry", ValueShape::Text),
        ])),
        WINDOWS,
    ),
    key(
        "depends_on",
        ValueShape::Either(&[
            TEXT_LIST,
            ValueShape::Named(&ValueShape::Object(&DEPENDENCY)),
        ]),
    ),
    key("deploy", ValueShape::Maybe(&ValueShape::Object(&DEPLOY))),
    without(
        "develop",
        ValueShape::Maybe(&ValueShape::Object(&DEVELOP)),
        "files are not watched for development",
    ),
    key("device_cgroup_rules", TEXT_LIST),
    key(
        "devices",
        ValueShape::List(&ValueShape::Either(&[
            ValueShape::Text,
            ValueShape::Object(&requiring(
                &[
                    key("source", ValueShape::Text),
                    key("target", ValueShape::Text),
                    key("permissions", ValueShape::Text),
                ],
                &["source"],
            )),
        ])),
    ),
    key("dns", ValueShape::Texts),
    key("dns_opt", TEXT_LIST),
    key("dns_search", ValueShape::Texts),
    key("domainname", ValueShape::Text),
    key("entrypoint", ValueShape::Command),
    key(
        "env_file",
        ValueShape::Either(&[
            ValueShape::Text,
            ValueShape::List(&ValueShape::Either(&[
                ValueShape::Text,
                ValueShape::Object(&Object {
                    keys: &[
                        key("path", ValueShape::Text),
                        key("format", ValueShape::Text),
                        key("required", ValueShape::Bool),
                    ],
                    required: &["path"],
                    extensible: false,
                }),
            ])),
        ]),
    ),
    key("environment", ValueShape::Pairs),
    key("expose", ValueShape::List(&ValueShape::TextOrNumber)),
    key(
        "extends",
        ValueShape::Either(&[
            ValueShape::Text,
            ValueShape::Object(&Object {
                keys: &[
                    key("service", ValueShape::Text),
                    key("file", ValueShape::Text),
                ],
                required: &["service"],
                extensible: false,
            }),
        ]),
    ),
    key("external_links", TEXT_LIST),
    key(
        "extra_hosts",
        ValueShape::Either(&[
            TEXT_LIST,
            ValueShape::Named(&ValueShape::Either(&[ValueShape::Text, TEXT_LIST])),
        ]),
    ),
    key(
        "gpus",
        ValueShape::Either(&[
            ValueShape::Words(&["all"]),
            ValueShape::List(&ValueShape::Object(&object(DEVICE_REQUEST))),
        ]),
    ),
    key("group_add", ValueShape::List(&ValueShape::TextOrNumber)),
    key(
        "healthcheck",
        ValueShape::Object(&object(&[
            key("disable", ValueShape::Bool),
            key("interval", ValueShape::Duration),
            key("retries", ValueShape::Number),
            key("start_interval", ValueShape::Duration),
            key("start_period", ValueShape::Duration),
            key("test", ValueShape::Texts),
            key("timeout", ValueShape::Duration),
        ])),
    ),
    key("hostname", ValueShape::Text),
    key("image", ValueShape::Text),
    key("init", ValueShape::Bool),
    key("ipc", ValueShape::Text),
    without("isolation", ValueShape::Text, WINDOWS),
    key("label_file", ValueShape::Texts),
    key("labels", ValueShape::Pairs),
    key("links", TEXT_LIST),
    key(
        "logging",
        ValueShape::Object(&object(&[
            key("driver", ValueShape::Text),
            key("options", ValueShape::Values),
        ])),
    ),
    key("mac_address", ValueShape::Text),
    key("mem_limit", ValueShape::TextOrNumber),
    key("mem_reservation", ValueShape::TextOrNumber),
    key("mem_swappiness", ValueShape::TextOrNumber),
    key("memswap_limit", ValueShape::TextOrNumber),
    refused(
        "models",
        ValueShape::Either(&[
            TEXT_LIST,
            ValueShape::Named(&ValueShape::Maybe(&ValueShape::Object(&object(&[
                key("endpoint_var", ValueShape::Text),
                key("model_var", ValueShape::Text),
            ])))),
        ]),
        "models need Docker Model Runner",
    ),
    key("network_mode", ValueShape::Text),
    key(
        "networks",
        ValueShape::Either(&[
            TEXT_LIST,
            ValueShape::Named(&ValueShape::Maybe(&ValueShape::Object(&PLACE))),
        ]),
    ),
    key("oom_kill_disable", ValueShape::Bool),
    key("oom_score_adj", ValueShape::Int),
    key("pid", ValueShape::Maybe(&ValueShape::Text)),
    key("pids_limit", ValueShape::Number),
    key("platform", ValueShape::Text),
    key(
        "ports",
        ValueShape::List(&ValueShape::Either(&[
            ValueShape::TextOrNumber,
            ValueShape::Object(&PORT),
        ])),
    ),
    key("post_start", HOOKS),
    key("pre_start", ValueShape::List(&ValueShape::Any)),
    key("pre_stop", HOOKS),
    key("privileged", ValueShape::Bool),
    key("profiles", TEXT_LIST),
    refused(
        "provider",
        ValueShape::Object(&requiring(
            &[
                key("type", ValueShape::Text),
                key("options", ValueShape::Named(&ValueShape::Any)),
            ],
            &["type"],
        )),
        "a provider is a program of its own",
    ),
    key("pull_policy", ValueShape::Text),
    without(
        "pull_refresh_after",
        ValueShape::Text,
        "Compose itself does not use it",
    ),
    key("read_only", ValueShape::Bool),
    key("restart", ValueShape::Text),
    key("runtime", ValueShape::Text),
    key("scale", ValueShape::Int),
    key("secrets", FILES),
    key("security_opt", TEXT_LIST),
    key("shm_size", ValueShape::TextOrNumber),
    key("stdin_open", ValueShape::Bool),
    key("stop_grace_period", ValueShape::Duration),
    key("stop_signal", ValueShape::Text),
    key("storage_opt", ValueShape::Named(&ValueShape::Any)),
    key("sysctls", ValueShape::Pairs),
    key("tmpfs", ValueShape::Texts),
    key("tty", ValueShape::Bool),
    key("ulimits", ULIMITS),
    refused(
        "use_api_socket",
        ValueShape::Bool,
        "it would give the engine and its credentials away",
    ),
    key("user", ValueShape::Text),
    key("userns_mode", ValueShape::Text),
    key("uts", ValueShape::Text),
    key(
        "volumes",
        ValueShape::List(&ValueShape::Either(&[
            ValueShape::Text,
            ValueShape::Object(&MOUNT),
        ])),
    ),
    key("volumes_from", TEXT_LIST),
    key("working_dir", ValueShape::Text),
]);

pub const PORT: Object = object(&[
    key("name", ValueShape::Text),
    without("mode", ValueShape::Text, SWARM),
    key("host_ip", ValueShape::Text),
    key("target", ValueShape::Int),
    key("published", ValueShape::TextOrNumber),
    key("protocol", ValueShape::Text),
    key("app_protocol", ValueShape::Text),
]);

pub const DEPENDENCY: Object = requiring(
    &[
        key(
            "condition",
            ValueShape::Words(&[
                "service_started",
                "service_healthy",
                "service_completed_successfully",
            ]),
        ),
        key("required", ValueShape::Bool),
        key("restart", ValueShape::Bool),
    ],
    &["condition"],
);

pub const MOUNT: Object = requiring(
    &[
        key(
            "type",
            ValueShape::Words(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
        ),
        key("source", ValueShape::Text),
        key("target", ValueShape::Text),
        key("read_only", ValueShape::Bool),
        key("consistency", ValueShape::Text),
        key(
            "bind",
            ValueShape::Object(&object(&[
                key("propagation", ValueShape::Text),
                key("create_host_path", ValueShape::Bool),
                key(
                    "recursive",
                    ValueShape::Words(&["enabled", "disabled", "writable", "readonly"]),
                ),
                key("selinux", ValueShape::Words(&["z", "Z"])),
            ])),
        ),
        key(
            "volume",
            ValueShape::Object(&object(&[
                key("labels", ValueShape::Pairs),
                key("nocopy", ValueShape::Bool),
                key("subpath", ValueShape::Text),
            ])),
        ),
        key(
            "tmpfs",
            ValueShape::Object(&object(&[
                key("size", ValueShape::TextOrNumber),
                key("mode", ValueShape::Number),
            ])),
        ),
        key(
            "image",
            ValueShape::Object(&object(&[key("subpath", ValueShape::Text)])),
        ),
    ],
    &["type"],
);

/// A service on a network.
const PLACE: Object = object(&[
    key("aliases", TEXT_LIST),
    key("driver_opts", ValueShape::Values),
    key("gw_priority", ValueShape::Number),
    key("interface_name", ValueShape::Text),
    key("ipv4_address", ValueShape::Text),
    key("ipv6_address", ValueShape::Text),
    key("link_local_ips", TEXT_LIST),
    key("mac_address", ValueShape::Text),
    key("priority", ValueShape::Number),
]);

const FILES: ValueShape = ValueShape::List(&ValueShape::Either(&[
    ValueShape::Text,
    ValueShape::Object(&object(&[
        key("source", ValueShape::Text),
        key("target", ValueShape::Text),
        key("uid", ValueShape::Text),
        key("gid", ValueShape::Text),
        key("mode", ValueShape::TextOrNumber),
    ])),
]));

const HOOKS: ValueShape = ValueShape::List(&ValueShape::Object(&requiring(
    &[
        key("command", ValueShape::Command),
        key("user", ValueShape::Text),
        key("privileged", ValueShape::Bool),
        key("working_dir", ValueShape::Text),
        key("environment", ValueShape::Pairs),
    ],
    &["command"],
)));

const ULIMITS: ValueShape = ValueShape::Named(&ValueShape::Either(&[
    ValueShape::Int,
    ValueShape::Object(&requiring(
        &[key("hard", ValueShape::Int), key("soft", ValueShape::Int)],
        &["hard", "soft"],
    )),
]));

const LIMIT: ValueShape = ValueShape::List(&ValueShape::Object(&Object {
    keys: &[
        key("path", ValueShape::Text),
        key("rate", ValueShape::TextOrNumber),
    ],
    required: &[],
    extensible: false,
}));

const BLKIO: Object = Object {
    keys: &[
        key("device_read_bps", LIMIT),
        key("device_read_iops", LIMIT),
        key("device_write_bps", LIMIT),
        key("device_write_iops", LIMIT),
        key("weight", ValueShape::Int),
        key(
            "weight_device",
            ValueShape::List(&ValueShape::Object(&Object {
                keys: &[
                    key("path", ValueShape::Text),
                    key("weight", ValueShape::Int),
                ],
                required: &[],
                extensible: false,
            })),
        ),
    ],
    required: &[],
    extensible: false,
};

const SESSION: &str = "it needs a BuildKit session, which DockerMate does not open";

const BUILD: Object = object(&[
    key("context", ValueShape::Text),
    key("dockerfile", ValueShape::Text),
    key("dockerfile_inline", ValueShape::Text),
    refused("entitlements", TEXT_LIST, SESSION),
    key("args", ValueShape::Pairs),
    refused("ssh", ValueShape::Pairs, SESSION),
    key("labels", ValueShape::Pairs),
    key("cache_from", TEXT_LIST),
    refused("cache_to", TEXT_LIST, SESSION),
    key("no_cache", ValueShape::Bool),
    refused("no_cache_filter", ValueShape::Texts, SESSION),
    refused("additional_contexts", ValueShape::Pairs, SESSION),
    key("network", ValueShape::Text),
    refused(
        "provenance",
        ValueShape::Either(&[ValueShape::Text, ValueShape::Bool]),
        SESSION,
    ),
    refused(
        "sbom",
        ValueShape::Either(&[ValueShape::Text, ValueShape::Bool]),
        SESSION,
    ),
    key("pull", ValueShape::Bool),
    key("target", ValueShape::Text),
    key("shm_size", ValueShape::TextOrNumber),
    key(
        "extra_hosts",
        ValueShape::Either(&[
            TEXT_LIST,
            ValueShape::Named(&ValueShape::Either(&[ValueShape::Text, TEXT_LIST])),
        ]),
    ),
    key("isolation", ValueShape::Text),
    refused("privileged", ValueShape::Bool, SESSION),
    refused("secrets", FILES, SESSION),
    key("tags", TEXT_LIST),
    key("ulimits", ULIMITS),
    key("platforms", TEXT_LIST),
]);

const UPDATE: Object = object(&[
    key("parallelism", ValueShape::Int),
    key("delay", ValueShape::Duration),
    key("failure_action", ValueShape::Text),
    key("monitor", ValueShape::Duration),
    key("max_failure_ratio", ValueShape::Number),
    key("order", ValueShape::Words(&["start-first", "stop-first"])),
]);

const DEVICE_REQUEST: &[super::Key] = &[
    key("capabilities", TEXT_LIST),
    key("count", ValueShape::TextOrNumber),
    key("device_ids", TEXT_LIST),
    key("driver", ValueShape::Text),
    key("options", ValueShape::Pairs),
];

const DEPLOY: Object = object(&[
    without("mode", ValueShape::Text, SWARM),
    without("endpoint_mode", ValueShape::Text, SWARM),
    key("replicas", ValueShape::Int),
    without("labels", ValueShape::Pairs, SWARM),
    without("rollback_config", ValueShape::Object(&UPDATE), SWARM),
    without("update_config", ValueShape::Object(&UPDATE), SWARM),
    key(
        "resources",
        ValueShape::Object(&object(&[
            key(
                "limits",
                ValueShape::Object(&object(&[
                    key("cpus", ValueShape::Number),
                    key("memory", ValueShape::Text),
                    key("pids", ValueShape::Int),
                ])),
            ),
            key(
                "reservations",
                ValueShape::Object(&object(&[
                    without("cpus", ValueShape::Number, SWARM),
                    key("memory", ValueShape::Text),
                    without(
                        "generic_resources",
                        ValueShape::List(&ValueShape::Object(&object(&[key(
                            "discrete_resource_spec",
                            ValueShape::Object(&object(&[
                                key("kind", ValueShape::Text),
                                key("value", ValueShape::Number),
                            ])),
                        )]))),
                        SWARM,
                    ),
                    key(
                        "devices",
                        ValueShape::List(&ValueShape::Object(&requiring(
                            DEVICE_REQUEST,
                            &["capabilities"],
                        ))),
                    ),
                ])),
            ),
        ])),
    ),
    key(
        "restart_policy",
        ValueShape::Object(&object(&[
            key("condition", ValueShape::Text),
            without("delay", ValueShape::Duration, SWARM),
            key("max_attempts", ValueShape::Int),
            without("window", ValueShape::Duration, SWARM),
        ])),
    ),
    without(
        "placement",
        ValueShape::Object(&object(&[
            key("constraints", TEXT_LIST),
            key(
                "preferences",
                ValueShape::List(&ValueShape::Object(&object(&[key(
                    "spread",
                    ValueShape::Text,
                )]))),
            ),
            key("max_replicas_per_node", ValueShape::Int),
        ])),
        SWARM,
    ),
]);

const DEVELOP: Object = object(&[key(
    "watch",
    ValueShape::List(&ValueShape::Object(&requiring(
        &[
            key("path", ValueShape::Text),
            key(
                "action",
                ValueShape::Words(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
            ),
            key("ignore", ValueShape::Texts),
            key("include", ValueShape::Texts),
            key("target", ValueShape::Text),
            key("initial_sync", ValueShape::Bool),
            key(
                "exec",
                ValueShape::Object(&object(&[
                    key("command", ValueShape::Command),
                    key("user", ValueShape::Text),
                    key("privileged", ValueShape::Bool),
                    key("working_dir", ValueShape::Text),
                    key("environment", ValueShape::Pairs),
                ])),
            ),
        ],
        &["path", "action"],
    ))),
)]);
