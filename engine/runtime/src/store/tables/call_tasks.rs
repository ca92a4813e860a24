//! Calls that people make.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_tasks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub case_id: i64,
    pub queue: String,
    pub priority: i64,
    pub state: String,
    pub to_address: Option<String>,
    pub to_name: Option<String>,
    pub relation: Option<String>,
    pub person: String,
    pub language: String,
    pub script: String,
    pub words: String,
    pub outcomes: String,
    pub attempt: i64,
    pub promised_by: Option<String>,
    pub at_risk: i64,
    pub urgency: i64,
    pub turn: i64,
    pub planned_at: i64,
    pub not_before: i64,
    pub due: Option<i64>,
    pub why: Option<String>,
    pub keep: bool,
    pub status: String,
    pub rule: Option<String>,
    pub claimed_by: Option<String>,
    pub claim_expires: Option<i64>,
    pub outcome: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<i64>,
    pub note: Option<String>,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
