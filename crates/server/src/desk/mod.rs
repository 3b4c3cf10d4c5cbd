//! The pages: what the ledger knows, for people. Served beside the node's API on a loopback address, made on the
//! server, from the read model; only a reveal writes anything.
//!
//! An [`Address`](address::Address) names a page, [`Asked`](asked::Asked) is its query, both read strictly. A page makes
//! [`Content`](table::Content) of cells, which becomes HTML, CSV or a workbook. There is no script.

mod address;
mod asked;
mod assets;
mod audit;
mod crew;
mod ctx;
mod employer;
mod entry;
mod export;
mod firms;
mod html;
mod lacking;
mod landing;
mod lang;
mod late;
mod ledger;
mod line;
mod list;
mod look;
mod payments;
mod project;
mod rank;
mod reason;
mod search;
mod sheets;
mod sign_in;
mod silent;
mod spot;
mod statement;
mod table;
mod trouble;
mod undated;
mod verify;
mod warning;
mod warnings;
mod words;
mod worker;

use crate::http::{Refusal, SIGN_IN, was_led};
use crate::node::Node;
use address::Address;
use asked::Asked;
pub(crate) use assets::STYLE;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use ctx::Ctx;
use lang::Lang;
use std::sync::Arc;
use std::time::Duration;
use table::Content;
use trouble::Trouble;

/// So long a page waits for a read model that is being made.
const READY_WAIT: Duration = Duration::from_secs(20);

/// The style sheet and all pages; whatever no other route takes.
pub(crate) fn routes(node: Arc<Node>) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in::page).post(sign_in::by_token))
        .fallback(answer)
        .layer(DefaultBodyLimit::disable())
        .with_state(node)
}

/// What the guard does not let through. Who comes without a session is asked to sign in.
pub(crate) fn refused(head: &Parts, refusal: Refusal) -> Response {
    let lang = lang_of(&head.uri);
    let trouble = match refusal {
        Refusal::Unknown => return sign_in::asked(&head.uri, was_led(&head.headers)),
        Refusal::Foreign | Refusal::Kind => Trouble::Foreign(lang),
        Refusal::TooLong(_) => Trouble::BadForm(lang, "表单内容过长。", "The form is too long."),
        Refusal::Slow | Refusal::Broken => {
            Trouble::BadForm(lang, "表单没有完整送达，请再试。", "The form did not come whole. Try again.")
        }
        Refusal::Busy => Trouble::Crowded(lang),
    };
    troubled(&trouble)
}

fn troubled(trouble: &Trouble) -> Response {
    if let Trouble::Failed(_, failure) = trouble {
        tracing::error!(%failure, "a page could not be made");
    }
    (trouble.status(), Html(html::trouble(trouble).into_string())).into_response()
}

fn lang_of(uri: &Uri) -> Lang {
    Asked::parse(uri.query().unwrap_or_default()).map(|asked| asked.lang).unwrap_or_default()
}

async fn answer(State(node): State<Arc<Node>>, method: Method, uri: Uri, body: Bytes) -> Response {
    if uri.path() == assets::STYLE_ADDRESS {
        return assets::style();
    }
    let pages = node.judge.pages.clone();
    let _under_way = pages.begin();
    let answer = match method {
        Method::GET | Method::HEAD => page(node, &uri).await,
        Method::POST => post(node, &uri, &body).await,
        _ => Err(Trouble::Method(lang_of(&uri))),
    };
    answer.unwrap_or_else(|trouble| troubled(&trouble))
}

async fn open(node: Arc<Node>, uri: &Uri) -> Result<Ctx, Trouble> {
    let asked = Asked::parse(uri.query().unwrap_or_default())?;
    let address = Address::parse(uri.path()).ok_or(Trouble::Nowhere(asked.lang))?;
    let mut shown = node.shown.subscribe();
    let ready = tokio::time::timeout(READY_WAIT, shown.wait_for(Option::is_some)).await;
    let shown = ready.ok().and_then(Result::ok).and_then(|shown| shown.as_ref().map(Arc::clone));
    let shown = shown.ok_or(Trouble::NotReady(asked.lang))?;
    Ok(Ctx::new(node, shown, address, asked))
}

async fn page(node: Arc<Node>, uri: &Uri) -> Result<Response, Trouble> {
    let ctx = open(node, uri).await?;
    // Pages over all projects are made once for an entry and a day. No personal data is on them but labels of crews.
    let judged = || ctx.node.judge.known(&ctx.shown, ctx.as_of).is_some();
    // The landing page of a day that is not judged yet is kept apart: made anew each time it would hold up the others.
    let apart = |key: String| match ctx.address {
        Address::Landing if !judged() => format!("{key}#unjudged"),
        _ => key,
    };
    let key = (ctx.address.is_over_all() && ctx.asked.format.is_none()).then(|| apart(ctx.here(&[])));
    if let Some(page) = key.as_ref().and_then(|key| ctx.shown.page(key, ctx.as_of)) {
        return Ok(Html(page).into_response());
    }
    if let Some(format) = ctx.asked.format {
        return export::export(ctx, format).await;
    }
    let content = content(&ctx).await?;
    // What is still being judged is on the page the next time.
    let whole = !matches!(ctx.address, Address::Warnings) || judged();
    if let Some(key) = key.filter(|_| whole) {
        let page = html::page(&ctx, &content).into_string();
        ctx.shown.keep(key, ctx.as_of, page.clone());
        return Ok(Html(page).into_response());
    }
    Ok(Html(html::page(&ctx, &content).into_string()).into_response())
}

async fn content(ctx: &Ctx) -> Result<Content<'_>, Trouble> {
    match &ctx.address {
        Address::Landing => landing::landing(ctx).await,
        Address::Arrears => late::lines_page(ctx),
        Address::Missing => late::missing_page(ctx),
        Address::Silent => silent::silent_page(ctx),
        Address::Undated => undated::page(ctx),
        Address::Warnings => warnings::warnings(ctx).await,
        Address::Warning(rule) => warning::warning(ctx, *rule).await,
        Address::Regions => landing::regions(ctx),
        Address::Projects => landing::projects(ctx),
        Address::Firms => firms::firms(ctx),
        Address::FirmsIn(role) => firms::firms_in(ctx, *role),
        Address::Region(code) => landing::region(ctx, code.as_ref()),
        Address::Project(code) => project::project(ctx, code).await,
        Address::Share(code, employer) => employer::share(ctx, code, employer),
        Address::Payments(code, month) => payments::payments(ctx, code, *month, None).await,
        Address::Sheets(code, month) => sheets::sheets(ctx, code, *month).await,
        Address::Employer(code) => employer::employer(ctx, code),
        Address::Crew(crew) => crew::crew(ctx, *crew).await,
        Address::Worker(worker) => worker::worker(ctx, *worker, None).await,
        Address::Line(seq) => line::line(ctx, *seq).await,
        Address::Entry(seq) => entry::entry(ctx, *seq, None).await,
        Address::Trail(whom) => audit::trail(ctx, whom).await,
        Address::Ledger => ledger::ledger(ctx).await,
        Address::Search => Ok(search::search(ctx, None)),
    }
}

/// Forms: a search, which may hold an ID number; a reveal, which is recorded; a verification.
async fn post(node: Arc<Node>, uri: &Uri, body: &[u8]) -> Result<Response, Trouble> {
    let ctx = open(node, uri).await?;
    let content = match &ctx.address {
        Address::Search => {
            let [q] = fields(ctx.lang, body, ["q"])?;
            search::found(&ctx, &q.ok_or_else(|| wrong_form(ctx.lang))?).await?
        }
        Address::Worker(worker) => {
            let [purpose, look] = fields(ctx.lang, body, ["purpose", "look"])?;
            let purpose = purpose.ok_or_else(|| wrong_form(ctx.lang))?;
            worker::revealed(&ctx, *worker, &purpose, look.as_deref()).await?
        }
        Address::Payments(code, month) => {
            let [purpose, look] = fields(ctx.lang, body, ["purpose", "look"])?;
            let purpose = purpose.ok_or_else(|| wrong_form(ctx.lang))?;
            payments::revealed(&ctx, code, *month, &purpose, look.as_deref()).await?
        }
        Address::Entry(seq) => entry::verified(&ctx, *seq).await?,
        _ => return Err(Trouble::Method(ctx.lang)),
    };
    Ok(Html(html::page(&ctx, &content).into_string()).into_response())
}

/// The fields of a form, each once at most: 1 to 200 characters, trimmed. A form has no others.
fn fields<const N: usize>(lang: Lang, body: &[u8], names: [&str; N]) -> Result<[Option<String>; N], Trouble> {
    let mut fields = [const { None }; N];
    let body = std::str::from_utf8(body).map_err(|_| wrong_form(lang))?;
    for pair in body.split('&') {
        let (key, value) = pair.split_once('=').ok_or_else(|| wrong_form(lang))?;
        let mut places = names.iter().zip(&mut fields);
        let place = places.find(|(name, _)| **name == key).map(|(_, place)| place);
        let place = place.filter(|place| place.is_none()).ok_or_else(|| wrong_form(lang))?;
        let value = value.replace('+', " ");
        let value =
            percent_encoding::percent_decode_str(&value).decode_utf8().map_err(|_| wrong_form(lang))?;
        let value = value.trim();
        let fits = (1..=200).contains(&value.chars().count()) && !value.contains(char::is_control);
        *place = Some(fits.then(|| value.to_owned()).ok_or_else(|| wrong_form(lang))?);
    }
    Ok(fields)
}

fn wrong_form(lang: Lang) -> Trouble {
    Trouble::BadForm(
        lang,
        "请填写 1 至 200 个字。",
        "Fill in 1 to 200 characters, without control characters.",
    )
}
