#![no_main]

#[path = "../checks/client_address.rs"]
mod client_address;

libfuzzer_sys::fuzz_target!(|data: &[u8]| client_address::check(data));
