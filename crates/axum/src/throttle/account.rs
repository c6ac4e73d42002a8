use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

// Of a longer name the beginning is enough.
const MAX_ACCOUNT: usize = 1_024;

/// An account's name without what a database may take for the same.
///
/// A store looks for the name as it is, but collations differ: case, width and other forms of
/// compatibility, accents, spaces and invisible characters may count for nothing.
pub(super) fn normalised(account: &str) -> String {
    let folded = account.chars().take(MAX_ACCOUNT).nfkd().flat_map(folded);
    folded.nfkd().filter(|letter| is_told_apart(*letter)).collect()
}

/// Without case. By way of upper case, `ß` is `ss`, and both forms of sigma are one.
fn folded(letter: char) -> impl Iterator<Item = char> {
    letter.to_uppercase().flat_map(char::to_lowercase)
}

fn is_told_apart(letter: char) -> bool {
    let group = letter.general_category_group();
    canonical_combining_class(letter) == 0
        && !matches!(group, GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn spellings_of_one_name() {
        for spelling in [
            "ALICE",
            "Ａｌｉｃｅ",
            "al\u{200b}ice",
            " alice\u{a0}",
            "àlicé",
            "al\u{0301}ice",
            "alice\0",
        ] {
            assert_eq!(normalised(spelling), "alice", "{spelling:?}");
        }
        assert_eq!(normalised("Straße"), normalised("STRASSE"));
        assert_eq!(normalised("ΟΔΟΣ"), normalised("οδος"));
        assert_ne!(normalised("alice"), normalised("alice1"));
    }

    #[test]
    fn a_long_name_costs_no_more_than_its_beginning() {
        assert_eq!(normalised(&"a".repeat(1_000_000)).len(), 1_024);
    }
}
