//! The engine that renders nothing.

use crate::{
    content::render::{Render, RenderError, Rendered, Values},
    id::Code,
};

/// The engine that leaves words as they are, for messages whose words are final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbatim;

impl Render for Verbatim {
    fn render<'t>(&self, words: &'t str, _: &Values) -> Result<Rendered<'t>, RenderError> {
        Ok(Rendered::new(words, Vec::new()))
    }

    fn variables(&self, _: &str) -> Result<Vec<Code>, RenderError> {
        Ok(Vec::new())
    }

    fn is_plain(&self, _: &str) -> bool {
        true
    }
}
