//! The owner's own scripts (sections 21.2 and 21.3 of the design), as they
//! stand but for the port.

use crate::support::app::{App, NO_ENGINE};
use std::process::{Command, Output};

const AUTH_FLOW: &str = r#"#!/bin/bash
# tests/integration/test_auth_flow.sh

# Test authentication flow

# 1. Initial setup (no password set)
response=$(curl -k https://localhost:5000/)
[[ "$response" == *"setup"* ]] || exit 1

# 2. Complete setup
curl -k -X POST https://localhost:5000/api/setup \
  -d '{"password":"TestPassword123"}'

# 3. Login
response=$(curl -k -X POST https://localhost:5000/api/auth/login \
  -d '{"password":"TestPassword123"}')
token=$(echo $response | jq -r '.session_token')

# 4. Access protected endpoint
curl -k https://localhost:5000/api/containers \
  -H "Cookie: session=$token"

echo "✅ Authentication flow test passed"
"#;

const HTTPS_ENFORCED: &str = r#"curl -I http://localhost:5000/ | grep "301"  # Should redirect"#;
const PASSWORD_REQUIRED: &str = r#"curl -X POST http://localhost:5000/api/setup \
  -d '{"password":"weak"}' | grep "error""#;

fn bash(app: &App, script: &str) -> Output {
    Command::new("bash")
        .args(["-c", &script.replace(":5000", &format!(":{}", app.port))])
        .output()
        .expect("bash")
}

#[test]
fn the_authentication_flow_passes() {
    let engine = crate::support::engine::Engine::shared();
    let app = App::start(&engine.host());
    let output = bash(&app, AUTH_FLOW);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.contains("Authentication flow test passed"), "{text}");
    // The script itself does not look at what step 4 got.
    assert!(text.contains(r#""items":["#), "{text}");
    assert!(!text.contains(r#""status":4"#), "{text}");
}

#[test]
fn the_security_checks_pass() {
    let app = App::start(NO_ENGINE);
    for script in [HTTPS_ENFORCED, PASSWORD_REQUIRED] {
        let output = bash(&app, script);
        assert!(output.status.success(), "{script}: {output:?}");
        assert!(!output.stdout.is_empty());
    }
    // Nothing was done in the clear.
    assert_eq!(app.client().get("/api/setup").status, 200);
}
