//! Links in a text: where they stand, so that nothing cuts or rewrites them.

use std::ops::Range;

/// The stretches of a text that a phone or a browser takes for a link, in order, in bytes.
///
/// | taken for a link | such as |
/// | --- | --- |
/// | a scheme and what follows it | `https://example.com/a?b=c`, `mailto:ana@example.com`, `tel:+34600111222` |
/// | `www.` | `www.example.com` |
/// | a domain with a path, a query, a fragment or a port | `example.com/p`, `example.com:8080` |
/// | a domain alone, of letters at its end | `example.com` |
/// | an e-mail address | `ana@example.com` |
///
/// It ends at white space, at quotes and angle brackets, and before the punctuation of the sentence around it; a closing
/// bracket belongs to it where it was opened in it.
pub(crate) fn links(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    tokens(text).filter_map(|token| {
        let start = token.start + text[token.clone()].len() - trimmed_start(&text[token.clone()]).len();
        let end = start + trimmed_end(&text[start..token.end]).len();
        is_link(&text[start..end]).then_some(start..end)
    })
}

/// Whether nothing runs where an address is opened: programmes that show messages may open whatever they are given.
pub(crate) fn is_safe(url: &str) -> bool {
    if url.starts_with("https://") || url.starts_with("http://") {
        return true;
    }
    const RUN: [&str; 8] = ["javascript", "vbscript", "data", "file", "blob", "mhtml", "res", "intent"];
    // Browsers pass over control characters and white space in a scheme.
    let scheme: String =
        url.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take_while(|c| *c != ':').collect();
    let scheme = scheme.to_ascii_lowercase();
    !RUN.contains(&scheme.as_str()) && !scheme.starts_with("ms-") && !scheme.starts_with("search-ms") && scheme != "smb"
}

/// What stands between white space and characters that no address holds, where it may be a link: every link has a full
/// stop, a colon or an at sign inside, and hardly a word has.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = text.char_indices();
    std::iter::from_fn(move || {
        loop {
            let mut token: Option<Range<usize>> = None;
            let mut has_mark = false;
            let mut may_be_link = false;
            for (at, c) in rest.by_ref() {
                if is_edge(c) {
                    if token.is_some() {
                        break;
                    }
                    continue;
                }
                may_be_link |= has_mark;
                has_mark |= matches!(c, '.' | ':' | '@');
                let end = at + c.len_utf8();
                token = Some(token.map_or(at..end, |token| token.start..end));
            }
            let token = token?;
            if may_be_link {
                return Some(token);
            }
        }
    })
}

fn is_edge(c: char) -> bool {
    if c.is_ascii() {
        return c <= ' ' || matches!(c, '"' | '<' | '>' | '`' | '|' | '\u{7f}');
    }
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ab}' | '\u{bb}')
        || matches!(c, '\u{2018}'..='\u{201f}' | '\u{2026}' | '\u{3001}'..='\u{3002}' | '\u{3008}'..='\u{3011}')
        || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Without what opens a bracket or a quotation before a link.
fn trimmed_start(token: &str) -> &str {
    token.trim_start_matches(['(', '[', '{', '\'', '*', '_', '~', ',', ';', '.', '!', '?', ':', '-'])
}

/// Without the punctuation of the sentence that goes on after a link.
fn trimmed_end(token: &str) -> &str {
    let mut link = token;
    // How many more brackets are open than closed; one that closes none belongs to the sentence.
    let mut open = [('(', ')'), ('[', ']'), ('{', '}')].map(|(opens, closes)| {
        let count = |bracket| token.matches(bracket).count();
        (closes, count(closes).saturating_sub(count(opens)))
    });
    while let Some(last) = link.chars().next_back() {
        let is_outside = match open.iter_mut().find(|(closes, _)| *closes == last) {
            Some((_, 0)) => false,
            Some((_, unopened)) => {
                *unopened -= 1;
                true
            }
            None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~'),
        };
        if !is_outside {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

fn is_link(token: &str) -> bool {
    let after = |scheme: &str| {
        let head = token.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &token[scheme.len()..])
    };
    for scheme in ["mailto:", "tel:", "sms:"] {
        if let Some(rest) = after(scheme) {
            return rest.chars().any(char::is_alphanumeric);
        }
    }
    if let Some((scheme, rest)) = token.split_once("://") {
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        return scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(is_scheme)
            && rest.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '[' | '/'));
    }
    if let Some(rest) = after("www.") {
        return rest.chars().next().is_some_and(char::is_alphanumeric);
    }
    if let Some((local, host)) = token.rsplit_once('@') {
        return !local.is_empty() && is_domain(host);
    }
    let host_ends = token.find(['/', '?', '#', ':']).unwrap_or(token.len());
    is_domain(&token[..host_ends])
}

/// Two labels at least, the last one of letters: a version, a time or a price is none.
fn is_domain(host: &str) -> bool {
    let Some((labels, top)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    // The longest label of the domain name system, and no country or purpose of one letter.
    top.chars().count() >= 2
        && top.len() <= 63
        && top.chars().all(char::is_alphabetic)
        && labels.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = links(text).map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn links_are_found_where_they_stand() {
        check("", &[]);
        check("Your parcel is on its way.", &[]);
        check("See https://example.com/a?b=c#d now", &["https://example.com/a?b=c#d"]);
        check("HTTP://EXAMPLE.COM", &["HTTP://EXAMPLE.COM"]);
        check("Pay at example.com/p, or call tel:+34600111222.", &["example.com/p", "tel:+34600111222"]);
        check("www.example.com! mailto:ana@example.com?", &["www.example.com", "mailto:ana@example.com"]);
        check("a.example.com b.co.uk example.com:8080/x", &["a.example.com", "b.co.uk", "example.com:8080/x"]);
        check("bank://open/card \u{201c}shop.example/x\u{201d}", &["bank://open/card", "shop.example/x"]);
        check("dörfer.example/straße 例え.テスト/道", &["dörfer.example/straße", "例え.テスト/道"]);
        check("- ana.b+c@example.com, -example.com/x", &["ana.b+c@example.com", "example.com/x"]);
        check("http://[2001:db8::1]/x", &["http://[2001:db8::1]/x"]);
        check("https://a.example https://a.example", &["https://a.example", "https://a.example"]);
    }

    #[test]
    fn the_sentence_around_a_link_is_not_of_it() {
        check("(see https://example.com/a).", &["https://example.com/a"]);
        check("https://example.com/a_(b)", &["https://example.com/a_(b)"]);
        check("(https://example.com/a_(b))", &["https://example.com/a_(b)"]);
        check("<https://example.com/a>, [example.com/b]", &["https://example.com/a", "example.com/b"]);
        check("'www.example.com/a'?!...", &["www.example.com/a"]);
        check("example.com/a\u{2026}", &["example.com/a"]);
        check("https://example.com/a/", &["https://example.com/a/"]);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        check("10.30 1.2.3 3.50EUR e.g. i.e. U.S. ... a.b/c 4.821,00", &[]);
        check("and/or 24/7 tel: www. https:// :// http://.", &[]);
        check("-.com a..com @example.com ana@ a-.com/x", &[]);
    }
}
