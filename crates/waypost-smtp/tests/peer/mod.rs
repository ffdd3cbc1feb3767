//! A real SMTP server for the tests: aiosmtpd in a venv of its own, driven by `peer.py`.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

const SERVER: &str = "aiosmtpd==1.4.6";

/// A running server; it ends with this value.
pub(crate) struct Peer {
    child: Child,
    folder: PathBuf,
    pub(crate) port: u16,
}

/// A message that the server took.
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) about: serde_json::Value,
}

fn room() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", said.trim().lines().last().unwrap_or("failed")))
    }
}

/// The Python that has the server; made once and kept between runs.
fn python() -> Result<&'static Path, &'static str> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = PYTHON.get_or_init(|| {
        let home = room().join("aiosmtpd");
        let (python, done) = (home.join("bin/python"), home.join("done"));
        if !done.exists() {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
            run(Command::new(&python).args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                SERVER,
            ]))?;
            fs::write(&done, SERVER).map_err(|error| error.to_string())?;
        }
        Ok(python)
    });
    made.as_deref().map_err(String::as_str)
}

/// Certificates for `localhost` and 127.0.0.1, by an authority that only these tests know.
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Makes them; `None`, with the reason on stderr, where openssl is missing.
pub(crate) fn certificates() -> Option<&'static Certificates> {
    static MADE: OnceLock<Result<Certificates, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let home = room().join("certificates");
        fs::create_dir_all(&home).map_err(|error| error.to_string())?;
        let file = |name: &str| home.join(name);
        let made =
            Certificates { authority: file("authority.pem"), certificate: file("server.pem"), key: file("server.key") };
        if file("done").exists() {
            return Ok(made);
        }
        let request = |name: &str, key: &Path, certificate: &Path| {
            let mut command = Command::new("openssl");
            command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
            command.args(["-days", "36500", "-subj"]).arg(format!("/CN={name}"));
            command.arg("-keyout").arg(key).arg("-out").arg(certificate);
            command
        };
        let authority_key = file("authority.key");
        run(&mut request("authority", &authority_key, &made.authority))?;
        let mut server = request("localhost", &made.key, &made.certificate);
        server.arg("-CA").arg(&made.authority).arg("-CAkey").arg(&authority_key);
        server.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        run(server.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]))?;
        fs::write(file("done"), "").map_err(|error| error.to_string())?;
        Ok(made)
    });
    made.as_ref().inspect_err(|reason| eprintln!("skipped: no certificates to test with: {reason}")).ok()
}

impl Peer {
    /// Starts a server with these options of `peer.py`; `None`, with the reason on stderr, where there can be none.
    pub(crate) fn start(options: &[&str]) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let python = python().inspect_err(|reason| eprintln!("skipped: no SMTP server to test with: {reason}")).ok()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = room().join(format!("mail-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for mail");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer.py");
        let mut child = Command::new(python)
            .args([&script, &folder])
            .args(options)
            // It ends when its input does, and so with this process, however that ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut port = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut port).expect("a line with its port");
        Some(Self { child, folder, port: port.trim().parse().expect("a port") })
    }

    /// How many connections it has had.
    pub(crate) fn sessions(&self) -> usize {
        fs::read_to_string(self.folder.join("sessions")).unwrap_or_default().lines().count()
    }

    /// What it took, in order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        let one = |number: u32| {
            let about = fs::read(self.folder.join(format!("{number}.json"))).ok()?;
            let about = serde_json::from_slice(&about).ok()?;
            Some(Taken { bytes: fs::read(self.folder.join(format!("{number}.eml"))).ok()?, about })
        };
        (1..).map_while(one).collect()
    }

    /// Waits until it has taken this many, at most ten seconds; gives them all.
    pub(crate) fn wait_for(&self, messages: usize) -> Vec<Taken> {
        let begun = Instant::now();
        loop {
            let taken = self.taken();
            if taken.len() >= messages || begun.elapsed() > Duration::from_secs(10) {
                return taken;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; the folder is under `target`.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
