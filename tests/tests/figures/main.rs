//! Every figure of the sample data, to the fen: what was taken in, what was refused and where, who is in
//! arrears on which day.

mod bad;
mod explained;
mod history;
mod made_up;
mod more;
mod overdue;
mod raw_workbook;
mod reports;
mod site;
mod tax_files;
mod updates;
mod warnings;
mod withholding;
mod years;
