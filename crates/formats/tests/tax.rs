//! Files for the tax office, read again by another reader.

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use formats::{TaxField, TaxFileError, TaxForm, TaxRecord, TaxTemplate};
use std::io::Cursor;

/// The headers as the client has them.
const HEADERS: [(TaxForm, &str, &str); 3] = [
    (
        TaxForm::NormalWages,
        "正常工资薪金收入",
        "工号 | *姓名 | *证件类型 | *证件号码 | 本期收入 | 本期免税收入 | 基本养老保险费 | 基本医疗保险费 | 失业保险费 | 住房公积金 | 累计子女教育 | 累计继续教育 | 累计住房贷款利息 | 累计住房租金 | 累计赡养老人 | 累计3岁以下婴幼儿照护 | 累计个人养老金 | 企业(职业)年金 | 商业健康保险 | 税延养老保险 | 公务交通费用 | 通讯费用 | 律师办案费用 | 西藏附加减除费用 | 其他 | 准予扣除的捐赠额 | 减免税额 | 协定减免 | 备注",
    ),
    (
        TaxForm::LabourRemuneration,
        "劳务报酬所得",
        "工号 | *姓名 | *证件类型 | *证件号码 | *所得项目 | *收入 | 免税收入 | 商业健康保险 | 税延养老保险 | 其他 | 允许扣除的税费 | 减免税额 | 协定减免 | 备注",
    ),
    (
        TaxForm::Personnel,
        "人员信息采集",
        "工号 | *姓名 | *证件类型 | *证件号码 | *国籍(地区) | *性别 | *出生日期 | 是否高级专家 | 人员状态 | *任职受雇从业类型 | 其他情况说明 | 入职年度就业情形 | 手机号码 | 任职受雇从业日期 | 离职日期 | 是否离职后补发工资 | 实际补发工资的月份 | 是否残疾 | 是否烈属 | 是否孤老 | 残疾证件类型 | 残疾证号 | 烈属证号 | 是否扣除减除费用 | 个人投资额 | 个人投资比例(%) | 备注 | 中文名 | 涉税事由 | 出生国家(地区) | 首次入境时间 | 预计离境时间 | 其他证件类型 | 其他证件号码 | 户籍所在地（省） | 户籍所在地（市） | 户籍所在地（区县） | 户籍所在地（详细地址） | 经常居住地（省） | 经常居住地（市） | 经常居住地（区县） | 经常居住地（详细地址） | 联系地址（省） | 联系地址（市） | 联系地址（区县） | 联系地址（详细地址） | 电子邮箱 | 学历 | 开户银行 | 银行账号 | 开户行省份 | 职务",
    ),
];

const RETURN: &str = "序号,姓名,身份证件类型,身份证件号码,纳税人识别号,是否为非居民个人,所得项目,收入,费用,免税收入,减除费用,基本养老保险费,基本医疗保险费,失业保险费,住房公积金,年金,商业健康保险,税延养老保险,财产原值,允许扣除的税费,其他,累计收入额,累计减除费用,累计专项扣除,累计子女教育,累计赡养老人,累计住房贷款利息,累计住房租金,累计继续教育,累计3岁以下婴幼儿照护,累计其他扣除,减按计税比例,准予扣除的捐赠额,应纳税所得额,税率/预扣率,速算扣除数,应纳税额,减免税额,已缴税额,应补/退税额,备注";

fn somebody() -> TaxRecord {
    let mut record = TaxRecord::default();
    record.text(TaxField::Name, "测试甲");
    record.text(TaxField::IdKind, "居民身份证");
    record.text(TaxField::IdNumber, "390409199812295500");
    record.text(TaxField::Nationality, "中国");
    record.text(TaxField::Sex, "女");
    record.text(TaxField::BornOn, "1998-12-29");
    record.text(TaxField::Employment, "雇员");
    record.text(TaxField::IncomeItem, "其他连续劳务报酬");
    record.amount(TaxField::Income, "11836.10".parse().unwrap());
    record.amount(TaxField::Pension, "398.88".parse().unwrap());
    record.amount(TaxField::ChildEducation, "12000.00".parse().unwrap());
    record
}

fn cells(workbook: &[u8]) -> (String, Vec<Vec<Data>>) {
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(workbook.to_vec())).unwrap();
    let sheets = workbook.sheet_names();
    assert_eq!(sheets.len(), 1);
    let range = workbook.worksheet_range(&sheets[0]).unwrap();
    (sheets[0].clone(), range.rows().map(<[Data]>::to_vec).collect())
}

fn headers(template: &TaxTemplate) -> Vec<String> {
    template.columns.iter().map(|column| column.header.clone()).collect()
}

#[test]
fn headers_to_the_character() {
    for (form, sheet, headers) in HEADERS {
        let headers: Vec<Data> = headers.split(" | ").map(|text| Data::String(text.to_owned())).collect();
        let (name, rows) = cells(&TaxTemplate::of(form).unwrap().workbook(&[somebody()]).unwrap());
        assert_eq!(name, sheet);
        assert_eq!(rows[0], headers, "{form:?}");
        assert_eq!(rows.len(), 2);
    }
    // The personnel sheet has a version without one column; no other sheet has another version.
    let template = TaxTemplate::of(TaxForm::Personnel).unwrap();
    assert_eq!(template.versions(), ["52列", "51列"]);
    let older = template.clone().in_version("51列").unwrap();
    let (all, of_older) = (headers(&template), headers(&older));
    assert_eq!((all.len(), of_older.len()), (52, 51));
    assert_eq!(of_older, all.into_iter().filter(|header| header != "人员状态").collect::<Vec<_>>());
    assert_eq!(template.clone().in_version("52列"), Some(template.clone()));
    assert_eq!(template.in_version("50列"), None);
    let template = TaxTemplate::of(TaxForm::WithholdingReturn).unwrap();
    let text = String::from_utf8(template.csv(&[somebody()]).unwrap()).unwrap();
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], RETURN);
    assert_eq!(lines[0].split(',').count(), 41);
    assert_eq!(lines.len(), 2);
}

/// ID numbers are text, amounts numbers; additional deductions are cumulative and stand in columns of their own.
#[test]
fn what_stands_in_the_cells() {
    let (_, rows) = cells(&TaxTemplate::of(TaxForm::NormalWages).unwrap().workbook(&[somebody()]).unwrap());
    let cell = |header: &str| {
        let column = rows[0].iter().position(|cell| *cell == Data::String(header.to_owned())).unwrap();
        rows[1].get(column).cloned().unwrap_or(Data::Empty)
    };
    assert_eq!(cell("*证件号码"), Data::String("390409199812295500".to_owned()));
    assert_eq!(cell("本期收入"), Data::Float(11836.10));
    assert_eq!(cell("基本养老保险费"), Data::Float(398.88));
    assert_eq!(cell("累计子女教育"), Data::Float(12000.0));
    assert_eq!(cell("累计赡养老人"), Data::Empty);
    assert_eq!(cell("工号"), Data::Empty);
}

#[test]
fn what_the_client_requires_is_there_or_there_is_no_file() {
    let template = TaxTemplate::of(TaxForm::NormalWages).unwrap();
    let mut nameless = TaxRecord::default();
    nameless.text(TaxField::IdKind, "居民身份证");
    nameless.text(TaxField::Name, "");
    let refused = template.workbook(&[somebody(), nameless]);
    let Err(TaxFileError::Required { row, header, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((row, header.as_str()), (2, "*姓名"));
    let many = vec![somebody(); 50_001];
    assert!(matches!(template.csv(&many), Err(TaxFileError::TooLarge { rows: 50_001 })));
    let typo =
        "title = \"x\"\nsheet = \"x\"\nversion = \"1\"\ncolumns = [{ header = \"x\", value = \"incom\" }]";
    assert!(matches!(TaxTemplate::parse(typo), Err(TaxFileError::Template(_))));
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let template = TaxTemplate::of(TaxForm::Personnel).unwrap();
    assert_eq!(template.workbook(&[somebody()]).unwrap(), template.workbook(&[somebody()]).unwrap());
}
