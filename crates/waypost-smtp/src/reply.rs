//! Replies: what a server's answer means for the dispatch.

use waypost::{
    Code,
    driver::DeliveryError::{self, Busy, Invalid, Rejected},
    policy::FailureClass::{self, HardBounce, Unfit, Unreachable},
};

/// How far a session has come when something happens, in the order of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Connecting: name, TCP, TLS, greeting, EHLO.
    Greeting,
    /// Saying who we are.
    Auth,
    /// Leaving a failed message behind, before the next one.
    Reset,
    /// MAIL: the sender.
    Sender,
    /// RCPT: the recipient.
    Recipient,
    /// DATA: the leave to send the message.
    Data,
    /// The message itself; from here on it may have been sent.
    Message,
}

/// A reply without its text, which holds addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    code: u16,
    enhanced: Option<Enhanced>,
}

/// An enhanced status code (RFC 3463): class, subject, detail.
type Enhanced = [u16; 3];

impl Reply {
    /// A reply by its code and its text, of which only an enhanced code at its beginning is kept.
    pub(crate) fn new(code: u16, text: &str) -> Self {
        Self { code, enhanced: text.split_ascii_whitespace().next().and_then(enhanced) }
    }

    /// Whether the server ends the session with it (RFC 5321 section 3.8).
    pub(crate) fn is_closing(self) -> bool {
        self.code == 421
    }

    /// Whether it is for now.
    pub(crate) fn is_for_now(self) -> bool {
        self.code < 500
    }

    /// What is known of a dispatch that was answered so in a phase.
    ///
    /// The first row that matches counts. A code in two forms is the reply's own and the enhanced one of RFC 3463 and of
    /// the IANA registry "SMTP Enhanced Status Codes" (RFC 5248); `x` is any number. Bare is without an enhanced code, or with one of subject 0.
    ///
    /// | in phase | reply | is | detail |
    /// | --- | --- | --- | --- |
    /// | any | 421 | busy | `closing` |
    /// | authentication | 4xx | busy | `auth` |
    /// | any | 4.2.2 | busy | `mailbox_full` |
    /// | any | 4.5.3 | busy | `too_many` |
    /// | any | 4.7.x, as greylisting is | busy | `policy` |
    /// | any | 4.1.x, 4.2.x, bare 450 | busy | `mailbox` |
    /// | any | 4.3.1, bare 452 | busy | `storage` |
    /// | any | every other 4xx | busy | `server` |
    /// | any | 5xx with an enhanced code of class 4 | busy: a reply that contradicts itself is read gently | `unclear` |
    /// | greeting | 5xx (554: RFC 5321 section 3.1, 521: RFC 7504) | invalid | `server_refused` |
    /// | authentication | 5xx (535, 534, 538: RFC 4954) | invalid | `auth` |
    /// | any later | 530, 5.7.8, 5.7.9, 5.7.11 (RFC 4954, RFC 3207) | invalid | `auth` |
    /// | any later | 5.1.7, 5.1.8 | invalid | `sender_refused` |
    /// | any later | 5.3.4, 5.2.3 (RFC 1870) | unfit | `too_big` |
    /// | any later | 5.6.7 to 5.6.9 (RFC 6531) | unreachable | `no_smtputf8` |
    /// | sender | bare 552 | unfit | `too_big` |
    /// | sender | 5.5.x, 500 to 504, 555 | invalid | `protocol` |
    /// | sender | 5xx | invalid | `sender_refused` |
    /// | recipient, data, message | 5.1.1 | hard bounce | `no_mailbox` |
    /// | recipient, data, message | 5.1.2 | hard bounce | `no_domain` |
    /// | recipient, data, message | 5.1.3 | hard bounce | `bad_address` |
    /// | recipient, data, message | 5.1.6 | hard bounce | `moved` |
    /// | recipient, data, message | 5.1.10, 556 (RFC 7505, RFC 7504) | hard bounce | `takes_no_mail` |
    /// | recipient, data, message | 5.2.1 | hard bounce | `disabled` |
    /// | recipient, data, message | 5.2.2 | unreachable | `mailbox_full` |
    /// | recipient, data, message | 5.7.x | unfit | `policy` |
    /// | recipient, data, message | 5.6.x | unfit | `content` |
    /// | recipient, data, message | 5.1.x, 5.2.x | unreachable | `mailbox` |
    /// | recipient, data, message | 5.3.x, 5.4.x | unreachable | `server` |
    /// | recipient, data, message | 5.5.x | invalid | `protocol` |
    /// | recipient | 550, 551, 553 bare | hard bounce | `no_mailbox` |
    /// | recipient | 552 bare | unreachable | `mailbox_full` |
    /// | data, message | 552 bare | unfit | `too_big` |
    /// | recipient, data, message | 500 to 504, 555 | invalid | `protocol` |
    /// | recipient, data, message | every other | unfit | `policy` |
    ///
    /// A bare 5xx to the message is not a bounce: the address was taken just before.
    pub(crate) fn error(self, phase: Phase) -> DeliveryError {
        let now = |detail| Busy { retry_after: None, detail: Some(detail) };
        let class = self.enhanced.map(|[class, _, _]| class);
        match self.code {
            400..500 if phase == Phase::Auth => now(AUTH),
            400..500 => now(FOR_NOW.iter().find(|(when, _)| self.is(when)).map_or(SERVER, |(_, detail)| *detail)),
            500..600 if class == Some(4) => now(UNCLEAR),
            _ => {
                let row = FOR_GOOD.iter().find(|row| row.phases.contains(&phase) && self.is(&row.when));
                row.map_or(Invalid { detail: Some(PROTOCOL) }, |row| row.means.error())
            }
        }
    }

    fn is(self, when: &When) -> bool {
        let is_code = |codes: &[(u16, u16)]| codes.iter().any(|(least, most)| (*least..=*most).contains(&self.code));
        match when {
            When::Code(codes) => is_code(codes),
            When::Bare(codes) => is_code(codes) && self.enhanced.is_none_or(|[_, subject, _]| subject == 0),
            When::Enhanced(kinds) => self.enhanced.is_some_and(|[_, subject, detail]| {
                kinds.iter().any(|(of, one)| *of == subject && one.is_none_or(|one| one == detail))
            }),
        }
    }
}

/// `5.1.1`: a class of 2, 4 or 5 and two numbers of up to three digits.
fn enhanced(text: &str) -> Option<Enhanced> {
    let mut parts = text.split('.').map(|part| {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    });
    let mut part = || parts.next().flatten();
    let enhanced = [part()?, part()?, part()?];
    (matches!(enhanced[0], 2 | 4 | 5) && parts.next().is_none()).then_some(enhanced)
}

/// What a reply says, in either of its forms.
enum When {
    /// The reply's code, from and to.
    Code(&'static [(u16, u16)]),
    /// The reply's code, where no enhanced one says more: there is none, or its subject is 0.
    Bare(&'static [(u16, u16)]),
    /// Subjects of the enhanced code with one detail, or with any.
    Enhanced(&'static [(u16, Option<u16>)]),
}

/// What follows for good.
enum Means {
    Rejected(FailureClass, &'static str),
    Invalid(&'static str),
}

impl Means {
    fn error(&self) -> DeliveryError {
        match *self {
            Self::Rejected(class, detail) => Rejected { class, detail: Some(Code::literal(detail)) },
            Self::Invalid(detail) => Invalid { detail: Some(Code::literal(detail)) },
        }
    }
}

struct Row {
    phases: &'static [Phase],
    when: When,
    means: Means,
}

const fn rejected(phases: &'static [Phase], when: When, class: FailureClass, detail: &'static str) -> Row {
    Row { phases, when, means: Means::Rejected(class, detail) }
}

const fn invalid(phases: &'static [Phase], when: When, detail: &'static str) -> Row {
    Row { phases, when, means: Means::Invalid(detail) }
}

pub(crate) const AUTH: Code = Code::literal("auth");
pub(crate) const PROTOCOL: Code = Code::literal("protocol");
const SERVER: Code = Code::literal("server");
const UNCLEAR: Code = Code::literal("unclear");

/// The details of 4xx.
const FOR_NOW: &[(When, Code)] = &[
    (When::Code(&[(421, 421)]), Code::literal("closing")),
    (When::Enhanced(&[(2, Some(2))]), Code::literal("mailbox_full")),
    (When::Enhanced(&[(5, Some(3))]), Code::literal("too_many")),
    (When::Enhanced(&[(7, None)]), Code::literal("policy")),
    (When::Enhanced(&[(1, None), (2, None)]), Code::literal("mailbox")),
    (When::Enhanced(&[(3, Some(1))]), Code::literal("storage")),
    (When::Enhanced(&[(3, None), (4, None)]), SERVER),
    (When::Bare(&[(450, 450)]), Code::literal("mailbox")),
    (When::Bare(&[(452, 452)]), Code::literal("storage")),
];

const GREETING: &[Phase] = &[Phase::Greeting];
const AUTHENTICATION: &[Phase] = &[Phase::Auth];
const SENDER: &[Phase] = &[Phase::Reset, Phase::Sender];
const RECIPIENT: &[Phase] = &[Phase::Recipient];
const CONTENT: &[Phase] = &[Phase::Data, Phase::Message];
/// Once the server knows the sender.
const ADDRESSED: &[Phase] = &[Phase::Recipient, Phase::Data, Phase::Message];
/// Once it knows us.
const LATER: &[Phase] = &[Phase::Reset, Phase::Sender, Phase::Recipient, Phase::Data, Phase::Message];

const ALL: &[(u16, u16)] = &[(500, 599)];
const SYNTAX: &[(u16, u16)] = &[(500, 504), (555, 555)];

/// The rows of the table above for 5xx, in its order.
const FOR_GOOD: &[Row] = &[
    invalid(GREETING, When::Code(ALL), "server_refused"),
    invalid(AUTHENTICATION, When::Code(ALL), "auth"),
    invalid(LATER, When::Code(&[(530, 530)]), "auth"),
    invalid(LATER, When::Enhanced(&[(7, Some(8)), (7, Some(9)), (7, Some(11))]), "auth"),
    invalid(LATER, When::Enhanced(&[(1, Some(7)), (1, Some(8))]), "sender_refused"),
    rejected(LATER, When::Enhanced(&[(3, Some(4)), (2, Some(3))]), Unfit, "too_big"),
    rejected(LATER, When::Enhanced(&[(6, Some(7)), (6, Some(8)), (6, Some(9))]), Unreachable, "no_smtputf8"),
    rejected(SENDER, When::Bare(&[(552, 552)]), Unfit, "too_big"),
    invalid(SENDER, When::Enhanced(&[(5, None)]), "protocol"),
    invalid(SENDER, When::Bare(SYNTAX), "protocol"),
    invalid(SENDER, When::Code(ALL), "sender_refused"),
    rejected(ADDRESSED, When::Enhanced(&[(1, Some(1))]), HardBounce, "no_mailbox"),
    rejected(ADDRESSED, When::Enhanced(&[(1, Some(2))]), HardBounce, "no_domain"),
    rejected(ADDRESSED, When::Enhanced(&[(1, Some(3))]), HardBounce, "bad_address"),
    rejected(ADDRESSED, When::Enhanced(&[(1, Some(6))]), HardBounce, "moved"),
    rejected(ADDRESSED, When::Enhanced(&[(1, Some(10))]), HardBounce, "takes_no_mail"),
    rejected(ADDRESSED, When::Enhanced(&[(2, Some(1))]), HardBounce, "disabled"),
    rejected(ADDRESSED, When::Enhanced(&[(2, Some(2))]), Unreachable, "mailbox_full"),
    rejected(ADDRESSED, When::Enhanced(&[(7, None)]), Unfit, "policy"),
    rejected(ADDRESSED, When::Enhanced(&[(6, None)]), Unfit, "content"),
    rejected(ADDRESSED, When::Enhanced(&[(1, None), (2, None)]), Unreachable, "mailbox"),
    rejected(ADDRESSED, When::Enhanced(&[(3, None), (4, None)]), Unreachable, "server"),
    invalid(ADDRESSED, When::Enhanced(&[(5, None)]), "protocol"),
    rejected(ADDRESSED, When::Bare(&[(556, 556)]), HardBounce, "takes_no_mail"),
    rejected(RECIPIENT, When::Bare(&[(550, 551), (553, 553)]), HardBounce, "no_mailbox"),
    rejected(RECIPIENT, When::Bare(&[(552, 552)]), Unreachable, "mailbox_full"),
    rejected(CONTENT, When::Bare(&[(552, 552)]), Unfit, "too_big"),
    invalid(ADDRESSED, When::Bare(SYNTAX), "protocol"),
    rejected(ADDRESSED, When::Code(ALL), Unfit, "policy"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PHASES: [Phase; 7] =
        [Phase::Greeting, Phase::Auth, Phase::Reset, Phase::Sender, Phase::Recipient, Phase::Data, Phase::Message];

    /// One reply in one phase; what is expected is how the error shows itself.
    #[track_caller]
    fn check(phase: Phase, reply: &str, expected: &str) {
        let (code, text) = reply.split_at(3);
        let error = Reply::new(code.parse().expect("a code"), text).error(phase);
        assert_eq!(error.to_string(), expected, "{reply} in {phase:?}");
    }

    #[test]
    fn a_recipient_is_refused_for_what_is_wrong_with_it() {
        let check = |reply, expected| check(Phase::Recipient, reply, expected);
        check("550 5.1.1 <ana@example.org>: unknown", "rejected for good: hard_bounce: no_mailbox");
        check("550 no such user", "rejected for good: hard_bounce: no_mailbox");
        check("550", "rejected for good: hard_bounce: no_mailbox");
        check("550 5.0.0 no", "rejected for good: hard_bounce: no_mailbox");
        check("551 not local", "rejected for good: hard_bounce: no_mailbox");
        check("553 not allowed", "rejected for good: hard_bounce: no_mailbox");
        check("550 5.1.2 no such domain", "rejected for good: hard_bounce: no_domain");
        check("501 5.1.3 bad syntax", "rejected for good: hard_bounce: bad_address");
        check("550 5.1.6 has moved", "rejected for good: hard_bounce: moved");
        check("556 5.1.10 null MX", "rejected for good: hard_bounce: takes_no_mail");
        check("556 no mail here", "rejected for good: hard_bounce: takes_no_mail");
        check("550 5.2.1 disabled", "rejected for good: hard_bounce: disabled");
        check("552 5.2.2 over quota", "rejected for good: unreachable: mailbox_full");
        check("552 over quota", "rejected for good: unreachable: mailbox_full");
        check("550 5.4.1 access denied", "rejected for good: unreachable: server");
        check("550 5.1.4 ambiguous", "rejected for good: unreachable: mailbox");
        check("553 5.6.7 needs SMTPUTF8", "rejected for good: unreachable: no_smtputf8");
        check("550 5.7.1 relay access denied", "rejected for good: unfit: policy");
        check("550 5.7.26 not authenticated", "rejected for good: unfit: policy");
        check("554 no", "rejected for good: unfit: policy");
        check("552 5.3.4 too big", "rejected for good: unfit: too_big");
        check("530 5.7.0 must issue a STARTTLS command first", "the request is wrong: auth");
        check("553 5.1.8 sender's domain not found", "the request is wrong: sender_refused");
        check("503 5.5.1 need MAIL", "the request is wrong: protocol");
        check("501 syntax", "the request is wrong: protocol");
    }

    #[test]
    fn a_message_is_refused_and_not_the_address() {
        for phase in [Phase::Data, Phase::Message] {
            check(phase, "550 rejected", "rejected for good: unfit: policy");
            check(phase, "554 5.7.1 spam", "rejected for good: unfit: policy");
            check(phase, "552 too much", "rejected for good: unfit: too_big");
            check(phase, "552 5.3.4 too much", "rejected for good: unfit: too_big");
            check(phase, "554 5.6.0 malformed", "rejected for good: unfit: content");
            // A server that looks the mailbox up only now says so.
            check(phase, "550 5.1.1 unknown", "rejected for good: hard_bounce: no_mailbox");
            check(phase, "552 5.2.2 over quota", "rejected for good: unreachable: mailbox_full");
        }
    }

    #[test]
    fn our_own_faults_are_told_apart() {
        check(Phase::Greeting, "554 no SMTP service here", "the request is wrong: server_refused");
        check(Phase::Greeting, "421 too many connections", "rejected for now: closing");
        check(Phase::Auth, "535 5.7.8 bad credentials", "the request is wrong: auth");
        check(Phase::Auth, "454 4.7.0 later", "rejected for now: auth");
        check(Phase::Sender, "550 5.7.1 not yours", "the request is wrong: sender_refused");
        check(Phase::Sender, "553 no", "the request is wrong: sender_refused");
        check(Phase::Sender, "530 5.7.0 authenticate", "the request is wrong: auth");
        check(Phase::Sender, "552 5.3.4 too big", "rejected for good: unfit: too_big");
        check(Phase::Sender, "552 too big", "rejected for good: unfit: too_big");
        check(Phase::Sender, "555 unknown parameter", "the request is wrong: protocol");
    }

    #[test]
    fn what_is_for_now_says_of_what() {
        let check = |reply, expected| check(Phase::Recipient, reply, expected);
        check("421 closing", "rejected for now: closing");
        check("450 in use", "rejected for now: mailbox");
        check("450 4.2.0 greylisted", "rejected for now: mailbox");
        check("450 4.7.1 greylisted", "rejected for now: policy");
        check("451 local error", "rejected for now: server");
        check("452 no room", "rejected for now: storage");
        check("452 4.3.1 no room", "rejected for now: storage");
        check("452 4.2.2 over quota", "rejected for now: mailbox_full");
        check("452 4.5.3 too many", "rejected for now: too_many");
        // Contradictions.
        check("450 5.1.1 unknown", "rejected for now: mailbox");
        check("550 4.2.2 over quota", "rejected for now: unclear");
        check("550 2.0.0 fine", "rejected for good: hard_bounce: no_mailbox");
    }

    #[test]
    fn every_code_in_every_phase_means_what_its_class_says() {
        for phase in PHASES {
            for code in 400..600 {
                for enhanced in [None, Some((1, 1)), Some((2, 2)), Some((7, 1)), Some((9, 9)), Some((0, 0))] {
                    let class = code / 100;
                    let text = enhanced.map_or(String::new(), |(s, d)| format!("{class}.{s}.{d} <ana@example.org>"));
                    let error = Reply::new(code, &text).error(phase);
                    assert_eq!(matches!(error, Busy { .. }), code < 500, "{code} {text} in {phase:?}");
                    // Nobody's mailbox is given up before the server was asked for it.
                    let is_bounce = matches!(error, Rejected { class: HardBounce, .. });
                    assert!(!is_bounce || phase >= Phase::Recipient, "{code} {text} in {phase:?}");
                    assert!(!format!("{error} {error:?}").contains("example"));
                }
            }
        }
    }

    #[test]
    fn enhanced_codes_are_read_strictly() {
        for (text, expected) in [
            ("5.1.1", Some([5, 1, 1])),
            ("4.7.650", Some([4, 7, 650])),
            ("5.1", None),
            ("5.1.1.1", None),
            ("3.1.1", None),
            ("5.1.1234", None),
            ("5.+1.1", None),
            ("5.1.1:", None),
            ("", None),
        ] {
            assert_eq!(enhanced(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_reply_means_something_and_shows_nothing(code in any::<u16>(), text in "[245]\\.[0-9]{1,4}\\.[0-9]{1,4} \\PC{0,20}|\\PC{0,40}") {
            for phase in PHASES {
                let error = Reply::new(code, &text).error(phase);
                prop_assert_eq!(error, Reply::new(code, text.split(' ').next().unwrap_or_default()).error(phase));
            }
        }
    }
}
