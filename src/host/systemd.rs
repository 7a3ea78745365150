//! Tells systemd how we are (sd_notify(3)). Silent where nobody listens.

use sd_notify::NotifyState;
use std::time::Duration;

/// Started: the listeners accept.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
}

/// One line for `systemctl status`.
pub fn status(status: &str) {
    notify(&[NotifyState::Status(&one_line(status))]);
}

/// The ordered stop has begun.
pub fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("Stopping")]);
}

/// Still alive. Sent every [`watchdog_interval`] by a task that proves it.
pub fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// How often to call [`alive`], if the unit asks for it: half of what systemd
/// allows, as sd_watchdog_enabled(3) recommends.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
        .map(|allowed| allowed / 2)
        .filter(|interval| !interval.is_zero())
}

/// Was this process started by systemd as a service?
pub fn is_service() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some() || std::env::var_os("INVOCATION_ID").is_some()
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be notified");
    }
}

/// A line break would begin another variable of the protocol.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_status_newlines_are_replaced_with_spaces() {
        assert_eq!(one_line("12 running\nREADY=1"), "12 running READY=1");
    }

    #[test]
    fn notifications_without_systemd_are_ignored() {
        // Tests do not run under a service manager of their own.
        if !is_service() {
            ready("up");
            status("up");
            alive();
            stopping();
            assert_eq!(watchdog_interval(), None);
        }
    }
}
