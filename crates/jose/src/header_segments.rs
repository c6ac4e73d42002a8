use std::borrow::Cow;
use std::sync::OnceLock;

const SLOTS: usize = 4;

/// The header segments that a key has written, by `typ`: most callers have one or two.
#[derive(Default)]
pub(crate) struct HeaderSegments {
    slots: [OnceLock<Written>; SLOTS],
}

struct Written {
    typ: Option<Box<str>>,
    segment: Box<str>,
}

impl HeaderSegments {
    /// The segment for `typ`, made by `write` the first time.
    pub(crate) fn get(&self, typ: Option<&str>, write: impl Fn() -> String) -> Cow<'_, str> {
        for slot in &self.slots {
            let written =
                slot.get_or_init(|| Written { typ: typ.map(Into::into), segment: write().into() });
            if written.typ.as_deref() == typ {
                return Cow::Borrowed(&written.segment);
            }
        }
        Cow::Owned(write())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cell::Cell;

    use super::HeaderSegments;

    #[test]
    fn the_first_four_are_written_once_and_the_others_each_time() {
        let segments = HeaderSegments::default();
        let written = Cell::new(0);
        let get = |typ: Option<&str>| {
            let segment = segments.get(typ, || {
                written.set(written.get() + 1);
                format!("{typ:?}")
            });
            assert_eq!(segment, format!("{typ:?}"));
            matches!(segment, Cow::Borrowed(_))
        };
        let types = [None, Some(""), Some("JWT"), Some("jwt"), Some("at+jwt"), Some("x")];
        for expected in [6, 8] {
            let kept = types.map(get);
            assert_eq!(kept, [true, true, true, true, false, false]);
            assert_eq!(written.get(), expected);
        }
    }
}
