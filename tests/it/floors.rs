//! The house stands on floors: a file uses its own floor and those below it.

use std::{fs, path::Path};

/// Rooms by floor, from the ground up; a room is a file of `src` or a folder with all its files.
const FLOORS: &[&[&str]] = &[
    &["id", "codes", "version", "draw", "similar", "parse", "discreet", "unique", "shared", "time"],
    &["kind", "purpose", "address", "digest", "locale", "country", "jurisdiction", "money"],
    &["profile", "message", "content", "price", "channel", "facts", "history", "request", "reason", "event"],
    &["policy", "law"],
    &[
        "config",
        "route",
        "plan",
        "trace",
        "flip",
        "explain",
        "cap_count",
        "confirmation",
        "execution",
        "feedback",
        "breaker",
        "arbitrate",
    ],
    &["router", "check", "proof"],
    &["driver"],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in
        fs::read_dir(folder).expect("the sources are here").map(|entry| entry.expect("a readable entry").path())
    {
        if entry.is_dir() {
            sources(&entry, into);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            let name = entry.strip_prefix(source_root()).expect("below the root").with_extension("");
            into.push((name.to_string_lossy().replace('\\', "/"), fs::read_to_string(&entry).expect("readable text")));
        }
    }
}

fn source_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// The rooms that a source names behind `crate::`, outside comments and its own tests.
fn rooms_used(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            // Names at the outer level of the braces.
            let mut depth = 1;
            let mut name = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => rooms.push(std::mem::take(&mut name)),
                    _ if depth == 1 => name.push(character),
                    _ => {}
                }
                if depth == 0 {
                    rooms.push(name);
                    break;
                }
            }
        } else {
            rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    let first = |room: String| room.trim().split("::").next().unwrap_or_default().trim().to_owned();
    rooms.into_iter().map(first).filter(|room| !room.is_empty()).collect()
}

#[test]
fn no_file_reaches_up() {
    let mut files = Vec::new();
    sources(source_root(), &mut files);
    let mut seen = 0;
    for (file, text) in files.iter().filter(|(file, _)| file != "lib" && file != "guide") {
        let room = file.split('/').next().unwrap_or_default();
        let own = floor(room).unwrap_or_else(|| panic!("`{room}` stands on no floor: add it to FLOORS"));
        for used in rooms_used(text) {
            let Some(other) = floor(&used) else { continue };
            seen += 1;
            assert!(other <= own, "src/{file}.rs on floor {own} uses `{used}` on floor {other}");
        }
    }
    assert!(seen > 100, "the reader of `crate::` lines finds hardly any: {seen}");
}

#[test]
fn every_room_exists() {
    for room in FLOORS.iter().copied().flatten() {
        let path = source_root().join(room);
        assert!(path.is_dir() || path.with_extension("rs").is_file(), "`{room}` is on a floor and not in src");
    }
}
