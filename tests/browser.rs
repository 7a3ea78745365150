//! Journeys in a real Chromium, a file a journey.

mod container;
mod containers;
mod create;
mod dashboard;
mod engine;
mod environments;
mod frame;
mod hostile;
mod https_acme;
mod login;
mod settings;
mod setup;
mod shots;
mod templates;
mod terminal;
