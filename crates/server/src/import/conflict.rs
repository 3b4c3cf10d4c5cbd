//! Where a row differs from what is recorded under its key: the column, and both values.

use formats::masked;
use rules::PayDay;
use wages::event::{ContractSigned, PaymentDetails, SheetSealed, WageLine};
use wages::{Event, Private};

/// A column in which two facts differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) column: &'static str,
    pub(crate) known: String,
    pub(crate) asked: String,
}

/// Columns that a bank file has once, in its first line.
pub(crate) const IN_FIRST_LINE: [&str; 7] =
    ["付款账号", "付款户名", "工资月份", "信用代码", "项目编码", "总笔数", "总金额"];

/// Collects the columns whose texts differ.
struct Differences(Vec<Difference>);

impl Differences {
    fn compare(&mut self, column: &'static str, known: impl ToString, asked: impl ToString) {
        let (known, asked) = (known.to_string(), asked.to_string());
        if known != asked {
            self.0.push(Difference { column, known, asked });
        }
    }

    fn optional<T: ToString>(&mut self, column: &'static str, known: Option<T>, asked: Option<T>) {
        let text = |value: Option<T>| value.map_or_else(String::new, |v| v.to_string());
        self.compare(column, text(known), text(asked));
    }

    /// What was recorded is another's to tell: of personal data it is shown that it differs, and the last characters.
    fn private(&mut self, column: &'static str, known: Option<&Private>, asked: Option<&Private>) {
        let plain = |value: Option<&Private>| value.and_then(Private::plain).map(str::to_owned);
        let (known, asked) = (plain(known), plain(asked));
        if known != asked {
            let shown = |value: Option<String>| value.as_deref().map_or_else(String::new, masked);
            self.0.push(Difference { column, known: shown(known), asked: shown(asked) });
        }
    }

    fn line(&mut self, known: &WageLine, asked: &WageLine) {
        self.compare("出勤工日", known.days, asked.days);
        self.optional("加班小时", known.overtime_hours, asked.overtime_hours);
        self.compare("计薪方式", known.pay_form.word(), asked.pay_form.word());
        self.compare("单价", known.unit_price, asked.unit_price);
        self.compare("数量", known.quantity, asked.quantity);
        self.compare("应发工资", known.gross, asked.gross);
        self.compare("借支", known.advances.loan, asked.advances.loan);
        self.compare("生活费", known.advances.living_cost, asked.advances.living_cost);
        let (k, a) = (known.deductions, asked.deductions);
        self.compare("社保个人部分", k.social_insurance, a.social_insurance);
        self.compare("公积金个人部分", k.housing_fund, a.housing_fund);
        self.compare("个人所得税", k.income_tax, a.income_tax);
        self.compare("其他扣款", k.other, a.other);
        self.compare("实发工资", known.net, asked.net);
        self.private("银行卡号", known.account.as_ref(), asked.account.as_ref());
        self.private("备注", known.remark.as_ref(), asked.remark.as_ref());
    }

    fn payment(&mut self, known: &PaymentDetails, asked: &PaymentDetails) {
        self.compare("金额", known.amount, asked.amount);
        self.private("收款账号", Some(&known.payee_account), Some(&asked.payee_account));
        self.private("收款户名", Some(&known.payee_holder), Some(&asked.payee_holder));
        self.compare("序号", known.number, asked.number);
        if known.payer_account_index != asked.payer_account_index {
            let (known, asked) = ("another account".to_owned(), String::new());
            self.0.push(Difference { column: "付款账号", known, asked });
        }
        self.compare("工资月份", known.month, asked.month);
        self.compare("信用代码", &known.employer, &asked.employer);
        self.compare("项目编码", &known.project, &asked.project);
    }

    fn contract(&mut self, known: &ContractSigned, asked: &ContractSigned) {
        self.compare("用人单位信用代码", &known.employer, &asked.employer);
        self.compare("文书类型", known.document.word(), asked.document.word());
        self.compare("签订日期", known.signed_on, asked.signed_on);
        let (k, a) = (&known.terms, &asked.terms);
        self.compare("期限类型", k.term.word(), a.term.word());
        self.compare("开始日期", k.starts_on, a.starts_on);
        self.optional("结束日期", k.ends_on, a.ends_on);
        self.compare("计薪方式", k.pay_form.word(), a.pay_form.word());
        self.compare("单价", k.unit_price, a.unit_price);
        self.compare("计量单位", k.unit.word(), a.unit.word());
        let written = |day: Option<PayDay>| day.map(PayDay::word).unwrap_or_default();
        self.compare("工资发放日", written(k.pay_day), written(a.pay_day));
        self.compare("所得类型", k.income.word(), a.income.word());
        self.compare(
            "合同编号",
            format!("on project {}", known.project),
            format!("on project {}", asked.project),
        );
    }

    fn sheet(&mut self, known: &SheetSealed, asked: &SheetSealed) {
        if known.lines != asked.lines {
            let known = format!("{} lines; this file has {}", known.lines, asked.lines);
            self.0.push(Difference { column: "合计", known, asked: String::new() });
        }
        self.compare("应发工资", known.gross, asked.gross);
        self.compare("实发工资", known.net, asked.net);
        if self.0.is_empty() && known.root != asked.root {
            let known = "lines of other workers".to_owned();
            self.0.push(Difference { column: "身份证号码", known, asked: String::new() });
        }
    }
}

/// A time as bank files write it.
fn china(time: jiff::civil::DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The columns in which `asked` differs from what is `known`, in the order in which a clerk would look.
pub(crate) fn differences(known: &Event, asked: &Event) -> Vec<Difference> {
    let mut out = Differences(Vec::new());
    match (known, asked) {
        (Event::WagesAccrued(k), Event::WagesAccrued(a)) => out.line(&k.line, &a.line),
        (Event::WagesCorrected(k), Event::WagesCorrected(a)) => {
            out.line(&k.line, &a.line);
            out.private("备注", Some(&k.reason), Some(&a.reason));
        }
        (Event::PaymentRecorded(k), Event::PaymentRecorded(a)) => {
            out.payment(&k.payment, &a.payment);
            out.compare("入账时间", china(k.value_at), china(a.value_at));
        }
        (Event::PaymentFailed(k), Event::PaymentFailed(a)) => {
            out.payment(&k.payment, &a.payment);
            out.private("失败原因", k.reason.as_ref(), a.reason.as_ref());
        }
        (Event::PaymentReturned(k), Event::PaymentReturned(a)) => {
            out.payment(&k.payment, &a.payment);
            out.compare("入账时间", china(k.returned_at), china(a.returned_at));
            out.private("失败原因", k.reason.as_ref(), a.reason.as_ref());
        }
        (Event::ContractSigned(k), Event::ContractSigned(a)) => out.contract(k, a),
        (Event::SheetSealed(k), Event::SheetSealed(a)) => out.sheet(k, a),
        (Event::BatchSealed(k), Event::BatchSealed(a)) => {
            out.private("付款账号", Some(&k.payer_account), Some(&a.payer_account));
            out.private("付款户名", Some(&k.payer_holder), Some(&a.payer_holder));
            out.compare("总笔数", k.lines, a.lines);
            out.compare("总金额", k.amount, a.amount);
            if out.0.is_empty() && k.root != a.root {
                let known = "other lines".to_owned();
                out.0.push(Difference { column: "流水号", known, asked: String::new() });
            }
        }
        (Event::AccountMoved(k), Event::AccountMoved(a)) => {
            out.compare("日期", k.on, a.on);
            out.compare("借贷", k.direction.word(), a.direction.word());
            out.compare("金额", k.amount, a.amount);
            out.compare("余额", k.balance, a.balance);
            out.private("对方户名", k.counterparty.as_ref(), a.counterparty.as_ref());
            out.private("摘要", k.memo.as_ref(), a.memo.as_ref());
        }
        (known, asked) => {
            let what = |event: &Event| match event {
                Event::PaymentRecorded(_) => "成功".to_owned(),
                Event::PaymentReturned(_) => "退汇".to_owned(),
                other => other.type_name().to_owned(),
            };
            out.compare("状态", what(known), what(asked));
        }
    }
    out.0
}
