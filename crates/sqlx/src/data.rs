//! What a site keeps with a session: the columns `data` and `location`, as Django writes JSON.

use std::collections::HashMap;
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use serde_json::{Map, Value as Json};
use tegata::{SessionId, Timestamp, UserId};

use crate::database::Sql;
use crate::names::Names;
use crate::value::Value;
use crate::{SqlxStore, StoreError, StoreResult};

#[derive(Debug)]
pub(crate) struct Statements {
    load: Sql,
    save: Sql,
    locate: Sql,
    locations: Sql,
}

impl Statements {
    pub(crate) fn new(names: &Names) -> Self {
        Self {
            locations: format!(
                "SELECT id, CAST(location AS text) FROM tegata_session \
                 WHERE {} AND expired_at IS NULL AND location IS NOT NULL",
                names.is_owner("$1")
            )
            .into(),
            load: "SELECT CAST(data AS text), CAST(location AS text) FROM tegata_session \
                WHERE id = $1"
                .into(),
            save: "UPDATE tegata_session SET data = $2, updated_at = $3 WHERE id = $1".into(),
            locate: "UPDATE tegata_session SET location = $2 WHERE id = $1".into(),
        }
    }
}

impl SqlxStore {
    /// What a session's `data` and `location` say; `None` if there is no such session.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session_data(
        &self,
        id: &SessionId,
    ) -> StoreResult<Option<(Map<String, Json>, Option<Json>)>> {
        let values = [id.as_str().into()];
        let rows = self.inner.database.read(&self.inner.data.load, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let data = serde_json::from_str(&row.text(0, "data")?)
            .map_err(|_| StoreError::Row { column: "data" })?;
        let location = row.text_or_null(1, "location")?;
        let location = location.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Some((data, location.map_err(|_| StoreError::Row { column: "location" })?)))
    }

    /// Replaces a session's `data`; says whether there is such a session.
    ///
    /// # Errors
    /// [`StoreError`]; PostgreSQL holds no NUL.
    ///
    /// ```
    /// # use tegata::{Device, NewSession, SessionStore, Timestamp};
    /// # use tegata_sqlx::{Hasher, SqlxStore, StoreOptions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = SqlxStore::connect("sqlite::memory:").await?;
    /// # let now = Timestamp::from_seconds(1_700_000_000);
    /// let id = "A".repeat(43).parse()?;
    /// let data = serde_json::Map::from_iter([("theme".to_owned(), "dark".into())]);
    /// assert!(!store.set_session_data(&id, &data, now).await?, "there is no such session");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_session_data(
        &self,
        id: &SessionId,
        data: &Map<String, Json>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let data = Value::Json(Some(python_json(data)));
        let values = [id.as_str().into(), data, now.into()];
        Ok(self.inner.database.write(&self.inner.data.save, &values).await? > 0)
    }

    /// Where a user's sessions were opened from, those that were not ended and of which that is known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session_locations(&self, user: &UserId) -> StoreResult<HashMap<SessionId, Json>> {
        let Some(owner) = self.user_value(user) else { return Ok(HashMap::new()) };
        let rows = self.inner.database.read(&self.inner.data.locations, &[owner]).await?;
        let located = rows.iter().map(|row| {
            let id = row.text(0, "id")?.try_into().map_err(|_| StoreError::Row { column: "id" })?;
            let location = serde_json::from_str(&row.text(1, "location")?)
                .map_err(|_| StoreError::Row { column: "location" })?;
            Ok((id, location))
        });
        located.collect()
    }

    /// Replaces a session's `location`; says whether there is such a session.
    ///
    /// # Errors
    /// [`StoreError`]; PostgreSQL holds no NUL.
    pub async fn set_session_location(
        &self,
        id: &SessionId,
        location: Option<&Json>,
    ) -> StoreResult<bool> {
        let values = [id.as_str().into(), Value::Json(location.map(python_json))];
        Ok(self.inner.database.write(&self.inner.data.locate, &values).await? > 0)
    }
}

/// JSON as Python's `json.dumps` writes it, and so Django: ASCII, with a space after `,` and `:`.
///
/// # Panics
/// Never for a [`serde_json::Value`] or a map of them.
///
/// ```
/// use serde_json::json;
///
/// let value = json!({"city": "Zürich", "at": [47.4, 1e16]});
/// let text = tegata_sqlx::python_json(&value);
/// assert_eq!(text, r#"{"at": [47.4, 1e+16], "city": "Z\u00fcrich"}"#);
/// ```
#[must_use]
pub fn python_json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Python);
    value.serialize(&mut serializer).expect("JSON serializes");
    String::from_utf8(text).expect("it is ASCII")
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        writer.write_all(python_float(number).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for letter in fragment.chars() {
            // Python escapes DEL too.
            if (' '..='~').contains(&letter) {
                write!(writer, "{letter}")?;
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let text: &[u8] = match escape {
            CharEscape::AsciiControl(byte) => return write!(writer, "\\u{byte:04x}"),
            CharEscape::Backspace => b"\\b",
            CharEscape::CarriageReturn => b"\\r",
            CharEscape::FormFeed => b"\\f",
            CharEscape::LineFeed => b"\\n",
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Solidus => b"/",
            CharEscape::Tab => b"\\t",
        };
        writer.write_all(text)
    }
}

/// As Python's `repr`: the shortest digits, with an exponent below 1e-4 and from 1e16 on.
fn python_float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{number:?}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{python_float, python_json};

    // What Python 3.13 writes.
    #[test]
    fn json_is_that_of_python() {
        let value =
            json!(["é日😀", "\u{0}\u{1f}\u{7f}\u{80}\u{2028}", "\"\\/\u{8}\u{c}\n\r\t", {}]);
        let text = r#"["\u00e9\u65e5\ud83d\ude00", "\u0000\u001f\u007f\u0080\u2028", "#.to_owned()
            + r#""\"\\/\b\f\n\r\t", {}]"#;
        assert_eq!(python_json(&value), text);
        assert_eq!(
            python_json(&json!({"a": [1, -2, true, null]})),
            r#"{"a": [1, -2, true, null]}"#
        );
    }

    #[test]
    fn floats_are_those_of_python() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00012, "0.00012"),
            (0.00001, "1e-05"),
            (-1.25e-7, "-1.25e-07"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(python_float(number), text);
        }
    }
}
