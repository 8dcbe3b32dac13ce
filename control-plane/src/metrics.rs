//! What `/metrics` shows (`OpenMetrics` 1.0). A few figures that an operator acts on; everything else is in the logs.

use std::sync::LazyLock;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::fleet::job_state::Final;

/// How often the database could not be reached, or failed a statement in a way that another try may mend.
pub static DATABASE_UNAVAILABLE: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The counters of this replica. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Jobs that ended, by how.
    pub jobs_ended: Family<Ended, Counter>,
    /// Attempts that were offered to agents.
    pub leases: Counter,
    /// Polls that wait for work now.
    pub parked_polls: Gauge,
    /// Agents' connections now.
    pub agent_connections: Gauge,
    /// Handshakes on the agents' listener that failed.
    pub handshakes_failed: Counter,
    /// Database connections that are open now.
    pub database_connections: Gauge,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Ended {
    /// The final state, such as `succeeded`.
    pub state: &'static str,
}

impl Metrics {
    /// Counts jobs that ended.
    pub fn count_ended(&self, ended: impl Iterator<Item = Final>) {
        for state in ended {
            self.jobs_ended.get_or_create(&Ended { state: state.as_str() }).inc();
        }
    }

    /// The text that Prometheus reads.
    pub fn encode(&self) -> String {
        let mut registry = Registry::with_prefix("purvey");
        registry.register("jobs_ended", "Jobs that ended, by state", self.jobs_ended.clone());
        registry.register("leases", "Attempts offered to agents", self.leases.clone());
        registry.register("parked_polls", "Polls waiting for work", self.parked_polls.clone());
        registry.register("agent_connections", "Connections of agents", self.agent_connections.clone());
        registry.register("handshakes_failed", "Failed handshakes of agents", self.handshakes_failed.clone());
        registry.register(
            "database_connections",
            "Open database connections",
            self.database_connections.clone(),
        );
        registry.register("database_unavailable", "Transient database errors", DATABASE_UNAVAILABLE.clone());
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = text::encode(&mut text, &registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_every_figure() {
        let metrics = Metrics::default();
        metrics.jobs_ended.get_or_create(&Ended { state: "succeeded" }).inc();
        let text = metrics.encode();
        assert!(text.contains("purvey_jobs_ended_total{state=\"succeeded\"} 1"), "{text}");
        assert!(text.contains("purvey_parked_polls 0") && text.ends_with("# EOF\n"), "{text}");
    }
}
