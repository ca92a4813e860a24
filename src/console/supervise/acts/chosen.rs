//! Which cases a form means.

use wasl_core::case::{Case, Standing};
use wasl_runtime::store::CaseFilter;

use super::CASES_MAX;
use crate::console::page::{Desk, Trouble};
use crate::console::sent::Sent;
use crate::console::supervise::cases;

/// Cases that are meant.
pub(super) struct Chosen {
    pub(super) seen: Vec<Seen>,
    /// Whether there are more than are acted on at once.
    pub(super) more: bool,
}

/// A case, and the version of it that was looked at.
pub(super) struct Seen {
    pub(super) case: Case,
    pub(super) version: Option<u64>,
}

/// The cases that are ticked; all that the filter of the list finds; or all that one cause has stopped.
pub(super) async fn of(desk: &Desk, sent: &Sent) -> Result<Chosen, Trouble> {
    let cases = match sent.one("which") {
        "found" => cases::found(desk, sent, CASES_MAX + 1).await?,
        "cause" => stopped_by(desk, (sent.one("place"), sent.one("cause"))).await?,
        _ => return Ok(Chosen { seen: seen(desk, sent).await?, more: false }),
    };
    let max = usize::try_from(CASES_MAX).unwrap_or(usize::MAX);
    let more = cases.len() > max;
    let seen = cases.into_iter().take(max).map(|case| Seen { case, version: None });
    Ok(Chosen { seen: seen.collect(), more })
}

/// The cases that a form names, `KXT2P` or with the version that was looked at: `KXT2P:12`.
pub(super) async fn seen(desk: &Desk, sent: &Sent) -> Result<Vec<Seen>, Trouble> {
    let mut seen: Vec<Seen> = Vec::new();
    for named in sent.all("case").take(usize::try_from(CASES_MAX).unwrap_or(usize::MAX)) {
        let (reference, version) = named.split_once(':').unwrap_or((named, ""));
        let case = desk.api.engine.store.case_by_reference(reference).await?;
        if let Some(case) = case.filter(|case| seen.iter().all(|known| known.case.id != case.id)) {
            seen.push(Seen { case, version: version.parse().ok() });
        }
    }
    Ok(seen)
}

/// Cases that stopped for one cause.
async fn stopped_by(desk: &Desk, (place, reason): (&str, &str)) -> Result<Vec<Case>, Trouble> {
    let of_cause = |case: &Case| match &case.standing {
        Standing::Incident(incident) => incident.place == place && incident.reason == reason,
        _ => false,
    };
    let mut found = Vec::new();
    let mut filter = CaseFilter { standing: Some("incident".into()), limit: CASES_MAX, ..CaseFilter::default() };
    loop {
        let cases = desk.api.engine.store.cases(&filter).await?;
        let full = u32::try_from(cases.len()).is_ok_and(|count| count >= CASES_MAX);
        filter.after = cases.last().map(|case| case.id);
        found.extend(cases.into_iter().filter(of_cause));
        if !full || found.len() > usize::try_from(CASES_MAX).unwrap_or(usize::MAX) {
            return Ok(found);
        }
    }
}
