//! The part of Wasl that remembers and acts: the store, detection, and the engine that moves cases
//! and sends what they plan. What a case does next is decided by the core alone.

pub mod bench;
pub mod clock;
pub mod engine;
pub mod intake;
pub mod library;
mod node;
#[cfg(test)]
mod simulation;
pub mod store;
pub mod text;
