//! How bad a finding is, and how sure.

use serde::Deserialize;

/// How bad a finding is if it is true, from the bytes that it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// True, but too small to matter.
    Info,
    /// Worth knowing.
    Low,
    /// Worth mending.
    Medium,
    /// A large part of a large heap.
    High,
    /// What will end the process.
    Critical,
}

crate::__vocabulary! {
    Severity, "severity" {
        Info = "info",
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
    }
}

/// How sure a finding is, from how specific its evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It may be something else.
    Low,
    /// It looks like it.
    Medium,
    /// Nothing else looks like it.
    High,
}

crate::__vocabulary! {
    Confidence, "confidence" {
        Low = "low",
        Medium = "medium",
        High = "high",
    }
}

impl Confidence {
    pub(super) fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

/// From which bytes and share of the heap on a finding has a severity: the only
/// place where these figures stand.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// Critical at so many bytes, whatever the share.
    pub critical_bytes: i64,
    /// Levels with the bytes and the share that they take, worst first.
    pub levels: [(Severity, i64, f64); 4],
}

impl Default for Thresholds {
    fn default() -> Self {
        const MIB: i64 = 1 << 20;
        const GIB: i64 = 1 << 30;
        Self {
            critical_bytes: 8 * GIB,
            levels: [
                (Severity::Critical, GIB, 0.75),
                (Severity::High, GIB, 0.25),
                (Severity::Medium, 256 * MIB, 0.1),
                (Severity::Low, 32 * MIB, 0.05),
            ],
        }
    }
}

crate::__setters! {
    impl Thresholds {
        critical_bytes: i64,
        levels: [(Severity, i64, f64); 4],
    }
}

impl Thresholds {
    /// The severity of so many bytes in a heap of `total`.
    pub fn severity(&self, bytes: i64, total: i64) -> Severity {
        if bytes >= self.critical_bytes {
            return Severity::Critical;
        }
        let share = super::share(bytes, total);
        let mut levels = self.levels.iter();
        let level = levels.find(|(_, least, least_share)| bytes >= *least && share >= *least_share);
        level.map_or(Severity::Info, |(severity, ..)| *severity)
    }
}
