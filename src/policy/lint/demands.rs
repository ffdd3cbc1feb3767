//! What a purpose asks of consent and of registries, where it cannot be meant.

use crate::{
    policy::{ConsentRule, Demands, FindingCode, PurposePolicy, finding::Place, reach::judged_as},
    profile::ConsentBasis,
    purpose::Purpose,
    similar::similar,
};

use super::{Lint, Subject};

impl Lint<'_> {
    pub(super) fn demands(&mut self) {
        for (purpose, said) in &self.policy.purposes {
            let (subject, place) = (Subject::Purpose(*purpose), Place::of("purposes").name(purpose));
            self.kinds(subject, &place.key("double_opt_in"), &said.double_opt_in);
            self.kinds(subject, &place.key("registry_fresh"), &said.registry_fresh);
            self.bases(subject, &place.key("consent_bases"), said.consent_bases.as_deref());
            self.idle_terms(*purpose, &place, said);
            self.unasked(*purpose, &place, said);
        }
    }

    fn bases(&mut self, subject: Subject, place: &Place, bases: Option<&[ConsentBasis]>) {
        let Some(bases) = bases else { return };
        if bases.is_empty() {
            let message = format!("`consent_bases` names no ground in {subject}");
            let hint =
                "leave it out for the customer's own word, say `consent = \"none\"` to ask for nothing".to_owned();
            self.report_with(FindingCode::EmptyBases, place, message, Some(hint));
        }
        for (at, basis) in bases.iter().enumerate() {
            let place = place.at(at);
            if bases[..at].contains(basis) {
                let message = format!("ground `{basis}` stands twice in {subject}");
                self.report(FindingCode::DuplicateBasis, &place, message);
            } else if let ConsentBasis::Unrecognized(code) = basis {
                let known = ConsentBasis::KNOWN.iter().map(ConsentBasis::code);
                let hint = similar(code.as_str(), known).map(|name| format!("did you mean `{name}`?"));
                let message = format!("unknown ground `{code}` in {subject}");
                self.report_with(FindingCode::UnknownBasis, &place, message, hint);
            }
        }
    }

    /// What is sent unasked, where people have to be asked nearly everywhere.
    fn unasked(&mut self, purpose: Purpose, place: &Place, said: &PurposePolicy) {
        if !matches!(judged_as(purpose), Purpose::Marketing | Purpose::Research) {
            return;
        }
        let subject = Subject::Purpose(purpose);
        if said.consent == Some(ConsentRule::None) {
            let hint = "say `opt_out` where the law asks for no consent, so that a withdrawal counts".to_owned();
            let message = format!("{subject} asks for no consent, so not even a withdrawal counts");
            self.report_with(FindingCode::WithoutConsent, &place.key("consent"), message, Some(hint));
        }
        if said.obeys_preferences == Some(false) {
            let message = format!("{subject} is sent over the customer's `off`");
            self.report(FindingCode::IgnoresPreferences, &place.key("obeys_preferences"), message);
        }
    }

    /// Terms of a consent that is not asked for, or of a confirmation of a word that is not accepted.
    fn idle_terms(&mut self, purpose: Purpose, place: &Place, said: &PurposePolicy) {
        let demands = Demands::of(judged_as(purpose)).with(said);
        let subject = Subject::Purpose(purpose);
        let mut idle = |key: &'static str, why: &str| {
            let message = format!("`{key}` says nothing in {subject}: {why}");
            self.report(FindingCode::IdleTerms, &place.key(key), message);
        };
        let unasked = demands.consent == ConsentRule::None;
        if unasked && said.consent_bases.is_some() {
            idle("consent_bases", "no consent is asked for");
        }
        if unasked && !said.double_opt_in.is_empty() {
            idle("double_opt_in", "no consent is asked for");
        } else if !said.double_opt_in.is_empty() && !demands.bases.has(ConsentBasis::Consent) {
            idle("double_opt_in", "the customer's own word is not among the grounds");
        }
    }
}
