//! The background jobs: what is known of each, and the request to run one now.
//! `jobs` runs them and reports here; pages and the API read here.

use crate::domain::feed::{Event, Feed};
use crate::error::{Error, Result};
use crate::model::job::{JobRun, JobStatus};
use crate::model::plan::Plan;
use crate::model::profile::spell;
use crate::model::timestamp::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// When a job runs, apart from requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// At the start, and then with this much time from one run to the next.
    Every(Duration),
    /// At the start, and whenever something that it depends on has changed.
    WhenNeeded,
}

/// A job as people read of it.
#[derive(Debug, Clone, Copy)]
pub struct JobInfo {
    pub id: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub schedule: Schedule,
}

#[derive(Debug)]
pub struct BackgroundJobs {
    feed: Feed,
    jobs: Mutex<Vec<Registered>>,
}

#[derive(Debug)]
struct Registered {
    status: JobStatus,
    requested: Arc<Notify>,
}

impl BackgroundJobs {
    pub fn new(feed: Feed) -> Arc<Self> {
        Arc::new(Self {
            feed,
            jobs: Mutex::default(),
        })
    }

    /// Adds a job to the list. Its driver reports through what is returned.
    pub fn register(self: &Arc<Self>, info: JobInfo) -> JobRecorder {
        let requested = Arc::new(Notify::new());
        self.jobs().push(Registered {
            status: JobStatus {
                id: info.id,
                title: info.title,
                description: info.description,
                schedule: match info.schedule {
                    Schedule::Every(DAY) => "Every day".to_owned(),
                    Schedule::Every(HOUR) => "Every hour".to_owned(),
                    Schedule::Every(interval) => format!("Every {}", spell(interval)),
                    Schedule::WhenNeeded => "When needed".to_owned(),
                },
                running: false,
                last_run: None,
                next_run_at: None,
                failures: 0,
            },
            requested: Arc::clone(&requested),
        });
        JobRecorder {
            jobs: Arc::clone(self),
            id: info.id,
            requested,
        }
    }

    /// In the order in which they were registered.
    pub fn list(&self) -> Vec<JobStatus> {
        self.jobs().iter().map(|job| job.status.clone()).collect()
    }

    /// Asks for a run now. A job that runs is run once more afterwards.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn run_now(&self, id: &str) -> Result<JobStatus> {
        self.with(id, |job| {
            job.requested.notify_one();
            job.status.clone()
        })
    }

    /// What [`Self::run_now`] would do.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn plan_run(&self, id: &str) -> Result<Plan> {
        let status = self.with(id, |job| job.status.clone())?;
        let step = if status.running {
            format!(
                "Run it once more when the current run has ended: {}",
                status.description
            )
        } else {
            format!("Run it now instead of waiting: {}", status.description)
        };
        Ok(Plan {
            title: format!("Run the job \"{}\"", status.title),
            steps: vec![step],
            keeps: vec!["The schedule of the job.".to_owned()],
            ..Plan::default()
        })
    }

    fn with<T>(&self, id: &str, use_job: impl FnOnce(&Registered) -> T) -> Result<T> {
        let jobs = self.jobs();
        let job = jobs.iter().find(|job| job.status.id == id);
        job.map(use_job).ok_or_else(|| {
            let known: Vec<&str> = jobs.iter().map(|job| job.status.id).collect();
            Error::not_found(format!(
                "There is no background job \"{id}\". The jobs are: {}.",
                known.join(", ")
            ))
            .code("job_not_found")
        })
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut JobStatus)) {
        let mut jobs = self.jobs();
        if let Some(job) = jobs.iter_mut().find(|job| job.status.id == id) {
            change(&mut job.status);
            // Under the lock, so that the order of events is the order of changes.
            self.feed.publish(Event::Job(Arc::new(job.status.clone())));
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Vec<Registered>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the driver of a job reports, and how it hears of requests.
#[derive(Debug)]
pub struct JobRecorder {
    jobs: Arc<BackgroundJobs>,
    id: &'static str,
    requested: Arc<Notify>,
}

/// A run that has begun.
#[derive(Debug, Clone, Copy)]
pub struct JobStart {
    at: Timestamp,
    clock: Instant,
}

impl JobRecorder {
    pub fn id(&self) -> &'static str {
        self.id
    }

    pub fn begin(&self) -> JobStart {
        self.jobs.change(self.id, |status| {
            status.running = true;
            status.next_run_at = None;
        });
        JobStart {
            at: Timestamp::now(),
            clock: Instant::now(),
        }
    }

    /// Reports how a run ended, and when the next one is due if that is known.
    pub fn end(&self, start: JobStart, outcome: Result<String, String>, next: Option<Duration>) {
        let (result, error) = match outcome {
            Ok(result) => (result, None),
            Err(error) => (String::new(), Some(error)),
        };
        self.jobs.change(self.id, |status| {
            status.running = false;
            status.failures = if error.is_some() {
                status.failures.saturating_add(1)
            } else {
                0
            };
            status.last_run = Some(JobRun {
                started_at: start.at,
                duration_ms: u64::try_from(start.clock.elapsed().as_millis()).unwrap_or(u64::MAX),
                result,
                error,
            });
            status.next_run_at = next.map(|wait| Timestamp::now().plus(wait));
        });
    }

    /// Returns when somebody asked for a run since the last call.
    pub async fn requested(&self) {
        self.requested.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep() -> JobInfo {
        JobInfo {
            id: "sweep",
            title: "Sweep",
            description: "Removes old records.",
            schedule: Schedule::Every(HOUR),
        }
    }

    #[test]
    fn job_status_follows_its_runs_and_each_change_is_an_event() {
        let feed = Feed::new(16);
        let start = feed.position();
        let jobs = BackgroundJobs::new(feed.clone());
        let recorder = jobs.register(sweep());
        let before = jobs.list().remove(0);
        assert_eq!(before.schedule, "Every hour");
        assert_eq!((before.running, &before.last_run), (false, &None));

        let run = recorder.begin();
        assert!(jobs.list()[0].running);
        recorder.end(run, Err("full".to_owned()), Some(Duration::from_secs(5)));
        let run = recorder.begin();
        recorder.end(run, Err("full".to_owned()), Some(Duration::from_secs(10)));
        let failed = jobs.list().remove(0);
        assert_eq!(failed.failures, 2);
        assert_eq!(failed.last_run.unwrap().error.as_deref(), Some("full"));
        assert!(failed.next_run_at.unwrap() > Timestamp::now());

        let run = recorder.begin();
        recorder.end(run, Ok("Nothing to remove.".to_owned()), None);
        let ended = jobs.list().remove(0);
        assert_eq!((ended.failures, ended.next_run_at), (0, None));
        let last = ended.last_run.unwrap();
        assert_eq!(
            (last.result.as_str(), last.error),
            ("Nothing to remove.", None)
        );
        assert_eq!(feed.subscribe(Some(&start)).missed().len(), 6);
    }

    #[test]
    fn unknown_job_is_an_error_that_names_the_known_ones() {
        let jobs = BackgroundJobs::new(Feed::new(16));
        let _recorder = jobs.register(sweep());
        let error = jobs.run_now("swep").unwrap_err();
        assert!(
            error.to_string().contains("The jobs are: sweep."),
            "{error}"
        );
        assert!(jobs.plan_run("swep").is_err());
        assert!(jobs.run_now("sweep").is_ok());
    }
}
