fn main() {
    println!("command {} event {} submission {} outcome {} state {} source {} wages {} line {} reg {}",
        size_of::<wages::Command>(), size_of::<wages::Event>(), size_of::<ledger::Submission>(), size_of::<ledger::Outcome>(),
        size_of::<wages::State>(), size_of::<wages::Source>(), size_of::<wages::event::WagesAccrued>(), size_of::<wages::event::WageLine>(), size_of::<wages::event::WorkerRegistered>());
    println!("terms {}", size_of::<wages::event::ProjectTerms>());
}
