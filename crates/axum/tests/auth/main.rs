//! The auth routes and extractors, by requests to a router in this process.

mod bodies;
mod client;
mod cookies;
mod drain;
mod flow;
mod gate;
mod hang_up;
mod hostile;
mod logs;
mod options;
mod slow_body;
mod steps;
mod stores;
