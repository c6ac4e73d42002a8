//! Checking passwords, upgrading their hashes, and changing them.

use tegata::{
    EndReason, EndSessions, Ending, Engine, PasswordReset, SessionId, Timestamp, UserId, UserState,
};
use zeroize::Zeroizing;

use super::{Stored, stored};
use crate::database::Transaction;
use crate::password::{self, Verdict};
use crate::{HashError, SqlxStore, StoreResult};

/// Another hash for a user, to be stored where the one that was checked still is.
struct Change<'a> {
    id: &'a UserId,
    hash: &'a str,
    checked: Option<&'a str>,
    spared: Option<&'a SessionId>,
}

impl SqlxStore {
    /// The user of this name, if this is the password and the account may be used. Which of the
    /// three was wrong is not said, and the time it takes does not tell: where there is no hash to
    /// check against, one is made.
    ///
    /// A hash that another hasher has made is upgraded, where the store is set up so: see
    /// [`crate::StoreOptions::hasher`]. That ends nobody's session.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub async fn authenticate(
        &self,
        username: &str,
        password: &str,
    ) -> StoreResult<Option<UserState>> {
        let row = self.find(username).await?;
        let user = row.map_or(Ok(None), |row| stored(&self.inner, &row, 0))?;
        let state = self.checked(user, password).await?.map(|user| user.state());
        Ok(state.filter(|state| state.is_active))
    }

    /// Whether this is the password of the user, active or not; as [`SqlxStore::authenticate`].
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub async fn verify_password(&self, id: &UserId, password: &str) -> StoreResult<bool> {
        let user = self.stored(id).await?;
        Ok(self.checked(user, password).await?.is_some())
    }

    /// Gives a user another password, whatever the old one was, and ends the user's sessions but
    /// for `spared`, in one transaction. Says whether there is such a user.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    ///
    /// ```
    /// # use tegata::{Algorithm, Engine, Key, KeySet, Policy, Timestamp};
    /// # use tegata_sqlx::{Hasher, NewUser, SqlxStore, StoreOptions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
    /// # let options = StoreOptions { hasher, ..StoreOptions::default() };
    /// # let store = SqlxStore::connect_with("sqlite::memory:", options).await?;
    /// # let now = Timestamp::from_seconds(1_700_000_000);
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// # let engine = Engine::new(Policy::default(), keys)?;
    /// let ada = store.create_user(NewUser::new("ada", "a long secret"), now).await?;
    /// assert!(store.set_password(&engine, &ada.id, "another secret", None, now).await?);
    /// assert!(!store.verify_password(&ada.id, "a long secret").await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_password(
        &self,
        engine: &Engine,
        id: &UserId,
        password: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let hash = self.hash(password).await?;
        let change = Change { id, hash: &hash, checked: None, spared };
        self.store_password(engine, &change, now).await
    }

    /// Gives a user another password if `current` is the present one; as
    /// [`SqlxStore::set_password`]. Says whether it was, and still is when the new one is stored.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub async fn change_password(
        &self,
        engine: &Engine,
        id: &UserId,
        current: &str,
        new: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let user = self.stored(id).await?;
        let Some(user) = self.checked(user, current).await? else { return Ok(false) };
        let hash = self.hash(new).await?;
        // Hashing takes long, and a change that came in meanwhile must not be undone.
        let change = Change { id, hash: &hash, checked: Some(&user.password), spared };
        self.store_password(engine, &change, now).await
    }

    /// Gives a user another password if `reset` is for the present one, and ends all of the user's
    /// sessions, in one transaction. Says whether it was, and still is when the new one is stored:
    /// of two that come at once with one token, one is let through.
    ///
    /// # Errors
    /// [`crate::StoreError`].
    pub async fn reset_password(
        &self,
        engine: &Engine,
        reset: &PasswordReset,
        new: &str,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let id = reset.user_id();
        let user = self.stored(id).await?.filter(|user| reset.is_for(&user.state()));
        let Some(user) = user else { return Ok(false) };
        let hash = self.hash(new).await?;
        let change = Change { id, hash: &hash, checked: Some(&user.password), spared: None };
        self.store_password(engine, &change, now).await
    }

    pub(super) async fn hash(&self, password: &str) -> StoreResult<String> {
        let (hasher, password) = (self.inner.hasher, Zeroizing::new(password.to_owned()));
        let hash = self.inner.hashing.run(move || hasher.hash(&password)).await?;
        hash.map_err(|error: HashError| sqlx::Error::Encode(Box::new(error)).into())
    }

    /// The user with the hash that is stored now, if this is the password.
    async fn checked(&self, user: Option<Stored>, password: &str) -> StoreResult<Option<Stored>> {
        let verdict = self.check(user.as_ref(), password).await?;
        match (user, verdict) {
            (Some(user), Verdict { is_right: true, upgrade: Some(hash) }) => {
                self.upgrade(user, password, hash).await
            }
            (user, Verdict { is_right, .. }) => Ok(user.filter(|_| is_right)),
        }
    }

    async fn check(&self, user: Option<&Stored>, password: &str) -> StoreResult<Verdict> {
        let stored = user.map(|user| user.password.clone());
        let password = Zeroizing::new(password.to_owned());
        let (hasher, upgrades) = (self.inner.hasher, self.inner.upgrades);
        let check = move || password::check(stored.as_deref(), &password, hasher, upgrades);
        self.inner.hashing.run(check).await
    }

    /// Stores another hash of the same password. The stamps of the user's sessions change with it,
    /// and only where the column still holds the hash that the password was checked against.
    async fn upgrade(
        &self,
        user: Stored,
        password: &str,
        hash: String,
    ) -> StoreResult<Option<Stored>> {
        let Some(value) = self.user_value(&user.id) else { return Ok(None) };
        let statements = &self.inner.users;
        let mut transaction = self.inner.database.begin().await?;
        let values = [value.clone(), hash.as_str().into(), user.password.as_str().into()];
        if transaction.write(&statements.replace_password, &values).await? > 0 {
            // Other columns of the stamp may be newer than when the password was looked at.
            let Some(now) = self.stored_in(&mut transaction, &user.id).await? else {
                transaction.roll_back().await?;
                return Ok(None);
            };
            let (before, after) = (now.stamp(&user.password), now.stamp(&hash));
            let values = [value, before.as_str().into(), after.as_str().into()];
            transaction.write(&statements.restamp, &values).await?;
            transaction.commit().await?;
            return Ok(Some(now));
        }
        transaction.roll_back().await?;
        // Another login was faster, or the password has changed meanwhile.
        let current = self.stored(&user.id).await?;
        let verdict = self.check(current.as_ref(), password).await?;
        Ok(current.filter(|_| verdict.is_right))
    }

    async fn store_password(
        &self,
        engine: &Engine,
        change: &Change<'_>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let Change { id, hash, checked, spared } = *change;
        let Some(value) = self.user_value(id) else { return Ok(false) };
        let statements = &self.inner.users;
        let mut values = vec![value.clone(), hash.into()];
        values.extend(checked.map(Into::into));
        let replace = match checked {
            Some(_) => &statements.replace_password,
            None => &statements.set_password,
        };
        let mut transaction = self.inner.database.begin().await?;
        if transaction.write(replace, &values).await? == 0 {
            transaction.roll_back().await?;
            return Ok(false);
        }
        let sessions = match spared {
            Some(except) => Ending::Others { user: id.clone(), except: except.clone() },
            None => Ending::User(id.clone()),
        };
        let end = EndSessions { sessions, at: now, reason: EndReason::PasswordChanged };
        self.end_in(&mut transaction, engine, &end).await?;
        let user = self.stored_in(&mut transaction, id).await?;
        if let (Some(spared), Some(user)) = (spared, user) {
            let values = [value, spared.as_str().into(), user.stamp(hash).as_str().into()];
            transaction.write(&statements.restamp_one, &values).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn stored(&self, id: &UserId) -> StoreResult<Option<Stored>> {
        let Some(value) = self.user_value(id) else { return Ok(None) };
        let rows = self.inner.database.read(&self.inner.users.find_by_id, &[value]).await?;
        rows.first().map_or(Ok(None), |row| stored(&self.inner, row, 0))
    }

    async fn stored_in(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> StoreResult<Option<Stored>> {
        let Some(value) = self.user_value(id) else { return Ok(None) };
        let rows = transaction.read(&self.inner.users.find_by_id, &[value]).await?;
        rows.first().map_or(Ok(None), |row| stored(&self.inner, row, 0))
    }
}
