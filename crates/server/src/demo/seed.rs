//! The demo's users.

use tegata::{Timestamp, UserId};
use tegata_sqlx::{CreateUserError, NewUser, Owner, SqlxStore, StoreError};
use thiserror::Error;

use super::totp::Codes;

/// Says that the demo's users are there, and who of them is asked for a code.
#[derive(Debug)]
pub(crate) struct Seeded {
    pub(crate) codes: Codes,
}

struct Account {
    username: &'static str,
    password: &'static str,
    email: &'static str,
    is_asked_for_code: bool,
}

// Public on purpose.
const ACCOUNTS: [Account; 3] = [
    Account {
        username: "demo",
        password: "tegata-demo",
        email: "demo@example.com",
        is_asked_for_code: false,
    },
    Account {
        username: "admin",
        password: "tegata-admin",
        email: "admin@example.com",
        is_asked_for_code: false,
    },
    Account {
        username: "otp",
        password: "tegata-otp",
        email: "otp@example.com",
        is_asked_for_code: true,
    },
];

/// Why the demo's users are not there.
#[derive(Debug, Error)]
pub(crate) enum SeedError {
    /// An account of a site that is none of the demo's has the name of one.
    #[error("the user `{0}` has another password than the demo's")]
    Other(&'static str),
    /// The tables are a Django site's: accounts whose passwords everybody knows are made there by
    /// itself or not at all.
    #[error("the tables are a Django site's and there is no user `{0}`; `seed_demo` makes it")]
    NotSeeded(&'static str),
    /// One cannot be made.
    #[error(transparent)]
    Create(#[from] CreateUserError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes every account of the demo that is not there. None that is there is changed.
///
/// # Errors
/// [`SeedError`].
pub(crate) async fn seed(store: &SqlxStore, now: Timestamp) -> Result<Seeded, SeedError> {
    let mut asked = Vec::new();
    for account in &ACCOUNTS {
        let id = ensure(store, account, now).await?;
        if account.is_asked_for_code {
            asked.push(id);
        }
    }
    Ok(Seeded { codes: Codes::new(asked) })
}

async fn ensure(store: &SqlxStore, account: &Account, now: Timestamp) -> Result<UserId, SeedError> {
    let Account { username, password, email, .. } = *account;
    if store.find_user(username).await?.is_some() {
        let user = store.authenticate(username, password).await?;
        return user.map(|user| user.id).ok_or(SeedError::Other(username));
    }
    if store.owner() == Owner::Django {
        return Err(SeedError::NotSeeded(username));
    }
    let user = NewUser { username, password: Some(password), email };
    Ok(store.create_user(user, now).await?.id)
}

#[cfg(test)]
mod tests {
    use tegata::Timestamp;
    use tegata_sqlx::{Hasher, NewUser, SqlxStore, StoreOptions};

    use super::{ACCOUNTS, SeedError, seed};

    async fn store() -> SqlxStore {
        let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
        let options = StoreOptions { hasher, ..StoreOptions::default() };
        SqlxStore::connect_with("sqlite::memory:", options).await.expect("it is made")
    }

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[tokio::test]
    async fn twice_is_as_once() {
        let store = store().await;
        for _ in 0..2 {
            seed(&store, NOW).await.expect("they are made");
            for account in &ACCOUNTS {
                let user = store.authenticate(account.username, account.password).await;
                assert!(user.expect("the database answers").is_some());
            }
        }
    }

    #[tokio::test]
    async fn an_account_of_somebody_else_is_left_alone() {
        let store = store().await;
        let admin = NewUser::new("admin", "not what everybody knows");
        store.create_user(admin, NOW).await.expect("it is made");
        assert!(matches!(seed(&store, NOW).await, Err(SeedError::Other("admin"))));
    }
}
