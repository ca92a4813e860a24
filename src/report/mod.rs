//! The report on the practice, as every door gives it: which days are asked for, each figure with its name and what it
//! means in one sentence, and the same as CSV and as JSON. What the figures are is the core's and the engine's.

mod amount;
mod csv;
mod lines;
mod shown;
mod texts;

use jiff::civil::Date;
use wasl_core::definition::Environment;
use wasl_core::words::Words;
use wasl_runtime::engine::{Practice, REPORT_MONTHS_MAX};

use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::settings::Language;

pub(crate) use amount::Amount;
pub(crate) use csv::csv;
pub(crate) use lines::{Line, Section, of_months, sections};
pub(crate) use shown::PracticeReport;

/// A month or a span in which fewer cases opened may point to a family that somebody knows.
pub(crate) const FEW: u64 = 5;

/// What a report is told by.
pub(crate) struct Report<'p> {
    /// The figures.
    pub(crate) practice: &'p Practice,
    environment: &'p Environment,
    /// Whose words.
    pub(crate) language: Language,
}

impl<'p> Report<'p> {
    /// A report in a language.
    pub(crate) fn new(practice: &'p Practice, environment: &'p Environment, language: Language) -> Self {
        Self { practice, environment, language }
    }

    /// One of two texts.
    pub(crate) fn pick<'t>(&self, (en, ar): (&'t str, &'t str)) -> &'t str {
        if self.language == Language::Ar { ar } else { en }
    }

    /// What the parts of the workflow are called.
    pub(crate) fn words(&self) -> Words<'_> {
        Words::new(&self.practice.workflow, self.environment, self.language.code())
    }

    /// The title of a state; its name where the present version has it no more.
    pub(crate) fn state(&self, name: &str) -> String {
        let known = self.practice.workflow.state_named(name);
        known.map_or_else(|| name.replace('_', " "), |(_, state)| self.words().title(state))
    }

    /// Whether there are months or a span in which few cases opened.
    pub(crate) fn has_few(&self) -> bool {
        let few = |opened: u64| opened > 0 && opened < FEW;
        few(self.practice.total.opened) || self.practice.months.values().any(|figures| few(figures.opened))
    }
}

/// Which days are asked for: from the first day of the year to today unless said otherwise.
///
/// # Errors
/// They are no days, or not in this order, or too many.
pub(crate) fn days(from: Option<&str>, to: Option<&str>, today: Date) -> Result<(Date, Date), Failure> {
    let day = |given: &str| {
        given.trim().parse::<Date>().map_err(|_| {
            Failure::new(Exit::Usage, format!("`{given}` is not a day")).help(format!("write it like {today}"))
        })
    };
    let given = |given: Option<&str>| given.filter(|text| !text.trim().is_empty()).map(day).transpose();
    let to = given(to)?.unwrap_or(today);
    let from = given(from)?.unwrap_or_else(|| to.first_of_year());
    if from > to {
        return Err(Failure::new(Exit::Usage, format!("{from} is after {to}")).help("give the earlier day first"));
    }
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
    if usize::try_from(months).is_ok_and(|months| months >= REPORT_MONTHS_MAX) {
        let years = REPORT_MONTHS_MAX / 12;
        return Err(Failure::new(Exit::Usage, format!("a report spans {years} years at the most")));
    }
    Ok((from, to))
}

/// The workflow that is asked for; the first by name unless said otherwise.
///
/// # Errors
/// None was ever active, or the database failed.
pub(crate) async fn workflow(session: &Session, asked: Option<&str>) -> Result<String, Failure> {
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
        return Ok(asked.to_owned());
    }
    let versions = session.store().versions().await?;
    let first = versions.into_iter().filter(|version| version.active).map(|version| version.workflow).min();
    first.ok_or_else(|| {
        Failure::new(Exit::NotFound, "no workflow was ever active").help("start `wasl serve`, which reads them")
    })
}

/// The practice of a workflow on the days that are asked for.
///
/// # Errors
/// The days are none, there is no such workflow, or the database failed.
pub(crate) async fn practice(
    session: &Session,
    asked: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Practice, Failure> {
    let name = workflow(session, asked).await?;
    let active = session.engine.active_workflow(&name).await?;
    let today = session.engine.library.calendar(&active.calendar)?.today(session.engine.now());
    let (from, to) = days(from, to, today)?;
    Ok(session.engine.practice(&name, from, to).await?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn without_days_it_is_this_year_so_far() {
        let today = date(2026, 11, 27);
        let asked = |from, to| days(from, to, today).map_err(|failure| failure.to_string());
        assert_eq!(asked(None, None), Ok((date(2026, 1, 1), today)));
        assert_eq!(asked(Some(""), Some(" ")), Ok((date(2026, 1, 1), today)));
        assert_eq!(asked(None, Some("2025-03-31")), Ok((date(2025, 1, 1), date(2025, 3, 31))));
        for (from, to, wrong) in [
            ("2026-13-01", "2026-11-27", "`2026-13-01` is not a day"),
            ("2026-02-01", "2026-01-31", "2026-02-01 is after 2026-01-31"),
            ("2000-01-01", "2026-01-31", "a report spans 10 years at the most"),
        ] {
            assert_eq!(asked(Some(from), Some(to)).unwrap_err(), wrong);
        }
    }
}
