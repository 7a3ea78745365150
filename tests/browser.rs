//! Journeys in a real Chromium, a file a journey.

mod container;
mod containers;
mod dashboard;
mod engine;
mod frame;
mod hostile;
mod login;
mod settings;
mod setup;
mod shots;
mod terminal;
