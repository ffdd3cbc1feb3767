//! Variables: the names that a content asks for, known before anything is sent.

use crate::{
    content::{Action, Block, Content, Part, Render, RenderError, Target, Unsubscribe, Variant},
    id::Code,
};

impl Content {
    /// The names that its texts ask for, in all variants and blocks, each once, in the order of their first use.
    ///
    /// A variant that is used asks for some of them, so a value for each lets every variant go.
    ///
    /// # Errors
    ///
    /// [`RenderError::Malformed`] where a text is no template of the engine.
    ///
    /// ```
    /// use waypost::{Content, Variant, content::Substitution};
    ///
    /// let content = Content::new([Variant::text("Hello {name}"), Variant::long_form("Hi", "Your order {order}, {name}")]);
    /// let names: Vec<String> = content.variables(&Substitution)?.iter().map(ToString::to_string).collect();
    /// assert_eq!(names, ["name", "order"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn variables(&self, engine: &dyn Render) -> Result<Vec<Code>, RenderError> {
        let mut names = Vec::new();
        let mut fault = None;
        let mut ask = |words: &str| match engine.variables(words) {
            Ok(asked) => asked.into_iter().for_each(|name| {
                if !names.contains(&name) {
                    names.push(name);
                }
            }),
            Err(error) => fault = fault.or(Some(error)),
        };
        self.variants.iter().for_each(|variant| of_variant(variant, &mut ask));
        self.unsubscribe.iter().flat_map(Unsubscribe::words).for_each(ask);
        fault.map_or(Ok(names), Err)
    }
}

fn of_variant(variant: &Variant, ask: &mut dyn FnMut(&str)) {
    let Variant { title, body, blocks, link, template, .. } = variant;
    title.iter().for_each(|title| ask(title));
    ask(body);
    blocks.iter().for_each(|block| of_block(block, ask));
    link.iter().for_each(|link| ask(link));
    template.iter().flat_map(|template| &template.parameters).for_each(|parameter| ask(parameter));
}

fn of_block(block: &Block, ask: &mut dyn FnMut(&str)) {
    let substitutes = std::iter::successors(Some(block), |block| block.fallback.as_deref());
    for block in substitutes {
        match &block.part {
            Part::Text(words) | Part::Heading(words) | Part::Code(words) | Part::Legal(words) => ask(words),
            Part::List(items) => items.iter().for_each(|item| ask(item)),
            Part::Action(Action { label, short, target: Target::Url(to) | Target::Reply(to) }) => {
                ask(label);
                short.iter().for_each(|short| ask(short));
                ask(to);
            }
            Part::Media(media) => {
                ask(&media.url);
                ask(&media.alt);
            }
        }
        block.short.iter().for_each(|short| ask(short));
    }
}
