#![no_main]

#[path = "../checks/keys.rs"]
mod keys;
#[path = "../checks/token.rs"]
mod token;

libfuzzer_sys::fuzz_target!(|data: &[u8]| token::check(data));
