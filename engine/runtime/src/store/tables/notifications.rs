//! Messages: the outbox and what became of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: i64,
    pub channel: String,
    pub state: String,
    pub template: String,
    pub to_address: String,
    pub to_name: Option<String>,
    pub person: String,
    pub language: String,
    pub subject: Option<String>,
    pub text: String,
    pub segments: i64,
    pub status: String,
    pub planned_at: i64,
    pub not_before: i64,
    pub expires: Option<i64>,
    pub keep: bool,
    pub why: Option<String>,
    pub rule: Option<String>,
    pub withdraw: Option<String>,
    pub notifier: Option<String>,
    pub provider_id: Option<String>,
    pub attempts: i64,
    pub fence: i64,
    pub lease_until: Option<i64>,
    pub lease_holder: Option<String>,
    pub next_attempt_at: Option<i64>,
    pub sent_at: Option<i64>,
    pub settled_at: Option<i64>,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub only_by: Option<String>,
    pub unsubscribe: Option<String>,
    pub confirm_by: Option<i64>,
    pub on_uncertain: Option<String>,
    pub tried_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
