use crate::Refusal;

/// How tokens travel between a client and the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Where the client puts them: the `Authorization` header, the body.
    #[default]
    Header,
    /// In cookies that scripts cannot read.
    Cookie,
    /// As the client likes, one or the other for a request.
    Both,
}

/// Where a token was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Where only the client itself can have put it.
    Header,
    /// In a cookie, which a browser sends along whoever asks it to.
    Cookie,
}

/// The one token of a request that counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The token, unread.
    pub token: &'a str,
    /// Where it was: one in a cookie counts for nothing until [`crate::BrowserGuard`] has passed.
    pub carrier: Carrier,
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credential").field("carrier", &self.carrier).finish_non_exhaustive()
    }
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 3] = [Self::Header, Self::Cookie, Self::Both];

    /// What a setting calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Both => "both",
        }
    }

    /// The transport of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.name() == name)
    }

    /// Whether a token may lie in a cookie.
    #[must_use]
    pub const fn takes_cookies(self) -> bool {
        matches!(self, Self::Cookie | Self::Both)
    }

    /// Which token of a request counts, if it brings one or two.
    ///
    /// Only one does, so nobody is ever half one user and half another. With [`Transport::Both`]
    /// whatever stands in the header wins, good or not, and the cookie is not looked at: a client
    /// that says who it is means that, and no page elsewhere can say it in its name.
    ///
    /// `header` is what [`crate::bearer_token`] says, or the same of a token in a body. An empty
    /// cookie is none.
    ///
    /// # Errors
    /// [`Refusal::MissingToken`] without a token, or what `header` says.
    ///
    /// ```
    /// use tegata::{bearer_token, Carrier, Refusal, Transport};
    ///
    /// let header = bearer_token(Some("Bearer of.alice.x"));
    /// let both = Transport::Both.credential(header, Some("of.bob.x")).unwrap();
    /// assert_eq!((both.token, both.carrier), ("of.alice.x", Carrier::Header));
    ///
    /// let cookie = Transport::Both.credential(bearer_token(None), Some("of.bob.x")).unwrap();
    /// assert_eq!((cookie.token, cookie.carrier), ("of.bob.x", Carrier::Cookie));
    ///
    /// let none = Transport::Header.credential(bearer_token(None), Some("of.bob.x"));
    /// assert_eq!(none, Err(Refusal::MissingToken));
    /// ```
    pub fn credential<'a>(
        self,
        header: Result<&'a str, Refusal>,
        cookie: Option<&'a str>,
    ) -> Result<Credential<'a>, Refusal> {
        let by_cookie = || match cookie {
            None | Some("") => Err(Refusal::MissingToken),
            Some(token) => Ok(Credential { token, carrier: Carrier::Cookie }),
        };
        match (self, header) {
            (Self::Cookie, _) | (Self::Both, Err(Refusal::MissingToken)) => by_cookie(),
            (_, header) => header.map(|token| Credential { token, carrier: Carrier::Header }),
        }
    }

    /// Where the tokens of a login go.
    ///
    /// With [`Transport::Both`] the client decides: a page that sends the site's CSRF token along
    /// with its login is given cookies, anybody else the tokens. So a login that a page elsewhere
    /// makes up plants nothing in the browser.
    #[must_use]
    pub const fn carrier_of_login(self, has_csrf_token: bool) -> Carrier {
        match self {
            Self::Header => Carrier::Header,
            Self::Both if !has_csrf_token => Carrier::Header,
            Self::Cookie | Self::Both => Carrier::Cookie,
        }
    }
}
