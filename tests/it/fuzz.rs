//! The bodies of the fuzz targets, over the corpus and over mutations of it that are the same on every run.

use std::{fs, path::Path};

#[path = "../../fuzz/bodies.rs"]
mod bodies;

/// How often every file of a corpus is mutated: some thousands of runs a target, and a few seconds.
const MUTATIONS: u64 = 100;

/// Bytes that mean something to a reader.
const TELLING: &[u8] = b"0159\"'{}[],:=.-+\\\n\0aeE\xff";

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The remainder of a 64-bit number by a small one is even enough, and fits what it is the remainder of.
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    /// A few edits: a bit flipped, a byte replaced, a stretch removed, doubled, or taken from another file.
    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(24)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = TELLING[self.below(TELLING.len())],
                2 => drop(bytes.drain(at..end)),
                3 => bytes.extend_from_within(at..end),
                4 => {
                    let from = self.below(other.len());
                    let to = (from + self.below(48)).min(other.len());
                    bytes.splice(at..end, other[from..to].iter().copied());
                }
                _ => bytes.truncate(bytes.len() - self.below(bytes.len() / 4 + 1)),
            }
        }
    }
}

/// Runs a target over its corpus; a panic is preceded by the bytes that made it.
#[track_caller]
fn check(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let corpus: Vec<_> = files.iter().map(|file| fs::read(file).expect("a file of the corpus")).collect();
    assert!(corpus.len() >= 20, "a corpus of {}", corpus.len());
    let mut chance = Chance(0);
    for (file, bytes) in files.iter().zip(&corpus) {
        println!("{}", file.display());
        run(bytes);
        for _ in 0..MUTATIONS {
            let mut bytes = bytes.clone();
            let other = &corpus[chance.below(corpus.len())];
            chance.mutate(&mut bytes, other);
            println!("{:?}", String::from_utf8_lossy(&bytes));
            run(&bytes);
        }
    }
}

#[test]
fn policy_text() {
    check("policy_text", bodies::policy_text);
}

#[test]
fn law_text() {
    check("law_text", bodies::law_text);
}

#[test]
fn request_json() {
    check("request_json", bodies::request_json);
}

#[test]
fn keyword_text() {
    check("keyword_text", bodies::keyword_text);
}

#[test]
fn sms_text() {
    check("sms_text", bodies::sms_text);
}

#[test]
fn plan_world() {
    check("plan_world", bodies::plan_world);
}

#[test]
fn execution_ops() {
    check("execution_ops", bodies::execution_ops);
}

#[test]
fn execution_json() {
    check("execution_json", bodies::execution_json);
}
