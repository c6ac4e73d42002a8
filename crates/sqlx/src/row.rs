//! What rows hold, on both databases.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, ValueRef as _};
use tegata::{Timestamp, UserId};

use crate::value::{IPV4, IPV6, KeyKind, Uuid};
use crate::{StoreError, StoreResult, time};

/// A row of either database.
pub(crate) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl Row {
    pub(crate) fn bool(&self, at: usize, column: &'static str) -> StoreResult<bool> {
        match self {
            Self::Postgres(row) => row.try_get_unchecked(at).map_err(|_| odd(column)),
            Self::Sqlite(row) => {
                let number: i64 = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                Ok(number != 0)
            }
        }
    }

    pub(crate) fn integer(&self, at: usize, column: &'static str) -> StoreResult<i64> {
        match self {
            Self::Postgres(row) => row.try_get_unchecked(at),
            Self::Sqlite(row) => row.try_get_unchecked(at),
        }
        .map_err(|_| odd(column))
    }

    /// A number that is never negative.
    pub(crate) fn number<N: TryFrom<i64>>(
        &self,
        at: usize,
        column: &'static str,
    ) -> StoreResult<N> {
        self.integer(at, column)?.try_into().map_err(|_| odd(column))
    }

    pub(crate) fn text(&self, at: usize, column: &'static str) -> StoreResult<String> {
        self.text_or_null(at, column)?.ok_or_else(|| odd(column))
    }

    pub(crate) fn text_or_null(
        &self,
        at: usize,
        column: &'static str,
    ) -> StoreResult<Option<String>> {
        match self {
            Self::Postgres(row) => row.try_get_unchecked(at),
            Self::Sqlite(row) => row.try_get_unchecked(at),
        }
        .map_err(|_| odd(column))
    }

    pub(crate) fn time(&self, at: usize, column: &'static str) -> StoreResult<Timestamp> {
        self.time_or_null(at, column)?.ok_or_else(|| odd(column))
    }

    pub(crate) fn time_or_null(
        &self,
        at: usize,
        column: &'static str,
    ) -> StoreResult<Option<Timestamp>> {
        match self {
            Self::Postgres(row) => {
                let micros: Option<i64> = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                Ok(micros.map(time::from_postgres))
            }
            Self::Sqlite(row) => {
                let text: Option<&str> = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                text.map(|text| time::from_text(text).ok_or_else(|| odd(column))).transpose()
            }
        }
    }

    /// An address; what is none is taken for unknown, as the engine does with what clients say.
    pub(crate) fn address(&self, at: usize, column: &'static str) -> StoreResult<Option<IpAddr>> {
        match self {
            Self::Postgres(row) => {
                let Inet(address) = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                Ok(address)
            }
            Self::Sqlite(row) => {
                let text: Option<&str> = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                Ok(text.and_then(|text| text.parse().ok()))
            }
        }
    }

    /// The key of a user, in a column of that kind; `None` if it is null.
    pub(crate) fn key(
        &self,
        at: usize,
        kind: KeyKind,
        column: &'static str,
    ) -> StoreResult<Option<UserId>> {
        if self.is_null(at, column)? {
            return Ok(None);
        }
        Ok(Some(match (kind, self) {
            (KeyKind::Integer, _) => UserId::Integer(self.integer(at, column)?),
            (KeyKind::Text, _) => UserId::Text(self.text(at, column)?),
            (KeyKind::Uuid, Self::Sqlite(_)) => {
                let uuid = Uuid::parse(&self.text(at, column)?).ok_or_else(|| odd(column))?;
                UserId::Text(uuid.to_text())
            }
            (KeyKind::Uuid, Self::Postgres(row)) => {
                let Bytes(uuid) = row.try_get_unchecked(at).map_err(|_| odd(column))?;
                UserId::Text(uuid.to_text())
            }
        }))
    }

    fn is_null(&self, at: usize, column: &'static str) -> StoreResult<bool> {
        match self {
            Self::Postgres(row) => row.try_get_raw(at).map(|value| value.is_null()),
            Self::Sqlite(row) => row.try_get_raw(at).map(|value| value.is_null()),
        }
        .map_err(|_| odd(column))
    }
}

fn odd(column: &'static str) -> StoreError {
    StoreError::Row { column }
}

struct Bytes(Uuid);

impl<'r> Decode<'r, Postgres> for Bytes {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Uuid(value.as_bytes()?.try_into()?)))
    }
}

struct Inet(Option<IpAddr>);

impl<'r> Decode<'r, Postgres> for Inet {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        if value.is_null() {
            return Ok(Self(None));
        }
        let bytes = value.as_bytes()?;
        let address = bytes.get(4..).unwrap_or_default();
        Ok(Self(match bytes.first() {
            Some(&IPV4) => Some(Ipv4Addr::from(<[u8; 4]>::try_from(address)?).into()),
            Some(&IPV6) => Some(Ipv6Addr::from(<[u8; 16]>::try_from(address)?).into()),
            _ => None,
        }))
    }
}
