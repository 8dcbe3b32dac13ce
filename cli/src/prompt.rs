//! Questions to the person at the terminal.

use std::io::IsTerminal as _;

use inquire::InquireError;
use secrecy::SecretString;

use crate::failure::Failure;

/// Whether somebody is there to answer.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a secret without echo.
pub(crate) fn secret(question: &str) -> Result<SecretString, Failure> {
    inquire::Password::new(question)
        .without_confirmation()
        .with_display_mode(inquire::PasswordDisplayMode::Hidden)
        .prompt()
        .map(SecretString::from)
        .map_err(failure)
}

/// Asks for a new secret, twice.
pub(crate) fn new_secret(question: &str) -> Result<SecretString, Failure> {
    inquire::Password::new(question)
        .with_custom_confirmation_message("Once more:")
        .with_custom_confirmation_error_message("The two are not the same.")
        .with_display_mode(inquire::PasswordDisplayMode::Hidden)
        .prompt()
        .map(SecretString::from)
        .map_err(failure)
}

/// Asks before something that is hard to take back. Where nobody can be asked, the command line was the answer.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes || !can_ask() {
        return Ok(());
    }
    match inquire::Confirm::new(question).with_default(false).prompt().map_err(failure)? {
        true => Ok(()),
        false => Err(Failure::usage("nothing was done")),
    }
}

fn failure(error: InquireError) -> Failure {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Failure::Interrupted,
        other => Failure::Io(std::io::Error::other(other)),
    }
}
