//! `--mount` and `-v`, with the spellings and rules of the client
//! (`opts/mount.go` of the Docker CLI).

use super::csv;
use crate::model::spec::{MountKind, MountSpec, MountSyntax, parse_bytes};
use serde_json::{Map, Value};

/// The value of `--mount`, and a remark where an old spelling was used.
///
/// # Errors
/// A sentence that says what is wrong and what is allowed.
pub(super) fn mount(text: &str) -> Result<(MountSpec, Option<String>), String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("--mount needs options such as type=bind,source=/srv,target=/data.".to_owned());
    }
    let mut mount = MountSpec {
        syntax: Some(MountSyntax::Mount),
        ..MountSpec::default()
    };
    let mut remark = None;
    for field in csv::fields(text)? {
        if let Some(more) = part(&mut mount, &field)? {
            remark = Some(more);
        }
    }
    fits(&mount)?;
    if mount.target.is_empty() {
        return Err("--mount needs target=, the path in the container.".to_owned());
    }
    Ok((mount, remark))
}

fn part(mount: &mut MountSpec, field: &str) -> Result<Option<String>, String> {
    let (key, value) = match field.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (field, None),
    };
    if key.trim() != key || value.is_some_and(|value| value.trim() != value || value.is_empty()) {
        return Err(format!(
            "{field:?} begins or ends with a space, or has nothing after the =."
        ));
    }
    let key = key.to_lowercase();
    let needed = || value.ok_or_else(|| format!("{field:?} needs a value after =."));
    let flag = || match value {
        None | Some("1" | "true") => Ok(true),
        Some("0" | "false") => Ok(false),
        Some(_) => Err(format!("{field:?} is neither true nor false.")),
    };
    match key.as_str() {
        "type" => mount.kind = kind(needed()?)?,
        "source" | "src" => needed()?.clone_into(&mut mount.source),
        "target" | "dst" | "destination" => needed()?.clone_into(&mut mount.target),
        "readonly" | "ro" => mount.read_only = flag()?,
        "consistency" => {
            mount
                .engine
                .insert("Consistency".to_owned(), needed()?.to_lowercase().into());
        }
        "bind-propagation" => set(
            mount,
            "BindOptions",
            "Propagation",
            needed()?.to_lowercase(),
        ),
        "bind-nonrecursive" => {
            if flag()? {
                set(mount, "BindOptions", "NonRecursive", true);
            }
            return Ok(Some(
                "bind-nonrecursive is deprecated; current clients use bind-recursive=disabled."
                    .to_owned(),
            ));
        }
        "bind-recursive" => match needed()? {
            "enabled" => {}
            "disabled" => set(mount, "BindOptions", "NonRecursive", true),
            "writable" => set(mount, "BindOptions", "ReadOnlyNonRecursive", true),
            "readonly" => set(mount, "BindOptions", "ReadOnlyForceRecursive", true),
            other => {
                return Err(format!(
                    "bind-recursive={other} is not allowed. Allowed: enabled, disabled, writable, readonly."
                ));
            }
        },
        "bind-create-src" => {
            if flag()? {
                set(mount, "BindOptions", "CreateMountpoint", true);
            }
        }
        "volume-subpath" => set(mount, "VolumeOptions", "Subpath", needed()?),
        "volume-nocopy" => {
            if flag()? {
                set(mount, "VolumeOptions", "NoCopy", true);
            }
        }
        "volume-label" => {
            let (name, value) = pair(needed()?);
            put(
                &mut mount.engine,
                &["VolumeOptions", "Labels", &name],
                value.into(),
            );
        }
        "volume-driver" => {
            let path = ["VolumeOptions", "DriverConfig", "Name"];
            put(&mut mount.engine, &path, needed()?.into());
        }
        "volume-opt" => {
            let (name, value) = pair(needed()?);
            let path = ["VolumeOptions", "DriverConfig", "Options", &name];
            put(&mut mount.engine, &path, value.into());
        }
        "image-subpath" => set(mount, "ImageOptions", "Subpath", needed()?),
        "tmpfs-size" => set(mount, "TmpfsOptions", "SizeBytes", parse_bytes(needed()?)?),
        "tmpfs-mode" => {
            let mode = u32::from_str_radix(needed()?, 8).map_err(|_| {
                format!("{field:?} is not a file mode. Write it like tmpfs-mode=1777.")
            })?;
            set(mount, "TmpfsOptions", "Mode", mode);
        }
        _ => {
            return Err(format!(
                "{key:?} is not an option of --mount. Allowed: type, source, target, readonly, bind-propagation, bind-recursive, volume-opt, tmpfs-size and others."
            ));
        }
    }
    Ok(None)
}

fn kind(text: &str) -> Result<MountKind, String> {
    Ok(match text.to_lowercase().as_str() {
        "bind" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "image" => MountKind::Image,
        "cluster" => MountKind::Cluster,
        "npipe" => MountKind::Npipe,
        _ => {
            return Err(format!(
                "{text:?} is not a mount type. Allowed: bind, volume, tmpfs, image, cluster, npipe."
            ));
        }
    })
}

/// `name=value`, or a name alone.
fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), value.to_owned())
}

/// Puts a value under a path of keys; objects on the way are made.
fn put(map: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [key] => {
            map.insert((*key).to_owned(), value);
        }
        [key, rest @ ..] => {
            let mut inner = match map.remove(*key) {
                Some(Value::Object(inner)) => inner,
                _ => Map::new(),
            };
            put(&mut inner, rest, value);
            map.insert((*key).to_owned(), Value::Object(inner));
        }
    }
}

fn set(mount: &mut MountSpec, options: &str, key: &str, value: impl Into<Value>) {
    put(&mut mount.engine, &[options, key], value.into());
}

/// Options of one kind of mount on another.
fn fits(mount: &MountSpec) -> Result<(), String> {
    for (options, kind, prefix) in [
        ("BindOptions", MountKind::Bind, "bind"),
        ("VolumeOptions", MountKind::Volume, "volume"),
        ("ImageOptions", MountKind::Image, "image"),
        ("TmpfsOptions", MountKind::Tmpfs, "tmpfs"),
    ] {
        if mount.engine.contains_key(options) && mount.kind != kind {
            return Err(format!(
                "The {prefix}-… options belong to type={prefix}, not to type={}.",
                mount.kind.as_str()
            ));
        }
    }
    Ok(())
}

/// A host path that only the person's shell could have completed: what to
/// write instead, or nothing if it is fine.
pub(super) fn relative(source: &str) -> Option<String> {
    let looks = source == "."
        || source == ".."
        || source.starts_with("./")
        || source.starts_with("../")
        || source.starts_with('~')
        || source.starts_with(".\\");
    looks.then(|| {
        format!("The host path {source:?} is relative. Write the full path, beginning with /.")
    })
}

/// `-v` with a Windows path (`C:\data:/data`), which this engine does not have.
pub(super) fn is_windows_path(text: &str) -> bool {
    let Some((drive, rest)) = text.split_once(':') else {
        return false;
    };
    let letter = drive.len() == 1 && drive.bytes().all(|b| b.is_ascii_alphabetic());
    // `a:/b:ro` is a volume with a short name.
    let has_target = rest
        .split_once(':')
        .is_some_and(|(_, target)| target.starts_with('/'));
    letter && has_target && rest.starts_with(['\\', '/'])
}

/// A `-v` whose source is not to be used as it stands, kept as it was written.
pub(super) fn kept(text: &str) -> Option<MountSpec> {
    let split = if is_windows_path(text) {
        let at = text.get(2..)?.find(':')? + 2;
        Some((&text[..at], &text[at + 1..]))
    } else {
        text.split_once(':')
    };
    let (source, rest) = split?;
    let mut mount = MountSpec::parse_short(&format!("/x:{rest}")).ok()?;
    source.clone_into(&mut mount.source);
    Some(mount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mount_options_are_parsed_in_every_spelling_and_invalid_ones_are_refused() {
        let (read, remark) = mount(
            r#"type=volume,src=data,dst=/data,ro,volume-nocopy,volume-subpath=a/b,volume-label=x=y,volume-driver=local,volume-opt=type=nfs,"volume-opt=o=addr=1.2.3.4,rw""#,
        )
        .unwrap();
        assert_eq!(remark, None);
        assert!(read.read_only);
        assert_eq!(
            Value::Object(read.engine),
            json!({ "VolumeOptions": {
                "NoCopy": true, "Subpath": "a/b", "Labels": { "x": "y" },
                "DriverConfig": { "Name": "local", "Options": { "type": "nfs", "o": "addr=1.2.3.4,rw" } },
            } })
        );
        let (read, remark) = mount("type=bind,source=/a,destination=/b,readonly=false,bind-propagation=rslave,bind-nonrecursive,bind-create-src").unwrap();
        assert!(remark.is_some());
        assert_eq!(
            Value::Object(read.engine),
            json!({ "BindOptions": { "Propagation": "rslave", "NonRecursive": true, "CreateMountpoint": true } })
        );
        let (read, _) = mount("type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1777").unwrap();
        assert_eq!(
            Value::Object(read.engine),
            json!({ "TmpfsOptions": { "SizeBytes": 64 << 20, "Mode": 0o1777 } })
        );
        for wrong in [
            "",
            "type=bind,source=/a",
            "type=nothing,target=/a",
            "type=bind,target=/a,tmpfs-size=1m",
            "target=/a,unheard=1",
            "target=/a,type",
            "target=/a, ro",
            "target=/a,ro=maybe",
            "type=tmpfs,target=/a,tmpfs-mode=9",
            "target=\"/a",
        ] {
            assert!(mount(wrong).is_err(), "{wrong}");
        }
    }
}
