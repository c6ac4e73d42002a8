use std::fmt;
use std::io;
use std::process::ExitCode;

use tegata_sqlx::{ConnectError, CreateUserError, StoreError};

use crate::config::ConfigError;

/// Why a command ends with another code than 0; the reference lists the codes.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

/// The outcome of a command.
pub(crate) type Done<T = ()> = Result<T, Failure>;

impl Failure {
    const NO: u8 = 1;
    const USAGE: u8 = 2;
    const CONFIG: u8 = 3;
    const DATABASE: u8 = 4;

    /// What was asked for is not so, or cannot be done.
    pub(crate) fn no(message: impl fmt::Display) -> Self {
        Self { code: Self::NO, message: message.to_string() }
    }

    /// The arguments do not go together.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { code: Self::USAGE, message: message.to_string() }
    }

    /// The configuration, or a file that it names.
    pub(crate) fn config(message: impl fmt::Display) -> Self {
        Self { code: Self::CONFIG, message: message.to_string() }
    }

    /// The database.
    pub(crate) fn database(message: impl fmt::Display) -> Self {
        Self { code: Self::DATABASE, message: message.to_string() }
    }

    /// All has been said already.
    pub(crate) fn silent() -> Self {
        Self { code: Self::NO, message: String::new() }
    }

    /// Whoever read the output has gone, which is nobody's mistake.
    fn unread() -> Self {
        Self { code: 0, message: String::new() }
    }

    /// With how to mend it.
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Self {
        Self { message: format!("{}\nhint: {hint}", self.message), ..self }
    }

    /// Says it on the standard error, and gives the code.
    pub(crate) fn tell(&self) -> ExitCode {
        if !self.message.is_empty() {
            super::output::complain(&self.message);
        }
        self.code.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::config(error)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::database(error)
    }
}

impl From<CreateUserError> for Failure {
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::Store(error) => error.into(),
            error => Self::no(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::unread(),
            _ => Self::no(format!("the output cannot be written: {error}")),
        }
    }
}
