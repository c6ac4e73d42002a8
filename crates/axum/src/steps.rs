//! What a login asks for besides the password.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tegata::{Refusal, UserState};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::openapi::Components;
use crate::{Failure, LoginRequest, bodies};

/// What a step says to a login whose password was right.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// It passes.
    Pass,
    /// It is refused, as a wrong password is.
    Refuse,
    /// A second request has to complete it.
    Ask(Ask),
}

/// What a step asks.
#[derive(Clone, Default, PartialEq)]
pub struct Ask {
    pub(crate) shown: Map<String, Value>,
    pub(crate) state: Value,
}

// What is kept may be a digest of a code.
impl std::fmt::Debug for Ask {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ask").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Ask {
    /// Asks for an answer, with nothing to show and nothing to know again.
    #[must_use]
    pub fn new() -> Self {
        Self { shown: Map::new(), state: Value::Object(Map::new()) }
    }

    /// With a member that the client is shown beside the name of the step.
    #[must_use]
    pub fn showing(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.shown.insert(name.into(), value.into());
        self
    }

    /// With what the step has to know when the answer comes. It stays on the server; of a code
    /// that was sent, keep a digest.
    ///
    /// # Errors
    /// What `serde_json` says if it is no JSON.
    pub fn keeping(mut self, state: &impl Serialize) -> Result<Self, serde_json::Error> {
        self.state = serde_json::to_value(state)?;
        Ok(self)
    }
}

/// One step between a right password and the tokens.
///
/// A login goes on only where a step says so. What it answers with a [`Failure`] ends the login; a
/// step that cannot work is [`Refusal::ServiceUnavailable`].
///
/// ```
/// use serde::Deserialize;
/// use serde_json::Value;
/// use tegata::UserState;
/// use tegata_axum::{Ask, Failure, LoginRequest, LoginStep, StepOutcome};
/// use utoipa::ToSchema;
///
/// struct Riddle;
///
/// #[derive(Deserialize, ToSchema)]
/// struct Solution {
///     word: String,
/// }
///
/// impl LoginStep for Riddle {
///     type Answer = Solution;
///
///     fn name(&self) -> &str {
///         "riddle"
///     }
///
///     async fn begin(
///         &self,
///         _request: &LoginRequest,
///         _user: &UserState,
///     ) -> Result<StepOutcome, Failure> {
///         Ok(StepOutcome::Ask(Ask::new().showing("question", "Which word has six letters?")))
///     }
///
///     async fn complete(
///         &self,
///         _request: &LoginRequest,
///         _user: &UserState,
///         _state: &Value,
///         answer: Solution,
///     ) -> Result<bool, Failure> {
///         Ok(answer.word == "friend")
///     }
/// }
/// ```
pub trait LoginStep: Send + Sync + 'static {
    /// What an answer must look like. It is read before the attempt is counted, so it must not tell
    /// a right answer from a wrong one. Its schema is in the OpenAPI document.
    type Answer: DeserializeOwned + ToSchema + Send;

    /// What the client is told of it, such as `totp`; letters, digits, `-` and `_`.
    fn name(&self) -> &str;

    /// The schema of the members that it shows with [`Ask::showing`], as that of an object, for the
    /// OpenAPI document: `Some(Shown::schema())`.
    fn shown(&self) -> Option<RefOr<Schema>> {
        None
    }

    /// Whether a login passes it. `request` is the login, or what has answered the step before.
    fn begin(
        &self,
        request: &LoginRequest,
        user: &UserState,
    ) -> impl Future<Output = Result<StepOutcome, Failure>> + Send;

    /// Whether an answer is right; `state` is what [`LoginStep::begin`] has kept.
    ///
    /// It is called for a few answers only, however many requests come at once. A right answer may
    /// still come to nothing, if another one was faster.
    fn complete(
        &self,
        request: &LoginRequest,
        user: &UserState,
        state: &Value,
        answer: Self::Answer,
    ) -> impl Future<Output = Result<bool, Failure>> + Send;
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An answer that is of the step's form, still to be asked about.
pub(crate) type Completing<'a> = Later<'a, Result<bool, Failure>>;

/// A [`LoginStep`] of any answer.
pub(crate) trait AnyStep: Send + Sync {
    fn name(&self) -> &str;

    /// What it shows, if that is known.
    fn shown(&self) -> Option<RefOr<Schema>>;

    /// What an answer is, in a document with these components.
    fn answer_schema(&self, components: &mut Components) -> RefOr<Schema>;

    fn begin<'a>(
        &'a self,
        request: &'a LoginRequest,
        user: &'a UserState,
    ) -> Later<'a, Result<StepOutcome, Failure>>;

    /// Reads an answer. What comes of it asks the step, and does nothing before it is awaited.
    fn answer<'a>(
        &'a self,
        request: &'a LoginRequest,
        user: &'a UserState,
        state: &'a Value,
        answer: Map<String, Value>,
    ) -> Result<Completing<'a>, Failure>;
}

impl<T: LoginStep> AnyStep for T {
    fn name(&self) -> &str {
        LoginStep::name(self)
    }

    fn shown(&self) -> Option<RefOr<Schema>> {
        LoginStep::shown(self)
    }

    fn answer_schema(&self, components: &mut Components) -> RefOr<Schema> {
        components.inline::<T::Answer>()
    }

    fn begin<'a>(
        &'a self,
        request: &'a LoginRequest,
        user: &'a UserState,
    ) -> Later<'a, Result<StepOutcome, Failure>> {
        Box::pin(LoginStep::begin(self, request, user))
    }

    fn answer<'a>(
        &'a self,
        request: &'a LoginRequest,
        user: &'a UserState,
        state: &'a Value,
        answer: Map<String, Value>,
    ) -> Result<Completing<'a>, Failure> {
        let answer: T::Answer = bodies::read_member("answer", Value::Object(answer))?;
        Ok(Box::pin(self.complete(request, user, state, answer)))
    }
}

/// A step that does not hold to what it may do.
pub(crate) fn broken(step: &str, problem: &str) -> Failure {
    tracing::error!(step, problem, "a step of the login failed");
    Failure::endpoint(Refusal::ServiceUnavailable)
        .with_detail("A step of the login cannot be taken now; try again later.")
}
