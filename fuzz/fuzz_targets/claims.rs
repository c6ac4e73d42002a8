#![no_main]

#[path = "../checks/claims.rs"]
mod claims;
#[path = "../checks/keys.rs"]
mod keys;

libfuzzer_sys::fuzz_target!(|data: &[u8]| claims::check(data));
