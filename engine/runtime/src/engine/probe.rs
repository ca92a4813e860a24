//! The stations of the straight line, told to whoever wants to watch. Tests die at each of them.

/// A station of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    /// Due cases were read; nothing is decided.
    Claimed,
    /// The step has decided; nothing is written.
    Stepped,
    /// The moves are committed.
    Committed,
    /// Messages are marked as being sent; none has left.
    BeforeSend,
    /// A message has left; nothing is recorded.
    Sent,
    /// What came of the sending is recorded.
    Recorded,
}

/// Is told at each station.
pub trait Probe: Send + Sync {
    /// The engine has reached a station.
    fn at(&self, station: Station);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn at(&self, _: Station) {}
}
