//! Writing a text anew around what must not be touched.

use std::ops::Range;

/// A text written anew, and where its protected ranges stand in it.
pub(super) struct Rewrite {
    pub(super) text: String,
    pub(super) protected: Vec<Range<usize>>,
}

impl Rewrite {
    /// Writes every stretch between protected ranges by `write`, and the ranges as they are.
    ///
    /// Ranges may overlap and reach past the end; one that begins or ends within a character holds all of it.
    pub(super) fn of(text: &str, protected: &[Range<usize>], write: impl Fn(&str, &mut String)) -> Self {
        let mut sorted: Vec<_> = protected.iter().map(|range| whole(text, range)).collect();
        sorted.sort_by_key(|range| (range.start, range.end));
        let mut written = String::with_capacity(text.len());
        // Where a kept stretch stood, and where it stands now.
        let mut kept: Vec<(Range<usize>, usize)> = Vec::with_capacity(sorted.len());
        let mut done = 0;
        for range in sorted {
            if range.start > done || kept.is_empty() {
                write(&text[done..range.start], &mut written);
                done = range.start;
            }
            let from = range.start.max(done);
            kept.push((range.clone(), written.len() - (done - range.start)));
            if range.end > from {
                written.push_str(&text[from..range.end]);
                done = range.end;
            }
        }
        write(&text[done..], &mut written);
        let place = |range: &Range<usize>| {
            let range = whole(text, range);
            let found = kept.iter().find(|(stood, _)| *stood == range);
            found.map_or(0..0, |(_, now)| *now..*now + range.len())
        };
        Self { protected: protected.iter().map(place).collect(), text: written }
    }
}

/// A range with all of the characters that it begins and ends in.
fn whole(text: &str, range: &Range<usize>) -> Range<usize> {
    let mut end = range.end.min(text.len());
    let mut start = range.start.min(end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a list of one range is what is meant")]
mod tests {
    use super::*;

    #[test]
    fn what_is_protected_stands_there_byte_for_byte() {
        #[track_caller]
        fn check(text: &str, protected: &[Range<usize>], expected: &str, now: &[Range<usize>]) {
            let doubled = |piece: &str, into: &mut String| piece.chars().for_each(|c| into.extend([c, c]));
            let rewrite = Rewrite::of(text, protected, doubled);
            assert_eq!((&*rewrite.text, &*rewrite.protected), (expected, now));
        }
        check("abc", &[], "aabbcc", &[]);
        check("abc", &[1..2], "aabcc", &[2..3]);
        check("abc", &[0..3], "abc", &[0..3]);
        check("abcdef", &[4..5, 1..2], "aabccddeff", &[7..8, 2..3]);
        // Beside, over and within one another, and nothing at all.
        check("abcdef", &[1..3, 3..4], "aabcdeeff", &[2..4, 4..5]);
        check("abcdef", &[1..4, 2..5, 2..3, 5..5], "aabcdeff", &[2..5, 3..6, 3..4, 6..6]);
        check("abc", &[0..0, 3..3], "aabbcc", &[0..0, 6..6]);
        // Half a character, and past the end.
        check("aéb", &[2..3], "aaébb", &[2..4]);
        check("ab", &[1..9, 7..9], "aab", &[2..3, 3..3]);
        #[expect(clippy::reversed_empty_ranges, reason = "a caller may be wrong")]
        check("ab", &[2..1], "aabb", &[2..2]);
    }
}
