//! The work on PostgreSQL: the business tables, and what a transition writes there. It knows nothing of any peer.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgExecutor};

use super::machine::Database;
use super::story::{Facts, STATES, text};

/// The business tables, the same for every peer.
const TABLES: &str = "
    CREATE TABLE cases (
        id bigint PRIMARY KEY, file text NOT NULL UNIQUE, mobile text NOT NULL, monthly_kwh int NOT NULL,
        state text NOT NULL, due_at timestamptz, changed_at timestamptz NOT NULL
    );
    CREATE TABLE history (
        case_id bigint NOT NULL, seq smallint NOT NULL, state text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (case_id, seq)
    );
    CREATE TABLE notifications (
        case_id bigint NOT NULL, seq smallint NOT NULL, recipient text NOT NULL, body text NOT NULL, status text NOT NULL,
        at timestamptz NOT NULL, PRIMARY KEY (case_id, seq)
    )";

/// What goes wrong here.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// One case enters a state: the case, its history and its text by one statement. Whether it did: done twice, it changes nothing the
/// second time.
///
/// # Errors
/// The database failed.
pub async fn enter(db: impl PgExecutor<'_>, case: i64, state: usize) -> Result<bool, Error> {
    let facts = Facts::of(case);
    let seq = i16::try_from(state + 1)?;
    if state == 0 {
        let sql = "WITH opened AS (
                INSERT INTO cases VALUES ($1, $2, $3, $4, $5, now(), now()) ON CONFLICT DO NOTHING RETURNING id
            ) INSERT INTO history SELECT id, 1, $5, now() FROM opened";
        let query = sqlx::query(sql).bind(case).bind(facts.file).bind(facts.mobile).bind(facts.monthly_kwh);
        return Ok(query.bind(STATES[0]).execute(db).await?.rows_affected() == 1);
    }
    let Some(body) = text(state, &facts.file) else {
        let sql = "WITH moved AS (
                UPDATE cases SET state = $2, due_at = now(), changed_at = now() WHERE id = $1 AND state = $3 RETURNING id
            ) INSERT INTO history SELECT id, $4, $2, now() FROM moved";
        let query = sqlx::query(sql).bind(case).bind(STATES[state]).bind(STATES[state - 1]).bind(seq);
        return Ok(query.execute(db).await?.rows_affected() == 1);
    };
    let sql = "WITH moved AS (
            UPDATE cases SET state = $2, due_at = CASE WHEN $6 THEN NULL ELSE now() END, changed_at = now()
            WHERE id = $1 AND state = $3 RETURNING id, mobile
        ), told AS (INSERT INTO history SELECT id, $4, $2, now() FROM moved)
        INSERT INTO notifications SELECT id, $4, mobile, $5, 'pending', now() FROM moved";
    let query = sqlx::query(sql).bind(case).bind(STATES[state]).bind(STATES[state - 1]).bind(seq).bind(body);
    Ok(query.bind(state + 1 == STATES.len()).execute(db).await?.rows_affected() == 1)
}

/// Many cases enter a state: what `enter` does, by at most two statements. Those that did.
///
/// # Errors
/// The database failed.
pub async fn enter_all(db: &mut PgConnection, cases: &[i64], state: usize) -> Result<Vec<i64>, Error> {
    let seq = i16::try_from(state + 1)?;
    if state == 0 {
        let facts: Vec<Facts> = cases.iter().map(|case| Facts::of(*case)).collect();
        let files: Vec<&str> = facts.iter().map(|facts| facts.file.as_str()).collect();
        let mobiles: Vec<&str> = facts.iter().map(|facts| facts.mobile.as_str()).collect();
        let kwh: Vec<i32> = facts.iter().map(|facts| facts.monthly_kwh).collect();
        let sql = "WITH opened AS (
                INSERT INTO cases SELECT t.id, t.file, t.mobile, t.kwh, $5, now(), now()
                FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[]) AS t (id, file, mobile, kwh)
                ON CONFLICT DO NOTHING RETURNING id
            ), told AS (INSERT INTO history SELECT id, 1, $5, now() FROM opened)
            SELECT id FROM opened";
        let query = sqlx::query_scalar(sql).bind(cases).bind(files).bind(mobiles).bind(kwh).bind(STATES[0]);
        return Ok(query.fetch_all(db).await?);
    }
    let sql = "WITH moved AS (
            UPDATE cases SET state = $2, due_at = CASE WHEN $5 THEN NULL ELSE now() END, changed_at = now()
            WHERE id = ANY ($1) AND state = $3 RETURNING id, file, mobile
        ), told AS (INSERT INTO history SELECT id, $4, $2, now() FROM moved)
        SELECT id, file, mobile FROM moved";
    let query = sqlx::query_as(sql).bind(cases).bind(STATES[state]).bind(STATES[state - 1]).bind(seq);
    let moved: Vec<(i64, String, String)> = query.bind(state + 1 == STATES.len()).fetch_all(&mut *db).await?;
    let bodies: Vec<String> = moved.iter().filter_map(|(_, file, _)| text(state, file)).collect();
    let ids: Vec<i64> = moved.iter().map(|(id, ..)| *id).collect();
    if !bodies.is_empty() {
        let mobiles: Vec<&str> = moved.iter().map(|(.., mobile)| mobile.as_str()).collect();
        let sql = "INSERT INTO notifications SELECT t.id, $4, t.mobile, t.body, 'pending', now()
            FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, mobile, body)";
        sqlx::query(sql).bind(&ids).bind(mobiles).bind(bodies).bind(seq).execute(db).await?;
    }
    Ok(ids)
}

/// The database of a round; what a run left that was broken off, the next one drops.
const DATABASE: &str = "wasl_peers_scratch";

/// A database of its own for a round.
#[derive(Debug)]
pub struct Ground {
    scratch: String,
    /// Its address.
    pub url: String,
}

impl Ground {
    /// Makes it, with the business tables.
    ///
    /// # Errors
    /// The server does not allow it, or may lose what it commits.
    pub async fn new(scratch: &str) -> Result<Self, Error> {
        let mut server = PgConnection::connect(scratch).await?;
        let loose = "SELECT string_agg(name || ' = ' || setting, ', ') FROM pg_settings
            WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'";
        if let Some(loose) = sqlx::query_scalar::<_, Option<String>>(loose).fetch_one(&mut server).await? {
            return Err(format!("what is committed may be lost with {loose}").into());
        }
        run(&mut server, &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")).await?;
        run(&mut server, &format!("CREATE DATABASE {DATABASE}")).await?;
        let (server_part, _) = scratch.rsplit_once('/').ok_or("the address names no database")?;
        let url = format!("{server_part}/{DATABASE}");
        let mut database = PgConnection::connect(&url).await?;
        run(&mut database, TABLES).await?;
        Ok(Self { scratch: scratch.to_owned(), url })
    }

    /// The server that works for us.
    ///
    /// # Errors
    /// The database failed.
    pub async fn server(&self) -> Result<Database, Error> {
        let mut database = PgConnection::connect(&self.url).await?;
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut database).await?;
        Ok(Database::server_of(backend.unsigned_abs(), DATABASE))
    }

    /// How large it is.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bytes(&self) -> Result<i64, Error> {
        let mut database = PgConnection::connect(&self.url).await?;
        Ok(sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&mut database).await?)
    }

    /// Looks at the outcome.
    ///
    /// # Errors
    /// Not every case went all the way, or left other rows than it should.
    pub async fn look(&self, cases: i64) -> Result<(), Error> {
        let mut database = PgConnection::connect(&self.url).await?;
        let asked = [
            ("cases", "SELECT count(*) FROM cases WHERE state = 'transfer_done' AND due_at IS NULL", cases),
            ("rows of history", "SELECT count(*) FROM history", 5 * cases),
            ("notifications", "SELECT count(*) FROM notifications", 3 * cases),
        ];
        for (what, sql, wanted) in asked {
            let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut database).await?;
            if found != wanted {
                return Err(format!("the outcome is wrong, no figure: {found} {what} in place of {wanted}").into());
            }
        }
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    /// The server does not allow it.
    pub async fn drop(self) -> Result<(), Error> {
        let mut server = PgConnection::connect(&self.scratch).await?;
        run(&mut server, &format!("DROP DATABASE {DATABASE} WITH (FORCE)")).await
    }
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}
