//! Numbers, gaps and bounds of the feed.

use super::*;

#[test]
fn published_events_keep_their_names_and_json_fields() {
    let feed = Feed::new(16);
    let start = feed.position();
    let (id, name) = ("a".to_owned(), "web".to_owned());
    feed.publish(Event::ContainerRemoved { id, name });
    feed.publish(Event::VolumeRemoved { name: "v".into() });
    feed.publish(Event::Environments(Arc::from([])));
    feed.publish(Event::Inventory);
    let told = feed.subscribe(Some(&start)).missed();
    let seen: Vec<_> = told.iter().map(|told| (told.name, &*told.json)).collect();
    assert_eq!(
        seen,
        [
            ("container_removed", r#"{"id":"a","name":"web"}"#),
            ("volume_removed", r#"{"name":"v"}"#),
            ("environments", r#"{"items":[]}"#),
            ("inventory", "{}"),
        ]
    );
}

#[test]
fn subscriber_resumes_after_its_last_event_or_is_told_of_a_gap() {
    let feed = Feed::new(16);
    let start = feed.position();
    assert!(!feed.subscribe(Some(&start)).gap);
    for _ in 0..5 {
        feed.publish(Event::Inventory);
    }
    assert_eq!(feed.subscribe(Some(&start)).missed().len(), 5);
    assert!(feed.subscribe(Some(&feed.position())).missed().is_empty());
    let id = feed.id(2);
    let resumed = feed.subscribe(Some(&id));
    assert!(!resumed.gap);
    let missed: Vec<u64> = resumed.missed().iter().map(|event| event.seq).collect();
    assert_eq!(missed, [3, 4, 5]);
    for _ in 0..40 {
        feed.publish(Event::Inventory);
    }
    assert!(feed.subscribe(Some(&id)).gap);
    assert!(feed.subscribe(Some("another-2")).gap);
    assert!(feed.subscribe(Some("rubbish")).gap);
    assert!(feed.subscribe(Some(&feed.id(999))).gap);
    assert!(!feed.subscribe(None).gap);
}

fn removed(bytes: usize) -> Event {
    Event::VolumeRemoved {
        name: "v".repeat(bytes),
    }
}

#[test]
fn ring_keeps_a_bounded_number_of_bytes_whatever_the_size_of_an_event() {
    let feed = Feed::new(16);
    let most = 16 * BYTES_EACH;
    for _ in 0..64 {
        feed.publish(removed(most / 3));
        let ring = feed.inner.ring();
        let kept: usize = ring.events.iter().map(|event| event.json.len()).sum();
        assert_eq!(kept, ring.bytes);
        assert!(kept <= most && ring.events.len() <= 2);
    }
    let before = feed.position();
    feed.publish(removed(2 * most));
    // Larger than the whole ring: not kept, so whoever was there before has a gap.
    assert!(feed.inner.ring().events.is_empty());
    assert!(feed.subscribe(Some(&before)).gap);
    let after = feed.position();
    assert!(!feed.subscribe(Some(&after)).gap);
    feed.publish(Event::Inventory);
    assert_eq!(feed.subscribe(Some(&after)).missed().len(), 1);
}

#[tokio::test]
async fn slow_follower_is_told_of_a_gap_once_and_continues_from_now() {
    let feed = Feed::new(16);
    let mut live = feed.subscribe(None).live;
    feed.publish(Event::Inventory);
    assert_eq!(live.next().await.map(|event| event.seq), Ok(1));
    for _ in 0..17 {
        feed.publish(Event::Inventory);
    }
    assert_eq!(live.next().await.map(|event| event.seq), Err(Gap));
    feed.publish(removed(17 * BYTES_EACH));
    assert_eq!(live.next().await.map(|event| event.seq), Err(Gap));
    let later = feed.clone();
    let publish = tokio::spawn(async move { later.publish(Event::Inventory) });
    assert_eq!(live.next().await.map(|event| event.seq), Ok(20));
    publish.await.unwrap();
}

#[tokio::test]
async fn alarm_remembers_an_event_of_its_kind_and_no_other() {
    let feed = Feed::new(16);
    let alarm = feed.alarm(|event| matches!(event, Event::Inventory));
    feed.publish(removed(1));
    let quiet = tokio::time::timeout(std::time::Duration::ZERO, alarm.notified());
    assert!(quiet.await.is_err());
    feed.publish(Event::Inventory);
    alarm.notified().await;
}
