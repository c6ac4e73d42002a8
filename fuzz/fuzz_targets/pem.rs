#![no_main]

#[path = "../checks/exchange.rs"]
mod exchange;
#[path = "../checks/pem.rs"]
mod pem;

libfuzzer_sys::fuzz_target!(|data: &[u8]| pem::check(data));
