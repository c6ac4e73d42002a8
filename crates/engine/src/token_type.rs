/// What a token is for, as its claim `type` and its JOSE `typ` say (RFC 8725 section 3.11).
///
/// Besides the three types that the engine knows there are types of the site's own, all of which
/// share one `typ`, so that none of them can pass for one of the three.
///
/// ```
/// use tegata::TokenType;
///
/// assert_eq!(TokenType::from_name("access"), Some(TokenType::ACCESS));
/// assert_eq!(TokenType::SLIDING.typ(), "st+jwt");
///
/// let invitation = TokenType::from_name("invitation").unwrap();
/// assert_eq!((invitation.name(), invitation.typ()), ("invitation", "own+jwt"));
/// assert_eq!(TokenType::from_name("at+jwt"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenType(Inner);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Inner {
    Access,
    Refresh,
    Sliding,
    Own(String),
}

impl TokenType {
    /// Opens protected routes (RFC 9068).
    pub const ACCESS: Self = Self(Inner::Access);
    /// Gives the next pair.
    pub const REFRESH: Self = Self(Inner::Refresh);
    /// Opens protected routes, and gives the next token of its type until a deadline.
    pub const SLIDING: Self = Self(Inner::Sliding);

    const OWN_TYP: &str = "own+jwt";
    const LONGEST_NAME: usize = 64;

    /// The type of that name: 1 to 64 letters, digits, `-`, `_` or `.`, all of ASCII.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        match name {
            "access" => Some(Self::ACCESS),
            "refresh" => Some(Self::REFRESH),
            "sliding" => Some(Self::SLIDING),
            _ if (1..=Self::LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain) => {
                Some(Self(Inner::Own(name.to_owned())))
            }
            _ => None,
        }
    }

    /// The value of the claim `type`.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            Inner::Access => "access",
            Inner::Refresh => "refresh",
            Inner::Sliding => "sliding",
            Inner::Own(name) => name,
        }
    }

    /// The JOSE `typ`: `at+jwt` (RFC 9068 section 2.1), and by analogy `rt+jwt`, `st+jwt`, and
    /// `own+jwt` for every type of the site's own.
    #[must_use]
    pub fn typ(&self) -> &'static str {
        match self.0 {
            Inner::Access => "at+jwt",
            Inner::Refresh => "rt+jwt",
            Inner::Sliding => "st+jwt",
            Inner::Own(_) => Self::OWN_TYP,
        }
    }

    /// Whether it is a type of the site's own, which need not be a user's.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.0, Inner::Own(_))
    }

    pub(crate) fn typs() -> [&'static str; 4] {
        [Self::ACCESS.typ(), Self::REFRESH.typ(), Self::SLIDING.typ(), Self::OWN_TYP]
    }
}
