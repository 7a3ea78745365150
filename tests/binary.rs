//! The program as a process: what a person types, how it starts, stops, and
//! gets up again.

mod cli;
mod life;
mod mdns;
