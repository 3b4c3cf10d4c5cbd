//! How a command ends when it does not end well.

use std::error::Error;
use std::fmt;

/// Why a command did not do what it was asked, by exit code; 0 is everything else, warnings, arrears and unknowns
/// among it: they are answers.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit 1: the data say no; what there is to say has been printed.
    DataSayNo,
    /// Exit 1: the record itself does not hold.
    Broken(Box<dyn Error + Send + Sync>),
    /// Exit 2: asked wrongly.
    Usage(String),
    /// Exit 3: cannot, as things are.
    Cannot(Box<dyn Error + Send + Sync>),
    /// Exit 4, of `verify`: the record is whole, and there are findings about what it says; they have been printed.
    Content,
    /// Exit 5, of `verify`: something was missing, so that not everything was judged; it has been printed.
    NotJudged,
}

impl Failure {
    /// Exit 3 with a message of our own.
    pub(crate) fn cannot(message: impl Into<String>) -> Failure {
        Failure::Cannot(message.into().into())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::DataSayNo | Failure::Broken(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Cannot(_) => 3,
            Failure::Content => 4,
            Failure::NotJudged => 5,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::DataSayNo | Failure::Content | Failure::NotJudged => Ok(()),
            Failure::Usage(message) => f.write_str(message),
            Failure::Broken(error) | Failure::Cannot(error) => {
                write!(f, "{error}")?;
                let mut cause = error.source();
                while let Some(next) = cause {
                    write!(f, ": {next}")?;
                    cause = next.source();
                }
                Ok(())
            }
        }
    }
}

/// Whether an error, or what is behind it, says that the record does not hold.
fn is_broken(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<ledger::OpenError>()
            && matches!(error, ledger::OpenError::Behind { .. } | ledger::OpenError::Different { .. })
        {
            return true;
        }
        if let Some(error) = error.downcast_ref::<ledger::ReadFailed>()
            && matches!(
                error,
                ledger::ReadFailed::NotAccepted { .. }
                    | ledger::ReadFailed::Missing { .. }
                    | ledger::ReadFailed::OffStream { .. }
            )
        {
            return true;
        }
        if let Some(error) = error.downcast_ref::<journal::kafka::OpenError>()
            && matches!(
                error,
                journal::kafka::OpenError::Shorter { .. } | journal::kafka::OpenError::Different { .. }
            )
        {
            return true;
        }
        if error.downcast_ref::<journal::OpenError>().is_some_and(journal::OpenError::is_broken) {
            return true;
        }
        if matches!(error.downcast_ref::<journal::ReadError>(), Some(journal::ReadError::Damaged { .. })) {
            return true;
        }
        if error.downcast_ref().is_some_and(vault::VaultError::is_damage)
            || error.downcast_ref().is_some_and(readmodel::ReadModelError::is_damage)
        {
            return true;
        }
        at = error.source();
    }
    false
}

/// Whether an error, or what is behind it, says that the configuration is wrong.
fn is_asked_wrongly(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        let address = matches!(error.downcast_ref(), Some(vault::VaultError::Address(_)))
            || matches!(error.downcast_ref(), Some(readmodel::ReadModelError::Address { .. }));
        if address || matches!(error.downcast_ref(), Some(journal::kafka::OpenError::Option { .. })) {
            return true;
        }
        at = error.source();
    }
    false
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        if is_broken(&error) {
            Failure::Broken(Box::new(error))
        } else if is_asked_wrongly(&error) {
            Failure::Usage(Failure::Cannot(Box::new(error)).to_string())
        } else {
            Failure::Cannot(Box::new(error))
        }
    }
}
