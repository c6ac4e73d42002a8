//! What stands beside the auth routes for others: services, resource servers, reverse proxies.

mod clients;
mod cookies;
mod forward_auth;
mod guides;
mod introspection;
mod nginx;
mod proxy;
mod revocation;
mod site;
mod well_known;
