//! The answer to one line, as a document.

use serde::Serialize;
use serde_json::Value;
use waypost::content::sms::Segmentation;

use super::question::Question;

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: &'a Option<Value>,
    encoding: &'static str,
    units: usize,
    segments: usize,
    per_segment: Vec<usize>,
}

/// What a line is answered with, without the end of the line.
pub(crate) fn answer(line: &str) -> Result<String, String> {
    let question = Question::read(line)?;
    let text = Segmentation::with(&question.text, question.alphabet, question.reference);
    let answer = Answer {
        id: &question.id,
        encoding: text.encoding().as_str(),
        units: text.units(),
        segments: text.segments(),
        per_segment: text.iter().map(|segment| segment.units).collect(),
    };
    serde_json::to_string(&answer).map_err(|error| error.to_string())
}
