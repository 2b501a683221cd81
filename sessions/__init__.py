"""A session's life: state machine, pipeline, timeline, store and questions."""
