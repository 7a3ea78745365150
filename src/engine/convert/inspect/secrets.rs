//! Whether a value is likely a secret, so that a page hides it until asked.
//! A guess on the careful side: hiding too much costs a click.

/// Words of a name that tell of a secret. Compared whole, so that `KEYBOARD`
/// and `COMPASS` are not among them.
const WORDS: [&str; 19] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "PW",
    "PASSPHRASE",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "KEY",
    "KEYS",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
    "DSN",
    "SALT",
    "PRIVATE",
];

/// Endings of a word that are written without a separator (`DBPASSWORD`, `authToken`).
const ENDINGS: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "ACCESSKEY",
    "APPKEY",
    "ENCRYPTIONKEY",
    "MASTERKEY",
    "PRIVATEKEY",
    "SECRETKEY",
    "SIGNINGKEY",
];

/// Where an address is a secret by itself: who knows it may write there.
const WEBHOOKS: [&str; 4] = [
    ".com/api/webhooks/",
    "hooks.slack.com/",
    "api.telegram.org/bot",
    "maker.ifttt.com/",
];

/// True for a name such as `DB_PASSWORD` or `apiKey`, and for a value that
/// carries credentials whatever its name: a URL with a password, a private
/// key, `--password=…`. A name that ends in `_FILE` holds a path, and an empty
/// value hides nothing.
pub fn looks_secret(name: &str, value: &str) -> bool {
    !value.is_empty() && (secret_name(name) || secret_value(value))
}

fn secret_name(name: &str) -> bool {
    let words = words(name);
    if words
        .last()
        .is_some_and(|last| matches!(last.as_str(), "FILE" | "PATH" | "DIR"))
    {
        return false;
    }
    // What else is named after one is public: its algorithm, when it expires.
    if words.last().is_some_and(|last| last == "JWT") {
        return true;
    }
    words.iter().any(|word| {
        WORDS.contains(&word.as_str()) || ENDINGS.iter().any(|ending| word.ends_with(ending))
    })
}

fn secret_value(value: &str) -> bool {
    value.contains("-----BEGIN") && value.contains("PRIVATE KEY")
        || has_url_password(value)
        || WEBHOOKS.iter().any(|address| value.contains(address))
        || value.split_whitespace().any(|word| {
            word.strip_prefix('-')
                .and_then(|flag| flag.split_once('='))
                .is_some_and(|(flag, given)| !given.is_empty() && secret_name(flag))
        })
}

/// `scheme://user:password@host`.
fn has_url_password(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        rest = rest.get(at + 3..).unwrap_or("");
        let end = rest
            .find(['/', '?', '#', ' ', '"', '\'', '\n'])
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or("");
        if let Some((user, _)) = authority.rsplit_once('@')
            && user
                .split_once(':')
                .is_some_and(|(_, password)| !password.is_empty())
        {
            return true;
        }
    }
    false
}

/// `dbPassword`, `db-password`, `DB_PASSWORD` all give `DB`, `PASSWORD`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        let border = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower_before);
        if border && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_uppercase());
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_setting_names_are_recognized() {
        for name in [
            "POSTGRES_PASSWORD",
            "DB_PASS",
            "API_KEY",
            "apiKey",
            "authToken",
            "AWS_SECRET_ACCESS_KEY",
            "MYSQLPASSWORD",
            "traefik.http.middlewares.auth.basicauth.secret",
            "JWT_TOKEN",
            "REDIS_PW",
            "ENCRYPTIONKEY",
            "JWT",
        ] {
            assert!(looks_secret(name, "x"), "{name}");
        }
    }

    #[test]
    fn harmless_setting_names_and_empty_values_are_not_secret() {
        for name in [
            "KEYBOARD",
            "COMPASS_MODE",
            "POSTGRES_PASSWORD_FILE",
            "PATH",
            "MONKEY",
            "SSL_KEY_PATH",
            "TZ",
            "AUTHOR",
            "WEBHOOK_URL",
            "JWT_ALGORITHM",
        ] {
            assert!(!looks_secret(name, "x"), "{name}");
        }
        assert!(!looks_secret("PASSWORD", ""));
    }

    #[test]
    fn only_values_that_embed_credentials_are_recognized_as_secret() {
        assert!(looks_secret(
            "DATABASE_URL",
            "postgres://me:hunter2@db:5432/shop"
        ));
        assert!(looks_secret("X", "-----BEGIN EC PRIVATE KEY-----\nabc"));
        assert!(looks_secret("", "server --db.password=hunter2 --port=1"));
        assert!(looks_secret(
            "NOTIFY",
            "https://discord.com/api/webhooks/1/abc"
        ));
        assert!(!looks_secret("NOTIFY", "https://discord.com/invite/abc"));
        assert!(!looks_secret("DATABASE_URL", "postgres://db:5432/shop"));
        assert!(!looks_secret("DATABASE_URL", "postgres://me@db/shop?x=a:b"));
        assert!(!looks_secret("X", "mailto:a@b"));
    }

    proptest::proptest! {
        #[test]
        fn looks_secret_never_panics_on_any_text(name in "\\PC{0,20}", value in "\\PC{0,40}") {
            let _ = looks_secret(&name, &value);
        }
    }
}
