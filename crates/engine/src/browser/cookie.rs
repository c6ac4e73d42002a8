use thiserror::Error;

/// The longest name and value together that browsers keep (RFC 6265bis section 5.6).
const MAX_NAME_AND_VALUE: usize = 4096;
/// The longest attribute that browsers look at (RFC 6265bis section 5.6).
const MAX_ATTRIBUTE: usize = 1024;

/// Which requests of other sites a cookie goes along with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// With a link that a person follows, and with nothing that changes anything.
    #[default]
    Lax,
    /// With every request. Browsers take it with `Secure` only.
    None,
    /// With none.
    Strict,
}

impl SameSite {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Lax, Self::None, Self::Strict];

    /// The attribute's value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::None => "None",
            Self::Strict => "Strict",
        }
    }

    /// The value of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name().eq_ignore_ascii_case(name))
    }
}

/// What a site says about its cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieOptions {
    /// Whether they are sent over TLS only.
    pub secure: bool,
    /// With which requests of other sites they go along.
    pub same_site: SameSite,
    /// The domain whose subdomains get them as well; `None` for the one host.
    pub domain: Option<String>,
    /// The name of the access token's cookie; `None` for [`Cookies::ACCESS`], with a prefix.
    pub access_name: Option<String>,
    /// The name of the refresh token's cookie; `None` for [`Cookies::REFRESH`], with a prefix.
    pub refresh_name: Option<String>,
}

impl Default for CookieOptions {
    fn default() -> Self {
        Self {
            secure: true,
            same_site: SameSite::Lax,
            domain: None,
            access_name: None,
            refresh_name: None,
        }
    }
}

/// What browsers would not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CookieError {
    /// The domain is no name of a host, or a whole attribute of it.
    #[error("is no domain, such as 'example.org'")]
    Domain,
    /// The name of the access token's cookie.
    #[error("{0}")]
    AccessName(NameProblem),
    /// The name of the refresh token's cookie.
    #[error("{0}")]
    RefreshName(NameProblem),
    /// Both cookies have one name.
    #[error("must differ from the name of the other cookie")]
    SameName,
    /// `SameSite=None` without `Secure`.
    #[error("must not be 'None' for cookies without Secure: browsers drop those")]
    SameSite,
}

/// Why a cookie cannot have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameProblem {
    /// It has a character that no name has (RFC 6265 section 4.1.1), or none at all.
    #[error("must be letters, digits and hyphens or underscores")]
    Malformed,
    /// It begins with `__Host-`, and the cookie has a domain or a path, or is not `Secure`.
    #[error("must not begin with '__Host-': that takes Secure, no domain, and the path '/'")]
    Host,
    /// It begins with `__Secure-` or `__Http-`, and the cookie is not `Secure`.
    #[error("must not begin with '__Secure-' or '__Http-': those take Secure")]
    Secure,
}

/// The two cookies of a site.
///
/// The access token goes to the whole site, the refresh token to the auth routes and nowhere else,
/// so that a logout sees it and no other view does. Both are `HttpOnly`, always. Where the site
/// leaves the names to us, browsers are told by a prefix what to insist on (RFC 6265bis section
/// 4.1.3): `__Host-`, which no subdomain can overwrite, if the cookie is `Secure`, for one host and
/// the path `/`; `__Secure-` if it is `Secure`; else none.
///
/// ```
/// use tegata::{CookieOptions, Cookies};
///
/// let cookies = Cookies::new(CookieOptions::default())?;
/// assert_eq!(cookies.access().name, "__Host-access_token");
/// let refresh = cookies.refresh("/api/auth/");
/// assert_eq!((&*refresh.name, &*refresh.path), ("__Secure-refresh_token", "/api/auth/"));
///
/// let local = Cookies::new(CookieOptions { secure: false, ..CookieOptions::default() })?;
/// assert_eq!(local.access().name, "access_token");
/// # Ok::<(), tegata::CookieError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookies {
    options: CookieOptions,
    access_name: String,
    refresh_name: String,
}

/// A cookie without its value: what a host sets and, by the very same attributes, clears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCookie {
    /// Its name.
    pub name: String,
    /// `Path`.
    pub path: String,
    /// `Domain`, if it has one.
    pub domain: Option<String>,
    /// `Secure`.
    pub secure: bool,
    /// `SameSite`.
    pub same_site: SameSite,
    /// `HttpOnly`, which is true.
    pub http_only: bool,
}

impl Cookies {
    /// The name of the access token's cookie, before its prefix.
    pub const ACCESS: &'static str = "access_token";
    /// The name of the refresh token's cookie, before its prefix.
    pub const REFRESH: &'static str = "refresh_token";

    /// The cookies of a site.
    ///
    /// # Errors
    /// [`CookieError`] for what browsers would not keep.
    pub fn new(options: CookieOptions) -> Result<Self, CookieError> {
        if options.domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(CookieError::Domain);
        }
        if options.same_site == SameSite::None && !options.secure {
            return Err(CookieError::SameSite);
        }
        let is_for_host = options.secure && options.domain.is_none();
        let secure = options.secure;
        let access_name = match &options.access_name {
            Some(name) => {
                check_name(name, secure, is_for_host).map_err(CookieError::AccessName)?;
                name.clone()
            }
            None if is_for_host => format!("__Host-{}", Self::ACCESS),
            None if secure => format!("__Secure-{}", Self::ACCESS),
            None => Self::ACCESS.to_owned(),
        };
        let refresh_name = match &options.refresh_name {
            Some(name) => {
                // Its path is that of the auth routes.
                check_name(name, secure, false).map_err(CookieError::RefreshName)?;
                name.clone()
            }
            None if secure => format!("__Secure-{}", Self::REFRESH),
            None => Self::REFRESH.to_owned(),
        };
        if access_name == refresh_name {
            return Err(CookieError::SameName);
        }
        Ok(Self { options, access_name, refresh_name })
    }

    /// That of the access token.
    #[must_use]
    pub fn access(&self) -> TokenCookie {
        self.cookie(&self.access_name, "/")
    }

    /// That of the refresh token.
    ///
    /// `path` is that of the auth routes; one that no cookie can have (see [`Cookies::is_path`])
    /// becomes `/`.
    #[must_use]
    pub fn refresh(&self, path: &str) -> TokenCookie {
        self.cookie(&self.refresh_name, if Self::is_path(path) { path } else { "/" })
    }

    /// Whether a cookie can have this path: it begins with a slash and holds nothing that ends the
    /// attribute (RFC 6265 section 4.1.1).
    #[must_use]
    pub fn is_path(path: &str) -> bool {
        path.starts_with('/')
            && path.len() <= MAX_ATTRIBUTE
            && path.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b';')
    }

    fn cookie(&self, name: &str, path: &str) -> TokenCookie {
        TokenCookie {
            name: name.to_owned(),
            path: path.to_owned(),
            domain: self.options.domain.clone(),
            secure: self.options.secure,
            same_site: self.options.same_site,
            http_only: true,
        }
    }
}

impl TokenCookie {
    /// Whether browsers keep a value of this length: they drop longer ones without a word.
    #[must_use]
    pub fn fits(&self, value: &str) -> bool {
        self.name.len() + value.len() <= MAX_NAME_AND_VALUE
    }
}

/// Browsers compare prefixes without regard to case.
fn check_name(name: &str, secure: bool, is_for_host: bool) -> Result<(), NameProblem> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || name.len() > MAX_ATTRIBUTE || !name.bytes().all(is_token) {
        return Err(NameProblem::Malformed);
    }
    let begins = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins("__Host-") && !is_for_host {
        return Err(NameProblem::Host);
    }
    if (begins("__Secure-") || begins("__Http-")) && !secure {
        return Err(NameProblem::Secure);
    }
    Ok(())
}

/// A leading dot says nothing any more (RFC 6265 section 4.1.2.3), and is taken.
fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix('.').unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= MAX_ATTRIBUTE && name.split('.').all(is_label)
}
