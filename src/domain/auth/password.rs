//! Passwords: their rules, scrypt as PHC strings, and the
//! word-list password of a reset.

use super::turns::Turns;
use super::wordlist::WORDS;
use crate::error::{Error, Kind, Result};
use crate::model::hash_cost::{HashCost, Hashing};
use scrypt::password_hash::phc::PasswordHash;
use scrypt::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use scrypt::{Params, Scrypt};
use serde::Serialize;
use utoipa::ToSchema;

/// Longer input is rejected, not hashed.
pub const LONGEST: usize = 1024;

/// One of the rules, and whether the given password keeps it.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct Rule {
    /// `length`, `uppercase`, `lowercase`, `number`, `special`, `uncommon`.
    pub id: &'static str,
    pub text: &'static str,
    /// Advice rather than a condition when false.
    pub required: bool,
    pub ok: bool,
}

/// What `POST /api/setup/password` answers.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct Strength {
    /// Every required rule holds.
    pub ok: bool,
    /// 0 (very weak) to 4 (strong).
    pub score: u8,
    pub rules: Vec<Rule>,
}

/// Checks a password against every rule.
pub fn strength(password: &str) -> Strength {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let rule = |id, text, required, ok| Rule {
        id,
        text,
        required,
        ok,
    };
    let length = password.chars().count();
    let rules = vec![
        rule("length", "At least 12 characters", true, length >= 12),
        rule(
            "uppercase",
            "An upper-case letter",
            true,
            has(char::is_uppercase),
        ),
        rule(
            "lowercase",
            "A lower-case letter",
            true,
            has(char::is_lowercase),
        ),
        rule("number", "A number", true, has(|c| c.is_ascii_digit())),
        rule(
            "special",
            "A special character",
            false,
            has(|c| !c.is_alphanumeric()),
        ),
        rule(
            "uncommon",
            "Not a common password or a simple pattern",
            true,
            password.len() <= LONGEST && !is_common(password),
        ),
    ];
    let ok = rules.iter().all(|rule| rule.ok || !rule.required);
    Strength {
        ok,
        score: score(password, ok),
        rules,
    }
}

/// The first broken rule as an error for the named field.
pub fn require(field: &'static str, password: &str) -> Result<()> {
    let broken: Vec<&str> = strength(password)
        .rules
        .iter()
        .filter(|rule| rule.required && !rule.ok)
        .map(|rule| rule.text)
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        format!(
            "The password is too weak. It still needs: {}.",
            broken.join("; ").to_lowercase()
        ),
    )
    .code("weak_password"))
}

/// Bits of a guess that knows only lengths and classes, cut by what repeats,
/// in five steps.
fn score(password: &str, ok: bool) -> u8 {
    let distinct = {
        let mut chars: Vec<char> = password.chars().collect();
        chars.sort_unstable();
        chars.dedup();
        chars.len()
    };
    let length = password.chars().count().min(distinct * 2);
    let special = password.chars().any(|c| !c.is_alphanumeric());
    let points = length + if special { 4 } else { 0 };
    match (ok, points) {
        (_, 0..8) => 0,
        (false, _) => 1,
        (true, ..17) => 2,
        (true, 17..22) => 3,
        (true, _) => 4,
    }
}

/// What is left of the passwords that people choose when they must have twelve
/// characters and three classes.
fn is_common(password: &str) -> bool {
    const STEMS: &[&str] = &[
        "password",
        "passwort",
        "qwerty",
        "qwertz",
        "azerty",
        "letmein",
        "welcome",
        "admin",
        "administrator",
        "dockermate",
        "docker",
        "raspberry",
        "iloveyou",
        "changeme",
        "homelab",
        "default",
        "secret",
        "monkey",
        "dragon",
        "football",
        "baseball",
        "abc",
        "root",
    ];
    let plain: String = password
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '!' => 'i',
            other => other,
        })
        .filter(|c| c.is_alphanumeric())
        .collect();
    // A single stem, perhaps repeated, dressed with digits.
    let mut rest = plain.trim_matches(|c: char| c.is_ascii_digit() || "oeasi".contains(c));
    let letters: String = password.to_lowercase();
    let letters = letters.trim_matches(|c: char| !c.is_alphabetic());
    for stem in STEMS {
        if letters == *stem || rest == *stem || plain == *stem {
            return true;
        }
    }
    for stem in STEMS {
        while let Some(shorter) = rest.strip_prefix(stem) {
            rest = shorter;
        }
        if rest.is_empty() && !plain.is_empty() {
            return true;
        }
    }
    has_only_runs(password)
}

/// `Aaaaaaaaaaa1`, `Abcdefghijk1`: nearly every step is 0 or ±1.
fn has_only_runs(password: &str) -> bool {
    let codes: Vec<i64> = password
        .to_lowercase()
        .chars()
        .map(|c| i64::from(u32::from(c)))
        .collect();
    if codes.len() < 4 {
        return false;
    }
    let simple = codes
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]).abs() <= 1)
        .count();
    simple * 4 >= (codes.len() - 1) * 3
}

/// Hashes with bounded concurrency, so that a flood of logins cannot exhaust
/// the host's memory.
#[derive(Debug, Clone)]
pub struct Hasher {
    params: Params,
    /// A stored hash that needs more memory than this is not computed.
    most_bytes: u64,
    turns: Turns,
}

impl Hasher {
    pub fn new(hashing: Hashing) -> Result<Self> {
        Ok(Self {
            params: params(hashing.cost)?,
            most_bytes: hashing.most_bytes,
            turns: Turns::new(hashing.at_once),
        })
    }

    pub async fn hash(&self, password: String) -> Result<String> {
        let params = self.params;
        // Only somebody who has proved the password sets one.
        self.in_turn(true, move || hash_now(params, &password))
            .await?
    }

    /// `Some(needs_rehash)` when the password is right.
    pub async fn verify(
        &self,
        password: String,
        hash: String,
        is_known: bool,
    ) -> Result<Option<bool>> {
        let (wanted, most) = (self.params, self.most_bytes);
        self.in_turn(is_known, move || verify_now(wanted, most, &password, &hash))
            .await?
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        is_known: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = self.turns.take(is_known).await.ok_or_else(|| {
            Error::new(
                Kind::Busy,
                "Too many logins at the same time. Try again in a few seconds.",
            )
            .code("too_many_logins")
        })?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(|error| Error::internal("The password could not be checked.").source(error))
    }
}

/// Whether a password whose check ended so was tried: not if its turn never came.
pub fn was_tried(error: &Error) -> bool {
    error.kind != Kind::Busy
}

/// The same without a runtime, for `reset-password`.
pub fn hash_blocking(cost: HashCost, password: &str) -> Result<String> {
    hash_now(params(cost)?, password)
}

fn params(cost: HashCost) -> Result<Params> {
    Params::new(cost.log_n, cost.r, cost.p)
        .map_err(|_| Error::internal("The cost of the password hash is out of range."))
}

fn hash_now(params: Params, password: &str) -> Result<String> {
    Scrypt::new_with_params(params)
        .hash_password(password.as_bytes())
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|error| {
            Error::internal("The password could not be hashed.").detail(error.to_string())
        })
}

/// `most` bytes of memory may be used: beyond, the kernel would end the program.
fn verify_now(wanted: Params, most: u64, password: &str, hash: &str) -> Result<Option<bool>> {
    let parsed = PasswordHash::new(hash).map_err(|error| {
        Error::internal(
            "The stored password is damaged. Set a new one with: dockermate reset-password",
        )
        .detail(error.to_string())
    })?;
    let used = Params::try_from(&parsed).ok();
    let needed = used.map_or(0, |used| 128 * used.n() * u64::from(used.r()));
    if needed > most {
        return Err(Error::internal(
            "The password was set where more memory was available, so it cannot be checked here. \
             Give DockerMate more memory, or set a new password with: dockermate reset-password",
        )
        .detail(format!(
            "checking it needs {} MB, and {} MB may be used",
            needed >> 20,
            most >> 20
        ))
        .code("hash_too_large"));
    }
    if Scrypt::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_err()
    {
        return Ok(None);
    }
    let work =
        |params: Params| u128::from(params.n()) * u128::from(params.r()) * u128::from(params.p());
    Ok(Some(used.is_none_or(|used| {
        // A card that moves to a smaller host must not be asked for more memory than it has.
        work(used) < work(wanted) || used.n() > wanted.n()
    })))
}

/// Five words and two digits, about 46 bits, for a password that is changed at
/// the next login.
pub fn temporary() -> Result<String> {
    let mut random = [0_u8; 6];
    getrandom::fill(&mut random).map_err(|error| {
        Error::internal("The system's random number generator failed.").detail(error.to_string())
    })?;
    let words: Vec<&str> = random[..5]
        .iter()
        .map(|byte| WORDS[usize::from(*byte)])
        .collect();
    // The digits are slightly uneven; the words carry the strength.
    Ok(format!("{}-{:02}", words.join("-"), random[5] % 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn password_below_twelve_characters_is_refused_as_weak() {
        assert!(strength("TestPassword123").ok);
        assert!(!strength("weak").ok);
        let error = require("password", "weak").unwrap_err();
        assert_eq!(error.code, Some("weak_password"));
        assert!(error.message.contains("at least 12 characters"), "{error}");
    }

    #[test]
    fn common_words_and_character_runs_are_weak_passwords() {
        for bad in [
            "Password1234",
            "P@ssw0rd1234",
            "Qwerty123456",
            "Aaaaaaaaaaa1",
            "Abcdefghijk1",
            "Dockermate2026",
            "Administrator1",
        ] {
            assert!(!strength(bad).ok, "{bad}");
        }
        for good in [
            "Mein-Nas-steht-im-Keller-7",
            "Tr0ub4dor&3xyz",
            "BlueHeron42Lake",
        ] {
            assert!(strength(good).ok, "{good}");
        }
    }

    #[test]
    fn scrypt_hash_verifies_only_its_password_and_reports_when_to_rehash() {
        let params = Params::new(4, 8, 1).unwrap();
        let hash = hash_now(params, "TestPassword123").unwrap();
        assert!(hash.starts_with("$scrypt$"), "{hash}");
        assert_eq!(
            verify_now(params, u64::MAX, "TestPassword123", &hash).unwrap(),
            Some(false)
        );
        assert_eq!(
            verify_now(params, u64::MAX, "TestPassword124", &hash).unwrap(),
            None
        );
        let more = Params::new(5, 8, 1).unwrap();
        assert_eq!(
            verify_now(more, u64::MAX, "TestPassword123", &hash).unwrap(),
            Some(true)
        );
        assert!(verify_now(params, u64::MAX, "x", "$scrypt$nonsense").is_err());
        let refused = verify_now(params, 1024, "TestPassword123", &hash).unwrap_err();
        assert_eq!(refused.code, Some("hash_too_large"));
        assert!(was_tried(&refused));
    }

    #[tokio::test]
    async fn password_whose_turn_never_came_was_not_tried() {
        let hasher = Hasher {
            params: Params::new(4, 8, 1).unwrap(),
            most_bytes: u64::MAX,
            turns: Turns::new(1),
        };
        let running = hasher.turns.take(false).await;
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify("x".into(), "y".into(), false).await })
            })
            .collect();
        tokio::task::yield_now().await;
        let busy = hasher.verify("x".into(), "y".into(), false).await;
        assert!(!was_tried(&busy.unwrap_err()));
        drop(running);
        for one in waiting {
            let _ = one.await;
        }
        let nonsense = hasher.verify("x".into(), "y".into(), false).await;
        assert!(was_tried(&nonsense.unwrap_err()));
    }

    #[test]
    fn temporary_passwords_have_five_words_and_differ() {
        let one = temporary().unwrap();
        assert_eq!(one.split('-').count(), 6, "{one}");
        assert_ne!(one, temporary().unwrap());
    }

    #[test]
    fn wordlist_has_256_distinct_words() {
        let mut words: Vec<&str> = WORDS.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 256);
    }

    proptest! {
        #[test]
        fn strength_of_arbitrary_text_agrees_with_the_requirement(text in any::<String>()) {
            let found = strength(&text);
            prop_assert!(found.score <= 4);
            prop_assert_eq!(found.ok, require("password", &text).is_ok());
        }
    }
}
