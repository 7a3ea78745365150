//! Volumes, folders and what is in them.

use super::{Cases, Is, make};
use crate::api::recreate::{twice, with_each};
use crate::support::app::App;
use crate::support::engine::{Engine, number};

#[test]
fn volumes_and_their_data_are_kept() {
    let engine = Engine::isolated();
    let mut cases = Cases::new(engine);
    let folder = crate::support::engine::root().join(format!("folder-{}", number()));
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::write(folder.join("marker"), "kept").unwrap();
    let at = |rest: &str| format!("{}{rest}", folder.display());
    let image = format!("vol{}:1", number());
    engine.import(
        &image,
        &[
            crate::support::engine::TICK,
            r#"VOLUME ["/data", "/var/lib/x"]"#,
        ],
    );
    let owner = format!("{}-owner", cases.prefix);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &owner,
        "-v",
        "/data",
        "-v",
        &format!("{owner}:/named"),
        "bb:1",
    ]);

    cases.run("anonymous", &["-v", "/data"]);
    cases.run("anonymous-slash", &["-v", "/data/"]);
    cases.run("anonymous-two", &["-v", "/data", "-v", "/data/inner"]);
    cases.with("image", &[], &[&image], Is::Running);
    cases.with("image-created", &[], &[&image], Is::Created);
    cases.with(
        "image-bound",
        &["-v", "PREFIX-over:/data"],
        &[&image],
        Is::Running,
    );
    cases.with(
        "image-slash",
        &["-v", "PREFIX-over2:/data/"],
        &[&image],
        Is::Running,
    );
    cases.with("image-tmpfs", &["--tmpfs", "/data"], &[&image], Is::Running);
    cases.with("image-read-only", &["--read-only"], &[&image], Is::Running);
    cases.run("mount-anonymous", &["--mount", "type=volume,target=/data"]);
    cases.run(
        "mount-anonymous-slash",
        &["--mount", "type=volume,target=/data/"],
    );
    cases.run(
        "mount-anonymous-options",
        &[
            "--mount",
            "type=volume,target=/data,volume-nocopy=true,volume-label=a=b",
        ],
    );
    cases.run(
        "named",
        &[
            "-v",
            "PREFIX-one:/data",
            "-v",
            "PREFIX-two:/two:ro",
            "-v",
            "PREFIX-three:/three/:nocopy",
        ],
    );
    cases.run("mount-named", &["--mount", "type=volume,source=PREFIX-four,target=/data,volume-driver=local,volume-opt=type=none,volume-opt=device=/tmp,volume-opt=o=bind,volume-label=k=v"]);
    cases.run(
        "binds",
        &[
            "-v",
            &at(":/data:ro"),
            "-v",
            &at("/sub:/sub:z"),
            "-v",
            &at("/sub:/private:rprivate"),
            "-v",
            &at("/marker:/file:ro,rprivate"),
        ],
    );
    cases.run("bind-made", &["-v", &at("/made/by/engine:/data")]);
    cases.run(
        "mount-bind",
        &[
            "--mount",
            &format!(
                "type=bind,source={},target=/d/,readonly,bind-propagation=rprivate",
                folder.display()
            ),
            "--mount",
            &format!(
                "type=bind,source={},target=/e,bind-nonrecursive=true",
                at("/sub")
            ),
        ],
    );
    cases.run(
        "tmpfs",
        &["--tmpfs", "/run:rw,noexec,size=64k", "--tmpfs", "/t2"],
    );
    cases.run(
        "mount-tmpfs",
        &[
            "--mount",
            "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770",
        ],
    );
    cases.run(
        "read-only",
        &["--read-only", "--tmpfs", "/tmp", "-v", "/data"],
    );
    cases.run(
        "volume-driver",
        &[
            "--volume-driver",
            "local",
            "-v",
            "PREFIX-five:/data",
            "-v",
            "/anonymous",
        ],
    );
    cases.run("from", &["--volumes-from", &owner]);
    cases.run(
        "from-read-only",
        &["--volumes-from", &format!("{owner}:ro"), "-v", "/own"],
    );
    cases.with(
        "from-and-image",
        &["--volumes-from", &owner],
        &[&image],
        Is::Running,
    );
    cases.run(
        "all",
        &[
            "-v",
            "/data",
            "-v",
            "PREFIX-six:/six",
            "--mount",
            "type=volume,target=/seven",
            "--tmpfs",
            "/eight",
            "-v",
            &at("/sub:/nine"),
        ],
    );

    // What is in them is told apart from new ones by a file.
    let (_app, client) = App::ready(&engine.host());
    let said = with_each(&cases.all, |case| {
        make(engine, case);
        let writable = volumes(engine, &case.name);
        if case.is == Is::Running {
            for target in &writable {
                let line = format!("echo {0} > {target}/{0}-marker", case.name);
                engine.docker(&["exec", &case.name, "sh", "-c", &line]);
            }
        }
        let mut said = twice(&client, engine, &case.name);
        if case.is == Is::Running {
            for target in &writable {
                let held = engine.docker(&[
                    "exec",
                    &case.name,
                    "cat",
                    &format!("{target}/{}-marker", case.name),
                ]);
                if held != case.name {
                    said.push(format!("{}: {target} holds {held:?}", case.name));
                }
            }
        }
        said
    });
    let said: Vec<_> = said.into_iter().flatten().collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Where its writable volumes are.
fn volumes(engine: &Engine, name: &str) -> Vec<String> {
    let mounts = engine.inspect(name)["Mounts"].take();
    mounts
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mount| mount["Type"] == "volume" && mount["RW"] == true)
        .map(|mount| mount["Destination"].as_str().unwrap().to_owned())
        .collect()
}
