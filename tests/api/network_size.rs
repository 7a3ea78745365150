//! Networks that are larger than this host can use: the analysis, and dismissing the warning.

use super::updates::automatic::{closed_window, settings};
use crate::support::app::App;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

#[test]
fn warning_of_an_oversized_network_is_analyzed_dismissed_and_returns() {
    let engine = Engine::isolated();
    let mut app = App::start_with(&engine.host(), &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let number = number();
    let (name, base) = (
        format!("large-{number}"),
        format!("10.160.{}", number % 250),
    );
    let subnet = format!("{base}.0/24");
    engine.docker(&["network", "create", "--subnet", &subnet, &name]);
    let container = format!("on-{name}");
    let address = format!("{base}.10");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &container,
        "--network",
        &name,
        "--ip",
        &address,
        "bb:1",
    ]);
    let path = format!("/api/networks/{name}");
    let view = until("it is known with its container", SOON, || {
        let answer = client.try_get(&path)?;
        let view = answer.json();
        let there = view["members"][0]["name"] == container.as_str();
        (answer.status == 200 && there).then_some(view)
    });
    assert_eq!(view["oversized"]["impact"], "MODERATE");
    assert_eq!(view["oversized"]["dismissed"], json!(null));

    let told = client.post(&format!("{path}/analyze"), &json!({})).json();
    assert_eq!(told["usable_ips"], 254, "{told}");
    assert_eq!(
        (told["containers"].as_u64(), told["running"].as_u64()),
        (Some(1), Some(1))
    );
    // The gateway and the container.
    assert_eq!(told["used"], 2, "{told}");
    assert_eq!(told["peak"]["used"], 2, "{told}");
    assert_eq!(told["recommended_subnet"], format!("{base}.0/27"), "{told}");
    assert_eq!(told["kept_addresses"], 1, "{told}");
    // The engine's links are in another network namespace.
    assert_eq!(told["host"], json!(null), "{told}");
    engine.docker(&["rm", "-f", &container]);
    until("the peak stays", SOON, || {
        let told = client.post(&format!("{path}/analyze"), &json!({})).json();
        (told["used"] == 1 && told["peak"]["used"] == 2).then_some(())
    });

    let dismissal = format!("{path}/dismissal");
    let answer = client.post(&dismissal, &json!({"for": "maintenance_window"}));
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["field"], "for", "{}", answer.text());
    for wrong in [
        json!({}),
        json!({"for": "ever"}),
        json!({"for": "7_days", "x": 1}),
    ] {
        assert_eq!(client.post(&dismissal, &wrong).status, 400, "{wrong}");
    }
    for word in ["7_days", "30_days", "permanent"] {
        let plan = client.post(&format!("{dismissal}?dry_run=true"), &json!({"for": word}));
        assert_eq!(plan.status, 200, "{}", plan.text());
        let done = client.post(&dismissal, &json!({"for": word}));
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(done.json()["oversized"]["dismissed"]["for"], word);
    }
    app.kill();
    app.up();
    let view = until("it is known again", SOON, || {
        let answer = client.try_get(&path)?;
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(view["oversized"]["dismissed"]["for"], "permanent", "{view}");
    let again = client.delete(&dismissal).json();
    assert_eq!(again["oversized"]["dismissed"], json!(null), "{again}");

    settings(&client, &json!({"windows": [closed_window()]}));
    let done = client.post(&dismissal, &json!({"for": "maintenance_window"}));
    assert_eq!(
        done.json()["oversized"]["dismissed"]["for"],
        "maintenance_window"
    );
    let open = json!({"days": [], "start": "00:00", "minutes": 1440});
    settings(&client, &json!({"windows": [open]}));
    let reminded = client.get(&path).json();
    assert_eq!(
        reminded["oversized"]["dismissed"],
        json!(null),
        "{reminded}"
    );
    // What was said of the size does not hold for another one.
    client.post(&dismissal, &json!({"for": "permanent"}));
    let accepted = ["oversized", "performance", "permanent"];
    let body = json!({"size": "/23", "acknowledge": accepted});
    let without = client.post(&format!("{path}/migrate"), &json!({"size": "/23"}));
    assert_eq!(
        without.problem(),
        "acknowledgment_required",
        "{}",
        without.text()
    );
    let done = client.post(&format!("{path}/migrate"), &body);
    assert_eq!(done.status, 200, "{}", done.text());
    let view = client.get(&path).json();
    assert_eq!(view["oversized"]["dismissed"], json!(null), "{view}");
    engine.docker(&["network", "rm", &name]);
}
