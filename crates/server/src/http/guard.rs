//! The one layer over everything that a listener answers.
//!
//! What a request must be is seen in its head, before anything of its body is read: that it asks for a host served
//! here, that no foreign page sends it, that who sends it may ask, that its body is of the kind and size that the route
//! takes. Then its body is read, within the bytes that all requests may hold together and within a time.
//!
//! A [`Guarded`] router is the only kind that is served ([`super::serve`]), and this layer the only way to make one: there
//! is no route without it.

use super::body::{Budget, Held};
use super::entrance::{Entrance, SIGN_IN};
use super::names::Names;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::sync::Arc;

/// The style sheet of the pages, also of the page that asks for the token.
pub(crate) const STYLE: &str = "/assets/desk.css";
/// Bytes of a form, at most.
const FORM_BYTES_MAX: usize = 8 * 1024;

/// Why a request is not answered. Nothing of what was sent is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It asks for a host that is not served here, or another site's page sent it.
    Foreign,
    /// Who sends it did not say that he may ask.
    Unknown,
    /// Its body is said to be of another kind than the route takes.
    Kind,
    /// Its body is longer than the route takes, in bytes.
    TooLong(usize),
    /// Its body did not come in time.
    Slow,
    /// Its body did not come whole.
    Broken,
    /// Other requests hold as many bytes as all together may.
    Busy,
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Refusal::Foreign => StatusCode::FORBIDDEN,
            Refusal::Unknown => StatusCode::UNAUTHORIZED,
            Refusal::Kind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Slow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Broken => StatusCode::BAD_REQUEST,
            Refusal::Busy => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// How a refusal is written: for programs, or for people.
pub(crate) type Written = fn(&Parts, Refusal) -> Response;

/// What a listener asks of requests.
pub(crate) struct Guard {
    pub(crate) names: Names,
    /// None where anybody may ask.
    pub(crate) entrance: Option<Arc<Entrance>>,
    pub(crate) budget: Budget,
    /// Bytes of a body of commands, at most.
    pub(crate) commands_bytes_max: usize,
    /// Refusals of `/v1`.
    pub(crate) to_programs: Written,
    /// Refusals of all else.
    pub(crate) to_people: Written,
}

/// Routes behind a guard.
#[derive(Clone)]
pub(crate) struct Guarded(Router);

impl Guarded {
    /// Puts the guard before the routes, and before what they do not know.
    pub(crate) fn new(guard: Guard, routes: Router) -> Guarded {
        let layer = from_fn_with_state(Arc::new(guard), check);
        Guarded(Router::new().fallback_service(routes).layer(layer))
    }

    pub(super) fn into_routes(self) -> Router {
        self.0
    }
}

/// What kind of thing an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// `/v1`: for programs.
    Api,
    /// Open to who has not signed in yet.
    Open,
    /// All else.
    Page,
}

impl Area {
    fn of(path: &str) -> Area {
        match path {
            STYLE | SIGN_IN => Area::Open,
            "/v1" => Area::Api,
            _ if path.starts_with("/v1/") => Area::Api,
            _ => Area::Page,
        }
    }
}

async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let read = match guard.head(&parts) {
        Ok(bytes_max) => guard.budget.read(&parts.headers, body, bytes_max).await,
        Err(refusal) => Err(refusal),
    };
    let response = match read {
        Ok((bytes, held)) => {
            let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            // The request is dealt with; its answer is another matter.
            drop::<Held>(held);
            response
        }
        Err(refusal) => guard.refused(&parts, refusal),
    };
    told(response)
}

impl Guard {
    /// Looks at a head. The bytes that a body may have behind it.
    fn head(&self, parts: &Parts) -> Result<usize, Refusal> {
        let (headers, area) = (&parts.headers, Area::of(parts.uri.path()));
        let host = self.names.asked(&parts.uri, headers).ok_or(Refusal::Foreign)?;
        if !is_of_host(headers, host) || !is_of_site(&parts.method, area, headers) {
            return Err(Refusal::Foreign);
        }
        let admitted = |entrance: &Arc<Entrance>| entrance.admits(&parts.method, area == Area::Api, headers);
        if area != Area::Open && !self.entrance.as_ref().is_none_or(admitted) {
            return Err(Refusal::Unknown);
        }
        if !parts.method.is_safe() {
            has_kind(area, headers)?;
        }
        Ok(if area == Area::Api { self.commands_bytes_max } else { FORM_BYTES_MAX })
    }

    fn refused(&self, parts: &Parts, refusal: Refusal) -> Response {
        let written = if Area::of(parts.uri.path()) == Area::Api { self.to_programs } else { self.to_people };
        written(parts, refusal)
    }
}

/// The only header of a name; `Err` where there are several, or it is no text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Refusal::Foreign),
        (Some(_), Some(_)) => Err(Refusal::Foreign),
    }
}

/// Browsers name the site whose page sends a form; programs name none.
fn is_of_host(headers: &HeaderMap, host: &str) -> bool {
    match only(headers, &header::ORIGIN) {
        Ok(None) => true,
        Ok(Some(origin)) => origin.strip_prefix("http://").is_some_and(|of| of.eq_ignore_ascii_case(host)),
        Err(_) => false,
    }
}

/// Browsers say how the site that makes a request stands to this one (Fetch Metadata). Another site may lead a person to a
/// page, as a link does, and do nothing else.
fn is_of_site(method: &Method, area: Area, headers: &HeaderMap) -> bool {
    let said = |name: &'static str| only(headers, &HeaderName::from_static(name));
    match said("sec-fetch-site") {
        Ok(None | Some("same-origin")) => true,
        Ok(Some("none")) => method.is_safe(),
        Ok(Some(_)) => {
            let led = said("sec-fetch-mode") == Ok(Some("navigate"))
                && said("sec-fetch-dest") == Ok(Some("document"));
            led && method.is_safe() && area != Area::Api
        }
        Err(_) => false,
    }
}

/// A foreign page can send text and forms without asking first, but not JSON.
fn has_kind(area: Area, headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = only(headers, &header::CONTENT_TYPE).map_err(|_| Refusal::Kind)?.unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let (wanted, refusal) = match area {
        Area::Api => ("application/json", Refusal::Kind),
        Area::Page | Area::Open => ("application/x-www-form-urlencoded", Refusal::Foreign),
    };
    if essence.eq_ignore_ascii_case(wanted) { Ok(()) } else { Err(refusal) }
}

/// What every answer says to a browser: keep nothing, load nothing from elsewhere, run nothing, show it in no frame.
fn told(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
                          frame-ancestors 'none'";
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether a request was led here by another site, so that a browser held its session's cookie back.
pub(crate) fn was_led(headers: &HeaderMap) -> bool {
    matches!(only(headers, &HeaderName::from_static("sec-fetch-site")), Ok(Some("cross-site" | "same-site")))
}

/// The path and query of a request.
pub(crate) fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |all| all.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::token::Token;
    use super::*;
    use axum::http;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn refused(_: &Parts, refusal: Refusal) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = refusal.status();
        response
    }

    fn guard() -> Guard {
        let address = "127.0.0.1:8470".parse().unwrap();
        Guard {
            names: Names::of(address, None),
            entrance: Some(Arc::new(Entrance::new(Token::of(TOKEN, "test").unwrap(), address.port()))),
            budget: Budget::default(),
            commands_bytes_max: 1_000_000,
            to_programs: refused,
            to_people: refused,
        }
    }

    fn head(method: &str, path: &str, lines: &[&str]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(path);
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        request.body(()).unwrap().into_parts().0
    }

    /// Method, path, the head's lines beside the host's, and what becomes of it.
    /// Method, path, header lines, and what the guard says.
    type Row<'a> = (&'a str, &'a str, &'a [&'a str], Result<(), Refusal>);

    #[test]
    fn heads() {
        const BEARER: &str = "authorization: Bearer 0123456789abcdef0123456789abcdef";
        const JSON: &str = "content-type: application/json";
        const FORM: &str = "content-type: application/x-www-form-urlencoded";
        const LED: [&str; 3] =
            ["sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: document"];
        let own = "origin: http://127.0.0.1:8470";
        let guard = guard();
        let fine = Ok(());
        let table: &[Row<'_>] = &[
            ("POST", "/v1/commands", &[BEARER, JSON], fine),
            ("POST", "/v1/commands", &[BEARER, "content-type: application/json; charset=utf-8"], fine),
            ("POST", "/v1/commands", &[BEARER, "content-type: Application/JSON"], fine),
            ("POST", "/v1/commands", &[JSON], Err(Refusal::Unknown)),
            ("POST", "/v1/commands", &[BEARER], Err(Refusal::Kind)),
            ("POST", "/v1/commands", &[BEARER, "content-type: text/plain"], Err(Refusal::Kind)),
            (
                "POST",
                "/v1/commands",
                &[BEARER, "content-type: text/plain; application/json"],
                Err(Refusal::Kind),
            ),
            ("POST", "/v1/commands", &[BEARER, "content-type: application/jsonp"], Err(Refusal::Kind)),
            ("POST", "/v1/commands", &[BEARER, JSON, JSON], Err(Refusal::Kind)),
            ("POST", "/v1/commands", &[BEARER, FORM], Err(Refusal::Kind)),
            ("POST", "/v1/commands", &[BEARER, JSON, own], fine),
            ("POST", "/v1/commands", &[BEARER, JSON, own, "sec-fetch-site: same-origin"], fine),
            ("POST", "/v1/commands", &[BEARER, JSON, "sec-fetch-site: none"], Err(Refusal::Foreign)),
            ("POST", "/v1/commands", &[BEARER, JSON, "sec-fetch-site: same-site"], Err(Refusal::Foreign)),
            ("POST", "/v1/commands", &[BEARER, JSON, "sec-fetch-site: cross-site"], Err(Refusal::Foreign)),
            ("POST", "/v1/commands", &[BEARER, JSON, "origin: null"], Err(Refusal::Foreign)),
            ("POST", "/v1/commands", &[BEARER, JSON, "origin: http://evil.example"], Err(Refusal::Foreign)),
            (
                "POST",
                "/v1/commands",
                &[BEARER, JSON, "origin: https://127.0.0.1:8470"],
                Err(Refusal::Foreign),
            ),
            ("POST", "/v1/commands", &[BEARER, JSON, "origin: http://127.0.0.1:9000"], Err(Refusal::Foreign)),
            ("POST", "/v1/commands", &[BEARER, JSON, own, own], Err(Refusal::Foreign)),
            ("OPTIONS", "/v1/commands", &["origin: http://evil.example"], Err(Refusal::Foreign)),
            ("GET", "/v1/entries/1", &[BEARER], fine),
            ("GET", "/v1/entries/1", &[BEARER, "sec-fetch-site: none"], fine),
            ("GET", "/v1/entries/1", &[], Err(Refusal::Unknown)),
            ("GET", "/v1/entries/1", &[BEARER, LED[0], LED[1], LED[2]], Err(Refusal::Foreign)),
            ("GET", "/v1", &[], Err(Refusal::Unknown)),
            ("GET", "/v1/nothing", &[], Err(Refusal::Unknown)),
            ("PUT", "/v1/commands", &[JSON], Err(Refusal::Unknown)),
            ("GET", "/", &[BEARER], fine),
            ("GET", "/", &[], Err(Refusal::Unknown)),
            ("HEAD", "/nothing", &[], Err(Refusal::Unknown)),
            ("GET", "/", &[BEARER, LED[0], LED[1], LED[2]], fine),
            ("GET", "/", &LED, Err(Refusal::Unknown)),
            ("GET", "/", &[BEARER, LED[0], LED[1]], Err(Refusal::Foreign)),
            ("GET", "/", &[BEARER, LED[0], LED[1], "sec-fetch-dest: iframe"], Err(Refusal::Foreign)),
            ("GET", "/", &[BEARER, LED[0], "sec-fetch-mode: no-cors", LED[2]], Err(Refusal::Foreign)),
            ("POST", "/search", &[BEARER, FORM, own], fine),
            ("POST", "/search", &[BEARER, FORM, LED[0], LED[1], LED[2]], Err(Refusal::Foreign)),
            ("POST", "/search", &[BEARER, "content-type: text/plain"], Err(Refusal::Foreign)),
            ("POST", "/search", &[FORM], Err(Refusal::Unknown)),
            ("DELETE", "/entries/1", &[], Err(Refusal::Unknown)),
            ("GET", STYLE, &[], fine),
            ("GET", STYLE, &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"], Err(Refusal::Foreign)),
            ("GET", SIGN_IN, &[], fine),
            ("POST", SIGN_IN, &[FORM], fine),
            ("POST", SIGN_IN, &[FORM, "origin: http://evil.example"], Err(Refusal::Foreign)),
        ];
        for (method, path, lines, expected) in table {
            let mut all = vec!["host: 127.0.0.1:8470"];
            all.extend_from_slice(lines);
            let found = guard.head(&head(method, path, &all)).map(|_| ());
            assert_eq!(&found, expected, "{method} {path} {lines:?}");
            all[0] = "host: evil.example";
            assert_eq!(
                guard.head(&head(method, path, &all)).err(),
                Some(Refusal::Foreign),
                "{method} {path}"
            );
            assert_eq!(
                guard.head(&head(method, path, lines)).err(),
                Some(Refusal::Foreign),
                "no host: {path}"
            );
        }
    }

    #[test]
    fn bodies_by_route() {
        let bearer = format!("authorization: Bearer {TOKEN}");
        for (path, kind, bytes_max) in [
            ("/v1/commands", "content-type: application/json", 1_000_000),
            ("/search", "content-type: application/x-www-form-urlencoded", FORM_BYTES_MAX),
            (SIGN_IN, "content-type: application/x-www-form-urlencoded", FORM_BYTES_MAX),
        ] {
            let parts = head("POST", path, &["host: 127.0.0.1:8470", kind, &bearer]);
            assert_eq!(guard().head(&parts), Ok(bytes_max), "{path}");
        }
    }
}
