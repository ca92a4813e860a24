//! `message receipts`: what gateways reported of messages that we do not know.

use clap::Args;
use wasl_runtime::store::StoredReceipt;

use super::show::receipt_json;
use crate::cli::session::Session;
use crate::failure::Failure;
use crate::output::Answer;
use crate::settings::Language;

/// `message receipts`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message receipts --unknown
  wasl message receipts --unknown --raw --format json

Such a receipt is of a message that another program sends through the same account, or of one whose answer was lost and
that its gateway is still being asked about. `message show` has those of a message.")]
pub(crate) struct ReceiptsArgs {
    /// Those that belong to no message
    #[arg(long, required = true)]
    unknown: bool,
    /// Show them as they came too; they may hold telephone numbers
    #[arg(long)]
    raw: bool,
    /// At the most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Lists receipts that belong to no message.
pub(super) async fn run(args: &ReceiptsArgs, session: &Session) -> Result<Answer, Failure> {
    let (receipts, screen) = (session.store().unknown_receipts(args.limit).await?, session.screen);
    let json = receipts.iter().map(|receipt| receipt_json(receipt, args.raw)).collect();
    if receipts.is_empty() {
        let nothing = screen.pick("every receipt belongs to a message", "كل إشعار يعود إلى رسالة معروفة");
        return Ok(Answer::new(nothing, json));
    }
    let headers = match screen.language {
        Language::En => ["received", "gateway", "says", "code", "times", "gateway's id"],
        Language::Ar => ["ورد في", "البوابة", "تقول", "الرمز", "مرات", "الرقم لديها"],
    };
    let mut text = screen.table(&headers, receipts.iter().map(|receipt| row(receipt, session)).collect());
    if args.raw {
        let raw: Vec<&str> = receipts.iter().map(|receipt| receipt.raw.trim_end()).collect();
        text = format!("{text}\n\n{}", raw.join("\n"));
    }
    Ok(Answer::new(text, json))
}

fn row(receipt: &StoredReceipt, session: &Session) -> Vec<String> {
    vec![
        session.moment(receipt.received_at),
        receipt.notifier.clone(),
        receipt.provider_status.clone(),
        receipt.code.clone().unwrap_or_default(),
        receipt.seen.to_string(),
        receipt.provider_id.clone().unwrap_or_default(),
    ]
}
