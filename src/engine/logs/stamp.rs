//! The timestamps that the engine writes before each piece of a line. Pure.

use crate::model::timestamp::nanoseconds;

/// Docker's piece size (moby, `daemon/logger/copier.go`).
pub(super) const PIECE: usize = 16 * 1024;
/// A piece whose every byte was replaced.
pub(super) const LONGEST_PIECE: usize = PIECE * 3;
/// U+FFFD. The drivers `json-file` and `local` store text as UTF-8; a byte that
/// does not belong to a whole character, as both halves of one that a cut goes
/// through, is replaced by its three bytes (Go, `encoding/json`).
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
/// `2026-01-21T10:20:30.123456789Z`
const STAMP: usize = 30;
/// More than a stamp of any engine and the space after it.
pub(super) const STAMP_ROOM: usize = 40;

/// Takes the stamp off the front, if there is one.
pub(super) fn split_stamp(bytes: &[u8]) -> (Option<&str>, &[u8]) {
    let head = bytes.get(..bytes.len().min(40)).unwrap_or(bytes);
    let Some(space) = head.iter().position(|b| matches!(b, b' ' | b'\n' | b'\r')) else {
        // A stamp of an empty last line has nothing after it.
        return match as_stamp(bytes) {
            Some(stamp) => (Some(stamp), &[]),
            None => (None, bytes),
        };
    };
    let (stamp, rest) = bytes.split_at(space);
    match as_stamp(stamp) {
        Some(stamp) => (Some(stamp), rest.strip_prefix(b" ").unwrap_or(rest)),
        None => (None, bytes),
    }
}

/// `2026-01-21T10:20:30.123456789Z`, or with an offset as Podman writes it.
fn as_stamp(bytes: &[u8]) -> Option<&str> {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, what: u8| bytes.get(at) == Some(&what);
    let shape = (20..=35).contains(&bytes.len())
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
            .into_iter()
            .all(digit)
        && is(4, b'-')
        && is(7, b'-')
        && is(10, b'T')
        && is(13, b':')
        && is(16, b':')
        && bytes
            .get(19..)?
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':' | b'+' | b'-' | b'Z'));
    shape.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// Where in the text of a terminal the piece that it begins with is full and the
/// stamp of the next one stands.
pub(super) fn next_stamp(text: &[u8]) -> Option<usize> {
    let last = text.len().checked_sub(STAMP + 1)?.min(LONGEST_PIECE);
    let mut replaced = count_replaced(text.get(..PIECE)?);
    // The first position that counts may be inside of a replacement.
    for at in PIECE..=last {
        replaced += usize::from(text[..at].ends_with(REPLACEMENT) && at > PIECE);
        let is_full = is_full(at, replaced);
        if is_full && text[at + STAMP] == b' ' && is_docker_stamp(&text[at..at + STAMP]) {
            return Some(at);
        }
    }
    None
}

/// The engine's clock may be somewhat ahead of ours (nanoseconds).
const GRAIN: i128 = 1_000_000_000;

/// Where in the text of a terminal the stamp of the next piece stands. For an
/// engine whose pieces may have any length: it is written as that of the piece
/// before it is, and lies between that one and `now` (nanoseconds). Of the times
/// that the program itself writes, one that fulfils all this is taken for a stamp;
/// those of the past and of the future and those in another form are text.
pub(super) fn later_stamp(text: &[u8], before: &str, now: i128) -> Option<usize> {
    let earliest = nanoseconds(before)?;
    let possible = earliest..=now.max(earliest).saturating_add(GRAIN);
    let last = text.len().checked_sub(before.len() + 1)?;
    (0..=last).find(|&at| {
        let stamp = &text[at..at + before.len()];
        stamp[10] == b'T'
            && text[at + before.len()] == b' '
            && as_stamp(stamp).is_some_and(|stamp| {
                has_form_of(stamp, before)
                    && nanoseconds(stamp).is_some_and(|at| possible.contains(&at))
            })
    })
}

/// Whether two stamps of the same length have digits and signs at the same places;
/// an offset may be before or after that of UTC.
fn has_form_of(stamp: &str, other: &str) -> bool {
    let sign = |b: u8| match b {
        b'0'..=b'9' => b'0',
        b'+' => b'-',
        other => other,
    };
    stamp.bytes().map(sign).eq(other.bytes().map(sign))
}

/// Whether a piece of this text can have been a full one. The engine stored it
/// with more bytes than the container wrote when it replaced some.
pub(super) fn may_be_full(text: &[u8]) -> bool {
    text.len() >= PIECE && is_full(text.len(), count_replaced(text))
}

/// Whether a piece of that many bytes is full if some of its replacement
/// characters stand for one byte each. The container may have written the others.
fn is_full(bytes: usize, replaced: usize) -> bool {
    let more = bytes - PIECE;
    more.is_multiple_of(2) && more / 2 <= replaced
}

fn count_replaced(text: &[u8]) -> usize {
    text.windows(REPLACEMENT.len())
        .filter(|part| *part == REPLACEMENT)
        .count()
}

fn is_docker_stamp(bytes: &[u8]) -> bool {
    as_stamp(bytes).is_some_and(|stamp| {
        let fraction = stamp.get(19..STAMP - 1).unwrap_or_default();
        let digits = fraction.strip_prefix('.').unwrap_or_default();
        stamp.ends_with('Z') && digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEXT: &str = "2026-01-21T10:20:31.000000000Z rest";

    /// As the engine stores what a container wrote.
    fn stored(written: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        for chunk in written.utf8_chunks() {
            text.extend(chunk.valid().as_bytes());
            for _ in chunk.invalid() {
                text.extend(REPLACEMENT);
            }
        }
        text
    }

    #[test]
    fn next_stamp_is_found_after_text_that_was_replaced() {
        let before = "a".repeat(PIECE - 1);
        for (piece, grown) in [
            (vec![b'a'; PIECE], 0),
            // The first half of an umlaut.
            ([before.as_bytes(), b"\xc3"].concat(), 2),
            // Latin-1 all over.
            (vec![0xe9; PIECE], 2 * PIECE),
            // What the container wrote as a replacement character itself.
            (
                [&before.as_bytes()[..PIECE - 4], "\u{fffd}\u{c3}".as_bytes()].concat()[..PIECE]
                    .to_vec(),
                2,
            ),
        ] {
            let text = [&stored(&piece)[..], NEXT.as_bytes()].concat();
            assert_eq!(next_stamp(&text), Some(PIECE + grown));
        }
    }

    #[test]
    fn text_that_looks_like_a_stamp_is_kept_where_none_can_be() {
        for shift in [1, 2, 100] {
            let text = format!("{}{NEXT}", "a".repeat(PIECE + shift));
            assert_eq!(next_stamp(text.as_bytes()), None, "{shift}");
        }
        let text = format!("{}\u{fffd}{NEXT}", "a".repeat(PIECE));
        assert_eq!(next_stamp(text.as_bytes()), None, "an odd length");
        for other in [
            "2026-01-21T10:20:31Z rest of the line",
            "2026-01-21T10:20:31.123456789Zrest",
        ] {
            let text = format!("{}{other}", "a".repeat(PIECE));
            assert_eq!(next_stamp(text.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn piece_is_full_only_if_the_container_can_have_written_so_much() {
        assert!(may_be_full(&vec![b'a'; PIECE]));
        assert!(!may_be_full(&vec![b'a'; PIECE - 1]));
        assert!(may_be_full(&stored(&[0xe9; PIECE])));
        assert!(!may_be_full(&stored(&[0xe9; PIECE / 3])));
        assert!(!may_be_full(&vec![b'a'; PIECE + 2]));
    }

    #[test]
    fn times_that_a_program_writes_are_kept_if_they_cannot_be_the_next_stamp() {
        const STAMP: &str = "2026-11-30T02:20:00.000000000Z";
        let now = nanoseconds("2026-11-30T02:20:10Z").unwrap();
        for (text, at) in [
            ("ab2026-11-30T02:20:01.000000000Z cd", Some(2)),
            ("ab2026-11-30T02:20:00.000000000Z ", Some(2)),
            // Of the future, of the past, and in other forms.
            ("until 2027-03-01T00:00:00Z for nas.lan", None),
            ("until 2027-03-01T00:00:00.000000000Z for nas.lan", None),
            ("since 2026-11-30T02:19:59.999999999Z for nas.lan", None),
            ("at 2026-11-30T02:20:01Z for nas.lan", None),
            ("at 2026-11-30T02:20:01.0000+00:00 for nas.lan", None),
            ("at 2026-11-30T02:20:01.000000000Z, for nas.lan", None),
            ("at 2026-11-30T02:20:01.000000000Z", None),
        ] {
            assert_eq!(later_stamp(text.as_bytes(), STAMP, now), at, "{text}");
        }
        let offset = STAMP.replace('Z', "+01:00");
        let text = "ab2026-11-30T03:20:01.000000000+02:00 cd2026-11-30T02:20:02.000000000Z ";
        let early = nanoseconds(&offset).unwrap() + 2_000_000_000;
        assert_eq!(later_stamp(text.as_bytes(), &offset, early), Some(2));
        assert_eq!(later_stamp(&text.as_bytes()[3..], &offset, early), None);
    }

    proptest! {
        #[test]
        fn next_stamp_never_panics(text in proptest::collection::vec(any::<u8>(), 0..100), fill in 0usize..3 * PIECE) {
            let text = [vec![0xbd; fill], text].concat();
            next_stamp(&text);
            may_be_full(&text);
            split_stamp(&text);
            later_stamp(&text, NEXT.split(' ').next().unwrap_or_default(), i128::MAX);
        }
    }
}
