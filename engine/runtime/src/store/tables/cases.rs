//! Cases.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub reference: String,
    pub workflow: String,
    pub workflow_hash: String,
    pub case_key: String,
    pub version: i64,
    pub state: String,
    pub visit: i64,
    pub standing: String,
    pub standing_detail: String,
    pub outcome: Option<String>,
    pub data: String,
    pub progress: String,
    pub wake_at: Option<i64>,
    pub opened_at: i64,
    pub state_since: i64,
    pub closed_at: Option<i64>,
    pub household: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
