//! References to images (the distribution project's `reference` grammar).

/// Whether an engine could look for an image of this name.
///
/// # Errors
/// A sentence that says how it is written.
pub fn image_reference(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("An image is required, such as nginx:1.27.".to_owned());
    }
    let path_char = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let name = text.split(['@']).next().unwrap_or(text);
    let last = name.rsplit('/').next().unwrap_or(name);
    let (tail, tag) = match last.split_once(':') {
        Some((tail, tag)) => (tail, Some(tag)),
        None => (last, None),
    };
    let repository = &name[..name.len() - (last.len() - tail.len())];
    let host_free = repository
        .split('/')
        .skip(usize::from(repository.contains('/')))
        .collect::<String>();
    let bad = text.len() > 512
        || !text.chars().all(path_char)
        || tail.is_empty()
        || tag == Some("")
        || text.contains("//")
        || text.starts_with(['/', '-', '.', ':', '@'])
        || last.matches(':').count() > 1
        || text.matches('@').count() > 1
        || (!text.starts_with("sha256:") && host_free.chars().any(|c| c.is_ascii_uppercase()));
    if bad {
        return Err(format!(
            "{text:?} is not an image reference. Write it in lower case, like nginx:1.27 or ghcr.io/owner/app:tag."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_image_references_are_accepted_and_invalid_ones_rejected() {
        for good in [
            "nginx",
            "nginx:1.27-alpine",
            "ghcr.io/owner/app:V1",
            "localhost:5000/x",
            "HOST.example:5000/x/y@sha256:00ff",
            "sha256:00ff",
            "bb:1",
        ] {
            assert!(image_reference(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            " nginx",
            "nginx latest",
            "/nginx",
            "owner/App",
            "nginx:1:2",
            "http://nginx",
            "a@b@c",
            "ngi$nx",
            ":1",
            "x/",
        ] {
            assert!(image_reference(bad).is_err(), "{bad}");
        }
    }
}
