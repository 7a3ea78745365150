//! Journeys in a real Chromium, a file a journey.

mod bulk;
mod changes;
mod container;
mod containers;
mod dashboard;
mod engine;
mod frame;
mod hostile;
mod login;
mod operations;
mod settings;
mod setup;
mod shots;
mod thousand;
