//! The impure shell: terminal, event loop, effects.
