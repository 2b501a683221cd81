"""What is measured about a running server, as Prometheus metrics."""

from prometheus_client import Counter, Gauge, Histogram

SESSIONS = Gauge("rapport_sessions", "Sessions held in memory, by state", ["state"])
REFUSED = Counter("rapport_sessions_refused_total", "Sessions refused because the machine was full")
FRAME_AGE = Histogram(
    "rapport_frame_age_seconds",
    "From the arrival of a picture to what was seen in it",
    buckets=(0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2),
)
FEEDBACK = Histogram(
    "rapport_feedback_seconds",
    "From the arrival of media to the message about it",
    buckets=(0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2),
)
LANE_STEP = Histogram(
    "rapport_lane_step_seconds",
    "Time that a lane worked on what it took; for the transcription lane the decode step",
    ["lane"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)
QUEUE = Gauge("rapport_queue_depth", "Pieces waiting in the lanes of all sessions", ["lane"])
LANE_FAILURES = Counter("rapport_lane_failures_total", "Pieces that a stage could not work on", ["lane"])
DROPPED_FRAMES = Counter("rapport_dropped_frames_total", "Due pictures replaced by a newer one")
SKIPPED_AUDIO = Counter(
    "rapport_skipped_audio_total", "Blocks of 100 ms skipped by a lane too far behind", ["lane"]
)
SKIPPED_UTTERANCES = Counter(
    "rapport_skipped_utterances_total", "Utterances that were not read since too many waited"
)
LOOP_LAG = Histogram(
    "rapport_loop_lag_seconds",
    "How late the event loop runs what is due",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1),
)
FLUSH = Histogram("rapport_flush_seconds", "Time to write waiting observations to the store")
REPORT = Histogram("rapport_report_seconds", "From the end of a session to its stored report")
SECOND_PASS = Counter(
    "rapport_second_pass_total", "Finished utterances by what a second reading did to them", ["outcome"]
)
