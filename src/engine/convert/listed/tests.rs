//! Answers as engines gave them, shortened.

use super::*;

/// Docker 20.10 (API 1.41).
const IMAGES_20: &str = r#"[
 {"Containers":-1,"Created":1795921796,"Id":"sha256:50baf6","Labels":{},"ParentId":"sha256:0e7487",
  "RepoDigests":null,"RepoTags":["inv:3"],"SharedSize":-1,"Size":1982396,"VirtualSize":1982396},
 {"Containers":-1,"Created":1795921795,"Id":"sha256:a6984c","Labels":{},"ParentId":"sha256:0e7487",
  "RepoDigests":["<none>@<none>"],"RepoTags":["<none>:<none>"],"SharedSize":-1,"Size":1982396},
 {"Containers":-1,"Created":1795921793,"Id":"sha256:0e7487","Labels":null,"ParentId":"",
  "RepoDigests":null,"RepoTags":["inv:2","inv:1"],"SharedSize":-1,"Size":1982396}]"#;

/// Docker 28.5 with containerd's image store (API 1.51).
const IMAGES_CONTAINERD: &str = r#"[
 {"Containers":-1,"Created":1795921817,"Id":"sha256:4fafb4","Labels":null,"ParentId":"sha256:5523f7",
  "RepoDigests":["inv@sha256:4fafb4"],"RepoTags":["inv:3"],"SharedSize":-1,"Size":3117219,
  "Descriptor":{"mediaType":"application/vnd.oci.image.index.v1+json","size":492}},
 {"Containers":-1,"Created":1795921817,"Id":"sha256:4fafb4","Labels":null,"ParentId":"",
  "RepoDigests":["inv@sha256:4fafb4"],"RepoTags":["inv:2"],"SharedSize":-1,"Size":3117219}]"#;

/// Podman 5.8.
const IMAGES_PODMAN: &str = r#"[
 {"Id":"sha256:b9e6fd","ParentId":"","RepoTags":["docker.io/library/inv:2","docker.io/library/inv:1"],
  "RepoDigests":["docker.io/library/inv@sha256:7fd0bf"],"Created":1795921825,"Size":1998036,
  "SharedSize":-1,"Labels":{"a":"b"},"Containers":1,"Names":["docker.io/library/inv:2"]},
 {"Id":"sha256:7aa6f9","ParentId":"b9e6fd","RepoTags":[],"RepoDigests":[],"Created":1795921827,
  "Size":2006688,"Labels":null,"Containers":0,"Dangling":true}]"#;

#[test]
fn images_of_each_engine_are_read() {
    let docker = images(IMAGES_20.as_bytes()).unwrap();
    assert_eq!(docker.len(), 3);
    let named = docker.iter().find(|i| i.id == "sha256:0e7487").unwrap();
    assert_eq!(named.tags, ["inv:1", "inv:2"]);
    assert_eq!(named.size_bytes, 1_982_396);
    assert_eq!(named.created_at.unwrap().seconds(), 1_795_921_793);
    let dangling = docker.iter().find(|i| i.id == "sha256:a6984c").unwrap();
    assert!(dangling.tags.is_empty() && dangling.digests.is_empty());

    let containerd = images(IMAGES_CONTAINERD.as_bytes()).unwrap();
    assert_eq!(containerd.len(), 1, "one image, however often it is listed");
    assert_eq!(containerd[0].tags, ["inv:2", "inv:3"]);
    assert_eq!(containerd[0].digests, ["inv@sha256:4fafb4"]);

    let podman = images(IMAGES_PODMAN.as_bytes()).unwrap();
    let named = podman.iter().find(|i| i.id == "sha256:b9e6fd").unwrap();
    assert_eq!(named.tags[0], "docker.io/library/inv:1");
    assert_eq!(named.labels["a"], "b");
}

#[test]
fn networks_of_each_engine_are_read() {
    // Docker 20.10, Docker 28.5, Podman 5.8.
    let docker = r#"[
     {"Name":"host","Id":"e0ff","Created":"2026-11-29T03:09:53.239222949Z","Scope":"local","Driver":"host",
      "EnableIPv6":false,"IPAM":{"Driver":"default","Options":null,"Config":null},"Internal":false,
      "Attachable":false,"ConfigFrom":{"Network":""},"Containers":{},"Options":{},"Labels":{}},
     {"Name":"lan","Id":"db67","Created":"2026-11-29T04:10:05.716299194+01:00","Scope":"local","Driver":"bridge",
      "EnableIPv4":true,"EnableIPv6":true,"IPAM":{"Driver":"default","Options":{},"Config":[
        {"Subnet":"fd00:77::/64"},
        {"Subnet":"172.19.0.0/16","IPRange":"172.19.4.0/24","Gateway":"172.19.0.1",
         "AuxiliaryAddresses":{"printer":"172.19.0.9"}}]},
      "Internal":true,"Attachable":true,"Containers":{},"Options":{},"Labels":{"a":"b"}}]"#;
    let all = networks(docker.as_bytes()).unwrap();
    assert_eq!((&*all[0].name, &*all[0].driver), ("host", "host"));
    assert!(all[0].subnets.is_empty());
    let lan = &all[1];
    assert!(lan.internal && lan.attachable && lan.ipv6);
    assert_eq!(lan.labels["a"], "b");
    assert_eq!(
        lan.created_at.unwrap().to_rfc3339(),
        "2026-11-29T03:10:05.716Z"
    );
    assert_eq!(lan.subnets[0].network.to_string(), "fd00:77::/64");
    assert_eq!(lan.subnets[0].gateway, None);
    assert_eq!(lan.subnets[1].gateway, "172.19.0.1".parse().ok());
    assert_eq!(lan.subnets[1].range, "172.19.4.0/24".parse().ok());
    assert_eq!(lan.subnets[1].reserved["printer"], "172.19.0.9");

    let podman = r#"[{"Name":"bridge","Id":"2f25","Created":"2026-11-29T03:10:28.269080673Z","Scope":"local",
      "Driver":"bridge","EnableIPv4":false,"EnableIPv6":false,"IPAM":{"Driver":"default",
      "Options":{"driver":"host-local"},"Config":[{"Subnet":"10.88.0.0/16","Gateway":"10.88.0.1"}]},
      "Internal":false,"Attachable":false,"Containers":{},"Options":{},"Labels":null}]"#;
    let all = networks(podman.as_bytes()).unwrap();
    assert_eq!(all[0].subnets[0].network.to_string(), "10.88.0.0/16");
}

#[test]
fn volumes_of_each_engine_are_read() {
    // Docker 28.5, Podman 5.8, and an engine without any.
    let docker = r#"{"Volumes":[
      {"CreatedAt":"2026-11-29T03:10:04Z","Driver":"local","Labels":{"c":"d"},
       "Mountpoint":"/var/lib/docker/volumes/v/_data","Name":"v","Options":{"type":"nfs"},"Scope":"local"},
      {"CreatedAt":"2026-11-29T03:10:05Z","Driver":"local","Labels":null,"Mountpoint":"/m","Name":"w",
       "Options":null,"Scope":"local"}],"Warnings":null}"#;
    let all = volumes(docker.as_bytes()).unwrap();
    assert_eq!((&*all[0].name, &*all[0].driver), ("v", "local"));
    assert_eq!(all[0].mountpoint, "/var/lib/docker/volumes/v/_data");
    assert_eq!(
        (&*all[0].labels["c"], &*all[0].options["type"]),
        ("d", "nfs")
    );
    assert!(all[0].created_at.is_some() && all[1].labels.is_empty());
    for none in [
        r#"{"Volumes":null,"Warnings":null}"#,
        r#"{"Volumes":[],"Warnings":[]}"#,
    ] {
        assert!(volumes(none.as_bytes()).unwrap().is_empty());
    }
    assert!(volumes(b"<html>").is_err());
}
