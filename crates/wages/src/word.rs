//! The fixed words of the trade: what contracts, sheets and payments may say.

use rules::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words!(
    /// Kind of written agreement.
    DocumentKind {
        /// Labour contract (Labour Contract Law art. 10).
        LabourContract = "劳动合同",
        /// Written agreement on work, where no labour contract is made.
        WorkAgreement = "用工书面协议",
        /// Contract of a labour dispatch firm.
        DispatchContract = "劳务派遣合同",
    }
);

words!(
    /// How the end of a contract is fixed (Labour Contract Law arts 12–15).
    TermKind {
        /// Until a date.
        Fixed = "固定期限",
        /// No end agreed.
        OpenEnded = "无固定期限",
        /// Until a stated task is done.
        Task = "以完成一定工作任务为期限",
    }
);

words!(
    /// How pay is counted.
    PayForm {
        /// A fixed amount a month.
        Monthly = "月薪",
        /// By the 工日 (day).
        Daily = "点工",
        /// By the hour.
        Hourly = "计时",
        /// By the piece or quantity.
        Piece = "计件",
        /// A lump sum for a task.
        LumpSum = "包工",
    }
);

words!(
    /// What a unit price is for.
    Unit {
        /// A month.
        Month = "月",
        /// A working day as the site counts it.
        Day = "工日",
        /// An hour.
        Hour = "小时",
        /// A square metre.
        SquareMetre = "平方米",
        /// A cubic metre.
        CubicMetre = "立方米",
        /// A metre.
        Metre = "米",
        /// A tonne.
        Tonne = "吨",
        /// A whole job.
        Job = "项",
    }
);

words!(
    /// How often wages are paid (Decree 724 arts 12–13; 1994 rules on wage payment arts 7–9).
    PayCycle {
        /// Once a month.
        Monthly = "按月",
        /// Twice a month, as hourly part-time work needs (Labour Contract Law art. 72).
        HalfMonthly = "按半月",
        /// Once a week.
        Weekly = "按周",
        /// Every day.
        Daily = "按日",
        /// By the hour.
        Hourly = "按小时",
        /// When the task is done.
        OnCompletion = "完工支付",
        /// Otherwise.
        Other = "其他周期",
        /// Nobody said.
        Unknown = "未知",
    }
);

words!(
    /// How an employment, or a stay on a site, ended (Labour Contract Law arts 36–44).
    Ending {
        /// By agreement (art. 36).
        Agreed = "协商一致解除",
        /// The worker gave notice (art. 37).
        Resigned = "劳动者提前通知解除",
        /// The worker left because of the employer's fault, late pay among them (art. 38).
        EmployerFault = "用人单位过错，劳动者解除",
        /// Dismissed for cause (art. 39).
        DismissedForCause = "过失性辞退",
        /// Dismissed with notice or a month's pay (art. 40).
        Dismissed = "无过失性辞退",
        /// Laid off with many (art. 41).
        LaidOff = "经济性裁员",
        /// The term ran out (art. 44).
        Expired = "期满终止",
        /// The task was done (art. 44).
        TaskDone = "工作任务完成",
        /// The worker draws a pension, or reached the age (art. 44).
        Retired = "退休",
        /// The worker died (art. 44).
        Died = "死亡",
        /// The employer closed down (art. 44).
        EmployerClosed = "用人单位终止",
        /// He went to another site of the same employer: the employment goes on.
        Moved = "调往其他项目",
        /// Otherwise.
        Other = "其他",
        /// Nobody said.
        Unknown = "未知",
    }
);

words!(
    /// Kind of an identity document (证件类型), as the tax client names it.
    IdKind {
        /// Citizen's ID card.
        ResidentId = "居民身份证",
        /// Chinese passport.
        ChinesePassport = "中国护照",
        /// Residence permit of somebody from Hong Kong or Macao.
        HkMacaoResidence = "港澳居民居住证",
        /// Travel permit of somebody from Hong Kong or Macao.
        HkMacaoPermit = "港澳居民来往内地通行证",
        /// Residence permit of somebody from Taiwan.
        TaiwanResidence = "台湾居民居住证",
        /// Travel permit of somebody from Taiwan.
        TaiwanPermit = "台湾居民来往大陆通行证",
        /// A foreigner's permanent resident ID card.
        ForeignPermanentId = "外国人永久居留身份证",
        /// A foreigner's work permit.
        ForeignWorkPermit = "外国人工作许可证",
        /// Foreign passport.
        Passport = "外国护照",
        /// Another paper.
        Other = "其他证件",
    }
);

words!(
    /// Kind of income for the income tax (IIT Law art. 2).
    IncomeType {
        /// Wages and salaries.
        Wages = "工资薪金",
        /// Remuneration for personal services.
        Services = "劳务报酬",
    }
);

words!(
    /// Who paid. Decree 724 arts 29–32, 63 say who else than the employer may have to.
    Payer {
        /// The worker's employer.
        Employer = "用人单位",
        /// The general contractor, as from the dedicated account (总包代发).
        GeneralContractor = "施工总承包单位",
        /// The owner of the project.
        Owner = "建设单位",
        /// Out of the wage deposit.
        Deposit = "工资保证金",
        /// A bank or insurer under a guarantee.
        Guarantee = "保函",
        /// The emergency fund of a government.
        Fund = "应急周转金",
        /// A court, by enforcement.
        Court = "法院",
        /// Nobody said.
        Unknown = "未知",
    }
);

words!(
    /// Direction of a movement on an account.
    Direction {
        /// Money came in.
        In = "收",
        /// Money went out.
        Out = "付",
    }
);

words!(
    /// Kind of a component of gross pay (rules on the composition of total wages, art. 4).
    Component {
        /// Pay by time.
        Time = "计时工资",
        /// Pay by piece or task.
        Piece = "计件工资",
        /// Overtime.
        Overtime = "加班工资",
        /// Bonus.
        Bonus = "奖金",
        /// Allowance.
        Allowance = "津贴补贴",
        /// Pay in special cases.
        Special = "特殊情况下支付的工资",
    }
);

words!(
    /// Kind of subcontract (分包类型).
    SubcontractKind {
        /// Part of the works (专业分包).
        Works = "专业分包",
        /// Labour only (劳务分包).
        Labour = "劳务分包",
    }
);

words!(
    /// Form of a wage deposit (工资保证金; 人社部发〔2021〕65号).
    DepositForm {
        /// Cash in an account of its own.
        Cash = "现金",
        /// Guarantee of a bank.
        BankGuarantee = "银行保函",
        /// Guarantee of a guarantee firm.
        CompanyGuarantee = "工程担保公司保函",
        /// Insurance.
        Insurance = "工程保证保险",
    }
);

words!(
    /// What an inspection decided (处理决定).
    InspectionDecision {
        /// Nothing.
        Nothing = "无",
        /// To be put right within a time limit.
        Correction = "限期改正",
        /// An administrative penalty.
        Penalty = "行政处罚",
        /// Handed on to another authority.
        Transfer = "移送",
    }
);

words!(
    /// How a complaint came in (渠道).
    ComplaintChannel {
        /// In person.
        Visit = "来访",
        /// By telephone.
        Phone = "电话",
        /// Over the internet.
        Online = "网络",
        /// The government's hotline.
        Hotline = "12345",
        /// From another authority.
        Referred = "移交",
    }
);

words!(
    /// How far a complaint is (状态).
    ComplaintState {
        /// Taken on.
        Accepted = "受理",
        /// In mediation.
        Mediation = "调解",
        /// A case was opened.
        CaseOpened = "立案",
        /// Closed.
        Closed = "办结",
    }
);

impl PayForm {
    /// The component of gross pay that this form makes.
    pub fn component(self) -> Component {
        match self {
            PayForm::Monthly | PayForm::Daily | PayForm::Hourly => Component::Time,
            PayForm::Piece | PayForm::LumpSum => Component::Piece,
        }
    }
}
