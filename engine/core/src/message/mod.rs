//! What is said to people and where it goes: templates, SMS segments, phone numbers, wording.
//!
//! Everything here is a pure function of its arguments. When a message is due and whether it may be
//! sent at all belongs to the contact policy; how it travels belongs to the notifiers.

mod context;
mod cover;
mod filters;
mod human;
pub mod keyword;
mod markup;
pub mod phone;
mod plain;
pub mod segments;
pub mod stop;
pub mod template;
mod template_error;
pub mod wording;

pub use cover::covered;
pub use keyword::{Keyword, keyword};
pub use phone::{LineKind, Phone, PhoneError, mask, read_phone};
pub use segments::{Encoding, Segments, dear, segments};
pub use stop::{StopLinks, reference_in};
pub use template::{Rendered, Template, TemplateError};
pub use wording::{WordingKind, WordingNote, lint_wording, names_a_death};
