//! What a check answers: counts, findings, and what it did not look at.

use std::collections::BTreeMap;
use std::fmt;

use crate::Code;

/// How bad a finding is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is lost, altered or forged, or cannot be told from that.
    Harm,
    /// Nothing is known to be lost; somebody should look.
    Warning,
    /// What a crash leaves: nothing acknowledged depends on it.
    LeftOver,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harm => "harm",
            Self::Warning => "warning",
            Self::LeftOver => "left-over",
        })
    }
}

/// One thing that is not as it should be (检查发现).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule it broke.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where: the path of an object, an entry, or a record.
    pub place: String,
    /// What was found there.
    pub found: String,
    /// What should have been.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

impl Finding {
    /// A finding with the severity and advice of its code.
    pub(crate) fn new(
        code: Code,
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: code.severity(),
            place: place.into(),
            found: found.into(),
            expected: expected.into(),
            advice: code.advice().to_owned(),
        }
    }

    /// The same finding with advice that knows more than its code.
    pub(crate) fn advising(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

/// Something that was not looked at. It counts neither as good nor as bad.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// What, and how many of it: "payload bytes", "bags".
    pub what: String,
    /// Why.
    pub why: String,
    /// How many there are, where they can be counted; otherwise 1.
    pub count: u64,
}

/// How much was looked at. Only what was looked at to its end is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits whose form could be read.
    pub commits: u64,
    /// Entries in them.
    pub entries: u64,
    /// Records that entries file, exceptions included.
    pub records: u64,
    /// Objects that the stores list.
    pub objects: u64,
    /// Sealed objects that entries name.
    pub sealed_objects: u64,
    /// Headers that are the ones the ledger names.
    pub headers_compared: u64,
    /// Payloads that have the size the ledger states, whose bytes were not read.
    pub payloads_compared_by_size: u64,
    /// Payloads whose bytes are the ones the ledger names.
    pub payloads_compared_by_hash: u64,
    /// Bags that were opened and have no finding.
    pub bags_valid: u64,
    /// Derived objects that were opened and have no finding.
    pub derived_valid: u64,
    /// Bytes that were read from the stores.
    pub bytes_read: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.entries += other.entries;
        self.records += other.records;
        self.objects += other.objects;
        self.sealed_objects += other.sealed_objects;
        self.headers_compared += other.headers_compared;
        self.payloads_compared_by_size += other.payloads_compared_by_size;
        self.payloads_compared_by_hash += other.payloads_compared_by_hash;
        self.bags_valid += other.bags_valid;
        self.derived_valid += other.derived_valid;
        self.bytes_read += other.bytes_read;
    }
}

/// The answer to a check (检查报告).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How much was looked at.
    pub counts: Counts,
    /// What is not as it should be: worst first, then in the order of the rules, then by place.
    pub findings: Vec<Finding>,
    /// What was not looked at, and why.
    pub not_checked: Vec<NotChecked>,
}

impl Report {
    /// Whether nothing was found. What was not checked is not covered by this.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The severity of the worst finding; `None` when there is none.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).min()
    }
}

/// What a check is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and verifying commits.
    Ledger,
    /// Comparing sealed objects, and opening them where an identity was given.
    Objects,
    /// Reading evidence.
    Evidence,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// How many of them are done.
    pub done: u64,
    /// How many there are in this stage.
    pub total: u64,
}

/// A report that is being put together, in any order.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) counts: Counts,
    findings: Vec<Finding>,
    not_checked: BTreeMap<(String, String), u64>,
}

impl Draft {
    pub(crate) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes that `count` of `what` were not looked at.
    pub(crate) fn skip(&mut self, what: &str, why: &str, count: u64) {
        if count > 0 {
            let key = (what.to_owned(), why.to_owned());
            *self.not_checked.entry(key).or_default() += count;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.counts.add(&other.counts);
        self.findings.extend(other.findings);
        for ((what, why), count) in other.not_checked {
            self.skip(&what, &why, count);
        }
    }

    /// How many findings there are.
    pub(crate) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether a finding of this kind of harm stands in the way of calling something good.
    pub(crate) fn has_findings(&self) -> bool {
        !self.findings.is_empty()
    }

    pub(crate) fn finish(mut self) -> Report {
        self.findings.sort_by(|a, b| {
            (a.severity, a.code, &a.place, &a.found, &a.expected).cmp(&(
                b.severity,
                b.code,
                &b.place,
                &b.found,
                &b.expected,
            ))
        });
        self.findings.dedup();
        let not_checked = self.not_checked.into_iter();
        Report {
            counts: self.counts,
            findings: self.findings,
            not_checked: not_checked
                .map(|((what, why), count)| NotChecked { what, why, count })
                .collect(),
        }
    }
}
