//! The numbers and addresses of a case, in the order in which they are tried, with what is known of each.

use serde_json::{Value as Json, json};
use wasl_core::case::{Case, PointNews};
use wasl_core::delivery::Channel;
use wasl_core::policy::{Point, points};

use crate::cli::session::Told;
use crate::output::Screen;

/// One line for each contact point; nothing for a case without any.
pub(super) fn lines(case: &Case, told: &Told, screen: Screen) -> Vec<String> {
    points(case).iter().map(|point| line(point, told, screen)).collect()
}

/// The same for programs.
pub(super) fn to_json(case: &Case) -> Json {
    let news = |(channel, news): &(Channel, &PointNews)| {
        json!({
            "channel": channel.as_str(), "outcome": news.outcome, "at": news.at, "failed": news.failed,
            "sender_block_suspected": news.suspect,
        })
    };
    let point = |point: &Point<'_>| {
        json!({
            "name": point.name,
            "address": point.address,
            "class": point.class,
            "source": point.source,
            "confidence": point.confidence,
            "verified": point.verified,
            "bad": point.bad.iter().map(|channel| channel.as_str()).collect::<Vec<_>>(),
            "last": point.news.iter().map(news).collect::<Json>(),
        })
    };
    points(case).iter().map(point).collect()
}

fn line(point: &Point<'_>, told: &Told, screen: Screen) -> String {
    let (between, of) = if screen.lang() == "ar" { ("، ", "؛ ") } else { (", ", "; ") };
    let class = point.class.map(|class| match class {
        "mobile" => screen.pick("mobile", "هاتف محمول").to_owned(),
        "fixed" => screen.pick("fixed line", "هاتف ثابت").to_owned(),
        _ => screen.pick("kind of line unknown", "نوع الخط غير معروف").to_owned(),
    });
    let confidence = point.confidence.map(|word| match word {
        "high" => screen.pick("confidence high", "موثوقية عالية").to_owned(),
        "low" => screen.pick("confidence low", "موثوقية منخفضة").to_owned(),
        _ => screen.pick("confidence medium", "موثوقية متوسطة").to_owned(),
    });
    let source = point.source.map(|source| format!("{} {source}", screen.pick("from", "من")));
    let verified = point.verified.then(|| screen.pick("verified", "تأكدنا من صاحبه").to_owned());
    let known: Vec<String> = [class, confidence, source, verified].into_iter().flatten().collect();
    let bad = point.bad.iter().map(|channel| {
        format!("{}: {}", told.teller().channel(*channel), screen.pick("not used again", "لا يستعمل بعد الآن"))
    });
    let tried = point.news.iter().map(|(channel, news)| last(*channel, news, told, screen));
    let parts = std::iter::once(known.join(between)).filter(|known| !known.is_empty()).chain(tried).chain(bad);
    let name = point.name.unwrap_or("—");
    format!("  {name}  {}  {}", point.address, parts.collect::<Vec<_>>().join(of)).trim_end().to_owned()
}

/// What became of the last try on a channel: `call: no_answer, Sun 12 May 2024 10:20`.
pub(in crate::cli) fn last(channel: Channel, news: &PointNews, told: &Told, screen: Screen) -> String {
    let comma = if screen.lang() == "ar" { "،" } else { "," };
    let at = told.teller().moment(news.at);
    let suspect = if news.suspect { format!("{comma} {}", blocked(screen)) } else { String::new() };
    let (channel, news) = (told.teller().channel(channel), told.teller().point_news(channel, &news.outcome));
    format!("{channel}: {news}{comma} {at}{suspect}")
}

/// That our texts seem not to arrive.
pub(in crate::cli) fn blocked(screen: Screen) -> &'static str {
    screen.pick("our texts may be blocked there", "لعل رسائلنا محظورة عنده")
}
