//! The length of a value as compact JSON, without writing it.

use serde::Serialize;

/// How many bytes a value takes as compact JSON in UTF-8.
pub(crate) fn length(value: &impl Serialize) -> u32 {
    #[cfg(feature = "json")]
    {
        struct Counter(u64);
        impl std::io::Write for Counter {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += bytes.len() as u64;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut counter = Counter(0);
        match serde_json::to_writer(&mut counter, value) {
            Ok(()) => u32::try_from(counter.0).unwrap_or(u32::MAX),
            Err(_) => u32::MAX,
        }
    }
    #[cfg(not(feature = "json"))]
    {
        let _ = value;
        0
    }
}
