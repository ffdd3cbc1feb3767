//! Links: which addresses a button of an email may lead to, and a picture come from.

/// Schemes that lead somewhere without `//` behind them.
const SHORT: [&str; 4] = ["mailto", "tel", "sms", "geo"];

/// Schemes that run, read or show what stands in the address itself, or on the reader's machine.
const NEVER: [&str; 12] = [
    "about",
    "blob",
    "cid",
    "data",
    "file",
    "filesystem",
    "jar",
    "javascript",
    "livescript",
    "mid",
    "vbscript",
    "view-source",
];

/// Whether a button may lead there: the web, an address to write to or to call, or an app (`shop://cart`).
///
/// What is not a link stands as words. White space and control characters are in no link, for browsers skip them and
/// read another scheme than we did.
pub(crate) fn leads(url: &str) -> bool {
    scheme(url).is_some_and(|(scheme, rest)| {
        let is = |known: &str| scheme.eq_ignore_ascii_case(known);
        let place = rest.strip_prefix("//");
        let has_place = if is_web(scheme) { place.is_some_and(has_host) } else { place.is_some_and(|p| !p.is_empty()) };
        !NEVER.into_iter().any(is) && (has_place || (SHORT.into_iter().any(is) && !rest.is_empty()))
    })
}

/// Whether a picture may come from there: the web.
pub(super) fn shows(url: &str) -> bool {
    scheme(url).is_some_and(|(scheme, rest)| is_web(scheme) && rest.strip_prefix("//").is_some_and(has_host))
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Whether what stands behind `//` begins with a host (RFC 3986 section 3.2): a name with a letter or a digit, or the
/// number of an IPv6 host in brackets. Who asks for it, before an `@`, and a port behind it are none.
pub(super) fn has_host(place: &str) -> bool {
    let authority = place.split(['/', '?', '#', '\\']).next().unwrap_or(place);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    match host.strip_prefix('[') {
        Some(number) => number.split_once(']').is_some_and(|(number, _)| number.contains(':')),
        None => host.split(':').next().is_some_and(|name| name.starts_with(|c: char| c.is_alphanumeric() || c == '%')),
    }
}

/// The scheme and what stands behind its colon (RFC 3986 section 3.1).
fn scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let is_clean = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    (is_scheme && is_clean).then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_somewhere_is_a_link() {
        for url in [
            "https://a.example/?q=1",
            "HTTP://a",
            "https://ana@a:1/",
            "https://[::1]/",
            "https://%C3%BC.example",
            "mailto:a@b.example",
            "tel:+34600",
            "shop://cart",
            "x-app+1://y",
        ] {
            assert!(leads(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt://%0aalert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "data://x",
            "vbscript:x",
            "file:///etc/passwd",
            "//a.example",
            "/cart",
            "cart",
            "",
            ":",
            "https:",
            "https://",
            "https://@",
            "https://ana@/x",
            "https://:443",
            "https://?x=1",
            "https:///x",
            "http://.",
            "https://[]/",
            "mailto:",
            "https://a.example/ b",
            "\u{1}https://a",
            "jävascript://a",
        ] {
            assert!(!leads(url), "{url}");
        }
    }

    #[test]
    fn pictures_come_from_the_web() {
        assert!(shows("https://a.example/b.png"));
        assert!(!shows("data:image/png;base64,AAAA") && !shows("cid:x") && !shows("shop://b.png") && !shows("b.png"));
        assert!(!shows("https://@/b.png"));
    }
}
