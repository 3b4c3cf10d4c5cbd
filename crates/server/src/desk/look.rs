//! A look at personal data: why somebody must know is recorded before anything is shown.

use super::address::Address;
use super::ctx::Ctx;
use super::trouble::Trouble;
use crate::clock::SystemClock;
use crate::reveal::{Look, Purpose, Recorded};
use jiff::SignedDuration;
use ledger::Clock;
use maud::{Markup, html};
use uuid::Uuid;
use vault::entropy;
use wages::Rejection;

/// A page opened once may be loaded again for so long, and shows the same look.
const LOOK_MAX: SignedDuration = SignedDuration::from_mins(15);
/// Of a form that does not say which look it is, the same purpose within so long is the same look.
const UNNAMED_LOOK: SignedDuration = SignedDuration::from_mins(10);

/// The form in which somebody says why he must know.
pub(super) fn form(ctx: &Ctx, to: &Address) -> Markup {
    let l = ctx.lang;
    html! {
        form class="reveal" method="post" action=(ctx.href(to)) {
            label for="purpose" { (l.of("查看用途", "Purpose")) }
            input type="hidden" name="look" value=(entropy::uuid());
            input id="purpose" name="purpose" type="text" required maxlength="200" autocomplete="off";
            button type="submit" { (l.of("登记用途并查看", "Record the purpose and look")) }
        }
    }
}

/// Records the look at data of some workers, where it is not recorded yet. `look` is the name that the form gave this
/// look: a page that is loaded again sends its form again.
pub(super) async fn record(
    ctx: &Ctx,
    workers: &[Uuid],
    question: &str,
    purpose: &str,
    look: Option<&str>,
) -> Result<(), Trouble> {
    let now = SystemClock.now_us();
    let name = match look {
        Some(name) if name.parse::<Uuid>().is_ok() => name.to_owned(),
        Some(_) => return Err(look_is_over(ctx)),
        None => format!("{} {purpose} {}", ctx.address, now.div_euclid(micros(UNNAMED_LOOK))),
    };
    let wish = Purpose::said(purpose).map_err(|_| Trouble::NoActor(ctx.lang))?;
    let recorded = wish.record(&ctx.node.ledger, workers, question, Look::Named(&name)).await;
    match recorded.map_err(|failure| Trouble::Failed(ctx.lang, failure))? {
        Recorded::Now => Ok(()),
        Recorded::Before { recorded_at } if now.saturating_sub(recorded_at) <= micros(LOOK_MAX) => Ok(()),
        Recorded::Before { .. } | Recorded::Not(Rejection::CommandIdReused { .. }) => Err(look_is_over(ctx)),
        Recorded::Not(rejection) => Err(ctx.failed(rejection)),
    }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn look_is_over(ctx: &Ctx) -> Trouble {
    Trouble::BadForm(
        ctx.lang,
        "本次查看已结束。请重新打开该页面，再次填写用途。",
        "This look is over. Open the page again and say the purpose anew.",
    )
}
