-- Question: what does the ledger say, in rows that questions can be asked of? Asked by every other file here.
--
-- Derived from the journal, disposable, and a pure function of its entries: delete it and it comes back the
-- same. Portable between SQLite and PostgreSQL. Money: BIGINT fen. Days: BIGINT tenths of a 工日. Dates: ISO
-- text, months YYYY-MM. Ids: text; project = project code, employer = credit code, worker and crew = UUID of
-- the subject. seq columns name entries of the ledger. Columns marked "sealed" hold sealed fields as recorded
-- ({"c":…,"x":…}), never opened ones.

-- How far the journal has been read, by whom and for whom. One row.
CREATE TABLE position (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,           -- name of the ledger
    fingerprint TEXT NOT NULL,      -- of this file, the projector and the calendar
    seq BIGINT NOT NULL,            -- last entry taken in, 0 = none
    hash TEXT NOT NULL              -- its hash
);

CREATE TABLE ledger (
    seq BIGINT PRIMARY KEY,
    ledger TEXT NOT NULL,
    origin TEXT NOT NULL,
    suite BIGINT NOT NULL,
    keys TEXT NOT NULL              -- JSON
);

-- How many entries of each kind there are.
CREATE TABLE fact (
    type TEXT PRIMARY KEY,
    entries BIGINT NOT NULL
);

-- Audit trails: which entries concern whom, as lists. In a list each entry takes fifteen characters, in the order of the
-- ledger: its type's number, its sequence, the month that it is about, the day on which it happened (crate readmodel, trail.rs).
-- Parts go by the entries' sequence, so that rows do not depend on how entries are taken in.
CREATE TABLE trail (
    about TEXT NOT NULL,            -- project, employer, subject
    whom TEXT NOT NULL,             -- project code, credit code, UUID
    part BIGINT NOT NULL,
    last BIGINT NOT NULL,           -- the last entry in it
    number BIGINT NOT NULL,         -- of a subject's trail: that entry's place on its stream; else 0
    entries TEXT NOT NULL,
    PRIMARY KEY (about, whom, part)
);
CREATE INDEX trail_last ON trail (last) WHERE about = 'project';

-- Entries of no stream (crate chain, stream.rs): somebody who is no node of the ledger wrote them. Nothing is made of them.
CREATE TABLE stray (
    seq BIGINT PRIMARY KEY,
    subject TEXT NOT NULL           -- whom it names, UUID
);

CREATE TABLE file (
    seq BIGINT PRIMARY KEY,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,             -- sealed
    bytes BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    already_recorded BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    actor TEXT NOT NULL
);
CREATE INDEX file_digest ON file (digest);

CREATE TABLE reveal (
    seq BIGINT PRIMARY KEY,
    subject TEXT NOT NULL,
    shown_to TEXT NOT NULL,         -- JSON, in words sealed
    purpose TEXT NOT NULL,          -- sealed
    question TEXT NOT NULL,
    workers BIGINT NOT NULL,
    root TEXT NOT NULL
);

CREATE TABLE organisation (
    code TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    seq BIGINT NOT NULL
);

CREATE TABLE project (
    code TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    owner TEXT NOT NULL,
    contractor TEXT NOT NULL,
    account_index TEXT NOT NULL,
    agreed_labour_cost BIGINT NOT NULL,
    pay_day BIGINT NOT NULL,        -- of the following month; 32 = its end; 100 more = of the wage month itself
    starts_on TEXT NOT NULL,
    planned_end TEXT NOT NULL,
    terms TEXT NOT NULL,            -- JSON: all that was said of it last
    seq BIGINT NOT NULL             -- the entry that said it
);

CREATE TABLE crew (
    crew TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    label TEXT NOT NULL,            -- sealed
    seq BIGINT NOT NULL
);

CREATE TABLE worker (
    worker TEXT PRIMARY KEY,
    name TEXT NOT NULL,             -- sealed, as are number, phone, card and bank
    id_kind TEXT NOT NULL,
    id_number TEXT NOT NULL,
    phone TEXT,
    card TEXT,
    bank TEXT,
    card_index TEXT,
    seq BIGINT NOT NULL             -- the entry that said any of it last
);

-- Every card that a roster ever called the worker's own, by fingerprint.
CREATE TABLE worker_card (
    worker TEXT NOT NULL,
    card_index TEXT NOT NULL,
    seq BIGINT NOT NULL,            -- the entry that said it last
    PRIMARY KEY (worker, card_index)
);
CREATE INDEX worker_card_index ON worker_card (card_index, worker);

CREATE TABLE stay (
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    entered_on TEXT NOT NULL,
    employer TEXT NOT NULL,
    crew TEXT NOT NULL,
    left_on TEXT,
    how_left TEXT,
    trade_code TEXT NOT NULL,
    trade TEXT NOT NULL,
    crew_leader BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (worker, project, entered_on)
);
CREATE INDEX stay_project ON stay (project);

CREATE TABLE contract (
    contract BIGINT PRIMARY KEY,    -- the entry of its signing
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    number TEXT NOT NULL,
    document TEXT NOT NULL,
    signed_on TEXT NOT NULL
);
CREATE INDEX contract_worker ON contract (worker, project);
CREATE INDEX contract_project ON contract (project);
CREATE INDEX contract_number ON contract (number);

-- Every version of a contract's terms. Of those in force on a day, the one recorded last counts.
CREATE TABLE contract_terms (
    seq BIGINT PRIMARY KEY,
    contract BIGINT NOT NULL,
    in_force_from TEXT NOT NULL,
    term TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    pay_form TEXT NOT NULL,
    unit_price TEXT NOT NULL,       -- yuan, decimal
    unit TEXT NOT NULL,
    pay_cycle TEXT NOT NULL,
    pay_day BIGINT,                 -- as of a project
    income TEXT NOT NULL,
    reason TEXT                     -- sealed
);
CREATE INDEX contract_terms_contract ON contract_terms (contract);

CREATE TABLE contract_end (
    seq BIGINT PRIMARY KEY,
    contract BIGINT NOT NULL,
    ended_on TEXT NOT NULL,
    how TEXT NOT NULL,
    ground BIGINT,                  -- article of the Labour Contract Law, where it is known
    reason TEXT                     -- sealed
);
CREATE INDEX contract_end_contract ON contract_end (contract);

-- Days worked: one row a worker, project and month, because a row a day would be a hundred million of them. A row that
-- changes is taken out and put in anew.
CREATE TABLE work (
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    month TEXT NOT NULL,
    days TEXT NOT NULL,             -- a character a day: 0, or as many places after it as there are tenths; . = nothing said
    said TEXT NOT NULL,             -- the entries that said so, each with the last of its days: '812:30 905:2'
    by_crew TEXT NOT NULL,          -- as stays divide them: employer:crew:tenths:1 = no wage line covers them, …
    gate BIGINT NOT NULL            -- fingerprint of all that the gate said of first and last times; 0 = nothing
);
CREATE INDEX work_worker ON work (worker, project, month);
CREATE INDEX work_project ON work (project, month);

-- Days worked that no wage line covers, by employer and crew; '' = no stay on that project is known.
CREATE TABLE no_line (
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    month TEXT NOT NULL,
    employer TEXT NOT NULL,
    crew TEXT NOT NULL,
    days_tenths BIGINT NOT NULL,
    nominal_due TEXT NOT NULL,      -- of the line that there should be
    due_on TEXT,
    due_from TEXT NOT NULL,
    no_calendar BIGINT,
    PRIMARY KEY (worker, project, month, employer, crew)
);
CREATE INDEX no_line_due ON no_line (due_on);
CREATE INDEX no_line_month ON no_line (month);
CREATE INDEX no_line_project ON no_line (project);

-- Wage lines as they are in force: of all versions the one with the highest correction number.
CREATE TABLE wage_line (
    line BIGINT PRIMARY KEY,        -- the entry of its first version
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    crew TEXT NOT NULL,
    month TEXT NOT NULL,
    version BIGINT NOT NULL,        -- the entry of the version in force
    correction BIGINT NOT NULL,     -- its number
    days_tenths BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    net BIGINT NOT NULL,
    insurance BIGINT NOT NULL,      -- own social insurance and housing fund
    income_tax BIGINT NOT NULL,     -- as the sheet shows it
    nominal_due TEXT NOT NULL,      -- the day agreed
    due_on TEXT,                    -- adjusted for rest days; NULL = a calendar is missing
    due_from TEXT NOT NULL,         -- contract, project, or none (no day agreed: end of the month after)
    no_calendar BIGINT              -- the year whose calendar is missing
);
CREATE UNIQUE INDEX wage_line_key ON wage_line (worker, project, month, employer, crew);
CREATE INDEX wage_line_project ON wage_line (project, month);
CREATE INDEX wage_line_no_calendar ON wage_line (nominal_due) WHERE no_calendar IS NOT NULL;

-- Wages as income tax adds them up: one row a worker, withholding agent, project and calendar year of payment, so
-- that a city's year is read as half a million rows and not as five million. Lines of one month are summed.
CREATE TABLE tax_year (
    worker TEXT NOT NULL,
    employer TEXT NOT NULL,
    project TEXT NOT NULL,
    year BIGINT NOT NULL,
    wages TEXT NOT NULL,            -- month of payment:gross:insurance:tax on the sheet, ascending; :s = services
    PRIMARY KEY (worker, employer, project, year)
) WITHOUT ROWID;
CREATE INDEX tax_year_employer ON tax_year (employer, year, worker);

-- Since when somebody works for an employer, as his contracts on a project say.
CREATE TABLE employment (
    worker TEXT NOT NULL,
    employer TEXT NOT NULL,
    project TEXT NOT NULL,
    since TEXT,                     -- first day of the first contract; NULL = no contract about wages
    PRIMARY KEY (worker, employer, project)
) WITHOUT ROWID;

-- What workers told their withholding agents to deduct a month before tax, as said last. Of one kind that which begins
-- last counts.
CREATE TABLE deduction (
    worker TEXT NOT NULL,
    employer TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_month TEXT NOT NULL,
    until_month TEXT,               -- NULL = until something else is said
    monthly BIGINT NOT NULL,
    declared_on TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (worker, employer, kind, from_month)
) WITHOUT ROWID;

CREATE TABLE wage_version (
    seq BIGINT PRIMARY KEY,
    line BIGINT NOT NULL,           -- the entry of the line's first version: this one's, or an earlier
    correction BIGINT NOT NULL,
    days_tenths BIGINT NOT NULL,
    overtime_hours TEXT,
    pay_form TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    quantity TEXT NOT NULL,
    gross BIGINT NOT NULL,
    components TEXT NOT NULL,       -- JSON
    social_insurance BIGINT NOT NULL,
    housing_fund BIGINT NOT NULL,
    income_tax BIGINT NOT NULL,
    other_deductions BIGINT NOT NULL,
    loan BIGINT NOT NULL,
    living_cost BIGINT NOT NULL,
    net BIGINT NOT NULL,
    account TEXT,                   -- sealed
    account_index TEXT,
    remark TEXT,                    -- sealed
    reason TEXT                     -- sealed
);
CREATE INDEX wage_version_again ON wage_version (line) WHERE seq > line;

-- Sheets, whether their seal is in or not; what was recorded beside what the seal says.
CREATE TABLE sheet (
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    crew TEXT NOT NULL,
    month TEXT NOT NULL,
    correction BIGINT NOT NULL,
    recorded_lines BIGINT NOT NULL,
    recorded_net BIGINT NOT NULL,
    seal BIGINT,                    -- the entry of the seal; NULL = missing
    lines BIGINT,
    gross BIGINT,
    deductions BIGINT,
    advances BIGINT,
    net BIGINT,
    root TEXT,
    PRIMARY KEY (project, employer, crew, month, correction)
);
CREATE INDEX sheet_unsealed ON sheet (crew, month) WHERE seal IS NULL;

CREATE TABLE statement (
    seq BIGINT PRIMARY KEY,
    worker TEXT NOT NULL,
    line BIGINT NOT NULL,
    version BIGINT NOT NULL,        -- the version that he speaks of
    disputed BIGINT NOT NULL,       -- 1 = he says it is not true
    claimed_net BIGINT,
    words TEXT                      -- sealed
);
CREATE INDEX statement_line ON statement (line);

CREATE TABLE tax (
    seq BIGINT PRIMARY KEY,
    worker TEXT NOT NULL,
    employer TEXT NOT NULL,
    pay_month TEXT NOT NULL,
    income TEXT NOT NULL,
    declared_income BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    declaration TEXT NOT NULL
);
CREATE INDEX tax_worker ON tax (worker, pay_month);

-- Payments that went through or failed. A return is a row of its own: nothing is ever updated here.
CREATE TABLE payment (
    seq BIGINT PRIMARY KEY,
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    month TEXT NOT NULL,
    value_on TEXT,                  -- day of booking, China date; NULL = failed, never counts
    amount BIGINT NOT NULL,
    payer TEXT NOT NULL,
    payer_account_index TEXT,
    batch TEXT NOT NULL,
    number BIGINT NOT NULL,
    serial TEXT,
    payee_account TEXT NOT NULL,    -- sealed
    payee_account_index TEXT NOT NULL,
    payee_holder TEXT NOT NULL,     -- sealed
    reason TEXT                     -- sealed
);
CREATE INDEX payment_group ON payment (worker, month, project, employer);
CREATE INDEX payment_project ON payment (project, month);
CREATE INDEX payment_line ON payment (batch);

CREATE TABLE payment_return (
    seq BIGINT PRIMARY KEY,
    payment BIGINT NOT NULL,        -- the payment that came back
    worker TEXT NOT NULL,
    project TEXT NOT NULL,
    returned_on TEXT NOT NULL,
    amount BIGINT NOT NULL,
    batch TEXT NOT NULL,
    number BIGINT NOT NULL,
    serial TEXT,
    reason TEXT                     -- sealed
);
CREATE INDEX payment_return_payment ON payment_return (payment);
CREATE INDEX payment_return_batch ON payment_return (project, batch);
CREATE INDEX payment_return_line ON payment_return (batch);

CREATE TABLE batch (
    seal BIGINT PRIMARY KEY,
    project TEXT NOT NULL,
    employer TEXT NOT NULL,
    month TEXT NOT NULL,
    batch TEXT NOT NULL,
    payer_account TEXT NOT NULL,    -- sealed
    payer_account_index TEXT NOT NULL,
    payer_holder TEXT NOT NULL,     -- sealed
    lines BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    root TEXT NOT NULL
);
CREATE INDEX batch_project ON batch (project, batch);

CREATE TABLE account_movement (
    seq BIGINT PRIMARY KEY,
    project TEXT NOT NULL,
    moved_on TEXT NOT NULL,
    direction TEXT NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    counterparty TEXT,              -- sealed
    memo TEXT,                      -- sealed
    labour_cost BIGINT NOT NULL,
    serial TEXT NOT NULL,
    statement TEXT NOT NULL,        -- month of the bank statement
    number BIGINT NOT NULL          -- place in it
);
CREATE INDEX account_movement_place ON account_movement (project, statement, number);

-- Who gave work on a project to whom: the chain of who answers for wages. As said last, like the next three.
CREATE TABLE subcontract (
    project TEXT NOT NULL,
    number TEXT NOT NULL,
    giver TEXT NOT NULL,
    giver_name TEXT NOT NULL,
    taker TEXT NOT NULL,
    taker_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    signed_on TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    price BIGINT NOT NULL,
    seq BIGINT NOT NULL,            -- the entry that said it
    PRIMARY KEY (project, number)
);
CREATE INDEX subcontract_number ON subcontract (number);

-- Wage deposits and guarantees.
CREATE TABLE deposit (
    project TEXT NOT NULL,
    number TEXT NOT NULL,
    liable TEXT NOT NULL,
    form TEXT NOT NULL,
    amount BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (project, number)
);

CREATE TABLE inspection (
    project TEXT NOT NULL,
    inspected_on TEXT NOT NULL,
    authority TEXT NOT NULL,
    board BIGINT NOT NULL,          -- 1 = the notice board was there
    officer BIGINT NOT NULL,        -- 1 = the labour officer was there
    real_name BIGINT NOT NULL,      -- 1 = real-name management was in order
    problem TEXT,                   -- sealed
    decision TEXT NOT NULL,
    correct_by TEXT,
    closed_on TEXT,
    seq BIGINT NOT NULL,
    PRIMARY KEY (project, inspected_on, authority)
);

CREATE TABLE complaint (
    project TEXT NOT NULL,
    number TEXT NOT NULL,
    filed_on TEXT NOT NULL,
    channel TEXT NOT NULL,
    people BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    closed_on TEXT,
    seq BIGINT NOT NULL,
    PRIMARY KEY (project, number)
);
CREATE INDEX complaint_number ON complaint (number);

-- What early warning needs of a month on a project: made anew for every month that entries touch, so that a city is
-- judged without going through its wage lines.
CREATE TABLE site_month (
    project TEXT NOT NULL,
    month TEXT NOT NULL,
    facts TEXT NOT NULL,            -- JSON: sums, and every worker and line that is an exception
    present TEXT NOT NULL,          -- who worked on which days: worker:days, days as bits in hexadecimal
    PRIMARY KEY (project, month)
);

-- What people did with warnings, in ledger order. Warnings themselves are worked out when they are asked for.
CREATE TABLE warning_step (
    seq BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,             -- acknowledged, assigned, ordered, explained, resolved
    rule TEXT NOT NULL,
    project TEXT,
    employer TEXT,
    as_of TEXT NOT NULL,            -- the day for which the warning was seen
    addressee TEXT,                 -- who is to act: JSON, in words sealed
    until_on TEXT,                  -- by when
    reason TEXT NOT NULL,           -- sealed with the key of the entry's subject
    subject TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,    -- µs since 1970, UTC
    actor TEXT NOT NULL
);
