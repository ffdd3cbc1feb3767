//! One line of questions: a text, and the tables and references it goes out with.

use serde::Deserialize;
use serde_json::Value;
use waypost::content::sms::{Alphabet, Language, Reference};

/// What a line asks.
#[derive(Debug)]
pub(crate) struct Question {
    /// Given back as it came.
    pub(crate) id: Option<Value>,
    pub(crate) text: String,
    pub(crate) alphabet: Alphabet,
    pub(crate) reference: Reference,
}

/// The keys that are read; lines may carry others.
#[derive(Deserialize)]
struct Asked {
    id: Option<Value>,
    text: String,
    locking: Option<Value>,
    single: Option<Value>,
    reference_bits: Option<Value>,
}

impl Question {
    /// Reads a line; the error names the column, counted from 1, and what was expected there.
    pub(crate) fn read(line: &str) -> Result<Self, String> {
        if !line.starts_with('{') {
            return Err("expected an object such as `{\"id\":1,\"text\":\"Hello\"}`".to_owned());
        }
        let asked: Asked = serde_json::from_str(line).map_err(|error| {
            let text = error.to_string();
            let cause = text.rsplit_once(" at line ").map_or(&*text, |(cause, _)| cause);
            format!("column {}: {cause}", error.column())
        })?;
        Ok(Self {
            id: asked.id,
            text: asked.text,
            alphabet: Alphabet {
                locking: language("locking", asked.locking)?,
                single: language("single", asked.single)?,
            },
            reference: match asked.reference_bits {
                None => Reference::Bits8,
                Some(bits) => match bits.as_u64() {
                    Some(8) => Reference::Bits8,
                    Some(16) => Reference::Bits16,
                    _ => return Err(format!("expected `reference_bits` of 8 or 16, not {bits}")),
                },
            },
        })
    }
}

fn language(key: &str, asked: Option<Value>) -> Result<Option<Language>, String> {
    let Some(asked) = asked else { return Ok(None) };
    let identifier = asked.as_u64().and_then(|number| u8::try_from(number).ok());
    match identifier.map(|identifier| (identifier, Language::from_identifier(identifier))) {
        Some((0, _)) => Ok(None),
        Some((_, Some(language))) => Ok(Some(language)),
        _ => Err(format!("expected `{key}` from 1 (turkish) to 13 (urdu), or 0 for none, not {asked}")),
    }
}
