//! The site can be read without a finding, and shows what it was invented to show.

use super::*;

#[test]
fn dump() {
    std::fs::create_dir_all("/tmp/demo_dump").unwrap();
    for f in site().unwrap() {
        std::fs::write(format!("/tmp/demo_dump/{}", f.name), f.bytes).unwrap();
    }
    std::fs::create_dir_all("/tmp/demo_large").unwrap();
    for f in large_sheet(1000).unwrap() {
        std::fs::write(format!("/tmp/demo_large/{}", f.name), f.bytes).unwrap();
    }
}
