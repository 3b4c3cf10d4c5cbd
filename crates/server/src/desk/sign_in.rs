//! Signing in: by the link that a node prints when it starts, or with the ledger's token.

use super::address::Address;
use super::asked::Asked;
use super::lang::Lang;
use super::{fields, html, lang_of, troubled};
use crate::http::{SIGN_IN, path_and_query};
use crate::node::Node;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use std::sync::Arc;

/// Why somebody is asked to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// He has not yet, or his session ended.
    NoSession,
    /// His link opened a session before, or is none.
    UsedLink,
    /// It is not the token.
    WrongToken,
}

/// Opens a session by a link, and leads to the page behind it. Without a link it asks for the token.
pub(super) async fn page(
    State(node): State<Arc<Node>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(link) = uri.query().unwrap_or_default().strip_prefix("link=") else {
        return form(lang_of(&uri), StatusCode::OK, Why::NoSession, None);
    };
    // A browser that looks ahead of its user would use the link up.
    let looks_ahead = headers.contains_key("sec-purpose") || headers.contains_key("purpose");
    if method != Method::GET || looks_ahead {
        return StatusCode::NO_CONTENT.into_response();
    }
    match node.entrance.by_link(link) {
        Some((cookie, path)) => opened(cookie, path),
        None => form(Lang::default(), StatusCode::UNAUTHORIZED, Why::UsedLink, None),
    }
}

/// Opens a session with the token.
pub(super) async fn by_token(State(node): State<Arc<Node>>, uri: Uri, body: Bytes) -> Response {
    let lang = lang_of(&uri);
    match fields(lang, &body, ["token"]) {
        Ok([Some(token)]) => match node.entrance.by_token(&token) {
            Some(cookie) => opened(cookie, home(lang)),
            None => form(lang, StatusCode::UNAUTHORIZED, Why::WrongToken, None),
        },
        Ok([None]) => form(lang, StatusCode::UNAUTHORIZED, Why::WrongToken, None),
        Err(trouble) => troubled(&trouble),
    }
}

/// Asks who came to a page without a session. Who was led here by another site may have one, which his browser held back:
/// he can go on to the page from here.
pub(super) fn asked(uri: &Uri, was_led: bool) -> Response {
    let is_page =
        Address::parse(uri.path()).is_some() && Asked::parse(uri.query().unwrap_or_default()).is_ok();
    let goes_on = (was_led && is_page).then(|| path_and_query(uri));
    form(lang_of(uri), StatusCode::UNAUTHORIZED, Why::NoSession, goes_on)
}

fn home(lang: Lang) -> String {
    if lang == Lang::Zh { "/".to_owned() } else { format!("/?lang={}", lang.code()) }
}

/// The session's cookie, and on to the page, so that no secret stays in the browser's address.
fn opened(cookie: String, path: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, path)]).into_response()
}

fn form(l: Lang, status: StatusCode, why: Why, goes_on: Option<&str>) -> Response {
    let title = l.of("请先登录", "Sign in");
    let why = match why {
        Why::NoSession => None,
        Why::UsedLink => Some(l.of("此登录链接已使用过或已失效。", "This link was used before, or is none.")),
        Why::WrongToken => Some(l.of("访问口令不正确。", "That is not the token.")),
    };
    let action = if l == Lang::Zh { SIGN_IN.to_owned() } else { format!("{SIGN_IN}?lang={}", l.code()) };
    let content: Markup = html! {
        h1 { (title) }
        @if let Some(why) = why { p role="alert" { strong { (why) } } }
        @if let Some(page) = goes_on {
            p { a href=(page) { (l.of("已登录的，请点此继续", "If you have signed in, go on to the page")) } }
        }
        p { (l.of(
            "请打开本系统启动时显示的登录链接（只能使用一次）；或填写账本目录下 node.token 文件中的访问口令。",
            "Open the link that this service printed when it started, which opens once; or give the token: it is in the \
             file node.token in the ledger's folder.",
        )) }
        form class="search block" method="post" action=(action) {
            label for="token" { (l.of("访问口令", "Token")) }
            div { input id="token" name="token" type="password" required maxlength="200" autocomplete="off";
                  button type="submit" { (l.of("登录", "Sign in")) } }
        }
    };
    (status, Html(html::plain(l, title, &content).into_string())).into_response()
}
