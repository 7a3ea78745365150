//! What the tests stand on: the built program with a data folder of its own, a
//! private engine, a client, a deadline.

pub mod app;
<<<<<<< .merge_file_Y2lbMP
pub mod browser;
=======
pub mod certificate;
>>>>>>> .merge_file_y4eomf
pub mod client;
pub mod engine;
pub mod wait;
