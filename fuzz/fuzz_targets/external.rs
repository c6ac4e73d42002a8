#![no_main]

#[path = "../checks/external.rs"]
mod external;
#[path = "../checks/keys.rs"]
mod keys;

libfuzzer_sys::fuzz_target!(|data: &[u8]| external::check(data));
