//! The API against the built program and a real engine, a file a resource.

mod auth;
