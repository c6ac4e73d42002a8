//! Where a password comes from: never an argument.

use std::io::{BufRead as _, Read as _};

use clap::Args;
use zeroize::Zeroizing;

use super::failure::{Done, Failure};

/// NIST SP 800-63B section 3.1.1.2 asks for no less where a password is all there is.
const LEAST: usize = 8;
const MOST_BYTES: u64 = 4096;

#[derive(Args, Debug)]
pub(crate) struct Source {
    /// Read the password from the standard input, up to the end of its first line.
    #[arg(long)]
    password_stdin: bool,
}

impl Source {
    /// The password.
    pub(crate) fn read(&self) -> Done<Zeroizing<String>> {
        let password = if self.password_stdin { of_input()? } else { asked()? };
        if password.chars().count() < LEAST {
            return Err(Failure::no(format!("the password has less than {LEAST} characters")));
        }
        if password.contains('\0') {
            return Err(Failure::no("the password holds a character that no form can send"));
        }
        Ok(password)
    }
}

fn of_input() -> Done<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let mut input = std::io::stdin().lock().take(MOST_BYTES + 1);
    input
        .read_line(&mut text)
        .map_err(|_| Failure::no("the standard input holds no text in UTF-8"))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Failure::no(format!("the password is longer than {MOST_BYTES} bytes")));
    }
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}

fn asked() -> Done<Zeroizing<String>> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| {
            Failure::usage("there is no terminal to ask for the password")
                .hint("add `--password-stdin` and pipe it in")
        })
    };
    let password = ask("Password: ")?;
    if *password == *ask("The same again: ")? {
        return Ok(password);
    }
    Err(Failure::no("the two differ"))
}
