//! What the payloads of notifications share: how long they live, how far they break in, what replaces them.

use crate::content::{
    InterruptionLevel,
    payload::parts::{Parts, Places},
    piece::Piece,
    push::PushOptions,
    setting::Setting,
};

/// The longest that FCM keeps a message, and what it takes where nothing is said: four weeks in seconds.
pub(super) const LONGEST: u32 = 2_419_200;

/// What the author said of the notification.
pub(super) fn options<'a>(setting: &Setting<'a>) -> &'a PushOptions {
    setting.content.push.as_ref().unwrap_or(PushOptions::NONE)
}

/// The pieces of a notification: all links have a place, replies have none.
pub(super) fn parts<'p>(pieces: &'p [Piece<'_>], headings: usize) -> Parts<'p> {
    Parts::of(pieces, &Places { headings, links: usize::MAX, replies: 0, pictures: 1 })
}

/// For how many seconds it is kept, where message or author set an end.
pub(super) fn ttl(setting: &Setting<'_>) -> Option<u32> {
    let left = setting.expires.map(|expires| {
        let left = (expires - setting.at).num_seconds().clamp(0, i64::from(LONGEST));
        // INVARIANT: clamped to what fits.
        u32::try_from(left).unwrap_or(LONGEST)
    });
    [left, options(setting).ttl_seconds.map(|ttl| ttl.min(LONGEST))].into_iter().flatten().min()
}

/// How far it breaks in: as the author says, else by urgency, and what sells never beyond the usual.
///
/// Never [`Critical`](InterruptionLevel::Critical) by itself, for that Apple lets only some apps do.
pub(super) fn interruption(setting: &Setting<'_>) -> InterruptionLevel {
    let by_urgency = match setting.urgency.level() {
        0 => InterruptionLevel::Passive,
        1 => InterruptionLevel::Active,
        _ if setting.purpose.is_commercial() => InterruptionLevel::Active,
        _ => InterruptionLevel::TimeSensitive,
    };
    options(setting).interruption_level.unwrap_or(by_urgency)
}

/// The name by which a later notification replaces this one.
pub(super) fn collapse<'a>(setting: &Setting<'a>) -> Option<&'a str> {
    options(setting).collapse_id.as_deref().or(setting.collapse).filter(|name| !name.is_empty())
}

/// A name in at most so many signs of URL-safe base64, 17 or more: itself where it is one, else its beginning and a
/// digest, so that two long names do not replace each other.
pub(super) fn short_name(name: &str, max: usize) -> String {
    const DIGEST: usize = "-0123456789abcdef".len();
    let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.len() <= max && name.chars().all(|c| is_safe(&c)) {
        return name.to_owned();
    }
    let mut short: String = name.chars().filter(is_safe).take(max.saturating_sub(DIGEST)).collect();
    // Spread over 64 bits: enough for names of one app, and no promise against somebody who looks for a collision.
    short.push_str(&format!("-{:016x}", crate::draw::draw(0, name)));
    short
}

/// The name of the datum for the link of this place, from 0: `link`, `link_2`.
pub(super) fn numbered(name: &str, place: usize) -> String {
    if place == 0 { name.to_owned() } else { format!("{name}_{}", place.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[track_caller]
    fn check(name: &str, max: usize, beginning: &str, digest: usize) {
        let short = short_name(name, max);
        assert!(short.len() <= max, "{short}");
        let end = short.strip_prefix(beginning).expect("the beginning");
        assert_eq!(end.len(), digest, "{short}");
        assert_ne!(short, short_name(&format!("{name}."), max));
    }

    #[test]
    fn long_names_and_strange_ones_end_in_a_digest() {
        check("order-1", 32, "order-1", 0);
        check(&"a".repeat(32), 32, &"a".repeat(32), 0);
        check(&"a".repeat(33), 32, &"a".repeat(15), 17);
        check("order 1\r\nX: y", 64, "order1Xy", 17);
        check("é", 64, "", 17);
    }
}
