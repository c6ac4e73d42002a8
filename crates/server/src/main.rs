//! The `tegata` server.
fn main() {}
