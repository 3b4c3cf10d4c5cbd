//! Who asks: a machine by the ledger's token, a browser by a session that the token or a link opened.

use super::token::Token;
use axum::http::{HeaderMap, Method, header};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// Where a browser signs in.
pub(crate) const SIGN_IN: &str = "/sign-in";
/// So long a session lasts.
const SESSION_TIME: Duration = Duration::from_secs(12 * 60 * 60);
/// As many sessions there may be; the oldest ends when another begins.
const SESSIONS_MAX: usize = 64;

/// Something that nobody guesses.
#[derive(Clone, Copy)]
struct Secret([u8; 32]);

impl Secret {
    fn new() -> Secret {
        let mut bytes = [0; 32];
        vault::entropy::fill(&mut bytes);
        Secret(bytes)
    }

    fn is(&self, given: &str) -> bool {
        hex::encode(self.0).as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// A link that opens one session.
struct Link {
    secret: Secret,
    /// Where it leads then.
    path: String,
}

struct Session {
    secret: Secret,
    began: Instant,
}

#[derive(Default)]
struct Opened {
    link: Option<Link>,
    /// In the order in which they began.
    sessions: VecDeque<Session>,
}

/// A node's entrance. Links and sessions end with the process.
pub(crate) struct Entrance {
    token: Token,
    /// Of the session's cookie. Browsers send cookies to every port of a host: each node has a name of its own.
    cookie: String,
    opened: Mutex<Opened>,
}

impl Entrance {
    /// Of the node that listens on this port.
    pub(crate) fn new(token: Token, port: u16) -> Entrance {
        Entrance { token, cookie: format!("wageledger-{port}"), opened: Mutex::default() }
    }

    /// The token, as other nodes want it.
    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// An address that opens a session once, and leads to `path`. One made before opens nothing any more.
    pub(crate) fn link(&self, path: &str) -> String {
        let link = Link { secret: Secret::new(), path: path.to_owned() };
        let address = format!("{SIGN_IN}?link={}", hex::encode(link.secret.0));
        self.opened().link = Some(link);
        address
    }

    /// Opens a session by a link: the cookie to set, and where to go.
    pub(crate) fn by_link(&self, given: &str) -> Option<(String, String)> {
        let mut opened = self.opened();
        let link = opened.link.take_if(|link| link.secret.is(given))?;
        Some((self.begin(&mut opened), link.path))
    }

    /// Opens a session by the token: the cookie to set.
    pub(crate) fn by_token(&self, given: &str) -> Option<String> {
        self.token.is(given.as_bytes()).then(|| self.begin(&mut self.opened()))
    }

    /// Whether who sends this head may have it answered. A session reads and uses pages; recording over `/v1` wants
    /// the token.
    pub(super) fn admits(&self, method: &Method, is_api: bool, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        if let Some(authorization) = given.next() {
            let bearer = authorization.to_str().ok().and_then(|text| text.split_once(' '));
            let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            return given.next().is_none() && token.is_some_and(|(_, token)| self.token.is(token.as_bytes()));
        }
        (!is_api || method.is_safe()) && self.has_session(headers)
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let given: Vec<&str> =
            pairs.filter(|(name, _)| *name == self.cookie).map(|(_, value)| value).collect();
        let mut opened = self.opened();
        opened.sessions.retain(|session| session.began.elapsed() < SESSION_TIME);
        opened.sessions.iter().any(|session| given.iter().any(|given| session.secret.is(given)))
    }

    fn begin(&self, opened: &mut Opened) -> String {
        let secret = Secret::new();
        while opened.sessions.len() >= SESSIONS_MAX {
            opened.sessions.pop_front();
        }
        opened.sessions.push_back(Session { secret, began: Instant::now() });
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, hex::encode(secret.0))
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn entrance() -> Entrance {
        Entrance::new(Token::of(TOKEN, "test").unwrap(), 8470)
    }

    fn head(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn cookie(set: &str) -> HeaderMap {
        head(header::COOKIE, set.split(';').next().unwrap())
    }

    #[test]
    fn tokens() {
        let entrance = entrance();
        for (authorization, admitted) in [
            (format!("Bearer {TOKEN}"), true),
            (format!("bearer {TOKEN}"), true),
            (format!("Basic {TOKEN}"), false),
            (TOKEN.to_owned(), false),
            (format!("Bearer {TOKEN} "), false),
            (format!("Bearer {}", &TOKEN[1..]), false),
            ("Bearer ".to_owned(), false),
        ] {
            let headers = head(header::AUTHORIZATION, &authorization);
            assert_eq!(entrance.admits(&Method::POST, true, &headers), admitted, "{authorization}");
            assert_eq!(entrance.admits(&Method::GET, false, &headers), admitted, "{authorization}");
        }
        let mut twice = head(header::AUTHORIZATION, &format!("Bearer {TOKEN}"));
        twice.append(header::AUTHORIZATION, "Bearer x".parse().unwrap());
        assert!(
            !entrance.admits(&Method::GET, false, &twice)
                && !entrance.admits(&Method::GET, false, &HeaderMap::new())
        );
    }

    #[test]
    fn links_open_once() {
        let entrance = entrance();
        let first = entrance.link("/a");
        let link = entrance.link("/ledger");
        let secret = |link: &str| link.split_once('=').unwrap().1.to_owned();
        assert!(entrance.by_link(&secret(&first)).is_none(), "replaced");
        for wrong in ["", "x", TOKEN, &secret(&link)[1..]] {
            assert!(entrance.by_link(wrong).is_none());
        }
        let (set, path) = entrance.by_link(&secret(&link)).unwrap();
        assert_eq!(path, "/ledger");
        assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
        assert!(!set.contains(TOKEN) && !set.contains(&secret(&link)), "a session is another secret");
        assert!(entrance.by_link(&secret(&link)).is_none(), "once");
        let headers = cookie(&set);
        assert!(
            entrance.admits(&Method::GET, false, &headers) && entrance.admits(&Method::POST, false, &headers)
        );
        assert!(
            entrance.admits(&Method::GET, true, &headers) && !entrance.admits(&Method::POST, true, &headers)
        );
    }

    #[test]
    fn sessions_are_so_many() {
        let entrance = entrance();
        assert!(entrance.by_token("x").is_none());
        let set: Vec<String> = (0..=SESSIONS_MAX).map(|_| entrance.by_token(TOKEN).unwrap()).collect();
        assert!(!entrance.admits(&Method::GET, false, &cookie(&set[0])), "the oldest ended");
        for set in &set[1..] {
            assert!(entrance.admits(&Method::GET, false, &cookie(set)));
        }
        for other in ["wageledger-8471=1", "wageledger-8470=", "x", "wageledger-8470"] {
            assert!(!entrance.admits(&Method::GET, false, &head(header::COOKIE, other)), "{other}");
        }
    }
}
