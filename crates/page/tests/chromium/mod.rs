//! Headless Chromium over a pipe: no port, no network, a profile of its own that goes with it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    events: VecDeque<Value>,
    session: Option<String>,
    last: u64,
    _profile: tempfile::TempDir,
}

/// The program's name on this machine, if it has one.
pub(crate) fn program() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    })
}

impl Browser {
    /// Starts it; every host name is refused.
    pub(crate) fn start(program: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The protocol is spoken on descriptors 3 and 4: the shell makes them of the ordinary pipes.
        let line = "exec \"$0\" \"$@\" 3<&0 4>&1 >/dev/null 2>&1 </dev/null";
        let mut child = Command::new("sh")
            .args(["-c", line, program])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-extensions", "--disable-background-networking"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let (events, session) = (VecDeque::new(), None);
        let mut browser = Self { child, to, from, events, session, last: 0, _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network", "Security"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sends a command and waits for its answer; what happens meanwhile is kept.
    #[allow(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        loop {
            let answer = self.receive();
            if answer["id"] == json!(self.last) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push_back(answer);
        }
    }

    fn receive(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "the browser is gone");
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Opens a file in a window of this size, and waits until it is loaded.
    pub(crate) fn open(&mut self, file: &Path, width: u32, height: u32, phone: bool) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": phone});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive();
            self.events.push_back(event);
        }
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
    }

    /// The value of an expression in the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// What the page said on its console, and what it asked for beside itself.
    pub(crate) fn complaints(&mut self) -> Vec<Value> {
        self.evaluate("0");
        let complains = |event: &Value| match event["method"].as_str().unwrap_or_default() {
            "Runtime.consoleAPICalled"
            | "Runtime.exceptionThrown"
            | "Log.entryAdded"
            | "Page.javascriptDialogOpening" => true,
            "Network.requestWillBeSent" => {
                !event["params"]["request"]["url"].as_str().unwrap().starts_with("file://")
            }
            _ => false,
        };
        self.events.iter().filter(|event| complains(event)).cloned().collect()
    }

    /// Base64 of a picture of the window, or of a strip of the page: its top and its height.
    pub(crate) fn picture(&mut self, strip: Option<(u64, u64)>) -> String {
        let mut params = json!({"format": "png"});
        if let Some((top, height)) = strip {
            let width = self.evaluate("innerWidth");
            let clip = json!({"x": 0, "y": top, "width": width, "height": height, "scale": 1});
            params = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        }
        let picture = self.call("Page.captureScreenshot", params);
        picture["data"].as_str().unwrap().to_owned()
    }

    /// Base64 of the page as PDF, on the sheets that its style asks for.
    pub(crate) fn print(&mut self) -> String {
        let params = json!({"preferCSSPageSize": true, "printBackground": true});
        self.call("Page.printToPDF", params)["data"].as_str().unwrap().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session = None;
        let close = json!({"id": 0, "method": "Browser.close"}).to_string();
        let closed = self.to.write_all(close.as_bytes()).and_then(|()| self.to.write_all(&[0]));
        if closed.is_err() {
            let _gone = self.child.kill();
        }
        // Its profile can be removed only once it has ended.
        let _status = self.child.wait();
    }
}
