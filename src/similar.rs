//! Did you mean: the known name that a mistyped one is closest to.

/// The known name with the fewest slips to `typed`, where there are few enough for a slip of the fingers; of several,
/// the first.
///
/// A third of the letters may be wrong, at least one and at most three: more is another word.
pub(crate) fn similar<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (typed.chars().count() / 3).clamp(1, 3);
    let near = known.into_iter().map(|name| (slips(typed, name), name)).filter(|(slips, _)| *slips <= allowed);
    near.min_by_key(|(slips, _)| *slips).map(|(_, name)| name)
}

/// How many letters were left out, put in, changed or swapped with their neighbour (optimal string alignment).
fn slips(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    // Three rows of the table: the one before last, for swaps, the last one, and the one being filled.
    let mut before_last = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let changed = usize::from(from[i - 1] != to[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (from, to, expected) in [
            ("sms", "sms", 0),
            ("smss", "sms", 1),
            ("msm", "sms", 2),
            ("emial", "email", 1),
            ("", "rcs", 3),
            ("psuh", "push", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(slips(from, to), expected, "{from} {to}");
            assert_eq!(slips(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn the_closest_name_is_meant_and_a_stranger_is_not() {
        let known = ["email", "sms", "push", "web_push"];
        assert_eq!(similar("emial", known), Some("email"));
        assert_eq!(similar("web-push", known), Some("web_push"));
        assert_eq!(similar("pigeon", known), None);
    }
}
