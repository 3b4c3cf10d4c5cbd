//! Who is there: firms, projects, crews and workers. Credit codes have right check characters, and XN at the
//! ninth place, which was never issued; districts are real.

use super::invent::{Dice, Person, person};
use jiff::civil::{Date, date};
use wages::{PayForm, Unit};

/// Fen in a yuan.
pub(super) const YUAN: i64 = 100;

/// An organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Firm {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
}

/// A building project. Amounts are in fen.
pub(super) struct Project {
    /// Two digits in the numbers of batches and serials.
    pub(super) number: u64,
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) owner: Firm,
    pub(super) contractor: Firm,
    pub(super) price: i64,
    pub(super) bank: &'static str,
    pub(super) account: &'static str,
    pub(super) labour_cost_period_days: u16,
    pub(super) agreed_labour_cost: i64,
    pub(super) pay_day: i8,
    pub(super) starts_on: Date,
    pub(super) planned_end: Date,
    pub(super) device: &'static str,
    pub(super) crews: &'static [Crew],
}

/// A crew, and what its piece workers are paid for.
pub(super) struct Crew {
    pub(super) label: &'static str,
    pub(super) employer: Firm,
    pub(super) trade_code: &'static str,
    pub(super) trade: &'static str,
    pub(super) size: u64,
    pub(super) piece_unit: Unit,
    /// Fen per piece.
    pub(super) piece_price: i64,
    /// Hundredths of a piece that a worker makes a day.
    pub(super) pieces_a_day: i64,
}

/// What a worker is paid for.
pub(super) struct Terms {
    pub(super) pay_form: PayForm,
    pub(super) unit: Unit,
    /// Fen per unit.
    pub(super) price: i64,
}

/// A worker's place: number of the project, place of the crew in it, place in the crew; 0 leads the crew.
pub(super) type Seat = (u64, usize, u64);

/// A worker on a site.
pub(super) struct Stay {
    pub(super) seat: Seat,
    pub(super) person: Person,
    pub(super) project: &'static Project,
    pub(super) crew: &'static Crew,
    pub(super) entered_on: Date,
    pub(super) left_on: Option<Date>,
    pub(super) terms: Terms,
    pub(super) pay_day: i8,
    pub(super) has_contract: bool,
}

impl Stay {
    pub(super) fn leads(&self) -> bool {
        self.seat.2 == 0
    }
}

const QINGHE: Firm = Firm { name: "杭州测试青禾建筑劳务有限公司", code: "91330109XN2H63D90H" };
const BAIYANG: Firm = Firm { name: "杭州测试白杨建筑劳务有限公司", code: "91330114XN7K15R22P" };
const CANGSONG: Firm =
    Firm { name: "杭州测试苍松建筑劳务有限公司", code: "91330113XN9M48T76Y" };
const DONGWU: Firm = Firm { name: "浙江测试东坞建设集团有限公司", code: "91330102XN5C71A33D" };
const XILING: Firm = Firm { name: "浙江测试西岭建工有限公司", code: "91330105XN8E24P616" };

const STEEL: Crew = Crew {
    label: "钢筋一班",
    employer: BAIYANG,
    trade_code: "020",
    trade: "钢筋工",
    size: 8,
    piece_unit: Unit::Tonne,
    piece_price: 985 * YUAN,
    pieces_a_day: 41,
};

/// Pays on time, with the small accidents of an ordinary site.
const ON_TIME: Project = Project {
    number: 51,
    code: "3301092511030151",
    name: "萧山测试湘滨雅苑工程",
    region: "330109",
    owner: Firm { name: "杭州测试湘滨置业有限公司", code: "91330109XN3B52Q830" },
    contractor: DONGWU,
    price: 168_000_000 * YUAN,
    bank: "测试银行杭州萧山支行",
    account: "3305100620260151",
    labour_cost_period_days: 30,
    agreed_labour_cost: 210_000 * YUAN,
    pay_day: 15,
    starts_on: date(2025, 11, 3),
    planned_end: date(2027, 8, 31),
    device: "XS",
    crews: &[
        STEEL,
        Crew {
            label: "木工二班",
            employer: QINGHE,
            trade_code: "050",
            trade: "模板工",
            size: 7,
            piece_unit: Unit::SquareMetre,
            piece_price: 3_850,
            pieces_a_day: 1_050,
        },
        Crew {
            label: "砌筑三班",
            employer: QINGHE,
            trade_code: "010",
            trade: "砌筑工",
            size: 6,
            piece_unit: Unit::CubicMetre,
            piece_price: 286 * YUAN,
            pieces_a_day: 138,
        },
    ],
};

/// Pays January and February, and nothing any more from the wages of March on.
const STOPS: Project = Project {
    number: 52,
    code: "3301142510150152",
    name: "钱塘测试沙地中学工程",
    region: "330114",
    owner: Firm { name: "杭州测试沙地教育投资有限公司", code: "91330114XN6G97W1XR" },
    contractor: XILING,
    price: 236_500_000 * YUAN,
    bank: "测试银行杭州钱塘支行",
    account: "3305100620260152",
    labour_cost_period_days: 30,
    agreed_labour_cost: 220_000 * YUAN,
    pay_day: 20,
    starts_on: date(2025, 10, 15),
    planned_end: date(2027, 6, 30),
    device: "QT",
    crews: &[
        STEEL,
        Crew {
            label: "混凝土二班",
            employer: CANGSONG,
            trade_code: "040",
            trade: "混凝土工",
            size: 7,
            piece_unit: Unit::CubicMetre,
            piece_price: 2_680,
            pieces_a_day: 1_460,
        },
        Crew {
            label: "架子三班",
            employer: CANGSONG,
            trade_code: "030",
            trade: "架子工",
            size: 6,
            piece_unit: Unit::SquareMetre,
            piece_price: 960,
            pieces_a_day: 4_300,
        },
    ],
};

/// Pays late and in parts; of one crew no sheet for April was ever handed in.
const IN_PARTS: Project = Project {
    number: 53,
    code: "3301132512010153",
    name: "临平测试星桥厂房工程",
    region: "330113",
    owner: Firm { name: "杭州测试星桥产业园发展有限公司", code: "91330113XN4J36Y590" },
    contractor: DONGWU,
    price: 92_800_000 * YUAN,
    bank: "测试银行杭州临平支行",
    account: "3305100620260153",
    labour_cost_period_days: 30,
    agreed_labour_cost: 180_000 * YUAN,
    pay_day: 10,
    starts_on: date(2025, 12, 1),
    planned_end: date(2026, 12, 20),
    device: "LP",
    crews: &[
        Crew {
            label: "油漆一班",
            employer: CANGSONG,
            trade_code: "192",
            trade: "油漆工",
            size: 6,
            piece_unit: Unit::SquareMetre,
            piece_price: 1_460,
            pieces_a_day: 2_780,
        },
        Crew {
            label: "水电二班",
            employer: QINGHE,
            trade_code: "130",
            trade: "建筑电工",
            size: 6,
            piece_unit: Unit::Metre,
            piece_price: 640,
            pieces_a_day: 6_200,
        },
        Crew {
            label: "防水三班",
            employer: BAIYANG,
            trade_code: "230",
            trade: "防水工",
            size: 6,
            piece_unit: Unit::SquareMetre,
            piece_price: 2_150,
            pieces_a_day: 1_900,
        },
    ],
};

/// The three projects of the site.
pub(super) static PROJECTS: [Project; 3] = [ON_TIME, STOPS, IN_PARTS];
/// The project of large sheets.
pub(super) static LARGE_PROJECT: Project =
    Project { number: 54, code: "3301092511030154", name: "萧山测试计量工程", ..ON_TIME };
/// Their crew.
pub(super) static LARGE_CREW: Crew = STEEL;

/// Who comes later than the first days of January.
const COMES: [(Seat, Date); 3] =
    [((51, 0, 7), date(2026, 3, 9)), ((52, 1, 5), date(2026, 3, 2)), ((53, 2, 5), date(2026, 4, 7))];
/// Who leaves, and his last day.
const LEAVES: [(Seat, Date); 4] = [
    ((51, 2, 5), date(2026, 3, 31)),
    ((52, 0, 5), date(2026, 4, 30)),
    ((52, 2, 3), date(2026, 5, 15)),
    ((52, 2, 4), date(2026, 5, 15)),
];
/// Who goes on at another project of the same employer.
const MOVES: (Seat, Seat, Date) = ((52, 0, 5), (51, 0, 8), date(2026, 5, 6));
/// Whose contract agrees another pay day than the project's.
const OWN_PAY_DAY: [(Seat, i8); 2] = [((51, 1, 0), 28), ((51, 2, 0), 28)];
/// Who works without a contract.
const NO_CONTRACT: Seat = (52, 1, 6);

/// Everybody who is or was on one of the three projects.
pub(super) fn stays() -> Vec<Stay> {
    let mut stays = Vec::new();
    for project in &PROJECTS {
        for (at, crew) in project.crews.iter().enumerate() {
            for place in 0..crew.size {
                let index = stays.len() as u64;
                stays.push(stay((project.number, at, place), index, project, crew));
            }
        }
    }
    let (from, to, on) = MOVES;
    let moved = stays.iter().find(|stay| stay.seat == from).map(|stay| stay.person.clone());
    if let (Some(moved), Some(like)) = (moved, stays.iter().find(|stay| stay.seat.0 == to.0)) {
        let stay = stay(to, 60, like.project, like.crew);
        stays.push(Stay { person: moved, entered_on: on, ..stay });
    }
    stays
}

/// Everybody on a large sheet.
pub(super) fn many(lines: usize) -> Vec<Stay> {
    let indexes = 0..u64::try_from(lines).unwrap_or(u64::MAX);
    indexes
        .map(|index| stay((LARGE_PROJECT.number, 0, index), 1000 + index, &LARGE_PROJECT, &LARGE_CREW))
        .collect()
}

fn stay(seat: Seat, index: u64, project: &'static Project, crew: &'static Crew) -> Stay {
    let of = |list: &[(Seat, Date)]| list.iter().find(|(who, _)| *who == seat).map(|(_, day)| *day);
    let dice = &mut Dice::of(&[2, seat.0, seat.1 as u64, seat.2]);
    let first_days = [date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 7)];
    let first_day = first_days[usize::from(dice.one_in(2)) + usize::from(dice.one_in(4))];
    let terms = match seat.2 {
        0 => {
            Terms { pay_form: PayForm::Monthly, unit: Unit::Month, price: dice.between(88, 112) * 100 * YUAN }
        }
        place if place % 5 == 2 || place % 5 == 4 => {
            Terms { pay_form: PayForm::Piece, unit: crew.piece_unit, price: crew.piece_price }
        }
        _ => Terms { pay_form: PayForm::Daily, unit: Unit::Day, price: dice.between(64, 92) * 5 * YUAN },
    };
    let pay_day = OWN_PAY_DAY.iter().find(|(who, _)| *who == seat).map_or(project.pay_day, |(_, day)| *day);
    Stay {
        seat,
        person: person(index),
        project,
        crew,
        entered_on: of(&COMES).unwrap_or(first_day),
        left_on: of(&LEAVES),
        terms,
        pay_day,
        has_contract: seat != NO_CONTRACT,
    }
}
