#![no_main]

#[path = "../checks/exchange.rs"]
mod exchange;
#[path = "../checks/jwks.rs"]
mod jwks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwks::check(data));
