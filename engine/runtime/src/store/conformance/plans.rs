//! Nothing scans: the queries of every tick find their rows by an index, however many others there are.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryTrait, Select, Statement, StatementBuilder};

use super::sample::{fresh, minute};
use crate::store::sending::claim;
use crate::store::{Store, cases, facts, tasks};

fn built<E: EntityTrait>(query: &Select<E>) -> Statement {
    query.build(DbBackend::Sqlite)
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
    let table = [
        (built(&cases::due(now, 1_000)), "cases_due (wake_at<?)"),
        (
            StatementBuilder::build(&claim::due(now, 100), &DbBackend::Sqlite),
            "notifications_by_status (status=? AND next_attempt_at<?)",
        ),
        (StatementBuilder::build(&claim::unsure(now, 100), &DbBackend::Sqlite), "notifications_by_status (status=?)"),
        (built(&tasks::work(&["complaints".into()], now)), "call_tasks_by_status (status=? AND queue=?)"),
        (built(&tasks::work(&[], now)), "call_tasks_by_status (status=?)"),
        (built(&facts::reaching_messages(&persons)), "notifications_by_person (person=? AND status=?)"),
        (built(&facts::reaching_calls(&persons)), "call_tasks_by_person (person=? AND status=?)"),
    ];
    for (query, index) in table {
        let sql = query.sql.clone();
        let plan = plan(&store, query).await;
        assert!(plan.iter().any(|step| step.ends_with(index)), "{plan:#?}\n{sql}");
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:#?}\n{sql}");
    }
}
