//! A template call: the name of an approved template with its parameters, for providers that keep the words themselves.

use serde::Serialize;

use crate::{
    content::{Field, Template, setting::Setting},
    discreet::discreet,
    id::Code,
    locale::Locale,
};

discreet! {
TemplateCallDocument of "TemplateCall",
/// The name of an approved template with its language and parameters; nothing of it is ever shortened.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TemplateCall {
    /// The name under which it was approved.
    pub name: Code,
    /// The language, where the author said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    /// The values, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
}
}

// The parameters are content; only their number is shown.
impl std::fmt::Debug for TemplateCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TemplateCall({}, {} parameters)", self.name, self.parameters.len())
    }
}

impl TemplateCall {
    pub(super) fn of(template: &Template, setting: &Setting<'_>) -> Self {
        Self { name: template.name, language: setting.locale, parameters: template.parameters.clone() }
    }

    /// The parameters are the words, so what limits words limits them.
    pub(super) fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        self.parameters.iter().for_each(|parameter| see(Field::Parameter, parameter));
    }
}
