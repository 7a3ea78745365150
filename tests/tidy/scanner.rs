//! The rules see what they should: each is shown a file that breaks it, and one
//! that looks as if it did.

use super::rules::{
    adapters_stay_behind_domain, floors, has_a_name, homes, model_is_still, neighbours,
    no_ignored_test, no_panic, no_unsafe, opens_with_doc,
};
use super::source::Source;

fn paths(text: &str, roots: &[&str]) -> Vec<String> {
    let named = Source::new("src/http/x.rs", text).named(roots);
    named
        .into_iter()
        .map(|one| format!("{} {}", one.line + 1, one.segments.join("::")))
        .collect()
}

/// The one complaint of a rule, for a file with this path and text.
fn complaint(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str) -> String {
    let found = rule(&Source::new(path, text));
    assert_eq!(found.len(), 1, "{text}\n{found:?}");
    found.into_iter().next().unwrap()
}

fn fine(rule: impl Fn(&Source) -> Vec<String>, path: &str, text: &str) {
    assert_eq!(
        rule(&Source::new(path, text)),
        Vec::<String>::new(),
        "{text}"
    );
}

#[test]
fn groups_are_unfolded() {
    let text = "use crate::{\n    a::{self, B as C},\n    d::e::*,\n    F,\n};\nlet x = crate::g::H::<u8>::new(crate::i());\n";
    assert_eq!(
        paths(text, &["crate"]),
        [
            "1 crate::a::self",
            "1 crate::a::B",
            "1 crate::d::e::*",
            "1 crate::F",
            "6 crate::g::H",
            "6 crate::i"
        ]
    );
}

#[test]
fn comments_and_literals_name_nothing() {
    let text = r##"
// use crate::a;
/* use crate::b; /* nested */ use crate::c; */
let s = "crate::d \" crate::e";
let r = r#"crate::f " crate::g"#;
let b = b"crate::h";
let c = '"'; let d = '\''; let l: &'static str = x;
let r#type = crate::real::one;
"##;
    assert_eq!(paths(text, &["crate"]), ["8 crate::real::one"]);
}

#[test]
fn a_field_or_a_variable_is_not_a_path() {
    assert_eq!(
        paths(
            "let tera = self.tera; other::tera::x(); tera.render()",
            &["tera"]
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        paths("use tera;\ntera::Tera::new()", &["tera"]),
        ["1 tera", "2 tera::Tera::new"]
    );
}

#[test]
fn tests_are_known_to_the_brace() {
    let text = "fn a() {}\n#[cfg(test)]\n#[expect(dead_code)]\nmod tests {\n    fn b() { let x = [1; 2]; }\n}\nfn c() {}\n#[cfg(test)]\nuse x::{a, b};\nfn d() {}\n#[cfg(test)]\nmod far;\n";
    let source = Source::new("src/x.rs", text);
    let program: Vec<&str> = source.program().map(|(_, code)| code).collect();
    assert_eq!(program, ["fn a() {}", "fn c() {}", "fn d() {}"]);
}

#[test]
fn upward_and_sideways_are_seen() {
    let seen = |path, text| complaint(floors, path, text);
    assert!(
        seen("src/store/x.rs", "use crate::domain::Domain;")
            .starts_with("src/store/x.rs:1: `store` names `domain::Domain`: imports run")
    );
    assert!(seen("src/store.rs", "\nfn f() { crate::engine::x() }").contains("src/store.rs:2"));
    assert!(seen("src/http/api/x.rs", "use super::super::super::jobs;").contains("neighbours"));
    assert!(seen("src/jobs.rs", "use super::{model, store};").contains("only through domain"));
    assert!(seen("src/model/x.rs", "use crate::{error::Error, app};").contains("imports run"));
    assert!(seen("src/helper.rs", "").contains("on no floor"));
}

#[test]
fn adapters_that_domain_passes_on_are_seen() {
    let seen = |text| complaint(adapters_stay_behind_domain, "src/domain/x/y.rs", text);
    assert!(seen("pub use crate::host::Clock;").contains("passes on `host::Clock`"));
    assert!(
        seen("pub mod z {\n    pub(crate) use crate::{error, store::Record};\n}")
            .starts_with("src/domain/x/y.rs:2: `domain` passes on `store::Record`")
    );
    assert!(seen("pub use super::super::super::engine;").contains("`engine`"));
    fine(
        adapters_stay_behind_domain,
        "src/domain/x.rs",
        "use crate::engine::Engine;\npub use crate::model::plan::Plan;\npub use y::Y;\npub(super) use super::z::Z;",
    );
    fine(
        adapters_stay_behind_domain,
        "src/app.rs",
        "pub use crate::engine::Engine;",
    );
}

#[test]
fn downward_and_own_are_fine() {
    fine(
        floors,
        "src/http/x.rs",
        "use crate::{domain, model::container, error, http::reply};\nuse super::call;",
    );
    fine(
        floors,
        "src/domain/x.rs",
        "use crate::{store::Store, engine, host, config};",
    );
    fine(floors, "src/app.rs", "use crate::{store, jobs, http, cli};");
    fine(
        floors,
        "src/lib.rs",
        "pub mod store; pub use crate::http::x;",
    );
    fine(
        floors,
        "src/store.rs",
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    use crate::engine;\n}\n",
    );
}

#[test]
fn parts_of_domain_need_the_list() {
    let parts = ["containers", "networks", "commands", "operations"].map(String::from);
    let rule = |source: &Source| neighbours(source, &parts);
    assert!(
        complaint(
            rule,
            "src/domain/containers/plan.rs",
            "use crate::domain::networks::X;"
        )
        .contains("NEIGHBOURS")
    );
    assert!(
        complaint(
            rule,
            "src/domain/commands.rs",
            "use super::networks::connect;"
        )
        .contains("`domain::networks`")
    );
    fine(
        rule,
        "src/domain/containers/plan.rs",
        "use crate::domain::{commands, operations, Domain};\nuse super::apply;",
    );
    fine(rule, "src/domain.rs", "use crate::domain::networks;");
}

#[test]
fn libraries_outside_their_place_are_found() {
    assert!(complaint(homes, "src/domain/x.rs", "use heed::Env;").contains("only under src/store"));
    assert!(
        complaint(homes, "src/domain/x.rs", "fn f(d: bollard::Docker) {}")
            .contains("only under src/engine")
    );
    assert!(
        complaint(
            homes,
            "src/registry/x.rs",
            "use hyper::{Request, server::conn::http1};"
        )
        .contains("`hyper::server`")
    );
    assert!(complaint(homes, "src/enginex.rs", "use bollard::Docker;").contains("src/engine"));
    fine(homes, "src/engine.rs", "use bollard::Docker;");
    fine(homes, "src/engine/convert/x.rs", "use bollard::models::X;");
    fine(
        homes,
        "src/registry/x.rs",
        "use hyper::{Request, client::conn::http1};",
    );
}

#[test]
fn a_model_that_moves_is_seen() {
    assert!(
        complaint(
            model_is_still,
            "src/model/x.rs",
            "use std::{fmt, fs::File};"
        )
        .contains("`std::fs::File`")
    );
    assert!(
        complaint(
            model_is_still,
            "src/model/x.rs",
            "use std::net::{IpAddr, TcpStream};"
        )
        .contains("TcpStream")
    );
    assert!(complaint(model_is_still, "src/model/x.rs", "pub async fn f() {}").contains("async"));
    fine(
        model_is_still,
        "src/model/x.rs",
        "use std::net::{IpAddr, Ipv4Addr, SocketAddr};\n// async\nstruct Async;",
    );
    fine(
        model_is_still,
        "src/store/x.rs",
        "use std::fs; async fn f() {}",
    );
}

#[test]
fn what_can_panic_is_seen() {
    for text in [
        "x.unwrap();",
        "x\n    .expect(\"y\");",
        "panic!(\"x\")",
        "unreachable!()",
    ] {
        complaint(no_panic, "src/x.rs", text);
    }
    // A comment of another statement proves nothing.
    complaint(
        no_panic,
        "src/x.rs",
        "// Cannot fail: digits.\na();\nx.unwrap();",
    );
    complaint(no_panic, "src/x.rs", "// Quite safe.\nx.unwrap();");
    fine(
        no_panic,
        "src/x.rs",
        "x.unwrap_or_default(); x.expected(); // .unwrap()\nlet s = \"panic!\"; std::panic::catch_unwind(f);",
    );
    fine(
        no_panic,
        "src/x.rs",
        "// Cannot fail: the text is written here,\n// and tested below.\nlet x = \"1\"\n    .parse()\n    .unwrap();",
    );
    fine(
        no_panic,
        "src/x.rs",
        "#[cfg(test)]\nmod tests {\n    fn f() { x.unwrap(); }\n}",
    );
}

#[test]
fn the_rest_is_seen() {
    assert!(
        complaint(no_unsafe, "src/store.rs", "unsafe { x() }").contains("src/store/database.rs")
    );
    fine(no_unsafe, "src/store/database.rs", "unsafe { x() }");
    fine(no_unsafe, "src/store.rs", "#![deny(unsafe_code)] // unsafe");
    complaint(opens_with_doc, "src/x.rs", "// A file.");
    fine(opens_with_doc, "src/x.rs", "//! A file.");
    complaint(has_a_name, "src/store/mod.rs", "");
    complaint(has_a_name, "src/utils.rs", "");
    fine(has_a_name, "src/store/model.rs", "");
    complaint(
        no_ignored_test,
        "src/x.rs",
        "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
    );
}
