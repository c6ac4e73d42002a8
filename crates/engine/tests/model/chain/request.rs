//! A request: what is asked, how far it is, what is decided about it and what is answered.

use tegata::{EndReason, Refusal};

use super::world::{Generation, Tick};

/// What a token is presented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// An access token, at a protected route.
    Enter(Generation),
    /// A refresh token.
    Refresh(Generation),
    /// A refresh token, for logging out.
    LogOut(Generation),
}

/// A request, from the client and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flight {
    /// There is none.
    None,
    /// On its way to a server.
    Sent { ask: Ask, sent: Tick },
    /// A server has taken the time, and is about to load the rows, perhaps again.
    Arrived { ask: Ask, sent: Tick, now: Tick },
    /// The rows were loaded and the engine has decided; the statement is about to be sent.
    Decided { ask: Ask, sent: Tick, now: Tick, decision: Decision },
    /// On its way back.
    Answered { answer: Answer, sent: Tick },
}

/// What the engine has decided about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Decision {
    Admit,
    AdmitFirstUse { of: Generation },
    Advance { from: Generation },
    Repeat { of: Generation, hands_out: Generation, unused: bool },
    Renew { of: Generation },
    End { reason: EndReason, then: Answer },
    Refuse(Refusal),
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// Tokens of a generation.
    Tokens(Generation),
    LoggedOut,
    Refused(Refusal),
}

/// One request that has arrived.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) ask: Ask,
    pub(crate) sent: Tick,
    pub(crate) now: Tick,
}

impl Decision {
    /// What it says in the end, whatever has to be written before.
    pub(crate) fn tells(self) -> Telling {
        match self {
            Self::Admit | Self::AdmitFirstUse { .. } => Telling::In,
            Self::Advance { from } => Telling::Tokens(from + 1),
            Self::Repeat { hands_out, .. } | Self::Renew { of: hands_out } => {
                Telling::Tokens(hands_out)
            }
            Self::End { then: Answer::Refused(refusal), .. } | Self::Refuse(refusal) => {
                Telling::Refused(refusal)
            }
            Self::End { .. } => Telling::LoggedOut,
        }
    }

    pub(crate) fn lets_in(self) -> bool {
        matches!(self.tells(), Telling::In | Telling::Tokens(_))
    }

    pub(crate) fn is_reuse(self) -> bool {
        matches!(self, Self::End { reason: EndReason::TokenReuse, .. })
    }
}

/// What a decision comes to for the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    In,
    Tokens(Generation),
    LoggedOut,
    Refused(Refusal),
}

impl Flight {
    /// When it was sent, if there is a request under way.
    pub(crate) fn sent(self) -> Option<Tick> {
        match self {
            Self::None => None,
            Self::Sent { sent, .. }
            | Self::Arrived { sent, .. }
            | Self::Decided { sent, .. }
            | Self::Answered { sent, .. } => Some(sent),
        }
    }

    /// Any order in which no request comes last.
    pub(crate) fn rank(self) -> (u8, Option<Ask>, Tick, Tick, [u8; 4]) {
        match self {
            Self::None => (0, None, 0, 0, [0; 4]),
            Self::Sent { ask, sent } => (1, Some(ask), sent, 0, [0; 4]),
            Self::Arrived { ask, sent, now } => (2, Some(ask), sent, now, [0; 4]),
            Self::Decided { ask, sent, now, decision } => {
                (3, Some(ask), sent, now, decision.rank())
            }
            Self::Answered { answer, sent } => (4, None, sent, 0, answer.rank()),
        }
    }
}

impl Decision {
    fn rank(self) -> [u8; 4] {
        match self {
            Self::Admit => [0; 4],
            Self::AdmitFirstUse { of } => [1, of, 0, 0],
            Self::Advance { from } => [2, from, 0, 0],
            Self::Repeat { of, hands_out, unused } => [3, of, hands_out, unused.into()],
            Self::Renew { of } => [4, of, 0, 0],
            Self::End { reason, then } => [5, reason as u8, then.rank()[0], then.rank()[1]],
            Self::Refuse(refusal) => [6, refusal as u8, 0, 0],
        }
    }
}

impl Answer {
    fn rank(self) -> [u8; 4] {
        match self {
            Self::LoggedOut => [0; 4],
            Self::Tokens(generation) => [1, generation, 0, 0],
            Self::Refused(refusal) => [2, refusal as u8, 0, 0],
        }
    }
}
