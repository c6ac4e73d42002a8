use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// What a claim must be.
#[derive(Clone)]
pub enum Rule {
    /// One of these values, compared as JSON: `1` is neither `1.0` nor `true`.
    OneOf(Vec<Value>),
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
            Self::Predicate(holds) => holds(value),
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::OneOf(values) if values.is_empty() => "one of no values".to_owned(),
            Self::OneOf(values) => {
                let texts: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                texts.join(" or ")
            }
            Self::Predicate(_) => "what its rule asks for".to_owned(),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rule({})", self.expected())
    }
}
