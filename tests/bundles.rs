//! What web/build.rs makes of the scripts and style sheets.

#[path = "../web/build/chunks.rs"]
mod chunks;
#[path = "../web/build/modules.rs"]
mod modules;
#[path = "../web/build/scan.rs"]
mod scan;
#[path = "../web/build/styles.rs"]
mod styles;
