//! The face of a message: what others see of it, whether it waits or was handed over.

use crate::{
    content::Values,
    id::{ConversationId, MessageId, Tag, TenantId, TopicId},
    policy::{Common, Told},
    profile::CustomerProfile,
    purpose::{Purpose, Urgency},
};

use super::waiting::{Handled, Waiting};

/// What conditions ask and what two messages may have in common.
#[derive(Clone, Copy)]
pub(super) struct Face<'a> {
    pub(super) id: &'a MessageId,
    topic: TopicId,
    purpose: Purpose,
    urgency: Urgency,
    tags: &'a [Tag],
    brand: Option<TenantId>,
    conversation: Option<&'a ConversationId>,
    values: &'a Values,
}

/// One thing that a message has and another may have too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share<'a> {
    Topic(TopicId),
    Purpose(Purpose),
    Brand(Option<TenantId>),
    Text(&'a str),
    Tags(&'a [Tag]),
}

impl<'a> Face<'a> {
    pub(super) fn of_waiting(waiting: &'a Waiting, profile: &CustomerProfile) -> Self {
        let message = &waiting.message;
        Self {
            id: message.id(),
            topic: message.topic(),
            purpose: message.purpose(),
            urgency: message.urgency(),
            tags: message.tags(),
            brand: message.brand().or(profile.tenant()),
            conversation: message.conversation(),
            values: message.values(),
        }
    }

    pub(super) fn of_handled(handled: &'a Handled, profile: &CustomerProfile) -> Self {
        Self {
            id: &handled.message,
            topic: handled.topic,
            purpose: handled.purpose,
            urgency: handled.urgency,
            tags: &handled.tags,
            brand: handled.brand.or(profile.tenant()),
            conversation: handled.conversation.as_ref(),
            values: &handled.values,
        }
    }

    /// What it has of all these things; `None` where it lacks one, for what is missing is not in common.
    pub(super) fn shares(&self, common: &[Common]) -> Option<Vec<Share<'a>>> {
        let share = |common: &Common| match common {
            Common::Topic => Some(Share::Topic(self.topic)),
            Common::Purpose => Some(Share::Purpose(self.purpose)),
            Common::Brand => Some(Share::Brand(self.brand)),
            Common::Conversation => self.conversation.map(|conversation| Share::Text(conversation.as_str())),
            Common::Tags => (!self.tags.is_empty()).then_some(Share::Tags(self.tags)),
            Common::Value(name) => self.values.get(name.as_str()).map(Share::Text),
        };
        common.iter().map(share).collect()
    }
}

impl Told for Face<'_> {
    fn topic(&self) -> TopicId {
        self.topic
    }

    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn urgency(&self) -> Urgency {
        self.urgency
    }

    fn tags(&self) -> &[Tag] {
        self.tags
    }
}
