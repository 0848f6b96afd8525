//! What a diagnosis amounts to: a word, and a sentence.

use kheap::diagnose::Severity;

/// What a diagnosis amounts to, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Word {
    /// The severity of the worst finding.
    Findings(Severity),
    /// The same, where garbage can pass the limit, or the process is close to it.
    FindingsAtLimit(Severity),
    /// The process, or its heap, is above the limit.
    LimitPassed,
    /// The heap grows, and that is all there is to say.
    Growing,
    /// It grows, and garbage can pass the limit, or the process is close to it.
    GrowingToLimit,
    /// The heap grew until some dump.
    Grew,
    /// Something is large, and a person has to say whether it is expected.
    Check,
    /// Most of the heap is something that no finding explains.
    Unexplained,
    /// The rows of a table hold too little of the heap to say more.
    Cut,
    /// Something would be a problem in a larger heap.
    Small,
    /// There is no known problem.
    Healthy,
    /// There is none but what the caller does not want to be reported.
    Suppressed,
    /// Nothing was judged.
    NotDiagnosed,
}

impl Word {
    /// As a text has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Findings(severity) | Self::FindingsAtLimit(severity) => severity.name(),
            Self::LimitPassed => "limit passed",
            Self::Growing => "growing",
            Self::GrowingToLimit => "growing, limit at risk",
            Self::Grew => "grew",
            Self::Check => "check",
            Self::Unexplained => "unexplained",
            Self::Cut => "table cut",
            Self::Small => "small",
            Self::Healthy => "healthy",
            Self::Suppressed => "no open finding",
            Self::NotDiagnosed => "not diagnosed",
        }
    }

    /// The same where garbage can pass the limit, or the process is close to it.
    pub(crate) fn at_limit(self) -> Self {
        match self {
            Self::Growing => Self::GrowingToLimit,
            Self::Findings(severity) => Self::FindingsAtLimit(severity),
            word => word,
        }
    }

    /// The class of its colour: a severity, or `healthy`.
    pub fn class(self) -> &'static str {
        let severity = match self {
            Self::Healthy => return "healthy",
            Self::Findings(severity) | Self::FindingsAtLimit(severity) => severity,
            Self::LimitPassed => Severity::Critical,
            Self::GrowingToLimit => Severity::High,
            Self::Growing | Self::Grew | Self::Check | Self::Unexplained => Severity::Medium,
            Self::Cut | Self::Small | Self::Suppressed | Self::NotDiagnosed => Severity::Info,
        };
        severity.name()
    }

    /// The word as people read it: in capitals, and of findings when to act.
    pub fn shown(self) -> String {
        let name = self.name().to_uppercase();
        match self {
            Self::GrowingToLimit => format!("{}, limit at risk", Self::Growing.shown()),
            Self::FindingsAtLimit(_) => format!("{name}, limit at risk"),
            Self::Findings(severity) => match severity {
                Severity::Critical => format!("{name}, act now"),
                Severity::High => format!("{name}, act today"),
                _ => format!("{name}, act this week"),
            },
            Self::Cut => format!("{}, the table is cut", Self::NotDiagnosed.shown()),
            _ => name,
        }
    }

    /// Whether growth is all there is to say.
    pub fn is_growth(self) -> bool {
        matches!(self, Self::Growing | Self::GrowingToLimit | Self::Grew)
    }
}

/// A verdict: a word for it, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judgement {
    /// Such as `high` or `growing`.
    pub word: Word,
    /// What is wrong, and why, in sentences.
    pub sentence: String,
}

impl Judgement {
    pub(crate) fn new(word: Word, sentence: String) -> Self {
        Self { word, sentence }
    }
}
