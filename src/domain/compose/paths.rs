//! Paths of a project: relative ones count from its folder.

use super::node::{Node, Value};

/// A path from a folder on; `~` is the home folder.
pub fn absolute(path: &str, folder: &str, home: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    if path == "~" {
        return home.to_owned();
    }
    if let Some(rest) = path.strip_prefix("~/") {
        return joined(home, rest);
    }
    // A path of Windows stays as it is.
    let mut chars = path.chars();
    if path.starts_with('\\')
        || matches!((chars.next(), chars.next()), (Some(c), Some(':')) if c.is_ascii_alphabetic())
    {
        return path.to_owned();
    }
    joined(folder, path)
}

pub fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return super::mounts::clean(path);
    }
    super::mounts::clean(&format!("{folder}/{path}"))
}

/// The folder that a file lies in.
pub fn folder_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

fn is_remote(context: &str) -> bool {
    ["://", "git@", "service:", "docker-image:"]
        .iter()
        .any(|mark| context.contains(mark))
        || context.starts_with("github.com/")
}

/// Makes the relative paths of a file in its long form absolute.
pub fn make_absolute(file: &mut Node, folder: &str, home: &str) {
    each(file, "services", |service| {
        set(
            service
                .get_mut("build")
                .and_then(|one| one.get_mut("context")),
            |text| (!is_remote(text)).then(|| absolute(text, folder, home)),
        );
        let contexts = service
            .get_mut("build")
            .and_then(|one| one.get_mut("additional_contexts"));
        if let Some(Node {
            value: Value::Map(entries),
            ..
        }) = contexts
        {
            for entry in entries {
                set(Some(&mut entry.node), |text| {
                    (!is_remote(text)).then(|| absolute(text, folder, home))
                });
            }
        }
        for (list, key) in [("env_file", "path"), ("volumes", "source")] {
            items(service, list, |item| {
                let is_bind = item.get("type").and_then(Node::as_text) == Some("bind");
                if key == "path" || is_bind {
                    set(item.get_mut(key), |text| Some(absolute(text, folder, home)));
                }
            });
        }
        items(service, "label_file", |item| {
            set(Some(item), |text| Some(absolute(text, folder, home)));
        });
        if let Some(develop) = service.get_mut("develop") {
            items(develop, "watch", |item| {
                set(item.get_mut("path"), |text| {
                    Some(absolute(text, folder, home))
                });
            });
        }
    });
    for group in ["secrets", "configs"] {
        each(file, group, |one| {
            set(one.get_mut("file"), |text| {
                Some(absolute(text, folder, home))
            });
        });
    }
    each(file, "volumes", |volume| {
        let is_local = volume.get("driver").and_then(Node::as_text) == Some("local");
        let Some(options) = volume.get_mut("driver_opts") else {
            return;
        };
        let is_bind = options
            .get("o")
            .and_then(Node::as_text)
            .is_some_and(|o| o.split(',').any(|one| matches!(one, "bind" | "rbind")));
        if is_local && is_bind {
            set(options.get_mut("device"), |text| {
                Some(absolute(text, folder, home))
            });
        }
    });
}

fn each(file: &mut Node, group: &str, mut change: impl FnMut(&mut Node)) {
    if let Some(Node {
        value: Value::Map(entries),
        ..
    }) = file.get_mut(group)
    {
        for entry in entries {
            change(&mut entry.node);
        }
    }
}

fn items(node: &mut Node, list: &str, change: impl FnMut(&mut Node)) {
    if let Some(Node {
        value: Value::List(items),
        ..
    }) = node.get_mut(list)
    {
        items.iter_mut().for_each(change);
    }
}

fn set(node: Option<&mut Node>, change: impl FnOnce(&str) -> Option<String>) {
    if let Some(node) = node
        && let Some(text) = node.as_text()
        && let Some(changed) = change(text)
    {
        node.value = Value::Text(changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_count_from_the_folder() {
        assert_eq!(absolute("./a/../b", "/p", "/h"), "/p/b");
        assert_eq!(absolute("../up", "/p/q", "/h"), "/p/up");
        assert_eq!(absolute("~/x", "/p", "/h"), "/h/x");
        assert_eq!(absolute("/trail/", "/p", "/h"), "/trail/");
        assert_eq!(absolute(".", "/p", "/h"), "/p");
        assert_eq!(folder_of("/a/b.yaml"), "/a");
    }
}
