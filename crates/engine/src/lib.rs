//! JWT authentication with real sessions: the engine, without I/O.
//!
//! The engine opens no socket and no file, reads no clock and draws no identifiers by itself:
//! time and [`Randomness`] come in as arguments, rows that the host has loaded come in as plain
//! values, and what goes out is a plain value that says what to do. So the decisions that must be
//! right exist once and are tested in virtual time.
//!
//! | a host asks | the engine answers |
//! |---|---|
//! | [`Engine::open_session`] | a session row to insert and a token pair |
//! | [`Engine::read_access`], [`Engine::read_refresh`] | claims, or a refusal |
//! | [`Engine::admit`] | [`Admission`]: admit, admit and note the first use, revoke, or refuse |
//! | [`Engine::admit_by_snapshot`], [`Engine::admit_user`] | the same with less to look at, as [`SessionCheck`] says |
//! | [`Engine::require`] | whether a good token covers what its route asks for: scopes, a recent login |
//! | [`Engine::rotate`] | [`Rotation`]: advance, repeat, renew, reissue, revoke, or refuse |
//! | [`Engine::log_out`], [`Engine::end_of`] | which sessions to end |
//! | [`Engine::draft`], [`Engine::sign_draft`], [`Engine::read_typed`] | a token made by hand, of any type |
//! | [`Engine::open_sliding`], [`Engine::rotate_sliding`] | the same as for a pair, for a client with one sliding token |
//! | [`Engine::open_challenge`] | a row to insert and the token that answers it: a login that asks for more than a password |
//! | [`Engine::password_reset`], [`Engine::read_password_reset`] | a token that sets a password once |
//! | [`Engine::try_challenge`] | [`Attempt`]: count, ask the step, consume; or refuse |
//! | [`KeySchedule::at`] | the keys that verify at an instant, the one that signs first |
//! | [`KeyRotation::plan`] | what a rotation makes of a set of keys, so that no token is refused |
//! | [`Introspection::of`] | what a service of another make is told about a token (RFC 7662) |
//! | [`Issuer::metadata`] | what clients and resource servers may know of the site (RFC 8414) |
//! | [`ExternalIssuer::read`] | the claims of a token of another issuer, by the keys that it publishes |
//! | [`cookie_token`], [`Transport::credential`], [`BrowserGuard::check`] | which token of a request counts, and whether one in a cookie may act |
//! | [`TrustedProxies::client_address`] | who speaks, behind proxies |
//! | [`handshake_token`], [`is_allowed_origin`] | what a WebSocket's handshake carries, and whose page sent it |
//! | [`Rate::window_at`] | which attempts count together, and until when |
//!
//! Rust hosts that keep their rows behind a [`SessionStore`] get the loops around these questions
//! from [`host`]:
//!
//! ```
//! use tegata::{host, Bounds, CustomClaims, Device, Engine, MemoryStore, Policy, SystemRandomness};
//! use tegata::{Timestamp, UserId, UserState, security_stamp};
//! use tegata_jose::{Algorithm, Key, KeySet};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
//! let engine = Engine::new(Policy::default(), keys)?;
//! let store = MemoryStore::default();
//! let alice = UserId::Integer(1);
//! let stamp = security_stamp(&alice, &["argon2$…"]);
//! store.put_user(UserState { id: alice.clone(), is_active: true, security_stamp: stamp.clone() });
//!
//! let now = Timestamp::from_seconds(1_700_000_000);
//! let user = UserState { id: alice, is_active: true, security_stamp: stamp };
//! let (bounds, custom) = (Bounds::none(), CustomClaims::none());
//! let random = SystemRandomness;
//! let device = Device::unknown();
//! let pair =
//!     host::log_in(&engine, &store, now, &random, &user, device, &bounds, &custom).await?;
//!
//! let known = host::authenticate(&engine, &store, now, &pair.access_token, None).await?;
//! assert_eq!(known.claims.subject(), "1");
//! # Ok(())
//! # }
//! # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! # let mut example = Box::pin(example());
//! # assert!(example.as_mut().poll(&mut context).is_ready());
//! # use std::future::Future;
//! ```
#![forbid(unsafe_code)]

mod admit;
mod bearer;
mod browser;
mod challenge;
mod challenge_token;
mod claims;
mod client_address;
mod custom;
mod digest;
mod draft;
mod engine;
mod external;
mod external_claims;
mod external_read;
mod external_scopes;
mod handshake;
pub mod host;
mod introspection;
mod issuer;
mod key_life;
mod key_rotation;
mod key_schedule;
mod legacy;
mod logout;
mod memory;
mod mint;
mod open;
mod password_reset;
mod peer;
mod policy;
mod randomness;
mod rate;
mod read;
mod readings;
mod refusal;
mod requirement;
mod revoke;
mod rotate;
mod scope;
mod session;
mod sliding;
mod snapshot;
mod standing;
mod store;
mod take_over;
mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
mod token_type;
mod typed;
mod user;

pub use admit::{Admission, FirstUse};
pub use bearer::{bearer_token, scheme_credentials, scheme_token};
pub use browser::{
    BrowserGuard, Carrier, CookieError, CookieOptions, Cookies, Credential, NameProblem, Origin,
    OriginError, SameSite, TokenCookie, Transport, cookie_token,
};
pub use challenge::{
    Attempt, ConsumeChallenge, CountAttempt, CountedAttempt, LoginChallenge,
    MAX_CHALLENGE_ATTEMPTS, MAX_CHALLENGES_PER_USER, OpenedChallenge,
};
pub use challenge_token::{ChallengeClient, ChallengeId, ChallengeToken};
pub use claims::{AccessClaims, Claims, RefreshClaims, TokenKind};
pub use client_address::{ForwardedHeader, Network, NetworkError, TrustedProxies, client_network};
pub use custom::{CustomClaims, CustomClaimsError};
pub use draft::{Draft, DraftError};
pub use engine::Engine;
pub use external::{ExternalIssuer, ExternalPolicy, ExternalPolicyError};
pub use external_claims::{ExternalClaims, ExternalUnread, external_username};
pub use external_read::unverified_issuer;
pub use handshake::{handshake_protocol, handshake_token, is_allowed_origin};
pub use introspection::{Introspection, IntrospectionView};
pub use issuer::{Issuer, IssuerError, MetadataPaths};
pub use key_life::{KeyLife, KeyState, KeyTimes, KeyTimesError};
pub use key_rotation::{Begin, KeyRotation, RotationPlan};
pub use key_schedule::KeySchedule;
pub use legacy::{LegacyClaimNames, LegacyTokens};
pub use logout::LogOut;
pub use memory::MemoryStore;
pub use mint::{MintError, Tokens};
pub use open::{LiveSince, NewSession, Opened, SessionLimit};
pub use password_reset::{PasswordReset, PasswordResetError};
pub use peer::PeerTokens;
pub use policy::{ClaimNames, Policy, PolicyError, SessionCheck};
pub use randomness::{Randomness, RandomnessError, SystemRandomness};
pub use rate::{Rate, RateError, RateWindow};
pub use read::{AnyClaims, Unread};
pub use refusal::{Place, Refusal};
pub use requirement::{Requirement, RequirementError};
pub use revoke::{EndSessions, Ended, Ending, Revoke};
pub use rotate::{Advance, Count, Renew, Repeat, Rotation, Swap, Touch};
pub use scope::{ScopeError, Scopes};
pub use session::{Device, EndReason, Session, SessionId};
pub use sliding::{Lifetimes, SlidingClaims};
pub use snapshot::Snapshot;
pub use standing::Link;
pub use store::{Loaded, SessionStore};
pub use tegata_jose::{Algorithm, Key, KeyError, KeySet, Timestamp};
pub use tenant::{Bounds, Tenant, TenantError};
pub use token_type::TokenType;
pub use typed::TypedClaims;
pub use user::{UserId, UserState, security_stamp};
