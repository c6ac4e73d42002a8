use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// What a claim must be.
#[derive(Clone)]
pub enum Rule {
    /// One of these values, compared as JSON: `1` is neither `1.0` nor `true`.
    OneOf(Vec<Value>),
    /// One of these values, or a list with at least one of them in it.
    Holds(Vec<Value>),
    /// Whatever this function says yes to.
    Predicate(Arc<dyn Fn(&Value) -> bool + Send + Sync>),
}

impl Rule {
    /// The claim must be this value.
    ///
    /// ```
    /// use tegata_jose::Rule;
    ///
    /// assert!(Rule::value("acme").allows(&"acme".into()));
    /// ```
    #[must_use]
    pub fn value(value: impl Into<Value>) -> Self {
        Self::OneOf(vec![value.into()])
    }

    /// The claim must be one of these values.
    ///
    /// ```
    /// use tegata_jose::Rule;
    ///
    /// assert!(!Rule::one_of(["read", "write"]).allows(&"delete".into()));
    /// ```
    pub fn one_of(values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::OneOf(values.into_iter().map(Into::into).collect())
    }

    /// The claim must be one of these values, or a list that has one of them.
    ///
    /// For claims that may name several, such as roles. On a registered claim it comes on top of the
    /// type that RFC 7519 gives it: `iss`, `sub` and `jti` are never lists.
    ///
    /// ```
    /// use serde_json::json;
    /// use tegata_jose::Rule;
    ///
    /// let admins = Rule::holds(["admin", "root"]);
    /// assert!(admins.allows(&json!(["staff", "admin"])));
    /// assert!(admins.allows(&json!("root")));
    /// assert!(!admins.allows(&json!(["staff"])));
    /// ```
    pub fn holds(values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::Holds(values.into_iter().map(Into::into).collect())
    }

    /// The claim must make this function true.
    ///
    /// ```
    /// use tegata_jose::Rule;
    ///
    /// let grown_up = Rule::predicate(|age| age.as_u64().is_some_and(|age| age >= 18));
    /// assert!(grown_up.allows(&21.into()));
    /// ```
    pub fn predicate(holds: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        Self::Predicate(Arc::new(holds))
    }

    /// Whether the claim may be `value`.
    #[must_use]
    pub fn allows(&self, value: &Value) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::Holds(values) => {
                let is_held = |value: &Value| values.contains(value);
                is_held(value) || value.as_array().is_some_and(|list| list.iter().any(is_held))
            }
            Self::Predicate(holds) => holds(value),
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::OneOf(values) | Self::Holds(values) if values.is_empty() => {
                "one of no values".to_owned()
            }
            Self::OneOf(values) => any_of(values),
            Self::Holds(values) => format!("{}, or a list with it", any_of(values)),
            Self::Predicate(_) => "what its rule asks for".to_owned(),
        }
    }
}

fn any_of(values: &[Value]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    texts.join(" or ")
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rule({})", self.expected())
    }
}
