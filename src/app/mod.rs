//! Decisions: messages in, effects out, no I/O.
