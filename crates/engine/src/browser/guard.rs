use crate::{Origin, Refusal};

/// Which pages may act with a cookie: the verdict that keeps pages of others from doing so (CSRF).
///
/// It is asked about a request whose cookie counts, or that is about to be given one: a login. It
/// stands beside a token that the page has to repeat, such as Django's, and does not replace it.
///
/// ```
/// use tegata::{BrowserGuard, Origin, Refusal};
///
/// let own: Origin = "https://example.org".parse()?;
/// let guard = BrowserGuard::new(["https://app.example.org".parse()?]);
/// let check = |origin| guard.check("POST", Some(origin), None, Some(&own));
///
/// assert_eq!(check("https://example.org"), Ok(()));
/// assert_eq!(check("https://app.example.org"), Ok(()));
/// assert_eq!(check("https://example.org.evil.test"), Err(Refusal::CsrfFailed));
/// assert_eq!(check("null"), Err(Refusal::CsrfFailed));
/// # Ok::<(), tegata::OriginError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowserGuard {
    trusted: Vec<Origin>,
}

impl BrowserGuard {
    /// For a site whose pages are of its own origin and of these.
    #[must_use]
    pub fn new(trusted: impl IntoIterator<Item = Origin>) -> Self {
        Self { trusted: trusted.into_iter().collect() }
    }

    /// Whether a request may change something, by who its browser says has sent it.
    ///
    /// - A safe method (RFC 9110 section 9.2.1) passes.
    /// - With an `Origin`, that decides: it has to be the site's own or a trusted one, whole.
    ///   Whatever cannot be read, `null` included, is neither. A request of the own origin that a
    ///   browser calls `same-site` or `cross-site` contradicts itself.
    /// - Without, `Sec-Fetch-Site` decides: `same-origin`, and `none` for what a person has begun.
    /// - Without both, no browser of these years has sent it, so no page has.
    ///
    /// `method`, `origin` and `fetch_site` are as they came; `own` is the origin that the request
    /// was sent to, `None` if that cannot be told.
    ///
    /// # Errors
    /// [`Refusal::CsrfFailed`].
    pub fn check(
        &self,
        method: &str,
        origin: Option<&str>,
        fetch_site: Option<&str>,
        own: Option<&Origin>,
    ) -> Result<(), Refusal> {
        if Self::is_safe(method) {
            return Ok(());
        }
        let is_elsewhere = matches!(fetch_site, Some("same-site" | "cross-site"));
        let is_ours = match origin.map(str::parse::<Origin>) {
            Some(Err(_)) => false,
            Some(Ok(origin)) => {
                self.trusted.contains(&origin) || (own == Some(&origin) && !is_elsewhere)
            }
            None => matches!(fetch_site, None | Some("same-origin" | "none")),
        };
        if is_ours { Ok(()) } else { Err(Refusal::CsrfFailed) }
    }

    /// Whether a request of this method changes nothing. Methods are told apart by case.
    #[must_use]
    pub fn is_safe(method: &str) -> bool {
        matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}
