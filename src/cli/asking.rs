//! Asks a person before something is done that cannot be undone.

use std::io::{IsTerminal, Write};

use crate::failure::{Exit, Failure};

/// Shows what it is about and asks whether it shall be done.
///
/// # Errors
/// The answer is no, or nobody is there; `instead` says what to do then.
pub(super) fn confirmed(shown: &str, question: &str, instead: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "nobody is there to be asked").help(instead));
    }
    let mut err = std::io::stderr().lock();
    // Whoever does not see the question does not say yes.
    let _ = write!(err, "{shown}\n{question} ");
    let _ = err.flush();
    let mut said = String::new();
    match (std::io::stdin().read_line(&mut said), said.trim()) {
        (Ok(_), "yes" | "y" | "نعم") => Ok(()),
        _ => Err(Failure::new(Exit::Refused, "nothing was changed")),
    }
}
