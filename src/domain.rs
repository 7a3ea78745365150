//! Rules and decisions. Imports adapters and `model`, never `http` or `jobs`.

pub mod tls;
