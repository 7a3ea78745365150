//! Gaps, sums, bounds: by a clock that the test holds.

use super::*;

const TEN: Duration = Duration::from_secs(10);
const GONE: (Row, Row) = ([None; KINDS], [None; KINDS]);

fn at(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn histories(most: usize) -> Histories {
    Histories::new(TEN, most)
}

fn all(value: f64) -> Row {
    [Some(value); KINDS]
}

/// One measurement each ten seconds.
fn measure(kept: &mut Histories, seconds: std::ops::Range<u64>, value: impl Fn(u64) -> f64) {
    for second in seconds.step_by(10) {
        let since = second.checked_sub(10).map(at);
        kept.record(("a", "name-a"), since, at(second), &all(value(second)));
    }
}

fn means(kept: &Histories, resolution: Resolution, count: usize, now: u64) -> Vec<Option<f64>> {
    let read = kept.read(("a", "a"), resolution, count, at(now));
    read.means_and_peaks
        .iter()
        .map(|(mean, _)| mean[0])
        .collect()
}

#[test]
fn history_of_one_container_takes_less_than_twelve_kilobytes() {
    assert_eq!(size_of::<ContainerHistory>(), 10_664);
    assert!(size_of::<ContainerHistory>() + size_of::<Entry>() + size_of::<String>() + 64 < 12_000);
}

#[test]
fn slots_without_a_measurement_are_gaps_and_zero_is_not() {
    let mut kept = histories(10);
    measure(&mut kept, 1010..1030, |_| 0.0);
    measure(&mut kept, 1060..1070, |_| 7.0);
    assert_eq!(
        means(&kept, Resolution::Fine, 7, 1060),
        [None, Some(0.0), Some(0.0), None, None, None, Some(7.0)]
    );
    // Each figure by itself.
    let mut row = all(5.0);
    row[2] = None;
    kept.record(("a", "name-a"), Some(at(1060)), at(1070), &row);
    let read = kept.read(("a", "a"), Resolution::Fine, 1, at(1070));
    assert_eq!(
        (read.means_and_peaks[0].0[2], read.means_and_peaks[0].0[1]),
        (None, Some(5.0))
    );
}

#[test]
fn minutes_and_five_minutes_have_the_mean_and_the_peak_of_their_slots() {
    let mut kept = histories(10);
    // The minute from 1200 to 1260 has 10, 20, 30, 40, 50, 60.
    measure(&mut kept, 1210..1261, |second| (second - 1200) as f64);
    let read = kept.read(("a", "a"), Resolution::Minutes, 2, at(1261));
    assert_eq!(read.means_and_peaks, [(all(35.0), all(60.0)), GONE]);
    let read = kept.read(("a", "a"), Resolution::FiveMinutes, 1, at(1261));
    assert_eq!(read.means_and_peaks, [(all(35.0), all(60.0))]);
    // A minute of which half was measured is that half, and the next five minutes
    // do not change these.
    measure(&mut kept, 1270..1281, |_| 90.0);
    measure(&mut kept, 1510..1521, |_| 1000.0);
    assert_eq!(
        means(&kept, Resolution::Minutes, 3, 1321),
        [Some(35.0), Some(90.0), None]
    );
    let read = kept.read(("a", "a"), Resolution::FiveMinutes, 2, at(1521));
    // (210 + 180) / 8, to the nearest.
    assert_eq!(read.means_and_peaks[0], (all(49.0), all(90.0)));
    assert_eq!(read.means_and_peaks[1].1, all(1000.0));
}

#[test]
fn five_minutes_are_whole_when_a_measurement_tells_about_all_of_them() {
    let mut kept = histories(10);
    measure(&mut kept, 1210..1261, |_| 10.0);
    // From 1260 to 1570 at once, after the next five minutes have begun.
    kept.record(("a", "name-a"), Some(at(1260)), at(1570), &all(20.0));
    let read = kept.read(("a", "a"), Resolution::FiveMinutes, 2, at(1570));
    // 6 slots of 10 and 24 of 20.
    assert_eq!(read.means_and_peaks[0], (all(18.0), all(20.0)));
    assert_eq!(read.means_and_peaks[1], (all(20.0), all(20.0)));
    // What is longer than that is known of the last slot alone.
    kept.record(("a", "name-a"), Some(at(1570)), at(1910), &all(30.0));
    assert_eq!(means(&kept, Resolution::Fine, 2, 1910), [None, Some(30.0)]);
}

#[test]
fn rings_turn_over_and_old_turns_are_not_read() {
    let mut kept = histories(10);
    let day = 24 * 3600;
    measure(&mut kept, 10_000..10_000 + 2 * day, |second| {
        f64::from(u8::from(second > 10_000 + day))
    });
    let now = 10_000 + 2 * day - 10;
    for (resolution, count) in [
        (Resolution::Fine, FINE),
        (Resolution::Minutes, MINUTES),
        (Resolution::FiveMinutes, DAY),
    ] {
        let found = means(&kept, resolution, count, now);
        assert_eq!(found.len(), count);
        assert!(
            found.iter().skip(1).all(|one| *one == Some(1.0)),
            "{found:?}"
        );
    }
    // After an hour of nothing the fine figures are gone and the day is there.
    assert_eq!(
        means(&kept, Resolution::Fine, FINE, now + 3600),
        [None; FINE]
    );
    let found = means(&kept, Resolution::FiveMinutes, DAY, now + 3600);
    assert_eq!(found.iter().flatten().count(), DAY - 12);
    // And after a week of it nothing is.
    assert_eq!(
        means(&kept, Resolution::FiveMinutes, DAY, now + 7 * day),
        [None; DAY]
    );
    measure(&mut kept, now + 7 * day..now + 7 * day + 10, |_| 3.0);
    let found = means(&kept, Resolution::FiveMinutes, DAY, now + 7 * day);
    assert_eq!(found.iter().flatten().count(), 1);
}

#[test]
fn age_of_the_first_slot_depends_on_the_clock_that_never_goes_back_alone() {
    let kept = histories(10);
    let age = |resolution, count, ms| {
        let read = kept.read(("a", "a"), resolution, count, Duration::from_millis(ms));
        (read.age.as_millis(), read.means_and_peaks.len())
    };
    // At 1003.5 s the last whole slot is 990 to 1000.
    assert_eq!(age(Resolution::Fine, 30, 1_003_500), (303_500, 30));
    assert_eq!(age(Resolution::Minutes, 60, 4_003_500), (3_583_500, 60));
    // A machine that was just started has as many, all missing.
    assert_eq!(age(Resolution::FiveMinutes, 288, 3_500), (86_103_500, 288));
}

#[test]
fn measurement_that_comes_late_or_twice_fills_each_slot_once() {
    let mut kept = histories(10);
    let times = [1000.1, 1010.2, 1024.9, 1030.1, 1039.9, 1050.3];
    for (n, pair) in times.windows(2).enumerate() {
        let [since, now] = [pair[0], pair[1]].map(Duration::from_secs_f64);
        kept.record(("a", "name-a"), Some(since), now, &all(n as f64));
    }
    assert_eq!(
        means(&kept, Resolution::Fine, 5, 1051),
        [Some(0.0), Some(1.0), Some(2.0), Some(3.0), Some(4.0)]
    );
}

#[test]
fn no_more_histories_are_kept_than_allowed_and_the_longest_unseen_goes_first() {
    let mut kept = histories(2);
    let record = |kept: &mut Histories, id: &str, second| {
        kept.record((id, id), None, at(second), &all(1.0));
    };
    record(&mut kept, "a", 1000);
    record(&mut kept, "b", 1100);
    // Both are measured still: a third finds no place.
    record(&mut kept, "c", 1101);
    assert_eq!(kept.entries.len(), 2);
    assert!(!kept.entries.contains_key("c"));
    kept.retain(&HashSet::from(["a", "c"]), at(1200));
    record(&mut kept, "c", 1400);
    assert!(kept.entries.contains_key("a") && kept.entries.contains_key("c"));
    assert_eq!(kept.entries.len(), 2);
}

#[test]
fn deleted_and_empty_containers_are_forgotten_and_stopped_ones_keep_their_day() {
    let mut kept = histories(10);
    measure(&mut kept, 1000..1010, |_| 1.0);
    kept.record(("b", "name-b"), None, at(1000), &all(1.0));
    let only_a = HashSet::from(["a"]);
    kept.retain(&only_a, at(1500));
    assert_eq!(kept.entries.len(), 2);
    kept.retain(&only_a, at(1600));
    assert_eq!(kept.entries.len(), 1);
    kept.retain(&only_a, at(1000 + 23 * 3600));
    let found = means(&kept, Resolution::FiveMinutes, DAY, 1000 + 23 * 3600);
    assert_eq!(found.iter().flatten().count(), 1);
    kept.retain(&only_a, at(1000 + 26 * 3600));
    assert_eq!(kept.entries.len(), 0);
}

#[test]
fn container_of_the_same_name_continues_the_history_and_no_other_does() {
    let mut kept = histories(4);
    let mut second = 1000;
    let mut record = |kept: &mut Histories, id, name| {
        second += 10;
        kept.record((id, name), None, at(second), &all(7.0));
        second
    };
    record(&mut kept, "old", "web");
    record(&mut kept, "old", "web");
    let measured = |kept: &Histories, id, name, now| {
        let rows = kept.read((id, name), Resolution::Fine, 10, at(now));
        let means = rows.means_and_peaks.iter();
        means.filter(|(mean, _)| mean[0].is_some()).count()
    };
    // Before it is measured for the first time, and after.
    assert_eq!(measured(&kept, "new", "web", 1030), 2);
    assert_eq!(measured(&kept, "new", "other", 1030), 0);
    let now = record(&mut kept, "new", "web");
    assert_eq!(measured(&kept, "new", "web", now), 3);
    // A rollback goes the same way back.
    let now = record(&mut kept, "old", "web");
    assert_eq!(measured(&kept, "old", "web", now), 4);
    assert_eq!(kept.entries.len(), 1);
}
