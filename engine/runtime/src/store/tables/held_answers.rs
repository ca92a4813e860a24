//! Answers to calls that can still be taken back.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "held_answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub task_id: String,
    pub case_id: i64,
    pub agent: String,
    pub outcome: String,
    pub answers: String,
    pub note: Option<String>,
    pub held_at: i64,
    pub submit_at: i64,
    pub refused: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
