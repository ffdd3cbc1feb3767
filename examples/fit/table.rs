//! The preview on a terminal.

use std::io::{self, Write};

use waypost::content::Preview;

const BOLD: &str = "\x1b[1m";
const TITLE: &str = "\x1b[1;4m";
const DIM: &str = "\x1b[2m";
const AMBER: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// Writes a title and what every channel makes of the message.
pub(crate) fn write(title: &str, preview: &Preview<'_>, is_colored: bool, output: &mut impl Write) -> io::Result<()> {
    if !is_colored {
        return writeln!(output, "# {title}\n\n{preview}");
    }
    writeln!(output, "{TITLE}{title}{PLAIN}\n")?;
    // A row without a name goes on with the row above.
    let mut paint = "";
    for line in preview.to_string().lines() {
        // Words are a sender's, and a terminal obeys what they may hold.
        let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        match line.get(4..15).map(str::trim) {
            _ if !line.starts_with("    ") => paint = BOLD,
            Some("") | None => {}
            Some("measured" | "billed") => paint = DIM,
            Some("lost") => paint = AMBER,
            Some("refused") => paint = RED,
            Some(_) => paint = "",
        }
        match line.is_empty() {
            true => writeln!(output)?,
            false => writeln!(output, "{paint}{line}{PLAIN}")?,
        }
    }
    writeln!(output)
}
