//! The binary: arguments in, an exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    dockermate::cli::main()
}
