use super::*;
use jiff::civil::date;

#[test]
fn the_embedded_law_is_readable() {
    let pack = Pack::parse(Pack::CHINA_TEXTS).unwrap();
    assert_eq!(&pack, Pack::china());
    assert!(pack.parameters().count() > 30);
    for parameter in pack.parameters() {
        assert!(!parameter.provisions.is_empty(), "{} has no value", parameter.name);
        for provision in &parameter.provisions {
            let (convention, ours) = (provision.confidence == Confidence::Convention, "本账本的约定");
            assert_eq!(convention, provision.source.zh == ours, "{}: a convention is ours", parameter.name);
            // Whatever is not ours has a number that can be looked up.
            assert!(convention || !provision.source.number.is_empty(), "{}", parameter.name);
        }
    }
}

/// (parameter, place, day, value or the error's beginning)
#[test]
fn values_hold_in_their_time() {
    let table = [
        (
            "iit.basic_deduction_month",
            "CN",
            date(2018, 9, 30),
            Err("no value of `iit.basic_deduction_month`"),
        ),
        ("iit.basic_deduction_month", "CN", date(2018, 10, 1), Ok("5000.00")),
        ("iit.basic_deduction_month", "330110", date(2026, 1, 1), Ok("5000.00")),
        ("iit.additional.child_education", "CN", date(2022, 12, 31), Ok("1000.00")),
        ("iit.additional.child_education", "CN", date(2023, 1, 1), Ok("2000.00")),
        ("iit.bonus.months", "CN", date(2027, 12, 31), Ok("12")),
        ("iit.bonus.months", "CN", date(2028, 1, 1), Err("no value of `iit.bonus.months`")),
        ("iit.no_such_thing", "CN", date(2026, 1, 1), Err("no parameter is called `iit.no_such_thing`")),
    ];
    for (name, place, day, expected) in table {
        let got = Pack::china().provision(name, place.parse().unwrap(), day);
        match (got, expected) {
            (Ok(provision), Ok(value)) => assert_eq!(provision.value.to_string(), value, "{name} {day}"),
            (Err(error), Err(says)) => assert!(error.to_string().starts_with(says), "{error}"),
            (got, expected) => panic!("{name} on {day}: {got:?}, expected {expected:?}"),
        }
    }
    let error = Pack::china().rule("iit.bonus.separate", date(2028, 1, 1)).unwrap_err().to_string();
    assert!(error.contains("for CN on 2028-01-01: known in CN from 2019-01-01 to 2021-12-31"), "{error}");
}

#[test]
fn regions_lie_in_regions() {
    let above = |code: &str| {
        code.parse::<Region>().unwrap().and_above().map(|region| region.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(above("330110"), ["330110", "330100", "330000", "CN"]);
    assert_eq!(above("330100"), ["330100", "330000", "CN"]);
    assert_eq!(above("CN"), ["CN"]);
    for bad in ["", "33", "33011a", "000000", "990000"] {
        assert!(bad.parse::<Region>().is_err(), "{bad}");
    }
}

/// What is wrong in a file is said with its place.
#[test]
fn faults_of_files() {
    let file = |values: &str| {
        format!(
            "jurisdiction = \"CN\"\n[source]\nlaw = {{ zh = \"法\", en = \"Law\", number = \"1\" }}\n\
             [[parameter]]\nname = \"a\"\nen = \"a\"\nzh = \"甲\"\nunit = \"yuan\"\nvalues = [{values}]\n"
        )
    };
    let base = r#"value = "1.00", valid_from = "2020-01-01", confidence = "text""#;
    let fault = |values: &str| Pack::parse(&[&file(values)]).unwrap_err().to_string();
    assert!(Pack::parse(&[&file(&format!("{{ {base}, source = \"law\" }}"))]).is_ok());
    for (values, says) in [
        (format!("{{ {base}, source = \"nobody\" }}"), "no source is called `nobody`"),
        (format!("{{ {base}, source = \"law\", valid_to = \"2019-01-01\" }}"), "ends before it begins"),
        (
            format!("{{ {base}, source = \"law\" }}, {{ {base}, source = \"law\" }}"),
            "two values hold on one day in one place",
        ),
        (format!("{{ {base}, source = \"law\", jurisdiction = \"Hangzhou\" }}"), "is no region"),
    ] {
        let error = fault(&values);
        assert!(error.contains("parameter `a`, value from 2020-01-01") && error.contains(says), "{error}");
    }
}
