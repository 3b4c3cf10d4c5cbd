//! A request for a page, and how its links are made.

use super::address::Address;
use super::asked::Asked;
use super::lang::Lang;
use super::spot::At;
use super::trouble::Trouble;
use crate::clock;
use crate::failure::Failure;
use crate::node::Node;
use crate::node::shown::Shown;
use crate::words::{ASSUMES_EN, ASSUMES_ZH};
use jiff::civil::Date;
use ledger::{ReadFailed, Recorded};
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use readmodel::ReadModelError;
use std::sync::Arc;
use uuid::Uuid;
use vault::VaultError;

/// What a page is made of.
pub(super) struct Ctx {
    pub(super) node: Arc<Node>,
    pub(super) shown: Arc<Shown>,
    pub(super) address: Address,
    pub(super) asked: Asked,
    pub(super) lang: Lang,
    /// The day asked about.
    pub(super) as_of: Date,
}

impl Ctx {
    pub(super) fn new(node: Arc<Node>, shown: Arc<Shown>, address: Address, asked: Asked) -> Ctx {
        let (lang, as_of) = (asked.lang, asked.as_of.unwrap_or_else(clock::today));
        Ctx { node, shown, address, asked, lang, as_of }
    }

    /// What an error of the read model is to whoever asked.
    pub(super) fn trouble(&self, error: ReadModelError) -> Trouble {
        self.failed(error)
    }

    pub(super) fn failed(&self, error: impl Into<Failure>) -> Trouble {
        Trouble::Failed(self.lang, error.into())
    }

    pub(super) fn nowhere(&self) -> Trouble {
        Trouble::Nowhere(self.lang)
    }

    pub(super) fn origin(&self) -> String {
        self.node.ledger.reader().journal().origin().to_owned()
    }

    /// A page with the same day and language.
    pub(super) fn href(&self, to: &Address) -> String {
        self.href_with(to, &[])
    }

    /// As [`Ctx::href`], with more fields.
    pub(super) fn href_with(&self, to: &Address, more: &[(&str, &str)]) -> String {
        let as_of = self.asked.as_of.map(|day| day.to_string());
        let lang = (self.lang != Lang::default()).then(|| self.lang.code().to_owned());
        let kept = [("as_of", as_of), ("lang", lang)];
        let kept = kept.into_iter().filter_map(|(name, value)| Some((name, value?)));
        written(to, kept.chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))))
    }

    /// This page with some fields changed; an empty value takes a field away.
    pub(super) fn here(&self, changed: &[(&str, &str)]) -> String {
        let fields = self.fields();
        let kept = fields.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        let changed = changed.iter().filter(|(_, value)| !value.is_empty());
        written(&self.address, kept.chain(changed.map(|(name, value)| (*name, (*value).to_owned()))))
    }

    /// The page's query, field by field.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let asked = &self.asked;
        let filter = &asked.filter;
        let text = |value: Option<String>| value;
        let sort = asked.sort.as_ref().map(|(name, down)| format!("{}{name}", if *down { "-" } else { "" }));
        let (after, before) = match &asked.at {
            At::Beginning => (None, None),
            At::After(row) => (Some(row.to_string()), None),
            At::Before(row) => (None, Some(row.to_string())),
        };
        let all = [
            ("as_of", asked.as_of.map(|day| day.to_string())),
            ("lang", (self.lang != Lang::default()).then(|| self.lang.code().to_owned())),
            ("region", text(filter.region.clone())),
            ("project", text(filter.project.clone())),
            ("employer", text(filter.employer.clone())),
            ("contractor", text(filter.contractor.clone())),
            ("owner", text(filter.owner.clone())),
            ("crew", filter.crew.map(|crew| crew.to_string())),
            ("worker", filter.worker.map(|worker| worker.to_string())),
            ("bucket", filter.bucket.map(|bucket| bucket.label().to_owned())),
            ("kind", text(asked.kind.clone())),
            ("from", asked.from.map(|day| day.to_string())),
            ("to", asked.to.map(|day| day.to_string())),
            ("after", after),
            ("before", before),
            ("sort", sort),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The fields of the query as hidden fields of a form, but for those that the form has itself.
    pub(super) fn hidden(&self, but: &[&str]) -> Markup {
        let fields = self.fields();
        html! {
            @for (name, value) in fields.iter().filter(|(name, _)| !but.contains(name)) {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// The form that chooses the day.
    pub(super) fn day_form(&self) -> Markup {
        let l = self.lang;
        html! {
            form class="day" method="get" action=(self.address) {
                (self.hidden(&["as_of", "after", "before"]))
                label for="as_of" { (l.of("截至日期", "As of")) }
                input id="as_of" type="date" name="as_of" value=(self.as_of) min="2015-01-01" max="2100-12-31" required;
                button type="submit" { (l.of("查看", "Show")) }
            }
        }
    }

    /// What a page of a day that has not come yet takes for granted.
    pub(super) fn of_the_future(&self) -> Option<&'static str> {
        let is_future = self.address.is_of_a_day() && clock::is_future(self.as_of);
        is_future.then(|| self.lang.of(ASSUMES_ZH, ASSUMES_EN))
    }

    /// Crumbs from the landing page down to here.
    pub(super) fn crumbs(&self, way: Vec<(String, Address)>) -> Vec<(String, String)> {
        let home = (self.lang.of("总览", "Overview").to_owned(), self.href(&Address::Landing));
        std::iter::once(home)
            .chain(way.into_iter().map(|(name, address)| (name, self.href(&address))))
            .collect()
    }

    pub(super) fn project_name(&self, code: &str) -> String {
        let known = self.shown.lateness.project(code).and_then(|project| project.name);
        known.map_or_else(|| code.to_owned(), str::to_owned)
    }

    pub(super) fn employer_name(&self, code: &str) -> String {
        match (self.shown.lateness.organisation(code), code) {
            (Some(known), _) => known.name.clone(),
            (None, "") => self.lang.of("用人单位未报送", "employer unknown").to_owned(),
            (None, code) => code.to_owned(),
        }
    }

    pub(super) fn region_name(&self, code: Option<&str>) -> String {
        match code {
            Some(code) => rules::region_name(code).unwrap_or(code).to_owned(),
            None => self.lang.of("未登记的项目", "Projects not registered").to_owned(),
        }
    }

    /// Opens the labels in entries about crews. Where another process has erased somebody, they stay sealed.
    pub(super) async fn open_labels(&self, entries: &mut [Recorded]) -> Result<(), Trouble> {
        match self.node.ledger.reader().open(entries).await {
            Ok(()) | Err(ReadFailed::Vault(VaultError::EpochChanged { .. })) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// A worker without his name: the first digits of his pseudonym.
    pub(super) fn worker_name(&self, worker: Uuid) -> String {
        let text = worker.simple().to_string();
        format!("{} {}", self.lang.of("工人", "Worker"), text.get(..8).unwrap_or_default())
    }

    /// A crew's label, which whoever sees the crew may see; of one that was never registered, or whose key was
    /// destroyed, its pseudonym.
    pub(super) fn crew_name(&self, crew: Uuid) -> String {
        let text = crew.simple().to_string();
        let unnamed = || format!("{} {}", self.lang.of("班组", "Crew"), text.get(..8).unwrap_or_default());
        self.shown.crews.label(crew).map_or_else(unnamed, str::to_owned)
    }
}

fn written<'a>(to: &Address, fields: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut text = to.to_string();
    for (at, (name, value)) in fields.enumerate() {
        text.push(if at == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        // Dates, ids and words as they are; what else there is, escaped.
        let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        match plain {
            true => text.push_str(&value),
            false => text.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC)),
        }
    }
    text
}
