//! Nothing scans: the queries of every tick find their rows by an index, however many others there are.

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QuerySelect, QueryTrait, Select, Statement, StatementBuilder};
use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;
use wasl_core::retention::Stage;

use super::postgres::PostgresDatabase;
use super::sample::{HASH, fresh, minute, prepared};
use crate::store::cases::DuePlace;
use crate::store::dialect::Dialect;
use crate::store::report::counting::lines_between;
use crate::store::sending::{claim, overdue};
use crate::store::tasks::work;
use crate::store::{
    MessageClaim, Store, Wanted, affected, cases, deceased, events, facts, finding, inbound, report, retention,
    webhooks,
};

fn built<E: EntityTrait>(query: &Select<E>) -> Statement {
    query.build(DbBackend::Sqlite)
}

fn selected(query: &SelectStatement) -> Statement {
    StatementBuilder::build(query, &DbBackend::Sqlite)
}

/// The same, as a server is asked it.
fn on_a_server(query: &impl StatementBuilder) -> Statement {
    StatementBuilder::build(query, &DbBackend::Postgres)
}

async fn plan(store: &Store, query: Statement) -> Vec<String> {
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", query.sql), ..query };
    let rows = store.reader.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect()
}

/// Overdue work is found by its due time, and of the cases those alone that it belongs to.
#[tokio::test]
async fn overdue_work_is_counted_without_looking_at_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let plan = plan(&store, selected(&report::overdue(minute(0)))).await;
    for step in ["call_tasks USING INDEX call_tasks_overdue (due<?)", "cases USING INTEGER PRIMARY KEY (rowid=?)"] {
        assert!(plan.iter().any(|line| line.contains(step)), "{step}: {plan:#?}");
    }
    let scans: Vec<_> = plan.iter().filter(|line| line.contains("SCAN") && !line.contains("SCAN late")).collect();
    assert!(scans.is_empty(), "{plan:#?}");
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
    let queue = ["complaints".to_owned()];
    let of_one_queue = Wanted { queues: &queue, ..anybody };
    let (messages_to, calls_to) = inbound::contacted_at("+97336000001");
    let is_one = |column: Expr| column.eq("+97336000001");
    let table = [
        (built(&cases::due(now, 1_000, None)), "cases_due (wake_at<?)"),
        (built(&cases::due(now, 1_000, Some(DuePlace { wake_at: 1, id: 1 }))), "cases_due (wake_at>? AND wake_at<?)"),
        (built(&retention::due(Stage::People, now, None, 100)), "cases_with_people (closed_at>? AND closed_at<?)"),
        (built(&retention::due(Stage::Texts, now, None, 100)), "cases_with_texts (closed_at>? AND closed_at<?)"),
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
        (built(&webhooks::waiting(1)), "webhook_deliveries_waiting (webhook_id=? AND settled_at=?)"),
        (built(&work::left_behind(anybody, now)), "call_tasks_of_all (status=?)"),
        (built(&work::workable_by_opening(anybody, now)), "call_tasks_by_opening (not_before<?)"),
        (built(&work::workable_by_opening(of_one_queue, now)), "call_tasks_by_opening (not_before<?)"),
        (selected(&finding::overdue(now)), "call_tasks_overdue (due<?)"),
        (built(&work::opening(anybody, now)), "call_tasks_by_opening (not_before>?)"),
        (built(&work::promised(anybody, now)), "call_tasks_promised (promised_by=? AND status=? AND not_before<?)"),
        (
            built(&facts::reaching_messages(facts::to_persons(Dialect::Sqlite, &persons))),
            "notifications_by_person (person=?)",
        ),
        (built(&facts::reaching_calls(facts::called(Dialect::Sqlite, &persons))), "call_tasks_by_person (person=?)"),
        (built(&facts::cases_of(Dialect::Sqlite, &persons)), "cases_by_household (household=?)"),
        (
            built(&facts::suppressions_of(Dialect::Sqlite, &persons)),
            "INDEX sqlite_autoindex_suppressions_1 (address=?)",
        ),
        (built(&deceased::known_of(Dialect::Sqlite, &persons)), "INDEX sqlite_autoindex_deceased_1 (identity=?)"),
        (built(&cases::named(Dialect::Sqlite, &[CaseId(1), CaseId(2)])), "cases USING INTEGER PRIMARY KEY (rowid=?)"),
        (built(&events::unsettled_of(Dialect::Sqlite, &[1, 2])), "INDEX events_unsettled (case_id=?)"),
        (selected(&affected::messages_to(is_one, Expr::val(false))), "notifications_by_address (to_address=?)"),
        (selected(&affected::messages_to(is_one, Expr::val(false))), "notifications_by_person (person=?)"),
        (selected(&affected::calls_to(is_one)), "call_tasks_by_address (to_address=?)"),
        (selected(&affected::calls_to(is_one)), "call_tasks_by_person (person=?)"),
        (built(&messages_to), "notifications_by_address (to_address=?)"),
        (built(&calls_to), "call_tasks_by_address (to_address=?)"),
    ];
    for (query, index) in table {
        let sql = query.sql.clone();
        let plan = plan(&store, query).await;
        assert!(plan.iter().any(|step| step.ends_with(index)), "{plan:#?}\n{sql}");
        // A list of keys is gone through once.
        let scans = |step: &String| step.starts_with("SCAN") && !step.starts_with("SCAN listed VIRTUAL TABLE");
        assert!(!plan.iter().any(scans), "{plan:#?}\n{sql}");
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

/// Many that sleep: a server looks at how much there is before it chooses how to find something.
const SLEEPING: &str = "
    INSERT INTO cases (id, reference, workflow, workflow_hash, case_key, version, state, visit, standing, standing_detail,
            data, progress, wake_at, opened_at, state_since, household)
        SELECT n, 'R' || n, 'account-transfer', '{HASH}', 'key ' || n, 1, 'first_call', 1, 'open', '{}', '{}', '{}',
            9000000000000 + n, 0, 0, 'house ' || n
        FROM generate_series(1, 20000) AS n;
    INSERT INTO notifications (id, case_id, channel, state, template, to_address, person, language, text, segments, status,
            planned_at, not_before, keep, attempts, fence, next_attempt_at, expires)
        SELECT n || '.1.0', n, 'sms', 'first_call', 'hello', '+9733' || n, 'cpr ' || n, 'ar', 'text', 1,
            CASE n % 100 WHEN 0 THEN 'queued' ELSE 'delivered' END, 0, 0, FALSE, 0, 0, 9000000000000 + n, 9000000000000
        FROM generate_series(1, 20000) AS n;
    INSERT INTO call_tasks (id, case_id, queue, priority, state, to_address, person, language, script, words, outcomes, attempt,
            planned_at, not_before, due, keep, status, urgency, turn)
        SELECT n || '.1.1', n, CASE n % 2000 WHEN 0 THEN 'complaints' ELSE 'queue ' || n % 7 END, 1, 'first_call', '+9733' || n, 'cpr ' || n, 'ar', 'first-call', 'text', '[]', 1,
            0, 0, n, FALSE, CASE n % 100 WHEN 0 THEN 'open' ELSE 'answered' END, n, n
        FROM generate_series(1, 20000) AS n;
    INSERT INTO history (case_id, at, entry) SELECT n, 0, '{}' FROM generate_series(1, 20000) AS n;
    ANALYZE";

#[tokio::test]
async fn a_server_finds_the_rows_of_every_tick_by_their_index_among_many() {
    let database = PostgresDatabase::fresh();
    let store = prepared(&database.url).await;
    store.reserve_case_ids(20_000).await.unwrap();
    store.tamper(&SLEEPING.replace("{HASH}", HASH)).await;
    let now = minute(0);
    let persons = ["cpr 1", "cpr 2"];
    let (channel, notifier, lease_until) = (Channel::Sms, "sms", now);
    let any = MessageClaim { channel, notifier, only_bound: false, limit: 100, lease_until, holder: "here" };
    let anybody = Wanted { agent: "huda", queues: &[], languages: &[] };
    let (messages_to, calls_to) = inbound::contacted_at("+97331");
    let table = [
        (on_a_server(&cases::due(now, 1_000, None).into_query()), "cases_due"),
        (
            on_a_server(&cases::due(now, 1_000, Some(DuePlace { wake_at: 1, id: 1 })).into_query()),
            "Index Cond: ((wake_at <= '1767600000000'::bigint) AND (ROW(wake_at, id) > ROW('1'::bigint, '1'::bigint)))",
        ),
        (on_a_server(&claim::due(now, &any)), "notifications_by_status"),
        (on_a_server(&claim::unsure(channel, now, 100)), "Index Scan using notifications_by_"),
        (on_a_server(&overdue::expired(now, 100)), "notifications_by_expiry"),
        (on_a_server(&work::open(Some("complaints"), anybody, now).limit(1).into_query()), "call_tasks_of_queue"),
        (on_a_server(&work::open(None, anybody, now).limit(1).into_query()), "call_tasks_of_all"),
        (
            on_a_server(&facts::reaching_messages(facts::to_persons(Dialect::Postgres, &persons)).into_query()),
            "notifications_by_person",
        ),
        (
            on_a_server(&facts::reaching_calls(facts::called(Dialect::Postgres, &persons)).into_query()),
            "call_tasks_by_person",
        ),
        (on_a_server(&cases::named(Dialect::Postgres, &[CaseId(1), CaseId(2)]).into_query()), "cases_pkey"),
        (on_a_server(&cases::history_of(CaseId(15_000)).into_query()), "history_10000_pkey"),
        (on_a_server(&lines_between(19_900, 20_000, 500).into_query()), "history_10000_id_idx"),
        (on_a_server(&facts::cases_of(Dialect::Postgres, &["house 7"]).into_query()), "cases_by_household"),
        (on_a_server(&messages_to.into_query()), "notifications_by_address"),
        (on_a_server(&calls_to.into_query()), "call_tasks_by_address"),
    ];
    for (query, index) in table {
        let sql = query.sql.clone();
        let explained = Statement { sql: format!("EXPLAIN {sql}"), ..query };
        let rows = store.reader.query_all_raw(explained).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains(index)), "{plan:#?}\n{sql}");
        assert!(!plan.iter().any(|step| step.contains("Seq Scan")), "{plan:#?}\n{sql}");
        // The history of one case lies in one block.
        assert!(index != "history_10000_pkey" || !plan.iter().any(|step| step.contains("history_0")), "{plan:#?}");
    }
}
