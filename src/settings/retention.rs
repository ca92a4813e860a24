//! Reads `retention`: how long a closed case keeps what it says of people.

use wasl_core::decode::Decoder;
use wasl_core::diagnostic::Code;
use wasl_core::duration::Duration;
use wasl_core::grammar::RETENTION;
use wasl_core::yaml::Node;

use super::Settings;
use super::decode::read_secret;

/// Reads the section. Nothing is erased of which nothing is said.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node, settings: &mut Settings) {
    let [texts, people, history, secret] = decoder.mapping(node, "`retention`", &RETENTION);
    settings.retention.texts = texts.and_then(|node| read_kept(decoder, node, "`texts`"));
    settings.retention.people = people.and_then(|node| read_kept(decoder, node, "`people`"));
    settings.retention.history = history.and_then(|node| read_kept(decoder, node, "`history`"));
    settings.retention_secret = secret.and_then(|node| read_secret(decoder, node, "secret"));
    // Whatever the day from which it is counted back.
    if settings.retention.is_turned_round(jiff::Timestamp::UNIX_EPOCH)
        && let Some(texts) = texts
    {
        let message = "texts would be kept longer than the people whom they speak of";
        let help = "texts go with the people at the latest: make `texts` shorter than `people`, or leave it out";
        decoder.error_with(Code::BadValue, texts.span.clone(), message, Some(help.into()));
    }
    if let Some(history) = history
        && (people.is_none() || settings.retention.forgets_history_first(jiff::Timestamp::UNIX_EPOCH))
    {
        let message = "histories would go before the people whom they speak of";
        let help =
            "histories go after the names in them: say `people` here as well, and make `history` at least as long";
        decoder.error_with(Code::BadValue, history.span.clone(), message, Some(help.into()));
    }
    if let Some(people) = people.filter(|_| secret.is_none()) {
        let message = "people are erased only where a `secret` makes what stands for them";
        let help = "put a long random text into a file (`openssl rand -hex 32`), write `secret: {file: PATH}` here, and keep \
                    a copy: a death that is reported again is known by it";
        decoder.error_with(Code::BadValue, people.span.clone(), message, Some(help.into()));
    }
}

/// A length of time that is counted back without working hours, longer than nothing.
fn read_kept(decoder: &mut Decoder<'_>, node: &Node, what: &str) -> Option<Duration> {
    let word = decoder.word(node, what)?;
    let (message, help) = match Duration::parse(&word.text) {
        Ok(kept) if kept.is_working() => {
            (format!("{what} is counted in days, months or years, not by working hours"), None)
        }
        Ok(kept) if kept.is_zero() => (format!("{what} must be longer than nothing"), None),
        Ok(kept) => return Some(kept),
        Err(error) => (error.message, error.suggestion),
    };
    let help = help.or_else(|| Some("write for example `90 days` or `1 year`".into()));
    decoder.error_with(Code::BadDuration, word.span, message, help);
    None
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn findings(section: &str) -> String {
        let (_, report) = Settings::parse("wasl.yaml", &format!("retention: {section}\n"));
        report.render(false)
    }

    #[test]
    fn what_would_erase_too_much_or_make_people_unknown_is_found() {
        for (section, said) in [
            ("{texts: 0 days}", "`texts` must be longer than nothing"),
            ("{texts: 90 pigeons}", "90 pigeons"),
            ("{texts: 3 working days}", "not by working hours"),
            ("{people: 1 year}", "people are erased only where a `secret` makes"),
            ("{texts: 2 years, people: 1 year, secret: {env: A}}", "texts would be kept longer than the people"),
            ("{history: 5 years}", "histories would go before the people"),
            ("{people: 1 year, history: 6 months, secret: {env: A}}", "make `history` at least as long"),
            ("{people: 1 year, secret: hush-hush}", "`secret` says where the secret is kept"),
            ("{peeple: 1 year}", "did you mean `people`?"),
        ] {
            let rendered = findings(section);
            assert!(rendered.contains(said), "{section}: {said} not in:\n{rendered}");
            assert!(!rendered.contains("hush"), "{rendered}");
        }
        assert_eq!(findings("{texts: 90 days, people: 1 year, secret: {env: A}}"), "");
        assert_eq!(findings("{people: 1 year, history: 1 year, secret: {env: A}}"), "");
        assert_eq!(findings("{texts: 6 weeks}"), "");
    }

    #[test]
    fn nothing_is_erased_where_nothing_is_said() {
        assert!(!Settings::default().retention.is_set());
    }
}
