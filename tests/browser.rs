//! Journeys in a real Chromium, a file a journey.

mod container;
mod containers;
mod dashboard;
mod engine;
mod environments;
mod frame;
mod hostile;
mod login;
mod settings;
mod setup;
mod shots;
mod templates;
mod terminal;
