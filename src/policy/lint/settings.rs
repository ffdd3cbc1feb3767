//! Settings that contradict themselves, and topics and priors that do.

use crate::{
    policy::{FailureClass, FindingCode, OnFailure, Settings, WhenClosed, finding::Place},
    purpose::Purpose,
};

use super::{Lint, Subject};

impl Lint<'_> {
    pub(super) fn settings_of(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        if let Subject::Purpose(purpose) = subject {
            self.purpose(None, &Place::of("purposes").name(purpose), purpose);
        }
        let lists = [
            ("order", settings.order.as_deref()),
            ("prefer", settings.prefer.as_deref()),
            ("only", settings.only.as_deref()),
            ("deny", Some(&settings.deny[..])),
            ("always", settings.always.as_deref()),
            ("long_form_only", settings.long_form_only.as_deref()),
            ("no_links", settings.no_links.as_deref()),
        ];
        for (key, kinds) in lists {
            self.kinds(subject, &place.key(key), kinds.unwrap_or_default());
        }
        for (lift, kinds) in &settings.lifts {
            self.kinds(subject, &place.key("lifts").name(lift), kinds);
        }
        if let Some(group) = &settings.group {
            self.group(subject, &place.key("group"), group);
        }
        self.only(subject, place, settings);
        self.rank(subject, place, settings);
        self.hours(subject, place, settings);
        self.caps(subject, place, settings);
        self.timing(subject, place, settings);
        self.steps(subject, place, settings);
        if let Some(answer) = settings.on_failure.get(&FailureClass::OptedOut)
            && *answer != OnFailure::Stop
        {
            let message = format!("an opt-out is answered with `{answer}` in {subject}");
            let hint = "an opt-out always ends the chain: leave it out".to_owned();
            let place = place.key("on_failure").key("opted_out");
            self.report_with(FindingCode::OptedOutGoesOn, &place, message, Some(hint));
        }
    }

    fn only(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        let Some(only) = &settings.only else { return };
        if only.is_empty() {
            let message = format!("`only` names no kind in {subject}");
            let hint = "leave it out to allow every kind, say `deny` to forbid some".to_owned();
            self.report_with(FindingCode::EmptyOnly, &place.key("only"), message, Some(hint));
        }
        let only: std::collections::BTreeSet<_> = only.iter().collect();
        for (at, kind) in settings.deny.iter().enumerate().filter(|(_, kind)| only.contains(kind)) {
            let message = format!("kind `{kind}` is both allowed by `only` and denied in {subject}");
            self.report(FindingCode::OnlyAndDeny, &place.key("deny").at(at), message);
        }
    }

    fn rank(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        let Some(rank) = &settings.rank else { return };
        let place = place.key("rank");
        if rank.is_empty() {
            self.report(FindingCode::EmptyRank, &place, format!("`rank` names no field in {subject}"));
        }
        for (at, field) in rank.iter().enumerate().filter(|(at, field)| rank[..*at].contains(field)) {
            let message = format!("`rank` names `{field}` twice in {subject}");
            self.report(FindingCode::DuplicateRank, &place.at(at), message);
        }
    }

    fn hours(&mut self, subject: Subject, place: &Place, settings: &Settings) {
        if settings.hours.as_ref().is_some_and(Vec::is_empty) {
            let message = format!("`hours` has no window in {subject}");
            let hint = "say `00:00-24:00` for every hour, `deny` for none".to_owned();
            self.report_with(FindingCode::NeverOpens, &place.key("hours"), message, Some(hint));
        }
    }

    pub(super) fn purposes(&mut self) {
        for (purpose, said) in &self.policy.purposes {
            let (subject, place) = (Subject::Purpose(*purpose), Place::of("purposes").name(purpose));
            self.kinds(subject, &place.key("silent"), &said.silent);
            let downgrades = said.when_closed == Some(WhenClosed::Downgrade);
            match (downgrades, said.silent.is_empty()) {
                (true, true) => {
                    let message = format!("{subject} goes by silent kinds at a closed hour, and names none");
                    let hint = Some("name the kinds in `silent`, or say `drop`".to_owned());
                    self.report_with(FindingCode::DowngradeWithoutSilent, &place.key("when_closed"), message, hint);
                }
                (false, false) => {
                    let message = format!("{subject} names silent kinds, but does not go by them at a closed hour");
                    let hint = Some("say `when_closed = \"downgrade\"`".to_owned());
                    self.report_with(FindingCode::SilentWithoutDowngrade, &place.key("silent"), message, hint);
                }
                _ => {}
            }
        }
    }

    pub(super) fn topics(&mut self) {
        for (topic, said) in &self.policy.topics {
            let (subject, place) = (Subject::Topic(*topic), Place::of("topics").name(topic));
            if let Some(choice) = said.default {
                self.choice(subject, &place.key("default"), choice);
            }
            self.kinds(subject, &place.key("mandatory"), &said.mandatory);
            for (at, purpose) in said.purposes.iter().enumerate() {
                let place = place.key("purposes").at(at);
                self.purpose(Some(subject), &place, *purpose);
                if said.required && *purpose == Purpose::Marketing {
                    let message = format!("{subject} is required and sent for marketing");
                    let hint = "marketing always obeys the preferences: drop `required`, or split the topic".to_owned();
                    self.report_with(FindingCode::RequiredForMarketing, &place, message, Some(hint));
                }
            }
            match (said.required, said.mandatory.is_empty()) {
                (true, true) => {
                    let message = format!("{subject} is required, but on no kind");
                    let hint = "name the kinds in `mandatory`".to_owned();
                    self.report_with(
                        FindingCode::RequiredWithoutMandatory,
                        &place.key("required"),
                        message,
                        Some(hint),
                    );
                }
                (false, false) => {
                    let message = format!("{subject} has mandatory kinds, but is not required");
                    self.report(FindingCode::MandatoryWithoutRequired, &place.key("mandatory"), message);
                }
                _ => {}
            }
        }
    }

    pub(super) fn priors(&mut self) {
        let (policy, place) = (self.policy, Place::of("priors"));
        let high = |rate: u32| (rate > 1000).then(|| format!("{rate} of a thousand is more than all"));
        if let Some(message) = high(policy.priors.otherwise) {
            self.report(FindingCode::PriorTooHigh, &place.key("otherwise"), message);
        }
        for (segment, rates) in &policy.priors.rates {
            let place = place.key("rates").name(segment);
            let at = (Subject::Priors, &place);
            self.name(FindingCode::UnknownSegment, "segment", at, *segment, &policy.segments);
            for (kind, rate) in rates {
                self.kind(Subject::Priors, &place.name(kind), *kind);
                if let Some(message) = high(*rate) {
                    self.report(FindingCode::PriorTooHigh, &place.name(kind), message);
                }
            }
        }
    }
}
