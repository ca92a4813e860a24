//! How far a detection is, on a terminal: of the file that is read, and what came of it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use wasl_runtime::intake::Progress;

use crate::output::Screen;
use crate::settings::Language;
use crate::words::{CASE, Noun, ROW};

const HOUR: Noun = Noun::new(["hour", "hours"], ["ساعة واحدة", "ساعتان", "ساعات", "ساعة"]);
const MINUTE: Noun = Noun::new(["minute", "minutes"], ["دقيقة واحدة", "دقيقتان", "دقائق", "دقيقة"]);
const SECOND: Noun = Noun::new(["second", "seconds"], ["ثانية واحدة", "ثانيتان", "ثوان", "ثانية"]);

/// The name of the file, how much of it is read, and what came of it.
const LINE: &str = "{prefix} {bar:20} {percent:>3} % {msg}";

/// A line of the terminal that is written over. Elsewhere nothing is shown.
pub(in crate::cli) struct Bar {
    bar: ProgressBar,
    screen: Screen,
}

impl Bar {
    pub(in crate::cli) fn new(screen: Screen) -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template(LINE) {
            bar.set_style(style.progress_chars("█▌·"));
        }
        Self { bar, screen }
    }

    /// Shows how far it is; another file begins anew.
    pub(super) fn show(&self, progress: Progress<'_>) {
        if self.bar.prefix() != progress.file || progress.bytes < self.bar.position() {
            self.bar.set_message("");
            self.bar.reset();
            self.bar.set_prefix(progress.file.to_owned());
        }
        self.bar.update(|state| {
            state.set_len(progress.size.max(progress.bytes));
            state.set_pos(progress.bytes);
        });
        self.bar.set_message(words(progress, self.bar.eta(), self.screen));
    }

    /// Says something else meanwhile.
    pub(in crate::cli) fn aside<T>(&self, say: impl FnOnce() -> T) -> T {
        self.bar.suspend(say)
    }

    /// The detection is over. What is said next begins at the start of the line.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
        self.bar.set_prefix("");
    }
}

/// `620,000 rows, 1,204 cases; 2 minutes left`.
fn words(progress: Progress<'_>, left: Duration, screen: Screen) -> String {
    let (rows, cases) = (screen.count(progress.rows, &ROW), screen.count(progress.opened, &CASE));
    let comma = screen.pick(", ", "، ");
    let said = format!("{rows}{comma}{cases}");
    // Of the last moments nobody wants to know how long they last.
    if left < Duration::from_secs(2) {
        return said;
    }
    let left = roughly(left, screen);
    match screen.language {
        Language::En => format!("{said}; {left} left"),
        Language::Ar => format!("{said}؛ الباقي {left}"),
    }
}

/// In the largest unit of which there are two.
fn roughly(left: Duration, screen: Screen) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..120 => screen.count(seconds, &SECOND),
        120..7_200 => screen.count((seconds + 30) / 60, &MINUTE),
        _ => screen.count((seconds + 1_800) / 3_600, &HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    fn said(rows: u64, opened: u64, left: u64, language: Language) -> String {
        let progress = Progress { file: "register.csv", rows, bytes: 1, size: 2, opened };
        words(progress, Duration::from_secs(left), Screen { format: Format::Text, color: false, width: None, language })
    }

    #[test]
    fn it_says_what_came_of_it_and_how_long_it_still_takes() {
        assert_eq!(said(620_000, 1_204, 119, Language::En), "620,000 rows, 1,204 cases; 119 seconds left");
        assert_eq!(said(1, 1, 121, Language::En), "1 row, 1 case; 2 minutes left");
        assert_eq!(said(2, 0, 9_100, Language::En), "2 rows, 0 cases; 3 hours left");
        assert_eq!(said(2, 0, 1, Language::En), "2 rows, 0 cases");
        assert_eq!(said(2, 11, 200, Language::Ar), "صفان، 11 حالة؛ الباقي 3 دقائق");
    }
}
