//! The table that the measurements end in.

use std::fmt::Write as _;
use std::time::Duration;

/// Several readings of one duration.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reading below which this share of all readings lies.
    pub fn at(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64 * share).ceil() as usize).max(1) - 1;
        sorted.get(index).copied().unwrap_or_default()
    }

    pub fn median(&self) -> Duration {
        self.at(0.5)
    }

    /// Median, 99th percentile and how many readings there were.
    pub fn spread(&self) -> String {
        format!(
            "{} / {} (n={})",
            millis(self.median()),
            millis(self.at(0.99)),
            self.0.len()
        )
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        Self(times.into_iter().collect())
    }
}

/// A duration in milliseconds with about three digits.
pub fn millis(time: Duration) -> String {
    let value = time.as_secs_f64() * 1e3;
    match value {
        _ if value < 1.0 => format!("{value:.3} ms"),
        _ if value < 10.0 => format!("{value:.2} ms"),
        _ if value < 100.0 => format!("{value:.1} ms"),
        _ => format!("{value:.0} ms"),
    }
}

/// What a number has to be.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At most the first; never more than the second.
    Most(f64, f64),
    /// No target; for comparison.
    None,
}

struct Row {
    id: &'static str,
    metric: String,
    measured: String,
    target: String,
    verdict: &'static str,
}

/// Collects rows and prints them as they come.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a row. `value` is what the goal is about, in the unit that `target` names.
    pub fn add(
        &mut self,
        id: &'static str,
        metric: impl Into<String>,
        measured: impl Into<String>,
        value: f64,
        goal: Goal,
        unit: &str,
    ) {
        let (target, verdict) = match goal {
            Goal::None => (String::from("-"), "-"),
            Goal::Most(target, limit) => (
                format!("{target} {unit} (limit {limit})"),
                if value <= target {
                    "met"
                } else if value <= limit {
                    "within limit"
                } else {
                    "MISSED"
                },
            ),
        };
        let row = Row {
            id,
            metric: metric.into(),
            measured: measured.into(),
            target,
            verdict,
        };
        eprintln!(
            "  {:4} {:58} {:34} {:24} {}",
            row.id, row.metric, row.measured, row.target, row.verdict
        );
        self.rows.push(row);
    }

    /// Adds a duration of which the goal, in milliseconds, is about `share` (0.5: the median).
    pub fn times(&mut self, id: &'static str, metric: impl Into<String>, times: &Times, share: f64, goal: Goal) {
        if times.is_empty() {
            return;
        }
        self.add(
            id,
            metric,
            times.spread(),
            times.at(share).as_secs_f64() * 1e3,
            goal,
            "ms",
        );
    }

    /// Adds a row without a goal.
    pub fn note(&mut self, metric: impl Into<String>, measured: impl Into<String>) {
        self.add("", metric, measured, 0.0, Goal::None, "");
    }

    /// The rows as a Markdown table.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| | Metric | Measured | Target | Verdict |\n|---|---|---|---|---|\n");
        for row in &self.rows {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                row.id, row.metric, row.measured, row.target, row.verdict
            );
        }
        out
    }

    /// How many targets were missed by more than is allowed.
    pub fn missed(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict == "MISSED").count()
    }
}
