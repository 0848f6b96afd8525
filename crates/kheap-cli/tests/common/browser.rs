//! Chromium, which shows a report to tests, and reports to show.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::kheap;

/// Chromium, spoken to in the DevTools protocol through two pipes: messages of
/// JSON, each ended by a zero.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    last_id: u64,
    session: Option<String>,
    /// What pages asked the network for, printed and complained about.
    requests: Vec<String>,
    pub(crate) messages: Vec<String>,
    /// The sessions of workers.
    workers: Vec<String>,
    /// Its files, which are removed after it.
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let folder = format!("--user-data-dir={}", profile.path().display());
        // The shell moves our pipes to where Chromium looks for them.
        let script = "exec chromium \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", "--remote-debugging-pipe", &folder]);
        shell.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ]);
        shell.args(["--no-first-run", "--disable-background-networking"]);
        shell.args([
            "--disable-component-update",
            "--disable-sync",
            "about:blank",
        ]);
        let piped = shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("there is a shell");
        let to = child.stdin.take().expect("it is piped");
        let from = BufReader::new(child.stdout.take().expect("it is piped"));
        Self {
            child,
            to,
            from,
            last_id: 0,
            session: None,
            requests: Vec::new(),
            messages: Vec::new(),
            workers: Vec::new(),
            _profile: profile,
        }
    }

    /// Opens a file with the network off and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path) {
        self.session = None;
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call("Target.attachToTarget", attach);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
        let off = json!({
            "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0,
        });
        self.call("Network.emulateNetworkConditions", off);
        self.size(1280, 1000);
        (self.requests, self.messages) = (Vec::new(), Vec::new());
        self.navigate(file);
    }

    /// Shows a file in the page that is open.
    pub(crate) fn navigate(&mut self, file: &Path) {
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", json!({"url": url}));
        let is_loaded = "document.readyState === 'complete' && location.protocol === 'file:'";
        let loaded = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            self.holds(is_loaded)
        });
        assert!(loaded, "{url} is not loaded");
    }

    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        let answer = self.try_call(method, params);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to
            .write_all(&bytes)
            .expect("chromium reads; is it installed?");
        loop {
            let mut message = self.receive();
            if message["id"] == json!(self.last_id) {
                return match message["error"].take() {
                    Value::Null => Ok(message["result"].take()),
                    error => Err(error),
                };
            }
            self.note(&message);
        }
    }

    fn receive(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from
            .read_until(0, &mut bytes)
            .expect("chromium answers");
        assert_eq!(bytes.pop(), Some(0), "chromium ended; is it installed?");
        serde_json::from_slice(&bytes).expect("it speaks JSON")
    }

    fn note(&mut self, message: &Value) {
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                self.requests.push(params["request"]["url"].to_string());
            }
            Some("Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded") => {
                self.messages.push(params.to_string());
            }
            Some("Target.attachedToTarget") => {
                let session = params["sessionId"].as_str();
                self.workers.extend(session.map(str::to_owned));
            }
            Some("Page.javascriptDialogOpening") => {
                self.messages.push(format!("a dialog: {params}"));
            }
            _ => {}
        }
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", params);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Whether an expression is true. Nothing is while the page gives way to another one, which
    /// Chromium reports as an error of its own.
    #[track_caller]
    pub(crate) fn holds(&mut self, expression: &str) -> bool {
        let params = json!({"expression": expression, "returnByValue": true});
        let answer = match self.try_call("Runtime.evaluate", params) {
            Err(error) if error["code"] == json!(-32000) => return false,
            answer => answer.expect("the page evaluates"),
        };
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"] == json!(true)
    }

    #[track_caller]
    pub(crate) fn check(&mut self, expression: &str, expected: Value) {
        assert_eq!(self.evaluate(expression), expected, "{expression}");
    }

    /// What a promise of the page becomes.
    #[track_caller]
    pub(crate) fn settle(&mut self, promise: &str) -> Value {
        let params = json!({"expression": promise, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", params);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{promise}");
        answer["result"]["value"].clone()
    }

    /// Chooses files as a person does in the dialog of a field.
    #[track_caller]
    pub(crate) fn choose(&mut self, field: &str, files: &[PathBuf]) {
        let expression = format!("document.querySelector({field:?})");
        let found = self.call("Runtime.evaluate", json!({"expression": expression}));
        let field = &found["result"]["objectId"];
        self.call(
            "DOM.setFileInputFiles",
            json!({"files": files, "objectId": field}),
        );
    }

    /// Drops files on the middle of the page.
    pub(crate) fn drop_files(&mut self, files: &[PathBuf]) {
        let data = json!({"items": [], "files": files, "dragOperationsMask": 1});
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({"type": kind, "x": 600, "y": 300, "data": data});
            self.call("Input.dispatchDragEvent", event);
        }
    }

    /// Keeps what pages save in a folder.
    pub(crate) fn save_to(&mut self, folder: &Path) {
        let session = self.session.take();
        let behavior = json!({"behavior": "allow", "downloadPath": folder});
        self.call("Browser.setDownloadBehavior", behavior);
        self.session = session;
    }

    /// Watches the network in the workers of the page, too.
    pub(crate) fn watch_workers(&mut self) {
        let attach = json!({
            "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true,
        });
        self.call("Target.setAutoAttach", attach);
        self.evaluate("0");
        assert!(!self.workers.is_empty(), "there is a worker");
        let page = self.session.clone();
        for worker in std::mem::take(&mut self.workers) {
            self.session = Some(worker);
            self.call("Network.enable", json!({}));
        }
        self.session = page;
    }

    /// Presses a key as a person would.
    pub(crate) fn press(&mut self, key: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "text": if kind == "keyDown" { text } else { "" },
                "windowsVirtualKeyCode": code,
            });
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Keeps what the page looks like, for people.
    pub(crate) fn screenshot(&mut self, name: &str) {
        let height = self.evaluate("document.documentElement.scrollHeight");
        self.size(
            1280,
            height.as_u64().unwrap_or(1000).clamp(600, 4000) as u32,
        );
        self.evaluate("window.scrollTo(0, 0)");
        self.photograph(name, 1280);
    }

    /// Keeps what is in sight on a screen of this width.
    pub(crate) fn photograph(&mut self, name: &str, width: u32) {
        let shot = self.call("Page.captureScreenshot", json!({"format": "png"}));
        let shot = shot["data"].as_str().expect("an encoded picture");
        let png = decode_base64(shot);
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[16..20], width.to_be_bytes());
        let file = screenshots().join(format!("{name}.png"));
        fs::write(file, png).expect("it can be written");
    }

    /// Nothing went over the network, and nothing was complained about.
    #[track_caller]
    pub(crate) fn check_silence(&mut self) {
        self.evaluate("0");
        let far = self
            .requests
            .iter()
            // A blob is the page's own memory.
            .filter(|url| !url.starts_with("\"file://") && !url.starts_with("\"blob:"));
        assert_eq!(far.collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(self.messages, Vec::<String>::new());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&folder).expect("it can be made");
    folder
}

/// The bytes that are written with six bits to a letter.
fn decode_base64(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters: Vec<u8> = text.trim_end_matches('=').bytes().map(value).collect();
    let bytes = letters.chunks(4).flat_map(|four| {
        let bits = (0..4).fold(0_u32, |bits, at| {
            bits << 6 | u32::from(four.get(at).copied().unwrap_or(0))
        });
        bits.to_be_bytes()[1..four.len()].to_vec()
    });
    bytes.collect()
}

/// A report of some files, in a folder of its own.
pub(crate) fn report(files: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    let name = path.display().to_string();
    let run = kheap(&[&["report"], files, &["-o", &name]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    (folder, path)
}

pub(crate) fn with_page(files: &[&str], test: impl FnOnce(&mut Browser)) {
    let (_folder, path) = report(files);
    let mut browser = Browser::start();
    browser.open(&path);
    test(&mut browser);
    browser.check_silence();
}
