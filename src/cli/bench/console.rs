//! `bench console`: how fast the pages and the API answer beside very many cases. A copy of the project's database is made and
//! its cases copied until there are so many; then its pages are asked for over HTTP by somebody who may see everything.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use jiff::SignedDuration;
use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde::Serialize;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use wasl_core::access::Role;
use wasl_runtime::bench::{Crowd, Folder, Machine, Reading, Telling, Times};
use wasl_runtime::store::CaseFilter;

use super::{BenchArgs, progress, to_json};
use crate::access::{Access, Accounts, Token};
use crate::api::{self, Api};
use crate::console::Console;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, thousands};
use crate::session::Session;
use crate::settings::{Access as AccessSettings, Settings};

/// Who asks at the same time, and how often each of them for each page in a round.
const PEOPLE: usize = 2;
const REQUESTS_A_ROUND: u32 = 10;
/// What is asked for before anybody counts.
const WARM: u32 = 2;
/// A page that is so slow that all requests would take longer is asked for a few times only.
const PATIENCE: Duration = Duration::from_secs(5);
const REQUESTS_MIN: usize = 5;
/// Who asks, by a password that is drawn and forgotten with the copy.
const NAME: &str = "bench";
/// Within this a page answers, 95 times of 100 (issue: "in under 100 ms at the 95th percentile on two cores").
const AIM_MS: f64 = 100.0;

/// A page, and the bare reading that it stands on.
struct Asked {
    method: Method,
    path: String,
    reading: Option<Reading>,
}

/// How a page answered.
#[derive(Clone, Debug, Serialize)]
struct Page {
    method: String,
    path: String,
    #[serde(flatten)]
    times: Times,
    /// What the bare driver needs for the rows that the page shows.
    bare: Option<Times>,
}

/// Measures.
///
/// # Errors
/// There is no database file with cases, or a page does not answer as it must.
pub(crate) async fn run(args: &BenchArgs, settings: Settings, screen: Screen) -> Result<Answer, Failure> {
    if settings.database.file().is_none() {
        return Err(Failure::new(
            Exit::Refused,
            "this benchmark copies a database file, and the project is on a server",
        )
        .help("point `WASL_DATABASE` to a file that `wasl detect` has filled: WASL_DATABASE=sqlite:sample.sqlite"));
    }
    let folder = Folder::new(&args.folder, "console")?;
    let copy = folder.file("console.sqlite");
    let shown = copy.display().to_string();
    let original = Session::open(settings.clone(), screen).await?;
    original.store().back_up(&shown, NAME, original.engine.now()).await?;
    original.store().close().await?;
    let crowd = Crowd::gather(&copy, args.cases(), &progress)?;
    // Nobody of the house comes in to a copy, with a work account or without.
    let access = AccessSettings { oidc: None, ..settings.access.clone() };
    let database = format!("sqlite:{shown}").as_str().into();
    let settings = Settings { database, public_url: None, access, ..settings };
    let house = House::open(settings, screen).await?;
    let pages = house.visit(&crowd, args.rounds * REQUESTS_A_ROUND, &progress).await?;
    house.close().await?;
    progress("");
    Ok(answer(&crowd, &pages, screen))
}

/// The server over the copy, without the loops that move cases and send, and somebody who has come in.
struct House {
    session: Session,
    address: SocketAddr,
    cookie: String,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl House {
    async fn open(settings: Settings, screen: Screen) -> Result<Self, Failure> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let session = Session::open(settings, screen).await?;
        session.engine.load_workflows(&session.settings.workflows, NAME).await?;
        let stop = CancellationToken::new();
        let api = Api {
            engine: Arc::clone(&session.engine),
            session: session.clone(),
            access: Access::new(&session.settings)?,
            console: Console::new().map_err(failed)?,
            stop: stop.clone(),
            public_url: None,
            tick_max: SignedDuration::from_hours(1),
        };
        let server = tokio::spawn(api::serve(listener, Arc::new(api), stop.clone()));
        let mut house = Self { session, address, cookie: String::new(), stop, server };
        house.come_in().await?;
        Ok(house)
    }

    /// Somebody with every role, through the door that people use.
    async fn come_in(&mut self) -> Result<(), Failure> {
        let roles = Role::ALL.into_iter().collect();
        let invited = Accounts::of(&self.session, NAME).add(NAME, "Benchmark", roles).await?;
        let link = invited.link.rsplit('/').next().unwrap_or_default();
        let drawn = Token::draw()?;
        let password = drawn.reveal();
        let chosen = [("password", password), ("again", password)];
        let client = client(0)?;
        let post = |path: String, form: &[(&str, &str)]| client.post(self.at(&path)).form(form).send();
        post(format!("/password/{link}"), &chosen).await.map_err(failed)?;
        let entered = post("/login".into(), &[("name", NAME), ("password", password)]).await.map_err(failed)?;
        let cookies = entered.headers().get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let pairs: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        self.cookie = pairs.join("; ");
        if self.cookie.is_empty() {
            return Err(Failure::new(Exit::Refused, format!("nobody could come in: {}", entered.status())));
        }
        Ok(())
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn request(&self, client: &Client, method: &Method, path: &str) -> RequestBuilder {
        client.request(method.clone(), self.at(path)).header(header::COOKIE, &self.cookie)
    }

    async fn json(&self, path: &str) -> Result<Json, Failure> {
        let client = client(0)?;
        let answered = self.request(&client, &Method::GET, path).send().await.map_err(failed)?;
        answered.json().await.map_err(failed)
    }

    /// Every page, one after the other.
    async fn visit(&self, crowd: &Crowd, requests: u32, telling: Telling<'_>) -> Result<Vec<Page>, Failure> {
        let me = self.json("/api/v1/me").await?;
        let csrf = me["csrf"].as_str().unwrap_or_default();
        let mut pages = Vec::new();
        for (n, asked) in self.pages(crowd).await?.into_iter().enumerate() {
            telling(&format!("{} {}", asked.method, asked.path));
            let took = self.ask(&asked, n, requests, csrf).await?;
            let bare = asked.reading.map(|reading| crowd.bare(&reading, requests)).transpose()?;
            let times = Times::of(&took);
            pages.push(Page { method: asked.method.to_string(), path: asked.path, times, bare });
        }
        Ok(pages)
    }

    /// Several people ask for the same page at the same time, each from an address of their own: nobody may ask too fast.
    async fn ask(&self, asked: &Asked, n: usize, requests: u32, csrf: &str) -> Result<Vec<Duration>, Failure> {
        let person = |person: usize| async move {
            let client = client(1 + n * PEOPLE + person)?;
            let (mut took, started) = (Vec::new(), Instant::now());
            for round in 0..WARM + requests {
                if took.len() >= REQUESTS_MIN && started.elapsed() > PATIENCE {
                    break;
                }
                let request = self.request(&client, &asked.method, &asked.path);
                let request = if asked.method == Method::POST {
                    request.header("X-CSRF-Token", csrf).json(&json!({}))
                } else {
                    request
                };
                let began = Instant::now();
                let answered = request.send().await.map_err(failed)?;
                let status = answered.status();
                answered.bytes().await.map_err(failed)?;
                if status != StatusCode::OK {
                    return Err(Failure::new(Exit::Refused, format!("{} {}: {status}", asked.method, asked.path)));
                }
                if round >= WARM {
                    took.push(began.elapsed());
                }
            }
            Ok(took)
        };
        Ok(try_join_all((0..PEOPLE).map(person)).await?.concat())
    }

    async fn pages(&self, crowd: &Crowd) -> Result<Vec<Asked>, Failure> {
        let limit = 1;
        let cases = self.session.store().cases(&CaseFilter { limit, ..CaseFilter::default() }).await?;
        let case = cases.first().ok_or_else(|| Failure::new(Exit::Refused, "there are no cases"))?;
        let (reference, workflow) = (case.id.reference(), case.workflow.clone());
        let state = case.state.clone();
        let first =
            async |path: &str| Ok::<_, Failure>(self.json(path).await?["items"][0]["id"].as_str().map(str::to_owned));
        let task = first("/api/v1/tasks?limit=1").await?;
        let message = first("/api/v1/messages?limit=1").await?;
        let middle = crowd.cases / 2;
        let (common, rare) = (&crowd.common_word, &crowd.rare_word);
        let in_state = || Some(Reading::InState(workflow.to_string(), state.to_string()));
        let of_case = || Some(Reading::Case(case.id.0));
        let mut pages = vec![
            get("/", Some(Reading::Tasks)),
            get("/cases", Some(Reading::Cases)),
            get(format!("/cases?after={middle}"), Some(Reading::Cases)),
            get(format!("/cases?workflow={workflow}&state={state}"), in_state()),
            get("/cases?standing=ended", None),
            get("/cases?standing=incident", None),
            get("/cases?overdue=1", None),
            get(format!("/cases?q={common}"), Some(Reading::Named(common.clone()))),
            get(format!("/cases?q={common}&standing=held"), None),
            get(format!("/cases?q={rare}"), Some(Reading::Named(rare.clone()))),
            get(format!("/cases/{reference}"), of_case()),
            get("/api/v1/cases", Some(Reading::Cases)),
            get(format!("/api/v1/cases/{reference}"), of_case()),
            get("/api/v1/tasks", Some(Reading::Tasks)),
            get("/api/v1/messages", Some(Reading::Messages)),
            Asked { method: Method::POST, path: "/api/v1/tasks/next".into(), reading: Some(Reading::Tasks) },
        ];
        pages.extend(task.iter().flat_map(|task| {
            [get(format!("/tasks/{task}"), of_case()), get(format!("/api/v1/tasks/{task}"), of_case())]
        }));
        pages.extend(message.map(|message| get(format!("/api/v1/messages/{message}"), None)));
        for path in ["", "/diagram.svg", "/words", "/texts", "/versions"] {
            pages.push(get(format!("/workflows/{workflow}{path}"), None));
        }
        let plain = [
            "/incidents",
            "/queues",
            "/reports",
            "/reports.csv",
            "/api/v1/reports/practice",
            "/outbox",
            "/detections",
            "/stops",
            "/workflows",
            "/drafts",
            "/admin/users",
            "/admin/keys",
            "/admin/sessions",
            "/admin/webhooks",
            "/admin/audit",
            "/sessions",
            "/metrics",
            "/api/v1/outbox",
            "/api/v1/workflows",
            "/api/v1/detections/runs",
            "/api/v1/detections/rejected",
            "/api/v1/suppressions",
            "/api/v1/audit",
            "/api/v1/openapi.json",
        ];
        pages.extend(plain.map(|path| get(path, None)));
        Ok(pages)
    }

    async fn close(self) -> Result<(), Failure> {
        self.stop.cancel();
        if let Ok(served) = self.server.await {
            served.map_err(failed)?;
        }
        Ok(self.session.store().close().await?)
    }
}

fn get(path: impl Into<String>, reading: Option<Reading>) -> Asked {
    Asked { method: Method::GET, path: path.into(), reading }
}

/// Somebody's browser on an address of this machine that no other has.
fn client(n: usize) -> Result<Client, Failure> {
    let [low, high, ..] = u32::try_from(n + 2).unwrap_or(2).to_le_bytes();
    let from = IpAddr::V4(Ipv4Addr::new(127, 0, high, low));
    let quiet = reqwest::redirect::Policy::none();
    Client::builder().no_proxy().redirect(quiet).local_address(from).build().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Refused, format!("the benchmark could not go on: {error}"))
}

fn answer(crowd: &Crowd, pages: &[Page], screen: Screen) -> Answer {
    let ms = |figure: f64| format!("{figure:.1}");
    let row = |page: &Page| {
        let bare = page.bare.map_or_else(|| "—".to_owned(), |bare| ms(bare.p95_ms));
        let within = if page.times.p95_ms <= AIM_MS { "" } else { screen.pick("slow", "بطيء") };
        let path = format!("{} {}", page.method, page.path);
        vec![path, ms(page.times.p50_ms), ms(page.times.p95_ms), ms(page.times.max_ms), bare, within.to_owned()]
    };
    let headers = [
        screen.pick("page", "الصفحة"),
        screen.pick("half within ms", "نصفها خلال م.ث"),
        screen.pick("95 of 100", "95 من 100"),
        screen.pick("longest", "أطولها"),
        screen.pick("bare 95", "القراءة وحدها"),
        "",
    ];
    let slow = pages.iter().filter(|page| page.times.p95_ms > AIM_MS).count();
    let cases = thousands(crowd.cases.into());
    let end = match screen.language.code() {
        "ar" => format!("{cases} حالة؛ صفحات تجاوزت {AIM_MS:.0} م.ث: {slow}"),
        _ => format!("{cases} cases; pages beyond {AIM_MS:.0} ms: {slow}"),
    };
    let text = format!("{}\n\n{end}", screen.table(&headers, pages.iter().map(row).collect()));
    let figures = json!({"bench": "console", "store": "sqlite", "cases": crowd.cases, "aim_ms": AIM_MS, "slow": slow, "pages": pages});
    let mut json = to_json(&Machine::this());
    if let (Json::Object(all), Json::Object(part)) = (&mut json, figures) {
        all.extend(part);
    }
    Answer::new(text, json)
}
