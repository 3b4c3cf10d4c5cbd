//! The two languages of the pages: Chinese first.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Lang {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    pub(super) const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// One of two texts that say the same.
    pub(super) fn of<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// As it stands in an address.
    pub(super) fn code(self) -> &'static str {
        self.of("zh", "en")
    }

    /// As it stands in HTML (BCP 47).
    pub(super) fn tag(self) -> &'static str {
        self.of("zh-CN", "en")
    }

    /// Its own name for itself.
    pub(super) fn name(self) -> &'static str {
        self.of("中文", "English")
    }

    pub(super) fn from_code(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.code() == code)
    }
}
