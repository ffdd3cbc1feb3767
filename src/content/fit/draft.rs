//! Drafts: a variant rendered for one channel, its blocks turned into pieces that the dialect has a form for.

use std::{borrow::Cow, ops::Range};

use crate::{
    channel::Capability,
    content::{
        Action, Block, Dialect, Form, Loss, LossKind, Media, Part, RenderError, Target as Leading, Template, Variant,
        bidi, boundaries,
        fit::target::Target,
        links::{is_safe, links},
        payload::Headings,
        piece::{Button, Leads, Piece, Shape, Words},
        render::is_blank,
    },
    reason::{Misfit, Reason},
};

/// A variant rendered for one channel.
pub(super) struct Draft<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) losses: Vec<Loss>,
    /// The blocks that became a line with a link.
    pub(super) links: Vec<u16>,
    /// The blocks that became a line and were a heading.
    pub(super) headings: Vec<u16>,
    pub(super) template: Option<Cow<'a, Template>>,
}

impl From<RenderError> for Reason {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Missing(name) => Self::VariableMissing { name },
            RenderError::Malformed => Self::ContentUnsuited { misfit: Misfit::Template },
        }
    }
}

impl<'a> Draft<'a> {
    /// Renders and shapes.
    ///
    /// # Errors
    ///
    /// A value is missing, or there is a link where the policy wants none.
    pub(super) fn of(variant: &'a Variant, target: &Target<'_>) -> Result<Self, Reason> {
        let mut draft = Self {
            pieces: Vec::with_capacity(variant.blocks.len().max(3)),
            losses: Vec::new(),
            links: Vec::new(),
            headings: Vec::new(),
            template: None,
        };
        match variant.form {
            Form::Blocks => {
                for (block, at) in variant.blocks.iter().zip(0..) {
                    draft.block(block, at, target)?;
                }
                // Legal words alone are no message, whatever took the others away.
                let is_legal = |piece: &Piece<'_>| matches!(piece.shape, Shape::Legal(_));
                let says_more = variant.blocks.iter().any(|block| !matches!(block.part, Part::Legal(_)));
                if draft.pieces.is_empty() || (says_more && draft.pieces.iter().all(is_legal)) {
                    let is_unlinked = draft.losses.iter().any(|loss| loss.kind == LossKind::Unlinked);
                    let unlinked = Reason::ContentUnsuited { misfit: Misfit::Link };
                    return Err(if is_unlinked { unlinked } else { Reason::ContentMissing });
                }
            }
            Form::Template => {
                draft.template = variant.template.as_ref().map(|known| template(known, target)).transpose()?
            }
            Form::Text | Form::LongForm | Form::Rich => draft.written(variant, target)?,
        }
        Ok(draft)
    }

    /// Words that somebody wrote for this channel: they stand as they are.
    fn written(&mut self, variant: &'a Variant, target: &Target<'_>) -> Result<(), Reason> {
        let piece = |shape, pinned| Piece { block: 0, shape, short: None, priority: u8::MAX, pinned, whole: true };
        if let Some(title) = &variant.title {
            if target.native.headings == Headings::None {
                self.losses.push(Loss { block: None, kind: LossKind::Untitled, characters: 0 });
            } else {
                let title = words(title, target)?;
                if says_something(&title) {
                    self.pieces.push(piece(Shape::Heading(title), true));
                }
            }
        }
        let body = words(&variant.body, target)?;
        if is_blank(body.as_str()) {
            return Err(Reason::ContentMissing);
        }
        let leads_away = |words: &Words<'_>| links(words.as_str()).next().is_some();
        if target.context.no_links && (leads_away(&body) || self.pieces.iter().any(|piece| has_link(&piece.shape))) {
            return Err(Reason::ContentUnsuited { misfit: Misfit::Link });
        }
        if let Some(link) = &variant.link {
            if target.context.no_links {
                return Err(Reason::ContentUnsuited { misfit: Misfit::Link });
            }
            let link = words(link, target)?;
            if !is_safe(link.as_str()) {
                return Err(Reason::ContentUnsuited { misfit: Misfit::UnsafeLink });
            }
            let is_native = target.carries(target.native.links, Capability::Buttons);
            let is_said = links(body.as_str()).any(|said| body.as_str()[said] == *link.as_str());
            self.pieces.push(piece(Shape::Text(body), false));
            if is_native {
                let leads = Leads::To(link.text.clone());
                self.pieces.push(piece(Shape::Action(Button { label: link, short: None, leads }), true));
            } else if !is_said {
                self.pieces.push(piece(Shape::Text(link), true));
            }
        } else {
            self.pieces.push(piece(Shape::Text(body), false));
        }
        Ok(())
    }

    fn block(&mut self, block: &'a Block, at: u16, target: &Target<'_>) -> Result<(), Reason> {
        if !block.is_for(target.channel.kind) {
            return Ok(());
        }
        let mut source = block;
        // What is pinned stands as it is written, so nothing stands in its place.
        if !self.has_form(&block.part, target)
            && let Some(fallback) =
                block.fallback.as_deref().filter(|known| !block.pinned && known.is_for(target.channel.kind))
        {
            source = fallback;
        }
        let (part, priority) = (&source.part, block.priority);
        let Block { pinned, whole, .. } = *source;
        let mut shape = shape(part, target)?;
        // An action has its short label in itself.
        let short = source.short.as_deref().filter(|_| !matches!(part, Part::Action(_)));
        let mut short = short.map(|short| words(short, target)).transpose()?.filter(says_something);
        if is_unsafe(&shape) {
            return Err(Reason::ContentUnsuited { misfit: Misfit::UnsafeLink });
        }
        let had_something = tidy(&mut shape);
        if says_nothing(&shape) {
            // Its values left nothing of it, or too little to stand for what it is.
            if pinned {
                return Err(Reason::ContentMissing);
            }
            if had_something || !std::ptr::eq(source, block) {
                self.losses.push(Loss::of(at, LossKind::Dropped));
            }
            return Ok(());
        }
        if !std::ptr::eq(source, block) {
            self.losses.push(Loss::of(at, LossKind::Substituted));
        }
        if target.context.no_links {
            short = short.filter(|short| links(short.as_str()).next().is_none());
            if has_link(&shape) {
                if pinned {
                    return Err(Reason::ContentUnsuited { misfit: Misfit::Link });
                }
                let characters =
                    said(&shape).into_iter().map(|words| boundaries::clusters(words).count()).sum::<usize>();
                let characters = u32::try_from(characters).unwrap_or(u32::MAX);
                self.losses.push(Loss { characters, ..Loss::of(at, LossKind::Unlinked) });
                return Ok(());
            }
        }
        let mut piece = Piece { block: at, shape, short, priority, pinned, whole };
        // A picture that is nowhere is its words.
        let is_words = matches!((part, &piece.shape), (Part::Media(_), Shape::Text(_)));
        if is_words || !self.has_form(part, target) {
            match piece.shape {
                Shape::Action(_) => self.links.push(at),
                Shape::Heading(_) => self.headings.push(at),
                _ => {}
            }
            flatten(&mut piece);
            self.losses.push(Loss::of(at, LossKind::Flattened));
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// Whether the dialect has a form of its own for a part, after what is there already.
    fn has_form(&self, part: &Part, target: &Target<'_>) -> bool {
        let native = &target.native;
        match part {
            Part::Text(_) | Part::Code(_) | Part::Legal(_) => true,
            Part::Heading(_) => {
                let headings = || self.pieces.iter().filter(|piece| matches!(piece.shape, Shape::Heading(_))).count();
                match native.headings {
                    Headings::None => false,
                    Headings::First => headings() == 0,
                    Headings::Two => headings() < 2,
                    Headings::All => true,
                }
            }
            Part::List(_) => native.lists,
            Part::Action(Action { target: Leading::Url(_), .. }) => target.carries(native.links, Capability::Buttons),
            Part::Action(Action { target: Leading::Reply(_), .. }) => {
                target.carries(native.replies, Capability::Buttons)
            }
            Part::Media(_) => {
                let has_picture = || self.pieces.iter().any(|piece| matches!(piece.shape, Shape::Media { .. }));
                target.carries(native.media, Capability::RichMedia) && !(native.one_picture && has_picture())
            }
        }
    }
}

/// Every text of a shape that somebody reads.
fn said<'s>(shape: &'s Shape<'_>) -> Vec<&'s str> {
    match shape {
        Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => vec![words.as_str()],
        Shape::List(items) => items.iter().map(Words::as_str).collect(),
        Shape::Action(button) => {
            let (Leads::To(target) | Leads::Back(target)) = &button.leads;
            let short = button.short.as_ref().map(Words::as_str);
            [Some(button.label.as_str()), short, Some(&**target)].into_iter().flatten().collect()
        }
        Shape::Media { alt, .. } => vec![alt.as_str()],
    }
}

/// Whether a shape leads away from the message.
fn has_link(shape: &Shape<'_>) -> bool {
    let is_button = matches!(shape, Shape::Action(button) if matches!(button.leads, Leads::To(_)));
    is_button || said(shape).into_iter().any(|words| links(words).next().is_some())
}

/// Whether opening it might run something.
fn is_unsafe(shape: &Shape<'_>) -> bool {
    match shape {
        Shape::Action(button) => matches!(&button.leads, Leads::To(url) if !is_safe(url)),
        Shape::Media { url, .. } => !is_safe(url),
        _ => false,
    }
}

/// Takes away what values left empty of a shape that says something without it: items, a label, where a picture is.
/// Whether there was anything in it.
fn tidy(shape: &mut Shape<'_>) -> bool {
    let is_picture = matches!(shape, Shape::Media { url, .. } if !is_blank(url));
    let had_something = is_picture || said(shape).into_iter().any(|words| !is_blank(words));
    match shape {
        Shape::List(items) if had_something => items.retain(says_something),
        Shape::Action(button) => {
            button.short = button.short.take().filter(says_something);
            if !says_something(&button.label) {
                let (Leads::To(target) | Leads::Back(target)) = &button.leads;
                button.label = Words { text: target.clone(), values: Vec::new() };
            }
        }
        Shape::Media { url, alt } if is_blank(url) => *shape = Shape::Text(std::mem::take(alt)),
        _ => {}
    }
    had_something
}

fn says_something(words: &Words<'_>) -> bool {
    !is_blank(words.as_str())
}

/// Whether a text of it shows nothing.
fn says_nothing(shape: &Shape<'_>) -> bool {
    said(shape).into_iter().any(is_blank)
}

fn words<'a>(text: &'a str, target: &Target<'_>) -> Result<Words<'a>, Reason> {
    let render = target.context.render;
    if render.is_plain(text) {
        return Ok(Words::from(text));
    }
    let rendered = render.render(text, target.context.values)?;
    let words = Words { text: rendered.text, values: rendered.values };
    // A national table may hold what runs from right to left, and no mark.
    let is_in_septets = target.dialect == Dialect::Sms && !target.channel.sms.tables.is_empty();
    Ok(if is_in_septets { words } else { bidi::isolated(words) })
}

fn shape<'a>(part: &'a Part, target: &Target<'_>) -> Result<Shape<'a>, Reason> {
    Ok(match part {
        Part::Text(text) => Shape::Text(words(text, target)?),
        Part::Heading(text) => Shape::Heading(words(text, target)?),
        Part::Code(text) => Shape::Code(words(text, target)?),
        Part::Legal(text) => Shape::Legal(words(text, target)?),
        Part::List(items) => Shape::List(items.iter().map(|item| words(item, target)).collect::<Result<_, _>>()?),
        Part::Action(Action { label, short, target: leading }) => Shape::Action(Button {
            label: words(label, target)?,
            short: short.as_deref().map(|short| words(short, target)).transpose()?,
            leads: match leading {
                Leading::Url(url) => Leads::To(words(url, target)?.text),
                Leading::Reply(reply) => Leads::Back(words(reply, target)?.text),
            },
        }),
        Part::Media(Media { url, alt }) => Shape::Media { url: words(url, target)?.text, alt: words(alt, target)? },
    })
}

/// A template with the values in its parameters; nothing of it is ever shortened.
fn template<'a>(template: &'a Template, target: &Target<'_>) -> Result<Cow<'a, Template>, Reason> {
    let is_plain = |parameter: &String| target.context.render.is_plain(parameter) && !is_blank(parameter);
    if template.parameters.iter().all(is_plain) && !target.context.no_links {
        return Ok(Cow::Borrowed(template));
    }
    let parameters = template.parameters.iter().map(|parameter| {
        let words = words(parameter, target)?;
        if is_blank(words.as_str()) {
            return Err(Reason::ContentMissing);
        }
        if target.context.no_links && links(words.as_str()).next().is_some() {
            return Err(Reason::ContentUnsuited { misfit: Misfit::Link });
        }
        Ok(words.text.into_owned())
    });
    let parameters = parameters.collect::<Result<_, Reason>>()?;
    Ok(Cow::Owned(Template { name: template.name, parameters }))
}

/// Turns a piece into text.
pub(super) fn flatten(piece: &mut Piece<'_>) {
    let text = match std::mem::replace(&mut piece.shape, Shape::Text(Words::default())) {
        Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => words,
        Shape::List(items) => {
            let mut list = Words::default();
            for (at, item) in items.iter().enumerate() {
                list.text.to_mut().push_str(if at == 0 { "- " } else { "\n- " });
                append(&mut list, item);
            }
            list
        }
        Shape::Action(button) => {
            // A label without its address is of no use.
            piece.whole = true;
            piece.short = button.short.map(|short| labelled(&short, &button.leads));
            labelled(&button.label, &button.leads)
        }
        Shape::Media { alt, .. } => alt,
    };
    piece.shape = Shape::Text(text);
}

/// A label and where it leads, in a line of text.
fn labelled<'a>(label: &Words<'a>, leads: &Leads<'a>) -> Words<'a> {
    let (Leads::To(to) | Leads::Back(to)) = leads;
    if label.as_str().is_empty() || label.text == *to {
        return Words { text: to.clone(), values: Vec::new() };
    }
    let mut text = Words::default();
    append(&mut text, label);
    let line = text.text.to_mut();
    line.push_str(": ");
    line.push_str(to);
    text
}

fn append(text: &mut Words<'_>, more: &Words<'_>) {
    let start = text.text.len();
    text.text.to_mut().push_str(more.as_str());
    let moved = |value: &Range<usize>| value.start + start..value.end + start;
    text.values.extend(more.values.iter().map(moved));
}
