//! Pasted commands over the API.

use crate::support::app::{App, NO_ENGINE};
use serde_json::json;

#[test]
fn pasted_command_becomes_a_container_and_the_same_command() {
    let (_app, client) = App::ready(NO_ENGINE);
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({
            "command": "docker run -d --name web -p 8080:80 -v $(pwd)/data:/data --env-file .env -e T=$T nginx",
            "variables": { "PWD": "/srv" },
            "files": { ".env": "A=1\n" },
        }),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    let one = &found["containers"][0];
    assert_eq!(one["spec"]["env"], json!(["A=1", "T=$T"]));
    assert_eq!(one["spec"]["mounts"][0]["source"], "/srv/data");
    assert_eq!(
        (&one["start"], &one["detach"], &one["line"]),
        (&json!(true), &json!(true), &json!(1))
    );
    assert_eq!(
        one["diagnostics"],
        json!([{ "severity": "error", "message": "Only your shell knows the value of T. Fill it in.", "line": 1, "column": 79, "length": 2, "text": "$T", "variable": "T" }])
    );

    let answer = client.post("/api/convert/spec-to-run", &json!({ "spec": one["spec"] }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json()["simple"]["text"],
        "docker -H unix:///nowhere/docker.sock run -d --name web -p 8080:80 -v /srv/data:/data -e A=1 -e 'T=$T' nginx"
    );
}

#[test]
fn invalid_requests_are_refused() {
    let (_app, client) = App::ready(NO_ENGINE);
    for body in [json!({ "comand": "x" }), json!({ "command": 1 }), json!([])] {
        assert_eq!(
            client.post("/api/convert/run-to-spec", &body).status,
            400,
            "{body}"
        );
    }
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({ "command": "x".repeat(1_100_000) }),
    );
    assert_eq!(answer.status, 413);
    let answer = client.post(
        "/api/convert/run-to-spec",
        &json!({ "command": "docker run $(".repeat(70_000) }),
    );
    assert_eq!(answer.status, 200);
}

#[test]
fn placeholders_of_a_command_are_listed_with_their_fields() {
    let (_app, client) = App::ready(NO_ENGINE);
    let placeholders = |command: &str| {
        let answer = client.post("/api/convert/run-to-spec", &json!({ "command": command }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["containers"][0]["placeholders"].clone()
    };
    // The guides of popular images, as they stand there.
    for (command, expected) in [
        (
            "docker run -d --name=sonarr -e PUID=1000 -e PGID=1000 -e TZ=Etc/UTC -p 8989:8989 -v /path/to/sonarr/data:/config -v /path/to/tvseries:/tv --restart unless-stopped lscr.io/linuxserver/sonarr:latest",
            json!([
                { "field": "mounts[0].source", "text": "/path/to/sonarr/data" },
                { "field": "mounts[1].source", "text": "/path/to/tvseries" },
            ]),
        ),
        (
            "docker run -d --name homeassistant --privileged --restart=unless-stopped -e TZ=MY_TIME_ZONE -v /PATH_TO_YOUR_CONFIG:/config -v /run/dbus:/run/dbus:ro --network=host ghcr.io/home-assistant/home-assistant:stable",
            json!([
                { "field": "env[0]", "text": "MY_TIME_ZONE" },
                { "field": "mounts[0].source", "text": "/PATH_TO_YOUR_CONFIG" },
            ]),
        ),
        (
            "docker run -d --name plex --network=host -e TZ=\"<timezone>\" -e PLEX_CLAIM=\"<claimToken>\" -v <path/to/plex/database>:/config plexinc/pms-docker",
            json!([
                { "field": "env[0]", "text": "<timezone>" },
                { "field": "env[1]", "text": "<claimToken>" },
                { "field": "mounts[0].source", "text": "<path/to/plex/database>" },
            ]),
        ),
        (
            "docker run --detach --name vaultwarden --env DOMAIN=\"https://vw.domain.tld\" --volume /vw-data/:/data/ --restart unless-stopped --publish 127.0.0.1:8000:80 vaultwarden/server:latest",
            json!([{ "field": "env[0]", "text": "vw.domain.tld" }]),
        ),
        (
            "docker run --name pihole -p 53:53/tcp -p 53:53/udp -p 80:80/tcp -e TZ=Europe/London -e FTLCONF_webserver_api_password=\"correct horse battery staple\" -v ./etc-pihole:/etc/pihole --cap-add NET_ADMIN pihole/pihole:latest",
            json!([]),
        ),
        (
            "docker run -it --rm --cap-add=NET_ADMIN --device /dev/net/tun -e VPN_SERVICE_PROVIDER=ivpn -e VPN_TYPE=wireguard -e WIREGUARD_PRIVATE_KEY=wOEI9rqqbDwnN8/Bpp22sVz48T71vJ4fYmFWujulwUU= -e SERVER_COUNTRIES=Netherlands -v /yourpath:/gluetun qmcgaw/gluetun",
            json!([{ "field": "mounts[0].source", "text": "/yourpath" }]),
        ),
        (
            "sudo docker run --init --sig-proxy=false --name nextcloud-aio-mastercontainer --restart always --publish 80:80 --publish 8080:8080 --volume nextcloud_aio_mastercontainer:/mnt/docker-aio-config --volume /var/run/docker.sock:/var/run/docker.sock:ro ghcr.io/nextcloud-releases/all-in-one:latest",
            json!([]),
        ),
        (
            "docker run -d -p 8080:8080 -p 80:80 -v $PWD/traefik.yml:/etc/traefik/traefik.yml traefik:v3.5",
            json!([{ "field": "mounts[0].source", "text": "$PWD" }]),
        ),
        (
            "docker run -d --name immich_postgres -e POSTGRES_PASSWORD=${DB_PASSWORD} -e POSTGRES_USER=postgres -v my_immich_db:/var/lib/postgresql/data ghcr.io/immich-app/postgres:14",
            json!([{ "field": "env[0]", "text": "${DB_PASSWORD}" }]),
        ),
        (
            "docker run -p <port>:80 -e MYSQL_ROOT_PASSWORD=my-secret-pw -e MY_VAR=1 mysql:8",
            json!([
                { "field": "env[0]", "text": "my-secret-pw" },
                { "field": "ports", "text": "<port>:80" },
            ]),
        ),
    ] {
        assert_eq!(placeholders(command), expected, "{command}");
    }
}
