#![no_main]

#[path = "../checks/header.rs"]
mod header;
#[path = "../checks/keys.rs"]
mod keys;

libfuzzer_sys::fuzz_target!(|data: &[u8]| header::check(data));
