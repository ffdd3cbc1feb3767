//! Conditions that say something else than they seem to.

use crate::policy::{Field, FindingCode, OnFailure, Rule, When, finding::Place};

use super::{Lint, Subject};

/// Deeper conditions are read by nobody, and every reader of them is called once per level.
pub(super) const DEEPEST: usize = 16;

impl Lint<'_> {
    /// What can be said of a rule's condition without looking at the other rules; whether it means what it says.
    pub(super) fn condition(&mut self, rule: &Rule, at: &Place) -> bool {
        let (subject, when, place) = (Subject::Rule(rule.name), &rule.when, &at.key("when"));
        if when.depth() > DEEPEST {
            let message = format!("conditions are nested deeper than {DEEPEST} in {subject}");
            self.report(FindingCode::NestedTooDeep, place, message);
            return false;
        }
        let before = self.found.len();
        self.inside(subject, place, when, false);
        if when.asks_urgency() {
            let stops = rule.then.on_failure.values().any(|answer| *answer == OnFailure::Stop);
            let restricts = |field: &Field| field.restricts() || (*field == Field::OnFailure && stops);
            for field in rule.then.said().filter(restricts) {
                self.restricts(subject, &at.key("then"), field);
            }
        }
        self.found[before..].iter().all(|(_, finding)| finding.code != FindingCode::EmptyCondition)
    }

    /// What can be said by itself of a condition that picks messages out; whether it means what it says.
    pub(super) fn picks(&mut self, subject: Subject, place: &Place, when: &When) -> bool {
        if when.depth() > DEEPEST {
            let message = format!("conditions are nested deeper than {DEEPEST} in {subject}");
            self.report(FindingCode::NestedTooDeep, place, message);
            return false;
        }
        let before = self.found.len();
        self.inside(subject, place, when, false);
        self.found[before..].iter().all(|(_, finding)| finding.code != FindingCode::EmptyCondition)
    }

    fn restricts(&mut self, subject: Subject, then: &Place, field: Field) {
        let message = format!("{subject} asks urgency and says `{field}`: raising urgency could take a channel away");
        let hint = "restrict in a rule that asks no urgency, or lift instead".to_owned();
        self.report_with(FindingCode::UrgencyRestricts, &then.key(field.code()), message, Some(hint));
    }

    fn inside(&mut self, subject: Subject, place: &Place, when: &When, negated: bool) {
        self.names(subject, place, when);
        if negated && when.urgency.is_some() {
            let message = format!("urgency stands inside `not` in {subject}: raising it could take the rule away");
            self.report(FindingCode::UrgencyUnderNot, &place.key("urgency"), message);
        }
        let lists = [
            ("topic", when.topic.as_ref().map(Vec::is_empty)),
            ("purpose", when.purpose.as_ref().map(Vec::is_empty)),
            ("tag", when.tag.as_ref().map(Vec::is_empty)),
            ("segment", when.segment.as_ref().map(Vec::is_empty)),
            ("stage", when.stage.as_ref().map(Vec::is_empty)),
            ("locale", when.locale.as_ref().map(Vec::is_empty)),
            ("country", when.country.as_ref().map(Vec::is_empty)),
            ("tenant", when.tenant.as_ref().map(Vec::is_empty)),
            ("any", when.any.as_ref().map(Vec::is_empty)),
            ("all", when.all.as_ref().map(Vec::is_empty)),
        ];
        for (key, empty) in lists {
            if empty == Some(true) {
                self.empty(subject, &place.key(key), key);
            }
        }
        for (id, compare) in &when.attribute {
            let place = place.key("attribute").name(id);
            if compare.among.as_ref().is_some_and(Vec::is_empty) {
                self.empty(subject, &place.key("in"), "in");
            }
            if compare.values().next().is_none() && compare.among.is_none() {
                self.empty(subject, &place, id.as_str());
            }
        }
        for (at, part) in when.any.iter().flatten().enumerate() {
            self.inside(subject, &place.key("any").at(at), part, negated);
        }
        for (at, part) in when.all.iter().flatten().enumerate() {
            self.inside(subject, &place.key("all").at(at), part, negated);
        }
        if let Some(part) = &when.not {
            self.inside(subject, &place.key("not"), part, true);
        }
    }

    fn empty(&mut self, subject: Subject, place: &Place, key: &str) {
        let message = format!("`{key}` asks for nothing in {subject}");
        let hint = "leave it out where anything will do".to_owned();
        self.report_with(FindingCode::EmptyCondition, place, message, Some(hint));
    }
}
