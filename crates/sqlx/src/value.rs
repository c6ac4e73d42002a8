//! What statements are given, on both databases.

use std::net::IpAddr;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Postgres, Sqlite, Type};
use tegata::{Timestamp, UserId};

use crate::time;

/// One parameter of a statement. A null knows its type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Address(Option<IpAddr>),
    Bool(bool),
    Integer(i64),
    Json(Option<String>),
    Text(Option<String>),
    Time(Option<Timestamp>),
    Uuid(Uuid),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Time(Some(instant))
    }
}

/// The 16 bytes of a UUID (RFC 9562).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) [u8; 16]);

impl Uuid {
    /// Reads 32 hex digits, with hyphens where they belong or with none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let has_hyphens = text.len() == 36;
        if !has_hyphens && text.len() != 32 {
            return None;
        }
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (at, letter) in text.chars().enumerate() {
            if has_hyphens && [8, 13, 18, 23].contains(&at) {
                if letter != '-' {
                    return None;
                }
                continue;
            }
            let digit = u8::try_from(letter.to_digit(16)?).ok()?;
            *bytes.get_mut(digits / 2)? |= digit << (4 * (1 - digits % 2));
            digits += 1;
        }
        (digits == 32).then_some(Self(bytes))
    }

    /// As Django has it on SQLite.
    fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// As tokens name a user.
    pub(crate) fn to_text(self) -> String {
        let hex = self.to_hex();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

/// Two lower-case digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

// The numbers by which PostgreSQL knows its types, and the families of its addresses.
const BOOL: u32 = 16;
const INT8: u32 = 20;
const TEXT: u32 = 25;
const INET: u32 = 869;
const TIMESTAMPTZ: u32 = 1184;
const UUID: u32 = 2950;
const JSONB: u32 = 3802;
pub(crate) const IPV4: u8 = 2;
pub(crate) const IPV6: u8 = 3;

impl Type<Postgres> for Value {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(TEXT))
    }
}

impl Encode<'_, Postgres> for Value {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Self::Address(None) | Self::Json(None) | Self::Text(None) | Self::Time(None) => {
                return Ok(IsNull::Yes);
            }
            Self::Address(Some(IpAddr::V4(address))) => {
                buffer.extend_from_slice(&[IPV4, 32, 0, 4]);
                buffer.extend_from_slice(&address.octets());
            }
            Self::Address(Some(IpAddr::V6(address))) => {
                buffer.extend_from_slice(&[IPV6, 128, 0, 16]);
                buffer.extend_from_slice(&address.octets());
            }
            Self::Bool(is) => buffer.push(u8::from(*is)),
            Self::Integer(number) => buffer.extend_from_slice(&number.to_be_bytes()),
            Self::Json(Some(text)) => {
                // The version of the format.
                buffer.push(1);
                buffer.extend_from_slice(text.as_bytes());
            }
            Self::Text(Some(text)) => buffer.extend_from_slice(text.as_bytes()),
            Self::Time(Some(instant)) => {
                buffer.extend_from_slice(&time::to_postgres(*instant).to_be_bytes());
            }
            Self::Uuid(uuid) => buffer.extend_from_slice(&uuid.0),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        let oid = match self {
            Self::Address(_) => INET,
            Self::Bool(_) => BOOL,
            Self::Integer(_) => INT8,
            Self::Json(_) => JSONB,
            Self::Text(_) => TEXT,
            Self::Time(_) => TIMESTAMPTZ,
            Self::Uuid(_) => UUID,
        };
        Some(PgTypeInfo::with_oid(Oid(oid)))
    }
}

impl Type<Sqlite> for Value {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Value {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let text = match self {
            Self::Bool(is) => return Encode::<Sqlite>::encode(i64::from(*is), buffer),
            Self::Integer(number) => return Encode::<Sqlite>::encode(*number, buffer),
            Self::Address(address) => address.map(|address| address.to_string()),
            Self::Json(text) | Self::Text(text) => text.clone(),
            Self::Time(instant) => instant.map(time::to_text),
            Self::Uuid(uuid) => Some(uuid.to_hex()),
        };
        match text {
            None => Ok(IsNull::Yes),
            Some(text) => Encode::<Sqlite>::encode(text, buffer),
        }
    }
}

/// What kind of column users are named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Integer,
    Text,
    Uuid,
}

impl KeyKind {
    /// The value for a column of this kind; `None` if no such column can hold it.
    pub(crate) fn value(self, id: &UserId) -> Option<Value> {
        match (self, id) {
            (Self::Integer, UserId::Integer(number)) => Some(Value::Integer(*number)),
            // PostgreSQL takes no NUL.
            (Self::Text, UserId::Text(text)) if !text.contains('\0') => {
                Some(Value::Text(Some(text.clone())))
            }
            (Self::Uuid, UserId::Text(text)) => Uuid::parse(text).map(Value::Uuid),
            _ => None,
        }
    }

    /// The name that a person has typed.
    pub(crate) fn parse(self, text: &str) -> Option<UserId> {
        match self {
            Self::Integer => text.parse().ok().map(UserId::Integer),
            Self::Text => Some(UserId::Text(text.to_owned())),
            Self::Uuid => Uuid::parse(text).map(|uuid| UserId::Text(uuid.to_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{KeyKind, Uuid};
    use tegata::UserId;

    #[test]
    fn uuids_are_read_with_and_without_hyphens() {
        let text = "01234567-89ab-cdef-0123-456789abcdef";
        let hex = text.replace('-', "");
        assert_eq!(Uuid::parse(text), Uuid::parse(&hex.to_uppercase()));
        assert_eq!(Uuid::parse(&hex).map(Uuid::to_text).as_deref(), Some(text));
        for wrong in ["", "0123", &hex[1..], &format!("{hex}0"), &text.replace('-', "0"), "é"] {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
        }
        let displaced = "0123456789-ab-cdef-0123-456789abcdef";
        assert_eq!(Uuid::parse(displaced), None);
    }

    #[test]
    fn a_name_of_another_kind_is_nobody_s() {
        let (number, text) = (UserId::Integer(1), UserId::Text("1".to_owned()));
        assert!(KeyKind::Integer.value(&text).is_none());
        assert!(KeyKind::Text.value(&number).is_none());
        assert!(KeyKind::Uuid.value(&number).is_none() && KeyKind::Uuid.value(&text).is_none());
        assert!(KeyKind::Text.value(&UserId::Text("a\0".to_owned())).is_none());
    }

    proptest! {
        #[test]
        fn uuids_come_back(bytes: [u8; 16]) {
            let uuid = Uuid(bytes);
            prop_assert_eq!(Uuid::parse(&uuid.to_text()), Some(uuid));
            prop_assert_eq!(Uuid::parse(&uuid.to_hex()), Some(uuid));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            let _ = Uuid::parse(&text);
        }
    }
}
