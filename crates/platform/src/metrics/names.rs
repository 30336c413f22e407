//! What is told at `/metrics`; `deploy/metrics.md` says what each means and what to do about it.

/// Name, kind and help of every metric, as Prometheus wants them.
pub(super) const METRICS: &[(&str, &str, &str)] = &[
    ("sanzao_stage_up", "gauge", "1 while the stage runs, 0 while it waits for its log or disk."),
    ("sanzao_stage_offset", "gauge", "Offset up to which the stage has read its input."),
    ("sanzao_build_info", "gauge", "1, for the version that runs."),
    ("sanzao_stage_lag_records", "gauge", "Records between where the stage stands and the end of its input."),
    (
        "sanzao_stage_records_total",
        "counter",
        "Records of its input that the stage has passed since the process began.",
    ),
    ("sanzao_stage_step_seconds", "histogram", "One batch, from read to written."),
    ("sanzao_claims_total", "counter", "Claims of output partitions by this process."),
    (
        "sanzao_standby_lag_records",
        "gauge",
        "Records between where the standby stands and the end of the log.",
    ),
    ("sanzao_rule_seconds_total", "counter", "Time that the rule took since the process began."),
    ("sanzao_rule_batches_total", "counter", "Batches that the rule was asked about."),
    ("sanzao_rule_failures_total", "counter", "Batches about which the rule could say nothing."),
    (
        "sanzao_event_to_alert_seconds",
        "histogram",
        "From the append of an event to its feed until what it changed is projected.",
    ),
    ("sanzao_disk_free_bytes", "gauge", "Free where the data directory lies."),
    ("sanzao_memory_resident_bytes", "gauge", "Memory of the process."),
    ("sanzao_stage_retries_total", "counter", "Times that the stage had to wait for its log or disk."),
    (
        "sanzao_lease_held",
        "gauge",
        "1 while the group has given the work to this process, and it has taken it over.",
    ),
    (
        "sanzao_takeovers_total",
        "counter",
        "Times that this process took the work over, by where its state came from.",
    ),
    ("sanzao_takeover_seconds", "gauge", "From the group's word to work of this process, the last time."),
    ("sanzao_fenced_total", "counter", "Times that another process had claimed what this one was given."),
    (
        "sanzao_clock_ahead_seconds",
        "gauge",
        "By how much this machine's clock was ahead of the log's, at the last claim.",
    ),
    ("sanzao_intake_events_total", "counter", "Events read by intake since the process began, by outcome."),
    ("sanzao_ledger_facts", "gauge", "Different facts in the ledger."),
    ("sanzao_ledger_events", "gauge", "Events in the ledger."),
    ("sanzao_ledger_people", "gauge", "Document numbers in the ledger."),
    ("sanzao_snapshot_offset", "gauge", "Offset in facts of the newest snapshot of the ledger; 0 for none."),
    (
        "sanzao_snapshot_age_seconds",
        "gauge",
        "Seconds since the newest snapshot, or since this process began to look for one.",
    ),
    (
        "sanzao_snapshot_failures_total",
        "counter",
        "Snapshots that could not be written since the process began.",
    ),
    ("sanzao_evaluations_total", "counter", "Evaluations of the rules since the process began."),
    ("sanzao_evaluated_people_total", "counter", "People decided by them."),
    (
        "sanzao_vault_new_people_total",
        "counter",
        "People who got a key in the vault since the process began.",
    ),
    (
        "sanzao_vault_new_values_total",
        "counter",
        "Numbers, names, phones and addresses new to the vault since then.",
    ),
    ("sanzao_items", "gauge", "Alerts and tasks by state."),
    ("sanzao_feed_events_total", "counter", "Events of the feed in the log, by outcome."),
    ("sanzao_feed_warnings_total", "counter", "Warnings given with accepted events of the feed in the log."),
    (
        "sanzao_feed_arrived_after",
        "gauge",
        "Valid events of the feed in the log, by how long after their time they arrived.",
    ),
    ("sanzao_feed_newest_arrival_timestamp_seconds", "gauge", "When the newest event of the feed arrived."),
    ("sanzao_registry_people", "gauge", "People that the registry names."),
    (
        "sanzao_feed_registry_people",
        "gauge",
        "Of the people that the registry names, those that the feed names.",
    ),
    (
        "sanzao_feed_newest_timestamp_seconds",
        "gauge",
        "Time of the newest event of the feed, in seconds since 1970.",
    ),
    ("sanzao_exchange_results_total", "counter", "Results told to departments since the process began."),
    (
        "sanzao_exchange_requests",
        "gauge",
        "Verification requests that wait for an answer, and those overdue.",
    ),
    ("sanzao_exchange_messages", "gauge", "Messages to a webhook that wait, and those that are dead."),
    ("sanzao_exchange_gone", "gauge", "1 while the receiver of a webhook wants no messages."),
    (
        "sanzao_exchange_deliveries_total",
        "counter",
        "Attempts to send messages to a webhook since the process began, by outcome.",
    ),
    (
        "sanzao_trace_spans_total",
        "counter",
        "Spans of sampled events since the process began: taken by the collector, or lost.",
    ),
];

/// Those that only who owns a bureau tells.
pub(super) const OF_OWNERS: &[&str] = &[
    "sanzao_evaluations_total",
    "sanzao_evaluated_people_total",
    "sanzao_clock_ahead_seconds",
    "sanzao_feed_newest_timestamp_seconds",
    "sanzao_registry_people",
    "sanzao_feed_registry_people",
    "sanzao_items",
];
