//! The tables of `projections/schema.sql` as the writer and the comparison need them. A test holds the two
//! together.

/// A table: its key is its first columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Number of key columns.
    pub(crate) key: usize,
    pub(crate) columns: &'static [Column],
    pub(crate) again: Again,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) is_int: bool,
}

/// What a second row with the same key does.
#[derive(Debug)]
pub(crate) enum Again {
    /// It does not happen: the key is the entry, or the first is taken out before.
    Never,
    /// It takes the place of the first.
    Replace,
    /// Sheets: counts add up, the seal stays.
    Sheet,
    /// Numbers of entries add up.
    Count,
    /// Lists of entries: what comes later stands after.
    Trail,
}

const fn int(name: &'static str) -> Column {
    Column { name, is_int: true }
}

const fn text(name: &'static str) -> Column {
    Column { name, is_int: false }
}

/// Every table, in the order of the schema.
pub(crate) const ALL: &[&Table] = &[
    &POSITION,
    &LEDGER,
    &FACT,
    &TRAIL,
    &STRAY,
    &FILE,
    &REVEAL,
    &ORGANISATION,
    &PROJECT,
    &CREW,
    &WORKER,
    &WORKER_CARD,
    &STAY,
    &CONTRACT,
    &CONTRACT_TERMS,
    &CONTRACT_END,
    &WORK,
    &NO_LINE,
    &WAGE_LINE,
    &TAX_YEAR,
    &EMPLOYMENT,
    &DEDUCTION,
    &WAGE_VERSION,
    &SHEET,
    &STATEMENT,
    &TAX,
    &PAYMENT,
    &PAYMENT_RETURN,
    &BATCH,
    &ACCOUNT_MOVEMENT,
    &SUBCONTRACT,
    &DEPOSIT,
    &INSPECTION,
    &COMPLAINT,
    &SITE_MONTH,
    &WARNING_STEP,
];

pub(crate) const POSITION: Table = Table {
    name: "position",
    key: 1,
    columns: &[int("one"), text("origin"), text("fingerprint"), int("seq"), text("hash")],
    again: Again::Replace,
};
pub(crate) const LEDGER: Table = Table {
    name: "ledger",
    key: 1,
    columns: &[int("seq"), text("ledger"), text("origin"), int("suite"), text("keys")],
    again: Again::Never,
};
pub(crate) const FACT: Table =
    Table { name: "fact", key: 1, columns: &[text("type"), int("entries")], again: Again::Count };
pub(crate) const TRAIL: Table = Table {
    name: "trail",
    key: 3,
    columns: &[text("about"), text("whom"), int("part"), int("last"), int("number"), text("entries")],
    again: Again::Trail,
};
pub(crate) const STRAY: Table =
    Table { name: "stray", key: 1, columns: &[int("seq"), text("subject")], again: Again::Never };
pub(crate) const FILE: Table = Table {
    name: "file",
    key: 1,
    columns: &[
        int("seq"),
        text("digest"),
        text("kind"),
        text("name"),
        int("bytes"),
        int("recorded"),
        int("already_recorded"),
        int("refused"),
        text("actor"),
    ],
    again: Again::Never,
};
pub(crate) const REVEAL: Table = Table {
    name: "reveal",
    key: 1,
    columns: &[
        int("seq"),
        text("subject"),
        text("shown_to"),
        text("purpose"),
        text("question"),
        int("workers"),
        text("root"),
    ],
    again: Again::Never,
};
pub(crate) const ORGANISATION: Table = Table {
    name: "organisation",
    key: 1,
    columns: &[text("code"), text("subject"), text("name"), int("seq")],
    again: Again::Replace,
};
pub(crate) const PROJECT: Table = Table {
    name: "project",
    key: 1,
    columns: &[
        text("code"),
        text("subject"),
        text("name"),
        text("region"),
        text("owner"),
        text("contractor"),
        text("account_index"),
        int("agreed_labour_cost"),
        int("pay_day"),
        text("starts_on"),
        text("planned_end"),
        text("terms"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const CREW: Table = Table {
    name: "crew",
    key: 1,
    columns: &[text("crew"), text("project"), text("employer"), text("label"), int("seq")],
    again: Again::Replace,
};
pub(crate) const WORKER: Table = Table {
    name: "worker",
    key: 1,
    columns: &[
        text("worker"),
        text("name"),
        text("id_kind"),
        text("id_number"),
        text("phone"),
        text("card"),
        text("bank"),
        text("card_index"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const WORKER_CARD: Table = Table {
    name: "worker_card",
    key: 2,
    columns: &[text("worker"), text("card_index"), int("seq")],
    again: Again::Replace,
};
pub(crate) const STAY: Table = Table {
    name: "stay",
    key: 3,
    columns: &[
        text("worker"),
        text("project"),
        text("entered_on"),
        text("employer"),
        text("crew"),
        text("left_on"),
        text("how_left"),
        text("trade_code"),
        text("trade"),
        int("crew_leader"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const CONTRACT: Table = Table {
    name: "contract",
    key: 1,
    columns: &[
        int("contract"),
        text("worker"),
        text("project"),
        text("employer"),
        text("number"),
        text("document"),
        text("signed_on"),
    ],
    again: Again::Never,
};
pub(crate) const CONTRACT_TERMS: Table = Table {
    name: "contract_terms",
    key: 1,
    columns: &[
        int("seq"),
        int("contract"),
        text("in_force_from"),
        text("term"),
        text("starts_on"),
        text("ends_on"),
        text("pay_form"),
        text("unit_price"),
        text("unit"),
        text("pay_cycle"),
        int("pay_day"),
        text("income"),
        text("reason"),
    ],
    again: Again::Never,
};
pub(crate) const CONTRACT_END: Table = Table {
    name: "contract_end",
    key: 1,
    columns: &[int("seq"), int("contract"), text("ended_on"), text("how"), int("ground"), text("reason")],
    again: Again::Never,
};
pub(crate) const WORK: Table = Table {
    name: "work",
    key: 3,
    columns: &[
        text("worker"),
        text("project"),
        text("month"),
        text("days"),
        text("said"),
        text("by_crew"),
        int("gate"),
    ],
    again: Again::Never,
};
pub(crate) const NO_LINE: Table = Table {
    name: "no_line",
    key: 5,
    columns: &[
        text("worker"),
        text("project"),
        text("month"),
        text("employer"),
        text("crew"),
        int("days_tenths"),
        text("nominal_due"),
        text("due_on"),
        text("due_from"),
        int("no_calendar"),
    ],
    again: Again::Never,
};
pub(crate) const WAGE_LINE: Table = Table {
    name: "wage_line",
    key: 1,
    columns: &[
        int("line"),
        text("worker"),
        text("project"),
        text("employer"),
        text("crew"),
        text("month"),
        int("version"),
        int("correction"),
        int("days_tenths"),
        int("gross"),
        int("net"),
        int("insurance"),
        int("income_tax"),
        text("nominal_due"),
        text("due_on"),
        text("due_from"),
        int("no_calendar"),
    ],
    again: Again::Replace,
};
pub(crate) const TAX_YEAR: Table = Table {
    name: "tax_year",
    key: 4,
    columns: &[text("worker"), text("employer"), text("project"), int("year"), text("wages")],
    again: Again::Replace,
};
pub(crate) const EMPLOYMENT: Table = Table {
    name: "employment",
    key: 3,
    columns: &[text("worker"), text("employer"), text("project"), text("since")],
    again: Again::Replace,
};
pub(crate) const DEDUCTION: Table = Table {
    name: "deduction",
    key: 4,
    columns: &[
        text("worker"),
        text("employer"),
        text("kind"),
        text("from_month"),
        text("until_month"),
        int("monthly"),
        text("declared_on"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const WAGE_VERSION: Table = Table {
    name: "wage_version",
    key: 1,
    columns: &[
        int("seq"),
        int("line"),
        int("correction"),
        int("days_tenths"),
        text("overtime_hours"),
        text("pay_form"),
        text("unit_price"),
        text("quantity"),
        int("gross"),
        text("components"),
        int("social_insurance"),
        int("housing_fund"),
        int("income_tax"),
        int("other_deductions"),
        int("loan"),
        int("living_cost"),
        int("net"),
        text("account"),
        text("account_index"),
        text("remark"),
        text("reason"),
    ],
    again: Again::Never,
};
pub(crate) const SHEET: Table = Table {
    name: "sheet",
    key: 5,
    columns: &[
        text("project"),
        text("employer"),
        text("crew"),
        text("month"),
        int("correction"),
        int("recorded_lines"),
        int("recorded_net"),
        int("seal"),
        int("lines"),
        int("gross"),
        int("deductions"),
        int("advances"),
        int("net"),
        text("root"),
    ],
    again: Again::Sheet,
};
pub(crate) const STATEMENT: Table = Table {
    name: "statement",
    key: 1,
    columns: &[
        int("seq"),
        text("worker"),
        int("line"),
        int("version"),
        int("disputed"),
        int("claimed_net"),
        text("words"),
    ],
    again: Again::Never,
};
pub(crate) const TAX: Table = Table {
    name: "tax",
    key: 1,
    columns: &[
        int("seq"),
        text("worker"),
        text("employer"),
        text("pay_month"),
        text("income"),
        int("declared_income"),
        int("amount"),
        text("declaration"),
    ],
    again: Again::Never,
};
pub(crate) const PAYMENT: Table = Table {
    name: "payment",
    key: 1,
    columns: &[
        int("seq"),
        text("worker"),
        text("project"),
        text("employer"),
        text("month"),
        text("value_on"),
        int("amount"),
        text("payer"),
        text("payer_account_index"),
        text("batch"),
        int("number"),
        text("serial"),
        text("payee_account"),
        text("payee_account_index"),
        text("payee_holder"),
        text("reason"),
    ],
    again: Again::Never,
};
pub(crate) const PAYMENT_RETURN: Table = Table {
    name: "payment_return",
    key: 1,
    columns: &[
        int("seq"),
        int("payment"),
        text("worker"),
        text("project"),
        text("returned_on"),
        int("amount"),
        text("batch"),
        int("number"),
        text("serial"),
        text("reason"),
    ],
    again: Again::Never,
};
pub(crate) const BATCH: Table = Table {
    name: "batch",
    key: 1,
    columns: &[
        int("seal"),
        text("project"),
        text("employer"),
        text("month"),
        text("batch"),
        text("payer_account"),
        text("payer_account_index"),
        text("payer_holder"),
        int("lines"),
        int("amount"),
        text("root"),
    ],
    again: Again::Never,
};
pub(crate) const ACCOUNT_MOVEMENT: Table = Table {
    name: "account_movement",
    key: 1,
    columns: &[
        int("seq"),
        text("project"),
        text("moved_on"),
        text("direction"),
        int("amount"),
        int("balance"),
        text("counterparty"),
        text("memo"),
        int("labour_cost"),
        text("serial"),
        text("statement"),
        int("number"),
    ],
    again: Again::Never,
};
pub(crate) const SUBCONTRACT: Table = Table {
    name: "subcontract",
    key: 2,
    columns: &[
        text("project"),
        text("number"),
        text("giver"),
        text("giver_name"),
        text("taker"),
        text("taker_name"),
        text("kind"),
        text("signed_on"),
        text("starts_on"),
        text("ends_on"),
        int("price"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const DEPOSIT: Table = Table {
    name: "deposit",
    key: 2,
    columns: &[
        text("project"),
        text("number"),
        text("liable"),
        text("form"),
        int("amount"),
        text("issuer"),
        text("valid_from"),
        text("valid_to"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const INSPECTION: Table = Table {
    name: "inspection",
    key: 3,
    columns: &[
        text("project"),
        text("inspected_on"),
        text("authority"),
        int("board"),
        int("officer"),
        int("real_name"),
        text("problem"),
        text("decision"),
        text("correct_by"),
        text("closed_on"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const COMPLAINT: Table = Table {
    name: "complaint",
    key: 2,
    columns: &[
        text("project"),
        text("number"),
        text("filed_on"),
        text("channel"),
        int("people"),
        int("amount"),
        text("state"),
        text("closed_on"),
        int("seq"),
    ],
    again: Again::Replace,
};
pub(crate) const WARNING_STEP: Table = Table {
    name: "warning_step",
    key: 1,
    columns: &[
        int("seq"),
        text("kind"),
        text("rule"),
        text("project"),
        text("employer"),
        text("as_of"),
        text("addressee"),
        text("until_on"),
        text("reason"),
        text("subject"),
        int("recorded_at"),
        text("actor"),
    ],
    again: Again::Never,
};
pub(crate) const SITE_MONTH: Table = Table {
    name: "site_month",
    key: 2,
    columns: &[text("project"), text("month"), text("facts"), text("present")],
    again: Again::Replace,
};
