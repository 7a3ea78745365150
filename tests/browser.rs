//! Journeys in a real Chromium, a file a journey.

mod bulk;
mod changes;
mod container;
mod containers;
mod create;
mod dashboard;
mod engine;
mod environments;
mod frame;
mod hostile;
mod https_acme;
mod loading;
mod log_lines;
mod login;
mod lost_answer;
mod operations;
mod options;
mod paste;
mod settings;
mod setup;
mod shifts;
mod shots;
mod stats;
mod templates;
mod terminal;
mod thousand;
