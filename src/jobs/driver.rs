//! Runs background jobs: each in a task of its own, so that a job never runs
//! twice at a time. A run follows the schedule, with some time added at random
//! so that jobs (and hosts) do not all act at the same moment; a failed run is
//! repeated soon, with longer and longer pauses.

use crate::domain::background_jobs::{BackgroundJobs, JobInfo, JobRecorder, Schedule};
use crate::error::Result;
use crate::lifecycle::Lifecycle;
use crate::model::backoff::{Backoff, chance};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub trait Job: Send + 'static {
    fn info(&self) -> JobInfo;

    /// One run. It is not cancelled when the process stops.
    fn run(&mut self) -> BoxFuture<'_, Result<Ran>>;

    /// Returns when something that the job depends on has changed. May be
    /// dropped and called again at any time.
    fn changed(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// How a run went.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// What it did, in a sentence.
    pub result: String,
    pub next: Next,
}

impl Ran {
    pub fn new(result: impl Into<String>, next: Next) -> Self {
        Self {
            result: result.into(),
            next,
        }
    }
}

/// When a job that succeeded is run next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// As its schedule says.
    Scheduled,
    /// After this time, which the run has found out.
    After(Duration),
    /// Soon, as after a failure: something was not ready yet.
    Retry,
}

/// The pauses after failures.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(10),
};

/// Runs a job until the process stops.
pub fn start(life: &Lifecycle, jobs: &Arc<BackgroundJobs>, job: impl Job) {
    let recorder = jobs.register(job.info());
    let stop = life.stop.clone();
    life.tracker.spawn(drive(job, recorder, BACKOFF, stop));
}

async fn drive(
    mut job: impl Job,
    recorder: JobRecorder,
    backoff: Backoff,
    stop: CancellationToken,
) {
    let schedule = job.info().schedule;
    // Without success, since the last success or request.
    let mut attempts = 0;
    let mut told: Option<String> = None;
    while !stop.is_cancelled() {
        let start = recorder.begin();
        let outcome = job.run().await;
        let scheduled = || match schedule {
            Schedule::Every(interval) => Some(with_jitter(interval)),
            Schedule::WhenNeeded => None,
        };
        let (outcome, wait) = match outcome {
            Ok(ran) => {
                if told.take().is_some() {
                    tracing::info!(job = recorder.id(), "the job succeeded again");
                }
                attempts = if ran.next == Next::Retry {
                    attempts + 1
                } else {
                    0
                };
                let wait = match ran.next {
                    Next::Scheduled => scheduled(),
                    Next::After(wait) => Some(wait),
                    Next::Retry => Some(with_jitter(backoff.after(attempts))),
                };
                (Ok(ran.result), wait)
            }
            Err(error) => {
                attempts += 1;
                let error = error.to_string();
                // Once for each reason: the log is on a card that wears out.
                if told.as_ref() != Some(&error) {
                    tracing::warn!(job = recorder.id(), error, "the job failed, it is retried");
                    told = Some(error.clone());
                }
                (Err(error), Some(with_jitter(backoff.after(attempts))))
            }
        };
        recorder.end(start, outcome, wait);
        let due = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = due => {}
            () = recorder.requested() => attempts = 0,
            () = job.changed() => attempts = 0,
        }
    }
}

/// Up to a tenth longer.
fn with_jitter(wait: Duration) -> Duration {
    wait + wait.mul_f64(chance() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::feed::Feed;
    use crate::error::Error;
    use crate::model::job::JobStatus;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;
    use tokio::time::{Instant, timeout};

    const SHORT: Backoff = Backoff {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(60),
    };

    /// Does what the test says in each run.
    struct Scripted<F> {
        schedule: Schedule,
        changed: Arc<Notify>,
        runs: Arc<AtomicU32>,
        run: F,
    }

    impl<F: FnMut(u32) -> Result<Ran> + Send + 'static> Job for Scripted<F> {
        fn info(&self) -> JobInfo {
            JobInfo {
                id: "test",
                title: "Test",
                description: "Does what the test says.",
                schedule: self.schedule,
            }
        }

        fn run(&mut self) -> BoxFuture<'_, Result<Ran>> {
            Box::pin(async {
                // Long enough for a request to arrive meanwhile.
                tokio::time::sleep(Duration::from_millis(5)).await;
                let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
                (self.run)(run)
            })
        }

        fn changed(&mut self) -> BoxFuture<'_, ()> {
            Box::pin(self.changed.notified())
        }
    }

    struct Bench {
        jobs: Arc<BackgroundJobs>,
        runs: Arc<AtomicU32>,
        changed: Arc<Notify>,
        stop: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    impl Bench {
        fn start(schedule: Schedule, run: impl FnMut(u32) -> Result<Ran> + Send + 'static) -> Self {
            let jobs = BackgroundJobs::new(Feed::new(16));
            let (runs, changed) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
            let job = Scripted {
                schedule,
                changed: Arc::clone(&changed),
                runs: Arc::clone(&runs),
                run,
            };
            let recorder = jobs.register(job.info());
            let stop = CancellationToken::new();
            let task = tokio::spawn(drive(job, recorder, SHORT, stop.clone()));
            Self {
                jobs,
                runs,
                changed,
                stop,
                task,
            }
        }

        fn status(&self) -> JobStatus {
            self.jobs.list().remove(0)
        }

        /// Waits for so many ended runs.
        async fn ended(&self, runs: u32) {
            let ended = async {
                while self.runs.load(Ordering::SeqCst) < runs || self.status().running {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            timeout(Duration::from_secs(20), ended).await.unwrap();
        }
    }

    #[tokio::test]
    async fn job_runs_at_start_and_then_on_schedule() {
        let began = Instant::now();
        let interval = Duration::from_millis(50);
        let bench = Bench::start(Schedule::Every(interval), |_| {
            Ok(Ran::new("done", Next::Scheduled))
        });
        bench.ended(3).await;
        assert!(began.elapsed() >= interval * 2);
        assert_eq!(bench.status().last_run.unwrap().result, "done");
        bench.stop.cancel();
        timeout(Duration::from_secs(5), bench.task)
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn job_that_is_run_when_needed_waits_for_changes_and_requests() {
        let bench = Bench::start(Schedule::WhenNeeded, |_| {
            Ok(Ran::new("done", Next::Scheduled))
        });
        bench.ended(1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(bench.runs.load(Ordering::SeqCst), 1);
        assert_eq!(bench.status().next_run_at, None);
        bench.changed.notify_one();
        bench.ended(2).await;
        bench.jobs.run_now("test").unwrap();
        bench.ended(3).await;
    }

    #[tokio::test]
    async fn failed_job_is_retried_with_increasing_delays_until_it_succeeds() {
        let began = Instant::now();
        let bench = Bench::start(Schedule::WhenNeeded, |run| {
            if run < 4 {
                Err(Error::internal("the disk is full"))
            } else {
                Ok(Ran::new("done", Next::Scheduled))
            }
        });
        bench.ended(1).await;
        let failed = bench.status();
        assert_eq!(failed.failures, 1);
        assert_eq!(failed.last_run.unwrap().error.unwrap(), "the disk is full");
        bench.ended(4).await;
        // 20, 40 and 60 ms, which is the longest.
        assert!(began.elapsed() >= Duration::from_millis(120));
        assert_eq!(bench.status().failures, 0);
    }

    #[tokio::test]
    async fn requests_during_a_run_lead_to_one_more_run() {
        let bench = Bench::start(Schedule::WhenNeeded, |_| {
            Ok(Ran::new("done", Next::Scheduled))
        });
        while !bench.status().running {
            tokio::task::yield_now().await;
        }
        for _ in 0..5 {
            bench.jobs.run_now("test").unwrap();
        }
        bench.ended(2).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(bench.runs.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn backoff_delay_doubles_up_to_the_maximum_and_jitter_adds_at_most_a_tenth() {
        let seconds = |attempts| BACKOFF.after(attempts).as_secs();
        assert_eq!((seconds(1), seconds(2), seconds(3)), (5, 10, 20));
        assert_eq!((seconds(8), seconds(60)), (600, 600));
        let hour = Duration::from_hours(1);
        for _ in 0..100 {
            let wait = with_jitter(hour);
            assert!(wait >= hour && wait <= hour + hour / 10, "{wait:?}");
        }
    }
}
