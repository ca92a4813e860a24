//! Nothing scans: the queries of every tick find their rows by an index, however many others there are.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryTrait, Select, Statement, StatementBuilder};
use wasl_core::delivery::Channel;

use super::sample::{fresh, minute};
use crate::store::sending::{claim, overdue};
use crate::store::tasks::work;
use crate::store::{MessageClaim, Store, Wanted, cases, facts, inbound};

fn built<E: EntityTrait>(query: &Select<E>) -> Statement {
    query.build(DbBackend::Sqlite)
}

fn selected(query: &SelectStatement) -> Statement {
    StatementBuilder::build(query, &DbBackend::Sqlite)
}

async fn plan(store: &Store, query: Statement) -> Vec<String> {
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", query.sql), ..query };
    let rows = store.reader.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn the_queries_of_every_tick_use_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let now = minute(0);
    let persons = ["a", "b"];
    let (channel, notifier, lease_until) = (Channel::Sms, "sms", now);
    let any = MessageClaim { channel, notifier, only_bound: false, limit: 100, lease_until, holder: "here" };
    let bound = MessageClaim { only_bound: true, ..any };
    let anybody = Wanted { agent: "huda", queues: &[], languages: &[] };
    let (messages_to, calls_to) = inbound::contacted_at("+97336000001");
    let table = [
        (built(&cases::due(now, 1_000)), "cases_due (wake_at<?)"),
        (selected(&claim::due(now, &any)), "notifications_by_status (status=? AND channel=? AND next_attempt_at<?)"),
        (selected(&claim::due(now, &any)), "other USING INDEX notifications_by_case (case_id=?)"),
        (selected(&claim::due(now, &any)), "other USING INDEX notifications_by_person (person=? AND status=?)"),
        (selected(&claim::due(now, &any)), "sibling USING COVERING INDEX cases_by_household (household=?)"),
        (
            selected(&claim::due(now, &bound)),
            "notifications_bound (only_by=? AND status=? AND channel=? AND next_attempt_at<?)",
        ),
        (selected(&claim::unsure(Channel::Sms, now, 100)), "notifications_by_status (status=? AND channel=?)"),
        (selected(&overdue::expired(now, 100)), "notifications_by_expiry (status=? AND expires<?)"),
        (selected(&overdue::unconfirmed(now, 100)), "notifications_unconfirmed (confirm_by<?)"),
        (
            built(&overdue::undecided(Channel::Sms)),
            "notifications_by_status (status=? AND channel=? AND next_attempt_at=?)",
        ),
        (built(&work::open(Some("complaints"), anybody, now)), "call_tasks_of_queue (status=? AND queue=?)"),
        (built(&work::open(None, anybody, now)), "call_tasks_of_all (status=?)"),
        (built(&work::left_behind(anybody, now)), "call_tasks_of_all (status=?)"),
        (built(&work::opening(anybody, now)), "call_tasks_by_opening (not_before>?)"),
        (built(&work::promised(anybody, now)), "call_tasks_promised (promised_by=? AND status=? AND not_before<?)"),
        (
            built(&facts::reaching_messages(facts::to_persons(&persons))),
            "notifications_by_person (person=? AND status=?)",
        ),
        (built(&facts::reaching_calls(facts::called(&persons))), "call_tasks_by_person (person=? AND status=?)"),
        (built(&facts::cases_of(&persons)), "cases_by_household (household=?)"),
        (built(&messages_to), "notifications_by_address (to_address=?)"),
        (built(&calls_to), "call_tasks_by_address (to_address=?)"),
    ];
    for (query, index) in table {
        let sql = query.sql.clone();
        let plan = plan(&store, query).await;
        assert!(plan.iter().any(|step| step.ends_with(index)), "{plan:#?}\n{sql}");
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:#?}\n{sql}");
    }
}

#[tokio::test]
async fn the_next_call_is_the_first_of_an_index_and_nothing_is_sorted_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let anybody = Wanted { agent: "huda", queues: &[], languages: &[] };
    for query in [work::open(Some("complaints"), anybody, minute(0)), work::open(None, anybody, minute(0))] {
        let plan = plan(&store, built(&query)).await;
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
