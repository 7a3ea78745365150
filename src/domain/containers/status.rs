//! What the state of a container means, with a memory of how its last runs ended.
//!
//! The engine tells what is now: a container that crashes every ten seconds is
//! `running` most of the time. It is in a crash loop here once the engine has
//! restarted it twice after runs shorter than a minute, until it has stayed up for
//! a minute, its restarts are given up, or somebody stops it.

use crate::model::container::{Container, Health, State};
use crate::model::status::{ContainerStatus, StatusName};
use crate::model::timestamp::Timestamp;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A run at least this long is none of a crash loop.
const STAYED_UP: Duration = Duration::from_mins(1);
/// Restarts after short runs that make a crash loop.
const LOOP: u32 = 2;
/// Podman tells no state `restarting`: a container that it restarts has ended for so long.
const BETWEEN_RUNS: Duration = Duration::from_secs(5);

/// How the runs of all containers went, as far as they were seen.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    by_id: HashMap<String, Runs>,
}

#[derive(Debug, Clone)]
struct Runs {
    phase: Phase,
    /// When the engine said so last.
    seen: Instant,
    started_at: Option<Timestamp>,
    restart_count: u32,
    exit_code: Option<i64>,
    out_of_memory: bool,
    /// Restarts after short runs, without a longer run between them.
    short: u32,
    /// When the first of these runs ended, if that was seen.
    since: Option<Timestamp>,
}

/// Measured here, because the wall clock may jump.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Since when.
    Up(Instant),
    /// The engine waits before it starts the container again.
    Waiting,
    /// When that was seen.
    Ended(Instant),
}

impl Statuses {
    /// Takes in what the engine says now, in the order in which it says it.
    pub fn observe(&mut self, container: &Container, now: Instant) {
        let runs = Runs::after(self.by_id.get(&container.id), container, now);
        self.by_id.insert(container.id.clone(), runs);
    }

    pub fn forget(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    pub fn retain(&mut self, exists: impl Fn(&str) -> bool) {
        self.by_id.retain(|id, _| exists(id));
    }

    pub fn of(&self, container: &Container, now: Instant) -> ContainerStatus {
        Runs::after(self.by_id.get(&container.id), container, now).status(container, now)
    }

    /// When a crash loop is over next if nothing happens until then, and whose.
    pub fn next_change(&self) -> Option<(Instant, String)> {
        let loops = self.by_id.iter().filter(|(_, runs)| runs.short >= LOOP);
        let due = loops.filter_map(|(id, runs)| Some((runs.over_at()?, id.clone())));
        due.min()
    }

    /// Its crash loop is over.
    pub fn end_loop(&mut self, id: &str) {
        if let Some(runs) = self.by_id.get_mut(id) {
            runs.short = 0;
        }
    }
}

impl Runs {
    fn after(before: Option<&Self>, container: &Container, now: Instant) -> Self {
        // A start by hand counts restarts from zero. What was known from a list only has
        // neither starts nor restarts.
        let before = before.filter(|before| {
            container.restart_count >= before.restart_count
                && (before.started_at.is_some() || container.started_at.is_none())
        });
        let Some(before) = before else {
            return Self::first(container, now);
        };
        let is_same_run = container.started_at == before.started_at;
        let phase = match (Phase::of(container, now), before.phase) {
            (Phase::Up(_), Phase::Up(since)) if is_same_run => Phase::Up(since),
            (Phase::Ended(_), Phase::Ended(at)) if is_same_run => Phase::Ended(at),
            (phase, _) => phase,
        };
        let mut runs = Self {
            phase,
            seen: now,
            started_at: container.started_at,
            restart_count: container.restart_count,
            ..before.clone()
        };
        if container.exit_code.is_some() {
            runs.exit_code = container.exit_code;
            runs.out_of_memory = container.oom_killed;
        }
        match container.restart_count - before.restart_count {
            0 => {}
            // Nobody saw them: the time may have been long.
            2.. if now.duration_since(before.seen) >= STAYED_UP => {
                return Self::first(container, now);
            }
            1 if before.last_run(container) >= STAYED_UP => runs.short = 0,
            restarts => {
                if runs.short == 0 {
                    runs.since = container.finished_at;
                }
                runs.short = runs.short.saturating_add(restarts);
            }
        }
        if matches!(phase, Phase::Ended(_)) && !may_restart(container) {
            runs.short = 0;
        }
        runs
    }

    /// What was before is not known. Several restarts, the last of them a moment ago,
    /// are a crash loop.
    fn first(container: &Container, now: Instant) -> Self {
        let phase = match Phase::of(container, now) {
            Phase::Up(_) => {
                let age = container.started_at.map_or(STAYED_UP, Timestamp::age);
                Phase::Up(now.checked_sub(age.min(STAYED_UP)).unwrap_or(now))
            }
            phase => phase,
        };
        let is_short = match phase {
            Phase::Up(since) => now.duration_since(since) < STAYED_UP,
            Phase::Waiting => run_length(container).is_none_or(|length| length < STAYED_UP),
            Phase::Ended(_) => false,
        };
        Self {
            phase,
            seen: now,
            started_at: container.started_at,
            restart_count: container.restart_count,
            exit_code: container.exit_code,
            out_of_memory: container.oom_killed,
            short: if is_short { container.restart_count } else { 0 },
            since: None,
        }
    }

    /// How long the run lasted after which `container` was restarted: it may be up again.
    fn last_run(&self, container: &Container) -> Duration {
        run_length(container)
            .or_else(|| between(self.started_at?, container.finished_at?))
            .unwrap_or(Duration::ZERO)
    }

    /// When a crash loop is over unless something happens before.
    fn over_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Up(since) => Some(since + STAYED_UP),
            Phase::Waiting => None,
            Phase::Ended(at) => Some(at + BETWEEN_RUNS),
        }
    }

    fn status(&self, container: &Container, now: Instant) -> ContainerStatus {
        let ended = container
            .finished_at
            .filter(|_| container.exit_code.is_some());
        let is_loop = self.short >= LOOP
            && self.over_at().is_none_or(|at| now < at)
            && matches!(
                container.state,
                State::Running | State::Restarting | State::Exited
            );
        if is_loop {
            let name = StatusName::CrashLoop;
            return ContainerStatus {
                name,
                group: name.group(),
                since: self.since,
                exit_code: self.exit_code,
                restarts: self.short,
                out_of_memory: self.out_of_memory,
            };
        }
        let name = plain(container);
        ContainerStatus {
            name,
            group: name.group(),
            since: match name {
                StatusName::Running | StatusName::Starting | StatusName::Healthy => {
                    container.started_at
                }
                StatusName::Stopped | StatusName::Failed | StatusName::Restarting => ended,
                StatusName::NeverStarted => container.created_at,
                _ => None,
            },
            exit_code: container.exit_code,
            restarts: match name {
                StatusName::Restarting => container.restart_count,
                _ => 0,
            },
            out_of_memory: container.exit_code.is_some() && container.oom_killed,
        }
    }
}

impl Phase {
    fn of(container: &Container, now: Instant) -> Self {
        match container.state {
            State::Running | State::Paused | State::Unknown => Self::Up(now),
            State::Restarting => Self::Waiting,
            State::Created | State::Removing | State::Exited | State::Dead => Self::Ended(now),
        }
    }
}

/// What the engine says now, without a memory.
fn plain(c: &Container) -> StatusName {
    match c.state {
        State::Running => match c.health {
            Health::None => StatusName::Running,
            Health::Starting => StatusName::Starting,
            Health::Healthy => StatusName::Healthy,
            Health::Unhealthy => StatusName::Unhealthy,
        },
        State::Paused => StatusName::Paused,
        State::Restarting => StatusName::Restarting,
        State::Removing => StatusName::Removing,
        State::Created if c.error.is_some() => StatusName::Failed,
        State::Created => StatusName::NeverStarted,
        State::Exited if failed(c) => StatusName::Failed,
        State::Exited => StatusName::Stopped,
        State::Dead => StatusName::Dead,
        State::Unknown => StatusName::Unknown,
    }
}

/// Whether a container that has ended did so with an error and of itself.
fn failed(c: &Container) -> bool {
    if c.error.is_some() || c.oom_killed {
        return true;
    }
    // 128 + SIGKILL, SIGTERM: what one ends with that is stopped; one whose restarts
    // are used up was not.
    let gave_up = c.restart_policy == "on-failure" && c.restart_count > 0;
    let ended_well = match c.exit_code {
        None | Some(0) => true,
        Some(137 | 143) => !gave_up,
        Some(_) => false,
    };
    // The engine restarts these whatever they end with, unless somebody stopped them.
    let always = matches!(c.restart_policy.as_str(), "always" | "unless-stopped");
    !(ended_well || always || c.stop_requested)
}

/// Whether the engine starts it again when it ends.
fn may_restart(c: &Container) -> bool {
    let policy = !matches!(c.restart_policy.as_str(), "" | "no");
    (c.state == State::Restarting || policy) && !c.stop_requested
}

/// Of the last run, when it has ended.
fn run_length(c: &Container) -> Option<Duration> {
    between(c.started_at?, c.finished_at?)
}

fn between(from: Timestamp, to: Timestamp) -> Option<Duration> {
    let milliseconds = u64::try_from(to.0 - from.0).ok()?;
    Some(Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container of which the engine tells one thing after the other.
    struct Watched {
        statuses: Statuses,
        container: Container,
        now: Instant,
        clock: i64,
    }

    impl Watched {
        fn new(policy: &str) -> Self {
            let mut container = Container::running("web");
            container.restart_policy = policy.to_owned();
            let clock = Timestamp::now().0;
            container.started_at = Some(Timestamp(clock));
            let mut watched = Self {
                statuses: Statuses::default(),
                container,
                now: Instant::now(),
                clock,
            };
            watched.tell();
            watched
        }

        fn tell(&mut self) {
            self.statuses.observe(&self.container, self.now);
        }

        fn name(&self) -> StatusName {
            self.statuses.of(&self.container, self.now).name
        }

        fn wait(&mut self, seconds: u64) {
            self.now += Duration::from_secs(seconds);
            self.clock += i64::try_from(seconds).unwrap() * 1000;
        }

        fn end(&mut self, state: State, code: i64) {
            self.container.state = state;
            self.container.exit_code = Some(code);
            self.container.finished_at = Some(Timestamp(self.clock));
            self.container.restart_count += u32::from(state == State::Restarting);
            self.tell();
        }

        fn start(&mut self) {
            self.container.state = State::Running;
            self.container.exit_code = None;
            self.container.started_at = Some(Timestamp(self.clock));
            self.tell();
        }

        /// `times` short runs, told as Docker does.
        fn crash(&mut self, times: usize) {
            for _ in 0..times {
                self.wait(3);
                self.end(State::Restarting, 7);
                self.wait(1);
                self.start();
            }
        }
    }

    #[test]
    fn container_restarted_once_is_running_again_and_twice_is_in_a_crash_loop() {
        let mut web = Watched::new("always");
        assert_eq!(web.name(), StatusName::Running);
        web.wait(3);
        web.end(State::Restarting, 7);
        let first_end = web.container.finished_at;
        assert_eq!(web.name(), StatusName::Restarting);
        web.wait(1);
        web.start();
        assert_eq!(web.name(), StatusName::Running);
        web.crash(3);
        let status = web.statuses.of(&web.container, web.now);
        assert_eq!(status.name, StatusName::CrashLoop);
        assert_eq!((status.restarts, status.exit_code), (4, Some(7)));
        assert_eq!(status.since, first_end);
    }

    #[test]
    fn crash_loop_is_over_when_the_container_has_stayed_up_for_a_minute() {
        let mut web = Watched::new("unless-stopped");
        web.crash(2);
        web.container.health = Health::Healthy;
        web.tell();
        web.wait(59);
        assert_eq!(web.name(), StatusName::CrashLoop, "however healthy it is");
        let (at, id) = web.statuses.next_change().unwrap();
        assert_eq!(id, web.container.id);
        assert_eq!(at, web.now + Duration::from_secs(1));
        web.wait(1);
        assert_eq!(web.name(), StatusName::Healthy);
        web.statuses.end_loop(&id);
        assert_eq!(web.statuses.next_change(), None);
        // The next one begins from none.
        web.end(State::Restarting, 1);
        assert_eq!(web.name(), StatusName::Restarting);
    }

    #[test]
    fn crash_loop_is_not_made_of_restarts_after_long_runs() {
        let mut web = Watched::new("always");
        for _ in 0..5 {
            web.wait(3600);
            web.end(State::Restarting, 1);
            assert_eq!(web.name(), StatusName::Restarting);
            web.wait(1);
            web.start();
            assert_eq!(web.name(), StatusName::Running);
        }
    }

    #[test]
    fn clock_that_jumps_neither_ends_a_crash_loop_nor_prolongs_it() {
        let mut web = Watched::new("always");
        web.crash(2);
        web.clock += 86_400_000;
        web.wait(10);
        web.tell();
        assert_eq!(web.name(), StatusName::CrashLoop);
        web.clock -= 2 * 86_400_000;
        web.wait(60);
        web.tell();
        assert_eq!(web.name(), StatusName::Running);
    }

    #[test]
    fn crash_loop_that_is_stopped_or_given_up_is_stopped_or_failed() {
        let mut web = Watched::new("always");
        web.crash(3);
        web.container.stop_requested = true;
        web.end(State::Exited, 7);
        assert_eq!(web.name(), StatusName::Stopped);
        let mut job = Watched::new("on-failure");
        job.crash(3);
        job.end(State::Exited, 7);
        job.wait(6);
        assert_eq!(job.name(), StatusName::Failed);
        assert_eq!(job.statuses.of(&job.container, job.now).exit_code, Some(7));
    }

    #[test]
    fn crash_loop_of_podman_that_knows_no_state_restarting_is_one() {
        let mut web = Watched::new("always");
        for _ in 0..3 {
            web.wait(2);
            web.end(State::Exited, 1);
            web.container.restart_count += 1;
            web.wait(1);
            web.start();
        }
        assert_eq!(web.name(), StatusName::CrashLoop);
        web.wait(2);
        web.end(State::Exited, 1);
        assert_eq!(web.name(), StatusName::CrashLoop, "between two runs");
        web.wait(5);
        assert_eq!(web.name(), StatusName::Stopped);
    }

    #[test]
    fn crash_loop_that_began_before_the_program_did_is_seen_at_once() {
        let mut container = Container::running("web");
        container.restart_policy = "always".to_owned();
        container.restart_count = 12;
        container.started_at = Some(Timestamp::now());
        let mut statuses = Statuses::default();
        let now = Instant::now();
        statuses.observe(&container, now);
        let status = statuses.of(&container, now);
        assert_eq!((status.name, status.restarts), (StatusName::CrashLoop, 12));
        assert_eq!(status.since, None);
        container.started_at = Some(Timestamp(Timestamp::now().0 - 600_000));
        let mut statuses = Statuses::default();
        statuses.observe(&container, now);
        assert_eq!(statuses.of(&container, now).name, StatusName::Running);
    }

    #[test]
    fn end_with_an_error_is_a_failure_unless_somebody_asked_for_it() {
        let ended = |code, policy: &str, requested| {
            let mut web = Watched::new(policy);
            web.container.stop_requested = requested;
            web.end(State::Exited, code);
            web.name()
        };
        assert_eq!(ended(0, "no", false), StatusName::Stopped);
        assert_eq!(ended(143, "no", false), StatusName::Stopped);
        assert_eq!(ended(1, "no", false), StatusName::Failed);
        assert_eq!(ended(1, "no", true), StatusName::Stopped);
        assert_eq!(ended(1, "on-failure", false), StatusName::Failed);
        // The engine would have restarted it.
        assert_eq!(ended(1, "unless-stopped", true), StatusName::Stopped);
        let mut never = Container::running("web");
        never.state = State::Created;
        let of = |c: &Container| Statuses::default().of(c, Instant::now()).name;
        assert_eq!(of(&never), StatusName::NeverStarted);
        never.error = Some("port is already allocated".to_owned());
        assert_eq!(of(&never), StatusName::Failed);
    }

    #[test]
    fn restarts_that_nobody_saw_are_judged_by_how_long_the_container_is_up() {
        // Known from the engine's list at first, and then inspected.
        let mut listed = Container::running("web");
        let mut statuses = Statuses::default();
        let now = Instant::now();
        statuses.observe(&listed, now);
        listed.restart_policy = "always".to_owned();
        listed.restart_count = 12;
        listed.started_at = Some(Timestamp(Timestamp::now().0 - 86_400_000));
        listed.finished_at = Some(Timestamp(Timestamp::now().0 - 86_401_000));
        statuses.observe(&listed, now);
        assert_eq!(statuses.of(&listed, now).name, StatusName::Running);
        // Two restarts in hours without a connection.
        let mut web = Watched::new("always");
        web.wait(7200);
        web.container.restart_count = 2;
        web.container.started_at = Some(Timestamp(Timestamp::now().0 - 3_000_000));
        web.tell();
        assert_eq!(web.name(), StatusName::Running);
    }

    #[test]
    fn list_that_is_newer_than_what_was_observed_is_judged_by_both() {
        let mut web = Watched::new("always");
        web.crash(1);
        let mut newer = web.container.clone();
        newer.state = State::Restarting;
        newer.exit_code = Some(7);
        newer.restart_count += 1;
        newer.finished_at = Some(Timestamp(web.clock + 1000));
        let status = web.statuses.of(&newer, web.now);
        assert_eq!((status.name, status.restarts), (StatusName::CrashLoop, 2));
    }
}
