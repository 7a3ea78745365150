//! From an inspect answer back to the create request that makes the same
//! container again.
//!
//! An inspect answer mixes what the person set with what the image of that
//! time and the engine filled in. What came from the image is taken out, so
//! that a newer image's defaults take effect; what the engine generated (a
//! host name, an address, a MAC, a short-id alias) is taken out; all else is
//! carried on untouched, known to this program or not.

use super::create::{CreateBody, MAC_PER_ENDPOINT};
use super::podman;
use super::rules::{USUAL_MASKED, USUAL_READONLY};
use super::show::is_blank;
use serde_json::{Map, Value, json};

/// Facts of the engine that tell its own values from the person's.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct EngineFacts {
    pub api: (usize, usize),
    /// `25.0.1`.
    pub version: String,
    pub podman: bool,
    /// The engine host's name, which a container on the host network shows.
    pub host_name: String,
}

/// The create request of a container as it is. `image` is the `Config` of the
/// image it was made from, `None` when that is gone: then nothing can be told
/// apart, and all is kept.
pub(in super::super) fn body_of(
    inspect: &Value,
    image: Option<&Value>,
    facts: &EngineFacts,
) -> CreateBody {
    let normalized;
    let inspect = if facts.podman {
        normalized = podman::normalized(inspect, image);
        &normalized
    } else {
        inspect
    };
    let mut config = object(inspect, "/Config");
    let mut host = object(inspect, "/HostConfig");
    if let Some(image) = image {
        subtract_image(&mut config, image, &host);
    }
    let mode = text(&host, "NetworkMode").to_owned();
    host_names(&mut config, &host, &mode, inspect, facts);
    let mac = config.remove("MacAddress").filter(|mac| {
        !(is_blank(mac) || shows_generated_mac(facts) && is_generated_mac(mac, inspect))
    });
    for key in ["OnBuild", "ArgsEscaped", "NetworkDisabled"] {
        if config.get(key).is_some_and(is_blank) {
            config.remove(key);
        }
    }
    for (key, usual) in [
        ("MaskedPaths", USUAL_MASKED),
        ("ReadonlyPaths", USUAL_READONLY),
    ] {
        let own = host
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(|paths| {
                !paths.is_empty()
                    && paths
                        .iter()
                        .all(|path| path.as_str().is_some_and(|path| is_usual(path, usual)))
            });
        if own || host.get(key).is_some_and(Value::is_null) {
            host.remove(key);
        }
    }
    links(&mut host);
    attach_anonymous(&mut config, &mut host, inspect);
    let networks = networks(inspect, &mode, mac.as_ref(), &mut config, facts);
    let own = mode != "host" && mode != "none" && !mode.starts_with("container:");
    CreateBody {
        config,
        host_config: host,
        detached: own && networks.is_empty(),
        networks,
        platform: None,
    }
}

/// Newer engines hide a file of each processor, too.
fn is_usual(path: &str, usual: &[&str]) -> bool {
    let of_a_processor =
        path.starts_with("/sys/devices/system/cpu/cpu") && path.ends_with("/thermal_throttle");
    of_a_processor || usual.contains(&path)
}

fn object(value: &Value, pointer: &str) -> Map<String, Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or("")
}

/// Takes out what `merge` of moby's daemon (`daemon/commit.go`) had put in.
fn subtract_image(config: &mut Map<String, Value>, image: &Value, host: &Map<String, Value>) {
    let null = Value::Null;
    let theirs = |key: &str| image.get(key).unwrap_or(&null);
    let same = |a: &Value, b: &Value| a == b || (is_blank(a) && is_blank(b));

    // The image's command counts only where its entrypoint does too.
    let entrypoint = config.get("Entrypoint").cloned().unwrap_or(Value::Null);
    let command = config.get("Cmd").cloned().unwrap_or(Value::Null);
    if same(&entrypoint, theirs("Entrypoint")) {
        if same(&command, theirs("Cmd")) {
            config.remove("Cmd");
            config.remove("Entrypoint");
            config.remove("ArgsEscaped");
        } else if !is_blank(&command) {
            config.remove("Entrypoint");
        }
    } else if is_blank(&entrypoint) {
        // An empty list says: no entrypoint, whatever the image has.
        config.insert("Entrypoint".to_owned(), json!([]));
        if same(&command, theirs("Cmd")) {
            config.remove("Cmd");
        }
    }
    for key in ["User", "WorkingDir", "StopSignal", "Shell", "ArgsEscaped"] {
        if config.get(key).is_some_and(|own| same(own, theirs(key))) {
            config.remove(key);
        }
    }
    if let Some(Value::Array(own)) = config.get_mut("Env") {
        let image_env = theirs("Env").as_array().cloned().unwrap_or_default();
        own.retain(|entry| !image_env.contains(entry));
    }
    if let (Some(Value::Object(own)), Some(image_labels)) =
        (config.get_mut("Labels"), theirs("Labels").as_object())
    {
        own.retain(|key, value| image_labels.get(key) != Some(value));
    }
    let published = host.get("PortBindings").and_then(Value::as_object);
    for key in ["ExposedPorts", "Volumes"] {
        let (Some(Value::Object(own)), Some(image_keys)) =
            (config.get_mut(key), theirs(key).as_object())
        else {
            continue;
        };
        own.retain(|name, _| {
            !image_keys.contains_key(name)
                || (key == "ExposedPorts"
                    && published.is_some_and(|ports| ports.contains_key(name)))
        });
    }
    let check = theirs("Healthcheck");
    if let Some(own) = config.get("Healthcheck").cloned() {
        if same(&own, check) {
            config.remove("Healthcheck");
        } else if let (Value::Object(mut own), Some(check)) = (own, check.as_object()) {
            own.retain(|key, value| check.get(key) != Some(value));
            config.insert("Healthcheck".to_owned(), Value::Object(own));
        }
    }
}

/// A host name is carried on only if somebody chose it.
fn host_names(
    config: &mut Map<String, Value>,
    host: &Map<String, Value>,
    mode: &str,
    inspect: &Value,
    facts: &EngineFacts,
) {
    let id = inspect.get("Id").and_then(Value::as_str).unwrap_or("");
    let name = text(config, "Hostname");
    let generated = name.len() == 12 && id.starts_with(name);
    let others = mode.starts_with("container:") || text(host, "UTSMode") == "host";
    let hosts = mode == "host" && (name == facts.host_name || name.is_empty());
    if generated || others || hosts || name.is_empty() {
        config.remove("Hostname");
    }
    if others || text(config, "Domainname").is_empty() {
        config.remove("Domainname");
    }
    if mode.starts_with("container:") {
        // Refused beside another's network, and without effect before.
        config.remove("ExposedPorts");
    }
}

/// The engine shows `/db:/web/db` and takes `db:db`.
fn links(host: &mut Map<String, Value>) {
    let Some(Value::Array(links)) = host.get_mut("Links") else {
        return;
    };
    for link in links {
        let Some((target, alias)) = link.as_str().and_then(|text| text.split_once(':')) else {
            continue;
        };
        let alias = alias.rsplit('/').next().unwrap_or(alias);
        *link = format!("{}:{alias}", target.trim_start_matches('/')).into();
    }
}

/// A volume that nobody named belongs to the data: the next container gets the
/// same one at the same place.
fn attach_anonymous(
    config: &mut Map<String, Value>,
    host: &mut Map<String, Value>,
    inspect: &Value,
) {
    let mounts = inspect
        .get("Mounts")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let from_others = host.get("VolumesFrom").is_some_and(|from| !is_blank(from));
    for mount in mounts {
        let part = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or("");
        let (name, target) = (part("Name"), part("Destination"));
        if part("Type") != "volume" || name.is_empty() || target.is_empty() {
            continue;
        }
        if let Some(entry) = host
            .get_mut("Mounts")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
            .find(|entry| same_path(text(entry, "Target"), target))
        {
            if text(entry, "Source").is_empty() && text(entry, "Type") == "volume" {
                entry.insert("Source".to_owned(), name.into());
            }
            continue;
        }
        let bound = host
            .get("Binds")
            .and_then(Value::as_array)
            .is_some_and(|binds| {
                binds
                    .iter()
                    .filter_map(Value::as_str)
                    .filter_map(|bind| bind.split(':').nth(1))
                    .any(|bound| same_path(bound, target))
            });
        // Without a declaration of its own it comes from another container, with `VolumesFrom`.
        let own = object(inspect, "/Config/Volumes")
            .keys()
            .any(|declared| same_path(declared, target));
        if bound || (from_others && !own) {
            continue;
        }
        let read_only = mount.get("RW") == Some(&Value::Bool(false));
        let bind = format!("{name}:{target}{}", if read_only { ":ro" } else { "" });
        match host.get_mut("Binds") {
            Some(Value::Array(binds)) => binds.push(bind.into()),
            _ => {
                host.insert("Binds".to_owned(), json!([bind]));
            }
        }
    }
    if config.get("Volumes").is_some_and(is_blank) {
        config.remove("Volumes");
    }
}

/// The engine shows paths without the slash at the end that somebody wrote.
fn same_path(written: &str, shown: &str) -> bool {
    written == shown || written.trim_end_matches('/') == shown.trim_end_matches('/')
}

/// The places on networks, the primary one first, with what was asked for and
/// without what was assigned.
fn networks(
    inspect: &Value,
    mode: &str,
    mac: Option<&Value>,
    config: &mut Map<String, Value>,
    facts: &EngineFacts,
) -> Vec<(String, Map<String, Value>)> {
    if mode == "host" || mode == "none" || mode.starts_with("container:") {
        return Vec::new();
    }
    let id = inspect.get("Id").and_then(Value::as_str).unwrap_or("");
    let primary = if mode == "default" || mode.is_empty() {
        "bridge"
    } else {
        mode
    };
    let shown = object(inspect, "/NetworkSettings/Networks");
    let host_name = inspect
        .pointer("/Config/Hostname")
        .and_then(Value::as_str)
        .unwrap_or("");
    let mut all: Vec<_> = shown
        .iter()
        .map(|(name, shown)| (name.clone(), endpoint(shown, id, host_name, facts)))
        .collect();
    let is_primary = |name: &str| {
        name == primary
            || shown
                .get(name)
                .and_then(|shown| shown.get("NetworkID"))
                .is_some_and(|id| id == primary)
    };
    all.sort_by_key(|(name, _)| !is_primary(name));
    if let Some(mac) = mac {
        match all.first_mut().filter(|(name, _)| is_primary(name)) {
            Some((_, endpoint)) if facts.api >= MAC_PER_ENDPOINT => {
                endpoint.insert("MacAddress".to_owned(), mac.clone());
            }
            _ => {
                config.insert("MacAddress".to_owned(), mac.clone());
            }
        }
    }
    all
}

fn endpoint(shown: &Value, id: &str, host_name: &str, facts: &EngineFacts) -> Map<String, Value> {
    let mut kept = Map::new();
    for key in ["IPAMConfig", "Links", "DriverOpts", "GwPriority"] {
        if let Some(value) = shown.get(key).filter(|value| !is_blank(value)) {
            kept.insert(key.to_owned(), value.clone());
        }
    }
    let aliases: Vec<Value> = shown
        .get("Aliases")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        // Before API 1.45 the short id is added, which would pile up, and the host
        // name, which would stay when it becomes another.
        .filter_map(Value::as_str)
        .filter(|alias| !(alias.len() == 12 && id.starts_with(alias)))
        .filter(|alias| facts.api >= (1, 45) || *alias != host_name)
        .map(Value::from)
        .collect();
    if !aliases.is_empty() {
        kept.insert("Aliases".to_owned(), aliases.into());
    }
    if facts.api >= MAC_PER_ENDPOINT
        && let Some(mac) = shown
            .get("MacAddress")
            .filter(|mac| is_chosen_mac(mac, shown, facts))
    {
        kept.insert("MacAddress".to_owned(), mac.clone());
    }
    kept
}

/// From this API version on (engine 28) a generated MAC is a random one.
const RANDOM_MAC: (usize, usize) = (1, 48);

/// Engines from API 1.44 on show the endpoint's MAC, chosen or generated. The
/// primary one's choice is in `Config.MacAddress`. Of the others, one that does
/// not run shows only what was chosen, and a generated one always has the bit
/// "locally administered" (IEEE 802), which a vendor's has not. Before engine 28
/// a generated one is 02:42 and the address, and any other was chosen.
fn is_chosen_mac(mac: &Value, shown: &Value, facts: &EngineFacts) -> bool {
    let mac = mac.as_str().unwrap_or("");
    let running = shown
        .get("IPAddress")
        .is_some_and(|address| !is_blank(address));
    let first = mac
        .get(..2)
        .and_then(|pair| u8::from_str_radix(pair, 16).ok());
    first.is_some_and(|first| {
        let vendor = first & 2 == 0;
        let other_than_generated =
            facts.api < RANDOM_MAC && !facts.podman && !follows_address(mac, shown);
        !running || vendor || other_than_generated
    })
}

/// Only engines 25.0.0 and 25.0.1 show a generated MAC in `Config.MacAddress`;
/// those before and after write down a choice alone.
fn shows_generated_mac(facts: &EngineFacts) -> bool {
    ["25.0.0", "25.0.1"].contains(&facts.version.split(['-', '+']).next().unwrap_or(""))
}

/// What bridge networks before engine 28 generate: 02:42 and the address.
fn is_generated_mac(mac: &Value, inspect: &Value) -> bool {
    let mac = mac.as_str().unwrap_or("");
    object(inspect, "/NetworkSettings/Networks")
        .values()
        .any(|shown| follows_address(mac, shown))
}

fn follows_address(mac: &str, shown: &Value) -> bool {
    let address = shown.get("IPAddress").and_then(Value::as_str).unwrap_or("");
    address.parse::<std::net::Ipv4Addr>().is_ok_and(|address| {
        let [a, b, c, d] = address.octets();
        mac.eq_ignore_ascii_case(&format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}"))
    })
}

/// What is in use and may have been chosen, where the engine does not tell a
/// choice from an assignment: for the container that takes this one's place, and
/// for no other. Gives what a person should know about it.
pub(in super::super) fn keep_assigned(
    body: &mut CreateBody,
    inspect: &Value,
    facts: &EngineFacts,
) -> Option<String> {
    let primary = body.networks.first().map(|(name, _)| name.clone());
    let shown = object(inspect, "/NetworkSettings/Networks");
    let mut unknown = false;
    let mut kept = false;
    for (name, endpoint) in &mut body.networks {
        let Some(shown) = shown.get(if facts.podman {
            podman::network_name(name)
        } else {
            name
        }) else {
            continue;
        };
        let part = |key: &str| shown.get(key).filter(|value| !is_blank(value)).cloned();
        let is_primary = primary.as_deref() == Some(name.as_str());
        if (facts.podman || (facts.api >= RANDOM_MAC && !is_primary))
            && facts.api >= MAC_PER_ENDPOINT
            && let Some(mac) = part("MacAddress")
        {
            endpoint.entry("MacAddress").or_insert(mac);
        }
        // The default network gives no fixed addresses.
        if !facts.podman || name == "bridge" {
            continue;
        }
        unknown = true;
        let mut addresses = Map::new();
        for (key, from) in [
            ("IPv4Address", "IPAddress"),
            ("IPv6Address", "GlobalIPv6Address"),
        ] {
            if let Some(address) = part(from) {
                addresses.insert(key.to_owned(), address);
            }
        }
        if !addresses.is_empty() {
            kept = true;
            endpoint
                .entry("IPAMConfig")
                .or_insert(Value::Object(addresses));
        }
    }
    let told = if kept {
        "Podman does not tell fixed addresses from assigned ones. The new container gets the addresses that this one has now, as fixed ones."
    } else {
        "Podman does not tell the fixed addresses of a container that is not running. If this one has any, set them again afterwards."
    };
    unknown.then(|| told.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_hides_by_itself_is_not_carried_on() {
        let masked = |paths: Value| {
            let inspect = json!({ "HostConfig": { "MaskedPaths": paths } });
            let body = body_of(&inspect, None, &EngineFacts::default());
            body.host_config.get("MaskedPaths").cloned()
        };
        let processor = "/sys/devices/system/cpu/cpu11/thermal_throttle";
        assert_eq!(masked(json!(["/proc/kcore", processor])), None);
        for own in [json!([]), json!(["/proc/kcore", "/srv/own"])] {
            assert_eq!(masked(own.clone()), Some(own));
        }
    }

    fn facts(api: (usize, usize), version: &str) -> EngineFacts {
        EngineFacts {
            api,
            version: version.to_owned(),
            ..EngineFacts::default()
        }
    }

    /// A running container with a chosen MAC that is also what an engine before 28
    /// would generate, and one on a second network.
    fn with_macs(second: &str) -> Value {
        json!({
            "Id": "0123456789abcdef",
            "Config": {"MacAddress": "02:42:0a:e7:1b:4d"},
            "HostConfig": {"NetworkMode": "one"},
            "NetworkSettings": {"Networks": {
                "one": {"IPAddress": "10.231.27.77", "MacAddress": "02:42:0a:e7:1b:4d"},
                "two": {"IPAddress": "10.91.2.2", "MacAddress": second}
            }}
        })
    }

    fn mac<'a>(body: &'a CreateBody, network: &str) -> Option<&'a str> {
        let (_, endpoint) = body.networks.iter().find(|(name, _)| name == network)?;
        endpoint.get("MacAddress")?.as_str()
    }

    #[test]
    fn a_mac_in_the_configuration_is_a_choice_but_on_the_two_engines_that_show_any() {
        let inspect = with_macs("02:42:0a:5b:02:02");
        for (api, version, chosen) in [
            ((1, 44), "25.0.0", false),
            ((1, 44), "25.0.1-ce", false),
            ((1, 44), "25.0.2", true),
            ((1, 51), "28.5.2+dfsg4", true),
        ] {
            let body = body_of(&inspect, None, &facts(api, version));
            let expected = chosen.then_some("02:42:0a:e7:1b:4d");
            assert_eq!(mac(&body, "one"), expected, "{version}");
        }
    }

    #[test]
    fn a_mac_of_a_second_network_is_a_choice_where_the_engine_would_generate_another() {
        for (api, shown, chosen) in [
            ((1, 45), "02:42:0a:5b:02:02", false),
            ((1, 45), "02:42:0a:5b:02:77", true),
            ((1, 51), "02:42:0a:5b:02:77", false),
            ((1, 51), "00:16:3e:00:00:01", true),
        ] {
            let body = body_of(&with_macs(shown), None, &facts(api, "26.1.5"));
            assert_eq!(mac(&body, "two").is_some(), chosen, "{api:?} {shown}");
        }
    }

    #[test]
    fn where_a_choice_cannot_be_told_the_replacement_keeps_the_mac_of_further_networks() {
        let inspect = with_macs("02:42:0a:5b:02:77");
        let facts = facts((1, 51), "28.5.2");
        let mut body = body_of(&inspect, None, &facts);
        assert_eq!(keep_assigned(&mut body, &inspect, &facts), None);
        assert_eq!(mac(&body, "two"), Some("02:42:0a:5b:02:77"));
        // A primary network's choice is known.
        let mut inspect = inspect;
        inspect["Config"]["MacAddress"] = Value::Null;
        let mut body = body_of(&inspect, None, &facts);
        keep_assigned(&mut body, &inspect, &facts);
        assert_eq!(mac(&body, "one"), None);
    }

    #[test]
    fn the_replacement_of_a_podman_container_keeps_the_addresses_in_use_and_says_so() {
        let facts = EngineFacts {
            podman: true,
            ..facts((1, 44), "5.8.6")
        };
        let mut inspect = json!({
            "Config": {}, "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Networks": {"cpn1": {
                "IPAMConfig": null, "IPAddress": "10.91.1.50", "GlobalIPv6Address": "fd00::5",
                "MacAddress": "02:42:0a:5b:01:32"
            }}}
        });
        let mut body = body_of(&inspect, None, &facts);
        assert_eq!(
            body.networks[0].1.get("IPAMConfig"),
            None,
            "no choice for a duplicate"
        );
        let told = keep_assigned(&mut body, &inspect, &facts).unwrap();
        assert!(
            told.contains("the addresses that this one has now"),
            "{told}"
        );
        assert_eq!(
            body.networks[0].1["IPAMConfig"],
            json!({"IPv4Address": "10.91.1.50", "IPv6Address": "fd00::5"})
        );
        assert_eq!(mac(&body, "cpn1"), Some("02:42:0a:5b:01:32"));

        inspect["NetworkSettings"]["Networks"]["cpn1"] = json!({"IPAddress": ""});
        let mut body = body_of(&inspect, None, &facts);
        let told = keep_assigned(&mut body, &inspect, &facts).unwrap();
        assert!(told.contains("not running"), "{told}");

        let inspect = json!({
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Networks": {"podman": {"IPAddress": "10.88.0.2"}}}
        });
        let mut body = body_of(&inspect, None, &facts);
        assert_eq!(keep_assigned(&mut body, &inspect, &facts), None);
        assert_eq!(body.networks[0].0, "bridge");
    }
}
