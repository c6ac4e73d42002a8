use std::borrow::Cow;

use crate::TokenError;

/// What becomes of the JSON that a reader takes apart: a value of the caller's own, or nothing.
///
/// It is asked from the inside out: the members of an object are values by the time they are put
/// into it. [`crate::read_object`] drives it, and stops at the first error that it gives.
#[expect(clippy::missing_errors_doc, reason = "one sentence above is about them all")]
pub trait Sink<'j> {
    /// Any value.
    type Value;
    /// An array that is being filled.
    type Array;
    /// An object that is being filled.
    type Object;
    /// Why a value cannot be made, or what the reader refuses.
    type Error: From<TokenError>;

    /// `null`.
    fn null(&mut self) -> Result<Self::Value, Self::Error>;
    /// `true` or `false`.
    fn boolean(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    /// An integer of any size, as it is written: an optional minus, then digits.
    fn integer(&mut self, digits: &'j str) -> Result<Self::Value, Self::Error>;
    /// A number with a fraction or an exponent; it is finite.
    fn fraction(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    /// A string without the escapes of its spelling.
    fn text(&mut self, text: Cow<'j, str>) -> Result<Self::Value, Self::Error>;
    /// An empty array.
    fn array(&mut self) -> Result<Self::Array, Self::Error>;
    /// Puts a value at the end of an array.
    fn push(&mut self, array: &mut Self::Array, value: Self::Value) -> Result<(), Self::Error>;
    /// The array is complete.
    fn end_array(&mut self, array: Self::Array) -> Result<Self::Value, Self::Error>;
    /// An empty object.
    fn object(&mut self) -> Result<Self::Object, Self::Error>;
    /// Puts a member into an object, which has none of that name.
    fn insert(
        &mut self,
        object: &mut Self::Object,
        name: Cow<'j, str>,
        value: Self::Value,
    ) -> Result<(), Self::Error>;
    /// The object is complete.
    fn end_object(&mut self, object: Self::Object) -> Result<Self::Value, Self::Error>;
}

/// Makes nothing: for reading that only checks.
pub(crate) struct Discard;

impl<'j> Sink<'j> for Discard {
    type Value = ();
    type Array = ();
    type Object = ();
    type Error = TokenError;

    fn null(&mut self) -> Result<(), TokenError> {
        Ok(())
    }

    fn boolean(&mut self, _: bool) -> Result<(), TokenError> {
        Ok(())
    }

    fn integer(&mut self, _: &'j str) -> Result<(), TokenError> {
        Ok(())
    }

    fn fraction(&mut self, _: f64) -> Result<(), TokenError> {
        Ok(())
    }

    fn text(&mut self, _: Cow<'j, str>) -> Result<(), TokenError> {
        Ok(())
    }

    fn array(&mut self) -> Result<(), TokenError> {
        Ok(())
    }

    fn push(&mut self, (): &mut (), (): ()) -> Result<(), TokenError> {
        Ok(())
    }

    fn end_array(&mut self, (): ()) -> Result<(), TokenError> {
        Ok(())
    }

    fn object(&mut self) -> Result<(), TokenError> {
        Ok(())
    }

    fn insert(&mut self, (): &mut (), _: Cow<'j, str>, (): ()) -> Result<(), TokenError> {
        Ok(())
    }

    fn end_object(&mut self, (): ()) -> Result<(), TokenError> {
        Ok(())
    }
}
