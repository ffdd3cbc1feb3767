//! The README shows what runs: its example is the one that is compiled, its output the one that is compared.

const README: &str = include_str!("../../README.md");

/// The block that follows a marker.
fn block(marker: &str) -> &'static str {
    let after = README.split_once(marker).unwrap_or_else(|| panic!("the README has no `{marker}`")).1;
    let inside = after.split_once("```").expect("a block begins").1;
    let inside = inside.split_once('\n').expect("a block has lines").1;
    inside.split_once("```").expect("a block ends").0
}

#[test]
fn the_example_is_the_one_that_is_compiled() {
    let source = include_str!("../../examples/quickstart.rs");
    let code = source.split_once("\n\n").expect("a first line of documentation").1;
    assert_eq!(block("<!-- examples/quickstart.rs -->"), code);
}

#[test]
fn the_output_is_the_one_that_is_compared() {
    for (marker, printed) in [
        ("<!-- examples/expected/quickstart.txt -->", include_str!("../../examples/expected/quickstart.txt")),
        ("<!-- examples/expected/fallback_loop.txt -->", include_str!("../../examples/expected/fallback_loop.txt")),
    ] {
        assert_eq!(block(marker), printed);
    }
}
