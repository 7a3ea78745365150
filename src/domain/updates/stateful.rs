//! What a rollback cannot bring back: data that the new version has changed.

use crate::model::reference::Reference;
use crate::model::spec::{ContainerSpec, MountKind};
use crate::model::version_tag::{VersionTag, is_major_step};

/// Databases whose next major version does not read the data of the one before, or
/// changes it for good: a word of the last part of the repository.
const DATABASES: [&str; 35] = [
    "postgres",
    "postgresql",
    "postgis",
    "timescale",
    "timescaledb",
    "pgvector",
    "pgvecto",
    "mysql",
    "mariadb",
    "percona",
    "mongo",
    "mongodb",
    "couchdb",
    "couchbase",
    "cassandra",
    "scylla",
    "cockroach",
    "elasticsearch",
    "opensearch",
    "influxdb",
    "neo4j",
    "arangodb",
    "rethinkdb",
    "surrealdb",
    "clickhouse",
    "meilisearch",
    "typesense",
    "qdrant",
    "etcd",
    "redis",
    "keydb",
    "valkey",
    "mssql",
    "rqlite",
    "questdb",
];

/// Words beside the name of a database that say that it is something that works with
/// one, and holds no data of its own.
const TOOLS: [&str; 44] = [
    "admin",
    "agent",
    "api",
    "backup",
    "backups",
    "browser",
    "cli",
    "client",
    "clients",
    "commander",
    "compass",
    "connector",
    "cron",
    "curator",
    "dashboard",
    "dashboards",
    "dump",
    "explorer",
    "exporter",
    "express",
    "gui",
    "head",
    "init",
    "insight",
    "manager",
    "metrics",
    "migrate",
    "migration",
    "migrations",
    "migrator",
    "monitor",
    "operator",
    "proxy",
    "replicator",
    "restore",
    "router",
    "sync",
    "toolkit",
    "tools",
    "ui",
    "wait",
    "web",
    "workbench",
    "xtrabackup",
];

/// Places of its data that it writes to: volumes and folders of the host.
fn data_of(spec: &ContainerSpec) -> Vec<&str> {
    spec.mounts
        .iter()
        .filter(|mount| !mount.read_only)
        .filter(|mount| matches!(mount.kind, MountKind::Volume | MountKind::Bind))
        .filter(|mount| mount.source != "/etc/localtime" && !mount.source.ends_with(".sock"))
        .map(|mount| &*mount.target)
        .collect()
}

/// Whether its repository is called like a database: `postgres`, `percona-server-mongodb`,
/// `mssql/server`.
pub(super) fn is_database(reference: &Reference) -> bool {
    let mut parts = reference.repository.rsplit('/');
    let mut name = parts.next().unwrap_or_default();
    // That says nothing: what comes before it does.
    if matches!(name, "server" | "database" | "db") {
        name = parts.next().unwrap_or_default();
    }
    let words = || name.split(['-', '_', '.']);
    // `postgres16` is one, too.
    let is_named = |word: &str| {
        DATABASES.contains(&word)
            || DATABASES.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
    };
    words().any(is_named) && !words().any(|word| TOOLS.contains(&word))
}

/// Whether it is another major version of a database.
pub(super) fn is_major_of_database(old: &Reference, new: &Reference) -> bool {
    let tags = old.tag.as_deref().zip(new.tag.as_deref());
    is_database(old) && tags.is_some_and(|(old, new)| is_major_step(old, new))
}

/// How databases call the variables of their images that hold their version.
const VERSION_VARIABLES: [&str; 19] = [
    "APP_",
    "PG_",
    "POSTGRES",
    "POSTGIS",
    "TIMESCALE",
    "MYSQL_",
    "MARIADB_",
    "PERCONA_",
    "PS_",
    "MONGO_",
    "COUCHDB_",
    "CASSANDRA_",
    "ELASTIC",
    "OPENSEARCH",
    "INFLUXDB_",
    "NEO4J_",
    "CLICKHOUSE",
    "REDIS_",
    "ETCD_",
];

/// Whether the variables of two images say that they are of the same major version of
/// a database. Labels do not tell: they may be those of the image that it was made from.
pub(super) fn keeps_major(old: &[String], new: &[String]) -> bool {
    let versions = |all: &[String]| -> Vec<(String, Option<u32>)> {
        let all = all.iter().filter_map(|text| text.split_once('='));
        all.filter(|(name, _)| names_version(name))
            .map(|(name, value)| (name.to_owned(), major(value)))
            .collect()
    };
    let (old, new) = (versions(old), versions(new));
    let is_kept = |(name, version): &(String, Option<u32>)| {
        let now = new.iter().find(|(other, _)| other == name);
        version.is_some() && now.is_some_and(|(_, now)| now == version)
    };
    !old.is_empty() && old.iter().all(is_kept)
}

fn names_version(variable: &str) -> bool {
    let is_version = variable.ends_with("_VERSION") || variable.ends_with("_MAJOR");
    let mut begins = VERSION_VARIABLES.iter();
    is_version && begins.any(|begin| variable.starts_with(begin))
}

/// The first number: of `16.3-1.pgdg`, `v8.0`, `1:11.4.2+maria`.
fn major(version: &str) -> Option<u32> {
    let text = version.rsplit(':').next()?.trim_start_matches('v');
    let end = text.find(|letter: char| !letter.is_ascii_digit());
    text.get(..end.unwrap_or(text.len()))?.parse().ok()
}

/// What is said before an update.
pub(super) fn before_update(spec: &ContainerSpec, old: &Reference, new: &Reference) -> Vec<String> {
    let mut said = Vec::new();
    if is_major_of_database(old, new) {
        said.push(format!(
            "{new} is another major version of a database, and most databases do not start with the data of an earlier one. Export the data first, and read the release notes."
        ));
    }
    let is_version = |tag: &String| VersionTag::parse(tag).is_some();
    if is_database(old) && old.tag == new.tag && !new.tag.as_ref().is_some_and(is_version) {
        said.push(format!(
            "{new} names no version: it may be another major version of the database by now. See what changes before you update."
        ));
    }
    let data = data_of(spec);
    if !data.is_empty() {
        said.push(format!(
            "If the new version changes the format of its data ({}), a rollback does not change it back. Back it up first if it matters.",
            data.join(", ")
        ));
    }
    said
}

/// What is said before a rollback.
pub(super) fn before_rollback(spec: &ContainerSpec) -> Option<String> {
    let data = data_of(spec);
    (!data.is_empty()).then(|| {
        format!(
            "What the newer version has written to its data ({}) stays as it is. If it has changed the format, the earlier version may not start; then this is rolled back.",
            data.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::MountSpec;

    fn reference(text: &str) -> Reference {
        Reference::parse(text).unwrap()
    }

    #[test]
    fn another_major_version_of_a_database_is_told() {
        for (old, new, expected) in [
            ("postgres:16", "postgres:17", true),
            (
                "ghcr.io/immich-app/postgres:14-vector",
                "ghcr.io/immich-app/postgres:15-vector",
                true,
            ),
            ("postgres:16.1", "postgres:16.2", false),
            ("postgres:16", "postgres:16", false),
            ("postgres", "postgres", false),
            ("nginx:1.27", "nginx:2.0", false),
        ] {
            assert_eq!(
                is_major_of_database(&reference(old), &reference(new)),
                expected,
                "{old} to {new}"
            );
        }
    }

    #[test]
    fn database_is_recognised_under_the_names_of_its_makers() {
        for name in [
            "postgres",
            "postgres16",
            "mongodb/mongodb-community-server",
            "mysql/mysql-server",
            "percona/percona-server",
            "percona/percona-server-mongodb",
            "timescale/timescaledb-ha",
            "redis/redis-stack",
            "redis/redis-stack-server",
            "valkey/valkey",
            "tensorchord/pgvecto-rs",
            "bitnami/postgresql-repmgr",
            "bitnami/mongodb-sharded",
            "yobasystems/alpine-mariadb",
            "mcr.microsoft.com/mssql/server",
            "clickhouse/clickhouse-server",
            "neo4j",
        ] {
            assert!(is_database(&reference(name)), "{name}");
        }
        for name in [
            "prometheuscommunity/postgres-exporter",
            "wrouesnel/postgres_exporter",
            "rediscommander/redis-commander",
            "mongo-express",
            "databack/mysql-backup",
            "phpmyadmin",
            "dpage/pgadmin4",
            "opensearchproject/opensearch-dashboards",
            "mysql/mysql-router",
            "percona/percona-xtrabackup",
            "postgrest/postgrest",
            "example.org/postgres/app",
            "minecraft/server",
            "nginx",
        ] {
            assert!(!is_database(&reference(name)), "{name}");
        }
    }

    #[test]
    fn major_version_of_a_database_is_told_by_its_variables() {
        for (old, new, expected) in [
            (
                &["PG_MAJOR=16", "PG_VERSION=16.3-1.pgdg"][..],
                &["PG_MAJOR=16", "PG_VERSION=16.4-1.pgdg"][..],
                true,
            ),
            (&["PG_MAJOR=16"], &["PG_MAJOR=17"], false),
            (
                &["MARIADB_VERSION=1:11.4.2+maria~ubu"],
                &["MARIADB_VERSION=1:11.8.1+maria~ubu"],
                true,
            ),
            (&["MYSQL_MAJOR=8.4"], &["PATH=/bin"], false),
            (&["MONGO_VERSION=latest"], &["MONGO_VERSION=latest"], false),
            (&["GOSU_VERSION=1.17"], &["GOSU_VERSION=1.17"], false),
        ] {
            let owned = |all: &[&str]| {
                all.iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                keeps_major(&owned(old), &owned(new)),
                expected,
                "{old:?} {new:?}"
            );
        }
    }

    #[test]
    fn data_that_a_rollback_does_not_bring_back_is_named() {
        let mount = |source: &str, target: &str, read_only| MountSpec {
            kind: if source.starts_with('/') {
                MountKind::Bind
            } else {
                MountKind::Volume
            },
            source: source.to_owned(),
            target: target.to_owned(),
            read_only,
            ..MountSpec::default()
        };
        let spec = ContainerSpec {
            mounts: vec![
                mount("data", "/data", false),
                mount("/srv/config", "/config", true),
                mount("/var/run/docker.sock", "/var/run/docker.sock", false),
            ],
            ..ContainerSpec::default()
        };
        let said = before_rollback(&spec).unwrap();
        assert!(said.contains("(/data)"), "{said}");
        assert_eq!(before_rollback(&ContainerSpec::default()), None);
    }
}
