//! The program as a process: arguments, signals, crashes, what it writes.
