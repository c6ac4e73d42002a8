//! `tegata serve` as a client sees it: the real program on a free port.

mod demo;
mod failures;
mod hooks;
mod hostile;
mod http;
mod operations;
mod postgres;
mod server;
mod services;
mod stopping;
