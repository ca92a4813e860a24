//! Which cases a form means.

use wasl_core::case::{Case, CaseId, Standing};
use wasl_runtime::store::CaseFilter;

use super::CASES_MAX;
use crate::console::page::{Desk, Trouble};
use crate::console::sent::Sent;
use crate::console::supervise::cases;

/// Pages of a list that are looked at for cases that are meant: whoever wants more narrows the list first.
const PAGES_MAX: usize = 20;
/// The parts of a filter as forms carry it.
const FILTER: [&str; 8] = ["which", "q", "workflow", "state", "standing", "overdue", "place", "cause"];

/// Cases that are meant.
pub(super) struct Chosen {
    pub(super) seen: Vec<Seen>,
    /// What finds those after them, if there may be more than are acted on at once: what a form carries, by name.
    pub(super) rest: Vec<(String, String)>,
}

/// A case, and the version of it that was looked at.
pub(super) struct Seen {
    pub(super) case: Case,
    pub(super) version: Option<u64>,
    /// It cannot be read: it is listed with what can, and refuses every act.
    pub(super) unreadable: bool,
}

/// The cases that are ticked; all that the filter of the list finds; or all that one cause has stopped.
pub(super) async fn of(desk: &Desk, sent: &Sent) -> Result<Chosen, Trouble> {
    let after = sent.one("after").parse().ok().map(CaseId);
    let (place, reason) = (sent.one("place"), sent.one("cause"));
    let any_standing = sent.one("standing").is_empty();
    let (found, more) = match sent.one("which") {
        // Nothing is done about what is over, unless it is asked for.
        "found" => {
            let filter = cases::filter(desk, sent, after);
            gather(desk, filter, |case| !(any_standing && case.is_ended())).await?
        }
        "cause" => {
            let filter = CaseFilter { standing: Some("incident".into()), after, ..CaseFilter::default() };
            gather(desk, filter, |case| stopped_by(case, place, reason)).await?
        }
        _ => return Ok(Chosen { seen: seen(desk, sent).await?, rest: Vec::new() }),
    };
    let mut rest = Vec::new();
    if let Some(last) = more {
        rest.extend(FILTER.map(|name| (name.to_owned(), sent.one(name).to_owned())));
        rest.push(("after".to_owned(), last.to_string()));
    }
    let mut seen = Vec::with_capacity(found.len());
    for case in found {
        let unreadable = desk.api.engine.store.is_unreadable(&case).await?;
        seen.push(Seen { case, version: None, unreadable });
    }
    Ok(Chosen { seen, rest })
}

/// Cases of a list for which something holds, no more than are acted on at once; and after which others may follow.
async fn gather(
    desk: &Desk,
    filter: CaseFilter,
    holds: impl Fn(&Case) -> bool,
) -> Result<(Vec<Case>, Option<CaseId>), Trouble> {
    let max = usize::try_from(CASES_MAX).unwrap_or(usize::MAX);
    let (mut found, mut filter) = (Vec::new(), CaseFilter { limit: CASES_MAX, ..filter });
    for _ in 0..PAGES_MAX {
        let cases = desk.api.engine.store.cases(&filter).await?;
        let full = cases.len() >= max;
        for case in cases {
            if found.len() == max {
                return Ok((found, filter.after));
            }
            filter.after = Some(case.id);
            found.extend(Some(case).filter(&holds));
        }
        if !full {
            return Ok((found, None));
        }
    }
    Ok((found, filter.after))
}

/// The cases that a form names, `KXT2P` or with the version that was looked at: `KXT2P:12`.
pub(super) async fn seen(desk: &Desk, sent: &Sent) -> Result<Vec<Seen>, Trouble> {
    let mut seen: Vec<Seen> = Vec::new();
    for named in sent.all("case").take(usize::try_from(CASES_MAX).unwrap_or(usize::MAX)) {
        let (reference, version) = named.split_once(':').unwrap_or((named, ""));
        let store = &desk.api.engine.store;
        let case = store.listed_case(reference).await?;
        if let Some(case) = case.filter(|case| seen.iter().all(|known| known.case.id != case.id)) {
            let unreadable = store.is_unreadable(&case).await?;
            seen.push(Seen { case, version: version.parse().ok(), unreadable });
        }
    }
    Ok(seen)
}

/// Whether a case stopped for this cause.
fn stopped_by(case: &Case, place: &str, reason: &str) -> bool {
    match &case.standing {
        Standing::Incident(incident) => incident.place == place && incident.reason == reason,
        _ => false,
    }
}
