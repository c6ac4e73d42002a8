use std::borrow::Cow;
use std::collections::HashSet;

const FEW: usize = 16;

/// The member names of one object, to find a repeated one.
///
/// The first few are compared one by one and need no memory of their own; a hash takes over before
/// an object of many members could make that slow.
pub(super) struct Names<'j> {
    few: [&'j str; FEW],
    count: usize,
    /// A bit for each kind of name that is there, so that most new ones need no comparison.
    kinds: u64,
    others: Option<HashSet<Cow<'j, str>>>,
}

impl<'j> Names<'j> {
    pub(super) const fn new() -> Self {
        Self { few: [""; FEW], count: 0, kinds: 0, others: None }
    }

    /// Adds a name; `false` if it was there before.
    #[expect(clippy::ptr_arg, reason = "what is borrowed can be kept without a copy")]
    pub(super) fn insert(&mut self, name: &Cow<'j, str>) -> bool {
        let kind = kind(name);
        if self.kinds & kind != 0 && self.few[..self.count].contains(&name.as_ref()) {
            return false;
        }
        self.kinds |= kind;
        if let (Cow::Borrowed(borrowed), None) = (name, &self.others)
            && self.count < FEW
        {
            self.few[self.count] = borrowed;
            self.count += 1;
            return true;
        }
        self.others.get_or_insert_default().insert(name.clone())
    }
}

fn kind(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let ends =
        bytes.first().copied().unwrap_or(0) ^ bytes.last().copied().unwrap_or(0).rotate_left(3);
    1 << ((usize::from(ends) + bytes.len()) % 64)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Names;

    #[test]
    fn finds_every_repetition_however_the_names_are_spelled() {
        let text: Vec<String> = (0..100).map(|number| format!("name{number}")).collect();
        let borrowed = |index: usize| Cow::Borrowed(text[index].as_str());
        let owned = |index: usize| Cow::Owned(text[index].clone());
        let mut names = Names::new();
        for index in 0..100 {
            let first = if index % 7 == 3 { owned(index) } else { borrowed(index) };
            assert!(names.insert(&first), "{index}");
        }
        for index in 0..100 {
            assert!(!names.insert(&borrowed(index)), "{index}");
            assert!(!names.insert(&owned(index)), "{index}");
        }
    }
}
