//! Rules that do nothing, or something that no rule may do.

use std::collections::BTreeMap;

use crate::{
    policy::{
        Field, FindingCode, MOST_RULES, PurposePolicy,
        finding::Place,
        reach::{Reach, judged_as},
        solve::TooLarge,
    },
    purpose::Purpose,
};

use super::{Lint, Subject, search::Search};

impl Lint<'_> {
    /// What each rule says, alone and beside the others.
    pub(super) fn rules(&mut self) {
        let policy = self.policy;
        if policy.rules.len() > MOST_RULES {
            let message = format!("{} rules, at most {MOST_RULES} can be", policy.rules.len());
            return self.report(FindingCode::TooManyRules, &Place::of("rules"), message);
        }
        let mut first = BTreeMap::new();
        // Rules whose condition may mean something else than it says are not searched.
        let mut plain = Vec::with_capacity(policy.rules.len());
        for (at, rule) in policy.rules.iter().enumerate() {
            let place = Place::of("rules").at(at);
            let before = *first.entry(rule.name).or_insert(at);
            if before != at {
                let message = format!("rule `{}` has the name of rules[{before}]", rule.name);
                self.report(FindingCode::DuplicateRule, &place.key("name"), message);
            }
            if rule.then.said().next().is_none() {
                self.report(FindingCode::SaysNothing, &place.key("then"), format!("rule `{}` says nothing", rule.name));
            }
            plain.push(self.condition(rule, &place));
        }
        if self.found.iter().any(|(_, finding)| finding.code == FindingCode::NestedTooDeep) {
            return;
        }
        let reach = Reach::of(policy, None);
        let mut search = Search::new(&reach);
        let searched = self.words(&mut search, &plain).and_then(|()| self.reach(&mut search));
        if searched.and_then(|()| self.between_all(&mut search)).is_err() {
            let message = "the conditions are too intricate to search: what no rule, purpose or topic can ever do is \
                           not fully known";
            self.report(FindingCode::Undecided, &Place::of("rules"), message);
        }
    }

    /// Which words count at all.
    fn words(&mut self, search: &mut Search<'_>, plain: &[bool]) -> Result<(), TooLarge> {
        self.lifts(search)?;
        for (at, rule) in self.policy.rules.iter().enumerate().filter(|(at, _)| plain[*at]) {
            let place = Place::of("rules").at(at);
            if search.ask(|reach, work| reach.matching(at, &[], work))?.is_none() {
                let message = format!("no message and customer meet the condition of {}", Subject::Rule(rule.name));
                self.report(FindingCode::NeverMatches, &place.key("when"), message);
                continue;
            }
            for field in rule.then.said().filter(|field| !field.adds_up()) {
                if search.ask(|reach, work| reach.last_word(at, field, work))?.is_none() {
                    let hint = self.last_word(search, at, field)?;
                    let message = format!("`{field}` of rule `{}` is always overwritten by later rules", rule.name);
                    let place = place.key("then").key(field.code());
                    self.report_with(FindingCode::AlwaysOverwritten, &place, message, hint);
                }
            }
        }
        self.base_words(search)
    }

    /// A later rule that alone is to blame.
    fn last_word(&self, search: &mut Search<'_>, at: usize, field: Field) -> Result<Option<String>, TooLarge> {
        for (other, rule) in self.policy.rules.iter().enumerate().skip(at + 1) {
            if rule.then.said().any(|said| said == field) && search.ask(|reach, work| reach.implies(at, other, work))? {
                return Ok(Some(format!("rule `{}` matches whenever it does", rule.name)));
            }
        }
        Ok(None)
    }

    /// The defaults and the purposes, which come before every rule.
    fn base_words(&mut self, search: &mut Search<'_>) -> Result<(), TooLarge> {
        let policy = self.policy;
        for field in policy.defaults.said().filter(|field| !field.adds_up()) {
            let says = |said: &PurposePolicy| said.then.said().any(|said| said == field);
            let silent = |purpose| !policy.purposes.get(&judged_as(purpose)).is_some_and(says);
            if search.no_word(field, silent)?.is_none() {
                let message = format!("`{field}` of the defaults is always overwritten by purposes and rules");
                self.report(FindingCode::AlwaysOverwritten, &Place::of("defaults").key(field.code()), message);
            }
        }
        for (purpose, said) in policy.purposes.iter().filter(|(purpose, _)| Purpose::KNOWN.contains(purpose)) {
            for field in said.then.said().filter(|field| !field.adds_up()) {
                let this = |asked| judged_as(asked) == *purpose;
                if search.no_word(field, this)?.is_none() {
                    let message = format!("`{field}` of purpose `{purpose}` is always overwritten by rules");
                    let place = Place::of("purposes").name(purpose).key("then").key(field.code());
                    self.report(FindingCode::AlwaysOverwritten, &place, message);
                }
            }
        }
        Ok(())
    }

    /// Lifts where nothing but marketing is concerned.
    fn lifts(&mut self, search: &mut Search<'_>) -> Result<(), TooLarge> {
        let hint = || Some("marketing obeys every gate: drop the lift".to_owned());
        for (purpose, said) in &self.policy.purposes {
            if purpose.is_commercial() && !said.then.lifts.is_empty() {
                let message = format!("purpose `{purpose}` lifts a gate, which marketing never does");
                let place = Place::of("purposes").name(purpose).key("then").key("lifts");
                self.report_with(FindingCode::LiftOnMarketing, &place, message, hint());
            }
        }
        for (at, rule) in self.policy.rules.iter().enumerate().filter(|(_, rule)| !rule.then.lifts.is_empty()) {
            if search.ask(|reach, work| reach.matching(at, &[], work))?.is_none() {
                continue;
            }
            let elsewhere = search.reach.space.purpose(|purpose| !purpose.is_commercial());
            if search.ask(|reach, work| reach.matching(at, &[&elsewhere], work))?.is_none() {
                let message = format!("rule `{}` matches marketing only and lifts a gate", rule.name);
                let place = Place::of("rules").at(at).key("then").key("lifts");
                self.report_with(FindingCode::LiftOnMarketing, &place, message, hint());
            }
        }
        Ok(())
    }
}
