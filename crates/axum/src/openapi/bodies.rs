//! What goes over the wire, by the options of a site.

use serde_json::Value;
use tegata::Transport;
use utoipa::PartialSchema as _;
use utoipa::openapi::content::Content;
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, SchemaType};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Required, Schema, Type};

use super::Components;
use super::shapes::{any_of, one_of, text, with_member};
use crate::bodies::{
    ChallengeAnswerSchema, ChallengeSchema, CookieSchema, LoginSchema, RefreshTokenSchema,
    SessionSchema, TokenSchema,
};
use crate::options::{Options, Site};

/// What hands out tokens: in the body, in cookies, or as the client asks.
pub(super) fn tokens(site: &Site, components: &mut Components) -> RefOr<Schema> {
    // Where the access token comes in the header, it is in the body, wherever the refresh token is.
    match site.transport {
        Transport::Header => components.named::<TokenSchema>(),
        Transport::Cookie => components.named::<CookieSchema>(),
        Transport::Both => {
            let each = [components.named::<TokenSchema>(), components.named::<CookieSchema>()];
            any_of(each).into()
        }
    }
}

/// The challenge of a login step.
pub(super) fn challenge<S>(options: &Options<S>, components: &mut Components) -> RefOr<Schema> {
    let mut document = ChallengeSchema::schema();
    if let RefOr::T(Schema::Object(challenge)) = &mut document {
        challenge.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
        if !options.steps.is_empty() {
            let names = options.steps.iter().map(|step| step.name().to_owned());
            challenge.properties.insert("step".to_owned(), one_of(names).into());
        }
        for shown in options.steps.iter().filter_map(|step| step.shown()) {
            let RefOr::T(Schema::Object(shown)) = shown else { continue };
            for (name, member) in shown.properties {
                let known = challenge.properties.entry(name).or_insert_with(|| member.clone());
                // Two steps that show different things under one name.
                if *known != member {
                    *known = Object::with_type(SchemaType::AnyValue).into();
                }
            }
        }
    }
    components.add(&name_of::<ChallengeSchema>(), document)
}

/// The caller's sessions.
pub(super) fn sessions(components: &mut Components) -> RefOr<Schema> {
    ArrayBuilder::new().items(components.named::<SessionSchema>()).into()
}

/// The body of a login: whatever the authenticator takes.
pub(super) fn login<S: crate::UserStore>(
    options: &Options<S>,
    components: &mut Components,
) -> RequestBody {
    json(match &options.authenticator {
        Some(authenticator) => authenticator.schema(components),
        None => components.named::<LoginSchema>(),
    })
}

/// The answer to a challenge: whatever the step that asks takes.
pub(super) fn challenge_answer<S>(
    options: &Options<S>,
    components: &mut Components,
) -> RequestBody {
    let mut answers: Vec<_> =
        options.steps.iter().map(|step| step.answer_schema(components)).collect();
    let answer = match answers.len() {
        0 => Object::with_type(Type::Object).into(),
        1 => answers.remove(0),
        _ => any_of(answers).into(),
    };
    let document = with_member(ChallengeAnswerSchema::schema(), "answer", answer);
    json(components.add(&name_of::<ChallengeAnswerSchema>(), document))
}

/// The body of a refresh, which a cookie can stand for on some sites.
pub(super) fn refresh(site: &Site, components: &mut Components) -> RequestBody {
    if site.uses_cookies() {
        return optional(components.named::<RefreshTokenSchema>());
    }
    let mut document = with_member(RefreshTokenSchema::schema(), "refresh_token", text());
    if let RefOr::T(Schema::Object(schema)) = &mut document {
        schema.required.push("refresh_token".to_owned());
    }
    json(components.add(&name_of::<RefreshTokenSchema>(), document))
}

/// The form of OAuth 2.0.
pub(super) fn form() -> RequestBody {
    let field = |default: &str| {
        ObjectBuilder::new().schema_type(Type::String).default(Some(Value::from(default)))
    };
    let fields = ObjectBuilder::new()
        .property("grant_type", field("password"))
        .property("username", field(""))
        .property("password", field(""))
        .property("scope", field(""));
    body("application/x-www-form-urlencoded", fields.into(), Required::True)
}

/// A body in JSON.
pub(super) fn json(schema: RefOr<Schema>) -> RequestBody {
    body("application/json", schema, Required::True)
}

/// A body in JSON that may be left out.
pub(super) fn optional(schema: RefOr<Schema>) -> RequestBody {
    body("application/json", schema, Required::False)
}

fn body(media_type: &str, schema: RefOr<Schema>, required: Required) -> RequestBody {
    RequestBodyBuilder::new()
        .content(media_type, Content::new(Some(schema)))
        .required(Some(required))
        .build()
}

fn name_of<T: utoipa::ToSchema>() -> String {
    T::name().into_owned()
}
