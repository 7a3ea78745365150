//! First start, login, sessions.

use crate::support::app::{App, PASSWORD};
use serde_json::json;

const NO_ENGINE: &str = "unix:///nowhere/docker.sock";

#[test]
fn until_setup_is_done_everything_leads_to_it() {
    let app = App::start(NO_ENGINE);
    let client = app.client();
    let page = client.get("/");
    assert_eq!(page.status, 303);
    assert_eq!(page.header("location"), Some("/setup"));
    assert!(page.text().contains("setup"));
    let api = client.get("/api/containers");
    assert_eq!(
        (api.status, api.problem().as_str()),
        (409, "setup_required")
    );
    let weak = client.post("/api/setup", &json!({"password": "weak"}));
    assert_eq!(
        (weak.status, weak.problem().as_str()),
        (400, "weak_password")
    );
    assert_eq!(weak.json()["field"], "password");
    app.set_up();
    let again = client.post("/api/setup", &json!({"password": PASSWORD}));
    assert_eq!(
        (again.status, again.problem().as_str()),
        (409, "already_set_up")
    );
}
