//! The language of what the app says outside of its page, which has catalogues of its own and may
//! not be loaded.

use view::{Language, Settings};

/// The one the person chose, or the system's: English or Spanish, never [`Language::System`].
pub(crate) fn chosen(settings: &Settings, system: Language) -> Language {
    match settings.language {
        Language::System => system,
        chosen => chosen,
    }
}

/// The language of the system by the variables that name it; systems without them get English.
pub(crate) fn of_the_system() -> Language {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|it| {
            std::env::var(it)
                .ok()
                .filter(|language| !language.is_empty())
        });
    match named {
        Some(language) if language == "es" || language.starts_with("es_") => Language::Es,
        _ => Language::En,
    }
}
