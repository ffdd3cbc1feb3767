#![no_main]

#[path = "../bodies.rs"]
#[expect(dead_code, reason = "every target runs one of the bodies")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::execution_ops(bytes));
