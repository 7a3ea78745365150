//! Prepares what the binary embeds: the scripts and style sheets of each page in
//! one file, every asset in compressed form, a hash over all of them for their
//! path, the list of third-party licences, the API's description, and the
//! version's commit.

#[path = "build/chunks.rs"]
mod chunks;
#[path = "build/modules.rs"]
mod modules;
#[path = "build/scan.rs"]
mod scan;
#[path = "build/styles.rs"]
mod styles;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, error::Error};

fn main() {
    if let Err(error) = prepare() {
        // In the words of the error alone: a script's is its file and line.
        println!("cargo::error={error}");
        std::process::exit(1);
    }
}

fn prepare() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let web = root.join("web");
    println!("cargo::rerun-if-changed=web");
    pack_library(&root.join("src/domain/templates/library"), &out)?;

    let mut assets = BTreeMap::new();
    for folder in ["css", "js", "img", "vendor"] {
        collect(&web.join(folder), folder, &mut assets)?;
    }
    assets.retain(|name, _| {
        let is_served = [".js", ".css"].iter().any(|end| name.ends_with(end));
        (is_served || !name.starts_with("vendor/"))
            && !name.contains("node_modules")
            && !name.ends_with(".sh")
    });
    assets.insert("licences.json".to_owned(), licences(&root)?);
    let description: serde_json::Value =
        serde_json::from_slice(&fs::read(web.join("openapi.json"))?)?;
    assets.insert(
        "openapi.json".to_owned(),
        description.to_string().into_bytes(),
    );

    let loader = bundle(&mut assets)?;
    println!(
        "cargo::rustc-env=DOCKERMATE_LOADER_SHA256={}",
        base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&loader))
    );
    fs::write(out.join("loader.js"), loader)?;

    let target = out.join("assets");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let mut hash = Sha256::new();
    for (name, bytes) in &assets {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(bytes);
        write_compressed(&target.join(name), bytes)?;
    }
    println!(
        "cargo::rustc-env=DOCKERMATE_ASSETS={}",
        hex(&hash.finalize())
    );
    println!("cargo::rustc-env=DOCKERMATE_TARGET={}", env::var("TARGET")?);
    println!("cargo::rustc-env=DOCKERMATE_COMMIT={}", commit(&root));
    Ok(())
}

/// Puts bundles in the place of scripts and style sheets. Returns the script that
/// stands in each document.
fn bundle(assets: &mut BTreeMap<String, Vec<u8>>) -> Result<String, Box<dyn Error>> {
    let mut hash = Sha256::new();
    let (mut scripts, mut sheets) = (BTreeMap::new(), BTreeMap::new());
    for (name, bytes) in &*assets {
        if name.ends_with(".js") {
            hash.update(bytes);
            scripts.insert(name.clone(), String::from_utf8(bytes.clone())?);
        } else if name.starts_with("css/") {
            sheets.insert(name.clone(), String::from_utf8(bytes.clone())?);
        }
    }
    let bundles = chunks::bundle(&scripts, &hex(&hash.finalize()))?;
    assets.retain(|name, _| !name.starts_with("css/") && !name.ends_with(".js"));
    for name in bundles.as_they_are {
        if let Some(text) = scripts.remove(&name) {
            assets.insert(name, text.into_bytes());
        }
    }
    for (name, text) in bundles.files.into_iter().chain(styles::bundle(sheets)) {
        assets.insert(name, text.into_bytes());
    }
    Ok(bundles.loader)
}

/// The first bytes of a hash; enough to tell one build from another.
fn hex(hash: &[u8]) -> String {
    let bytes = hash[..6].iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn collect(
    folder: &Path,
    name: &str,
    into: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), Box<dyn Error>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let Ok(file) = entry.file_name().into_string() else {
            continue;
        };
        if file.starts_with('.') || file == "node_modules" {
            continue;
        }
        let name = format!("{name}/{file}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, into)?;
        } else {
            into.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// The categories in the order in which they are shown.
const LIBRARY: [&str; 12] = [
    "media",
    "downloads",
    "files",
    "documents",
    "home",
    "network",
    "web",
    "security",
    "databases",
    "monitoring",
    "development",
    "games",
];

/// The built-in templates, each file a list of tables of one name, as one compressed file.
fn pack_library(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
    for name in LIBRARY {
        writer.write_all(&fs::read(folder.join(format!("{name}.toml")))?)?;
        writer.write_all(b"\n")?;
    }
    drop(writer);
    fs::write(out.join("library.toml.br"), packed)?;
    Ok(())
}

/// As gzip and, what pages load, as brotli; as it is only where that is not smaller. The server
/// picks by `Accept-Encoding`, and unpacks for who takes neither.
fn write_compressed(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let name = path.display().to_string();
    let mut br = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut br, 4096, 11, 22);
        writer.write_all(bytes)?;
        writer.flush()?;
    }
    if br.len() < bytes.len() {
        fs::write(format!("{name}.br"), br)?;
    } else {
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Name, version and licence of every crate, as cargo knows them. A build
/// without cargo's metadata names what the lock file names.
fn licences(root: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", &env::var("TARGET")?])
        .current_dir(root)
        .output();
    let mut list = Vec::new();
    if let Ok(output) = output
        && let Ok(metadata) = serde_json::from_slice::<serde_json::Value>(&output.stdout)
        && let Some(packages) = metadata["packages"].as_array()
    {
        for package in packages {
            if package["name"] != "dockermate" {
                // Some name their licence only by its file (LICENSE-MIT).
                let file = package["license_file"].as_str().unwrap_or_default();
                let named = file.strip_prefix("LICENSE-").map(str::to_owned);
                list.push(serde_json::json!({
                    "name": package["name"],
                    "version": package["version"],
                    "licence": package["license"].as_str().map(str::to_owned).or(named),
                }));
            }
        }
    }
    if list.is_empty() {
        let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
        let mut name = None;
        for line in lock.lines() {
            if let Some(value) = line.strip_prefix("name = ") {
                name = Some(value.trim_matches('"').to_owned());
            } else if let (Some(version), Some(name)) = (line.strip_prefix("version = "), &name)
                && name != "dockermate"
            {
                list.push(serde_json::json!({"name": name, "version": version.trim_matches('"')}));
            }
        }
    }
    list.extend(vendored(root)?);
    Ok(serde_json::to_vec(&list)?)
}

/// What the scripts of the pages bundle: the headings "name version, licence, home"
/// of its licence file.
fn vendored(root: &Path) -> Result<Vec<serde_json::Value>, Box<dyn Error>> {
    let text = fs::read_to_string(root.join("web/vendor/LICENCES.txt"))?;
    let rule = "-".repeat(78);
    let headings = text
        .split(&rule)
        .filter_map(|part| part.trim_start().lines().next());
    Ok(headings
        .filter_map(|heading| {
            let mut words = heading.split(", ");
            let (name, version) = words.next()?.rsplit_once(' ')?;
            let licence = words.next()?;
            Some(serde_json::json!({"name": name, "version": version, "licence": licence}))
        })
        .collect())
}

fn commit(root: &Path) -> String {
    println!("cargo::rerun-if-env-changed=DOCKERMATE_COMMIT");
    if let Ok(commit) = env::var("DOCKERMATE_COMMIT")
        && !commit.is_empty()
    {
        return commit;
    }
    let head = root.join(".git/HEAD");
    if head.exists() {
        println!("cargo::rerun-if-changed=.git/HEAD");
        println!("cargo::rerun-if-changed=.git/logs/HEAD");
    }
    git(root, &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned())
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    Command::new("git")
        .args(arguments)
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| text.trim().to_owned())
}
