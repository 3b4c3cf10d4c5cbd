//! Reading a bank result.

use super::{BankFile, BankHeader, BankLine, Outcome};
use crate::field::Row;
use crate::finding::Code;
use crate::reader::Reader;
use crate::text::{folded, squeezed};
use crate::{Content, number, when};
use rules::Money;
use std::collections::BTreeMap;
use wages::{IdentifierError, Reference};

/// What the first line must say.
const ANNOUNCED: [&str; 8] =
    ["批次号", "项目编码", "信用代码", "工资月份", "付款账号", "付款户名", "总笔数", "总金额"];

/// The states of a line.
#[derive(Clone, Copy)]
enum State {
    Succeeded,
    Failed,
    Returned,
}

const STATES: &[State] = &[State::Succeeded, State::Failed, State::Returned];

fn word(state: State) -> &'static str {
    match state {
        State::Succeeded => "成功",
        State::Failed => "失败",
        State::Returned => "退汇",
    }
}

pub(crate) fn read(reader: &mut Reader<'_>) -> Content {
    let header = First::find(reader).read();
    // The sum of all lines, good or bad; `None` once an amount could not be read.
    let (mut count, mut sum) = (0u32, Some(Money::ZERO));
    let lines = reader.rows(|row| {
        count = count.saturating_add(1);
        let amount = row.positive_money("金额");
        sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
        read_line(row, amount)
    });
    if let Some(header) = &header {
        check_announced(reader, header, count, sum);
    }
    let serial = |line: &BankLine| line.outcome.serial().cloned();
    let lines = reader.unique(lines, serial, "流水号", difference);
    let failed = |line: &BankLine| matches!(line.outcome, Outcome::Failed { .. }).then_some(line.number);
    let lines = reader.unique(lines, failed, "序号", difference);
    Content::BankResult(BankFile { header, lines })
}

/// The first line, `#批次号=…|项目编码=…|…`.
struct First<'r, 'a> {
    reader: &'r mut Reader<'a>,
    line: u32,
    said: BTreeMap<String, String>,
}

impl<'r, 'a> First<'r, 'a> {
    fn find(reader: &'r mut Reader<'a>) -> First<'r, 'a> {
        let mut said = BTreeMap::new();
        let mut line = 1;
        if let Some(row) = reader.titles().next() {
            line = row.number;
            for (_, cell) in &row.cells {
                let shown = cell.shown();
                if let Some((key, value)) = shown.split_once(['=', '＝']) {
                    let key = squeezed(key).trim_start_matches('#').to_owned();
                    said.entry(key).or_insert_with(|| value.trim().to_owned());
                }
            }
        }
        let unknown: Vec<String> =
            said.keys().filter(|key| !ANNOUNCED.contains(&key.as_str())).cloned().collect();
        for key in unknown {
            let message = "this is not part of the first line; it is ignored";
            reader.warn(Some(line), Some(&key), None, Code::UNKNOWN_COLUMN, message);
        }
        First { reader, line, said }
    }

    fn read(&mut self) -> Option<BankHeader> {
        let batch: Option<Reference> = self.identifier("批次号");
        let project = self.identifier("项目编码");
        let employer_code = self.identifier("信用代码");
        let month = self.value("工资月份", |text| when::month(text).ok_or(Code::BAD_DATE));
        let payer_account = self.value("付款账号", |text| {
            let good = (6..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if good { Ok(text.to_owned()) } else { Err(Code::BAD_FORMAT) }
        });
        let payer_name = self.value("付款户名", |text| Ok(text.to_owned()));
        let count = self.value("总笔数", |text| text.parse().map_err(|_| Code::BAD_NUMBER));
        let total = self.value("总金额", |text| {
            let plain = number::plain(text).ok_or(Code::BAD_NUMBER)?;
            plain.parse().map_err(|fault| number::fault(&fault).0)
        });
        let named = self.reader.name().batch.as_deref();
        if let (Some(named), Some(batch)) = (named, &batch)
            && named != batch.as_str()
        {
            let message = format!("the file's name says {named}, its first line {batch}");
            let value = Some(batch.to_string());
            self.reader.warn(Some(self.line), Some("批次号"), value, Code::NAME_MISMATCH, message);
        }
        Some(BankHeader {
            batch: batch?,
            project: project?,
            employer_code: employer_code?,
            month: month?,
            payer_account: payer_account?,
            payer_name: payer_name?,
            count: count?,
            total: total?,
        })
    }

    fn identifier<T: std::str::FromStr<Err = IdentifierError>>(&mut self, key: &'static str) -> Option<T> {
        self.value(key, |text| {
            text.parse().map_err(|fault| match fault {
                IdentifierError::CheckDigit => Code::BAD_CHECK_DIGIT,
                IdentifierError::Shape | IdentifierError::Birthday => Code::BAD_FORMAT,
            })
        })
    }

    fn value<T>(&mut self, key: &'static str, read: impl Fn(&str) -> Result<T, Code>) -> Option<T> {
        let text = self.said.get(key).filter(|text| !text.is_empty());
        let Some(text) = text.map(|text| folded(text).into_owned()) else {
            let message = format!("the first line does not say {key}, as in #批次号=…|项目编码=…");
            let code = Code::MISSING_VALUE;
            self.reader.whole_file(Some(self.line), Some(key), None, code, message);
            return None;
        };
        match read(&text) {
            Ok(value) => Some(value),
            Err(code) => {
                let message = format!("this is no {key}");
                self.reader.whole_file(Some(self.line), Some(key), Some(text), code, message);
                None
            }
        }
    }
}

fn check_announced(reader: &mut Reader<'_>, header: &BankHeader, count: u32, sum: Option<Money>) {
    let line = reader.titles().next().map(|row| row.number);
    if header.count != count {
        let message = format!("there are {count} lines; the whole file is refused");
        let value = Some(header.count.to_string());
        reader.whole_file(line, Some("总笔数"), value, Code::AMOUNT_MISMATCH, message);
    }
    if let Some(sum) = sum.filter(|sum| *sum != header.total) {
        let message = format!("the lines add up to {sum}; the whole file is refused");
        let value = Some(header.total.to_string());
        reader.whole_file(line, Some("总金额"), value, Code::AMOUNT_MISMATCH, message);
    }
}

fn read_line(row: &mut Row<'_>, amount: Option<Money>) -> Option<BankLine> {
    let number = row.integer("序号", 1, i64::from(u32::MAX));
    let account = row.account("收款账号");
    let holder = row.person("收款户名");
    let id = row.id_number("证件号码");
    let state = row.word("状态", STATES, word);
    let outcome = state.and_then(|state| read_outcome(row, state));
    Some(BankLine {
        number: number?,
        account: account?,
        holder: holder?,
        id: id?,
        amount: amount?,
        outcome: outcome?,
    })
}

fn read_outcome(row: &mut Row<'_>, state: State) -> Option<Outcome> {
    let reason = row.note("失败原因");
    match state {
        State::Failed => {
            for (column, what) in [("入账时间", "no money moved"), ("流水号", "it has no serial number")]
            {
                if row.cell(column).is_some() {
                    let message = format!("a payment that failed (失败) has no {column}: {what}");
                    row.error(column, Code::UNEXPECTED_VALUE, message);
                }
            }
            Some(Outcome::Failed { reason: reason? })
        }
        State::Succeeded => {
            let (credited_at, serial) = (row.date_time("入账时间"), row.identifier("流水号"));
            Some(Outcome::Succeeded { credited_at: credited_at?, serial: serial? })
        }
        State::Returned => {
            let (credited_at, serial) = (row.date_time("入账时间"), row.identifier("流水号"));
            let original = row.optional_identifier("原流水号");
            Some(Outcome::Returned {
                credited_at: credited_at?,
                serial: serial?,
                original: original?,
                reason: reason?,
            })
        }
    }
}

fn difference(a: &BankLine, b: &BankLine) -> Option<&'static str> {
    crate::first_difference(&[
        ("金额", a.amount != b.amount),
        ("状态", a.outcome.word() != b.outcome.word()),
        ("证件号码", a.id != b.id),
        ("收款账号", a.account != b.account),
        ("收款户名", a.holder != b.holder),
        ("入账时间", a.outcome != b.outcome),
        ("序号", a.number != b.number),
    ])
}
