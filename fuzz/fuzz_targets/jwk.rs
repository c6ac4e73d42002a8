#![no_main]

#[path = "../checks/exchange.rs"]
mod exchange;
#[path = "../checks/jwk.rs"]
mod jwk;

libfuzzer_sys::fuzz_target!(|data: &[u8]| jwk::check(data));
