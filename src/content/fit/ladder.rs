//! The ladder: what is given up, one thing after the other, until a message is within every hard limit.
//!
//! | rung | what is given up |
//! | --- | --- |
//! | 1 | what only one field is too long for: a button's label, the number of buttons, a title |
//! | 2 | nothing: letters and accents are put together |
//! | 3 | of a notification: data that is not required, the picture, the subtitle |
//! | 4 | words for shorter ones, where the author wrote such, the lowest priority first |
//! | 5 | whole blocks, the lowest priority first, of equals the last |
//! | 6 | the end of the text that is left: after a sentence, a word, a character |
//!
//! The rungs do not depend on the limits, so a wider limit is met on the same rung or an earlier one, and never loses
//! more.

use std::cmp::Reverse;

use crate::content::{
    Field, Limit, Loss, LossKind, Payload, Unit, boundaries,
    fit::{
        cut::Level,
        draft::{Draft, flatten},
        floor::Floor,
        target::{Over, Target},
    },
    measure,
    piece::{Button, Leads, Piece, Shape, Words},
    setting::Setting,
};

fn is_reply(piece: &Piece<'_>) -> bool {
    matches!(&piece.shape, Shape::Action(button) if matches!(button.leads, Leads::Back(_)))
}

/// A message on its way down.
pub(super) struct Ladder<'a, 't> {
    target: &'t Target<'t>,
    setting: Setting<'t>,
    pieces: Vec<Piece<'a>>,
    losses: Vec<Loss>,
    /// The blocks that became a line with a link: they are never what is cut.
    links: Vec<u16>,
    /// The blocks that became a line and were a heading.
    headings: Vec<u16>,
    /// The blocks whose letters and accents were not looked at since their words changed; `None` is all of them.
    loose: Option<Vec<u16>>,
}

/// What came of it.
pub(super) struct Landed<'a> {
    pub(super) payload: Payload,
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) losses: Vec<Loss>,
}

impl<'a, 't> Ladder<'a, 't> {
    pub(super) fn new(draft: Draft<'a>, target: &'t Target<'t>, setting: Setting<'t>) -> Self {
        Self {
            target,
            setting,
            pieces: draft.pieces,
            losses: draft.losses,
            links: draft.links,
            headings: draft.headings,
            loose: None,
        }
    }

    /// Goes down until everything fits, or there is nothing left to give up.
    ///
    /// By the [`Floor`] what cannot fit yet is not laid out; without, the same is found by laying it out.
    pub(super) fn climb(mut self, by_floor: bool) -> Result<Landed<'a>, Over> {
        let mut payload = self.compose();
        // What can be mended in one field is mended first, whatever else is too long: it takes nothing from the others.
        // Every mending takes something away, so there are only so many.
        while self.target.over(&payload).any(|over| self.mend(over)) {
            payload = self.compose();
        }
        while self.target.over(&payload).next().is_some() {
            let mut floor = Floor::of(&self.pieces, self.target, &payload).filter(|_| by_floor);
            let mut goes_on = self.give_up_something();
            // What is still over a limit by its words alone need not be laid out to know it.
            while let Some(floor) = floor.as_mut().filter(|_| goes_on)
                && floor.is_passed(&self.pieces)
            {
                goes_on = self.give_up_something();
            }
            payload = self.compose();
            if !goes_on && let Some(over) = self.target.over(&payload).next() {
                return self.cut(over);
            }
        }
        Ok(self.landed(payload))
    }

    fn compose(&self) -> Payload {
        self.target.compose(&self.pieces, &self.setting)
    }

    fn landed(self, payload: Payload) -> Landed<'a> {
        let Self { pieces, mut losses, .. } = self;
        let lines = Payload::lines(self.target.dialect, &pieces);
        losses.extend(lines.into_iter().map(|block| Loss::of(block, LossKind::Flattened)));
        payload.losses(&mut losses);
        losses.sort_by_key(|loss| (loss.block.is_none(), loss.block, loss.kind));
        // Of a block that is not there, nothing else is worth telling.
        let dropped: Vec<_> =
            losses.iter().filter(|loss| loss.kind == LossKind::Dropped).map(|loss| loss.block).collect();
        losses.retain(|loss| loss.kind == LossKind::Dropped || !dropped.contains(&loss.block));
        Landed { payload, pieces, losses }
    }

    fn lose(&mut self, at: usize, kind: LossKind, characters: usize) {
        let block = Some(self.pieces[at].block);
        self.losses.push(Loss { block, kind, characters: u32::try_from(characters).unwrap_or(u32::MAX) });
    }

    /// Mends what only one field is too long for; `false` where that is not what is the matter.
    fn mend(&mut self, over: Over) -> bool {
        let limit = over.limit;
        // So many at once: one at a time, a message of hundreds of buttons would be laid out hundreds of times.
        let spare = over.measured.saturating_sub(limit.max) as usize;
        match (limit.field, limit.unit) {
            (Field::Button | Field::Card, Unit::Items) => {
                self.flatten_least(spare, |piece| matches!(piece.shape, Shape::Action(_)))
            }
            (Field::Postback, Unit::Items) => self.flatten_least(spare, is_reply),
            (Field::Button | Field::Postback, _) => self.mend_button(limit),
            // Words on a card, or under a picture, have less room than words alone: they are worth more than both.
            (Field::Card, _) => self.flatten_least(1, |piece| matches!(piece.shape, Shape::Action(_))),
            (Field::Caption, _) => self.flatten_least(1, |piece| matches!(piece.shape, Shape::Media { .. })),
            (Field::Title | Field::Subtitle | Field::Subject | Field::Header, _) => self.mend_heading(limit),
            _ => false,
        }
    }

    /// Turns into text so many of the pieces that are meant, the least first, of equals the last.
    fn flatten_least(&mut self, count: usize, is_meant: impl Fn(&Piece<'_>) -> bool) -> bool {
        let pieces = self.pieces.iter().enumerate().filter(|(_, piece)| is_meant(piece));
        let mut meant: Vec<_> = pieces.map(|(at, piece)| (piece.priority, Reverse(at))).collect();
        meant.sort_unstable();
        meant.truncate(count);
        meant.iter().for_each(|(_, Reverse(at))| self.flatten(*at));
        !meant.is_empty()
    }

    /// Gives every button that is over a limit its short label, or makes it text.
    fn mend_button(&mut self, limit: Limit) -> bool {
        let is_over = |words: &str| measure::count(words, limit.unit) > limit.max;
        let mut mended = false;
        for at in 0..self.pieces.len() {
            let pinned = self.pieces[at].pinned;
            let Shape::Action(button) = &mut self.pieces[at].shape else { continue };
            let is_long = match limit.field {
                Field::Button => is_over(button.label.as_str()),
                _ => matches!(&button.leads, Leads::Back(reply) if is_over(reply)),
            };
            if !is_long {
                continue;
            }
            mended = true;
            let short =
                button.short.take_if(|short| limit.field == Field::Button && !pinned && !is_over(short.as_str()));
            match short {
                Some(short) => {
                    button.label = short;
                    self.lose(at, LossKind::Shortened, 0);
                }
                None => self.flatten(at),
            }
        }
        mended
    }

    fn flatten(&mut self, at: usize) {
        if matches!(self.pieces[at].shape, Shape::Action(_)) {
            self.links.push(self.pieces[at].block);
        }
        flatten(&mut self.pieces[at]);
        self.lose(at, LossKind::Flattened, 0);
    }

    fn mend_heading(&mut self, limit: Limit) -> bool {
        let found = self.pieces.iter().position(|piece| {
            let is_over = |words: &str| measure::count(words, limit.unit) > limit.max;
            !piece.pinned && matches!(&piece.shape, Shape::Heading(words) if is_over(words.as_str()))
        });
        let Some(at) = found else { return false };
        if self.shorten(at) {
            return true;
        }
        let Shape::Heading(heading) = &self.pieces[at].shape else { return false };
        if self.pieces[at].whole {
            return false;
        }
        let fits = |words: &Words<'_>| measure::count(words.as_str(), limit.unit) <= limit.max;
        let cut = Level::ALL.into_iter().skip(1).find_map(|level| {
            let ends = level.ends(heading);
            let within = ends.partition_point(|end| fits(&level.cut(heading, *end)));
            let end = ends[..within].last()?;
            Some((level, level.cut(heading, *end), boundaries::clusters(&heading.as_str()[*end..]).count()))
        });
        let Some((level, cut, lost)) = cut else { return false };
        self.pieces[at].shape = Shape::Heading(cut);
        self.lose(at, level.loss(), lost);
        true
    }

    /// Puts the short form of a piece in its place, where that is shorter.
    fn shorten(&mut self, at: usize) -> bool {
        let piece = &mut self.pieces[at];
        if piece.pinned {
            return false;
        }
        let Some(short) = piece.short.take() else { return false };
        let length = match &piece.shape {
            Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => {
                words.as_str().len()
            }
            Shape::List(items) => items.iter().map(|item| item.as_str().len() + 3).sum(),
            Shape::Action(_) | Shape::Media { .. } => usize::MAX,
        };
        if short.as_str().len() >= length {
            return false;
        }
        match &mut piece.shape {
            Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => *words = short,
            shape => *shape = Shape::Text(short),
        }
        if let Some(loose) = &mut self.loose {
            loose.push(piece.block);
        }
        self.lose(at, LossKind::Shortened, 0);
        true
    }

    /// Gives up the next thing, or says that there is nothing left but to cut.
    fn give_up_something(&mut self) -> bool {
        self.put_together() || self.shed() || self.shorten_the_least() || self.drop_the_least()
    }

    /// Puts letters and accents together.
    fn put_together(&mut self) -> bool {
        let mut changed = false;
        let loose = self.loose.replace(Vec::new());
        if loose.as_ref().is_some_and(Vec::is_empty) {
            return false;
        }
        for at in 0..self.pieces.len() {
            let piece = &mut self.pieces[at];
            if piece.pinned || loose.as_ref().is_some_and(|loose| !loose.contains(&piece.block)) {
                continue;
            }
            // Values would move; where there are some, their places are of more worth than a few bytes.
            if let Shape::Text(words) | Shape::Heading(words) = &mut piece.shape
                && words.values.is_empty()
                && let std::borrow::Cow::Owned(composed) = boundaries::composed(words.as_str())
            {
                words.text = composed.into();
                changed = true;
                self.lose(at, LossKind::Composed, 0);
            }
        }
        changed
    }

    /// Of a notification, what nobody reads goes first, and the title and where it leads never.
    fn shed(&mut self) -> bool {
        if !self.target.native.sheds {
            return false;
        }
        if !self.setting.is_shed && self.setting.content.has_data_to_shed() {
            self.setting.is_shed = true;
            self.losses.push(Loss { block: None, kind: LossKind::Shed, characters: 0 });
            // What stands on the link that a touch leads to anyway goes with it.
            let link = self.pieces.iter().find_map(|piece| match &piece.shape {
                Shape::Action(Button { label, leads: Leads::To(url), .. }) => Some((piece.block, label, url)),
                _ => None,
            });
            if let Some((block, label, _)) = link.filter(|(_, label, url)| label.text != **url) {
                let characters = u32::try_from(boundaries::clusters(label.as_str()).count()).unwrap_or(u32::MAX);
                self.losses.push(Loss { characters, ..Loss::of(block, LossKind::Shed) });
            }
            return true;
        }
        let is_picture = |piece: &Piece<'_>| !piece.pinned && matches!(piece.shape, Shape::Media { .. });
        let is_heading = |piece: &&Piece<'_>| matches!(piece.shape, Shape::Heading(_));
        let subtitle =
            self.pieces.iter().filter(is_heading).nth(1).filter(|piece| !piece.pinned).map(|piece| piece.block);
        let picture = self.pieces.iter().rposition(is_picture);
        let Some(at) = picture.or_else(|| self.pieces.iter().position(|piece| Some(piece.block) == subtitle)) else {
            return false;
        };
        self.drop(at);
        true
    }

    fn drop(&mut self, at: usize) {
        let characters = self.pieces[at].words().map_or(0, |words| boundaries::clusters(words).count());
        self.lose(at, LossKind::Dropped, characters);
        self.pieces.remove(at);
    }

    fn shorten_the_least(&mut self) -> bool {
        loop {
            let with_short = |(_, piece): &(usize, &Piece<'_>)| !piece.pinned && piece.short.is_some();
            let least = self.pieces.iter().enumerate().filter(with_short);
            let Some((at, _)) = least.min_by_key(|(at, piece)| (piece.priority, Reverse(*at))) else {
                return false;
            };
            // A short form that is none is given up, so the loop ends.
            if self.shorten(at) {
                return true;
            }
        }
    }

    /// The piece that is cut and not dropped: the text of the highest priority, of equals the first; where there is no
    /// other, a heading.
    fn kept(&self) -> Option<usize> {
        let texts = self.pieces.iter().enumerate().filter(|(_, piece)| matches!(piece.shape, Shape::Text(_)));
        let texts = texts.filter(|(_, piece)| !piece.pinned && !self.links.contains(&piece.block));
        let rank =
            |(at, piece): &(usize, &Piece<'_>)| (!self.headings.contains(&piece.block), piece.priority, Reverse(*at));
        texts.max_by_key(rank).map(|(at, _)| at)
    }

    fn drop_the_least(&mut self) -> bool {
        let kept = self.kept();
        let is_link =
            |piece: &Piece<'_>| matches!(&piece.shape, Shape::Action(button) if matches!(button.leads, Leads::To(_)));
        let is_title = |piece: &Piece<'_>| matches!(piece.shape, Shape::Heading(_));
        let (title, link) = match self.target.native.sheds {
            true => (self.pieces.iter().position(is_title), self.pieces.iter().position(is_link)),
            false => (None, None),
        };
        let says = |piece: &&Piece<'_>| !matches!(piece.shape, Shape::Legal(_));
        // The last thing that is said stays: legal words alone are no message.
        if self.pieces.iter().filter(says).count() <= 1 {
            return false;
        }
        let may_go = |(at, piece): &(usize, &Piece<'_>)| !piece.pinned && ![kept, title, link].contains(&Some(*at));
        let least = self.pieces.iter().enumerate().filter(may_go);
        let Some((at, _)) = least.min_by_key(|(at, piece)| (piece.priority, Reverse(*at))) else {
            return false;
        };
        self.drop(at);
        true
    }

    /// Cuts the text that is left.
    fn cut(mut self, over: Over) -> Result<Landed<'a>, Over> {
        let Some(at) = self.kept().filter(|at| !self.pieces[*at].whole) else { return Err(over) };
        let Shape::Text(text) = self.pieces[at].shape.clone() else { return Err(over) };
        for level in Level::ALL {
            let ends = level.ends(&text);
            let mut fits = |end: usize| {
                self.pieces[at].shape = Shape::Text(level.cut(&text, end));
                self.target.over(&self.compose()).next().is_none()
            };
            // A longer beginning never fits where a shorter one does not: no unit counts less for more words, and what
            // an SMS may be written in only gets fewer.
            let within = ends.partition_point(|end| fits(*end));
            let Some(end) = ends[..within].last() else { continue };
            self.pieces[at].shape = Shape::Text(level.cut(&text, *end));
            self.lose(at, level.loss(), boundaries::clusters(&text.as_str()[*end..]).count());
            let payload = self.compose();
            return Ok(self.landed(payload));
        }
        Err(over)
    }
}
