//! The rules of environments, over a real store.

use super::*;
use crate::model::environment::HostMode;
use crate::store::Sizes;
use proptest::prelude::*;

struct Room {
    environments: Arc<Environments>,
    settings: Arc<SettingsService>,
    feed: Feed,
    store: Store,
    _dir: tempfile::TempDir,
}

fn room() -> Room {
    let dir = tempfile::tempdir().unwrap();
    let sizes = Sizes {
        initial: 256 * 1024,
        most: 16 << 20,
    };
    let store = Store::open(dir.path(), sizes).unwrap();
    let feed = Feed::new(16);
    let settings =
        Arc::new(SettingsService::new(store.clone(), feed.clone(), "box".to_owned()).unwrap());
    Room {
        environments: Environments::new(store.clone(), feed.clone(), Arc::clone(&settings))
            .unwrap(),
        settings,
        feed,
        store,
        _dir: dir,
    }
}

fn labels(value: &str) -> BTreeMap<String, String> {
    [(LABEL.to_owned(), value.to_owned())].into()
}

async fn host(room: &Room, code: &str) -> Result<()> {
    let patch = crate::domain::settings::SettingsPatch {
        host_environment: Some(HostMode::of(code)),
        ..Default::default()
    };
    room.settings.patch(patch).await.map(drop)
}

fn patch(code: &str) -> EnvironmentPatch {
    EnvironmentPatch {
        code: Some(code.to_owned()),
        ..EnvironmentPatch::default()
    }
}

fn field(error: &Error) -> Option<&str> {
    match &error.kind {
        Kind::Invalid { field } => field.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn chosen_environment_takes_precedence_over_label_and_label_over_host() {
    let room = room();
    let of = |chosen: Option<&str>, labels: &BTreeMap<String, String>| {
        let (code, source) = room.environments.of(chosen, labels);
        (code.unwrap_or_default(), source)
    };
    let none = BTreeMap::new();
    assert_eq!(of(None, &none), (String::new(), EnvironmentSource::None));
    host(&room, "UAT").await.unwrap();
    assert_eq!(
        of(Some("PRD"), &labels("DEV")),
        ("PRD".into(), EnvironmentSource::User)
    );
    assert_eq!(
        of(None, &labels(" dev ")),
        ("DEV".into(), EnvironmentSource::Label)
    );
    assert_eq!(
        of(None, &labels("<b>")),
        ("UAT".into(), EnvironmentSource::Host)
    );
    // A choice that is no more: the next source decides.
    assert_eq!(
        of(Some("GONE"), &labels("DEV")),
        ("DEV".into(), EnvironmentSource::Label)
    );
    assert!(host(&room, "GONE").await.is_err());
    assert!(host(&room, "uat").await.is_err());
}

#[tokio::test]
async fn prd_asks_a_yes_to_interrupt_and_the_name_to_change_and_uat_a_yes_to_change() {
    let room = room();
    let asks = |code, impact| room.environments.need(code, impact, "db", "delete");
    let need = |code| asks(Some(code), Impact::Change);
    let prd = need("PRD");
    assert!(require(prd.as_ref(), None, "db").is_err());
    assert!(require(prd.as_ref(), Some("yes"), "db").is_err());
    assert!(require(prd.as_ref(), Some("db"), "db").is_ok());
    let uat = need("UAT");
    assert!(require(uat.as_ref(), None, "db").is_err());
    assert!(require(uat.as_ref(), Some("yes"), "db").is_ok());
    assert!(need("DEV").is_none());
    assert!(asks(None, Impact::Change).is_none());
    let recreate = room
        .environments
        .need(Some("PRD"), Impact::Change, "db", "recreate")
        .unwrap();
    assert!(
        recreate.reason.contains("to recreate it"),
        "{}",
        recreate.reason
    );

    let stop = |code| asks(Some(code), Impact::Interruption).map(|need| need.kind);
    assert_eq!(stop("PRD"), Some(NeedKind::Yes));
    assert_eq!([stop("UAT"), stop("DEV"), stop("SANDBOX")], [None; 3]);

    let relax = crate::domain::settings::SettingsPatch {
        require_prd_confirmation: Some(false),
        ..Default::default()
    };
    room.settings.patch(relax).await.unwrap();
    assert!(require(need("PRD").as_ref(), Some("yes"), "db").is_ok());
    assert!(asks(Some("PRD"), Impact::Interruption).is_none());
    // The setting is about production, not about what the owner has made.
    let vault = EnvironmentPatch {
        confirmation: Some(Confirmation::TypeName),
        ..patch("VAULT")
    };
    room.environments.add(vault).await.unwrap();
    assert_eq!(need("VAULT").unwrap().kind, NeedKind::TypeName);
}

#[test]
fn bulk_action_requires_the_strictest_confirmation_of_its_targets() {
    let room = room();
    let many = |list: &[(&str, &str)]| {
        let targets: Vec<_> = list
            .iter()
            .map(|(code, name)| {
                let code = Some(*code).filter(|code| !code.is_empty());
                let asks = room.environments.confirmation(code, Impact::Change);
                (asks, (*name).to_owned())
            })
            .collect();
        Environments::need_for_many(&targets, "delete")
    };
    assert_eq!(many(&[]), None);
    assert_eq!(many(&[("DEV", "a"), ("", "b")]), None);
    let yes = many(&[("DEV", "a"), ("UAT", "b")]).unwrap();
    assert_eq!(
        (yes.kind, yes.confirm.as_str(), yes.reason.as_str()),
        (
            NeedKind::Yes,
            "yes",
            "Confirm to delete all 2: confirmation is required for b."
        )
    );
    let typed = many(&[("PRD", "a"), ("UAT", "b"), ("PRD", "c"), ("DEV", "d")]).unwrap();
    assert_eq!(
        (typed.kind, typed.confirm.as_str()),
        (NeedKind::TypeName, "delete 4")
    );
    assert!(typed.reason.ends_with("required for a and c."), "{typed:?}");
    assert!(require(Some(&typed), Some("yes"), "a").is_err());
    assert!(require(Some(&typed), Some("a"), "a").is_err());
    assert!(require(Some(&typed), Some("delete 4"), "a").is_ok());
}

#[tokio::test]
async fn user_defined_environment_is_added_changed_reordered_and_stored() {
    let room = room();
    let start = room.feed.position();
    let new = room.environments.add(patch("STAGE-2")).await.unwrap();
    assert_eq!((new.name.as_str(), new.built_in), ("STAGE-2", false));
    assert_eq!(room.environments.list().last().unwrap().code, "STAGE-2");
    assert!(room.environments.backs_up(Some("STAGE-2")));
    let change = EnvironmentPatch {
        name: Some("  Staging ".to_owned()),
        color: Some("#AABBCC".to_owned()),
        backup_on_change: Some(false),
        warnings: Some(AlertLevel::None),
        ..EnvironmentPatch::default()
    };
    let plan = room
        .environments
        .plan_change("STAGE-2", change.clone())
        .unwrap();
    assert_eq!(plan.steps.len(), 4, "{plan:?}");
    let after = room.environments.change("STAGE-2", change).await.unwrap();
    assert_eq!(
        (after.name.as_str(), after.color.as_str()),
        ("Staging", "#aabbcc")
    );
    assert!(!room.environments.backs_up(Some("STAGE-2")));
    assert_eq!(
        room.environments.alert_level(Some("STAGE-2")),
        AlertLevel::None
    );
    let order = |codes: &[&str]| EnvironmentOrder {
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    };
    for wrong in [
        order(&["PRD"]),
        order(&["STAGE-2", "PRD", "UAT", "DEV", "DEV"]),
        order(&["STAGE-2", "PRD", "UAT", "DEV", "X"]),
    ] {
        let error = room.environments.order(&wrong).await.unwrap_err();
        assert_eq!(field(&error), Some("codes"));
    }
    let wanted = ["STAGE-2", "SANDBOX", "DEV", "UAT", "PRD"];
    room.environments.order(&order(&wanted)).await.unwrap();
    let codes = |list: &[Environment]| list.iter().map(|e| e.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&room.environments.list()), wanted);
    assert_eq!(codes(&room.store.environments().unwrap()), wanted);
    assert_eq!(room.environments.rank(Some("DEV")), 2);
    assert_eq!(room.environments.rank(None), 5);
    let told = room.feed.subscribe(Some(&start)).missed();
    let kinds: Vec<&str> = told.iter().map(|told| told.name).collect();
    assert_eq!(
        kinds,
        ["environments", "inventory", "environments", "environments"]
    );
}

#[tokio::test]
async fn fixed_properties_duplicate_codes_and_environments_over_the_limit_are_refused() {
    let room = room();
    for (code, change, wrong) in [
        (
            "PRD",
            EnvironmentPatch {
                confirmation: Some(Confirmation::Yes),
                ..Default::default()
            },
            "confirmation",
        ),
        (
            "PRD",
            EnvironmentPatch {
                backup_on_change: Some(false),
                ..Default::default()
            },
            "backup_on_change",
        ),
        ("UAT", patch("TEST"), "code"),
    ] {
        let error = room.environments.change(code, change).await.unwrap_err();
        assert_eq!(field(&error), Some(wrong), "{error}");
    }
    let off = EnvironmentPatch {
        backup_on_change: Some(false),
        ..Default::default()
    };
    room.environments.change("UAT", off).await.unwrap();
    assert!(!room.environments.backs_up(Some("UAT")));
    let error = room.environments.change("GONE", patch("GONE")).await;
    assert_eq!(error.unwrap_err().kind, Kind::NotFound);
    assert!(
        room.environments
            .add(patch("DEV"))
            .await
            .unwrap_err()
            .code
            .is_some()
    );
    for n in 0..28 {
        room.environments
            .add(patch(&format!("E{n}")))
            .await
            .unwrap();
    }
    let error = room.environments.add(patch("ONE-MORE")).await.unwrap_err();
    assert_eq!(error.code, Some("environment_limit"));
}

proptest! {
    /// A code that is taken reads the same in an address, a label and a shell.
    #[test]
    fn environment_code_is_valid_if_plain_and_not_reserved(code in "[A-Za-z0-9_ /<-]{0,18}") {
        let plain = !code.is_empty() && code.len() <= 16
            && !code.starts_with(['-', '_'])
            && code.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-'));
        prop_assert_eq!(room().environments.plan_add(patch(&code)).is_ok(),
            plain && !["PRD", "UAT", "DEV", "SANDBOX", "NONE", "MIXED", "ORDER"].contains(&code.as_str()));
    }
}

#[test]
fn environment_color_that_is_not_six_digit_hex_is_refused() {
    let room = room();
    for wrong in [
        "red", "#fff", "#12345g", "#1234567", "url(x)", "#22c55é", "",
    ] {
        let colour = EnvironmentPatch {
            color: Some(wrong.to_owned()),
            ..patch("X")
        };
        let error = room.environments.plan_add(colour).unwrap_err();
        assert_eq!(field(&error), Some("color"), "{wrong}");
    }
}
