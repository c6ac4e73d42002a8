//! Schemas of members that their Rust types say too little of.

use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Schema, Type};

/// A text.
pub(crate) fn text() -> Object {
    Object::with_type(Type::String)
}

/// One of some texts.
pub(crate) fn one_of<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(texts.into_iter().map(Into::into)))
        .build()
}

pub(crate) fn bearer() -> Object {
    one_of(["Bearer"])
}

pub(crate) fn token_kind() -> Object {
    one_of(["access", "refresh"])
}

/// Those of the RFC that the form knows.
pub(crate) fn oauth2_error() -> Object {
    one_of(["invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type"])
}

/// A number or a text.
pub(crate) fn user_id() -> Schema {
    any_of([Object::with_type(Type::Integer).into(), text().into()])
}

/// Whatever the site's hook says of a place: members of its own, a text, or nothing.
pub(crate) fn location() -> Schema {
    let members = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    any_of([members.into(), text().into(), Object::with_type(Type::Null).into()])
}

pub(super) fn any_of(items: impl IntoIterator<Item = RefOr<Schema>>) -> Schema {
    let any = items.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    Schema::AnyOf(any.build())
}

/// An object with another schema for one of its members.
pub(super) fn with_member(
    mut object: RefOr<Schema>,
    name: &str,
    schema: impl Into<RefOr<Schema>>,
) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut object {
        object.properties.insert(name.to_owned(), schema.into());
    }
    object
}
