//! Versions of the Docker Engine API: those that are spoken, and reading one.

/// The oldest API that has everything we use (Docker 19.03).
pub(super) const OLDEST: (usize, usize) = (1, 40);

/// The newest API that is known. From 1.52 on `inspect` no longer tells a MAC
/// address that was chosen from one that was generated.
pub(super) const NEWEST: (usize, usize) = (1, 51);

/// `1.41` as numbers that compare.
pub(super) fn parse_version(text: &str) -> Option<(usize, usize)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
