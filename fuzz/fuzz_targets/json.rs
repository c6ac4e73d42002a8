#![no_main]

#[path = "../checks/json.rs"]
mod json;
#[path = "../../crates/jose/tests/common/value.rs"]
mod value;

libfuzzer_sys::fuzz_target!(|data: &[u8]| json::check(data));
