#![no_main]

#[path = "../checks/cookie.rs"]
mod cookie;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cookie::check(data));
