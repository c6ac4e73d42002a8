#![no_main]

#[path = "../checks/scope.rs"]
mod scope;

libfuzzer_sys::fuzz_target!(|data: &[u8]| scope::check(data));
