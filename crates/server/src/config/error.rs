use std::fmt;

/// A configuration that cannot be: what is wrong, where, and how to mend it. It holds no value of
/// a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// Such as `tegata.toml:12`, `TEGATA_LEEWAY` or `--set`.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) problem: String,
    /// How to mend it.
    pub(crate) hint: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.problem)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The hint for a name that nobody knows: the nearest one, or all of them.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let score = |each: &str| strsim::jaro_winkler(&name.to_lowercase(), each);
    let best = known.clone().max_by(|one, other| score(one).total_cmp(&score(other)));
    match best.filter(|best| score(best) > 0.8) {
        Some(best) => format!("did you mean `{best}`?"),
        None => format!(
            "known are {}",
            known.map(|each| format!("`{each}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}
