//! Drafts of workflows: files that are written, looked over by a second person, and become a version or do not.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub workflow: String,
    pub base: String,
    pub bundle: String,
    pub version: i64,
    pub status: String,
    pub authors: String,
    pub begun_by: String,
    pub begun_at: i64,
    pub changed_by: String,
    pub changed_at: i64,
    pub submitted_by: Option<String>,
    pub submitted_at: Option<i64>,
    pub note: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub reason: Option<String>,
    pub hash: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
