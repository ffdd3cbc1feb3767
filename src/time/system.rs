//! The IANA zones of the machine's own compiled tz files.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use tz::TimeZone;

use super::{FixedZones, ZoneKey, ZoneLookup, ZoneName};

/// All zones of a directory of compiled tz files, and the offsets of [`FixedZones`].
///
/// Tables that are built into a program are as old as the build; an operating system renews its own by itself. The
/// files are read once, here, and never again: for newer ones read again and build a new configuration.
///
/// Files in the format of RFC 9636 (TZif) are zones, by their path below the directory; whatever else lies there is
/// passed over, and so are the copies under `posix/` and `right/`.
///
/// ```
/// # if !std::path::Path::new("/usr/share/zoneinfo/Europe/Lisbon").exists() { return Ok(()); }
/// use waypost::time::{ResolvedZone, OffsetFromUtc, SystemZones, ZoneLookup, ZoneName};
///
/// let zones = SystemZones::read("/usr/share/zoneinfo")?;
/// let lisbon = ResolvedZone::find(&zones, &ZoneName::literal("Europe/Lisbon")).unwrap();
/// assert_eq!(lisbon.offset_seconds("2026-07-01T12:00:00Z".parse().unwrap()), 3600);
/// assert_eq!(zones.source(), "system");
/// # Ok::<(), waypost::time::InvalidZoneFiles>(())
/// ```
#[derive(Clone)]
pub struct SystemZones {
    /// Sorted by name; several names may share a zone.
    names: Vec<(ZoneName, u32)>,
    zones: Vec<TimeZone>,
    release: Box<str>,
}

/// Why a directory holds no zones that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidZoneFiles {
    /// The directory or a file in it cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// What cannot be read.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file says that it is a compiled tz file, and is not one.
    #[error("`{}` is not a whole compiled tz file: {what}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: Box<str>,
    },
    /// There is no compiled tz file.
    #[error("`{}` holds no compiled tz file, expected a directory such as `/usr/share/zoneinfo`", path.display())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
}

/// How deep zones lie: `America/Argentina/Buenos_Aires` is the third level.
const DEEPEST: usize = 3;

/// With what every compiled tz file begins (RFC 9636, section 3.1).
const MAGIC: &[u8] = b"TZif";

impl SystemZones {
    /// Reads every compiled tz file below a directory, which is `/usr/share/zoneinfo` on most machines.
    ///
    /// The release is what the directory says of itself in `tzdata.zi` or `+VERSION`, and `unknown` where it has
    /// neither.
    ///
    /// # Errors
    ///
    /// [`InvalidZoneFiles`] names the file and what is wrong with it.
    pub fn read(directory: impl AsRef<Path>) -> Result<Self, InvalidZoneFiles> {
        let directory = directory.as_ref();
        let mut reading = Reading::default();
        reading.directory(directory, "", 1)?;
        if reading.names.is_empty() {
            return Err(InvalidZoneFiles::Empty { path: directory.to_owned() });
        }
        reading.names.sort();
        Ok(Self { names: reading.names, zones: reading.zones, release: release(directory) })
    }

    /// How many names of zones there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none; never so, for reading none is an error.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[derive(Default)]
struct Reading {
    names: Vec<(ZoneName, u32)>,
    zones: Vec<TimeZone>,
    /// Links are copies of the file that they mean.
    known: BTreeMap<Vec<u8>, u32>,
}

impl Reading {
    fn directory(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), InvalidZoneFiles> {
        let unreadable = |error| InvalidZoneFiles::Unreadable { path: path.to_owned(), error };
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let Some(last) = path.file_name().and_then(|name| name.to_str()) else { continue };
            // `right/` counts leap seconds, which no instant here does; `posix/` is the same again.
            if depth == 1 && matches!(last, "posix" | "right") {
                continue;
            }
            let name = format!("{prefix}{last}");
            if path.is_dir() {
                if depth < DEEPEST {
                    self.directory(&path, &format!("{name}/"), depth + 1)?;
                }
            } else if let Ok(name) = name.parse() {
                self.file(&path, name)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: ZoneName) -> Result<(), InvalidZoneFiles> {
        let bytes = fs::read(path).map_err(|error| InvalidZoneFiles::Unreadable { path: path.to_owned(), error })?;
        if !bytes.starts_with(MAGIC) {
            return Ok(());
        }
        let number = match self.known.get(&bytes) {
            Some(number) => *number,
            None => {
                let zone = TimeZone::from_tz_data(&bytes).map_err(|error| InvalidZoneFiles::Broken {
                    path: path.to_owned(),
                    what: error.to_string().into(),
                })?;
                let number = u32::try_from(self.zones.len()).unwrap_or(u32::MAX);
                self.zones.push(zone);
                self.known.insert(bytes, number);
                number
            }
        };
        self.names.push((name, number));
        Ok(())
    }
}

/// What a directory says of its own release.
fn release(directory: &Path) -> Box<str> {
    let line = |file: &str| {
        let text = fs::read_to_string(directory.join(file)).ok()?;
        text.lines().next().map(str::to_owned)
    };
    let named = line("tzdata.zi").and_then(|line| line.strip_prefix("# version ").map(str::to_owned));
    let named = named.or_else(|| line("+VERSION")).map(|release| release.trim().to_owned());
    named.filter(|release| !release.is_empty()).unwrap_or_else(|| "unknown".to_owned()).into()
}

impl ZoneLookup for SystemZones {
    fn resolve(&self, name: &ZoneName) -> Option<ZoneKey> {
        match self.names.binary_search_by(|(known, _)| known.cmp(name)) {
            Ok(at) => Some(ZoneKey(self.names[at].1)),
            Err(_) => FixedZones.resolve(name),
        }
    }

    fn offset_seconds(&self, key: ZoneKey, at: DateTime<Utc>) -> i32 {
        let zone = usize::try_from(key.0).ok().and_then(|number| self.zones.get(number));
        let Some(zone) = zone else { return FixedZones.offset_seconds(key, at) };
        // A file without a rule for the time after its last change leaves the clocks as that change left them.
        let last = || zone.as_ref().transitions().last().map_or(0, |change| change.unix_leap_time());
        let kind = zone.find_local_time_type(at.timestamp()).or_else(|_| zone.find_local_time_type(last()));
        kind.map_or(0, |kind| kind.ut_offset())
    }

    fn source(&self) -> &str {
        "system"
    }

    fn release(&self) -> &str {
        &self.release
    }
}

impl fmt::Debug for SystemZones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SystemZones({}, {} names)", self.release, self.names.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for one test, gone when the test is.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
            let path = std::env::temp_dir().join(format!("waypost-zones-{}-{name}", std::process::id()));
            for (file, bytes) in files {
                let file = path.join(file);
                fs::create_dir_all(file.parent().expect("files lie in a directory")).expect("it can be made");
                fs::write(file, bytes).expect("it can be written");
            }
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A file of version 2 without changes in its table and with this rule as its footer (RFC 9636, section 3.3).
    fn file(rule: &str) -> Vec<u8> {
        let header = |version: u8| {
            let counts = [0_u32, 0, 0, 0, 1, 4].map(u32::to_be_bytes).concat();
            [MAGIC, &[version], &[0; 15], &counts].concat()
        };
        // One kind of local time: UTC, no summer time, named by the first letters of the names.
        let body = [&0_i32.to_be_bytes()[..], &[0, 0], b"UTC\0"].concat();
        [&header(b'2')[..], &body, &header(b'2'), &body, b"\n", rule.as_bytes(), b"\n"].concat()
    }

    #[test]
    fn reads_zones_by_their_path() {
        let fixed = file("<-07>7");
        let summer = file("CET-1CEST,M3.5.0,M10.5.0/3");
        let directory = Directory::new(
            "whole",
            &[
                ("America/Vancouver", &fixed),
                ("Europe/Berlin", &summer),
                ("Berlin", &summer),
                ("right/Europe/Berlin", b"TZif but of another kind"),
                ("zone.tab", b"# not a zone"),
                ("tzdata.zi", b"# version 2026f\n# more"),
            ],
        );
        let zones = SystemZones::read(&directory.0).expect("it is whole");
        assert_eq!((zones.source(), zones.release(), zones.len()), ("system", "2026f", 3));
        let offset = |name: &str, at: &str| {
            let key = zones.resolve(&name.parse().expect("a zone name")).expect(name);
            zones.offset_seconds(key, at.parse().expect("an instant"))
        };
        assert_eq!(offset("America/Vancouver", "2026-12-01T12:00:00Z"), -7 * 3600);
        assert_eq!(offset("Europe/Berlin", "2026-12-01T12:00:00Z"), 3600);
        assert_eq!(offset("Berlin", "2026-07-01T12:00:00Z"), 7200);
        assert_eq!(offset("+05:30", "2026-07-01T12:00:00Z"), 19_800);
        assert_eq!(zones.resolve(&ZoneName::literal("right/Europe/Berlin")), None);
        assert_eq!(format!("{zones:?}"), "SystemZones(2026f, 3 names)");
        for key in [99, u32::MAX] {
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                assert!(zones.offset_seconds(ZoneKey(key), at).abs() < 86_400);
                assert!(zones.offset_seconds(ZoneKey(0), at).abs() < 86_400);
            }
        }
    }

    #[test]
    fn says_which_file_is_broken() {
        let whole = file("UTC0");
        let directory = Directory::new("broken", &[("Etc/Cut", &whole[..20])]);
        let error = SystemZones::read(&directory.0).expect_err("it is broken").to_string();
        let begin = format!("`{}/Etc/Cut` is not a whole compiled tz file: ", directory.0.display());
        assert!(error.starts_with(&begin), "{error}");
    }

    #[test]
    fn a_directory_without_zones_is_an_error() {
        let directory = Directory::new("empty", &[("readme", b"nothing")]);
        let error = SystemZones::read(&directory.0).expect_err("it has none").to_string();
        assert!(error.contains("holds no compiled tz file"), "{error}");
        let error = SystemZones::read(directory.0.join("absent")).expect_err("it is absent").to_string();
        assert!(error.starts_with("cannot read `"), "{error}");
        let plain = Directory::new("plain", &[("UTC", &file("UTC0"))]);
        assert_eq!(SystemZones::read(&plain.0).expect("it is whole").release(), "unknown");
    }
}
