//! What is wrong with text files, as a table: file, its lines, what is found.

use formats::{FileName, Parsed, parse};

const ID: &str = "11010519491231002X";
const ID2: &str = "390101198001010012";
const USCC: &str = "91350100M000100Y43";

/// Findings as `line cell column code value`, one a line; warnings begin with `~`, faults of the whole file
/// with `!`.
fn found(parsed: &Parsed) -> String {
    let mut lines = Vec::new();
    for finding in &parsed.findings {
        let mark = if !finding.is_error() {
            "~"
        } else if finding.whole_file {
            "!"
        } else {
            ""
        };
        let line = finding.line.map_or("-".to_owned(), |line| line.to_string());
        let cell = finding.cell.as_deref().unwrap_or("-");
        let column = finding.column.as_deref().unwrap_or("-");
        let value = finding.value.as_deref().unwrap_or("-");
        assert!(finding.message.chars().count() > 8, "{finding:?}");
        lines.push(format!("{mark}{line} {cell} {column} {} {value}", finding.code).trim_end().to_owned());
    }
    lines.join("\n")
}

fn read(name: &str, text: &str) -> Parsed {
    let text = text.replace("ID2", ID2).replace("ID1", ID).replace("USCC", USCC);
    parse(&FileName::of(name).unwrap(), text.as_bytes())
}

#[track_caller]
fn check(name: &str, text: &str, good_rows: usize, rows_in_file: u32, expect: &str) {
    let parsed = read(name, text);
    let expect: Vec<&str> = expect.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found(&parsed), expect.join("\n"));
    assert_eq!((parsed.content.len(), parsed.rows_in_file), (good_rows, rows_in_file));
}

const ATTENDANCE: &str = "attendance-33011026-202607.csv";
const ACCOUNT: &str = "account-33011026-202607.csv";
const CONTRACTS: &str = "contracts-33011026.csv";
const BANK: &str = "bank-result-B1.txt";

#[test]
fn headers() {
    let row = "ID1,2026-07-01,06:10,17:30,1,Z11\n";
    // shuffled, an extra column, line breaks, full-width brackets and spaces, a title above
    check(
        ATTENDANCE,
        "考勤表\n\n工 日,\"证件\n号码\",班次（夜）,日期,首次进场,　末次出场,设备编号\n1,ID1,夜,2026-07-01,06:10,,Z11\n",
        1,
        1,
        "~3 C3 班次(夜) unknown_column 班次(夜)",
    );
    check(
        ATTENDANCE,
        &format!("证件号码,日期,首次进场,末次出场,工日\n{row}"),
        0,
        1,
        "!1 - 设备编号 missing_column -
         2 F2 - too_many_cells Z11",
    );
    check(
        ATTENDANCE,
        &format!("证件号码,日期,首次进场,末次出场,工日,设备编号,工日\n{row}"),
        1,
        1,
        "!1 G1 工日 duplicate_column 工日",
    );
    check(ATTENDANCE, row, 0, 0, "!- - - missing_header -");
    check(ATTENDANCE, "", 0, 0, "!- - - missing_header -");
    check(
        "attendance-202607.csv",
        "证件号码,日期,首次进场,末次出场,工日,设备编号\n",
        0,
        0,
        "!- - - bad_name -",
    );
}

#[test]
fn attendance() {
    let header = "证件号码,日期,首次进场,末次出场,工日,设备编号\n";
    let check = |rows: &str, good: usize, all: u32, expect: &str| {
        check(ATTENDANCE, &format!("{header}{rows}"), good, all, expect);
    };
    check("ID1,2026/7/1,6:10,17：30,１．５,Z1\n , ,\n\n", 1, 1, "");
    check("390101 198001010012,2026年6月30日,,,0.5,Z1\n", 1, 1, "");
    check(
        "ID1,2026-07-01,,,0,Z1\nID1,2026-07-02,,,3.1,Z1\nID1,2026-07-03,,,3,Z1\nID1,2026-07-04,,,-1,Z1\nID1,2026-07-05,,,,Z1",
        1,
        5,
        "2 E2 工日 out_of_range 0
         3 E3 工日 out_of_range 3.1
         5 E5 工日 out_of_range -1
         6 E6 工日 missing_value",
    );
    check(
        "11010519491231002,2026-07-01,,,1,\n110105194912310021,1948-12-31,24:00,x,1,Z1",
        0,
        2,
        "2 A2 证件号码 bad_format 11010519491231002
         2 F2 设备编号 missing_value
         3 A3 证件号码 bad_check_digit 110105194912310021
         3 B3 日期 out_of_range 1948-12-31
         3 C3 首次进场 bad_time 24:00
         3 D3 末次出场 bad_time x",
    );
    // repeats, conflicts, repeated headers
    let parsed = read(
        ATTENDANCE,
        &format!(
            "{header}ID1,2026-07-01,06:10,17:30,1,Z1\n{header}110105 19491231002x,2026.7.1,6:10,17:30,1.0,Z1\nID1,2026-07-01,06:10,17:31,0.5,Z1\nID1,2026-07-01,06:11,17:30,1,Z1\n"
        ),
    );
    assert_eq!(found(&parsed), "5 E5 工日 conflict 0.5\n6 C6 首次进场 conflict 06:11");
    assert_eq!((parsed.rows_in_file, parsed.repeats.len(), parsed.content.len()), (4, 1, 1));
    assert_eq!((parsed.repeats[0].line, parsed.repeats[0].of_line), (4, 2));
    check("ID1,2026-08-01,,,1,Z1\n", 1, 1, "~2 B2 日期 out_of_range 2026-08-01");
    check("ID1,2026-07-01,,,1,Z1,,,\nID2,2026-07-01,,,1,Z1,1\n", 1, 2, "3 G3 - too_many_cells 1");
    check("ID1,2026-07-01,,,1,Z\u{FFFD}1\n", 0, 1, "2 F2 设备编号 bad_encoding Z\u{FFFD}1");
    let long = "Z".repeat(1001);
    let expect = format!("2 F2 设备编号 too_long {}…", "Z".repeat(80));
    check(&format!("ID1,2026-07-01,,,1,{long}\n"), 0, 1, &expect);
}

#[test]
fn contracts() {
    let header = "合同编号,证件号码,姓名,用人单位信用代码,文书类型,期限类型,签订日期,开始日期,结束日期,计薪方式,单价,计量单位,工资发放日,所得类型\n";
    let check = |rows: &str, good: usize, all: u32, expect: &str| {
        check(CONTRACTS, &format!("{header}{rows}"), good, all, expect);
    };
    check(
        "H1,ID1,艾力·测试江,USCC,劳动合同,固定期限,2026-01-01,2026-01-02,2026-12-31,点工,\"1,300.5\",工日,15,工资薪金\n",
        1,
        1,
        "",
    );
    check(
        "H1,ID1,甲,USCC,劳动合同,固定期限,2026-01-01,2026-01-02,2026-01-01,点工,0.12345,工日,32,工资薪金\n",
        0,
        1,
        "2 K2 单价 too_many_decimals 0.12345
         2 M2 工资发放日 out_of_range 32
         2 I2 结束日期 date_order 2026-01-01",
    );
    check(
        "H1,ID1,甲,USCC,口头,无固定期限,2026-01-01,2026-01-02,2027-01-01,点工,300,工日,1.5,工资薪金\n",
        0,
        1,
        "2 E2 文书类型 unknown_value 口头
         2 M2 工资发放日 bad_number 1.5
         2 I2 结束日期 unexpected_value 2027-01-01",
    );
    let good = "H1,ID1,甲,USCC,劳动合同,无固定期限,2026-01-01,2026-01-02,,点工,300,工日,15,工资薪金\n";
    let other = good.replace("300", "310");
    check(&format!("{good}{good}{other}"), 1, 3, "4 K4 单价 conflict 310");
}

#[test]
fn account() {
    let header = "日期,借贷,金额,余额,对方户名,摘要,流水号\n";
    let check = |rows: &str, good: usize, all: u32, expect: &str| {
        check(ACCOUNT, &format!("{header}{rows}"), good, all, expect);
    };
    check("2026-07-01,收,\"1,000.00\",1500,甲,人工费,S1\n2026-07-02,付,2000,-500,,,S2\n", 2, 2, "");
    check(
        "2026-07-01,收,1000,1500,甲,人工费,S1\n2026-07-02,付,100,1300,乙,,S2\n2026-07-03,付,100,1200,乙,,S3\n",
        3,
        3,
        "!3 D3 余额 balance_break 1300.00",
    );
    // what cannot be read breaks nothing, and the check resumes after it
    check(
        "2026-07-01,收,1000,1500,甲,,S1\n2026-07-02,付,一百,1400,乙,,S2\n2026-07-03,付,100,900,乙,,S3\n2026-07-03,付,100,801,乙,,S4\n",
        3,
        4,
        "3 C3 金额 bad_number 一百
         !5 D5 余额 balance_break 801.00",
    );
    check(
        "2026-06-30,收,0,1500,甲,,S1\n2026-07-03,收,-5,900,乙,,\n",
        0,
        2,
        "2 C2 金额 out_of_range 0
         ~2 A2 日期 out_of_range 2026-06-30
         3 C3 金额 out_of_range -5
         3 G3 流水号 missing_value",
    );
    // an unquoted thousands separator
    check("2026-07-01,收,1,000.00,1500,甲,人工费,S1\n", 0, 1, "2 H2 - too_many_cells S1");
    check(
        "2026-07-01,收,5,5,甲,,S1\n2026-07-01,付,5,0,甲,,S1\n2026-07-01,收,5,5,甲,,S1\n",
        1,
        3,
        "3 B3 借贷 conflict 付
         4 G4 流水号 duplicate_row S1",
    );
}

#[test]
fn bank() {
    let first = "#批次号=B1|项目编码=33011026|信用代码=USCC|工资月份=202603|付款账号=3305768426846563213|付款户名=甲|总笔数=2|总金额=15\n";
    let header = "序号|收款账号|收款户名|证件号码|金额|状态|失败原因|入账时间|流水号\n";
    let check = |rows: &str, good: usize, all: u32, expect: &str| {
        check(BANK, &format!("{first}{header}{rows}"), good, all, expect);
    };
    let good = "1|6222020000000000000|甲|ID1|10|成功||2026-04-14 10:32:07|S1\n";
    check(&format!("{good}2|6222020000000000000|乙|ID2|5|失败|户名不符||\n"), 2, 2, "");
    check(
        &format!("{good}2|6222020000000000000|乙|ID2|5|失败|户名不符|2026-04-14 10:32:07|S2\n"),
        1,
        2,
        "4 - 入账时间 unexpected_value 2026-04-14 10:32:07
         4 - 流水号 unexpected_value S2",
    );
    check(good, 1, 1, "!1 - 总笔数 amount_mismatch 2\n!1 - 总金额 amount_mismatch 15.00");
    check(
        &format!("{good}2|6222|乙|ID2|x|退汇||2026-04-14|\n"),
        1,
        2,
        "4 - 金额 bad_number x
         4 - 收款账号 bad_format 6222
         4 - 入账时间 bad_time 2026-04-14
         4 - 流水号 missing_value",
    );
    check(&format!("{good}{}", good.replace("|10|", "|5|")), 1, 2, "4 - 金额 conflict 5");
    check_first(&format!("{header}{good}"), "!1 - 批次号 missing_value -");
    let parsed = read("bank-result-B2.txt", &format!("{first}{header}{good}2|622202|乙|ID2|5|失败|||\n"));
    assert_eq!(found(&parsed), "~1 - 批次号 name_mismatch B1");
}

/// Only the first finding counts here.
#[track_caller]
fn check_first(text: &str, expect: &str) {
    let parsed = read(BANK, text);
    assert_eq!(found(&parsed).lines().next(), Some(expect));
    assert!(parsed.is_bad_as_a_whole());
}

#[test]
fn projects() {
    let header = "项目编码,项目名称,行政区划代码,建设单位,建设单位信用代码,施工总承包单位,总包信用代码,合同价,专户开户行,专户账号,人工费用拨付周期天数,约定月拨付人工费,工资发放日,开工日期,计划竣工日期\n";
    let good = "33011026,甲工程,330110,乙,USCC,丙,USCC,\"1,45\",行,3305768426846563213,0,,15,2026-01-01,2025-12-31\n";
    check(
        "projects.csv",
        &format!("{header}{good}"),
        0,
        1,
        "2 H2 合同价 bad_number 1,45
         2 K2 人工费用拨付周期天数 out_of_range 0
         2 O2 计划竣工日期 date_order 2025-12-31",
    );
    let good = good.replace("\"1,45\"", "").replace(",0,,", ",30,,").replace("2025-12-31", "2027-01-01");
    check("projects.csv", &format!("{header}{good}"), 1, 1, "");
    check(
        "projects.csv",
        &format!("{header}{}", good.replace("33011026", "甲")),
        0,
        1,
        "2 A2 项目编码 bad_format 甲",
    );
}

#[test]
fn wrong_kinds_and_sizes() {
    let kind = |name: &str, bytes: &[u8]| found(&parse(&FileName::of(name).unwrap(), bytes));
    assert_eq!(kind("roster-33011026.xlsx", b"a,b\n"), "!- - - not_readable -");
    assert_eq!(kind("roster-33011026.xlsx", b"PK\x03\x04"), "!- - - not_readable -");
    assert_eq!(kind("projects.csv", b"PK\x03\x04"), "!- - - not_readable -");
    assert_eq!(kind("projects.csv", b"\xFF\xFEa\0"), "!1 - - bad_encoding -");
    assert_eq!(kind("projects.csv", &vec![b'a'; (50 << 20) + 1]), "!- - - too_large -");
    let wide = ",".repeat(300) + "a\n";
    assert_eq!(kind("projects.csv", wide.as_bytes()), "!1 - - too_large -");
    let mut rows = "证件号码,日期,首次进场,末次出场,工日,设备编号\n".to_owned();
    rows.push_str(&"1,,,,,\n".repeat(200_001));
    assert_eq!(kind(ATTENDANCE, rows.as_bytes()), "!200001 - - too_large -");
    let faults = "证件号码,日期,首次进场,末次出场,工日,设备编号\n".to_owned() + &"1,,,,,\n".repeat(5_000);
    let parsed = parse(&FileName::of(ATTENDANCE).unwrap(), faults.as_bytes());
    assert_eq!(parsed.findings.len(), 5_001);
    assert!(parsed.is_bad_as_a_whole() && parsed.rows_in_file == 5_000);
}

#[test]
fn subcontracts() {
    const NAME: &str = "subcontracts-33011026.csv";
    let header = "分包合同编号,发包单位,发包单位信用代码,承包单位,承包单位信用代码,分包类型,签订日期,开始日期,结束日期,合同价\n";
    let good = "FB-1,甲,USCC,乙,USCC,劳务分包,2025-12-20,2026-01-01,2027-06-25,\"9,800,000.00\"\n";
    check(NAME, &format!("{header}{good}{good}"), 1, 2, "");
    check(
        NAME,
        &format!("{header}{}", good.replace("USCC,乙", "91350100M000100Y44,乙").replace("劳务分包", "转包")),
        0,
        1,
        "2 C2 发包单位信用代码 bad_check_digit 91350100M000100Y44
         2 F2 分包类型 unknown_value 转包",
    );
    let row = good.replace("2027-06-25", "2025-06-25").replace("FB-1", "");
    check(
        NAME,
        &format!("{header}{row}"),
        0,
        1,
        "2 A2 分包合同编号 missing_value
         2 I2 结束日期 date_order 2025-06-25",
    );
    // the same number with another price
    let other = good.replace("9,800", "9,900");
    check(NAME, &format!("{header}{good}{other}"), 1, 2, "3 J3 合同价 conflict 9,900,000.00");
    check("subcontracts-.csv", &format!("{header}{good}"), 1, 1, "!- - - bad_name -");
}

#[test]
fn guarantees() {
    const NAME: &str = "guarantees.csv";
    let header = "项目编码,责任单位信用代码,方式,金额,出具机构,编号,生效日期,到期日期\n";
    let good = "33011026,USCC,银行保函,2200000,某银行,BH-1,2026-01-15,2026/7/20\n";
    check(NAME, &format!("{header}{good}"), 1, 1, "");
    // a number belongs to its project
    check(NAME, &format!("{header}{good}{}", good.replace("33011026", "33011027")), 2, 2, "");
    check(
        NAME,
        &format!("{header}{}", good.replace("2200000", "").replace("银行保函", "支票")),
        0,
        1,
        "2 C2 方式 unknown_value 支票
         2 D2 金额 missing_value",
    );
    check(
        NAME,
        &format!("{header}{}", good.replace("2200000", "0").replace("2026/7/20", "2026-01-14")),
        0,
        1,
        "2 D2 金额 out_of_range 0
         2 H2 到期日期 date_order 2026-01-14",
    );
    check(NAME, &format!("{header}{good}{}", good.replace("2200000", "1")), 1, 2, "3 D3 金额 conflict 1");
}

#[test]
fn inspections() {
    const NAME: &str = "inspections.csv";
    let header =
        "项目编码,检查日期,检查单位,维权信息告示牌,劳资专管员,实名制,问题,处理决定,限期至,办结日期\n";
    let good = "33011026,2026-06-15,某监察大队,无,有,正常,告示牌已拆除,限期改正,2026-06-30,2026-07-08\n";
    check(NAME, &format!("{header}{good}"), 1, 1, "");
    check(NAME, &format!("{header}33011026,2026-06-15,某大队,有,有,正常,,无,,\n"), 1, 1, "");
    // two authorities on one day are two inspections
    check(NAME, &format!("{header}{good}{}", good.replace("某监察大队", "某执法队")), 2, 2, "");
    check(
        NAME,
        &format!("{header}{}", good.replace("无,有,正常", "缺,,好").replace("2026-07-08", "2026-06-14")),
        0,
        1,
        "2 D2 维权信息告示牌 unknown_value 缺
         2 E2 劳资专管员 missing_value
         2 F2 实名制 unknown_value 好
         2 J2 办结日期 date_order 2026-06-14",
    );
    check(
        NAME,
        &format!("{header}{}", good.replace("限期改正,2026-06-30", "罚款,2026-06-14")),
        0,
        1,
        "2 H2 处理决定 unknown_value 罚款
         2 I2 限期至 date_order 2026-06-14",
    );
}

#[test]
fn complaints() {
    const NAME: &str = "complaints.csv";
    let header = "登记号,项目编码,登记日期,渠道,涉及人数,涉及金额,状态,办结日期\n";
    let good = "TS-1,33011026,2026-06-18,12345,12,83500.50,受理,\n";
    check(NAME, &format!("{header}{good}"), 1, 1, "");
    check(
        NAME,
        &format!("{header}{}", good.replace("12345,12", "短信,0").replace("83500.50", "8.005")),
        0,
        1,
        "2 D2 渠道 unknown_value 短信
         2 E2 涉及人数 out_of_range 0
         2 F2 涉及金额 too_many_decimals 8.005",
    );
    check(
        NAME,
        &format!("{header}{}", good.replace("受理,", "办结,2026-06-17")),
        0,
        1,
        "2 H2 办结日期 date_order 2026-06-17",
    );
    // What the state says and the day does not, or the other way round, is worth a look.
    let rows = format!(
        "{}{}",
        good.replace("受理", "办结"),
        good.replace("TS-1", "TS-2").replace("受理,", "调解,2026-07-01")
    );
    check(
        NAME,
        &format!("{header}{rows}"),
        2,
        2,
        "~2 H2 办结日期 missing_value -
         ~3 G3 状态 unexpected_value 调解",
    );
    // a number stands for one complaint, on whatever project
    check(
        NAME,
        &format!("{header}{good}{}", good.replace("33011026", "33011027")),
        1,
        2,
        "3 B3 项目编码 conflict 33011027",
    );
}

#[test]
fn deductions() {
    const NAME: &str = "deductions.csv";
    let header = "证件号码,姓名,扣缴义务人信用代码,扣除项目,每月金额,起始月份,截止月份,申报日期\n";
    let good = "ID1,张三,USCC,住房租金,1500,2026-02,2026年12月,2026-02-10\n";
    check(NAME, &format!("{header}{good}"), 1, 1, "");
    // open to the end; another kind, another month
    let open = good.replace("2026年12月", "");
    check(NAME, &format!("{header}{open}{}", open.replace("2026-02,", "2026-05,")), 2, 2, "");
    check(NAME, &format!("{header}{good}{}", good.replace("住房租金", "子女教育")), 2, 2, "");
    check(
        NAME,
        &format!("{header}{}", good.replace("住房租金,1500", "大病医疗,-1").replace("2026-02,", "2月,")),
        0,
        1,
        "2 D2 扣除项目 unknown_value 大病医疗
         2 E2 每月金额 out_of_range -1
         2 F2 起始月份 bad_date 2月",
    );
    check(
        NAME,
        &format!("{header}{}", good.replace("2026年12月", "202601")),
        0,
        1,
        "2 G2 截止月份 date_order 202601",
    );
    // more than the law allows is the worker's to answer for: recorded, with a word
    check(
        NAME,
        &format!("{header}{}", good.replace("1500", "1500.01")),
        1,
        1,
        "~2 E2 每月金额 out_of_range 1500.01",
    );
    // a declaration is known by worker, agent, kind and first month
    check(
        NAME,
        &format!("{header}{good}{}", good.replace("1500", "1100")),
        1,
        2,
        "3 E3 每月金额 conflict 1100",
    );
}
