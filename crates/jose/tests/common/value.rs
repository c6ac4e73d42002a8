//! `serde_json::Value` as a [`Sink`] makes it, and what `serde_json` itself makes of a text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use tegata_jose::{Sink, TokenError, read_object};

/// Builds the `Value` that `serde_json` would.
#[derive(Default)]
pub(crate) struct ToValue {
    /// Whether a number came that `serde_json` may find too large, or not: it rounds in a way of
    /// its own, and takes no integer beyond the range of `f64`.
    has_edge: bool,
}

/// A number from which on the two readers may disagree whether it is finite.
fn is_edge(number: f64) -> bool {
    number.abs() > 1.79e308
}

impl<'j> Sink<'j> for ToValue {
    type Value = Value;
    type Array = Vec<Value>;
    type Object = Map<String, Value>;
    type Error = TokenError;

    fn null(&mut self) -> Result<Value, TokenError> {
        Ok(Value::Null)
    }

    fn boolean(&mut self, value: bool) -> Result<Value, TokenError> {
        Ok(value.into())
    }

    fn integer(&mut self, digits: &'j str) -> Result<Value, TokenError> {
        // To `serde_json` this one is a fraction, since only there a zero has a sign.
        if digits == "-0" {
            return Ok((-0.0).into());
        }
        if let Ok(number) = digits.parse::<u64>() {
            return Ok(number.into());
        }
        match digits.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => self.fraction(digits.parse().unwrap()),
        }
    }

    fn fraction(&mut self, value: f64) -> Result<Value, TokenError> {
        self.has_edge |= is_edge(value);
        Ok(Number::from_f64(value).into())
    }

    fn text(&mut self, text: Cow<'j, str>) -> Result<Value, TokenError> {
        Ok(text.into())
    }

    fn array(&mut self) -> Result<Vec<Value>, TokenError> {
        Ok(Vec::new())
    }

    fn push(&mut self, array: &mut Vec<Value>, value: Value) -> Result<(), TokenError> {
        array.push(value);
        Ok(())
    }

    fn end_array(&mut self, array: Vec<Value>) -> Result<Value, TokenError> {
        Ok(array.into())
    }

    fn object(&mut self) -> Result<Map<String, Value>, TokenError> {
        Ok(Map::new())
    }

    fn insert(
        &mut self,
        object: &mut Map<String, Value>,
        name: Cow<'j, str>,
        value: Value,
    ) -> Result<(), TokenError> {
        assert!(object.insert(name.into_owned(), value).is_none(), "a name came twice");
        Ok(())
    }

    fn end_object(&mut self, object: Map<String, Value>) -> Result<Value, TokenError> {
        Ok(object.into())
    }
}

/// What this crate looks at and `serde_json` lets pass.
#[derive(Clone, Copy)]
struct Shape {
    /// The levels of arrays and objects.
    depth: usize,
    /// Whether no object has two members of one name.
    is_unique: bool,
    has_edge: bool,
}

const LEAF: Shape = Shape { depth: 0, is_unique: true, has_edge: false };

impl Shape {
    fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            is_unique: self.is_unique && other.is_unique,
            has_edge: self.has_edge || other.has_edge,
        }
    }

    fn inside(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Shape, E> {
        Ok(Shape { has_edge: is_edge(number), ..LEAF })
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut whole = LEAF;
        while let Some(item) = items.next_element::<Shape>()? {
            whole = whole.and(item);
        }
        Ok(whole.inside())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let mut whole = LEAF;
        let mut names = HashSet::new();
        while let Some((name, value)) = members.next_entry::<String, Shape>()? {
            whole = whole.and(value);
            whole.is_unique &= names.insert(name);
        }
        Ok(whole.inside())
    }
}

/// Reads `json` with both readers and panics where they disagree; gives what they agree on.
///
/// A fraction may differ in its last bit: without its feature `float_roundtrip`, `serde_json` does
/// not round correctly.
pub(crate) fn compare(json: &[u8], max_depth: usize) -> Result<Map<String, Value>, TokenError> {
    let mut sink = ToValue::default();
    let ours = read_object(json, max_depth, &mut sink, |_, _| ());
    let theirs = serde_json::from_slice::<Map<String, Value>>(json);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(
                ours.len() == theirs.len()
                    && ours.iter().all(|(name, one)| is_same(one, &theirs[name])),
                "{ours:?}\n{theirs:?}"
            );
            let shape: Shape = serde_json::from_slice(json).unwrap();
            assert!(shape.is_unique && shape.depth <= max_depth, "{ours:?}");
        }
        (Ok(_), Err(problem)) => assert!(sink.has_edge, "only we read it: {problem}"),
        (Err(problem), Ok(theirs)) => {
            let shape: Shape = serde_json::from_slice(json).unwrap();
            let is_right = match problem {
                TokenError::DuplicateMember => !shape.is_unique,
                TokenError::TooDeep => shape.depth > max_depth,
                _ => shape.has_edge,
            };
            assert!(is_right, "only serde_json reads it: {problem} {theirs:?}");
        }
        (Err(_), Err(_)) => {
            let is_other = !json.trim_ascii_start().starts_with(b"{")
                && serde_json::from_slice::<IgnoredAny>(json).is_ok();
            assert!(!is_other || matches!(ours, Err(TokenError::Malformed(_))));
        }
    }
    ours
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() && other.is_f64() && is_near(one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| is_same(one, other)))
        }
        _ => one == other,
    }
}

fn is_near(one: &Number, other: &Number) -> bool {
    let [one, other] = [one, other].map(|number| number.as_f64().unwrap());
    let bits = |number: f64| number.abs().to_bits();
    one.is_sign_negative() == other.is_sign_negative() && bits(one).abs_diff(bits(other)) <= 4
}
