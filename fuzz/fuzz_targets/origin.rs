#![no_main]

#[path = "../checks/origin.rs"]
mod origin;

libfuzzer_sys::fuzz_target!(|data: &[u8]| origin::check(data));
