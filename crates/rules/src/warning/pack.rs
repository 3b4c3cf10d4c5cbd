//! The indicators as data: names, thresholds by region and time, ladders.

use super::Colour;
use super::condition::{ConditionError, Way};
use super::figures::Figures;
use super::ladder::{Ladder, LadderStep};
use crate::{Confidence, Missing, Provision, Region, RuleError, Source, Value};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Which indicator. I01 to I15 are judged from what is owed and in force; A01 to A08 (异常) say that the records look
/// made up, borrowed or cut: where to look, and no proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
pub enum IndicatorId {
    /// Account cover (专户余额覆盖率): figures `rate`, `days_left`.
    I01,
    /// Labour-cost transfer (人工费用拨付): `rate`, `days_since`.
    I02,
    /// Attendance without pay (有考勤未发薪): `rate`.
    I03,
    /// Contract rate (合同签订率): `rate`.
    I04,
    /// Real-name rate (实名制登记率): `rate`.
    I05,
    /// Attendance update (考勤更新率): `rate`.
    I06,
    /// Bank pay rate (专户代发率): `rate`.
    I07,
    /// General contractor's direct pay rate (总包代发率): `rate`.
    I08,
    /// Deposit (工资保证金): `rate`, `rate_then`.
    I09,
    /// Notice board and officer (告示牌、劳资专管员): `missing`, `age_days`.
    I10,
    /// Minimum wage (最低工资): `rate`.
    I11,
    /// Unusual amounts (异常金额): `months`.
    I12,
    /// Age of arrears (最长拖欠天数): `days_overdue`.
    I13,
    /// Heads in arrears (欠薪人数): `heads`, `collective_claims`.
    I14,
    /// Near crime (拒不支付劳动报酬罪数额标准): `ratio`.
    I15,
    /// Padded roster (花名册虚增): `rate`.
    A01,
    /// Shared cards (一卡多人): `cards`.
    A02,
    /// A card that is not the worker's own (非本人工资卡): `rate`.
    A03,
    /// One amount for a whole crew (同班组同金额): `crew_months`.
    A04,
    /// Attendance by pattern (考勤疑似批量生成): `crew_months`.
    A05,
    /// Wages without attendance (有工资无考勤): `rate`.
    A06,
    /// Attendance without wages (有考勤无工资): `rate`.
    A07,
    /// Statement lines missing (专户流水缺失): `breaks`.
    A08,
}

impl IndicatorId {
    /// All of them, in order.
    pub const ALL: [IndicatorId; 23] = [
        IndicatorId::I01,
        IndicatorId::I02,
        IndicatorId::I03,
        IndicatorId::I04,
        IndicatorId::I05,
        IndicatorId::I06,
        IndicatorId::I07,
        IndicatorId::I08,
        IndicatorId::I09,
        IndicatorId::I10,
        IndicatorId::I11,
        IndicatorId::I12,
        IndicatorId::I13,
        IndicatorId::I14,
        IndicatorId::I15,
        IndicatorId::A01,
        IndicatorId::A02,
        IndicatorId::A03,
        IndicatorId::A04,
        IndicatorId::A05,
        IndicatorId::A06,
        IndicatorId::A07,
        IndicatorId::A08,
    ];

    /// As people and files write it: `I01`.
    pub fn label(self) -> &'static str {
        match self {
            IndicatorId::I01 => "I01",
            IndicatorId::I02 => "I02",
            IndicatorId::I03 => "I03",
            IndicatorId::I04 => "I04",
            IndicatorId::I05 => "I05",
            IndicatorId::I06 => "I06",
            IndicatorId::I07 => "I07",
            IndicatorId::I08 => "I08",
            IndicatorId::I09 => "I09",
            IndicatorId::I10 => "I10",
            IndicatorId::I11 => "I11",
            IndicatorId::I12 => "I12",
            IndicatorId::I13 => "I13",
            IndicatorId::I14 => "I14",
            IndicatorId::I15 => "I15",
            IndicatorId::A01 => "A01",
            IndicatorId::A02 => "A02",
            IndicatorId::A03 => "A03",
            IndicatorId::A04 => "A04",
            IndicatorId::A05 => "A05",
            IndicatorId::A06 => "A06",
            IndicatorId::A07 => "A07",
            IndicatorId::A08 => "A08",
        }
    }
}

/// An indicator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indicator {
    /// Which.
    pub id: IndicatorId,
    /// What it is, in English.
    pub en: String,
    /// What it is, in Chinese.
    pub zh: String,
    /// What it is about: a project, an employer.
    pub object: String,
    /// What makes it unknown.
    pub unknown: String,
    /// Who must act first.
    pub must_act: String,
    /// Its thresholds, by place and time.
    pub all_thresholds: Vec<Thresholds>,
}

/// What makes a colour, in a place and time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thresholds {
    yellow: Vec<Way>,
    orange: Vec<Way>,
    red: Vec<Way>,
    /// From when to when, where, and who says so.
    pub provision: Provision,
}

impl Thresholds {
    /// The ways to a colour; none to the others.
    pub fn ways(&self, colour: Colour) -> &[Way] {
        match colour {
            Colour::Yellow => &self.yellow,
            Colour::Orange => &self.orange,
            Colour::Red => &self.red,
            Colour::None | Colour::Unknown => &[],
        }
    }

    /// All ways to all colours in one line, as in `yellow: rate < 1; red: heads >= 30 or collective_claims >= 1`.
    pub fn text(&self) -> String {
        let colours = [Colour::Yellow, Colour::Orange, Colour::Red].into_iter().filter_map(|colour| {
            let ways: Vec<String> = self.ways(colour).iter().map(ToString::to_string).collect();
            (!ways.is_empty()).then(|| format!("{}: {}", colour.label(), ways.join(" or ")))
        });
        colours.collect::<Vec<_>>().join("; ")
    }

    /// The worst colour one of whose ways holds; figures that are missing hold nothing.
    pub fn colour(&self, figures: &Figures) -> Result<Colour, RuleError> {
        for colour in [Colour::Red, Colour::Orange, Colour::Yellow] {
            for way in self.ways(colour) {
                if way.holds(figures)? {
                    return Ok(colour);
                }
            }
        }
        Ok(Colour::None)
    }
}

impl Indicator {
    /// All indicators, in order.
    pub fn all() -> impl Iterator<Item = &'static Indicator> {
        WARNINGS.indicators.values()
    }

    /// The indicator; `None` when the data do not have it.
    pub fn of(id: IndicatorId) -> Option<&'static Indicator> {
        WARNINGS.indicators.get(&id)
    }

    /// The thresholds that hold in `region` on `day`: those of the smallest region around it.
    pub fn thresholds(&self, region: Region, day: Date) -> Result<&Thresholds, Missing> {
        let at = |place| {
            let mut all = self.all_thresholds.iter();
            all.find(|t| t.provision.jurisdiction == place && t.provision.holds_on(day))
        };
        region.and_above().find_map(at).ok_or_else(|| Missing::Value {
            parameter: self.id.label().to_owned(),
            zh: self.zh.clone(),
            region,
            day,
            known: "no thresholds there and then".to_owned(),
        })
    }
}

/// Why a text is no set of indicators.
#[derive(Debug, thiserror::Error)]
pub enum WarningPackError {
    /// Not the form of the file.
    #[error("reading thresholds of early warning")]
    Form(#[from] toml::de::Error),
    /// A condition cannot be read.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// Something in it makes no sense.
    #[error("{of}: {what}")]
    Value {
        /// Which indicator, or the ladder.
        of: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// The indicators and ladders of a file.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    pub(super) indicators: BTreeMap<IndicatorId, Indicator>,
    pub(super) ladders: Vec<Ladder>,
}

/// Read once; that it can be read is a test's business. Were it not, no indicator would be there.
pub(super) static WARNINGS: LazyLock<Warnings> =
    LazyLock::new(|| Warnings::parse(Indicator::THRESHOLDS_TEXT).unwrap_or_default());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdiction: String,
    source: BTreeMap<String, Source>,
    indicator: Vec<FileIndicator>,
    ladder: Vec<FileLadder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIndicator {
    id: IndicatorId,
    en: String,
    zh: String,
    object: String,
    unknown: String,
    must_act: String,
    thresholds: Vec<FileThresholds>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileThresholds {
    yellow: Vec<String>,
    orange: Vec<String>,
    red: Vec<String>,
    valid_from: Date,
    valid_to: Option<Date>,
    jurisdiction: Option<String>,
    source: String,
    #[serde(default)]
    article: String,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLadder {
    colour: FileColour,
    steps: Vec<LadderStep>,
    valid_from: Date,
    valid_to: Option<Date>,
    jurisdiction: Option<String>,
    source: String,
    #[serde(default)]
    article: String,
    confidence: Confidence,
}

/// The colours that have a ladder.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileColour {
    Yellow,
    Orange,
    Red,
}

impl Indicator {
    /// The file behind the indicators. Whoever stores what was computed from it stores a fingerprint of it.
    pub const THRESHOLDS_TEXT: &'static str = include_str!("../../data/law/warning-thresholds.toml");
}

impl Warnings {
    pub(super) fn parse(text: &str) -> Result<Warnings, WarningPackError> {
        let file: File = toml::from_str(text)?;
        let mut warnings = Warnings::default();
        for indicator in &file.indicator {
            let mut all_thresholds = Vec::new();
            for thresholds in &indicator.thresholds {
                all_thresholds.push(read_thresholds(indicator, thresholds, &file)?);
            }
            let read = Indicator {
                id: indicator.id,
                en: indicator.en.clone(),
                zh: indicator.zh.clone(),
                object: indicator.object.clone(),
                unknown: indicator.unknown.clone(),
                must_act: indicator.must_act.clone(),
                all_thresholds,
            };
            if warnings.indicators.insert(indicator.id, read).is_some() {
                let what = "stands in the file twice".to_owned();
                return Err(WarningPackError::Value { of: indicator.id.label(), what });
            }
        }
        for ladder in &file.ladder {
            warnings.ladders.push(read_ladder(ladder, &file)?);
        }
        Ok(warnings)
    }
}

/// What thresholds and ladders have in common: from when to when, where, and who says so.
struct Held<'a> {
    of: &'static str,
    en: &'a str,
    zh: &'a str,
    valid_from: Date,
    valid_to: Option<Date>,
    jurisdiction: Option<&'a String>,
    source: &'a str,
    article: &'a str,
    confidence: Confidence,
}

fn provision(held: Held<'_>, file: &File) -> Result<Provision, WarningPackError> {
    let wrong = |what: String| WarningPackError::Value { of: held.of, what };
    let source = file.source.get(held.source);
    let source = source.ok_or_else(|| wrong(format!("no source is called `{}`", held.source)))?;
    let place = held.jurisdiction.unwrap_or(&file.jurisdiction);
    Ok(Provision {
        parameter: held.of.to_owned(),
        en: held.en.to_owned(),
        zh: held.zh.to_owned(),
        value: Value::Rule,
        valid_from: held.valid_from,
        valid_to: held.valid_to,
        jurisdiction: place.parse().map_err(|error: crate::NotARegion| wrong(error.to_string()))?,
        source: source.clone(),
        article: held.article.to_owned(),
        confidence: held.confidence,
    })
}

fn read_thresholds(
    indicator: &FileIndicator,
    thresholds: &FileThresholds,
    file: &File,
) -> Result<Thresholds, WarningPackError> {
    let ways = |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Way>, _>>();
    let held = Held {
        of: indicator.id.label(),
        en: &indicator.en,
        zh: &indicator.zh,
        valid_from: thresholds.valid_from,
        valid_to: thresholds.valid_to,
        jurisdiction: thresholds.jurisdiction.as_ref(),
        source: &thresholds.source,
        article: &thresholds.article,
        confidence: thresholds.confidence,
    };
    Ok(Thresholds {
        yellow: ways(&thresholds.yellow)?,
        orange: ways(&thresholds.orange)?,
        red: ways(&thresholds.red)?,
        provision: provision(held, file)?,
    })
}

fn read_ladder(ladder: &FileLadder, file: &File) -> Result<Ladder, WarningPackError> {
    let colour = match ladder.colour {
        FileColour::Yellow => Colour::Yellow,
        FileColour::Orange => Colour::Orange,
        FileColour::Red => Colour::Red,
    };
    let held = Held {
        of: "ladder",
        en: "what happens after a warning took its colour",
        zh: "预警处置时限",
        valid_from: ladder.valid_from,
        valid_to: ladder.valid_to,
        jurisdiction: ladder.jurisdiction.as_ref(),
        source: &ladder.source,
        article: &ladder.article,
        confidence: ladder.confidence,
    };
    Ok(Ladder { colour, steps: ladder.steps.clone(), provision: provision(held, file)? })
}
