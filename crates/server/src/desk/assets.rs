//! What pages are dressed in: one style sheet, in the binary.

use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(crate) const STYLE: &str = include_str!("desk.css");
/// Its address changes with the program's version; browsers ask again when it has changed.
pub(super) const STYLE_ADDRESS: &str = crate::http::STYLE;

pub(super) fn style() -> Response {
    let kind = (header::CONTENT_TYPE, "text/css; charset=utf-8");
    ([kind, (header::CACHE_CONTROL, "no-cache")], STYLE).into_response()
}
