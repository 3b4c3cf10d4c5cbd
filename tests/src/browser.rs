//! A real browser, by the few words of WebDriver that tests need: <https://www.w3.org/TR/webdriver2/>.

use crate::{Http, Place, server, until};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// The name of an element in answers (WebDriver section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An open browser; closed when the value goes.
pub struct Browser {
    driver: Place,
    session: String,
    /// Where pages are, as in `http://127.0.0.1:8470`.
    base: String,
    downloads: TempDir,
}

/// An element of the page that is shown.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Opens a browser for the pages at an address, and signs in as a person does who has the token. It finds no host
    /// but this machine.
    pub fn open(address: &Place) -> Browser {
        let browser = Browser::stranger(address);
        browser.goto("/sign-in");
        browser.one("input[name=token]").press(address.token.as_deref().expect("a token"));
        browser.follow("button[type=submit]");
        browser
    }

    /// Opens a browser for the pages at an address; nobody has signed in.
    pub fn stranger(address: &Place) -> Browser {
        let downloads = TempDir::new().expect("a folder");
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            "prefs": {"download.default_directory": downloads.path(), "download.prompt_for_download": false},
        }}}});
        let driver = Place::open(&server("WAGELEDGER_TEST_CHROMEDRIVER").replace("http://", ""));
        let opened = said(&driver, "POST", "/session", &wanted);
        let session = opened["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {opened}"));
        let base = format!("http://{address}");
        Browser { session: format!("/session/{session}"), driver, base, downloads }
    }

    #[track_caller]
    fn ask(&self, method: &str, what: &str, with: &Value) -> Value {
        said(&self.driver, method, &format!("{}{what}", self.session), with)
    }

    /// The folder that downloads go to.
    pub fn downloads(&self) -> &Path {
        self.downloads.path()
    }

    /// Makes the screen so large; windows themselves do not get as narrow as a phone.
    pub fn resize(&self, width: u32, height: u32) {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": screen});
        self.ask("POST", "/goog/cdp/execute", &command);
    }

    /// Shows pages as they are in a medium: `print`, or nothing for the screen.
    pub fn print_media(&self, media: &str) {
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"media": media}});
        self.ask("POST", "/goog/cdp/execute", &command);
    }

    /// Goes to a page.
    #[track_caller]
    pub fn goto(&self, path: &str) {
        self.ask("POST", "/url", &json!({"url": format!("{}{path}", self.base)}));
    }

    /// Loads the page again, as a person would who says yes when asked whether its form is to be sent again.
    #[track_caller]
    pub fn reload(&self) {
        self.ask("POST", "/refresh", &json!({}));
    }

    /// Where it is, without the host.
    pub fn at(&self) -> String {
        let url = self.ask("GET", "/url", &Value::Null);
        let url = url.as_str().expect("an address");
        url.strip_prefix(&self.base).unwrap_or_else(|| panic!("the browser was led to {url}")).to_owned()
    }

    /// The page's HTML as it stands.
    pub fn source(&self) -> String {
        self.ask("GET", "/source", &Value::Null).as_str().expect("HTML").to_owned()
    }

    /// All elements that a CSS selector finds.
    #[track_caller]
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.ask("POST", "/elements", &json!({"using": "css selector", "value": css}));
        let found = found.as_array().expect("elements").iter();
        found.map(|e| Element { browser: self, id: e[ELEMENT].as_str().expect("an id").to_owned() }).collect()
    }

    /// The first of them, as soon as there is one: what was clicked on may take a while.
    #[track_caller]
    pub fn one(&self, css: &str) -> Element<'_> {
        let mut found = None;
        until(&format!("a {css}"), || {
            found = self.all(css).into_iter().next();
            found.is_some()
        });
        found.expect("until there was one")
    }

    /// Clicks on the first of them.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.one(css).ask("POST", "/click", &json!({}));
    }

    /// Clicks on what leads to another page, and waits until that page is there.
    #[track_caller]
    pub fn follow(&self, css: &str) {
        let before = self.one("html").id;
        self.click(css);
        // Between two pages there is none to ask: such an answer is no answer yet.
        let asked = |what: &str, with: Value| {
            let http = Http::ask(&self.driver, "POST", &format!("{}{what}", self.session), &with.to_string());
            http.filter(|http| http.status == 200).map(|http| http.json()["value"].take())
        };
        until(&format!("a page behind {css}"), || {
            let html = asked("/element", json!({"using": "css selector", "value": "html"}));
            let state = asked("/execute/sync", json!({"script": "return document.readyState", "args": []}));
            let is_new = html.is_some_and(|html| html[ELEMENT].as_str().is_some_and(|id| id != before));
            is_new && state == Some(json!("complete"))
        });
    }

    /// The element that has the focus.
    pub fn focus(&self) -> Element<'_> {
        let active = self.ask("GET", "/element/active", &Value::Null);
        Element { browser: self, id: active[ELEMENT].as_str().expect("an id").to_owned() }
    }

    /// Runs a script in the page, as a function's body.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// As [`Browser::run`]; the last argument is a function that takes the answer.
    #[track_caller]
    pub fn run_to_the_end(&self, script: &str) -> Value {
        self.ask("POST", "/execute/async", &json!({"script": script, "args": []}))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = Http::ask(&self.driver, "DELETE", &self.session, "");
    }
}

impl Element<'_> {
    #[track_caller]
    fn ask(&self, method: &str, what: &str, with: &Value) -> Value {
        self.browser.ask(method, &format!("/element/{}{what}", self.id), with)
    }

    /// Its text as shown.
    #[track_caller]
    pub fn text(&self) -> String {
        self.ask("GET", "/text", &Value::Null).as_str().expect("a text").to_owned()
    }

    /// An attribute.
    #[track_caller]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.ask("GET", &format!("/attribute/{name}"), &Value::Null).as_str().map(str::to_owned)
    }

    /// A property of its style, computed.
    #[track_caller]
    pub fn style(&self, name: &str) -> String {
        self.ask("GET", &format!("/css/{name}"), &Value::Null).as_str().expect("a style").to_owned()
    }

    /// Types into it.
    #[track_caller]
    pub fn press(&self, keys: &str) {
        self.ask("POST", "/value", &json!({"text": keys}));
    }
}

/// One command and its answer's value.
#[track_caller]
fn said(driver: &Place, method: &str, path: &str, with: &Value) -> Value {
    let body = if with.is_null() { String::new() } else { with.to_string() };
    let http = Http::ask(driver, method, path, &body).unwrap_or_else(|| panic!("no answer to {path}"));
    let mut answer = http.json();
    assert_eq!(http.status, 200, "{method} {path}: {}", answer["value"]["message"]);
    answer["value"].take()
}
